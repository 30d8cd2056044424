/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_RANGES_H
#define MH_FIB_RANGES_H

#include "base/err.h"
#include "fib/key.h"

/*
 * Prefixes as disjoint ranges of addresses. A range begins at `first` and ends before the next one;
 * the first begins at 0. Neighbours have different values.
 */
struct range {
	struct key first;
	uint32_t value;
};

struct prefix_value {
	struct ip_prefix prefix; /* host bits are ignored */
	uint32_t value;
};

#define RANGE_NONE 0x7fffffffu /* no prefix; the values given are below it */

/*
 * The ranges of `n` prefixes of one family: in each, every address has the same longest prefix,
 * whose value it bears (RANGE_NONE: there is none). Of equal prefixes the last one counts.
 * `parent`, if not NULL, has place for n numbers: the index in `p` of the longest prefix that
 * covers p[i] and is shorter, or RANGE_NONE. Returns the number of ranges (at least 1), or -EINVAL,
 * -E2BIG, -ENOMEM; *ret is the caller's, to be freed.
 */
long ranges_of_prefixes(uint8_t family, const struct prefix_value *p, size_t n, struct range **ret,
			uint32_t *parent, struct err *e);

/*
 * The same, the value of a range being the index in `p` of its longest prefix: of two neighbours
 * with different prefixes, even if these have the same value.
 */
long ranges_of_indexes(uint8_t family, const struct prefix_value *p, size_t n, struct range **ret,
		       uint32_t *parent, struct err *e);

/* The index of the range that has `k`. */
size_t ranges_find(const struct range *r, size_t n, struct key k);

#endif
