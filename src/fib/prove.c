/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proof: each property is a question to fib_lookup() about one packet, asked of every class
 * (fib/space.h). An answer that is wrong is a failure, and the packet its witness; of those that
 * have the same cause only the first is kept.
 *
 * What counts as wrong follows from what a provider does. It drops packets whose source it did not
 * give (BCP 38), so that only another uplink is a wrong way out: a LAN, a tunnel or a container's
 * bridge is a right one, for those packets whose destination is there.
 */
#include "fib/prove.h"

#include "base/cleanup.h"
#include "fib/compiled.h"
#include "fib/space.h"

#include <errno.h>
#include <stdlib.h>

struct proof {
	const struct fib *f;
	const struct prove_uplink *uplink;
	size_t uplink_n;
	const struct space *s;
	struct arena *a;
	struct prove_failure *failure;
	size_t failure_n, failure_cap;
	uint64_t looked;
	/* The question at hand. */
	const struct prove_uplink *u;
	bool forwarded;
	/* Of a rule: how far packets got that it matches. */
	size_t rule;
	bool reached, informed;
	struct fib_packet last;
};

static void fails(struct proof *x, enum prove_kind kind, const struct prove_uplink *other,
		  const struct rule *rule, const struct fib_packet *p, const struct fib_result *r)
{
	for (size_t i = 0; i < x->failure_n; i++) {
		const struct prove_failure *y = &x->failure[i];
		if (y->kind == kind && y->family == x->s->family && y->uplink == x->u &&
		    y->other == other && y->rule == rule)
			return;
	}
	struct prove_failure *y = ARENA_PUSH(x->a, x->failure, x->failure_n, x->failure_cap);
	*y = (struct prove_failure){
		.kind = kind, .family = x->s->family, .uplink = x->u, .other = other, .rule = rule};
	if (p)
		y->packet = *p;
	if (r)
		y->result = *r;
}

static void look(struct proof *x, const struct fib_packet *p, struct fib_result *r)
{
	x->looked++;
	fib_lookup(x->f, p, r);
}

static bool has_source(const struct prove_uplink *u, const struct ip_addr *a)
{
	for (size_t i = 0; i < u->from_n; i++)
		if (ip_prefix_contains(&u->from[i], a))
			return true;
	return false;
}

static bool in_family(const struct prove_uplink *u, uint8_t family)
{
	for (size_t i = 0; i < u->from_n; i++)
		if (u->from[i].addr.family == family)
			return true;
	return false;
}

/* Another uplink than `u` that has the device, or, on u's own, the gateway. */
static const struct prove_uplink *other_way(const struct proof *x, const struct prove_uplink *u,
					    int dev, const struct ip_addr *via)
{
	const struct prove_uplink *found = NULL;

	for (size_t i = 0; i < x->uplink_n; i++) {
		const struct prove_uplink *y = &x->uplink[i];
		const struct ip_addr *gw = &y->gateway[fib_index(via->family)];
		if (y->ifindex != dev)
			continue;
		if (y == u && dev != u->ifindex)
			return NULL;
		if (!found && y != u && (dev != u->ifindex || (via->family && ip_addr_eq(gw, via))))
			found = y;
	}
	return found;
}

/* On u's device, but through a gateway that is another uplink's, or in its network and not in u's.
 */
static const struct prove_uplink *foreign_gateway(const struct proof *x, const struct ip_addr *via)
{
	const struct snapshot *s = fib_snapshot(x->f);
	const struct prove_uplink *found = NULL;
	unsigned i = fib_index(x->s->family);

	if (via->family != x->s->family || ip_addr_eq(via, &x->u->gateway[i]))
		return NULL;
	for (size_t k = 0; k < x->uplink_n; k++)
		if (&x->uplink[k] != x->u && ip_addr_eq(&x->uplink[k].gateway[i], via))
			found = &x->uplink[k];
	for (size_t k = 0; k < s->address_n; k++) {
		const struct address *a = &s->address[k];
		struct ip_prefix net = {a->local.family ? a->local : a->address,
					a->h.ifa_prefixlen};
		if (net.addr.family != via->family || ip_addr_is_linklocal(via) ||
		    !ip_prefix_contains(&net, via))
			continue;
		if ((int)a->h.ifa_index == x->u->ifindex)
			return NULL;
		for (size_t m = 0; m < x->uplink_n; m++)
			if (x->uplink[m].ifindex == (int)a->h.ifa_index)
				found = &x->uplink[m];
	}
	return found;
}

