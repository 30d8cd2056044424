/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/nsid.h"

#define T struct nsid
static const struct attr rows[NSID_FIELDS] = {
	[NSID_NSID] = {ATTR_ROW_U32(NETNSA_NSID, T, nsid), .key = "nsid"},
	[NSID_PID] = {ATTR_ROW_U32(NETNSA_PID, T, pid), .key = "pid"},
	[NSID_FD] = {ATTR_ROW_U32(NETNSA_FD, T, fd), .key = "fd"},
	[NSID_TARGET] = {ATTR_ROW_U32(NETNSA_TARGET_NSID, T, target), .key = "target-nsid"},
	[NSID_CURRENT] = {ATTR_ROW_U32(NETNSA_CURRENT_NSID, T, current), .key = "current-nsid"},
};
#undef T
ATTR_SET(nsid_attrs, "nsid", struct nsid, h, rows, NETNSA_MAX);
