/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_MROUTE_H
#define MH_MODEL_MROUTE_H

#include "model/print.h"
#include "netlink/nl.h"

/*
 * A multicast route, which a routing daemon gives the kernel: RTM_NEWROUTE of the families
 * RTNL_FAMILY_IPMR and RTNL_FAMILY_IP6MR (net/ipv4/ipmr_base.c).
 */
enum mroute_field {
	MROUTE_SRC,
	MROUTE_DST,
	MROUTE_IIF,
	MROUTE_MULTIPATH,
	MROUTE_STATS,
	MROUTE_EXPIRES,
	MROUTE_TABLE,
	MROUTE_FIELDS
};

struct mroute {
	uint64_t has; /* enum mroute_field */
	struct rtmsg h;
	uint32_t table, iif;
	struct ip_addr src, dst;
	struct nl_ref multipath; /* struct rtnexthop's; rtnh_hops is the least TTL */
	struct rta_mfc_stats stats;
	uint64_t expires; /* since its last use, in hundredths of a second */
};

extern const struct attr_set mroute_attrs;

/* -EPROTO for a route that is none: a kernel that does not route multicast sends its others. */
int mroute_decode(const struct nlmsghdr *h, struct mroute *ret, struct err *e);
/* One line as `ip mroute show` has it, with its end, or the members of the JSON object. */
void mroute_print(struct print *p, const struct mroute *m, bool with_table);

#endif
