/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_ROUTE_H
#define MH_MODEL_ROUTE_H

#include "base/arena.h"
#include "model/print.h"
#include "netlink/nl.h"

/* A route: RTM_NEWROUTE (net/ipv4/fib_semantics.c, net/ipv6/route.c). In the order of the text. */
enum route_field {
	ROUTE_TYPE, /* derived: header */
	ROUTE_DST,
	ROUTE_SRC,
	ROUTE_NHID,
	ROUTE_NEWDST,
	ROUTE_ENCAP_TYPE,
	ROUTE_ENCAP,
	ROUTE_TOS, /* derived: header */
	ROUTE_GATEWAY,
	ROUTE_VIA,
	ROUTE_OIF,
	ROUTE_TABLE,
	ROUTE_PROTOCOL, /* derived: header */
	ROUTE_SCOPE,	/* derived: header */
	ROUTE_PREFSRC,
	ROUTE_METRIC,
	ROUTE_FLAGS, /* derived: header, RTNH_F_* */
	ROUTE_MARK,
	ROUTE_REALMS,
	ROUTE_UID,
	ROUTE_CACHED, /* derived: header, flags of an IPv4 answer */
	ROUTE_CACHEINFO,
	ROUTE_METRICS,
	ROUTE_IIF,
	ROUTE_PREF,
	ROUTE_TTL_PROPAGATE,
	ROUTE_NH_INFO, /* derived: what print->nh_info says of ROUTE_NHID */
	ROUTE_MULTIPATH,
	ROUTE_EXPIRES,
	ROUTE_IP_PROTO,
	ROUTE_SPORT,
	ROUTE_DPORT,
	ROUTE_FLOWLABEL,
	ROUTE_FIELDS
};

struct route {
	uint64_t has; /* enum route_field */
	struct rtmsg h;
	uint32_t table;		 /* always set after decoding, from the attribute or the header */
	struct ip_addr dst, src; /* lengths in h.rtm_dst_len, h.rtm_src_len; "any" if absent */
	struct ip_addr gateway;	 /* of the route's own family */
	struct ip_addr via;	 /* of another family */
	struct ip_addr prefsrc;
	uint32_t metric; /* RTA_PRIORITY; 0 if absent */
	uint32_t oif, iif, mark, realms, uid, nhid, expires;
	struct rta_cacheinfo cacheinfo;
	struct nl_ref metrics;	 /* RTAX_* attributes */
	struct nl_ref multipath; /* struct rtnexthop's, see nexthop_each() */
	struct nl_ref encap, newdst;
	uint16_t encap_type, sport, dport; /* ports in host order */
	uint8_t pref, ttl_propagate, ip_proto;
	uint32_t flowlabel;
};

extern const struct attr_set route_attrs;

/* Reads RTM_NEWROUTE or RTM_DELROUTE; references point into the message. */
int route_decode(const struct nlmsghdr *h, struct route *ret, struct err *e);
/* Writes a request: RTM_NEWROUTE with NLM_F_CREATE | NLM_F_EXCL, NLM_F_REPLACE, ..., RTM_DELROUTE.
 */
int route_message(struct nl_msg *m, unsigned type, unsigned flags, const struct route *r,
		  struct err *e);

/*
 * Writes the question which way a packet takes: RTM_GETROUTE with destination, source, tos, mark,
 * uid, iif, oif, protocol and ports of `r`; `rtm_flags` RTM_F_LOOKUP_TABLE, RTM_F_FIB_MATCH.
 */
int route_lookup_message(struct nl_msg *m, uint32_t rtm_flags, const struct route *r,
			 struct err *e);

/* An empty route of a family: unicast, table main, scope as the kernel's users set it. */
struct route route_init(uint8_t family);
static inline struct ip_prefix route_dst(const struct route *r)
{
	return (struct ip_prefix){r->dst, r->h.rtm_dst_len};
}
void route_set_dst(struct route *r, struct ip_prefix p);

/* One way of a multipath route. */
struct route_nexthop {
	uint64_t has;	    /* enum nexthop_field */
	struct rtnexthop h; /* rtnh_flags, rtnh_hops = weight - 1, rtnh_ifindex */
	struct ip_addr gateway, via;
	uint32_t realms;
	uint16_t encap_type;
	struct nl_ref encap, newdst;
	uint8_t ttl_propagate;
};
enum nexthop_field {
	NEXTHOP_NEWDST,
	NEXTHOP_ENCAP_TYPE,
	NEXTHOP_ENCAP,
	NEXTHOP_GATEWAY,
	NEXTHOP_VIA,
	NEXTHOP_REALMS,
	NEXTHOP_TTL_PROPAGATE,
	NEXTHOP_FIELDS
};
extern const struct attr_set nexthop_attrs;

/*
 * Walks a multipath attribute: *at starts as 0; true while `ret` holds a next hop. Stops at the
 * first damaged one.
 */
bool route_nexthop_next(struct nl_ref multipath, size_t *at, struct route_nexthop *ret);
/* Appends a next hop to the route's multipath attribute, whose bytes become the arena's. */
void route_nexthop_add(struct arena *a, struct route *r, const struct route_nexthop *nh);

/*
 * The identity of a route, as the kernel tells routes of a table apart: family, table, destination,
 * (IPv6: source), tos, metric. <0, 0, >0.
 */
int route_key_cmp(const struct route *a, const struct route *b);
/*
 * True if both say the same: key, type, protocol, scope, next hops with weights and onlink, source,
 * metrics. State bits (dead, linkdown, offload) and cache information are not compared.
 */
bool route_eq(const struct route *a, const struct route *b);

/* One line as `ip route show` has it (next hops on lines of their own), or one JSON object. */
void route_print(struct print *p, const struct route *r);
/* RTNH_F_* and RTM_F_* as words, in JSON as the array "flags". */
void route_flags_print(struct print *p, uint32_t flags);
/* The metrics of RTA_METRICS, a part of it. */
void route_metrics_print(struct print *p, struct nl_ref metrics);

/* "unicast", "unreachable", ... NULL if unknown; and back, -1 if it is none. */
const char *route_type_name(unsigned type);
int route_type_number(const char *word);

#endif
