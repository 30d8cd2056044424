/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables' routes.
 *
 * T_i has a copy of every route that main has through the uplink's interface, default routes aside.
 * Of a multipath route it gets the legs through that interface: the destination stays reachable,
 * and what is pinned to an uplink stays on it. A route that learned a time of expiry (from a router
 * advertisement) is copied without: it goes when main's goes. A source address in a copy that is
 * not the uplink's (two uplinks on one interface) becomes the uplink's.
 *
 * The default is left out while the interface is down, as the kernel refuses it then; without
 * carrier it stays, and ignore_routes_with_linkdown makes the kernel skip it for the backstop.
 *
 * IPv6 has no multipath legs without a gateway. On a link without neighbour discovery (PPP, tun,
 * WireGuard) any gateway address means just "this device", so fe80::1 stands for it.
 */
#include "uplink/recipe.h"

#include <stdlib.h>

static struct route new_route(uint8_t family, uint32_t table)
{
	struct route r = route_init(family);

	r.table = table;
	r.h.rtm_protocol = MULTIHOME_PROTOCOL;
	return r;
}

static void set_metric(struct route *r, uint32_t metric)
{
	r->metric = metric;
	set_has(r, ROUTE_METRIC);
}

static void add_unreachable(struct recipe *r, uint8_t family, uint32_t table, uint32_t metric)
{
	struct route x = new_route(family, table);

	x.h.rtm_type = RTN_UNREACHABLE;
	if (metric)
		set_metric(&x, metric);
	owned_add_route(&r->d->owned, &x);
}

/* Default routes */

/* A default over an uplink; prefsrc is for tables that only this uplink's traffic sees. */
static struct route default_through(const struct recipe *r, unsigned uplink, uint8_t family,
				    uint32_t table)
{
	const struct uplink_state *u = &r->d->uplink[uplink];
	const struct uplink_family *f = uplink_family(u, family);
	const struct ip_addr *src = recipe_source(r, uplink, family);
	struct route x = new_route(family, table);

	x.oif = (uint32_t)u->link->h.ifi_index;
	set_has(&x, ROUTE_OIF);
	if (family == AF_INET6)
		set_metric(&x, METRIC_IPV6);
	if (src) {
		x.prefsrc = *src;
		set_has(&x, ROUTE_PREFSRC);
	}
	if (!f->gateway.family) {
		if (family == AF_INET)
			x.h.rtm_scope = RT_SCOPE_LINK;
		return x;
	}
	x.gateway = x.via = f->gateway;
	set_has(&x, f->gateway.family == family ? ROUTE_GATEWAY : ROUTE_VIA);
	if (f->onlink)
		x.h.rtm_flags |= RTNH_F_ONLINK;
	return x;
}

/* A leg of a multipath default; false if the uplink cannot be one. */
static bool leg_through(const struct uplink_state *u, uint8_t family, struct route_nexthop *nh)
{
	const struct uplink_family *f = uplink_family(u, family);
	struct ip_addr gw = f->gateway;

	if (!recipe_can_balance(u, family))
		return false;
	if (!gw.family && family == AF_INET6)
		gw = (struct ip_addr){.family = AF_INET6, .b = {0xfe, 0x80, [15] = 1}};
	*nh = (struct route_nexthop){.h.rtnh_ifindex = u->link->h.ifi_index};
	if (gw.family) {
		nh->gateway = nh->via = gw;
		set_has(nh, gw.family == family ? NEXTHOP_GATEWAY : NEXTHOP_VIA);
		if (f->onlink)
			nh->h.rtnh_flags = RTNH_F_ONLINK;
	}
	return true;
}

struct leg {
	struct route_nexthop nh;
	unsigned uplink;
	uint32_t weight;
};

static bool same_way(const struct route_nexthop *a, const struct route_nexthop *b)
{
	return a->h.rtnh_ifindex == b->h.rtnh_ifindex && a->has == b->has &&
	       ip_addr_eq(&a->gateway, &b->gateway);
}