/* One way that the packet may take. */
static bool check_way(struct proof *x, const struct fib_packet *p, const struct fib_result *r,
		      int dev, const struct ip_addr *via)
{
	const struct prove_uplink *other = other_way(x, x->u, dev, via);

	if (other) {
		fails(x, x->forwarded ? PROVE_REPLY : PROVE_LEAK, other, r->rule, p, r);
		return false;
	}
	if (dev != x->u->ifindex)
		return true;
	other = foreign_gateway(x, via);
	if (other)
		fails(x, PROVE_GATEWAY, other, r->rule, p, r);
	return !other;
}

/* All ways of a route with several; false if one is wrong. */
static bool check_ways(struct proof *x, const struct fib_packet *p, const struct fib_result *r)
{
	struct fib_nexthop nh;
	bool good = true;

	if (r->nexthops <= 1 || !r->route)
		return check_way(x, p, r, r->dev, &r->via);
	for (uint32_t i = 0; good && fib_route_nexthop(x->f, r->route, i, &nh); i++)
		if (!nh.dead)
			good = check_way(x, p, r, nh.dev, &nh.via);
	return good;
}

/* Dropped by what says so of every destination; a route or rule for one destination is meant. */
static bool dropped(const struct proof *x, const struct fib_result *r)
{
	if (!x->u->up[fib_index(x->s->family)])
		return false;
	switch (r->verdict) {
	case FIB_UNREACHABLE:
	case FIB_BLACKHOLE:
	case FIB_PROHIBIT:
	case FIB_NONE:
		return r->route ? !r->route->h.rtm_dst_len : !r->rule || !r->rule->h.dst_len;
	default:
		return false;
	}
}

/* The answer comes back on the uplink. */
static void check_return(struct proof *x, const struct fib_packet *p)
{
	struct fib_packet back = *p;
	struct fib_result r;

	back.src = p->dst;
	back.dst = p->src;
	back.sport = p->dport;
	back.dport = p->sport;
	back.iif = x->u->ifindex;
	back.oif = 0;
	back.uid = 0;
	back.mark = x->forwarded ? x->u->mark : 0;
	look(x, &back, &r);
	if (r.verdict == FIB_RPF)
		fails(x, PROVE_RPF, NULL, NULL, &back, &r);
}

static bool check_packet(void *arg, const struct fib_packet *p)
{
	struct proof *x = arg;
	struct fib_result r;

	look(x, p, &r);
	/* A link's broadcast address is the link's, whoever asks. */
	if (r.route && r.route->h.rtm_type != RTN_UNICAST && r.verdict == FIB_FORWARD)
		return true;
	if (dropped(x, &r)) {
		fails(x, PROVE_DROPPED, NULL, r.rule, p, &r);
	} else if (r.verdict == FIB_FORWARD && check_ways(x, p, &r) && r.dev == x->u->ifindex) {
		/* Of all marks and users, what comes back has one. */
		if (x->forwarded || (p->mark == 0 && p->uid == x->s->uid[0]))
			check_return(x, p);
	}
	return true;
}

static struct ip_addr own_address(const struct address *a)
{
	return a->local.family ? a->local : a->address;
}

/* A host of a LAN: beside the address of a device that is no uplink. */
static bool lan_host(const struct proof *x, const struct address *a, struct ip_addr *ret)
{
	struct ip_addr own = own_address(a);
	struct ip_prefix net = {own, a->h.ifa_prefixlen};
	const struct fib_dev *dev = fib_device(x->f, (int)a->h.ifa_index);
	struct key k;

	if (own.family != x->s->family || !dev || dev->loopback || !dev->up ||
	    ip_addr_is_linklocal(&own) || net.len >= ip_bits(own.family) - 1)
		return false;
	for (size_t i = 0; i < x->uplink_n; i++)
		if (x->uplink[i].ifindex == dev->ifindex)
			return false;
	k = key_first(key_of(&own), net.len);
	for (unsigned i = 0; i < 3; i++) {
		k = own.family == AF_INET ? (struct key){k.hi + (UINT64_C(1) << 32), 0}
					  : key_next(k);
		*ret = key_addr(k, own.family);
		if (!fib_is_local(x->f, ret))
			return true;
	}
	return false;
}

/* From the machine's addresses that belong to the uplink, in all ways that rules tell apart. */
static void prove_sources(struct proof *x)
{
	const struct snapshot *s = fib_snapshot(x->f);

	for (size_t i = 0; i < s->address_n; i++) {
		struct fib_packet p = {.family = x->s->family, .src = own_address(&s->address[i])};
		if (p.src.family != x->s->family || !has_source(x->u, &p.src) ||
		    ip_addr_is_linklocal(&p.src))
			continue;
		for (size_t k = 0; k < x->s->addr_n; k++) {
			p.dst = x->s->addr[k];
			space_fields(x->s, p, check_packet, x);
		}
	}
}

