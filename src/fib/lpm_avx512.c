/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of many addresses through an index, as lpm_lookup.c has it, in registers of 512 bits.
 *
 * Level by level again. Those that are at a node are kept packed (where they stand, which node,
 * which half of the address it looks at), so that eight of them go through an index at a time. A
 * leaf is one line, and so one register.
 */
#include "fib/lpm_index.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define AVX512                                                                                     \
	__attribute__((target("avx512f,avx512bw,avx512vl,avx512vpopcntdq,popcnt,lzcnt,bmi,bmi2")))

bool lpm_has_avx512(void)
{
	return __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512bw");
}

/* ── The first level ────────────────────────────────────────────────────────────────────────── */

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

/* ── Nodes ──────────────────────────────────────────────────────────────────────────────────── */

#define LANES 8u

/* Those at a node. Behind the last there is room for a register. */
struct list {
	uint32_t at[LPM_TOGETHER + LANES];
	uint32_t cell[LPM_TOGETHER + LANES];
	uint64_t v[LPM_TOGETHER + LANES];
	unsigned n;
};
struct lists {
	struct list index, leaf;
};

/* What they are at is in `ret`, too: values stay there. */
AVX512 static inline void add(struct list *l, __mmask8 which, __m256i at, __m256i cell, __m512i v)
{
	_mm256_storeu_si256((void *)&l->at[l->n], _mm256_maskz_compress_epi32(which, at));
	_mm256_storeu_si256((void *)&l->cell[l->n], _mm256_maskz_compress_epi32(which, cell));
	_mm512_storeu_si512(&l->v[l->n], _mm512_maskz_compress_epi64(which, v));
	l->n += (unsigned)__builtin_popcount(which);
}

/* Asked for long before it is needed. */
AVX512 static inline void fetch(const struct lpm *l, __mmask8 which, __m256i cell)
{
	uint64_t offset[LANES];
	__m256i line = _mm256_maskz_and_epi32(which, cell, _mm256_set1_epi32(LPM_LINE));

	_mm512_storeu_si512(offset, _mm512_slli_epi64(_mm512_cvtepu32_epi64(line), 6));
	for (unsigned i = 0; i < LANES; i++)
		__builtin_prefetch(l->pool + offset[i]);
}

AVX512 static inline void sort(const struct lpm *l, struct lists *to, const uint8_t (*addr6)[16],
			       __mmask8 which, __m256i at, __m256i cell, __m512i v)
{
	__mmask8 node = _mm256_mask_test_epi32_mask(which, cell, _mm256_set1_epi32((int)LPM_NODE));
	if (!node)
		return;
	__mmask8 leaf = _mm256_mask_test_epi32_mask(node, cell, _mm256_set1_epi32(LPM_LEAF));
	__mmask8 lower = _mm256_mask_test_epi32_mask(node, cell, _mm256_set1_epi32(LPM_LOWER));

	if (lower && addr6) { /* few prefixes are longer than 64 */
		__m512i offset = _mm512_slli_epi64(_mm512_cvtepu32_epi64(at), 4);
		__m512i swap = _mm512_set4_epi32(0x08090a0b, 0x0c0d0e0f, 0x00010203, 0x04050607);
		__m512i half = _mm512_mask_i64gather_epi64(v, lower, offset, addr6[0] + 8, 1);
		v = _mm512_mask_mov_epi64(v, lower, _mm512_shuffle_epi8(half, swap));
	}
	fetch(l, node, cell);
	if (leaf)
		add(&to->leaf, leaf, at, cell, v);
	if (node & ~leaf)
		add(&to->index, node & (__mmask8)~leaf, at, cell, v);
}

/* `out` has a place more, for lanes that are none. */
AVX512 static inline void keep(uint32_t *out, __mmask8 which, __m256i at, __m256i cell)
{
	uint32_t a[LANES], c[LANES];

	at = _mm256_mask_mov_epi32(_mm256_set1_epi32(LPM_TOGETHER), which, at);
	_mm256_storeu_si256((void *)a, at);
	_mm256_storeu_si256((void *)c, cell);
	for (unsigned i = 0; i < LANES; i++)
		out[a[i]] = c[i];
}

