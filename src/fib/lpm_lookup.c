/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way through an index (lpm.c says how it is made).
 *
 * Many lookups go level by level: first all of them through the first level, then those that are at
 * a node through it, until none is. What waits for memory in one lookup is then beside the others',
 * not before them, and there is no branch to be mispredicted: the lists of those that go on are
 * written without one. The first level, where most lookups end, has a form for AVX-512.
 */
#include "fib/lpm_index.h"

/* Into the forms for several processors. */
#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_AVX512 1
#include <immintrin.h>
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vpopcntdq,popcnt,bmi,bmi2")))
#endif

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

#define TOGETHER 256

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

#ifdef HAVE_AVX512
/* Eight of the upper halves: the numbers of their cells. */
AVX512 static inline __m256i eight_ranks(const struct lpm *l, __m512i v)
{
	__m512i first = _mm512_set1_epi64((long long)l->span.first);
	__m512i slot = _mm512_srl_epi64(_mm512_sub_epi64(_mm512_max_epu64(v, first), first),
					_mm_cvtsi32_si128((int)l->span.shift));
	slot = _mm512_min_epu64(slot, _mm512_set1_epi64(l->span.last));
	__m512i record = _mm512_i64gather_epi64(_mm512_srli_epi64(slot, 5), l->record, 8);
	/* The bits behind the slot's are shifted out, the upper half with them. */
	__m512i shift = _mm512_sub_epi64(_mm512_set1_epi64(63),
					 _mm512_and_epi64(slot, _mm512_set1_epi64(31)));
	__m512i count = _mm512_popcnt_epi64(_mm512_sllv_epi64(record, shift));
	return _mm512_cvtepi64_epi32(_mm512_add_epi64(_mm512_srli_epi64(record, 32), count));
}

/* As lpm_widen(). */
AVX512 static inline __m512i sixteen_wide(__m512i c)
{
	__mmask16 node = _mm512_cmpge_epu32_mask(c, _mm512_set1_epi32(LPM_NARROW_NODE));
	__mmask16 none = _mm512_cmpeq_epu32_mask(c, _mm512_set1_epi32(LPM_NARROW_NONE));
	__m512i kind = _mm512_and_si512(_mm512_slli_epi32(c, 16),
					_mm512_set1_epi32((int)(LPM_NODE | LPM_LEAF)));
	__m512i line = _mm512_and_si512(c, _mm512_set1_epi32(LPM_NARROW_LINE));
	c = _mm512_mask_or_epi32(c, node, kind, line);
	return _mm512_mask_blend_epi32(none, c, _mm512_set1_epi32(LPM_NONE));
}

/* The upper halves of eight addresses. */
AVX512 static inline __m512i eight_addresses(const uint32_t *addr4, const uint8_t (*addr6)[16])
{
	if (addr4)
		return _mm512_slli_epi64(
			_mm512_cvtepu32_epi64(_mm256_loadu_si256((const void *)addr4)), 32);
	__m512i even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
	__m512i v = _mm512_permutex2var_epi64(_mm512_loadu_si512(addr6), even,
					      _mm512_loadu_si512(addr6 + 4));
	__m512i swap = _mm512_set4_epi32(0x08090a0b, 0x0c0d0e0f, 0x00010203, 0x04050607);
	return _mm512_shuffle_epi8(v, swap);
}

/* `n` is a multiple of 16. All records are read first, then all cells. */
AVX512 static void block_avx512(const struct lpm *l, const uint32_t *addr4,
				const uint8_t (*addr6)[16], uint32_t *ret, unsigned n)
{
	uint64_t hi[TOGETHER];
	struct waiting w[2];

	w[0].leaf_n = w[0].index_n = 0;
	for (unsigned i = 0; i < n; i += 8) {
		__m512i v = eight_addresses(addr4 ? addr4 + i : NULL, addr6 ? addr6 + i : NULL);
		_mm512_storeu_si512(&hi[i], v);
		_mm256_storeu_si256((void *)&ret[i], eight_ranks(l, v));
	}
	for (unsigned i = 0; i < n; i += 16) {
		__m512i at = _mm512_loadu_si512(&ret[i]), c;
		if (l->narrow) {
			c = _mm512_i32gather_epi32(at, l->narrow, 2);
			c = sixteen_wide(_mm512_and_si512(c, _mm512_set1_epi32(0xffff)));
		} else {
			c = _mm512_i32gather_epi32(at, l->cell, 4);
		}
		_mm512_storeu_si512(&ret[i], c);
		uint32_t nodes = _mm512_test_epi32_mask(c, _mm512_set1_epi32((int)LPM_NODE));
		for (; nodes; nodes &= nodes - 1) {
			unsigned k = i + (unsigned)__builtin_ctz(nodes);
			wait_for(l, &w[0], k, ret[k]);
		}
	}
	go_on(l, hi, addr6, ret, w);
}
#endif

