/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/probe.h"

const char *probe_fault_text(enum probe_fault f)
{
	static const char *const text[FAULTS] = {
		[FAULT_NONE] = "answered",
		[FAULT_SILENCE] = "no answer",
		[FAULT_UNSENT] = "probes cannot be sent",
		[FAULT_UNREACHABLE] = "said to be unreachable",
		[FAULT_REFUSED] = "connections are refused",
		[FAULT_RCODE] = "the name server fails",
		[FAULT_NO_NAME] = "there is no such name, says the name server",
		[FAULT_NO_RECORD] = "the name has no such record, says the name server",
		[FAULT_RESOLVE] = "the host's name has no address",
		[FAULT_TLS] = "the certificate is not to be trusted",
		[FAULT_STATUS] = "another status than wanted",
		[FAULT_REDIRECT] = "redirected (a captive portal?)",
		[FAULT_BODY] = "another text than wanted",
		[FAULT_PROTOCOL] = "no proper answer",
		[FAULT_HELPER] = "multihome-http does not run",
	};

	return f < FAULTS ? text[f] : "?";
}
