/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The index of prefixes, its ranges and parents, against a look at each prefix. */
#include "fib/lpm.h"
#include "unit.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEW 15u

static uint32_t plain(const struct prefix_value *p, size_t n, const struct ip_addr *a)
{
	const struct prefix_value *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (ip_prefix_contains(&p[i].prefix, a) &&
		    (!best || p[i].prefix.len >= best->prefix.len))
			best = &p[i];
	return best ? best->value : LPM_NONE;
}

static struct key random_key(void)
{
	struct key k = {rnd(), rnd()};

	return k;
}

/* Near one another, so that they cover and touch each other. */
static struct ip_prefix random_prefix(uint8_t family, struct key around, unsigned spread)
{
	struct key k = random_key();
	unsigned bits = ip_bits(family), same = (unsigned)rnd() % (spread + 1);
	struct key host = key_host_bits(same);
	struct ip_prefix p;

	k.hi = (around.hi & ~host.hi) | (k.hi & host.hi);
	k.lo = (around.lo & ~host.lo) | (k.lo & host.lo);
	p.addr = key_addr(k, family);
	p.len = (uint8_t)(rnd() % (bits + 1));
	if (rnd() % 4 == 0 && same < bits)
		p.len = (uint8_t)(same + rnd() % (bits - same + 1));
	return p;
}

struct keys {
	struct key k[4000];
	size_t n;
};

/* What is at, before and behind both ends of each prefix, and anything. */
static void collect(struct keys *q, const struct prefix_value *p, size_t n)
{
	q->n = 0;
	for (size_t i = 0; i < n && q->n + 6 < ARRAY_SIZE(q->k); i++) {
		struct key first = key_first(key_of(&p[i].prefix.addr), p[i].prefix.len);
		struct key last = key_last(first, p[i].prefix.len);
		q->k[q->n++] = first;
		q->k[q->n++] = last;
		q->k[q->n++] = (struct key){first.hi - !first.lo, first.lo - 1};
		q->k[q->n++] = key_next(last);
		q->k[q->n++] = random_key();
	}
	q->k[q->n++] = (struct key){0, 0};
	q->k[q->n++] = (struct key){UINT64_MAX, UINT64_MAX};
}

static void check_table(uint8_t family, const struct prefix_value *p, size_t n)
{
	static struct keys q;
	static uint32_t addr4[ARRAY_SIZE(q.k)], got[ARRAY_SIZE(q.k)];
	static uint8_t addr6[ARRAY_SIZE(q.k)][16];
	struct lpm *l;

	collect(&q, p, n);
	assert_int_equal(lpm_new(family, p, n, NULL, &l, NULL), 0);
	for (size_t i = 0; i < q.n; i++) {
		struct ip_addr a = key_addr(q.k[i], family);
		addr4[i] = (uint32_t)(q.k[i].hi >> 32);
		memcpy(addr6[i], a.b, 16);
		uint32_t one =
			family == AF_INET ? lpm_lookup4(l, addr4[i]) : lpm_lookup6(l, addr6[i]);
		if (one != plain(p, n, &a)) {
			char buf[IP_ADDR_STRLEN];
			fail_msg("%s: %u, not %u, of %zu prefixes (MH_SEED)", ip_addr_str(&a, buf),
				 one, plain(p, n, &a), n);
		}
		assert_int_equal(lpm_lookup(l, &a), one);
	}
	/* All at once, and so few at once that no wide registers are made use of. */
	for (size_t most = q.n + 1; most; most = most == FEW ? 0 : FEW) {
		for (size_t i = 0, m; i < q.n; i += m) {
			m = q.n - i < most ? q.n - i : most;
			if (family == AF_INET)
				lpm_lookup4_n(l, addr4 + i, got + i, m);
			else
				lpm_lookup6_n(l, (const uint8_t(*)[16])addr6 + i, got + i, m);
		}
		for (size_t i = 0; i < q.n; i++) {
			struct ip_addr a = key_addr(q.k[i], family);
			assert_int_equal(got[i], lpm_lookup(l, &a));
		}
	}
	lpm_free(l);
}

static void check_ranges(uint8_t family, const struct prefix_value *p, size_t n)
{
	struct range *r;
	uint32_t *parent = calloc(n + 1, sizeof(*parent));
	long m = ranges_of_prefixes(family, p, n, &r, parent, NULL);

	assert_true(m > 0);
	assert_true(key_is_zero(r[0].first));
	for (long i = 1; i < m; i++) {
		assert_true(key_less(r[i - 1].first, r[i].first));
		assert_int_not_equal(r[i - 1].value, r[i].value);
	}
	for (long i = 0; i < m; i++) {
		struct ip_addr a = key_addr(r[i].first, family);
		assert_int_equal(r[i].value, plain(p, n, &a));
		assert_int_equal(ranges_find(r, (size_t)m, r[i].first), i);
		if (i)
			assert_int_equal(ranges_find(r, (size_t)m,
						     (struct key){r[i].first.hi - !r[i].first.lo,
								  r[i].first.lo - 1}),
					 i - 1);
	}
	for (size_t i = 0; i < n; i++) {
		const struct prefix_value *best = NULL;
		for (size_t k = 0; k < n; k++)
			if (p[k].prefix.len < p[i].prefix.len &&
			    ip_prefix_contains(&p[k].prefix, &p[i].prefix.addr) &&
			    (!best || p[k].prefix.len >= best->prefix.len))
				best = &p[k];
		assert_int_equal(parent[i], best ? (uint32_t)(best - p) : RANGE_NONE);
	}
	free(parent);
	free(r);
}

