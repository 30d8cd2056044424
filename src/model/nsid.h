/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_NSID_H
#define MH_MODEL_NSID_H

#include "netlink/nl.h"

#include <linux/net_namespace.h>

/* By which number one network namespace knows another: RTM_NEWNSID (net_namespace.c). */
enum nsid_field { NSID_NSID, NSID_PID, NSID_FD, NSID_TARGET, NSID_CURRENT, NSID_FIELDS };

struct nsid {
	uint64_t has; /* enum nsid_field */
	struct rtgenmsg h;
	uint32_t nsid, target, current; /* signed; -1: none */
	uint32_t pid, fd;
};

extern const struct attr_set nsid_attrs;

#endif
