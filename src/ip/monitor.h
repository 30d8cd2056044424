/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_MONITOR_H
#define MH_IP_MONITOR_H

#include "ip/context.h"

/* In the order of the words' table, which is iproute2's. */
enum {
	MONITOR_LINK,
	MONITOR_ADDR,
	MONITOR_ROUTE,
	MONITOR_MROUTE,
	MONITOR_MADDR,
	MONITOR_PREFIX,
	MONITOR_NEIGH,
	MONITOR_NETCONF,
	MONITOR_RULE,
	MONITOR_NSID,
	MONITOR_NEXTHOP,
	MONITOR_BUCKET,
	MONITOR_STATS,
	MONITOR_KINDS
};

/* Prints one object, in text with its line's end; 1 if it is not to be shown. */
typedef int monitor_show_fn(struct ip *ip, const struct nlmsghdr *h, int ifindex, struct err *e);

struct monitor_kind {
	const char *label;
	unsigned group, group4, group6; /* of no family, of IPv4, of IPv6; 0: none */
	uint16_t type[3];		/* RTM_NEW..., 0 if there are less */
	uint8_t family; /* RTNL_FAMILY_IPMR: of the multicast families; 0: of any other */
	monitor_show_fn *show;
};

extern const struct monitor_kind monitor_kinds[MONITOR_KINDS];

#endif