#ifdef HAVE_AVX512
/*
 * Few ranges: how many of them begin at or before each address, of sixteen (IPv4) or eight. `n` is
 * a multiple of 16.
 */
AVX512 static void few4_avx512(const struct lpm_few *f, const uint32_t *addr, uint32_t *ret,
			       unsigned n)
{
	const __m512i one = _mm512_set1_epi32(1);

	for (unsigned i = 0; i < n; i += 16) {
		__m512i a = _mm512_loadu_si512(addr + i), rank = _mm512_setzero_si512();
		for (unsigned k = 1; k < f->n; k++) {
			__m512i first = _mm512_set1_epi32((int)f->first4[k]);
			rank = _mm512_mask_add_epi32(rank, _mm512_cmpge_epu32_mask(a, first), rank,
						     one);
		}
		_mm512_storeu_si512(ret + i, _mm512_i32gather_epi32(rank, f->value, 4));
	}
}

/* The lower half of an address counts for few. */
AVX512 static void few6_avx512(const struct lpm_few *f, const uint8_t (*addr)[16], uint32_t *ret,
			       unsigned n)
{
	const __m512i swap = _mm512_set4_epi32(0x08090a0b, 0x0c0d0e0f, 0x00010203, 0x04050607);
	const __m512i odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
	const __m512i one = _mm512_set1_epi64(1);

	for (unsigned i = 0; i < n; i += 8) {
		__m512i hi = eight_addresses(NULL, addr + i), rank = _mm512_setzero_si512();
		__m512i lo = _mm512_permutex2var_epi64(_mm512_loadu_si512(addr + i), odd,
						       _mm512_loadu_si512(addr + i + 4));
		lo = _mm512_shuffle_epi8(lo, swap);
		for (unsigned k = 1; k < f->n; k++) {
			__m512i first = _mm512_set1_epi64((long long)f->first[k].hi);
			__mmask8 behind = _mm512_cmpge_epu64_mask(hi, first), same;
			if (f->first[k].lo && (same = _mm512_cmpeq_epu64_mask(hi, first))) {
				first = _mm512_set1_epi64((long long)f->first[k].lo);
				behind &= ~_mm512_mask_cmplt_epu64_mask(same, lo, first);
			}
			rank = _mm512_mask_add_epi64(rank, behind, rank, one);
		}
		_mm256_storeu_si256((void *)(ret + i), _mm512_i64gather_epi32(rank, f->value, 4));
	}
}
#endif

static void blocks(const struct lpm *l, const uint32_t *addr4, const uint8_t (*addr6)[16],
		   uint32_t *ret, size_t n)
{
#ifdef HAVE_AVX512
	bool wide = __builtin_cpu_supports("avx512vpopcntdq") &&
		    __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
#endif
	for (size_t at = 0; at < n;) {
		unsigned m = n - at < TOGETHER ? (unsigned)(n - at) : TOGETHER;
		const uint32_t *a4 = addr4 ? addr4 + at : NULL;
		const uint8_t(*a6)[16] = addr6 ? addr6 + at : NULL;
#ifdef HAVE_AVX512
		if (wide && m >= 16) {
			m &= ~15u;
			if (l->few && a4)
				few4_avx512(l->few, a4, ret + at, m);
			else if (l->few)
				few6_avx512(l->few, a6, ret + at, m);
			else
				block_avx512(l, a4, a6, ret + at, m);
		} else
#endif
			block(l, a4, a6, ret + at, m);
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
