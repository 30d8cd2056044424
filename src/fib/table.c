/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One table: the longest prefix, and what is taken of it.
 *
 * IPv4 (fib_table_lookup()) goes from the longest prefix to shorter ones until a route serves: of
 * the right tos, with a next hop that is alive and goes by the device asked for. The first error
 * route on that way ends it, whatever device is asked for.
 *
 * IPv6 (fib6_table_lookup()) has several routes of one prefix and metric stand beside each other,
 * picks by router preference and device, then by hash among the siblings of the one it picked.
 */
#include "fib/compiled.h"
#include "fib/hash.h"

#include <netinet/in.h>
#include <string.h>

enum fib_verdict fib_type_verdict(uint8_t type)
{
	switch (type) {
	case RTN_UNREACHABLE:
		return FIB_UNREACHABLE;
	case RTN_BLACKHOLE:
		return FIB_BLACKHOLE;
	case RTN_PROHIBIT:
		return FIB_PROHIBIT;
	case RTN_THROW:
		return FIB_NONE;
	default:
		return FIB_FORWARD;
	}
}

static inline const struct fib_node *parent_of(const struct fib_table *t, const struct fib_node *n)
{
	return n->parent == LPM_NONE ? NULL : &t->node[n->parent];
}

/* ── IPv4 ───────────────────────────────────────────────────────────────────────────────────── */

#define TOS_RFC1349 0x1c

static const struct fib_hop *usable_hop(const struct fib_entry *x, const struct fib_flow *fl)
{
	const struct fib_hops *hops = x->hops;

	for (uint32_t i = 0; i < hops->n; i++) {
		const struct fib_hop *h = &hops->hop[i];
		if (fl->ignore_linkdown ? h->dead : h->skip)
			continue;
		if (!fl->oif || fl->oif == h->dev->ifindex)
			return h;
	}
	return NULL;
}

/*
 * True if one of the entries from `x` to the node's last has an answer; *ret_leave: none has, nor
 * has any of another node of the same address.
 */
static inline bool ask_node4(const struct fib_entry *x, const struct fib_flow *fl,
			     struct fib_found *ret, enum fib_verdict *ret_v, bool *ret_leave)
{
	for (bool last = false; !last; x++) {
		last = x->last;
		if (x->tos && x->tos != (fl->tos & TOS_RFC1349))
			continue;
		*ret_v = x->hops->blackhole ? FIB_BLACKHOLE : fib_type_verdict(x->type);
		ret->hop = *ret_v == FIB_FORWARD ? usable_hop(x, fl) : NULL;
		if (*ret_v != FIB_FORWARD || ret->hop) {
			ret->entry = x;
			ret->plen = x->plen;
			return true;
		}
		if (x->hops->object) {
			*ret_leave = true;
			return false;
		}
	}
	return false;
}

/*
 * When a next-hop object does not serve, the kernel gives up the leaf of its trie, and with it all
 * routes whose prefixes begin with the same address: 10.0.0.0/8 after 10.0.0.0/16.
 */
enum fib_verdict fib_table_lookup4(const struct fib *f, const struct fib_table *t,
				   const struct fib_flow *fl, struct fib_found *ret)
{
	uint32_t at = lpm_lookup4(t->lpm, fl->dst4);
	enum fib_verdict v;

	(void)f;
	while (at != LPM_NONE) {
		bool leave = false;
		if (ask_node4(&t->entry[at], fl, ret, &v, &leave))
			return v;
		const struct fib_node *from = &t->node[t->entry[at].node], *n = from;
		do
			n = parent_of(t, n);
		while (leave && n && ip_addr_eq(&n->dst.addr, &from->dst.addr));
		at = n ? n->entry : LPM_NONE;
	}
	return FIB_NONE;
}

/* ── IPv6 ───────────────────────────────────────────────────────────────────────────────────── */

#define SCORE_NO    (-3) /* cannot be taken: rt6_check_neigh() and rt6_score_route() */
#define SCORE_PROBE (-2) /* its gateway does not answer */
#define SCORE_DEV   2

static int score_hop(const struct fib_entry *x, const struct fib_hop *h, const struct fib_flow *fl)
{
	int m = !fl->route_dev || h->dev->ifindex == fl->route_dev ? SCORE_DEV : 0;

	if (!m && fl->strict)
		return SCORE_NO;
	if (fl->reachable && h->via.family && h->neigh_failed)
		return SCORE_PROBE;
	return m | x->score;
}

/* The best so far. */
struct pick {
	const struct fib_entry *entry;
	const struct fib_hop *hop;
	int score;
};

static void consider(const struct fib *f, struct pick *best, const struct fib_entry *x,
		     const struct fib_flow *fl)
{
	for (uint32_t i = 0; i < x->hops->n; i++) {
		const struct fib_hop *h = &x->hops->hop[i];
		int m = h->skip ? SCORE_NO : score_hop(x, h, fl);
		if (m <= best->score)
			continue;
		*best = (struct pick){x, h, m};
		/* Before Linux 7.0 the first member that is better stood for its group. */
		if (x->hops->object && f->set.kernel < 0x0700)
			return;
	}
}

