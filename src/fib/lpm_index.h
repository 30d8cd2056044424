/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_LPM_INDEX_H
#define MH_FIB_LPM_INDEX_H

#include "fib/lpm.h"

/* The inside of an index: lpm.c, which makes it, says what it is; lpm_lookup.c goes through it. */

/*
 * A cell: a value, or with LPM_NODE a node, which stands at this line of the pool, is a leaf or
 * not, and looks at the upper or the lower 64 bits.
 */
#define LPM_NODE  0x80000000u
#define LPM_LEAF  0x40000000u
#define LPM_LOWER 0x20000000u
#define LPM_LINE  0x1fffffffu

/* A cell of the first level in 16 bits: one without LPM_LOWER, its upper 2 and its lower 14 bits.
 */
#define LPM_NARROW_NODE 0x8000u
#define LPM_NARROW_LEAF 0x4000u
#define LPM_NARROW_LINE 0x3fffu
#define LPM_NARROW_NONE 0x7fffu

static inline uint32_t lpm_widen(uint16_t c)
{
	if (c & LPM_NARROW_NODE)
		return LPM_NODE | (c & LPM_NARROW_LEAF ? LPM_LEAF : 0) | (c & LPM_NARROW_LINE);
	return c == LPM_NARROW_NONE ? LPM_NONE : c;
}

#define LPM_LINE_SIZE 64 /* bytes: what memory is read by */
#define LPM_STARTS    5

struct lpm_leaf {
	uint64_t start[LPM_STARTS]; /* where cell 1, 2, ... begin; UINT64_MAX behind the last */
	uint32_t cell[LPM_STARTS + 1];
};

/* Slots of equal size. What is below `first` belongs to slot 0, what is above to slot `last`. */
struct lpm_span {
	uint64_t first;
	uint32_t last;
	uint32_t shift; /* a slot's size, as a power of two */
};

/*
 * A record: for 32 slots, in the lower half a bit for each that begins a cell; in the upper half
 * how many cells there are before, less 1.
 */
struct lpm_index {
	struct lpm_span span;
	uint64_t record[]; /* span.last / 32 + 1, then the cells */
};

/*
 * The ranges themselves, where they are few: with wide registers it takes less time to hold many
 * addresses against all of them than to go through levels.
 */
#define LPM_FEW 64
struct lpm_few {
	uint32_t n;
	uint32_t first4[LPM_FEW]; /* of IPv4: the upper half's upper half */
	struct key first[LPM_FEW];
	uint32_t value[LPM_FEW];
};

struct lpm {
	struct lpm_span span; /* the first level */
	uint64_t *record;
	uint32_t *cell;	     /* either these */
	uint16_t *narrow;    /* or these */
	uint8_t *pool;	     /* of lines */
	void *block;	     /* which has all of these */
	struct lpm_few *few; /* NULL: they are not */
	size_t bytes;
	uint8_t family;
};

static inline uint32_t lpm_slot(const struct lpm_span *s, uint64_t v)
{
	uint64_t slot = v > s->first ? (v - s->first) >> s->shift : 0;

	return slot < s->last ? (uint32_t)slot : s->last;
}

/* The processor's instruction, where the compiler may use it; but never a call. */
static inline uint32_t lpm_bits_set(uint32_t x)
{
	x -= x >> 1 & 0x55555555;
	x = (x & 0x33333333) + (x >> 2 & 0x33333333);
	x = (x + (x >> 4)) & 0x0f0f0f0f;
	return x * 0x01010101 >> 24;
}

/* The number of the slot's cell. */
static inline uint32_t lpm_rank(uint64_t record, uint32_t slot)
{
	uint32_t bits = (uint32_t)record & (UINT32_MAX >> (31 - slot % 32));

	return (uint32_t)(record >> 32) + lpm_bits_set(bits);
}

/* Many addresses: so many at once, each of which the levels' lists have room for. */
#define LPM_TOGETHER 256
/* lpm_avx512.c: multiples of LPM_WIDE addresses, LPM_TOGETHER at most; IPv4: addr4, IPv6: addr6. */
#define LPM_WIDE 16
bool lpm_has_avx512(void);
void lpm_block_avx512(const struct lpm *l, const uint32_t *addr4, const uint8_t (*addr6)[16],
		      uint32_t *ret, unsigned n);

#endif
