/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Classes of addresses. Every layer's prefixes become ranges (fib/ranges.h); all layers' ranges are
 * gone through at once, from one beginning of a range to the next, with the values that hold there.
 * A hash of them is kept up to date, value by value, and finds the class that has the same ones.
 *
 * For changes, a range knows its prefix rather than its value, and each prefix the next shorter
 * one: a prefix that is gone leaves its addresses to that one. Changes are kept beside the ranges,
 * which stay as they are; only the addresses of the changed prefix are gone through again.
 */
#include "fib/classes.h"

#include "base/big.h"

#include <errno.h>
#include <stdlib.h>

struct layer {
	const struct prefix_value *p;
	struct range *range; /* of indexes into p */
	size_t range_n;
	uint32_t *parent;
	uint32_t *index; /* by the first 16 bits: the first range that begins there, or later */
	size_t at;	 /* the range that the walk is in */
};

/* A prefix that has come since, or one of p (`index`) with another value, RANGE_NONE if gone. */
struct change {
	size_t layer;
	struct key first, last;
	uint32_t index, value;
	uint8_t len;
};

struct classes {
	uint8_t family;
	struct layer *layer;
	size_t layer_n;
	struct change *change;
	size_t change_n, change_cap;
	/* By class: layer_n values; the witness. */
	uint32_t *value;
	struct key *witness;
	size_t n, cap;
	uint32_t *slot; /* of the hash: class + 1, or 0 */
	size_t slot_n;	/* a power of two */
	uint32_t *now;	/* the values that hold where the walk is, and their hash */
	uint64_t hash;
};

