/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_SIMULATE_H
#define MH_UPLINK_SIMULATE_H

#include "uplink/explain.h"
#include "uplink/flows.h"

/*
 * Many flows through a machine: by which uplink each leaves, how even that is, and what becomes of
 * them when an uplink fails. Pure.
 */

/* The last two of a list of shares. */
enum { SIMULATE_ELSEWHERE, SIMULATE_NOWHERE, SIMULATE_OTHERS };

struct simulate_share {
	const char *name; /* the uplink's; NULL: by no uplink, or not at all */
	uint64_t flows, bytes;
	double ideal; /* how many flows the weights of the routes would give it */
};

/* What becomes of a flow when its uplink, or another, fails. */
enum simulate_fate {
	SIMULATE_STAYS,
	SIMULATE_MUST,	   /* goes by another uplink, as its own has failed */
	SIMULATE_NEEDLESS, /* goes by another uplink, though its own has not */
	SIMULATE_LOST,	   /* has no way now, or is still sent the failed uplink's way */
	SIMULATE_FATES,
};

struct simulation {
	struct simulate_share *share; /* one per uplink, in their order, then the others */
	struct simulate_share *after; /* the same flows, begun after the failure */
	size_t uplink_n;
	uint64_t flows, bytes;
	uint64_t balanced; /* flows that had a choice of next hops */
	/* Pearson's test of these against the weights. */
	double chi_square;
	unsigned freedom; /* degrees of; 0: there was nothing to choose */
	double chance;	  /* of so uneven a result, or worse, with a perfect balance */
	double deviation; /* the greatest of an uplink from its ideal, relative */
	/* Of flows that have begun before the failure, and those that begin after it. */
	uint64_t old[SIMULATE_FATES], new[SIMULATE_FATES];
	uint64_t renumbered; /* of the old that move: get another source, so that they must begin
				anew */
};

/*
 * `after`: the machine after the failure of its uplink number `failed` (`m->uplink`, the same in
 * both), or NULL. Memory is the arena's.
 */
void simulate_run(const struct explain_machine *m, const struct explain_machine *after,
		  size_t failed, struct flows *f, uint64_t n, struct arena *a,
		  struct simulation *ret);

/* The probability of a chi-square of at least x with k degrees of freedom (Wilson, Hilferty). */
double simulate_chance(double x, unsigned k);

#endif
