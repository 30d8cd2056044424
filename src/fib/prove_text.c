/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a failed proof is called, what would mend it, and which uplinks a machine seems to have. */
#include "fib/compiled.h"
#include "fib/prove.h"

#include "base/cleanup.h"

static const struct {
	const char *name, *text;
} kinds[PROVE_KINDS] = {
	[PROVE_LEAK] = {"leak", "a packet from its address leaves by another uplink"},
	[PROVE_REPLY] = {"reply", "a forwarded flow that belongs to it leaves by another uplink"},
	[PROVE_DROPPED] = {"dropped", "a packet from its address goes nowhere, though it is up"},
	[PROVE_GATEWAY] = {"gateway", "its packets go to a gateway that is another uplink's"},
	[PROVE_SOURCE] = {"source", "packets through it get another uplink's address"},
	[PROVE_RPF] = {"rp_filter", "a reply that comes in by it is dropped by rp_filter"},
	[PROVE_RULE] = {"rule", "no packet gets as far as this rule"},
	[PROVE_TABLE] = {"table", "the table of this rule has no routes"},
};

const char *prove_kind_name(enum prove_kind k)
{
	return kinds[k].name;
}

const char *prove_kind_text(enum prove_kind k)
{
	return kinds[k].text;
}

static const char *gateway_words(const struct prove_failure *x, struct arena *a)
{
	const struct ip_addr *gw = &x->uplink->gateway[fib_index(x->family)];
	char buf[IP_ADDR_STRLEN];

	return gw->family ? arena_printf(a, " via %s", ip_addr_str(gw, buf)) : "";
}

/* The source's own rule, before the one that decided. */
static const char *remedy_rule(const struct fib *f, const struct prove_failure *x, struct arena *a)
{
	const char *v6 = x->family == AF_INET6 ? "-6 " : "";
	char buf[IP_ADDR_STRLEN];
	uint32_t before = x->rule && x->rule->priority > 1 ? x->rule->priority - 1 : 32765;
	const char *table = x->uplink->table ? arena_printf(a, "%u", x->uplink->table) : "TABLE";

	if (x->kind == PROVE_REPLY)
		return arena_printf(
			a,
			"ip %srule add fwmark %#x lookup TABLE priority %u, TABLE having "
			"its routes",
			v6, x->packet.mark, before);
	return arena_printf(a,
			    "ip %srule add from %s lookup %s priority %u, and in that table a "
			    "default%s dev %s",
			    v6, ip_addr_str(&x->packet.src, buf), table, before,
			    gateway_words(x, a),
			    devices_name(fib_snapshot(f)->devices, x->uplink->ifindex));
}

/* The rule that decided looks up a table whose route is wrong. */
static const char *remedy_route(const struct fib *f, const struct prove_failure *x, struct arena *a)
{
	char buf[IP_PREFIX_STRLEN];
	struct ip_prefix p = fib_result_prefix(&x->result);

	return arena_printf(a, "ip %sroute replace %s%s dev %s table %u",
			    x->family == AF_INET6 ? "-6 " : "",
			    p.len ? ip_prefix_str(&p, buf) : "default", gateway_words(x, a),
			    devices_name(fib_snapshot(f)->devices, x->uplink->ifindex),
			    x->result.table ? x->result.table
			    : x->rule	    ? x->rule->table
					    : 254);
}

const char *prove_remedy(const struct fib *f, const struct prove_failure *x, struct arena *a)
{
	const char *dev =
		x->uplink ? devices_name(fib_snapshot(f)->devices, x->uplink->ifindex) : "";
	bool own_rule = x->rule && (x->rule->h.src_len || has(x->rule, RULE_FWMARK));

	switch (x->kind) {
	case PROVE_LEAK:
	case PROVE_REPLY:
	case PROVE_DROPPED:
		return own_rule ? remedy_route(f, x, a) : remedy_rule(f, x, a);
	case PROVE_GATEWAY:
		return remedy_route(f, x, a);
	case PROVE_SOURCE:
		return arena_printf(a, "give the route a `src` of %s's own address", dev);
	case PROVE_RPF:
		if (x->packet.mark)
			return arena_printf(
				a, "sysctl net.ipv4.conf.%s.src_valid_mark=1, or rp_filter=2", dev);
		return arena_printf(a, "sysctl net.ipv4.conf.%s.rp_filter=2", dev);
	case PROVE_RULE:
		return arena_printf(a, "move it before priority %u, or delete it",
				    x->result.rule ? x->result.rule->priority : 0);
	case PROVE_TABLE:
		return arena_printf(a, "ip %sroute add ... table %u, or delete the rule",
				    x->family == AF_INET6 ? "-6 " : "", x->rule->table);
	default:
		return "";
	}
}

/* Discovery */

static struct prove_uplink *uplink_of(const struct fib *f, struct arena *a, int ifindex,
				      struct prove_uplink **u, size_t *n, size_t *cap)
{
	for (size_t i = 0; i < *n; i++)
		if ((*u)[i].ifindex == ifindex)
			return &(*u)[i];
	struct prove_uplink *x = ARENA_PUSH(a, *u, *n, *cap);
	x->ifindex = ifindex;
	x->name = devices_name(fib_snapshot(f)->devices, ifindex);
	return x;
}

static void add_addresses(const struct fib *f, struct arena *a, struct prove_uplink *u)
{
	const struct snapshot *s = fib_snapshot(f);

	for (size_t i = 0; i < s->address_n; i++) {
		const struct address *x = &s->address[i];
		struct ip_addr own = x->local.family ? x->local : x->address;
		if ((int)x->h.ifa_index == u->ifindex && x->h.ifa_scope == RT_SCOPE_UNIVERSE &&
		    !ip_addr_is_linklocal(&own))
			*ARENA_PUSH(a, u->from, u->from_n, u->from_cap) = ip_prefix_host(own);
	}
}

/* The main table's word on the gateway counts most. */
static void add_default(struct prove_uplink *u, unsigned family, const struct fib_nexthop *nh,
			bool main)
{
	if (nh->via.family && (main || !u->gateway[family].family))
		u->gateway[family] = nh->via;
	u->up[family] = u->up[family] || !nh->dead;
}

size_t prove_discover(const struct fib *f, struct arena *a, struct prove_uplink **ret)
{
	const struct snapshot *s = fib_snapshot(f);
	size_t n = 0, cap = 0;

	*ret = NULL;
	for (size_t i = 0; i < s->route_n; i++) {
		const struct route *r = &s->route[i];
		struct fib_nexthop nh;
		if (r->h.rtm_dst_len || r->h.rtm_type != RTN_UNICAST)
			continue;
		for (uint32_t k = 0; fib_route_nexthop(f, r, k, &nh); k++) {
			const struct fib_dev *dev = fib_device(f, nh.dev);
			if (dev && !dev->loopback)
				add_default(uplink_of(f, a, nh.dev, ret, &n, &cap),
					    fib_index(r->h.rtm_family), &nh,
					    r->table == RT_TABLE_MAIN);
		}
	}
	for (size_t i = 0; i < n; i++)
		add_addresses(f, a, &(*ret)[i]);
	return n;
}
