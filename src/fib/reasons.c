/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reasons: the same table as table.c asks, gone through once more, with a word on each route that
 * it might have taken. It does not decide anything anew: which route and which next hop won stands
 * in the result.
 */
#include "fib/reasons.h"

#include "fib/compiled.h"

#include <netinet/in.h>
#include <string.h>

#define TOS_RFC1349 0x1c

struct listing {
	const struct fib *f;
	const struct fib_packet *p;
	const struct fib_result *r;
	const struct fib_table *t;
	const struct fib_entry *won;
	struct arena *a;
	struct fib_candidate *v;
	size_t n, cap;
	bool after; /* the one that won has been listed */
	uint8_t len;
};

static const char *hop_state(const struct fib_hop *h)
{
	if (!h->skip)
		return NULL;
	if (!h->dev->up)
		return "its device is down";
	return h->dead ? "dead" : "no carrier (linkdown), and that counts here";
}

static const char *device_of(const struct listing *l, int ifindex)
{
	return arena_strdup(l->a, devices_name(l->f->s->devices, ifindex));
}

/* Why none of its next hops would do; NULL if one would. */
static const char *why_no_hop(const struct listing *l, const struct fib_entry *x)
{
	const char *why = NULL;
	int oif = l->p->iif ? 0 : l->p->oif;

	for (uint32_t i = 0; i < x->hops->n; i++) {
		const struct fib_hop *h = &x->hops->hop[i];
		const char *state = hop_state(h);
		if (!state && oif && h->dev->ifindex != oif)
			state = arena_printf(l->a, "does not leave by %s", device_of(l, oif));
		if (!state)
			return NULL;
		why = state;
	}
	return why;
}

static const char *compare_prefix(const struct listing *l, uint8_t len)
{
	return arena_printf(l->a, "its prefix is shorter: /%u, not /%u", len, l->len);
}

/* Why a route that stands before the one that won was not taken. */
static const char *why_passed(const struct listing *l, const struct fib_entry *x)
{
	const char *why = why_no_hop(l, x);

	if (l->p->family == AF_INET && x->tos && x->tos != (l->p->tos & TOS_RFC1349))
		return arena_printf(l->a, "is for tos %#x only", x->tos);
	if (why)
		return why;
	return l->p->family == AF_INET6 ? "its gateway, or its preference, is worse"
					: "stands beside one that serves";
}

/* Why one of the same prefix came behind. */
static const char *why_beaten(const struct listing *l, const struct fib_entry *x)
{
	const char *no = why_no_hop(l, x);

	if (l->p->family == AF_INET && x->tos && x->tos != (l->p->tos & TOS_RFC1349))
		return arena_printf(l->a, "is for tos %#x only", x->tos);
	if (x->metric > l->won->metric)
		return arena_printf(l->a, "its metric is greater: %u, not %u", x->metric,
				    l->won->metric);
	if (no)
		return no;
	if (x->tos < l->won->tos)
		return "a route for the packet's tos goes before it";
	if (l->p->family == AF_INET6 && x->score < l->won->score)
		return "its router preference is lower";
	return "equal, but it stands behind";
}

static void list_entry(struct listing *l, const struct fib_node *n, const struct fib_entry *x)
{
	struct fib_candidate *c;

	c = ARENA_PUSH(l->a, l->v, l->n, l->cap);
	c->route = x->r;
	if (x == l->won) {
		c->standing = FIB_WON;
		c->why = "";
		l->after = true;
		return;
	}
	c->standing = l->after ? FIB_BEATEN : FIB_PASSED;
	c->why = !l->after	       ? why_passed(l, x)
		 : n->dst.len < l->len ? compare_prefix(l, n->dst.len)
				       : why_beaten(l, x);
}

static void list_sub(struct listing *l, const struct fib_node *n, const struct fib_sub *s)
{
	bool fits = !ip_addr_is_any(&l->p->src) && fib_prefix6_has(&s->src, &l->p->src);

	for (uint32_t i = 0; i < s->entry_n; i++) {
		const struct fib_entry *x = &l->t->entry[s->entry + i];
		list_entry(l, n, x);
		if (!fits && l->n && l->v[l->n - 1].route == x->r)
			l->v[l->n - 1].why = "is for other sources";
	}
}

static void list_node(struct listing *l, const struct fib_node *n)
{
	for (uint32_t i = 0; i < n->sub_n; i++)
		list_sub(l, n, &l->t->sub[n->sub + i]);
	for (uint32_t i = 0; i < n->entry_n; i++)
		list_entry(l, n, &l->t->entry[n->entry + i]);
}

size_t fib_candidates(const struct fib *f, const struct fib_packet *p, const struct fib_result *r,
		      struct arena *a, struct fib_candidate **ret)
{
	struct listing l = {.f = f, .p = p, .r = r, .a = a};

