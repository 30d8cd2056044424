/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sort, then one sweep with a stack.
 *
 * Sorted by address, then by length, a prefix comes right after those that cover it. The sweep
 * keeps the covering ones on a stack (at most one a length): a prefix that begins also begins a
 * range, and when it ends, the rest of what it covered is again its predecessor's on the stack.
 * That the index of a covering prefix is at hand then is what gives `parent`.
 *
 * Sorting is most of the work, and by digits, from the last one up, with digits that are all equal
 * left out: an IPv4 table takes four passes, one in the kernel's order takes none.
 */
#include "fib/ranges.h"

#include "base/big.h"

#include <errno.h>
#include <stdlib.h>

#define DEPTH 130 /* lengths 0 to 128, and "no prefix" */

/* A prefix to be sorted. The lower half of its number, which few have, stays where it is. */
struct item {
	uint64_t hi;
	uint32_t index;
	uint32_t len;
};

struct sorter {
	const struct prefix_value *p;
	bool lower;   /* there are prefixes longer than 64 */
	bool indexes; /* a range's value is its prefix's index */
};

/* Digits: the length, then the number from its end on. 11, 11 and 10 bits make up 32. */
static const uint8_t digit_shift[] = {0, 10, 21, 32, 42, 53};
static const uint8_t digit_bits[] = {10, 11, 11, 10, 11, 11};
#define DIGITS (1 + 2 * 6)

static struct key item_first(const struct sorter *s, const struct item *x)
{
	if (x->len <= 64)
		return (struct key){x->hi, 0};
	return key_first(key_of(&s->p[x->index].prefix.addr), x->len);
}

static uint32_t digit_of(const struct sorter *s, const struct item *x, unsigned d)
{
	if (!d)
		return x->len;
	d--;
	uint64_t word = d < 6 ? item_first(s, x).lo : x->hi;
	return (uint32_t)(word >> digit_shift[d % 6]) & ((1u << digit_bits[d % 6]) - 1);
}

static bool item_before(const struct sorter *s, const struct item *a, const struct item *b)
{
	if (a->hi != b->hi)
		return a->hi < b->hi;
	if (s->lower) {
		struct key x = item_first(s, a), y = item_first(s, b);
		if (x.lo != y.lo)
			return x.lo < y.lo;
	}
	return a->len < b->len;
}