static void check_lan(struct proof *x, struct fib_packet p)
{
	for (size_t k = 0; k < x->s->addr_n; k++)
		for (size_t i = 0; i < x->s->transport_n; i++) {
			p.dst = x->s->addr[k];
			p.proto = x->s->transport[i].proto;
			p.sport = x->s->transport[i].sport;
			p.dport = x->s->transport[i].dport;
			check_packet(x, &p);
		}
}

/*
 * Through this machine: flows of a LAN that bear the uplink's mark (they came in by it, or have
 * begun there), and hosts that have addresses of a network of the uplink's.
 */
static void prove_forwarded(struct proof *x)
{
	const struct snapshot *s = fib_snapshot(x->f);
	struct fib_packet p = {.family = x->s->family};

	for (size_t i = 0; i < s->address_n && in_family(x->u, x->s->family); i++) {
		if (!lan_host(x, &s->address[i], &p.src))
			continue;
		p.iif = (int)s->address[i].h.ifa_index;
		p.mark = 0;
		if (has_source(x->u, &p.src))
			check_lan(x, p);
		p.mark = x->u->mark;
		x->forwarded = true;
		if (p.mark)
			check_lan(x, p);
		x->forwarded = false;
	}
}

/* Packets whose source the kernel chooses. */
static void prove_chosen(struct proof *x)
{
	struct fib_result r;

	for (size_t k = 0; k < x->s->addr_n; k++) {
		struct fib_packet p = {.family = x->s->family,
				       .src = {.family = x->s->family},
				       .dst = x->s->addr[k],
				       .proto = x->s->transport[0].proto,
				       .sport = x->s->transport[0].sport,
				       .dport = x->s->transport[0].dport};
		look(x, &p, &r);
		if (r.verdict != FIB_FORWARD || !r.src.family)
			continue;
		x->u = NULL;
		const struct prove_uplink *other = NULL;
		for (size_t i = 0; i < x->uplink_n; i++) {
			const struct prove_uplink *y = &x->uplink[i];
			if (y->ifindex == r.dev)
				x->u = x->u ? x->u : y;
			else if (has_source(y, &r.src))
				other = y;
		}
		if (x->u && other && !has_source(x->u, &r.src))
			fails(x, PROVE_SOURCE, other, r.rule, &p, &r);
	}
	x->u = NULL;
}

/* Rules */

static bool check_reach(void *arg, const struct fib_packet *p)
{
	struct proof *x = arg;
	const struct rule *r = x->s->f->family[fib_index(x->s->family)].rules[x->rule];
	uint32_t mask = has(r, RULE_FWMASK) ? r->fwmask : UINT32_MAX;
	struct fib_result got;

	if ((has(r, RULE_FWMARK) && (p->mark & mask) != r->fwmark) ||
	    (has(r, RULE_IPPROTO) && p->proto != r->ipproto) ||
	    (has(r, RULE_SPORT) && (p->sport < r->sport.start || p->sport > r->sport.end)) ||
	    (has(r, RULE_DPORT) && (p->dport < r->dport.start || p->dport > r->dport.end)) ||
	    (has(r, RULE_UIDRANGE) && (p->uid < r->uid.start || p->uid > r->uid.end)) ||
	    (r->h.tos && p->tos != r->h.tos) || (has(r, RULE_DSCP) && p->tos >> 2 != r->dscp))
		return true;
	look(x, p, &got);
	if (got.verdict == FIB_INVALID || got.verdict == FIB_RPF ||
	    got.verdict == FIB_NOT_FORWARDED)
		return true;
	const struct fib_family *fam = &x->f->family[fib_index(x->s->family)];
	size_t at = 0;
	while (got.rule && at < fam->rule_n && fam->rules[at] != got.rule)
		at++;
	x->informed = true;
	x->reached = !got.rule || at >= x->rule;
	x->last = *p;
	return !x->reached;
}

static int device_named(const struct proof *x, const char *name)
{
	const struct link *l = snapshot_link_named(fib_snapshot(x->f), name);

	return l ? l->h.ifi_index : 0;
}