	*ret = NULL;
	if (!r->route)
		return 0;
	l.t = fib_table(f, p->family, r->table);
	l.won = fib_entry_of(f, r->route);
	if (!l.won)
		return 0;
	l.len = r->route->h.rtm_dst_len;
	for (const struct fib_node *n = fib_longest(l.t, &p->dst); n;
	     n = n->parent == LPM_NONE ? NULL : &l.t->node[n->parent])
		list_node(&l, n);
	*ret = l.v;
	return l.n;
}

/* ── Next hops ──────────────────────────────────────────────────────────────────────────────── */

/* Since Linux 6.16, IPv4: a next hop whose address is the source of what is sent here is worth
 * more. */
static bool chosen_by_source(const struct fib *f, const struct fib_packet *p,
			     const struct fib_entry *x, const struct fib_hop *h)
{
	return f->set.kernel >= 0x0610 && p->family == AF_INET && !p->iif && !x->hops->object &&
	       !ip_addr_is_any(&p->src) && ip_addr_eq(&h->src, &p->src);
}

static const char *why_hop(const struct fib *f, const struct fib_packet *p,
			   const struct fib_result *r, const struct fib_entry *x,
			   const struct fib_choice *c, const struct fib_hop *h, struct arena *a)
{
	const char *state = hop_state(h);
	bool hit = c->takes && r->hash >= c->first && r->hash <= c->last;

	if (state && !(x->hops->object && c->chosen))
		return state;
	if (x->hops->n == 1)
		return "the only one";
	if (!h->neigh_valid && (x->hops->object || f->set.use_neigh))
		return "its gateway does not answer";
	if (x->hops->bucket_n && c->chosen)
		return arena_printf(a, "has bucket %u of %u", r->hash % x->hops->bucket_n,
				    x->hops->bucket_n);
	if (c->chosen && chosen_by_source(f, p, x, h))
		return "its address is the packet's source";
	if (!fib_hash_is_known(f))
		return "";
	if (!c->chosen)
		return hit ? "the hash falls here, but another is worth more" : "";
	return hit ? "the hash falls here" : "those that the hash falls on cannot be taken";
}

size_t fib_choices(const struct fib *f, const struct fib_packet *p, const struct fib_result *r,
		   struct arena *a, struct fib_choice **ret)
{
	const struct fib_entry *x = r->route ? fib_entry_of(f, r->route) : NULL;
	uint32_t next = 0;

	*ret = NULL;
	if (!x || !x->hops->n)
		return 0;
	*ret = arena_alloc(a, x->hops->n * sizeof(**ret));
	for (uint32_t i = 0; i < x->hops->n; i++) {
		const struct fib_hop *h = &x->hops->hop[i];
		struct fib_choice *c = &(*ret)[i];
		*c = (struct fib_choice){
			.via = h->via, .dev = h->dev->ifindex, .weight = h->weight};
		c->takes = !x->hops->bucket_n && h->bound >= 0;
		if (c->takes) {
			c->first = next;
			c->last = (uint32_t)h->bound;
			next = c->last + 1;
		}
		c->chosen = i == r->nexthop;
		c->why = why_hop(f, p, r, x, c, h, a);
	}
	return x->hops->n;
}

bool fib_hash_is_known(const struct fib *f)
{
	return f->set.hash_seed;
}

const char *fib_hash_text(const struct fib *f, uint8_t family, struct arena *a)
{
	unsigned i = family == AF_INET ? SETTINGS_IPV4 : SETTINGS_IPV6;
	uint32_t policy = f->set.hash_policy[i];

	if (policy == 1)
		return "addresses, protocol and ports (policy 1)";
	if (policy == 3)
		return arena_printf(a, "fields %#x (policy 3)", f->set.hash_fields[i]);
	return arena_printf(a, "%s (policy %u)",
			    family == AF_INET ? "addresses" : "addresses and protocol", policy);
}

/* ── The source, the reverse path ───────────────────────────────────────────────────────────── */

const char *fib_source_text(const struct fib *f, const struct fib_packet *p,
			    const struct fib_result *r)
{
	if (!ip_addr_is_any(&p->src))
		return "the packet's own";
	if (ip_addr_is_any(&r->src))
		return "there is none";
	if (r->route && has(r->route, ROUTE_PREFSRC) && ip_addr_eq(&r->route->prefsrc, &r->src))
		return "the route says so (src)";
	if (p->family == AF_INET6)
		return "by RFC 6724";
	for (size_t i = 0; i < f->dev_n; i++)
		if (f->dev[i].ifindex == r->dev)
			for (size_t k = 0; k < f->dev[i].addr_n[0]; k++)
				if (ip_addr_eq(&f->dev[i].addr[0][k]->local, &r->src))
					return "the device's first that fits";
	return r->verdict == FIB_LOCAL ? "as for what stays on this machine"
				       : "another device's: its own has none that fits";
}

uint32_t fib_rp_filter(const struct fib *f, int dev)
{
	const struct fib_dev *d = fib_device(f, dev);

	return d && d->conf->rp_filter > f->set.all.rp_filter ? d->conf->rp_filter
							      : f->set.all.rp_filter;
}
