/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_PROVE_OWN_H
#define MH_FIB_PROVE_OWN_H

#include "fib/compiled.h"
#include "fib/prove.h"
#include "fib/space.h"

/* Private to the proof's files: prove.c, prove_policy.c, prove_rules.c. */

/* A proof under way, in one family. */
struct proof {
	const struct fib *f;
	const struct prove_goal *goal;
	const struct space *s;
	struct arena *a;
	struct prove_failure *failure;
	size_t failure_n, failure_cap;
	uint64_t looked;
	uint64_t *left; /* what may still be spent on looking, in rules asked */
	/* The question at hand. */
	const struct prove_uplink *u;
	bool forwarded;
};

/* Notes a failure, unless there is one of the same kind and cause. */
void prove_fails(struct proof *x, const struct prove_failure *y);
/* fib_lookup(), counted; when there is no end in sight (`left` is 0) the answer is INVALID. */
void prove_look(struct proof *x, const struct fib_packet *p, struct fib_result *r);
bool prove_has_source(const struct prove_uplink *u, const struct ip_addr *a);
/* A host beside the address, if that is one of a device that is no uplink: someone in a LAN. */
bool prove_lan_host(const struct proof *x, const struct address *a, struct ip_addr *ret);
/* Whether marks, ports, user and service are as the rule selects. */
bool prove_fields_fit(const struct rule *r, const struct fib_packet *p);
/* Calls `fn` for each way that a packet with this result may take; until it returns false. */
bool prove_ways(struct proof *x, const struct fib_packet *p, const struct fib_result *r,
		bool (*fn)(struct proof *x, const struct fib_packet *p, const struct fib_result *r,
			   int dev, const struct ip_addr *via));
/* Refused by what says so of every destination; a route or rule for one destination is meant. */
bool prove_refused(const struct fib_result *r);

/* prove_policy.c: each policy decides what it says; the same, for one packet. */
void prove_policies(struct proof *x);
bool prove_policy_packet(void *proof, const struct fib_packet *p);
/* prove_rules.c: each rule is reached, and looks up something. */
void prove_rules(struct proof *x);

#endif
