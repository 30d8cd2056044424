/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an uplink has on this machine.
 *
 * Addresses, unless written: every global one. One whose duplicate detection failed is not the
 * machine's; a tentative or deprecated one is (a rule too early does no harm, and connections live
 * on on a deprecated address), but stands behind the others. A network among the written ones, such
 * as a delegated IPv6 prefix, is routed to this machine by the uplink: it is no address, but
 * sources in it belong to the uplink.
 *
 * The gateway, unless written: that of the default route with the lowest metric which leads through
 * the interface, in any table, as long as it is not a route of ours; a leg of a multipath default
 * counts. A default route without a gateway, or a point-to-point interface without any default,
 * needs none.
 *
 * An uplink is present in a family if it has an address there and something says that the family
 * is in use: a gateway, a line of the configuration, or rules that we made earlier. The last holds
 * an uplink whose gateway has just vanished: without its rules its addresses would leave by another
 * uplink.
 */
#include "uplink/discover.h"

#include "base/suggest.h"
#include "uplink/recipe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct found {
	struct arena *a;
	const struct snapshot *snap;
	struct uplink_state *u;
	const char *dev;
	int ifindex;
	uint8_t family;
	struct uplink_family *f;
	bool written; /* the configuration says something about this family */
	bool lenient; /* machine.absent_ok: what was written and is not there is no error */
	const struct ip_prefix *missing; /* lenient: an address that was written and is not there */
	bool off_link;			 /* lenient: so is the gateway that was written */
};

const char *discover_family_name(uint8_t family)
{
	return family == AF_INET ? "IPv4" : "IPv6";
}

/* Addresses */

/* A network, not an address in it (links of two addresses, RFC 3021 and 6164, have no spare one).
 */
static bool is_network(const struct ip_prefix *p)
{
	struct ip_prefix m = ip_prefix_masked(*p);

	return p->len + 1 < ip_bits(p->addr.family) && ip_prefix_eq(&m, p);
}

static const struct address *address_on(const struct found *c, const struct ip_addr *want)
{
	for (size_t i = 0; i < c->snap->address_n; i++) {
		const struct address *x = &c->snap->address[i];
		if ((int)x->h.ifa_index == c->ifindex && ip_addr_eq(&x->local, want) &&
		    !(x->flags & IFA_F_DADFAILED))
			return x;
	}
	return NULL;
}

static void push_prefix(struct arena *a, struct ip_prefix **v, size_t *n, size_t *cap,
			struct ip_prefix p)
{
	for (size_t i = 0; i < *n; i++)
		if (ip_prefix_eq(&(*v)[i], &p))
			return;
	*ARENA_PUSH(a, *v, *n, *cap) = p;
}

static void add_address(const struct found *c, struct ip_prefix p)
{
	push_prefix(c->a, &c->f->address, &c->f->address_n, &c->f->address_cap, p);
}

/* "192.168.12.111/24, 10.0.0.1/8", for messages. */
static const char *addresses_text(const struct found *c)
{
	const char *text = "";
	char buf[IP_PREFIX_STRLEN];

	for (size_t i = 0; i < c->snap->address_n; i++) {
		const struct address *x = &c->snap->address[i];
		if ((int)x->h.ifa_index != c->ifindex || x->h.ifa_family != c->family)
			continue;
		struct ip_prefix p = address_prefix(x);
		text = arena_printf(c->a, "%s%s%s", text, *text ? ", " : "",
				    ip_prefix_str(&p, buf));
	}
	return *text ? text : arena_printf(c->a, "no %s address", discover_family_name(c->family));
}

/* A network that is on the link itself was meant as an address in it. */
static int check_network(const struct found *c, size_t i, struct err *e)
{
	const struct uplink_config *cfg = c->u->config;
	const struct ip_prefix *p = &cfg->address[i];
	char buf[IP_PREFIX_STRLEN];

	for (size_t k = 0; k < c->snap->address_n; k++) {
		const struct address *x = &c->snap->address[k];
		if ((int)x->h.ifa_index != c->ifindex || !ip_prefix_contains(p, &x->local))
			continue;
		err_set(e, -EINVAL, "%s is the network on the link of %s, which has %s",
			ip_prefix_str(p, buf), c->dev, addresses_text(c));
		err_hint(e, "write the address; a network here is one that is routed to this "
			    "machine");
		return recipe_place(e, &cfg->address_place[i]);
	}
	return 0;
}

