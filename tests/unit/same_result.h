/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_TESTS_UNIT_SAME_RESULT_H
#define MH_TESTS_UNIT_SAME_RESULT_H

#include "fib/fib.h"

/* The same way in all that is told of it. */
static inline bool same_result(const struct fib_result *a, const struct fib_result *b)
{
	return a->verdict == b->verdict && a->rule == b->rule && a->route == b->route &&
	       a->table == b->table && a->dev == b->dev && ip_addr_eq(&a->via, &b->via) &&
	       ip_addr_eq(&a->src, &b->src) && a->nexthop == b->nexthop &&
	       a->nexthops == b->nexthops && a->weight == b->weight && a->hash == b->hash &&
	       a->turns == b->turns && a->why == b->why;
}

#endif
