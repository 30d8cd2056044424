/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_WALK_H
#define MH_FIB_WALK_H

#include "model/snapshot.h"

/*
 * One packet's way through a snapshot: every rule in turn, with the reason it did or did not
 * decide. This is the readable walk, linear in rules and routes; it follows net/core/fib_rules.c,
 * net/ipv4/fib_trie.c and net/ipv6/ip6_fib.c.
 */
struct fib_packet {
	uint8_t family;
	struct ip_addr src; /* "any": not chosen yet */
	struct ip_addr dst;
	uint8_t proto; /* 0: not given */
	uint16_t sport, dport;
	uint32_t mark, uid;
	uint8_t tos;
	int iif; /* 0: sent by this machine */
	int oif; /* 0: not bound to a device */
};

enum fib_outcome {
	FIB_NO_MATCH,	/* a selector of the rule does not fit */
	FIB_NO_ROUTE,	/* the table has nothing for this destination */
	FIB_SUPPRESSED, /* it has, but the rule suppresses such a result */
	FIB_THROW,	/* a throw route: on to the next rule */
	FIB_GOTO,	/* jumped, or nop */
	FIB_ROUTE,	/* decided by a route, error routes included */
	FIB_ACTION,	/* decided by the rule itself: blackhole, unreachable, prohibit */
};

struct fib_step {
	const struct rule *rule;
	enum fib_outcome outcome;
	const struct route *route; /* ROUTE, SUPPRESSED, THROW */
	char why[128];		   /* for people; never empty but for ROUTE */
};

/*
 * The rules that were tried, the last one being the one that decided (ROUTE, ACTION) unless none
 * did. The steps are the arena's. Returns their number.
 */
size_t fib_walk(const struct snapshot *s, const struct fib_packet *p, struct arena *a,
		struct fib_step **ret);

#endif
