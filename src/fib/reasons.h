/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_REASONS_H
#define MH_FIB_REASONS_H

#include "fib/fib.h"

/*
 * What a decision was made against, for people: the other routes of the table, the other next hops
 * of the route. `r` is what fib_lookup() said of `p`. Everything is the arena's.
 */

enum fib_standing {
	FIB_PASSED, /* was asked before the one that won, and could not be taken */
	FIB_WON,
	FIB_BEATEN, /* would have had its turn later */
};
struct fib_candidate {
	const struct route *route;
	enum fib_standing standing;
	const char *why;
};

/*
 * The routes of the deciding table whose prefix contains the destination, longest prefix first. 0
 * if no route decided.
 */
size_t fib_candidates(const struct fib *f, const struct fib_packet *p, const struct fib_result *r,
		      struct arena *a, struct fib_candidate **ret);

struct fib_choice {
	struct ip_addr via; /* family 0: none */
	int dev;
	uint32_t weight;
	bool takes; /* hashes from `first` to `last` fall on it; it has none if not */
	uint32_t first, last;
	bool chosen;
	const char *why; /* "" if there is nothing to say */
};

/*
 * The next hops of the route that decided, in its order. A resilient group shares its hashes by
 * buckets, which are no range: none `takes` any.
 */
size_t fib_choices(const struct fib *f, const struct fib_packet *p, const struct fib_result *r,
		   struct arena *a, struct fib_choice **ret);

/* True if the machine's multipath hashes can be told: their seed was set. */
bool fib_hash_is_known(const struct fib *f);
/* What is hashed, by the machine's policy: "addresses, protocol and ports (policy 1)". */
const char *fib_hash_text(const struct fib *f, uint8_t family, struct arena *a);

/* Where the source address comes from: "the packet's own", "the route's src", ... */
const char *fib_source_text(const struct fib *f, const struct fib_packet *p,
			    const struct fib_result *r);

/*
 * The reverse path check of a device as it is set: 0 off, 1 strict, 2 loose; the greater of its own
 * and all's.
 */
uint32_t fib_rp_filter(const struct fib *f, int dev);

#endif
