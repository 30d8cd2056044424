/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index over ranges. Prefixes are made into disjoint ranges first (fib/ranges.h); what remains
 * is to find the range of a number, in as few accesses to memory as can be.
 *
 * A node cuts the span of its ranges' beginnings into equal slots, about 16 to a range, of a size
 * that is a power of two. A full IPv4 table gets slots of the size of a /24. Slots are not stored:
 * a record has 32 bits, one for each of its slots, set where the slot's result differs from the
 * slot before, and the number of results before it. So a lookup is a record, a count of bits, and a
 * cell: two accesses, into 4 bytes and 2 a range. A cell is a value, or, if a range begins within
 * the slot, a further node, for the ranges of this slot alone. Few ranges make a leaf: their
 * beginnings in a row, all compared at once.
 *
 * Nodes look at 64 bits. For IPv6 those are the upper half; where one value of it is divided
 * further (prefixes longer than 64), the cell is a node that looks at the lower half.
 *
 * Every slot that a node makes is smaller than the span of its ranges' beginnings, so that a node
 * below has fewer ranges, and the depth is bounded.
 */
#include "fib/lpm_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_PER_RANGE 16

/* A range in the eyes of one node. */
struct piece {
	uint64_t first;
	uint32_t cell;
};

struct slot {
	uint32_t slot, cell;
};

struct builder {
	struct lpm *l;
	size_t node_cap, record_cap, cell_cap, start_cap;
	struct slot *slot; /* of the nodes that are being made, innermost last */
	size_t slot_n, slot_cap;
	bool failed; /* out of memory: what follows is for nothing, but harmless */
};

/* Makes place for `more` behind the n elements of *items. */
static bool reserve(struct builder *b, void *items, size_t n, size_t more, size_t *cap, size_t size)
{
	void **p = items;

	if (n + more > LPM_NODE - 1)
		b->failed = true;
	if (b->failed || n + more <= *cap)
		return !b->failed;
	size_t want = *cap * 2 > n + more ? *cap * 2 : n + more;
	void *grown = realloc(*p, want * size);
	if (!grown) {
		b->failed = true;
		return false;
	}
	*p = grown;
	*cap = want;
	return true;
}

static uint32_t add_node(struct builder *b, const struct lpm_node *x)
{
	struct lpm *l = b->l;

	if (!reserve(b, &l->node, l->node_n, 1, &b->node_cap, sizeof(*l->node)))
		return LPM_NONE;
	l->node[l->node_n] = *x;
	return LPM_NODE | (uint32_t)l->node_n++;
}

static uint32_t make_leaf(struct builder *b, const struct piece *p, size_t n, uint8_t half)
{
	struct lpm *l = b->l;
	struct lpm_node x = {.leaf = 1,
			     .half = half,
			     .last = (uint32_t)n - 1,
			     .at = (uint32_t)l->start_n,
			     .cell = (uint32_t)l->cell_n};

	if (!reserve(b, &l->start, l->start_n, n - 1, &b->start_cap, sizeof(*l->start)) ||
	    !reserve(b, &l->cell, l->cell_n, n, &b->cell_cap, sizeof(*l->cell)))
		return LPM_NONE;
	for (size_t i = 1; i < n; i++)
		l->start[l->start_n++] = p[i].first;
	for (size_t i = 0; i < n; i++)
		l->cell[l->cell_n++] = p[i].cell;
	return add_node(b, &x);
}

static void set_slot(struct builder *b, size_t base, uint32_t slot, uint32_t cell)
{
	if (b->slot_n > base && b->slot[b->slot_n - 1].slot == slot)
		b->slot_n--;
	if (b->slot_n > base && b->slot[b->slot_n - 1].cell == cell)
		return;
	if (reserve(b, &b->slot, b->slot_n, 1, &b->slot_cap, sizeof(*b->slot)))
		b->slot[b->slot_n++] = (struct slot){slot, cell};
}

/* The slots from `base` on, which begin at slot 0, become records and cells. */
static void write_records(struct builder *b, size_t base, struct lpm_node *x)
{
	struct lpm *l = b->l;
	size_t n = x->last / 32 + 1, i = base;

	x->at = (uint32_t)l->record_n;
	if (!reserve(b, &l->record, l->record_n, n, &b->record_cap, sizeof(*l->record)) ||
	    !reserve(b, &l->cell, l->cell_n, b->slot_n - base, &b->cell_cap, sizeof(*l->cell)))
		return;
	for (size_t r = 0; r < n; r++) {
		uint64_t before = (uint32_t)(l->cell_n - 1), bits = 0;
		for (; i < b->slot_n && b->slot[i].slot / 32 == r; i++) {
			bits |= UINT64_C(1) << (b->slot[i].slot % 32);
			l->cell[l->cell_n++] = b->slot[i].cell;
		}
		l->record[l->record_n++] = before << 32 | bits;
	}
	b->slot_n = base;
}

static uint32_t make(struct builder *b, const struct piece *p, size_t n, uint8_t half);

