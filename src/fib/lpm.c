/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index over ranges. Prefixes are made into disjoint ranges first (fib/ranges.h); what remains
 * is to find the range of a number, in as few accesses to memory as can be.
 *
 * The first level cuts the span of the ranges' beginnings into equal slots, some 16 to a range, of
 * a size that is a power of two. A full IPv4 table gets slots of the size of a /24. Slots are not
 * stored: a record has 32 bits, one for each of its slots, set where the slot's result differs from
 * the slot before, and the number of results before it. So a lookup is a record, a count of bits,
 * and a cell: two accesses, into 4 bytes and 2 a range. A cell is a value, or, if a range begins
 * within the slot, a node for the ranges of this slot alone.
 *
 * A node with few ranges is a leaf, one line of the processor's cache, with their beginnings and
 * values. One with more is of the same make as the first level, with its records and cells behind
 * it.
 *
 * Nodes look at 64 bits. For IPv6 those are the upper half; where one value of it is divided
 * further (prefixes longer than 64), the cell is a node that looks at the lower half.
 *
 * Slots of a node are smaller than the span of its ranges' beginnings, so that a node below has
 * fewer ranges, and the depth is bounded.
 */
#include "fib/lpm_index.h"

#include "base/big.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 16 /* to a range, at least half as many */
#define SLOTS_BELOW 8

/* A range in the eyes of one node. */
struct piece {
	uint64_t first;
	uint32_t cell;
};

struct slot {
	uint32_t slot, cell;
};

struct builder {
	uint8_t *pool;
	size_t line_n, line_cap;
	struct slot *slot; /* of the nodes that are being made, innermost last */
	size_t slot_n, slot_cap;
	bool failed; /* out of memory: what follows is for nothing, but harmless */
};

static bool more_slots(struct builder *b)
{
	size_t cap = b->slot_cap * 2;
	struct slot *p = realloc(b->slot, cap * sizeof(*p));

	b->failed = b->failed || !p;
	if (p) {
		b->slot = p;
		b->slot_cap = cap;
	}
	return p;
}

/* A node of `bytes`, zeroed; returns its line. *ret is valid until the next one is made. */
static uint32_t add_node(struct builder *b, size_t bytes, void *ret)
{
	size_t at = b->line_n, n = (bytes + LPM_LINE_SIZE - 1) / LPM_LINE_SIZE, cap = b->line_cap;
	void **node = ret;

	while (at + n > cap)
		cap = cap ? 2 * cap : 64;
	if (cap != b->line_cap) {
		uint8_t *p = cap > LPM_LINE ? NULL : realloc(b->pool, cap * LPM_LINE_SIZE);
		b->failed = b->failed || !p;
		if (!p)
			return 0;
		b->pool = p;
		b->line_cap = cap;
	}
	b->line_n += n;
	*node = memset(b->pool + at * LPM_LINE_SIZE, 0, n * LPM_LINE_SIZE);
	return (uint32_t)at;
}

static uint32_t make_leaf(struct builder *b, const struct piece *p, size_t n, uint32_t lower)
{
	struct lpm_leaf *x = NULL;
	uint32_t line = add_node(b, sizeof(*x), &x);

	if (!x)
		return LPM_NONE;
	for (size_t i = 0; i < LPM_STARTS; i++)
		x->start[i] = i + 1 < n ? p[i + 1].first : UINT64_MAX;
	/* The number UINT64_MAX gets behind all of them. */
	for (size_t i = 0; i <= LPM_STARTS; i++)
		x->cell[i] = p[i < n ? i : n - 1].cell;
	return LPM_NODE | LPM_LEAF | lower | line;
}

static void set_slot(struct builder *b, size_t base, uint32_t slot, uint32_t cell)
{
	if (b->slot_n > base && b->slot[b->slot_n - 1].slot == slot)
		b->slot_n--;
	if (b->slot_n > base && b->slot[b->slot_n - 1].cell == cell)
		return;
	if (b->slot_n < b->slot_cap || more_slots(b))
		b->slot[b->slot_n++] = (struct slot){slot, cell};
}

static uint32_t make(struct builder *b, const struct piece *p, size_t n, uint32_t lower);

