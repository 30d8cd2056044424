/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_FIB_H
#define MH_FIB_FIB_H

#include "model/snapshot.h"

/*
 * The policy-routing engine: a snapshot, compiled, and the way of any packet through it, as the
 * kernel would decide it (net/core/fib_rules.c; net/ipv4: fib_rules.c, fib_trie.c, fib_semantics.c,
 * route.c, nexthop.c; net/ipv6: fib6_rules.c, ip6_fib.c, route.c, addrconf.c). Pure: no
 * descriptors, no clock. A compiled model never changes, so that any number of threads may look up
 * in it.
 *
 * Whatever the kernel does differently between versions follows snapshot.settings.kernel. What the
 * kernel remembers from packet to packet is not modelled: learned exceptions (redirects, PMTU),
 * whose turn it is among IPv4's equal default routes (the result says that they take turns), IPv6's
 * cache of routes that share a next-hop object, by which it takes one such route for another, and
 * the source address of an IPv4 next-hop object, which from its making to the next change of any
 * address is one that reaches the link, and then one that suits the first route that is used.
 */
struct fib;

/*
 * Compiles the model. The snapshot must outlive it: results point into it. What the snapshot does
 * not hold (settings, next-hop objects, neighbours) is taken as absent: settings 0, neighbours
 * unknown. -EINVAL if it contradicts itself: a rule that jumps backwards, a prefix longer than its
 * family allows, next hops of another family.
 */
int fib_new(struct fib **ret, const struct snapshot *s, struct err *e);
void fib_free(struct fib *f); /* NULL is fine */
static inline void free_fib(struct fib **f)
{
	fib_free(*f);
}
const struct snapshot *fib_snapshot(const struct fib *f);

/* A packet, or what is known of it. Integers in host order. */
struct fib_packet {
	uint8_t family;
	struct ip_addr src; /* "any": not chosen yet */
	struct ip_addr dst;
	uint8_t proto; /* 0: not given */
	uint16_t sport, dport;
	uint32_t mark, uid;
	uint8_t tos; /* the whole byte (traffic class) */
	int iif;     /* 0: sent by this machine */
	int oif;     /* 0: not bound to a device */
	uint32_t flowlabel;
	uint64_t tun_id; /* network order, as the rule has it */
	/*
	 * As RTM_GETROUTE answers, where that differs from what happens to a real packet: the
	 * multipath hash of policy 3 (IPv4 mixes once more, IPv6 does not), IPv6's forwarding
	 * (RTM_GETROUTE asks neither whether it is on, nor whether it is for such a source), an
	 * IPv6 socket's device, which RTM_GETROUTE only prefers if a source is given, and a missing
	 * IPv4 protocol, which RTM_GETROUTE takes for UDP.
	 */
	bool query;
};

enum fib_verdict {
	FIB_FORWARD,	   /* leaves by `dev`, whoever made it; a multicast or broadcast too */
	FIB_LOCAL,	   /* for this machine */
	FIB_UNREACHABLE,   /* an unreachable route or rule */
	FIB_BLACKHOLE,	   /* dropped in silence by a blackhole route, rule or next hop */
	FIB_PROHIBIT,	   /* a prohibit route or rule */
	FIB_NONE,	   /* no rule led to a route */
	FIB_INVALID,	   /* refused before or after the lookup: see `why` */
	FIB_RPF,	   /* arrived, and the reverse path check drops it: see `why` */
	FIB_NOT_FORWARDED, /* arrived, not for this machine, and forwarding is off */
};

struct fib_result {
	enum fib_verdict verdict;
	const struct rule *rule;   /* that decided; NULL if none did */
	const struct route *route; /* that decided; NULL for a rule's own refusal, or by a device */
	uint32_t table;		   /* of the route; 0 without one */
	int dev;		   /* FORWARD: leaves by it; LOCAL: lo, or the VRF; else 0 */
	struct ip_addr via;	   /* the gateway, maybe of the other family; family 0: none */
	struct ip_addr src;	   /* the packet's, or the address that is chosen for it */
	uint32_t nexthop;	   /* which of the route's next hops: 0, 1, ... */
	uint32_t nexthops;	   /* how many it has */
	uint32_t weight;	   /* of this next hop */
	uint32_t hash;		   /* multipath hash, 31 bits; 0 if it was not needed */
	bool turns; /* IPv4: this is the first of several equal default routes that take turns */
	const char *why; /* INVALID, RPF: static text; else NULL */
};

/* The packet as the kernel is asked about it (RTM_GETROUTE), for those who compare. */
struct route fib_packet_route(const struct fib_packet *p);

/*
 * The way of one packet. Never fails, allocates nothing. With `iif` it is one that arrives there,
 * reverse path check included (IPv4); else the machine sends it. Sending, the source must be an
 * address of the machine (IPv4), and a socket bound to a device (`oif`) that no route serves sends
 * on the link (IPv4): the verdict is FORWARD then, without a route.
 *
 * An IPv6 packet without a source is looked up once, as RTM_GETROUTE does, and its source chosen
 * then (RFC 6724); rules by source do not match it. A socket is routed so, too.
 */
void fib_lookup(const struct fib *f, const struct fib_packet *p, struct fib_result *ret);

/* The words of the machine-readable forms: "forward", "local", "unreachable", ... */
const char *fib_verdict_name(enum fib_verdict v);
/* The prefix of the route that decided; family 0 if there is none. */
struct ip_prefix fib_result_prefix(const struct fib_result *r);

/*
 * IPv4's check of an arriving packet's source (fib_validate_source()), for the packet as it came
 * in; `out` is the device it will leave by, 0 if it is for this machine. NULL if it passes, else
 * why it is dropped.
 */
const char *fib_reverse_path(const struct fib *f, const struct fib_packet *p, int out);

/*
 * The source address that the kernel chooses for a destination through a device: RFC 6724 (IPv6),
 * or the first fitting primary address (IPv4). Family 0 if there is none.
 */
struct ip_addr fib_source(const struct fib *f, const struct ip_addr *dst, int dev);

/* True if the machine sends from this address: it has it, or the local table says so (IPv4). */
bool fib_is_local(const struct fib *f, const struct ip_addr *a);

/*
 * What proofs are made of: the rules in their order, as compiled, and the tables' prefixes, sorted
 * by address, then length, each once.
 */
size_t fib_rules(const struct fib *f, uint8_t family, const struct rule *const **ret);
size_t fib_prefixes(const struct fib *f, uint8_t family, uint32_t table,
		    const struct ip_prefix **ret);
/* The numbers of the tables that have routes, ascending. */
size_t fib_tables(const struct fib *f, uint8_t family, const uint32_t **ret);

/* The next hops of a route, in order; what the kernel knows of each. */
struct fib_nexthop {
	struct ip_addr via; /* family 0: none */
	int dev;
	uint32_t weight;
	bool dead; /* passed over: its device is down, or has no carrier and that counts */
};
/* The n-th; false behind the last. */
bool fib_route_nexthop(const struct fib *f, const struct route *r, uint32_t n,
		       struct fib_nexthop *ret);

#endif
