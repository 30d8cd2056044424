/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way through an index (lpm.c says how it is made).
 *
 * Many lookups go level by level: first all of them through the first level, then those that are at
 * a node through it, until none is. What waits for memory in one lookup is then beside the others',
 * not before them, and there is no branch to be mispredicted: the lists of those that go on are
 * written without one. lpm_avx512.c is the same with wide registers.
 */
#include "fib/lpm_index.h"

/* Into the forms for several processors. */
#define INLINE static inline __attribute__((always_inline))

INLINE uint32_t first_level(const struct lpm *l, uint64_t v)
{
	uint32_t slot = lpm_slot(&l->span, v), at = lpm_rank(l->record[slot / 32], slot);

	return l->narrow ? lpm_widen(l->narrow[at]) : l->cell[at];
}

INLINE const void *node_at(const struct lpm *l, uint32_t cell)
{
	return l->pool + (size_t)(cell & LPM_LINE) * LPM_LINE_SIZE;
}

INLINE uint32_t through_leaf(const struct lpm *l, uint32_t cell, uint64_t v)
{
	const struct lpm_leaf *x = node_at(l, cell);
	uint32_t before = 0;

	for (unsigned i = 0; i < LPM_STARTS; i++)
		before += x->start[i] <= v;
	return x->cell[before];
}

INLINE uint32_t through_index(const struct lpm *l, uint32_t cell, uint64_t v)
{
	const struct lpm_index *x = node_at(l, cell);
	const uint32_t *cells = (const uint32_t *)(x->record + x->span.last / 32 + 1);
	uint32_t slot = lpm_slot(&x->span, v);

	return cells[lpm_rank(x->record[slot / 32], slot)];
}

static uint32_t lookup(const struct lpm *l, struct key k)
{
	uint32_t cell = first_level(l, k.hi);

	while (cell & LPM_NODE) {
		uint64_t v = cell & LPM_LOWER ? k.lo : k.hi;
		cell = cell & LPM_LEAF ? through_leaf(l, cell, v) : through_index(l, cell, v);
	}
	return cell;
}

uint32_t lpm_lookup4(const struct lpm *l, uint32_t addr)
{
	return lookup(l, key_of4(addr));
}

uint32_t lpm_lookup6(const struct lpm *l, const uint8_t addr[static 16])
{
	return lookup(l, key_of6(addr));
}

uint32_t lpm_lookup(const struct lpm *l, const struct ip_addr *addr)
{
	return lookup(l, key_of(addr));
}

/* Many at once */

#define TOGETHER LPM_TOGETHER

/* Those that are at a node: which, of each kind. */
struct waiting {
	uint16_t leaf[TOGETHER], index[TOGETHER];
	unsigned leaf_n, index_n;
};

INLINE void wait_for(const struct lpm *l, struct waiting *w, unsigned i, uint32_t cell)
{
	uint32_t node = cell >> 31, leaf = node & cell >> 30;

	__builtin_prefetch(node_at(l, node ? cell : 0));
	w->leaf[w->leaf_n] = w->index[w->index_n] = (uint16_t)i;
	w->leaf_n += leaf;
	w->index_n += node & ~leaf;
}

/* The half of the i-th address that its cell's node looks at. */
INLINE uint64_t wanted(const uint64_t *hi, const uint8_t (*addr)[16], uint32_t cell, unsigned i)
{
	return cell & LPM_LOWER ? key_load(addr[i] + 8) : hi[i];
}

/* All records, then all cells: each is asked for before the first is needed. */
INLINE void through_indexes(const struct lpm *l, const uint64_t *hi, const uint8_t (*addr)[16],
			    uint32_t *ret, const struct waiting *from, struct waiting *to)
{
	const uint64_t *record[TOGETHER];
	const uint32_t *cell[TOGETHER];
	uint32_t slot[TOGETHER];

	for (unsigned k = 0; k < from->index_n; k++) {
		unsigned i = from->index[k];
		const struct lpm_index *x = node_at(l, ret[i]);
		slot[k] = lpm_slot(&x->span, wanted(hi, addr, ret[i], i));
		record[k] = &x->record[slot[k] / 32];
		cell[k] = (const uint32_t *)&x->record[x->span.last / 32 + 1];
		__builtin_prefetch(record[k]);
	}
	for (unsigned k = 0; k < from->index_n; k++) {
		cell[k] += lpm_rank(*record[k], slot[k]);
		__builtin_prefetch(cell[k]);
	}
	for (unsigned k = 0; k < from->index_n; k++) {
		unsigned i = from->index[k];
		ret[i] = *cell[k];
		wait_for(l, to, i, ret[i]);
	}
}

/* From the first level's cells in `ret` on to values, for those that wait in w[0]. */
INLINE void go_on(const struct lpm *l, const uint64_t *hi, const uint8_t (*addr)[16], uint32_t *ret,
		  struct waiting w[static 2])
{
	for (unsigned now = 0; w[now].leaf_n | w[now].index_n; now = !now) {
		const struct waiting *from = &w[now];
		struct waiting *to = &w[!now];
		to->leaf_n = to->index_n = 0;
		through_indexes(l, hi, addr, ret, from, to);
		for (unsigned k = 0; k < from->leaf_n; k++) {
			unsigned i = from->leaf[k];
			ret[i] = through_leaf(l, ret[i], wanted(hi, addr, ret[i], i));
			wait_for(l, to, i, ret[i]);
		}
	}
}

/* One block of at most TOGETHER. IPv4: addr4, IPv6: addr6. */
static void block(const struct lpm *l, const uint32_t *addr4, const uint8_t (*addr6)[16],
		  uint32_t *ret, unsigned n)
{
	uint64_t hi[TOGETHER];
	struct waiting w[2];

	w[0].leaf_n = w[0].index_n = 0;
	for (unsigned i = 0; i < n; i++)
		hi[i] = addr4 ? (uint64_t)addr4[i] << 32 : key_load(addr6[i]);
	for (unsigned i = 0; i < n; i++) {
		ret[i] = first_level(l, hi[i]);
		wait_for(l, &w[0], i, ret[i]);
	}
	go_on(l, hi, addr6, ret, w);
}

static void blocks(const struct lpm *l, const uint32_t *addr4, const uint8_t (*addr6)[16],
		   uint32_t *ret, size_t n)
{
	bool wide = lpm_has_avx512();

	for (size_t at = 0; at < n;) {
		unsigned m = n - at < TOGETHER ? (unsigned)(n - at) : TOGETHER;
		const uint32_t *a4 = addr4 ? addr4 + at : NULL;
		const uint8_t(*a6)[16] = addr6 ? addr6 + at : NULL;
		if (wide && m >= LPM_WIDE) {
			m -= m % LPM_WIDE;
			lpm_block_avx512(l, a4, a6, ret + at, m);
		} else {
			block(l, a4, a6, ret + at, m);
		}
		at += m;
	}
}

void lpm_lookup4_n(const struct lpm *l, const uint32_t *addr, uint32_t *ret, size_t n)
{
	blocks(l, addr, NULL, ret, n);
}

void lpm_lookup6_n(const struct lpm *l, const uint8_t (*addr)[16], uint32_t *ret, size_t n)
{
	blocks(l, NULL, addr, ret, n);
}