/* Chooses the slots for n > 1 pieces, and collects their cells. */
static struct lpm_span cut(struct builder *b, const struct piece *p, size_t n, unsigned slots,
			   uint32_t lower)
{
	struct lpm_span s = {0};
	uint64_t length = p[n - 1].first - p[1].first;
	size_t base = b->slot_n;

	while (length >> s.shift > (uint64_t)n * slots)
		s.shift++;
	/* One slot before the first beginning, for all that is below. */
	s.first = p[1].first >> s.shift << s.shift;
	if (s.first)
		s.first -= UINT64_C(1) << s.shift;
	s.last = (uint32_t)((p[n - 1].first - s.first) >> s.shift) + 1;
	set_slot(b, base, 0, p[0].cell);
	for (size_t i = 1, end; i < n; i = end) {
		uint64_t offset = p[i].first - s.first, slot = offset >> s.shift;
		bool at_start = slot << s.shift == offset;
		for (end = i + 1; end < n && (p[end].first - s.first) >> s.shift == slot;)
			end++;
		const struct piece *inner = &p[at_start ? i : i - 1];
		size_t inner_n = (size_t)(&p[end] - inner);
		uint32_t cell = inner_n > 1 ? make(b, inner, inner_n, lower) : inner->cell;
		set_slot(b, base, (uint32_t)slot, cell);
		set_slot(b, base, (uint32_t)slot + 1, p[end - 1].cell);
	}
	return s;
}

/* Records for the slots from `base` on. */
static void write_records(const struct builder *b, size_t base, const struct lpm_span *s,
			  uint64_t *record)
{
	size_t i = base;

	for (size_t r = 0; r <= s->last / 32; r++) {
		uint64_t before = (uint32_t)(i - base - 1), bits = 0;
		for (; i < b->slot_n && b->slot[i].slot / 32 == r; i++)
			bits |= UINT64_C(1) << (b->slot[i].slot % 32);
		record[r] = before << 32 | bits;
	}
}

static uint32_t make_index(struct builder *b, const struct piece *p, size_t n, uint32_t lower)
{
	size_t base = b->slot_n;
	struct lpm_span s = cut(b, p, n, SLOTS_BELOW, lower);
	size_t records = s.last / 32 + 1, cells = b->slot_n - base;
	struct lpm_index *x = NULL;
	uint32_t line = add_node(b, sizeof(*x) + records * 8 + cells * 4, &x);

	if (x) {
		uint32_t *cell = (uint32_t *)(x->record + records);
		x->span = s;
		write_records(b, base, &s, x->record);
		for (size_t i = 0; i < cells; i++)
			cell[i] = b->slot[base + i].cell;
	}
	b->slot_n = base;
	return LPM_NODE | lower | line;
}

/* A node for `n` > 1 pieces; where the first one begins does not matter. */
static uint32_t make(struct builder *b, const struct piece *p, size_t n, uint32_t lower)
{
	if (b->failed)
		return LPM_NONE;
	return n - 1 <= LPM_STARTS ? make_leaf(b, p, n, lower) : make_index(b, p, n, lower);
}

/* The ranges that begin at r[0].first.hi and are told apart by the lower half. */
static uint32_t make_lower(struct builder *b, const struct range *r, size_t n, uint32_t before)
{
	struct piece *p = malloc((n + 1) * sizeof(*p));
	uint32_t cell = LPM_NONE;
	size_t m = 0;

	if (!p) {
		b->failed = true;
		return cell;
	}
	if (r[0].first.lo)
		p[m++] = (struct piece){0, before};
	for (size_t i = 0; i < n; i++)
		p[m++] = (struct piece){r[i].first.lo, r[i].value};
	cell = make(b, p, m, LPM_LOWER);
	free(p);
	return cell;
}

/* The ranges by their upper half. A range adds at most itself and one behind its upper half. */
static size_t upper_pieces(struct builder *b, const struct range *r, size_t n, struct piece *p)
{
	size_t m = 0;

	for (size_t i = 0, end; i < n; i = end) {
		uint64_t hi = r[i].first.hi;
		for (end = i + 1; end < n && r[end].first.hi == hi;)
			end++;
		if (end == i + 1 && !r[i].first.lo) {
			p[m++] = (struct piece){hi, r[i].value};
			continue;
		}
		uint32_t before = i ? r[i - 1].value : LPM_NONE;
		p[m++] = (struct piece){hi, make_lower(b, &r[i], end - i, before)};
		if (hi != UINT64_MAX && (end == n || r[end].first.hi != hi + 1))
			p[m++] = (struct piece){hi + 1, r[end - 1].value};
	}
	return m;
}

