/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_LPM_H
#define MH_FIB_LPM_H

#include "fib/ranges.h"

/*
 * An index of prefixes that does not change once made: the value of an address's longest prefix.
 * Any number of threads may look things up in one.
 */
struct lpm;

#define LPM_NONE RANGE_NONE /* no prefix has the address; values are below this */

/*
 * An index of `n` prefixes of one family, in any order; none is fine. Of equal ones the last one
 * counts. `parent` is as in ranges_of_prefixes(): NULL, or n places for the next shorter covering
 * prefix of each, by which a search goes on when a longest prefix is not wanted (suppressed,
 * thrown). Small values take less memory: 2 bytes a range instead of 4 if all are below about
 * 30,000. -EINVAL: a prefix of another family, too long, or with too large a value; -E2BIG;
 * -ENOMEM.
 */
int lpm_new(uint8_t family, const struct prefix_value *p, size_t n, uint32_t *parent,
	    struct lpm **ret, struct err *e);
/* NULL is fine. */
void lpm_free(struct lpm *);

/* The address in host byte order; of an index of IPv4 prefixes. */
uint32_t lpm_lookup4(const struct lpm *, uint32_t addr);
/* The address in network byte order; of an index of IPv6 prefixes. */
uint32_t lpm_lookup6(const struct lpm *, const uint8_t addr[static 16]);
/* By the address's own family, which must be the index's. */
uint32_t lpm_lookup(const struct lpm *, const struct ip_addr *addr);

/* Many at once, which takes less time than one after the other: their memory accesses overlap. */
void lpm_lookup4_n(const struct lpm *, const uint32_t *addr, uint32_t *ret, size_t n);
void lpm_lookup6_n(const struct lpm *, const uint8_t (*addr)[16], uint32_t *ret, size_t n);

/* Memory that it takes. */
size_t lpm_bytes(const struct lpm *);

#endif
