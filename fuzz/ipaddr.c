/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and prefixes as text: what is taken comes back as it was, when it is printed. */
#include "base/ipaddr.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[80], again[IP_PREFIX_STRLEN];
	struct ip_prefix p, q;

	if (size >= sizeof(text))
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	if (ip_prefix_parse(text, 0, &p) &&
	    (!ip_prefix_parse(ip_prefix_str(&p, again), p.addr.family, &q) ||
	     !ip_prefix_eq(&p, &q)))
		abort();
	return 0;
}