/* True if each cell of the first level goes into 16 bits. */
static bool cells_are_narrow(const struct builder *b)
{
	for (size_t i = 0; i < b->slot_n; i++) {
		uint32_t c = b->slot[i].cell;
		if (c & LPM_NODE ? (c & (LPM_LOWER | LPM_LINE)) > LPM_NARROW_LINE
				 : c >= LPM_NARROW_NONE && c != LPM_NONE)
			return false;
	}
	return true;
}

static uint16_t narrow(uint32_t c)
{
	if (c & LPM_NODE)
		return (uint16_t)(c >> 16 & (LPM_NARROW_NODE | LPM_NARROW_LEAF)) | (uint16_t)c;
	return c == LPM_NONE ? LPM_NARROW_NONE : (uint16_t)c;
}

static size_t whole_lines(size_t bytes)
{
	return (bytes + LPM_LINE_SIZE - 1) / LPM_LINE_SIZE * LPM_LINE_SIZE;
}

/* Pool, records and cells in one block. 4 bytes are read where a narrow cell is: one more. */
static int finish(struct lpm *l, const struct builder *b)
{
	bool is_narrow = cells_are_narrow(b);
	size_t pool = b->line_n * LPM_LINE_SIZE, records = (l->span.last / 32 + 1) * 8;
	size_t cells = (b->slot_n + 1) * (is_narrow ? 2 : 4);
	uint8_t *at;

	l->bytes = pool + whole_lines(records) + whole_lines(cells);
	l->block = big_alloc(l->bytes + LPM_LINE_SIZE);
	if (!l->block)
		return -ENOMEM;
	at = (uint8_t *)whole_lines((uintptr_t)l->block);
	memset(at + l->bytes - LPM_LINE_SIZE, 0, LPM_LINE_SIZE);
	l->pool = at;
	if (pool)
		memcpy(at, b->pool, pool);
	l->record = (uint64_t *)(at + pool);
	write_records(b, 0, &l->span, l->record);
	at += pool + whole_lines(records);
	if (is_narrow)
		l->narrow = (uint16_t *)at;
	else
		l->cell = (uint32_t *)at;
	for (size_t i = 0; i < b->slot_n; i++)
		if (is_narrow)
			l->narrow[i] = narrow(b->slot[i].cell);
		else
			l->cell[i] = b->slot[i].cell;
	return 0;
}

static int make_all(struct lpm *l, const struct range *r, size_t n)
{
	struct builder b = {.slot_cap = 2 * n + 8};
	struct piece *p = big_alloc((2 * n + 1) * sizeof(*p));
	int rc = -ENOMEM;

	b.slot = big_alloc(b.slot_cap * sizeof(*b.slot));
	if (p && b.slot) {
		size_t m = upper_pieces(&b, r, n, p);
		if (m > 1)
			l->span = cut(&b, p, m, SLOTS_FIRST, 0);
		else
			set_slot(&b, 0, 0, p[0].cell);
		if (!b.failed)
			rc = finish(l, &b);
	}
	free(p);
	free(b.slot);
	free(b.pool);
	return rc;
}

static int note_few(struct lpm *l, const struct range *r, size_t n)
{
	if (n > LPM_FEW)
		return 0;
	l->few = calloc(1, sizeof(*l->few));
	if (!l->few)
		return -ENOMEM;
	l->few->n = (uint32_t)n;
	for (size_t i = 0; i < n; i++) {
		l->few->first[i] = r[i].first;
		l->few->first4[i] = (uint32_t)(r[i].first.hi >> 32);
		l->few->value[i] = r[i].value;
	}
	return 0;
}

int lpm_new(uint8_t family, const struct prefix_value *p, size_t n, uint32_t *parent,
	    struct lpm **ret, struct err *e)
{
	struct lpm *l = calloc(1, sizeof(*l));
	struct range *r = NULL;
	long rc;

	*ret = NULL;
	if (!l)
		return err_errno(e, -ENOMEM, "a table");
	l->family = family;
	rc = ranges_of_prefixes(family, p, n, &r, parent, e);
	if (rc > 0 && (make_all(l, r, (size_t)rc) < 0 || note_few(l, r, (size_t)rc) < 0))
		rc = err_errno(e, -ENOMEM, "a table of %zu prefixes", n);
	free(r);
	if (rc < 0) {
		lpm_free(l);
		return (int)rc;
	}
	*ret = l;
	return 0;
}

void lpm_free(struct lpm *l)
{
	if (l) {
		free(l->block);
		free(l->few);
	}
	free(l);
}

size_t lpm_bytes(const struct lpm *l)
{
	return sizeof(*l) + l->bytes + (l->few ? sizeof(*l->few) : 0);
}
