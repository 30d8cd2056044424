/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a failed proof is called, what would mend it, and which uplinks a machine seems to have. */
#include "fib/compiled.h"
#include "fib/prove.h"

#include "base/cleanup.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *name, *text;
} kinds[PROVE_KINDS] = {
	[PROVE_LEAK] = {"leak", "a packet from its address leaves by another way out"},
	[PROVE_REPLY] = {"reply", "a forwarded flow that belongs to it leaves by another uplink"},
	[PROVE_DROPPED] = {"dropped", "a packet from its address goes nowhere, though it is up"},
	[PROVE_GATEWAY] = {"gateway", "its packets go to a gateway that is another uplink's"},
	[PROVE_LINK] = {"link", "its packets for a network at hand go to the gateway"},
	[PROVE_SOURCE] = {"source", "packets through it get another uplink's address"},
	[PROVE_RPF] = {"rp_filter", "a reply that comes in by it is dropped by rp_filter"},
	[PROVE_POLICY] = {"policy", "what the policy selects does not leave as it says"},
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

const char *prove_packet(const struct fib *f, const struct fib_packet *p, struct arena *a)
{
	struct devices *d = fib_snapshot(f)->devices;
	char src[IP_ADDR_STRLEN], dst[IP_ADDR_STRLEN];
	const char *s = "";

	if (!ip_addr_is_any(&p->src))
		s = arena_printf(a, "from %s ", ip_addr_str(&p->src, src));
	s = arena_printf(a, "%s%s", s, ip_addr_str(&p->dst, dst));
	if (p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP)
		s = arena_printf(a, "%s proto %s sport %u dport %u", s,
				 p->proto == IPPROTO_TCP ? "tcp" : "udp", p->sport, p->dport);
	else if (p->proto)
		s = arena_printf(a, "%s proto %u", s, p->proto);
	if (p->mark)
		s = arena_printf(a, "%s mark %#x", s, p->mark);
	if (p->tos)
		s = arena_printf(a, "%s tos %#x", s, p->tos);
	if (p->uid)
		s = arena_printf(a, "%s uid %u", s, p->uid);
	if (p->iif)
		s = arena_printf(a, "%s iif %s", s, devices_name(d, p->iif));
	if (p->oif)
		s = arena_printf(a, "%s oif %s", s, devices_name(d, p->oif));
	return s;
}

const char *prove_way(const struct fib *f, const struct fib_result *r, struct arena *a)
{
	const char *s = fib_verdict_name(r->verdict);
	char via[IP_ADDR_STRLEN];

	if (r->verdict == FIB_FORWARD)
		s = arena_printf(a, "%s dev %s", s, devices_name(fib_snapshot(f)->devices, r->dev));
	if (r->verdict == FIB_FORWARD && r->via.family)
		s = arena_printf(a, "%s via %s", s, ip_addr_str(&r->via, via));
	if (r->nexthops > 1)
		s = arena_printf(a, "%s, one of %u ways", s, r->nexthops);
	return r->why ? arena_printf(a, "%s (%s)", s, r->why) : s;
}

const char *prove_subject(const struct prove_failure *y, struct arena *a)
{
	if (y->uplink)
		return y->uplink->name;
	if (y->policy)
		return arena_printf(a, "policy %s", y->policy->name);
	return arena_printf(a, "%srule %u", y->family == AF_INET6 ? "IPv6 " : "",
			    y->rule ? y->rule->priority : 0);
}

const char *prove_text(const struct prove_failure *y, struct arena *a)
{
	const char *text = prove_kind_text(y->kind);

	return y->other ? arena_printf(a, "%s, %s", text, y->other->name) : text;
}

const char *prove_line(const struct fib *f, const struct prove_failure *y, struct arena *a)
{
	const char *what = arena_printf(a, "%s: %s", prove_subject(y, a), prove_text(y, a));

	if (!y->packet.family)
		return what;
	return arena_printf(a, "%s: %s: %s", what, prove_packet(f, &y->packet, a),
			    prove_way(f, &y->result, a));
}

/* Remedies. One at hand: whose it is, and how the commands are begun. */
struct remedy {
	const struct fib *f;
	const struct prove_failure *x;
	struct arena *a;
	const char *ip, *dev; /* "ip -6"; the uplink's device */
	const char *text;
};

static void add(struct remedy *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct remedy *r, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	r->text = arena_printf(r->a, "%s%s\n", r->text, line);
}

static const char *dev_name(const struct remedy *r, int ifindex)
{
	return devices_name(fib_snapshot(r->f)->devices, ifindex);
}

static const char *gateway_words(const struct remedy *r)
{
	const struct ip_addr *gw = &r->x->uplink->gateway[fib_index(r->x->family)];
	char buf[IP_ADDR_STRLEN];

	return gw->family ? arena_printf(r->a, " via %s", ip_addr_str(gw, buf)) : "";
}

/* A table that nobody uses: the first from 100 on. */
static uint32_t free_table(const struct remedy *r)
{
	const struct snapshot *s = fib_snapshot(r->f);
	uint32_t t = 100;

	for (size_t i = 0; i < s->rule_n; i++)
		if (s->rule[i].table >= t && s->rule[i].table < RT_TABLE_COMPAT)
			t = s->rule[i].table + 1;
	for (size_t i = 0; i < s->route_n; i++)
		if (s->route[i].table >= t && s->route[i].table < RT_TABLE_COMPAT)
			t = s->route[i].table + 1;
	return t;
}

/* Of the way out that the uplink's own table has; into the table, or over what is there. */
static void default_in(struct remedy *r, uint32_t table)
{
	add(r, "%s route replace default%s dev %s table %u", r->ip, gateway_words(r), r->dev,
	    table);
}

/* The source's, or the mark's, own rule before the one that decided. */
static void own_rule(struct remedy *r)
{
	const struct prove_failure *x = r->x;
	uint32_t before = x->rule && x->rule->priority > 1 ? x->rule->priority - 1 : 32765;
	uint32_t table = x->uplink->table ? x->uplink->table : free_table(r);
	char buf[IP_ADDR_STRLEN];

	default_in(r, table);
	if (x->kind == PROVE_REPLY)
		add(r, "%s rule add fwmark %#x lookup %u priority %u", r->ip, x->packet.mark, table,
		    before);
	else
		add(r, "%s rule add from %s lookup %u priority %u", r->ip,
		    ip_addr_str(&x->packet.src, buf), table, before);
}

static const char *metric_words(const struct remedy *r)
{
	const struct route *x = r->x->result.route;

	/* The greatest is a backstop, which stays. */
	return x && has(x, ROUTE_METRIC) && x->metric && x->metric != UINT32_MAX
		       ? arena_printf(r->a, " metric %u", x->metric)
		       : "";
}

/* The route that decided is replaced by one through the uplink; `more` may name a source. */
static void right_route(struct remedy *r, const char *more)
{
	const struct fib_result *got = &r->x->result;
	struct ip_prefix p = fib_result_prefix(got);
	char buf[IP_PREFIX_STRLEN];

	add(r, "%s route replace %s%s dev %s%s%s table %u", r->ip,
	    p.len ? ip_prefix_str(&p, buf) : "default", gateway_words(r), r->dev, more,
	    metric_words(r), got->table ? got->table : r->x->rule->table);
}

static void right_source(struct remedy *r)
{
	char buf[IP_ADDR_STRLEN];

	for (size_t i = 0; i < r->x->uplink->from_n; i++)
		if (r->x->uplink->from[i].addr.family == r->x->family) {
			right_route(r, arena_printf(r->a, " src %s",
						    ip_addr_str(&r->x->uplink->from[i].addr, buf)));
			return;
		}
	add(r, "# %s has no address of its own to send from", r->dev);
}

/* What main has for the destination, in the table that decided as well. */
static void link_route(struct remedy *r)
{
	const struct prove_failure *x = r->x;
	const struct fib_table *t = fib_table(r->f, x->family, RT_TABLE_MAIN);
	const struct fib_node *n = t ? fib_longest(t, &x->packet.dst) : NULL;
	char buf[IP_PREFIX_STRLEN];

	if (!n || !n->entry_n || !t->entry[n->entry].hops->n)
		return;
	add(r, "%s route add %s dev %s table %u", r->ip, ip_prefix_str(&n->dst, buf),
	    dev_name(r, t->entry[n->entry].hops->hop->dev->ifindex), x->result.table);
}

static void delete_rule(struct remedy *r, const struct rule *rule)
{
	if (rule->table)
		add(r, "%s rule del priority %u lookup %u", r->ip, rule->priority, rule->table);
	else
		add(r, "%s rule del priority %u", r->ip, rule->priority);
}

static void policy(struct remedy *r)
{
	const struct rule *rule = r->x->rule;

	/* Somebody's rule has the word before the policy's own, or that is not there. */
	if (rule &&
	    (!has(rule, RULE_PROTOCOL) ||
	     (rule->protocol != RTPROT_KERNEL && rule->protocol != r->x->policy->select.protocol)))
		delete_rule(r, rule);
	else
		add(r, "multihome apply");
}

static void reverse_path(struct remedy *r)
{
	if (r->x->packet.mark)
		add(r, "sysctl -w net/ipv4/conf/%s/src_valid_mark=1", r->dev);
	else
		add(r, "sysctl -w net/ipv4/conf/%s/rp_filter=2", r->dev);
}

const char *prove_remedy(const struct fib *f, const struct prove_failure *x, struct arena *a)
{
	struct remedy r = {.f = f, .x = x, .a = a, .text = ""};
	/* Its own rule was followed, so that the table is wrong; or it was not. */
	bool followed = x->rule && x->rule->table && x->result.route &&
			(x->rule->h.src_len || has(x->rule, RULE_FWMARK)) &&
			(!x->uplink || !x->uplink->table || x->rule->table == x->uplink->table);

	r.ip = x->family == AF_INET6 ? "ip -6" : "ip";
	r.dev = x->uplink ? dev_name(&r, x->uplink->ifindex) : "";
	switch (x->kind) {
	case PROVE_LEAK:
	case PROVE_REPLY:
	case PROVE_DROPPED:
		if (followed)
			right_route(&r, "");
		else
			own_rule(&r);
		break;
	case PROVE_GATEWAY:
		right_route(&r, "");
		break;
	case PROVE_LINK:
		link_route(&r);
		break;
	case PROVE_SOURCE:
		right_source(&r);
		break;
	case PROVE_RPF:
		reverse_path(&r);
		break;
	case PROVE_POLICY:
		policy(&r);
		break;
	case PROVE_RULE:
	case PROVE_TABLE:
		delete_rule(&r, x->rule);
		break;
	default:
		break;
	}
	return r.text;
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

/* The table that a rule says for an address of the uplink's. */
static void add_table(const struct fib *f, struct prove_uplink *u)
{
	const struct snapshot *s = fib_snapshot(f);

	for (size_t i = 0; i < s->rule_n && !u->table; i++) {
		const struct rule *r = &s->rule[i];
		struct ip_prefix from = {r->src, r->h.src_len};
		for (size_t k = 0; k < u->from_n; k++)
			if (from.len && r->table && r->table < RT_TABLE_COMPAT &&
			    ip_prefix_contains(&from, &u->from[k].addr))
				u->table = r->table;
	}
}

void prove_discover(const struct fib *f, struct arena *a, struct prove_goal *ret)
{
	const struct snapshot *s = fib_snapshot(f);
	size_t cap = 0;

	*ret = (struct prove_goal){0};
	for (size_t i = 0; i < s->route_n; i++) {
		const struct route *r = &s->route[i];
		struct fib_nexthop nh;
		if (r->h.rtm_dst_len > 1 || r->h.rtm_type != RTN_UNICAST)
			continue;
		for (uint32_t k = 0; fib_route_nexthop(f, r, k, &nh); k++) {
			const struct fib_dev *dev = fib_device(f, nh.dev);
			if (dev && !dev->loopback)
				add_default(
					uplink_of(f, a, nh.dev, &ret->uplink, &ret->uplink_n, &cap),
					fib_index(r->h.rtm_family), &nh, r->table == RT_TABLE_MAIN);
		}
	}
	for (size_t i = 0; i < ret->uplink_n; i++) {
		add_addresses(f, a, &ret->uplink[i]);
		add_table(f, &ret->uplink[i]);
	}
}
