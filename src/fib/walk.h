/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_WALK_H
#define MH_FIB_WALK_H

#include "fib/fib.h"

/*
 * One packet's way through the model with the reasons: every rule that was tried, and why it did or
 * did not decide. The same code as fib_lookup(), which only leaves out to write them down.
 */
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
 * did; and the result. The steps are the arena's. Returns their number; 0 if the packet is refused
 * before any rule is asked.
 */
size_t fib_walk(const struct fib *f, const struct fib_packet *p, struct arena *a,
		struct fib_step **ret, struct fib_result *result);

/* "no match", "no route", ... */
const char *fib_outcome_name(enum fib_outcome o);

#endif