static int written_addresses(struct found *c, struct err *e)
{
	const struct uplink_config *cfg = c->u->config;

	for (size_t i = 0; i < cfg->address_n; i++) {
		const struct ip_prefix *p = &cfg->address[i];
		if (p->addr.family != c->family)
			continue;
		c->written = true;
		if (is_network(p)) {
			int rc = check_network(c, i, e);
			if (rc < 0)
				return rc;
			continue;
		}
		const struct address *x = address_on(c, &p->addr);
		if (!x && c->lenient) {
			c->missing = p;
			continue;
		}
		if (!x) {
			char buf[IP_ADDR_STRLEN];
			err_set(e, -EADDRNOTAVAIL, "%s is no address of %s, which has %s",
				ip_addr_str(&p->addr, buf), c->dev, addresses_text(c));
			return recipe_place(e, &cfg->address_place[i]);
		}
		add_address(c, address_prefix(x));
	}
	return 0;
}

static void found_addresses(struct found *c, bool second_rate)
{
	const uint32_t mask = IFA_F_DEPRECATED | IFA_F_TENTATIVE;

	for (size_t i = 0; i < c->snap->address_n; i++) {
		const struct address *x = &c->snap->address[i];
		if ((int)x->h.ifa_index == c->ifindex && x->h.ifa_family == c->family &&
		    x->h.ifa_scope == RT_SCOPE_UNIVERSE && !(x->flags & IFA_F_DADFAILED) &&
		    second_rate == !!(x->flags & mask))
			add_address(c, address_prefix(x));
	}
}

static int discover_addresses(struct found *c, struct err *e)
{
	int rc = written_addresses(c, e);

	if (rc < 0)
		return rc;
	c->f->explicit_address = c->f->address_n > 0 || c->missing;
	if (!c->f->explicit_address) {
		found_addresses(c, false);
		found_addresses(c, true);
	}
	return 0;
}

/* Gateways */

/* The prefix is reachable on the link itself. */
static bool onlink_route(const struct route *r, int ifindex)
{
	return r->h.rtm_type == RTN_UNICAST && r->h.rtm_protocol != MULTIHOME_PROTOCOL &&
	       r->h.rtm_dst_len && has(r, ROUTE_OIF) && (int)r->oif == ifindex &&
	       !has(r, ROUTE_GATEWAY) && !has(r, ROUTE_VIA);
}

static bool on_link(const struct found *c, const struct ip_addr *gw)
{
	if (gw->family == AF_INET6 && ip_addr_is_linklocal(gw))
		return true;
	for (size_t i = 0; i < c->snap->address_n; i++) {
		const struct address *x = &c->snap->address[i];
		struct ip_prefix p = {x->address, x->h.ifa_prefixlen};
		if ((int)x->h.ifa_index == c->ifindex && x->h.ifa_family == c->family &&
		    ip_prefix_contains(&p, gw))
			return true;
	}
	for (size_t i = 0; i < c->snap->route_n; i++) {
		const struct route *r = &c->snap->route[i];
		struct ip_prefix p = route_dst(r);
		if (r->h.rtm_family == c->family && onlink_route(r, c->ifindex) &&
		    ip_prefix_contains(&p, gw))
			return true;
	}
	return false;
}

/* IPv4 has one where there are more than two addresses (RFC 3021). */
static bool is_broadcast(const struct ip_prefix *net, const struct ip_addr *a)
{
	if (a->family != AF_INET || net->len > 30 || !ip_prefix_contains(net, a))
		return false;
	for (unsigned bit = net->len; bit < 32; bit++)
		if (!(a->b[bit / 8] & 0x80 >> bit % 8))
			return false;
	return true;
}

/*
 * A slip that the kernel takes for a route to everybody on the link (its own address), or refuses
 * only at the last moment (IPv6's own address, the broadcast address).
 */
static const char *no_gateway(const struct found *c, const struct ip_addr *gw)
{
	for (size_t i = 0; i < c->snap->address_n; i++) {
		const struct address *x = &c->snap->address[i];
		bool here = (int)x->h.ifa_index == c->ifindex;
		if (ip_addr_eq(&x->local, gw) && (here || !ip_addr_is_linklocal(gw)))
			return "an address of this machine itself";
		struct ip_prefix net = {x->address, x->h.ifa_prefixlen};
		if (here && is_broadcast(&net, gw))
			return "the broadcast address of the link";
	}
	return NULL;
}