/* Uplinks that differ in their address only are one leg with the weight of all: IPv6 refuses twins.
 */
static size_t legs_of(const struct recipe *r, const struct share *share, size_t n, uint8_t family,
		      struct leg *ret)
{
	size_t legs = 0;

	for (size_t i = 0; i < n; i++) {
		struct leg *l = &ret[legs];
		size_t k = 0;
		if (!leg_through(&r->d->uplink[share[i].uplink], family, &l->nh))
			continue;
		while (k < legs && !same_way(&ret[k].nh, &l->nh))
			k++;
		if (k == legs) {
			l->uplink = share[i].uplink;
			l->weight = 0;
			legs++;
		}
		ret[k].weight += share[i].weight;
	}
	return legs;
}

/* The default over a share. The kernel's weights end at 256. */
static void add_balanced(struct recipe *r, uint8_t family, uint32_t table,
			 const struct share *share, size_t n)
{
	struct leg *leg = arena_alloc(r->a, n * sizeof(*leg));
	size_t legs = legs_of(r, share, n, family, leg);
	struct route x;

	if (legs < 2) {
		x = default_through(r, legs ? leg[0].uplink : share[0].uplink, family, table);
		owned_add_route(&r->d->owned, &x);
		return;
	}
	uint32_t max = 0;
	for (size_t i = 0; i < legs; i++)
		max = leg[i].weight > max ? leg[i].weight : max;
	x = new_route(family, table);
	if (family == AF_INET6)
		set_metric(&x, METRIC_IPV6);
	for (size_t i = 0; i < legs; i++) {
		uint32_t w = leg[i].weight;
		if (max > 256)
			w = w * 256 / max;
		leg[i].nh.h.rtnh_hops = (uint8_t)((w ? w : 1) - 1);
		route_nexthop_add(r->a, &x, &leg[i].nh);
	}
	owned_add_route(&r->d->owned, &x);
}

/* T_i */

/* What a route of main is in an uplink's table; false if it does not lead through the interface. */
static bool cut_to_link(const struct recipe *r, const struct route *from, int ifindex,
			struct route *x)
{
	struct route_nexthop nh, last = {0};
	size_t at = 0, n = 0;

	*x = *from;
	x->has &= ~(HAS(ROUTE_EXPIRES) | HAS(ROUTE_CACHEINFO) | HAS(ROUTE_NHID) | HAS(ROUTE_PREF) |
		    HAS(ROUTE_MULTIPATH));
	x->h.rtm_protocol = MULTIHOME_PROTOCOL;
	x->h.rtm_flags &= RTNH_F_ONLINK;
	if (!has(from, ROUTE_MULTIPATH))
		return has(from, ROUTE_OIF) && (int)from->oif == ifindex;
	while (route_nexthop_next(from->multipath, &at, &nh)) {
		if (nh.h.rtnh_ifindex != ifindex)
			continue;
		nh.h.rtnh_flags &= RTNH_F_ONLINK;
		route_nexthop_add(r->a, x, &nh);
		last = nh;
		n++;
	}
	if (n != 1)
		return n;
	x->has &= ~HAS(ROUTE_MULTIPATH);
	x->oif = (uint32_t)ifindex;
	x->gateway = last.gateway;
	x->via = last.via;
	x->h.rtm_flags = last.h.rtnh_flags;
	x->has |= HAS(ROUTE_OIF) | (has(&last, NEXTHOP_GATEWAY) ? HAS(ROUTE_GATEWAY) : 0) |
		  (has(&last, NEXTHOP_VIA) ? HAS(ROUTE_VIA) : 0);
	return true;
}

static bool own_address(const struct uplink_family *f, const struct ip_addr *a)
{
	for (size_t i = 0; i < f->address_n; i++)
		if (ip_addr_eq(&f->address[i].addr, a))
			return true;
	return false;
}