static uint32_t make_index(struct builder *b, const struct piece *p, size_t n, uint8_t half)
{
	struct lpm_node x = {.half = half};
	uint64_t span = p[n - 1].first - p[1].first;
	size_t base = b->slot_n;

	while (span >> x.shift > (uint64_t)n * SLOTS_PER_RANGE)
		x.shift++;
	/* One slot before the first beginning, for all that is below. */
	x.first = p[1].first >> x.shift << x.shift;
	if (x.first)
		x.first -= UINT64_C(1) << x.shift;
	x.last = (uint32_t)((p[n - 1].first - x.first) >> x.shift) + 1;
	set_slot(b, base, 0, p[0].cell);
	for (size_t i = 1, end; i < n; i = end) {
		uint64_t offset = p[i].first - x.first;
		uint32_t slot = (uint32_t)(offset >> x.shift);
		bool at_start = (uint64_t)slot << x.shift == offset;
		for (end = i + 1; end < n && (p[end].first - x.first) >> x.shift == slot;)
			end++;
		const struct piece *inner = &p[at_start ? i : i - 1];
		set_slot(b, base, slot, make(b, inner, (size_t)(&p[end] - inner), half));
		set_slot(b, base, slot + 1, p[end - 1].cell);
	}
	write_records(b, base, &x);
	return add_node(b, &x);
}

/* A cell for `n` pieces; where the first one begins does not matter. */
static uint32_t make(struct builder *b, const struct piece *p, size_t n, uint8_t half)
{
	if (n == 1 || b->failed)
		return p[0].cell;
	return n - 1 <= LPM_LEAF ? make_leaf(b, p, n, half) : make_index(b, p, n, half);
}

/* The ranges that begin at r[0].first.hi and are told apart by the lower half. */
static uint32_t make_lower(struct builder *b, const struct range *r, size_t n, uint32_t before,
			   struct piece *buf)
{
	size_t m = 0;

	if (r[0].first.lo)
		buf[m++] = (struct piece){0, before};
	for (size_t i = 0; i < n; i++)
		buf[m++] = (struct piece){r[i].first.lo, r[i].value};
	return make(b, buf, m, 1);
}

static void make_all(struct builder *b, const struct range *r, size_t n)
{
	/* A range adds at most itself and one behind its upper half; so do the lower ones. */
	struct piece *p = malloc((4 * n + 2) * sizeof(*p)), *lower = p + 2 * n;
	size_t m = 0;

	if (!p) {
		b->failed = true;
		return;
	}
	for (size_t i = 0, end; i < n; i = end) {
		uint64_t hi = r[i].first.hi;
		for (end = i + 1; end < n && r[end].first.hi == hi;)
			end++;
		if (end == i + 1 && !r[i].first.lo) {
			p[m++] = (struct piece){hi, r[i].value};
			continue;
		}
		uint32_t before = i ? r[i - 1].value : LPM_NONE;
		p[m++] = (struct piece){hi, make_lower(b, &r[i], end - i, before, lower)};
		if (hi != UINT64_MAX && (end == n || r[end].first.hi != hi + 1))
			p[m++] = (struct piece){hi + 1, r[end - 1].value};
	}
	b->l->root = make(b, p, m, 0);
	free(p);
}

/* What was reserved and not needed goes back; a lookup compares LPM_LEAF beginnings always. */
static bool trim(struct builder *b)
{
	struct lpm *l = b->l;

	if (!reserve(b, &l->start, l->start_n, LPM_LEAF, &b->start_cap, sizeof(*l->start)))
		return false;
	memset(l->start + l->start_n, 0xff, LPM_LEAF * sizeof(*l->start));
	l->start_n += LPM_LEAF;
#define TRIM(items, n)                                                                             \
	do {                                                                                       \
		void *shrunk = realloc(items, ((n) + !(n)) * sizeof(*(items)));                    \
		items = shrunk ? shrunk : (items);                                                 \
	} while (0)
	TRIM(l->node, l->node_n);
	TRIM(l->record, l->record_n);
	TRIM(l->cell, l->cell_n);
	TRIM(l->start, l->start_n);
#undef TRIM
	return true;
}

int lpm_new(uint8_t family, const struct prefix_value *p, size_t n, uint32_t *parent,
	    struct lpm **ret, struct err *e)
{
	struct builder b = {.l = calloc(1, sizeof(*b.l))};
	struct range *r = NULL;
	long ranges;

	*ret = NULL;
	if (!b.l)
		return err_errno(e, -ENOMEM, "a table");
	ranges = ranges_of_prefixes(family, p, n, &r, parent, e);
	if (ranges > 0) {
		b.l->family = family;
		make_all(&b, r, (size_t)ranges);
		if (b.failed || !trim(&b))
			ranges = err_errno(e, -ENOMEM, "a table of %zu prefixes", n);
	}
	free(r);
	free(b.slot);
	if (ranges < 0) {
		lpm_free(b.l);
		return (int)ranges;
	}
	*ret = b.l;
	return 0;
}

void lpm_free(struct lpm *l)
{
	if (!l)
		return;
	free(l->node);
	free(l->record);
	free(l->cell);
	free(l->start);
	free(l);
}

size_t lpm_bytes(const struct lpm *l)
{
	return sizeof(*l) + l->node_n * sizeof(*l->node) + l->record_n * sizeof(*l->record) +
	       l->cell_n * sizeof(*l->cell) + l->start_n * sizeof(*l->start);
}