/* One pass; false if the digit is the same everywhere, so that nothing has been moved. */
static bool pass(const struct sorter *s, const struct item *from, struct item *to, size_t n,
		 unsigned digit)
{
	uint32_t at[1 << 11] = {0}, sum = 0;

	for (size_t i = 0; i < n; i++)
		at[digit_of(s, &from[i], digit)]++;
	if (at[digit_of(s, &from[0], digit)] == n)
		return false;
	for (size_t i = 0; i < 1 << 11; i++) {
		uint32_t count = at[i];
		at[i] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		to[at[digit_of(s, &from[i], digit)]++] = from[i];
	return true;
}

/* Equal ones keep their order. Returns which of the two arrays has the result. */
static struct item *sort(const struct sorter *s, struct item *a, struct item *b, size_t n)
{
	size_t i = 1;

	while (i < n && !item_before(s, &a[i], &a[i - 1]))
		i++;
	if (i >= n)
		return a;
	for (unsigned d = 0; d < DIGITS; d++)
		if ((s->lower || !d || d > 6) && pass(s, a, b, n, d)) {
			struct item *swap = a;
			a = b;
			b = swap;
		}
	return a;
}

struct sweep {
	struct range *r;
	size_t n;
	struct {
		struct key last;
		uint32_t index, value;
	} stack[DEPTH];
	unsigned depth; /* stack[0] is "no prefix" and ends nowhere */
};

static void begin(struct sweep *s, struct key first, uint32_t value)
{
	if (s->n && key_eq(s->r[s->n - 1].first, first))
		s->n--;
	if (s->n && s->r[s->n - 1].value == value)
		return;
	s->r[s->n++] = (struct range){first, value};
}

/* Ends what ends before `first`; NULL: everything. */
static void end_before(struct sweep *s, const struct key *first)
{
	while (s->depth && (!first || key_less(s->stack[s->depth].last, *first))) {
		struct key next = key_next(s->stack[s->depth].last);
		s->depth--;
		if (!key_is_zero(next))
			begin(s, next, s->stack[s->depth].value);
	}
}

static void sweep(struct sweep *s, const struct sorter *sorter, const struct item *x, size_t n,
		  uint32_t *parent)
{
	struct key first, before = {0, 0};

	s->stack[0].value = s->stack[0].index = RANGE_NONE;
	begin(s, before, RANGE_NONE);
	for (size_t i = 0; i < n; i++, before = first) {
		uint32_t value = sorter->indexes ? x[i].index : sorter->p[x[i].index].value;
		first = item_first(sorter, &x[i]);
		end_before(s, &first);
		/* The same prefix again: it takes the other's place. */
		if (i && x[i].len == x[i - 1].len && key_eq(first, before))
			s->depth--;
		if (parent)
			parent[x[i].index] = s->stack[s->depth].index;
		begin(s, first, value);
		s->depth++;
		s->stack[s->depth].last = key_last(first, x[i].len);
		s->stack[s->depth].index = x[i].index;
		s->stack[s->depth].value = value;
	}
	end_before(s, NULL);
}

static int read_prefixes(uint8_t family, struct sorter *s, size_t n, struct item *x, struct err *e)
{
	const struct prefix_value *p = s->p;
	char buf[IP_PREFIX_STRLEN];

	for (size_t i = 0; i < n; i++) {
		if (p[i].prefix.addr.family != family || p[i].prefix.len > ip_bits(family))
			return err_set(e, -EINVAL, "%s is no prefix of this family",
				       ip_prefix_str(&p[i].prefix, buf));
		if (p[i].value >= RANGE_NONE)
			return err_set(e, -EINVAL, "%s has a value that is too large",
				       ip_prefix_str(&p[i].prefix, buf));
		x[i].len = p[i].prefix.len;
		x[i].hi = key_first(key_of(&p[i].prefix.addr), x[i].len).hi;
		s->lower = s->lower || x[i].len > 64;
		x[i].index = (uint32_t)i;
	}
	return 0;
}

static long make(uint8_t family, struct sorter sorter, size_t n, struct range **ret,
		 uint32_t *parent, struct err *e)
{
	struct sweep s = {0};
	struct item *x = NULL;
	long rc;

	*ret = NULL;
	if (family != AF_INET && family != AF_INET6)
		return err_set(e, -EINVAL, "neither IPv4 nor IPv6");
	if (n > RANGE_NONE / 2)
		return err_set(e, -E2BIG, "%zu prefixes are too many", n);
	x = big_alloc((2 * n + 1) * sizeof(*x));
	/* Each prefix begins a range, and its end another one. */
	s.r = big_alloc((2 * n + 1) * sizeof(*s.r));
	rc = x && s.r ? read_prefixes(family, &sorter, n, x, e) : err_errno(e, -ENOMEM, "a table");
	if (!rc) {
		sweep(&s, &sorter, sort(&sorter, x, x + n, n), n, parent);
		rc = (long)s.n;
		*ret = s.r;
		s.r = NULL;
	}
	free(x);
	free(s.r);
	return rc;
}

long ranges_of_prefixes(uint8_t family, const struct prefix_value *p, size_t n, struct range **ret,
			uint32_t *parent, struct err *e)
{
	return make(family, (struct sorter){.p = p}, n, ret, parent, e);
}

long ranges_of_indexes(uint8_t family, const struct prefix_value *p, size_t n, struct range **ret,
		       uint32_t *parent, struct err *e)
{
	return make(family, (struct sorter){.p = p, .indexes = true}, n, ret, parent, e);
}

size_t ranges_find(const struct range *r, size_t n, struct key k)
{
	size_t low = 0;

	while (n > 1) {
		size_t half = n / 2;
		if (!key_less(k, r[low + half].first))
			low += half;
		n -= half;
	}
	return low;
}
