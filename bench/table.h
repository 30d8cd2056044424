/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_BENCH_TABLE_H
#define MH_BENCH_TABLE_H

/*
 * A full Internet routing table for benchmarks: read from a file (one prefix a line), or made up in
 * the shape of one, always the same; and addresses to look up in it.
 */
#include "fib/ranges.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NEXT_HOPS 200 /* different values, 1 to this */

struct table {
	uint8_t family;
	struct prefix_value *p;
	size_t n, cap;
};

static uint64_t table_seed = 0x9e3779b97f4a7c15;

static inline uint64_t table_random(void)
{
	table_seed ^= table_seed >> 12;
	table_seed ^= table_seed << 25;
	table_seed ^= table_seed >> 27;
	return table_seed * 0x2545f4914f6cdd1d;
}

static inline void table_add(struct table *t, const struct ip_prefix *p)
{
	if (t->n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 1 << 16;
		t->p = realloc(t->p, t->cap * sizeof(*t->p));
		if (!t->p)
			exit(1);
	}
	t->p[t->n++] = (struct prefix_value){*p, 1 + (uint32_t)(table_random() % NEXT_HOPS)};
}

/* Adds the prefixes of the table's family. */
static inline void table_read(struct table *t, const char *path)
{
	char line[256];
	struct ip_prefix p;
	FILE *f = fopen(path, "r");

	if (!f) {
		perror(path);
		exit(1);
	}
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (ip_prefix_parse(line, 0, &p) && p.addr.family == t->family)
			table_add(t, &p);
	}
	fclose(f);
}

/* Numbers by length, as in tables of 2024; what they stand in are the registries' blocks. */
static inline void table_make(struct table *t)
{
	static const struct {
		uint8_t len;
		uint32_t n;
	} four[] = {{8, 16},	 {9, 13},     {10, 37},	    {11, 100},	 {12, 297},    {13, 580},
		    {14, 1190},	 {15, 2050},  {16, 13500},  {17, 8300},	 {18, 13700},  {19, 25200},
		    {20, 43700}, {21, 51200}, {22, 107500}, {23, 95000}, {24, 537656}, {25, 250},
		    {26, 200},	 {27, 150},   {28, 100},    {29, 120},	 {30, 61},     {32, 80}},
	  six[] = {{20, 20},	{24, 40},   {28, 150},	 {29, 5300}, {30, 700},	 {31, 300},
		   {32, 22500}, {33, 3900}, {34, 3200},	 {35, 1200}, {36, 8000}, {38, 1800},
		   {40, 12000}, {42, 2300}, {44, 17500}, {46, 3900}, {47, 2000}, {48, 75000},
		   {52, 20},	{56, 150},  {64, 120},	 {126, 17},  {128, 30}};
	static const uint16_t block[] = {0x2001, 0x2400, 0x2600, 0x2800, 0x2a00, 0x2c00};
	bool v4 = t->family == AF_INET;
	uint32_t org[8192]; /* where the longer ones crowd */

	for (size_t i = 0; i < 8192; i++)
		org[i] = (uint32_t)block[table_random() % 6] << 16 |
			 (uint32_t)(table_random() & 0xfffff);
	for (size_t i = 0; i < (v4 ? sizeof(four) : sizeof(six)) / sizeof(*four); i++)
		for (uint32_t k = 0; k < (v4 ? four[i].n : six[i].n); k++) {
			struct key x = {table_random(), table_random()};
			uint8_t len = v4 ? four[i].len : six[i].len;
			if (v4)
				x.hi = (1 + (x.hi >> 32) % 223) << 56 | x.hi << 24 >> 8;
			else
				x.hi = (uint64_t)org[x.hi % 8192] << 32 | x.lo >> 32;
			x = key_first(x, len);
			table_add(t, &(struct ip_prefix){key_addr(x, t->family), len});
		}
}

enum keys_kind {
	KEYS_UNIFORM,	/* of all addresses; in IPv6 of 2000::/3 */
	KEYS_IN_PREFIX, /* a prefix, and an address in it */
	KEYS_ZIPF,	/* of a million such, the i-th with a probability of 1/i */
	KEYS_KINDS,
};

static const char *const keys_name[] = {"uniform", "in-prefix", "zipf"};

static inline struct key table_key_in_prefix(const struct table *t)
{
	const struct ip_prefix *p = &t->p[table_random() % t->n].prefix;
	struct key host = key_host_bits(p->len), k = key_first(key_of(&p->addr), p->len);

	k.hi |= table_random() & host.hi;
	k.lo |= table_random() & host.lo;
	return k;
}

static inline struct key *table_keys(const struct table *t, enum keys_kind kind, size_t n)
{
	struct key *k = malloc(n * sizeof(*k)), *flow = NULL;

	if (!k || (kind == KEYS_ZIPF && !(flow = malloc(n * sizeof(*flow)))))
		exit(1);
	for (size_t i = 0; flow && i < n; i++)
		flow[i] = table_key_in_prefix(t);
	for (size_t i = 0; i < n; i++)
		if (flow) /* the distribution function is about log(i)/log(n) */
			k[i] = flow[(size_t)pow((double)n, (double)(table_random() >> 11) /
								   9007199254740992.0) -
				    1];
		else if (kind == KEYS_IN_PREFIX)
			k[i] = table_key_in_prefix(t);
		else if (t->family == AF_INET)
			k[i] = key_of4((uint32_t)(table_random() >> 32));
		else
			k[i] = (struct key){UINT64_C(1) << 61 | table_random() >> 3,
					    table_random()};
	free(flow);
	return k;
}

#endif