static void test_random(void **state)
{
	static struct prefix_value p[400];

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		uint8_t family = round & 1 ? AF_INET6 : AF_INET;
		size_t n = (size_t)(rnd() % (round % 8 == 7 ? 400 : 40));
		unsigned spread = (unsigned)(rnd() % ip_bits(family));
		uint32_t values = 1 + (uint32_t)(rnd() % (round % 3 ? 5 : 100000));
		struct key around = random_key();
		for (size_t i = 0; i < n; i++) {
			p[i].prefix = random_prefix(family, around, spread);
			if (i && rnd() % 16 == 0)
				p[i].prefix = p[rnd() % i].prefix;
			p[i].value = (uint32_t)(rnd() % values);
		}
		check_table(family, p, n);
		check_ranges(family, p, n);
	}
}

/* "PREFIX PREFIX ...": the values are their numbers. */
static size_t read_prefixes(const char *text, uint8_t family, struct prefix_value *p)
{
	char buf[512], *save = NULL;
	size_t n = 0;

	snprintf(buf, sizeof(buf), "%s", text);
	for (char *s = strtok_r(buf, " ", &save); s; s = strtok_r(NULL, " ", &save)) {
		assert_true(ip_prefix_parse(s, family, &p[n].prefix));
		p[n].value = (uint32_t)n;
		n++;
	}
	return n;
}

static void test_edges(void **state)
{
	static const char *const four[] = {
		"",
		"0.0.0.0/0",
		"255.255.255.255",
		"0.0.0.0",
		"0.0.0.0/0 0.0.0.0 255.255.255.255",
		"0.0.0.0/1 128.0.0.0/1",
		"10.0.0.0/8 10.0.0.0/8",
		"10.0.0.0/8 10.0.0.0/9 10.0.0.0/24 10.0.0.0/32 10.255.255.255/32 10.128.0.0/9",
		"10.1.2.3/8 192.168.0.0/16 192.168.12.0/24 192.168.12.104/32",
	};
	static const char *const six[] = {
		"",
		"::/0",
		"::",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"::/0 :: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"2001:db8::/64 2001:db8::/65 2001:db8:0:0:8000::/65 2001:db8::1 2001:db8:0:1::1",
		"2001:db8:0:0:ffff:ffff:ffff:ffff 2001:db8:0:1:: fe80::/64 ff00::/8 ::1",
		"2001:db8::/32 2001:db8::/48 2001:db8:ffff:ffff::/64 2001:db8::/127 2001:db8::2",
	};
	struct prefix_value p[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(four); i++) {
		size_t n = read_prefixes(four[i], AF_INET, p);
		check_table(AF_INET, p, n);
		check_ranges(AF_INET, p, n);
	}
	for (size_t i = 0; i < ARRAY_SIZE(six); i++) {
		size_t n = read_prefixes(six[i], AF_INET6, p);
		check_table(AF_INET6, p, n);
		check_ranges(AF_INET6, p, n);
	}
}

/* Every /24 of a /8 and a /32 in each: nodes below nodes, and more values than 16 bits hold. */
static void test_many(void **state)
{
	size_t n = 131072;
	struct prefix_value *p = calloc(n, sizeof(*p));
	struct lpm *l;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		uint32_t a = 10u << 24 | (uint32_t)(i / 2) << 8 | (i & 1 ? 77 : 0);
		p[i].prefix = (struct ip_prefix){key_addr(key_of4(a), AF_INET), i & 1 ? 32 : 24};
		p[i].value = (uint32_t)i;
	}
	assert_int_equal(lpm_new(AF_INET, p, n, NULL, &l, NULL), 0);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t a = 10u << 24 | i / 2 << 8;
		assert_int_equal(lpm_lookup4(l, i & 1 ? a | 77 : a | 76), i);
		assert_int_equal(lpm_lookup4(l, a | 78), i & ~1u);
	}
	assert_int_equal(lpm_lookup4(l, 11u << 24), LPM_NONE);
	lpm_free(l);
	free(p);
}

static void test_refused(void **state)
{
	struct prefix_value p = {.prefix = {{AF_INET6, {0}}, 0}};
	struct lpm *l;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(lpm_new(AF_INET, &p, 1, NULL, &l, &e), -EINVAL);
	assert_null(l);
	assert_int_equal(lpm_new(AF_UNSPEC, NULL, 0, NULL, &l, &e), -EINVAL);
	p.prefix = (struct ip_prefix){{AF_INET, {0}}, 33};
	assert_int_equal(lpm_new(AF_INET, &p, 1, NULL, &l, &e), -EINVAL);
	p.prefix.len = 32;
	p.value = LPM_NONE;
	assert_int_equal(lpm_new(AF_INET, &p, 1, NULL, &l, &e), -EINVAL);
	lpm_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