/*
 * find_rr_leaf(): the routes of the least metric; if none of them can be taken, all others at once,
 * whatever their metric. A blackhole object ends the search where it stands.
 */
static bool pick_route(const struct fib *f, const struct fib_entry *x, uint32_t n,
		       const struct fib_flow *fl, struct pick *best)
{
	uint32_t first_n = 0;

	*best = (struct pick){.score = -1};
	while (first_n < n && x[first_n].metric == x[0].metric)
		first_n++;
	for (uint32_t i = 0; i < n; i++) {
		if (i == first_n && best->entry)
			break;
		if (x[i].hops->blackhole) {
			*best = (struct pick){.entry = &x[i], .hop = x[i].hops->hop};
			return true;
		}
		consider(f, best, &x[i], fl);
	}
	return best->entry;
}

/* fib6_select_path(). Before Linux 6.15 it began at the sibling that was picked. */
static const struct fib_hop *select_sibling(const struct fib *f, const struct pick *p,
					    const struct fib_flow *fl, uint32_t hash)
{
	const struct fib_entry *x = p->entry;
	uint32_t first = f->set.kernel >= 0x060f ? 0 : (uint32_t)(p->hop - x->hops->hop);

	for (uint32_t i = 0; i < x->hops->n; i++) {
		const struct fib_hop *h = &x->hops->hop[(first + i) % x->hops->n];
		if ((int64_t)hash > h->bound)
			continue;
		return score_hop(x, h, fl) >= 0 ? h : p->hop;
	}
	return p->hop;
}

/* Since Linux 7.0 a packet of a socket that is bound to a device keeps the next hop that goes by
 * it. */
static bool is_asked_for(const struct fib *f, const struct fib_hop *h, const struct fib_flow *fl)
{
	return f->set.kernel >= 0x0700 && !fl->p->iif && fl->oif && h->dev->ifindex == fl->oif;
}

static enum fib_verdict take6(const struct fib *f, const struct pick *p, const struct fib_flow *fl,
			      struct fib_found *ret)
{
	const struct fib_entry *x = p->entry;

	ret->entry = x;
	ret->hop = p->hop;
	ret->plen = x->plen;
	if (x->hops->blackhole)
		return FIB_BLACKHOLE;
	if (x->hops->n > 1 && !is_asked_for(f, p->hop, fl)) {
		ret->hash = fib_hash_of(&f->set, fl->p, fl->src, fl->p->proto);
		ret->hop = x->hops->object ? fib_select_object(f, x->hops, ret->hash)
					   : select_sibling(f, p, fl, ret->hash);
	}
	return fib_type_verdict(x->type);
}

/* The first source prefix at or behind `i` that has the source. */
static uint32_t matching_sub(const struct fib_table *t, const struct fib_node *n, uint32_t i,
			     const struct fib_flow *fl)
{
	while (i < n->sub_n && !fib_prefix6_has(&t->sub[n->sub + i].src, fl->src))
		i++;
	return i;
}

/*
 * fib6_node_lookup() and fib6_backtrack(): where the search begins, and how it goes on. At each
 * destination prefix the routes with a source prefix come first, longest first, then those without.
 * But it does not begin at a prefix whose source prefixes all do not fit, even if it has routes
 * without one: those are only come by later. The default prefix is the exception.
 */
static const struct fib_node *first_node(const struct fib_table *t, const struct fib_flow *fl)
{
	const struct fib_node *n = fib_longest(t, fl->dst);

	while (n && n->dst.len && n->sub_n && matching_sub(t, n, 0, fl) == n->sub_n)
		n = parent_of(t, n);
	return n;
}

/* `want` is what a route is picked by; among its siblings it goes by `fl`. */
static enum fib_verdict search6(const struct fib *f, const struct fib_table *t,
				const struct fib_flow *fl, const struct fib_flow *want,
				struct fib_found *ret)
{
	struct pick best;

	for (const struct fib_node *n = first_node(t, fl); n; n = parent_of(t, n)) {
		for (uint32_t i = matching_sub(t, n, 0, fl); i < n->sub_n;
		     i = matching_sub(t, n, i + 1, fl)) {
			const struct fib_sub *s = &t->sub[n->sub + i];
			if (pick_route(f, &t->entry[s->entry], s->entry_n, want, &best))
				return take6(f, &best, fl, ret);
		}
		if (n->entry_n && pick_route(f, &t->entry[n->entry], n->entry_n, want, &best))
			return take6(f, &best, fl, ret);
	}
	return FIB_NONE;
}

enum fib_verdict fib_table_lookup6(const struct fib *f, const struct fib_table *t,
				   const struct fib_flow *fl, struct fib_found *ret)
{
	enum fib_verdict v = search6(f, t, fl, fl, ret);

	if (ret->entry || !fl->reachable)
		return v;
	/* A host would rather try a silent gateway than none. */
	struct fib_flow again = *fl;
	again.reachable = false;
	return search6(f, t, fl, &again, ret);
}