static uint64_t mix(size_t layer, uint32_t value)
{
	uint64_t x = ((uint64_t)layer << 32 | value) + 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static void set_value(struct classes *c, size_t layer, uint32_t value)
{
	if (c->now[layer] == value)
		return;
	c->hash ^= mix(layer, c->now[layer]) ^ mix(layer, value);
	c->now[layer] = value;
}

/* The place of the present values in the hash: their class's, or an empty one. */
static size_t find_slot(const struct classes *c)
{
	size_t mask = c->slot_n - 1, i = c->hash & mask, size = c->layer_n * sizeof(*c->now);

	while (c->slot[i] && memcmp(&c->value[(c->slot[i] - 1) * c->layer_n], c->now, size) != 0)
		i = (i + 1) & mask;
	return i;
}

static bool grow(struct classes *c)
{
	size_t cap = c->cap ? 2 * c->cap : 64, slots = 4 * cap;
	uint32_t *value = realloc(c->value, cap * (c->layer_n + !c->layer_n) * sizeof(*value));
	c->value = value ? value : c->value;
	struct key *witness = realloc(c->witness, cap * sizeof(*witness));
	c->witness = witness ? witness : c->witness;
	uint32_t *slot = calloc(slots, sizeof(*slot));

	if (!value || !witness || !slot) {
		free(slot);
		return false;
	}
	free(c->slot);
	c->slot = slot;
	c->slot_n = slots;
	c->cap = cap;
	for (size_t k = 0; k < c->n; k++) {
		uint64_t hash = 0;
		for (size_t i = 0; i < c->layer_n; i++)
			hash ^= mix(i, c->value[k * c->layer_n + i]);
		for (hash &= slots - 1; slot[hash];)
			hash = (hash + 1) & (slots - 1);
		slot[hash] = (uint32_t)k + 1;
	}
	return true;
}

/* The class of the present values, of addresses from `first` to `last`; it may be a new one. */
static int enter(struct classes *c, struct key first, struct key last)
{
	size_t i;

	if (c->n == c->cap && !grow(c))
		return -ENOMEM;
	i = find_slot(c);
	if (c->slot[i])
		return 0;
	struct key next = key_next(first);
	bool v4 = c->family == AF_INET;
	if (v4)
		next = (struct key){first.hi + (UINT64_C(1) << 32), 0};
	c->witness[c->n] = key_less(last, next) || key_is_zero(next) ? first : next;
	memcpy(&c->value[c->n * c->layer_n], c->now, c->layer_n * sizeof(*c->now));
	c->slot[i] = (uint32_t)++c->n;
	return 0;
}

/* The last key before `k`, which is not 0. */
static struct key before(struct key k)
{
	return (struct key){k.hi - !k.lo, k.lo - 1};
}

static const struct change *find_change(const struct classes *c, size_t layer, uint32_t index)
{
	for (size_t i = 0; i < c->change_n; i++)
		if (c->change[i].layer == layer && c->change[i].index == index)
			return &c->change[i];
	return NULL;
}

/* What a layer says at `k`, which is in its present range. */
static uint32_t value_at(const struct classes *c, size_t n, struct key k)
{
	const struct layer *l = &c->layer[n];
	uint32_t index = l->range[l->at].value, value = RANGE_NONE;
	int len = -1;

	if (!c->change_n)
		return index == RANGE_NONE ? index : l->p[index].value;
	for (; index != RANGE_NONE; index = l->parent[index]) {
		const struct change *x = find_change(c, n, index);
		value = x ? x->value : l->p[index].value;
		len = l->p[index].prefix.len;
		if (value != RANGE_NONE)
			break;
		len = -1;
	}
	for (size_t i = 0; i < c->change_n; i++) {
		const struct change *x = &c->change[i];
		if (x->layer == n && x->index == RANGE_NONE && x->value != RANGE_NONE &&
		    x->len > len && !key_less(k, x->first) && !key_less(x->last, k)) {
			value = x->value;
			len = x->len;
		}
	}
	return value;
}

static void nearer(struct key *end, struct key k, struct key boundary)
{
	if (key_less(k, boundary) && key_less(before(boundary), *end))
		*end = before(boundary);
}

/* From `k` to the end of the walk, or to before the next place where a value may change. */
static struct key end_of_piece(const struct classes *c, struct key k, struct key end)
{
	for (size_t i = 0; i < c->layer_n; i++) {
		const struct layer *l = &c->layer[i];
		if (l->at + 1 < l->range_n && !key_less(end, l->range[l->at + 1].first))
			end = before(l->range[l->at + 1].first);
	}
	for (size_t i = 0; i < c->change_n; i++) {
		nearer(&end, k, c->change[i].first);
		nearer(&end, k, key_next(c->change[i].last));
	}
	return end;
}

/* The range of a key in a layer. */
static size_t find_range(const struct layer *l, struct key k)
{
	size_t low = l->index[k.hi >> 48], high = l->index[(k.hi >> 48) + 1];

	/* The one before may reach into here. */
	low -= low > 0;
	return low + ranges_find(&l->range[low], high - low, k);
}

static void go_to(struct classes *c, struct key k)
{
	for (size_t i = 0; i < c->layer_n; i++) {
		c->layer[i].at = find_range(&c->layer[i], k);
		set_value(c, i, value_at(c, i, k));
	}
}

/* The same, for the piece behind the one where the layers are. */
static void go_on(struct classes *c, struct key k)
{
	for (size_t i = 0; i < c->layer_n; i++) {
		struct layer *l = &c->layer[i];
		bool next = l->at + 1 < l->range_n && key_eq(l->range[l->at + 1].first, k);
		l->at += next;
		if (next || c->change_n)
			set_value(c, i, value_at(c, i, k));
	}
}

/* Enters all classes of the addresses from `first` to `last`. */
static int walk(struct classes *c, struct key first, struct key last)
{
	struct key end;

	go_to(c, first);
	for (;; go_on(c, first)) {
		end = end_of_piece(c, first, last);
		int rc = enter(c, first, end);
		if (rc < 0 || key_eq(end, last))
			return rc;
		first = key_next(end);
	}
}

static bool make_index(struct layer *l)
{
	size_t i = 0;

	l->index = malloc(((1 << 16) + 1) * sizeof(*l->index));
	for (size_t bits = 0; l->index && bits < 1 << 16; bits++) {
		while (i < l->range_n && l->range[i].first.hi >> 48 < bits)
			i++;
		l->index[bits] = (uint32_t)i;
	}
	if (l->index)
		l->index[1 << 16] = (uint32_t)l->range_n;
	return l->index;
}

static int add_layer(struct classes *c, const struct class_layer *x, struct err *e)
{
	struct layer *l = &c->layer[c->layer_n++];

	l->p = x->p;
	l->parent = big_alloc(x->n * sizeof(*l->parent));
	if (!l->parent)
		return err_errno(e, -ENOMEM, "classes");
	long n = ranges_of_indexes(c->family, x->p, x->n, &l->range, l->parent, e);
	if (n < 0)
		return (int)n;
	l->range_n = (size_t)n;
	return make_index(l) ? 0 : err_errno(e, -ENOMEM, "classes");
}

int classes_new(uint8_t family, const struct class_layer *layer, size_t n, struct classes **ret,
		struct err *e)
{
	struct classes *c = calloc(1, sizeof(*c));
	int rc = 0;

	*ret = NULL;
	if (!c)
		return err_errno(e, -ENOMEM, "classes");
	c->family = family;
	c->layer = calloc(n + 1, sizeof(*c->layer));
	c->now = calloc(n + 1, sizeof(*c->now));
	if (!c->layer || !c->now)
		rc = err_errno(e, -ENOMEM, "classes");
	for (size_t i = 0; i < n && !rc; i++) {
		c->hash ^= mix(i, 0); /* the values of `now` */
		rc = add_layer(c, &layer[i], e);
	}
	if (!rc && walk(c, (struct key){0, 0}, (struct key){UINT64_MAX, UINT64_MAX}) < 0)
		rc = err_errno(e, -ENOMEM, "classes");
	if (rc < 0) {
		classes_free(c);
		return rc;
	}
	*ret = c;
	return 0;
}

void classes_free(struct classes *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->layer_n; i++) {
		free(c->layer[i].range);
		free(c->layer[i].parent);
		free(c->layer[i].index);
	}
	free(c->layer);
	free(c->change);
	free(c->value);
	free(c->witness);
	free(c->slot);
	free(c->now);
	free(c);
}