static int written_gateway(struct found *c, struct err *e)
{
	const struct uplink_config *cfg = c->u->config;
	char buf[IP_ADDR_STRLEN];

	for (size_t i = 0; i < cfg->gateway_n && !c->f->gateway_known; i++) {
		const struct ip_addr *gw = &cfg->gateway[i];
		if (gw->family != c->family)
			continue;
		c->written = true;
		c->f->gateway = *gw;
		c->f->gateway_known = true;
		c->f->onlink = cfg->onlink;
		const char *slip = no_gateway(c, gw);
		if (slip) {
			err_set(e, -EINVAL, "gateway %s is %s", ip_addr_str(gw, buf), slip);
			err_hint(e, "write the address of the provider's router");
			return recipe_place(e, &cfg->gateway_place[i]);
		}
		if (c->f->onlink || !c->f->address_n || on_link(c, gw))
			continue;
		if (c->lenient) {
			c->off_link = true;
			c->f->gateway_known = false;
			return 0;
		}
		err_set(e, -EHOSTUNREACH, "gateway %s is not on the link of %s, which has %s",
			ip_addr_str(gw, buf), c->dev, addresses_text(c));
		err_hint(e, "if it is reachable there all the same: onlink = yes");
		return recipe_place(e, &cfg->gateway_place[i]);
	}
	return 0;
}

/* The way a default route has through the interface; false if it has none. */
static bool way_through(const struct route *r, int ifindex, struct route_nexthop *ret)
{
	size_t at = 0;

	*ret = (struct route_nexthop){.h.rtnh_flags = (uint8_t)r->h.rtm_flags};
	if (has(r, ROUTE_MULTIPATH)) {
		while (route_nexthop_next(r->multipath, &at, ret))
			if (ret->h.rtnh_ifindex == ifindex)
				return true;
		return false;
	}
	if (has(r, ROUTE_GATEWAY)) {
		ret->gateway = r->gateway;
		set_has(ret, NEXTHOP_GATEWAY);
	}
	if (has(r, ROUTE_VIA)) {
		ret->via = r->via;
		set_has(ret, NEXTHOP_VIA);
	}
	return has(r, ROUTE_OIF) && (int)r->oif == ifindex;
}

static void found_gateway(struct found *c)
{
	const struct route *best = NULL;

	for (size_t i = 0; i < c->snap->route_n; i++) {
		const struct route *r = &c->snap->route[i];
		struct route_nexthop nh;
		if (r->h.rtm_family != c->family || r->h.rtm_dst_len ||
		    r->h.rtm_type != RTN_UNICAST || r->h.rtm_protocol == MULTIHOME_PROTOCOL)
			continue;
		bool better = !best || r->metric < best->metric ||
			      (r->metric == best->metric && r->table == RT_TABLE_MAIN &&
			       best->table != RT_TABLE_MAIN);
		if (!better || !way_through(r, c->ifindex, &nh))
			continue;
		best = r;
		c->f->gateway_known = true;
		c->f->onlink = c->u->config->onlink || (nh.h.rtnh_flags & RTNH_F_ONLINK);
		c->f->gateway = has(&nh, NEXTHOP_GATEWAY) ? nh.gateway
				: has(&nh, NEXTHOP_VIA)	  ? nh.via
							  : (struct ip_addr){0};
	}
	if (!best && c->u->link->h.ifi_flags & IFF_POINTOPOINT)
		c->f->gateway_known = true;
}

static int discover_gateway(struct found *c, struct err *e)
{
	int rc = written_gateway(c, e);

	if (rc < 0 || c->f->gateway_known || c->off_link)
		return rc;
	if (c->u->config->gateway_none)
		c->f->gateway_known = true;
	else
		found_gateway(c);
	return 0;
}

/* The two together */

/* True if rules of ours lead sources to the uplink's table. */
static bool was_present(const struct found *c)
{
	for (size_t i = 0; i < c->snap->rule_n; i++) {
		const struct rule *r = &c->snap->rule[i];
		if (owned_is_rule(r) && r->h.family == c->family && r->h.src_len &&
		    has(r, RULE_TABLE) && r->table == c->u->table)
			return true;
	}
	return false;
}

