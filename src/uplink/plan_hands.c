/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table that changes hands. Replacing routes is safe as long as the rules that lead to the table
 * mean the same before and after. If a table is to serve another uplink, somebody's rule would for
 * a moment lead to a stranger's gateway. Slots are given so that this is rare; where it happens all
 * the same (two tables exchanged by `table =`, a table-base moved by one), the plan takes all rules
 * away first, and the routes that go, so that for its duration the machine routes as it would
 * without multihome.
 */
#include "uplink/plan_hands.h"

#include <stdlib.h>

bool plan_rules_alike(const struct rule *a, const struct rule *b)
{
	return a->h.family == b->h.family && a->h.src_len == b->h.src_len &&
	       (!a->h.src_len || ip_addr_eq(&a->src, &b->src)) &&
	       (!has(a, RULE_FWMARK) || !has(b, RULE_FWMARK) || a->fwmark == b->fwmark);
}

/* Tables whose default is not the same before and after, in order. */
struct tables {
	struct arena *a;
	const struct route **v; /* one of each table */
	size_t n, cap;
};

static int by_key(const void *a, const void *b)
{
	return route_key_cmp(*(struct route *const *)a, *(struct route *const *)b);
}

static bool same_table(const struct route *a, uint8_t family, uint32_t table)
{
	return a->h.rtm_family == family && a->table == table;
}

static void add_table(struct tables *t, const struct route *r)
{
	if (!t->n || !same_table(t->v[t->n - 1], r->h.rtm_family, r->table))
		*ARENA_PUSH(t->a, t->v, t->n, t->cap) = r;
}

static bool in_tables(const struct tables *t, const struct rule *r)
{
	for (size_t i = 0; i < t->n; i++)
		if (same_table(t->v[i], r->h.family, r->table))
			return true;
	return false;
}

/* The default routes that lead somewhere, in the order of their keys. */
static const struct route **defaults(struct arena *a, const struct owned *o, size_t *n)
{
	const struct route **v = arena_alloc(a, (o->route_n + 1) * sizeof(*v));

	*n = 0;
	for (size_t i = 0; i < o->route_n; i++)
		if (!o->route[i].h.rtm_dst_len && o->route[i].h.rtm_type == RTN_UNICAST)
			v[(*n)++] = &o->route[i];
	qsort(v, *n, sizeof(*v), by_key);
	return v;
}

static struct tables changed_tables(struct arena *a, const struct owned *now,
				    const struct owned *want)
{
	struct tables t = {.a = a};
	size_t old_n, new_n, i = 0, k = 0;
	const struct route **old = defaults(a, now, &old_n), **new = defaults(a, want, &new_n);

	while (i < old_n || k < new_n) {
		int rc = i == old_n ? 1 : k == new_n ? -1 : route_key_cmp(old[i], new[k]);
		if (rc || !route_eq(old[i], new[k]))
			add_table(&t, rc > 0 ? new[k] : old[i]);
		i += rc <= 0;
		k += rc >= 0;
	}
	return t;
}

/* The rule that the same packets match, wherever it stands and leads. */
static const struct rule *with_selector(const struct owned *o, const struct rule *r)
{
	for (size_t i = 0; i < o->rule_n; i++) {
		struct rule x;
		if (!plan_rules_alike(&o->rule[i], r))
			continue;
		x = o->rule[i];
		x.table = r->table;
		x.priority = r->priority;
		if (rule_eq(&x, r))
			return &o->rule[i];
	}
	return NULL;
}

/* The default that a table's traffic takes; NULL if it has none but the backstop. */
static const struct route *default_of(const struct owned *o, const struct rule *r)
{
	const struct route *best = NULL;

	for (size_t i = 0; i < o->route_n; i++) {
		const struct route *x = &o->route[i];
		if (x->table == r->table && x->h.rtm_family == r->h.family && !x->h.rtm_dst_len &&
		    x->h.rtm_type == RTN_UNICAST && (!best || x->metric < best->metric))
			best = x;
	}
	return best;
}

/*
 * True if the rule is for the traffic of one uplink, not a policy: the last rule for main before it
 * is the one that leaves uplinks out, or it is about an interface.
 */
static bool pins(const struct owned *o, const struct rule *r)
{
	const struct rule *before = NULL;

	for (size_t i = 0; i < o->rule_n; i++) {
		const struct rule *x = &o->rule[i];
		if (x->h.family == r->h.family && x->priority < r->priority &&
		    has(x, RULE_SUPPRESS_PREFIXLEN) && (!before || x->priority >= before->priority))
			before = x;
	}
	return r->table != RT_TABLE_MAIN &&
	       (has(r, RULE_OIF) || (before && has(before, RULE_SUPPRESS_IFGROUP)));
}

static uint32_t device(const struct route *r)
{
	return has(r, ROUTE_OIF) ? r->oif : 0;
}

/*
 * True if a rule's table is to lead elsewhere while the rule is still there: to another interface,
 * or to another gateway although the same packets are to go to another table.
 */
static bool table_given_away(const struct tables *t, const struct owned *now,
			     const struct owned *want)
{
	for (size_t i = 0; i < now->rule_n; i++) {
		const struct rule *r = &now->rule[i];
		if (!in_tables(t, r) || !pins(now, r))
			continue;
		const struct rule *next = with_selector(want, r);
		if (next && next->table == r->table)
			continue;
		const struct route *old = default_of(now, r), *new = default_of(want, r);
		if (new && (next || (old && device(old) != device(new))))
			return true;
	}
	return false;
}

/* True if a rule would be made for a table that still has a default which is to go. */
static bool table_taken_over(const struct tables *t, const struct owned *now,
			     const struct owned *want)
{
	for (size_t i = 0; i < want->rule_n; i++) {
		const struct rule *r = &want->rule[i];
		if (!in_tables(t, r) || !pins(want, r) || !default_of(now, r) ||
		    default_of(want, r))
			continue;
		const struct rule *before = with_selector(now, r);
		if (!before || before->table != r->table)
			return true;
	}
	return false;
}

bool plan_changes_hands(struct arena *a, const struct owned *now, const struct owned *want)
{
	struct tables t = changed_tables(a, now, want);

	return table_given_away(&t, now, want) || table_taken_over(&t, now, want);
}