/* Sources that a packet may have for the rule: its own, or an uplink's, or none. */
static size_t sources_for(const struct proof *x, const struct rule *r, struct ip_addr *src,
			  size_t max)
{
	size_t n = 0;

	if (r->h.src_len) {
		struct key k = key_first(key_of(&r->src), r->h.src_len);
		src[n++] = key_addr(k, x->s->family);
		if (r->h.src_len < ip_bits(x->s->family))
			src[n++] = key_addr(x->s->family == AF_INET
						    ? (struct key){k.hi + (UINT64_C(1) << 32), 0}
						    : key_next(k),
					    x->s->family);
		return n;
	}
	src[n++] = (struct ip_addr){.family = x->s->family};
	for (size_t i = 0; i < x->uplink_n; i++)
		for (size_t k = 0; k < x->uplink[i].from_n && n < max; k++)
			if (x->uplink[i].from[k].addr.family == x->s->family)
				src[n++] = x->uplink[i].from[k].addr;
	return n;
}

static void prove_reached(struct proof *x, const struct rule *r)
{
	const struct snapshot *s = fib_snapshot(x->f);
	struct ip_prefix to = {r->dst, r->h.dst_len};
	struct ip_addr src[64];
	size_t n = sources_for(x, r, src, ARRAY_SIZE(src));
	int oif = r->oif[0] ? device_named(x, r->oif) : 0;

	x->reached = x->informed = false;
	/* From this machine, and through each device that packets may come in by. */
	for (size_t d = 0; d <= s->link_n && !x->reached; d++) {
		int iif = d ? s->link[d - 1].h.ifi_index : 0;
		if ((r->iif[0] && iif != device_named(x, r->iif)) || (iif && oif))
			continue;
		for (size_t i = 0; i < n && !x->reached; i++)
			for (size_t k = 0; k < x->s->addr_n && !x->reached; k++) {
				struct fib_packet p = {.family = x->s->family,
						       .src = src[i],
						       .dst = x->s->addr[k],
						       .iif = iif,
						       .oif = oif};
				if (!to.len || ip_prefix_contains(&to, &p.dst))
					space_fields(x->s, p, check_reach, x);
			}
	}
	if (x->informed && !x->reached) {
		struct fib_result got;
		fib_lookup(x->f, &x->last, &got);
		fails(x, PROVE_RULE, NULL, r, &x->last, &got);
	}
}

/* The kernel's own rules have tables that may be empty, and are reached or not as others leave it.
 */
static bool kernels_own(const struct rule *r)
{
	return (has(r, RULE_PROTOCOL) && r->protocol == RTPROT_KERNEL) ||
	       r->table == RT_TABLE_MAIN || r->table == RT_TABLE_DEFAULT ||
	       r->table == RT_TABLE_LOCAL || r->priority == 0;
}

static void prove_rules(struct proof *x)
{
	const struct fib_family *fam = &x->f->family[fib_index(x->s->family)];
	bool up = false;

	x->u = NULL;
	for (size_t i = 0; i < x->uplink_n; i++)
		up = up || x->uplink[i].up[fib_index(x->s->family)];
	for (size_t i = 0; i < fam->rule_n; i++) {
		const struct fib_rule *c = &fam->rule[i];
		x->rule = i;
		/* While all are down, a table of theirs may well be empty. */
		if (c->action == FIB_ACT_TABLE && !c->table && up && !kernels_own(c->r))
			fails(x, PROVE_TABLE, NULL, c->r, NULL, NULL);
		else if (!c->invert && c->action != FIB_ACT_L3MDEV && !kernels_own(c->r) &&
			 c->action != FIB_ACT_NEXT)
			prove_reached(x, c->r);
	}
}

static int by_kind(const void *a, const void *b)
{
	const struct prove_failure *x = a, *y = b;

	return x->kind != y->kind ? (int)x->kind - (int)y->kind : (int)x->family - (int)y->family;
}

long prove_machine(const struct fib *f, const struct prove_uplink *u, size_t n, struct arena *a,
		   struct prove_failure **ret, uint64_t *looked, struct err *e)
{
	struct proof x = {.f = f, .uplink = u, .uplink_n = n, .a = a};
	int rc = 0;

	for (unsigned i = 0; i < 2 && !rc; i++) {
		struct space s;
		rc = space_make(f, i ? AF_INET6 : AF_INET, a, &s, e);
		x.s = &s;
		for (size_t k = 0; k < n && !rc; k++) {
			x.u = &u[k];
			prove_sources(&x);
			prove_forwarded(&x);
		}
		if (!rc) {
			prove_chosen(&x);
			prove_rules(&x);
		}
	}
	if (x.failure_n)
		qsort(x.failure, x.failure_n, sizeof(*x.failure), by_kind);
	*ret = x.failure;
	if (looked)
		*looked = x.looked;
	return rc ? rc : (long)x.failure_n;
}