static void copy_links_routes(struct recipe *r, const struct uplink_state *u, uint8_t family)
{
	const struct uplink_family *f = uplink_family(u, family);
	const struct snapshot *s = r->machine->snap;

	for (size_t i = 0; i < s->route_n; i++) {
		const struct route *from = &s->route[i];
		struct route x;
		if (from->h.rtm_family != family || from->table != RT_TABLE_MAIN ||
		    !from->h.rtm_dst_len || from->h.rtm_type != RTN_UNICAST ||
		    from->h.rtm_protocol == MULTIHOME_PROTOCOL ||
		    !cut_to_link(r, from, u->link->h.ifi_index, &x))
			continue;
		x.table = u->table;
		if (has(&x, ROUTE_PREFSRC) && f->address_n && !own_address(f, &x.prefsrc))
			x.prefsrc = f->address[0].addr;
		owned_add_route(&r->d->owned, &x);
	}
}

static void add_uplink_table(struct recipe *r, unsigned uplink, uint8_t family)
{
	const struct uplink_state *u = &r->d->uplink[uplink];
	const struct uplink_family *f = uplink_family(u, family);

	if (f->present) {
		copy_links_routes(r, u, family);
		if (f->gateway_known && link_is_up(u->link)) {
			struct route x = default_through(r, uplink, family, u->table);
			owned_add_route(&r->d->owned, &x);
		}
	}
	add_unreachable(r, family, u->table, METRIC_BACKSTOP);
}

/* All */

static int by_key(const void *pa, const void *pb)
{
	const struct route *a = *(struct route *const *)pa, *b = *(struct route *const *)pb;
	int rc = route_key_cmp(a, b);

	return rc ? rc : (a > b) - (a < b);
}

/*
 * The kernel may hold several routes that differ in their next hop only, and uses the first of
 * them: so do we. (A plan tells routes apart by their key.)
 */
static void drop_twins(struct recipe *r)
{
	struct owned *o = &r->d->owned;
	struct route **v = arena_alloc(r->a, (o->route_n + 1) * sizeof(struct route *));
	size_t n = 0;

	for (size_t i = 0; i < o->route_n; i++)
		v[i] = &o->route[i];
	qsort(v, o->route_n, sizeof(struct route *), by_key);
	for (size_t i = 1; i < o->route_n; i++)
		if (!route_key_cmp(v[i - 1], v[i]))
			v[i]->h.rtm_type = RTN_UNSPEC;
	for (size_t i = 0; i < o->route_n; i++)
		if (o->route[i].h.rtm_type != RTN_UNSPEC)
			o->route[n++] = o->route[i];
	o->route_n = n;
}

static void family_routes(struct recipe *r, uint8_t family)
{
	const struct desired *d = r->d;
	unsigned f = family == AF_INET6;

	for (unsigned i = 0; i < d->uplink_n; i++)
		if (recipe_has_table(r, i, family))
			add_uplink_table(r, i, family);
	for (size_t i = 0; i < r->use_n; i++) {
		struct share *share;
		size_t n = desired_share(d, r->use[i].use, family, r->a, &share);
		if (n)
			add_balanced(r, family, r->use[i].table, share, n);
		add_unreachable(r, family, r->use[i].table, METRIC_BACKSTOP);
	}
	if (d->share_n[f])
		add_balanced(r, family, d->table_default, d->share[f], d->share_n[f]);
	else if (r->config->when_all_down == WHEN_ALL_DOWN_UNREACHABLE)
		add_unreachable(r, family, d->table_default, family == AF_INET6 ? METRIC_IPV6 : 0);
}

void recipe_routes(struct recipe *r)
{
	if (recipe_family(r, AF_INET))
		family_routes(r, AF_INET);
	if (recipe_family(r, AF_INET6))
		family_routes(r, AF_INET6);
	drop_twins(r);
}
