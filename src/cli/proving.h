/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_CLI_PROVING_H
#define MH_CLI_PROVING_H

#include "cli/cli.h"
#include "uplink/proof_plan.h"

/* A proof and what came of it, as `prove`, `plan` and `doctor` show it. */
struct proving {
	const struct snapshot *snap;
	struct names *names;
	const struct fib *f;
	struct fib *own; /* the same, if it is to be given back */
	struct arena a;
	struct prove_goal goal;
	struct prove_failure *failure;
	long failure_n;
	uint64_t looked;
};

/* Compiles the snapshot and proves `goal` of it; NULL: of the uplinks that it shows. */
int proving_run(struct proving *x, const struct snapshot *s, const struct prove_goal *goal,
		struct err *e);
void proving_free(struct proving *x);

/* A plan's proof (proof_plan.h). */
struct plan_proving {
	struct snapshot snap; /* the machine before it */
	struct plan_proof proof;
	bool unknown;	  /* it would take too long: a note says so, and it passes for proved */
	struct proving x; /* of the state that is wrong */
};

/*
 * Proves a plan on the session's kernel as it is now; an empty one is proved. Returns 1 if it is, 0
 * if it is not. To be given back in any case.
 */
int proving_plan(struct session *s, const struct plan *p, struct plan_proving *ret, struct err *e);
void proving_plan_free(struct plan_proving *x);
/* What is wrong, as text; as JSON members of the object that is open. */
void proving_plan_put(struct plan_proving *x, struct cli *c, const struct plan *p);

/* One failure: what, the packet, its way rule by rule, the remedy. */
void proving_put(struct proving *x, struct cli *c, const struct prove_failure *y);
/* The same as one object. */
void proving_json(struct proving *x, struct cli *c, const struct prove_failure *y);

#endif
