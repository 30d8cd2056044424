/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_NEXTHOP_H
#define MH_MODEL_NEXTHOP_H

#include "model/print.h"
#include "netlink/nl.h"

#include <linux/nexthop.h>

/*
 * A next hop that is an object of its own, with a number that routes refer to: RTM_NEWNEXTHOP
 * (net/ipv4/nexthop.c); or one bucket of a resilient group: RTM_NEWNEXTHOPBUCKET. In the order of
 * the text. (A next hop inside a multipath route is a struct route_nexthop.)
 */
enum nh_field {
	NH_ID,
	NH_GROUP,
	NH_GROUP_TYPE,
	NH_RES_GROUP,
	NH_RES_BUCKET,
	NH_ENCAP_TYPE,
	NH_ENCAP,
	NH_GATEWAY,
	NH_OIF,
	NH_SCOPE, /* derived: header */
	NH_BLACKHOLE,
	NH_PROTOCOL, /* derived: header */
	NH_FLAGS,    /* derived: header, RTNH_F_* */
	NH_FDB,
	NH_HW_STATS,	/* of a group: hardware is to count; since Linux 6.9 */
	NH_HW_USED,	/* and does */
	NH_GROUP_STATS, /* packets, answered to NH_OP_FLAGS */
	NH_OP_FLAGS,	/* in requests: NHA_OP_FLAG_* */
	NH_GROUPS,	/* in requests: groups only */
	NH_MASTER,	/* in requests: those through an interface with this master */
	NH_FIELDS
};

struct nh {
	uint64_t has; /* enum nh_field */
	struct nhmsg h;
	uint32_t id, oif, master, hw_stats, hw_used, op_flags;
	uint16_t group_type; /* NEXTHOP_GRP_TYPE_* */
	uint16_t encap_type;
	struct ip_addr gateway;
	struct nl_ref group; /* struct nexthop_grp's: weight is one more than theirs */
	struct nl_ref res_group, res_bucket, encap, group_stats;
};

extern const struct attr_set nh_attrs;

/* NHA_RES_GROUP; times in hundredths of a second. */
enum nh_res_field { NH_RES_BUCKETS, NH_RES_IDLE, NH_RES_UNBALANCED, NH_RES_TIME, NH_RES_FIELDS };
struct nh_res {
	uint64_t has; /* enum nh_res_field */
	uint16_t buckets;
	uint32_t idle_timer, unbalanced_timer;
	uint64_t unbalanced_time;
};
extern const struct attr_set nh_res_attrs;

/* NHA_RES_BUCKET */
enum nh_bucket_field { NH_BUCKET_INDEX, NH_BUCKET_IDLE, NH_BUCKET_NHID, NH_BUCKET_FIELDS };
struct nh_bucket {
	uint64_t has; /* enum nh_bucket_field */
	uint16_t index;
	uint64_t idle_time;
	uint32_t nhid;
};
extern const struct attr_set nh_bucket_attrs;

/* NHA_GROUP_STATS_ENTRY: of one next hop of a group, what took it; as far as the kernel says. */
enum nh_stats_field { NH_STATS_ID, NH_STATS_PACKETS, NH_STATS_PACKETS_HW, NH_STATS_FIELDS };
struct nh_stats {
	uint64_t has; /* enum nh_stats_field */
	uint32_t id;
	struct nl_ref packets, packets_hw; /* numbers of 4 or 8 bytes */
};
extern const struct attr_set nh_stats_attrs;

/* Reads RTM_NEWNEXTHOP, RTM_NEWNEXTHOPBUCKET and the like; references point into the message. */
int nh_decode(const struct nlmsghdr *h, struct nh *ret, struct err *e);
/* Writes a request. */
int nh_message(struct nl_msg *m, unsigned type, unsigned flags, const struct nh *n, struct err *e);
/* One line as `ip nexthop show` has it, or one JSON object under `key` (NULL: none). */
void nh_print(struct print *p, const char *key, const struct nh *n);

#endif
