/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_PROOF_PLAN_H
#define MH_UPLINK_PROOF_PLAN_H

#include "uplink/plan.h"
#include "uplink/proof.h"

#include <errno.h>

/* The code of an error that tells of a change which is not made as it is not proved. */
#define PROOF_REFUSED (-EDOM)

/*
 * A plan, proved before its first step is made: on the machine as it will be in the end all holds
 * that the configuration wants (what others' rules decide is their matter), and on the machine
 * after each step no packet goes wrong that is right both before the plan and after it.
 */
struct plan_proof {
	bool proved;
	/* If not: the state that is wrong, after so many steps. All of them: the end. */
	size_t step;
	const struct snapshot *at;
	const struct fib *f; /* the same, compiled */
	struct prove_failure *failure;
	size_t failure_n;
	struct prove_goal goal; /* what it is about */
	size_t states;		/* looked at */
	/* Private. */
	struct arena arena, found;
	uint64_t budget;
	struct fib *before, *between, *after;
	struct snapshot end, work; /* share what they can with the one given */
};

/*
 * `s` is the machine whole (SNAPSHOT_ALL) as it is before the first step; it, `d`, and the plan
 * must outlive the result, which is to be given back in any case. Steps that no packet could notice
 * are passed over, and of more than some hundreds of steps that are noticed, not every one is
 * looked at. -E2BIG: PROVE_BUDGET is spent on it, and nothing wrong was found until then.
 */
int proof_plan(const struct config *c, const struct desired *d, const struct snapshot *s,
	       const struct plan *p, struct plan_proof *ret, struct err *e);
/*
 * The machine as it is, on which all of it is to hold. What others' rules decide is their matter
 * here, too, unless they lead one uplink's packets out by another.
 */
int proof_now(const struct config *c, const struct desired *d, const struct snapshot *s,
	      struct plan_proof *ret, struct err *e);
void proof_plan_free(struct plan_proof *x);

/*
 * What is not proved, in one line, and where on the plan's way (NULL: there is none); the arena's.
 */
const char *proof_plan_line(const struct plan_proof *x, const struct plan *p, struct arena *a);

#endif