static const char *why_not(const struct found *c)
{
	const char *family = discover_family_name(c->family);
	char text[IP_ADDR_STRLEN];

	if (c->u->hand != WAY_BY_ITSELF)
		return c->u->hand == WAY_DOWN ? "put down by hand" : "drained by hand";
	if (!link_is_up(c->u->link))
		return arena_printf(c->a, "%s is down", c->dev);
	if (!link_has_carrier(c->u->link))
		return arena_printf(c->a, "%s has no carrier", c->dev);
	if (!c->f->address_n && c->missing)
		return arena_printf(c->a, "%s has no address %s", c->dev,
				    ip_addr_str(&c->missing->addr, text));
	if (!c->f->address_n)
		return arena_printf(c->a, "%s has no %s address", c->dev, family);
	if (c->off_link)
		return arena_printf(c->a, "gateway %s is not on the link of %s",
				    ip_addr_str(&c->f->gateway, text), c->dev);
	if (!c->f->gateway_known)
		return arena_printf(c->a, "%s has no %s gateway", c->dev, family);
	return c->f->health;
}

static int discover_family(struct found *c, struct err *e)
{
	int rc = discover_addresses(c, e);

	if (!rc)
		rc = discover_gateway(c, e);
	if (rc < 0)
		return rc;
	c->f->present = c->f->address_n && (c->f->gateway_known || c->written || was_present(c));
	c->f->why = why_not(c);
	c->f->usable = !c->f->why;
	return 0;
}

static int no_interface(const struct snapshot *s, const struct uplink_config *cfg, struct err *e)
{
	struct suggest near = suggest_init(cfg->interface);

	for (size_t i = 0; i < s->link_n; i++)
		suggest_try(&near, s->link[i].name);
	err_set(e, -ENODEV, "there is no interface %s", cfg->interface);
	if (near.best)
		err_hint(e, "did you mean %s?", near.best);
	return recipe_place(e, &cfg->interface_place);
}

/* One of its own, so that two of them are never taken for the same. */
static void absent(struct arena *a, struct uplink_state *u)
{
	struct link *l = arena_alloc(a, sizeof(*l));

	snprintf(l->name, sizeof(l->name), "%s", u->config->interface);
	set_has(l, LINK_NAME);
	u->link = l;
	u->v4.why = u->v6.why = arena_printf(a, "there is no interface %s", l->name);
}

int discover_uplink(struct arena *a, const struct machine *m, struct uplink_state *u, struct err *e)
{
	const struct uplink_config *cfg = u->config;
	const struct snapshot *s = m->snap;

	u->link = snapshot_link_named(s, cfg->interface);
	if (!u->link && m->absent_ok) {
		absent(a, u);
		return 0;
	}
	if (!u->link)
		return no_interface(s, cfg, e);
	struct found c = {.a = a,
			  .snap = s,
			  .u = u,
			  .dev = u->link->name,
			  .ifindex = u->link->h.ifi_index,
			  .family = AF_INET,
			  .lenient = m->absent_ok,
			  .f = &u->v4};
	int rc = cfg->ipv4 ? discover_family(&c, e) : 0;
	if (rc < 0)
		return rc;
	c.family = AF_INET6;
	c.f = &u->v6;
	c.written = c.off_link = false;
	c.missing = NULL;
	return cfg->ipv6 ? discover_family(&c, e) : 0;
}

/* Sources */

/* True if another uplink has an address in the prefix. */
static bool shared_prefix(const struct uplink_state *u, size_t n, size_t self,
			  const struct ip_prefix *p)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; i != self && k < u[i].v6.address_n; k++)
			if (ip_prefix_contains(p, &u[i].v6.address[k].addr))
				return true;
	return false;
}

static void add_source(struct arena *a, struct uplink_family *f, struct ip_prefix p)
{
	push_prefix(a, &f->from, &f->from_n, &f->from_cap, ip_prefix_masked(p));
}

/*
 * IPv4: the addresses. IPv6: their prefixes, so that temporary addresses are in it, unless the
 * addresses were written or another uplink has the same prefix. Both: networks that were written.
 */
static void sources(struct arena *a, struct uplink_state *u, size_t n, size_t self, uint8_t family)
{
	const struct uplink_config *cfg = u[self].config;
	struct uplink_family *f = family == AF_INET ? &u[self].v4 : &u[self].v6;

	for (size_t i = 0; i < f->address_n; i++) {
		const struct ip_prefix *p = &f->address[i];
		bool whole =
			family == AF_INET6 && !f->explicit_address && !shared_prefix(u, n, self, p);
		add_source(a, f, whole ? *p : ip_prefix_host(p->addr));
	}
	for (size_t i = 0; i < cfg->address_n; i++)
		if (cfg->address[i].addr.family == family && is_network(&cfg->address[i]))
			add_source(a, f, cfg->address[i]);
}

void discover_sources(struct arena *a, struct uplink_state *u, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sources(a, u, n, i, AF_INET);
		sources(a, u, n, i, AF_INET6);
	}
}
