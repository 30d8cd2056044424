/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_FLOWS_H
#define MH_UPLINK_FLOWS_H

#include "base/arena.h"
#include "fib/fib.h"

/*
 * Made-up traffic: flows with random addresses and ports, the same ones for the same seed.
 * Destinations are drawn from prefixes, all alike or by Zipf's law (the r-th most wanted is wanted
 * r^-s times as often as the first; which is which is drawn, too); sizes are Pareto's, as those of
 * real flows: most are small, most bytes are in few.
 */
struct flows {
	uint64_t state[2]; /* of the random numbers */
	uint8_t family;	   /* of destinations that are drawn without prefixes */
	const struct ip_prefix *to;
	size_t to_n;
	struct flows_draw *draw; /* Zipf's; NULL: all alike */
	struct ip_prefix from;	 /* family 0: of this machine's own */
	struct ip_addr router;	 /* in `from`, but nobody's flow comes from there */
	int iif;		 /* where they come in; 0 */
};

/* `to` may be empty: anywhere on the Internet. `zipf` 0: all alike. The arena has what is needed.
 */
void flows_begin(struct flows *f, uint64_t seed, uint8_t family, const struct ip_prefix *to,
		 size_t to_n, double zipf, struct arena *a);
/* The next flow's first packet, and its size in bytes. */
void flows_next(struct flows *f, struct fib_packet *p, uint64_t *ret_bytes);

#endif
