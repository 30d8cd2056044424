/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many packets at once. Of a full table every lookup waits for memory some times, one time after
 * the other. So the great tables' indexes are gone through for a block of packets together, which
 * overlaps what they wait for (lpm_lookup.c), and their entries are fetched; then each packet is
 * asked about as if it were alone, and finds all that it needs in the cache.
 */
#include "fib/compiled.h"

#include <string.h>

#define TOGETHER 64u
#define GREAT	 2048u /* prefixes; a smaller table stays in the cache by itself */

/* Packets of the table's family, in order; returns how many. */
static size_t warm(const struct fib_table *t, uint8_t family, const struct fib_packet *p, size_t n)
{
	uint32_t four[TOGETHER], at[TOGETHER];
	uint8_t six[TOGETHER][16];
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i].family != family)
			continue;
		if (family == AF_INET)
			four[m++] = fib_be32(p[i].dst.b);
		else
			memcpy(six[m++], p[i].dst.b, 16);
	}
	if (family == AF_INET)
		lpm_lookup4_n(t->lpm, four, at, m);
	else
		lpm_lookup6_n(t->lpm, (const uint8_t(*)[16])six, at, m);
	for (size_t i = 0; i < m; i++)
		__builtin_prefetch(&t->entry[at[i] == LPM_NONE ? 0 : at[i]]);
	return m;
}

static void warm_family(const struct fib *f, uint8_t family, const struct fib_packet *p, size_t n)
{
	const struct fib_family *fam = &f->family[fib_index(family)];
	size_t of_family = n;

	for (size_t i = 0; i < fam->table_n && of_family; i++)
		if (fam->table[i].node_n >= GREAT)
			of_family = warm(&fam->table[i], family, p, n);
}

void fib_lookup_n(const struct fib *f, const struct fib_packet *p, struct fib_result *ret, size_t n)
{
	for (size_t at = 0; at < n; at += TOGETHER) {
		size_t m = n - at < TOGETHER ? n - at : TOGETHER;
		warm_family(f, AF_INET, p + at, m);
		warm_family(f, AF_INET6, p + at, m);
		for (size_t i = 0; i < m; i++)
			fib_lookup(f, &p[at + i], &ret[at + i]);
	}
}