size_t classes_count(const struct classes *c)
{
	return c->n;
}

const uint32_t *classes_values(const struct classes *c, size_t i)
{
	return &c->value[i * c->layer_n];
}

struct ip_addr classes_witness(const struct classes *c, size_t i)
{
	return key_addr(c->witness[i], c->family);
}

size_t classes_find(struct classes *c, const struct ip_addr *a)
{
	struct key k = key_of(a);

	go_to(c, k);
	return c->slot[find_slot(c)] - 1;
}

/* The index of a prefix in its layer, RANGE_NONE if it is not there. Layers are at its first key.
 */
static uint32_t index_of(const struct layer *l, uint8_t len)
{
	uint32_t i = l->range[l->at].value;

	while (i != RANGE_NONE && l->p[i].prefix.len > len)
		i = l->parent[i];
	return i != RANGE_NONE && l->p[i].prefix.len == len ? i : RANGE_NONE;
}

long classes_change(struct classes *c, size_t layer, const struct ip_prefix *p, uint32_t value,
		    struct err *e)
{
	struct key first = key_first(key_of(&p->addr), p->len);
	size_t known = c->n, i = 0;

	if (c->change_n == c->change_cap) {
		size_t cap = c->change_cap ? 2 * c->change_cap : 8;
		struct change *x = realloc(c->change, cap * sizeof(*x));
		if (!x)
			return err_errno(e, -ENOMEM, "classes");
		c->change = x;
		c->change_cap = cap;
	}
	go_to(c, first);
	struct change x = {.layer = layer,
			   .first = first,
			   .last = key_last(first, p->len),
			   .index = index_of(&c->layer[layer], p->len),
			   .value = value,
			   .len = p->len};
	/* A further change of the same prefix takes the place of the one before. */
	while (i < c->change_n && (c->change[i].layer != layer || c->change[i].len != p->len ||
				   !key_eq(c->change[i].first, first)))
		i++;
	if (value != (x.index == RANGE_NONE ? RANGE_NONE : c->layer[layer].p[x.index].value)) {
		c->change[i] = x;
		c->change_n += i == c->change_n;
	} else if (i < c->change_n) { /* as it was at first */
		c->change[i] = c->change[--c->change_n];
	}
	if (walk(c, x.first, x.last) < 0)
		return err_errno(e, -ENOMEM, "classes");
	return (long)(c->n - known);
}