AVX512 static inline __mmask8 lanes_of(const struct list *l, unsigned k)
{
	return (__mmask8)(l->n - k < LANES ? (1u << (l->n - k)) - 1 : UINT8_MAX);
}

AVX512 static inline __m512i gather(const struct lpm *l, __mmask8 which, __m512i offset)
{
	return _mm512_mask_i64gather_epi64(_mm512_setzero_si512(), which, offset, l->pool, 1);
}

/*
 * As through_index() of lpm_lookup.c. Three times through all of them, as each look into memory
 * needs what the one before it has found: so one waits beside the others'.
 */
AVX512 static void through_indexes(const struct lpm *l, const uint8_t (*addr6)[16], uint32_t *out,
				   const struct list *from, struct lists *to)
{
	/* Where the record is; how far its bits are shifted; where the cells are. */
	uint64_t record[LPM_TOGETHER + LANES], shift[LPM_TOGETHER + LANES];
	uint64_t cells[LPM_TOGETHER + LANES];

	for (unsigned k = 0; k < from->n; k += LANES) {
		__mmask8 which = lanes_of(from, k);
		__m256i cell = _mm256_loadu_si256((const void *)&from->cell[k]);
		__m512i v = _mm512_loadu_si512(&from->v[k]);
		__m512i node = _mm512_slli_epi64(
			_mm512_cvtepu32_epi64(_mm256_and_si256(cell, _mm256_set1_epi32(LPM_LINE))),
			6);
		__m512i first = gather(l, which, node);
		node = _mm512_add_epi64(node, _mm512_set1_epi64(8));
		__m512i rest = gather(l, which, node);
		node = _mm512_add_epi64(node, _mm512_set1_epi64(8));
		__m512i last = _mm512_and_si512(rest, _mm512_set1_epi64(UINT32_MAX));
		__m512i slot =
			_mm512_srlv_epi64(_mm512_sub_epi64(_mm512_max_epu64(v, first), first),
					  _mm512_srli_epi64(rest, 32));
		slot = _mm512_min_epu64(slot, last);
		_mm512_storeu_si512(
			&record[k],
			_mm512_add_epi64(node, _mm512_slli_epi64(_mm512_srli_epi64(slot, 5), 3)));
		_mm512_storeu_si512(
			&shift[k], _mm512_sub_epi64(_mm512_set1_epi64(63),
						    _mm512_and_si512(slot, _mm512_set1_epi64(31))));
		/* Behind the last record. */
		last = _mm512_add_epi64(_mm512_srli_epi64(last, 5), _mm512_set1_epi64(1));
		_mm512_storeu_si512(&cells[k], _mm512_add_epi64(node, _mm512_slli_epi64(last, 3)));
	}
	for (unsigned k = 0; k < from->n; k += LANES) {
		__m512i r = gather(l, lanes_of(from, k), _mm512_loadu_si512(&record[k]));
		__m512i bits = _mm512_sllv_epi64(r, _mm512_loadu_si512(&shift[k]));
		__m512i rank =
			_mm512_add_epi64(_mm512_srli_epi64(r, 32), _mm512_popcnt_epi64(bits));
		rank = _mm512_and_si512(rank, _mm512_set1_epi64(UINT32_MAX));
		_mm512_storeu_si512(&cells[k], _mm512_add_epi64(_mm512_loadu_si512(&cells[k]),
								_mm512_slli_epi64(rank, 2)));
	}
	for (unsigned k = 0; k < from->n; k += LANES) {
		__mmask8 which = lanes_of(from, k);
		__m256i at = _mm256_loadu_si256((const void *)&from->at[k]);
		__m256i cell = _mm512_mask_i64gather_epi32(
			_mm256_setzero_si256(), which, _mm512_loadu_si512(&cells[k]), l->pool, 1);
		keep(out, which, at, cell);
		sort(l, to, addr6, which, at, cell, _mm512_loadu_si512(&from->v[k]));
	}
}

