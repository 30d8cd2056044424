/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way through an index (lpm.c says how it is made). */
#include "fib/lpm_index.h"

/* How many lookups go on at a time: enough that each one's wait for memory is the others' work. */
#define TOGETHER 16

static uint32_t step(const struct lpm *l, const struct lpm_node *x, struct key k)
{
	uint64_t v = x->half ? k.lo : k.hi;

	if (x->leaf) {
		const uint64_t *start = &l->start[x->at];
		uint32_t before = 0;
		for (uint32_t i = 0; i < LPM_LEAF; i++)
			before += i < x->last && start[i] <= v;
		return l->cell[x->cell + before];
	}
	uint64_t slot = v > x->first ? (v - x->first) >> x->shift : 0;
	if (slot > x->last)
		slot = x->last;
	uint64_t record = l->record[x->at + slot / 32];
	uint32_t bits = (uint32_t)record & (UINT32_MAX >> (31 - slot % 32));
	return l->cell[(uint32_t)((record >> 32) + (unsigned)__builtin_popcount(bits))];
}

static uint32_t lookup(const struct lpm *l, struct key k)
{
	uint32_t cell = l->root;

	while (cell & LPM_NODE)
		cell = step(l, &l->node[cell & ~LPM_NODE], k);
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

/* All of them a step, until all are there. */
static void lookup_together(const struct lpm *l, const struct key *k, uint32_t *ret, size_t n)
{
	bool more = true;

	for (size_t i = 0; i < n; i++)
		ret[i] = l->root;
	while (more) {
		more = false;
		for (size_t i = 0; i < n; i++)
			if (ret[i] & LPM_NODE) {
				ret[i] = step(l, &l->node[ret[i] & ~LPM_NODE], k[i]);
				if (ret[i] & LPM_NODE) {
					__builtin_prefetch(&l->node[ret[i] & ~LPM_NODE]);
					more = true;
				}
			}
	}
}

void lpm_lookup4_n(const struct lpm *l, const uint32_t *addr, uint32_t *ret, size_t n)
{
	struct key k[TOGETHER];

	for (size_t at = 0, m; at < n; at += m) {
		m = n - at < TOGETHER ? n - at : TOGETHER;
		for (size_t i = 0; i < m; i++)
			k[i] = key_of4(addr[at + i]);
		lookup_together(l, k, ret + at, m);
	}
}

void lpm_lookup6_n(const struct lpm *l, const uint8_t (*addr)[16], uint32_t *ret, size_t n)
{
	struct key k[TOGETHER];

	for (size_t at = 0, m; at < n; at += m) {
		m = n - at < TOGETHER ? n - at : TOGETHER;
		for (size_t i = 0; i < m; i++)
			k[i] = key_of6(addr[at + i]);
		lookup_together(l, k, ret + at, m);
	}
}
