/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Classes of addresses, against a look at each prefix of each layer; and what changes do to them.
 */
#include "fib/classes.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#define LAYERS 3
#define MOST   24

struct sets {
	struct prefix_value p[LAYERS][MOST + 8];
	size_t n[LAYERS];
};

static void plain(const struct sets *s, const struct ip_addr *a, uint32_t *ret)
{
	for (size_t l = 0; l < LAYERS; l++) {
		const struct prefix_value *best = NULL;
		for (size_t i = 0; i < s->n[l]; i++)
			if (ip_prefix_contains(&s->p[l][i].prefix, a) &&
			    (!best || s->p[l][i].prefix.len >= best->prefix.len))
				best = &s->p[l][i];
		ret[l] = best ? best->value : RANGE_NONE;
	}
}

static struct ip_prefix random_prefix(uint8_t family)
{
	struct key k = {rnd(), rnd()};
	unsigned bits = ip_bits(family);
	struct ip_prefix p = {.len = (uint8_t)(rnd_below(4) ? rnd_below(12) : rnd_below(bits + 1))};

	if (rnd_below(2))
		k.hi &= UINT64_C(0xf0ff) << 48;
	p.addr = key_addr(k, family);
	return ip_prefix_masked(p);
}

static void check_address(struct classes *c, const struct sets *s, struct key k, uint8_t family)
{
	struct ip_addr a = key_addr(k, family);
	uint32_t want[LAYERS];

	plain(s, &a, want);
	size_t i = classes_find(c, &a);
	assert_true(i < classes_count(c));
	assert_memory_equal(classes_values(c, i), want, sizeof(want));
}

/* At and around both ends of all prefixes; classes differ, and their witnesses are theirs. */
static void check(struct classes *c, const struct sets *s, uint8_t family, bool witnesses)
{
	for (size_t l = 0; l < LAYERS; l++)
		for (size_t i = 0; i < s->n[l]; i++) {
			struct key first = key_of(&s->p[l][i].prefix.addr);
			struct key last = key_last(first, s->p[l][i].prefix.len);
			check_address(c, s, first, family);
			check_address(c, s, last, family);
			check_address(c, s, key_next(last), family);
			check_address(c, s, (struct key){first.hi - !first.lo, first.lo - 1},
				      family);
		}
	for (size_t i = 0; i < classes_count(c); i++) {
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(classes_values(c, i), classes_values(c, k),
						LAYERS * sizeof(uint32_t));
		struct ip_addr a = classes_witness(c, i);
		if (witnesses)
			assert_int_equal(classes_find(c, &a), i);
	}
}

static void make_sets(struct sets *s, uint8_t family)
{
	for (size_t l = 0; l < LAYERS; l++) {
		s->n[l] = rnd_below(MOST);
		for (size_t i = 0; i < s->n[l]; i++) {
			struct ip_prefix p = random_prefix(family);
			/* Layers have prefixes in common, as tables have. */
			if (l && s->n[0] && rnd_below(2))
				p = s->p[0][rnd_below((uint32_t)s->n[0])].prefix;
			s->p[l][i] = (struct prefix_value){p, rnd_below(4)};
		}
	}
}

static struct classes *make(const struct sets *s, uint8_t family)
{
	struct class_layer layer[LAYERS];
	struct classes *c;

	for (size_t l = 0; l < LAYERS; l++)
		layer[l] = (struct class_layer){s->p[l], s->n[l]};
	assert_int_equal(classes_new(family, layer, LAYERS, &c, NULL), 0);
	return c;
}

/* The same change to the sets. */
static void change_set(struct sets *s, size_t l, const struct ip_prefix *p, uint32_t value)
{
	size_t to = 0;

	for (size_t i = 0; i < s->n[l]; i++)
		if (!ip_prefix_eq(&s->p[l][i].prefix, p))
			s->p[l][to++] = s->p[l][i];
	if (value != RANGE_NONE)
		s->p[l][to++] = (struct prefix_value){*p, value};
	s->n[l] = to;
}

static void test_classes(void **state)
{
	static struct sets s, changed;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		uint8_t family = round & 1 ? AF_INET6 : AF_INET;
		make_sets(&s, family);
		changed = s;
		struct classes *c = make(&s, family);
		check(c, &s, family, true);
		for (unsigned k = 0; k < 8; k++) {
			size_t l = rnd_below(LAYERS), before = classes_count(c);
			struct ip_prefix p = random_prefix(family);
			if (s.n[l] && rnd_below(2))
				p = s.p[l][rnd_below((uint32_t)s.n[l])].prefix;
			uint32_t value = rnd_below(3) ? rnd_below(6) : RANGE_NONE;
			long come = classes_change(c, l, &p, value, NULL);
			assert_int_equal(classes_count(c), before + (size_t)come);
			change_set(&changed, l, &p, value);
			check(c, &changed, family, false);
			/* Those that have come are there. */
			for (size_t i = before; i < classes_count(c); i++) {
				struct ip_addr a = classes_witness(c, i);
				assert_int_equal(classes_find(c, &a), i);
			}
		}
		classes_free(c);
	}
}

static void test_none(void **state)
{
	struct classes *c;

	(void)state;
	assert_int_equal(classes_new(AF_INET, NULL, 0, &c, NULL), 0);
	assert_int_equal(classes_count(c), 1);
	classes_free(c);
	classes_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