AVX512 static void through_leaves(const struct lpm *l, const uint8_t (*addr6)[16], uint32_t *out,
				  const struct list *from, struct lists *to)
{
	for (unsigned k = 0; k < from->n; k++) {
		const struct lpm_leaf *x =
			(const void *)(l->pool +
				       (size_t)(from->cell[k] & LPM_LINE) * LPM_LINE_SIZE);
		__m512i v = _mm512_set1_epi64((long long)from->v[k]);
		unsigned before =
			_mm512_cmple_epu64_mask(_mm512_load_si512(x), v) & ((1u << LPM_STARTS) - 1);
		uint32_t cell = x->cell[__builtin_popcount(before)];
		out[from->at[k]] = cell;
		if (cell & LPM_NODE)
			sort(l, to, addr6, 1, _mm256_set1_epi32((int)from->at[k]),
			     _mm256_set1_epi32((int)cell), v);
	}
}

/* `n` is a multiple of 16. All records are read first, then all cells. */
AVX512 static void levels(const struct lpm *l, const uint32_t *addr4, const uint8_t (*addr6)[16],
			  uint32_t *ret, unsigned n)
{
	uint64_t hi[LPM_TOGETHER];
	uint32_t out[LPM_TOGETHER + 1];
	struct lists w[2];
	__m256i at = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);

	w[0].index.n = w[0].leaf.n = 0;
	for (unsigned i = 0; i < n; i += 8) {
		__m512i v = eight_addresses(addr4 ? addr4 + i : NULL, addr6 ? addr6 + i : NULL);
		_mm512_storeu_si512(&hi[i], v);
		_mm256_storeu_si256((void *)&out[i], eight_ranks(l, v));
	}
	for (unsigned i = 0; i < n; i += 16) {
		__m512i rank = _mm512_loadu_si512(&out[i]), c;
		if (l->narrow) {
			c = _mm512_i32gather_epi32(rank, l->narrow, 2);
			c = sixteen_wide(_mm512_and_si512(c, _mm512_set1_epi32(0xffff)));
		} else {
			c = _mm512_i32gather_epi32(rank, l->cell, 4);
		}
		_mm512_storeu_si512(&out[i], c);
		for (unsigned k = 0; k < 16; k += LANES) {
			sort(l, &w[0], addr6, UINT8_MAX, at,
			     _mm256_loadu_si256((const void *)&out[i + k]),
			     _mm512_loadu_si512(&hi[i + k]));
			at = _mm256_add_epi32(at, _mm256_set1_epi32(LANES));
		}
	}
	for (unsigned now = 0; w[now].index.n | w[now].leaf.n; now = !now) {
		w[!now].index.n = w[!now].leaf.n = 0;
		through_indexes(l, addr6, out, &w[now].index, &w[!now]);
		through_leaves(l, addr6, out, &w[now].leaf, &w[!now]);
	}
	memcpy(ret, out, n * sizeof(*ret));
}

/* ── Few ranges ─────────────────────────────────────────────────────────────────────────────── */

/* How many of them begin at or before each address, of sixteen (IPv4) or eight. */
AVX512 static void few4(const struct lpm_few *f, const uint32_t *addr, uint32_t *ret, unsigned n)
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
AVX512 static void few6(const struct lpm_few *f, const uint8_t (*addr)[16], uint32_t *ret,
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

void lpm_block_avx512(const struct lpm *l, const uint32_t *addr4, const uint8_t (*addr6)[16],
		      uint32_t *ret, unsigned n)
{
	if (l->few && addr4)
		few4(l->few, addr4, ret, n);
	else if (l->few)
		few6(l->few, addr6, ret, n);
	else
		levels(l, addr4, addr6, ret, n);
}

#else

bool lpm_has_avx512(void)
{
	return false;
}

void lpm_block_avx512(const struct lpm *l, const uint32_t *addr4, const uint8_t (*addr6)[16],
		      uint32_t *ret, unsigned n)
{
	(void)l, (void)addr4, (void)addr6, (void)ret, (void)n;
}

#endif
