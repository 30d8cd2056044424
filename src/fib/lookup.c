/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet's whole way: what is checked before the rules are asked, the rules, the choice among
 * next hops, the source address, and for one that arrives whether it may
 * (ip_route_output_key_hash(), ip_route_input_slow(), ip6_route_output(), ip6_route_input()).
 */
#include "fib/hash.h"
#include "fib/rules.h"

#include <netinet/in.h>
#include <string.h>

#define IPV4_BROADCAST UINT32_MAX

static bool is_multicast4(uint32_t a)
{
	return a >> 28 == 14;
}
/* Since Linux 5.3 the others of 0.0.0.0/8 are addresses like any. */
static bool is_zeronet4(uint32_t a)
{
	return a == 0;
}
static bool is_loopback4(uint32_t a)
{
	return a >> 24 == 127;
}

/* Field by field: a structure that is made and then copied waits for its own parts. */
static inline void make_flow(const struct fib *f, const struct fib_packet *p, struct fib_flow *fl)
{
	const struct fib_dev *d = NULL;

	fl->p = p;
	fl->src = &p->src;
	fl->dst = &p->dst;
	fl->iif = p->iif ? p->iif : FIB_LOOPBACK;
	fl->oif = p->oif;
	fl->l3 = 0;
	fl->mark = p->mark;
	fl->uid = p->iif ? 0 : p->uid;
	fl->sport = p->sport;
	fl->dport = p->dport;
	fl->proto = fib_proto(p);
	fl->tos = p->tos;
	fl->ignore_linkdown = false;

	if (p->family == AF_INET) {
		fl->src4 = fib_be32(p->src.b);
		fl->dst4 = fib_be32(p->dst.b);
	}
	/* l3mdev_update_flow(): a device that is a VRF names the VRF, not a way out. */
	if (p->oif || p->iif)
		d = fib_device(f, p->oif ? p->oif : p->iif);
	if (d) {
		fl->l3 = d->l3;
		if (p->oif && d->l3_table)
			fl->oif = 0;
	}
}

static void set_route(struct fib_result *r, const struct fib_found *x)
{
	r->rule = x->rule ? x->rule->r : NULL;
	r->hash = x->hash;
	r->turns = x->turns;
	if (!x->entry)
		return;
	r->route = x->entry->r;
	r->table = x->table->id;
	r->nexthops = x->entry->hops->n;
	if (x->hop) {
		r->dev = x->hop->dev->ifindex;
		r->via = x->hop->via;
		r->weight = x->hop->weight;
		r->nexthop = (uint32_t)(x->hop - x->entry->hops->hop);
	}
}

static void invalid(struct fib_result *r, const char *why)
{
	r->verdict = FIB_INVALID;
	r->why = why;
}

/* Where what is for this machine is received: the VRF if it came or goes by one, else lo. */
static int local_dev(const struct fib_hop *h)
{
	return h && h->dev->l3 ? h->dev->l3 : FIB_LOOPBACK;
}

static enum fib_verdict run(const struct fib *f, struct fib_flow *fl, struct fib_found *x,
			    struct fib_trace *t)
{
	return t ? fib_ask_rules_traced(f, fl, x, t) : fib_ask_rules(f, fl, x);
}

/* ── IPv4, sending ──────────────────────────────────────────────────────────────────────────── */

/* inet_addr_type(): in the address lists, or else as the local table has it. */
bool fib_is_local(const struct fib *f, const struct ip_addr *a)
{
	struct fib_found x = {0};
	struct fib_packet p = {.family = a->family};
	struct fib_flow fl = {.p = &p, .src = &p.src, .dst = a, .dst4 = fib_be32(a->b)};
	unsigned i = fib_index(a->family);

	for (size_t k = 0; k < f->dev_n; k++)
		for (size_t n = 0; n < f->dev[k].addr_n[i]; n++)
			if (ip_addr_eq(&f->dev[k].addr[i][n]->local, a))
				return true;
	return a->family == AF_INET && f->local &&
	       fib_table_lookup4(f, f->local, &fl, &x) == FIB_FORWARD && x.entry->type == RTN_LOCAL;
}

/*
 * fib_select_multipath(). Since Linux 6.16 a next hop whose address is the packet's source is worth
 * more than the one that the hash falls on.
 */
static const struct fib_hop *select_multipath(const struct fib *f, const struct fib_found *x,
					      const struct ip_addr *src, uint32_t hash)
{
	const struct fib_hop *best = x->hop;
	bool scored = f->set.kernel >= 0x0610, by_src = scored && src && !ip_addr_is_any(src);
	bool first = true;
	int score = -1;

	for (uint32_t i = 0; i < x->entry->hops->n; i++) {
		const struct fib_hop *h = &x->entry->hops->hop[i];
		bool good = !f->set.use_neigh || h->neigh_valid;
		if (!scored) {
			if (!good)
				continue;
			if (f->set.use_neigh && first)
				best = h;
			first = false;
			if ((int64_t)hash <= h->bound)
				return h;
			continue;
		}
		if (h->bound < 0 || !good)
			continue;
		int s = ((int64_t)hash <= h->bound) + (by_src && ip_addr_eq(&h->own, src) ? 2 : 0);
		if (s > score) {
			best = h;
			score = s;
			if (s == 3 || (!by_src && s == 1))
				break;
		}
	}
	return best;
}

static void select_path4(const struct fib *f, const struct fib_flow *fl, struct fib_found *x,
			 const struct ip_addr *src)
{
	if (x->entry->hops->n < 2) {
		if (!x->plen && !fl->p->iif)
			fib_select_default(fl, x);
		return;
	}
	x->hash = fib_hash_of(&f->set, fl->p, &fl->p->src, fl->proto);
	x->hop = x->entry->hops->object ? fib_select_object(f, x->entry->hops, x->hash)
					: select_multipath(f, x, src, x->hash);
}

/* What a device must be for a packet to leave by it; NULL if it is. */
static const char *cannot_leave(const struct fib *f, const struct fib_dev *d, uint32_t src,
				uint32_t dst)
{
	if (is_loopback4(src) && !d->loopback && !d->l3_table && !f->set.all.route_localnet &&
	    !d->conf->route_localnet)
		return "a loopback address does not leave the machine";
	if (dst != IPV4_BROADCAST && is_zeronet4(dst))
		return "0.0.0.0 is no destination";
	return NULL;
}

/* Leaves by the device without asking a table. */
static void send_on_link(const struct fib *f, struct fib_flow *fl, const struct fib_dev *d,
			 struct fib_result *r)
{
	const char *no;

	r->verdict = FIB_FORWARD;
	r->dev = d->ifindex;
	r->rule = NULL;
	r->route = NULL;
	r->table = 0;
	if (ip_addr_is_any(&r->src))
		r->src = fib_source4(f, d, 0, RT_SCOPE_LINK);
	no = cannot_leave(f, d, fib_be32(r->src.b), fl->dst4);
	if (no)
		invalid(r, no);
}

static bool check_source4(const struct fib *f, const struct fib_flow *fl, struct fib_result *r)
{
	if (!fl->src4)
		return true;
	if (is_multicast4(fl->src4) || fl->src4 == IPV4_BROADCAST) {
		invalid(r, "the source is no unicast address");
		return false;
	}
	if (!fib_is_local(f, fl->src)) {
		invalid(r, "the source is no address of this machine");
		return false;
	}
	return true;
}

/*
 * The device that holds a source address, for broadcasts of sockets that are bound to it. Of
 * several it is the one that got it last, for which the last one stands.
 */
static const struct fib_dev *holder4(const struct fib *f, const struct ip_addr *a)
{
	const struct fib_dev *d = NULL;

	for (size_t k = 0; k < f->dev_n; k++)
		for (size_t n = 0; n < f->dev[k].addr_n[0]; n++)
			if (ip_addr_eq(&f->dev[k].addr[0][n]->local, a))
				d = &f->dev[k];
	return d;
}

/* True if the packet's way is clear before the rules are asked, or it has none. */
static bool before_rules4(const struct fib *f, struct fib_flow *fl, const struct fib_dev *out,
			  struct fib_result *r)
{
	bool link_local = fl->dst4 >> 8 == 0xe00000, all = fl->dst4 == IPV4_BROADCAST;
	bool many = is_multicast4(fl->dst4) || all;
	const struct fib_dev *d;

	if (!fl->p->oif && fl->src4 && many) {
		d = holder4(f, fl->src);
		if (d)
			send_on_link(f, fl, d, r);
		else
			invalid(r, "the source is no address of this machine");
		return true;
	}
	if (!check_source4(f, fl, r))
		return true;
	if (fl->p->oif && (!out || !out->up)) {
		invalid(r, out ? "the device is down" : "there is no such device");
		return true;
	}
	if (fl->p->oif && (link_local || all || fl->proto == IPPROTO_IGMP)) {
		send_on_link(f, fl, out, r);
		return true;
	}
	if (fl->p->oif && !fl->src4 && many) {
		r->src = fib_source4(f, out, 0, RT_SCOPE_UNIVERSE);
		fl->src = &r->src;
		fl->src4 = fib_be32(fl->src->b);
	}
	if (!fl->dst4) {
		r->verdict = FIB_LOCAL;
		r->dev = FIB_LOOPBACK;
		if (!fl->src4 && out)
			r->src = fib_source4(f, out, 0, RT_SCOPE_HOST);
		if (ip_addr_is_any(&r->src))
			r->src = (struct ip_addr){AF_INET, {127, 0, 0, 1}};
		return true;
	}
	return false;
}

/* A packet of a VRF that leaves by a device outside of it keeps an address of the VRF. */
static struct ip_addr source_of_hop(const struct fib *f, const struct fib_flow *fl,
				    const struct fib_hop *h)
{
	const struct fib_dev *vrf = fl->l3 ? fib_device(f, fl->l3) : NULL;

	return !vrf || h->dev->l3 == fl->l3 ? h->src : fib_source4(f, vrf, 0, RT_SCOPE_LINK);
}

/* A broadcast has no use for one, nor a multicast that no route was made for (__mkroute_output()).
 */
static bool no_gateway4(const struct fib_flow *fl, const struct fib_found *x)
{
	return fl->dst4 == IPV4_BROADCAST || x->entry->type == RTN_BROADCAST ||
	       (is_multicast4(fl->dst4) && x->plen < 4);
}

static void send4(const struct fib *f, struct fib_flow *fl, struct fib_result *r,
		  struct fib_trace *t)
{
	const struct fib_dev *out = fl->p->oif ? fib_device(f, fl->p->oif) : NULL;
	struct fib_found x = {0};
	const char *no;

	if (before_rules4(f, fl, out, r))
		return;
	r->verdict = run(f, fl, &x, t);
	set_route(r, &x);
	if (r->verdict != FIB_FORWARD) {
		/* Bound to a device, a packet is sent on the link whatever the tables say. */
		if (fl->oif && (is_multicast4(fl->dst4) || !fl->l3))
			send_on_link(f, fl, out, r);
		return;
	}
	if (x.entry->type == RTN_LOCAL) {
		r->verdict = FIB_LOCAL;
		if (ip_addr_is_any(&r->src))
			r->src = has(x.entry->r, ROUTE_PREFSRC) ? x.entry->r->prefsrc : *fl->dst;
		r->dev = local_dev(x.hop);
		r->via = (struct ip_addr){0};
		return;
	}
	if (!fl->oif) {
		select_path4(f, fl, &x, fl->src);
		set_route(r, &x);
	}
	if (ip_addr_is_any(&r->src))
		r->src = source_of_hop(f, fl, x.hop);
	if (no_gateway4(fl, &x))
		r->via = (struct ip_addr){0};
	no = cannot_leave(f, x.hop->dev, fib_be32(r->src.b), fl->dst4);
	if (no)
		invalid(r, no);
}

/* ── IPv4, arriving ─────────────────────────────────────────────────────────────────────────── */

static bool martian4(const struct fib *f, const struct fib_flow *fl, const struct fib_dev *in,
		     struct fib_result *r)
{
	bool localnet = f->set.all.route_localnet || in->conf->route_localnet;

	if (is_multicast4(fl->src4) || fl->src4 == IPV4_BROADCAST)
		invalid(r, "the source is no unicast address");
	else if (fl->dst4 == IPV4_BROADCAST || (!fl->src4 && !fl->dst4))
		return false;
	else if (is_zeronet4(fl->src4))
		invalid(r, "0.0.0.0 is no source");
	else if (is_zeronet4(fl->dst4))
		invalid(r, "0.0.0.0 is no destination");
	else if ((is_loopback4(fl->dst4) || is_loopback4(fl->src4)) && !localnet)
		invalid(r, "a loopback address does not come from outside");
	return r->verdict == FIB_INVALID;
}

static void deliver4(const struct fib *f, const struct fib_flow *fl, const struct fib_found *x,
		     struct fib_result *r)
{
	r->verdict = FIB_LOCAL;
	r->dev = x ? local_dev(x->hop) : FIB_LOOPBACK;
	r->via = (struct ip_addr){0};
	/* A broadcast is checked as if it had no destination; a source of 0.0.0.0 (DHCP) is not.
	 */
	struct fib_packet p = *fl->p;
	if (!x || x->entry->type != RTN_LOCAL)
		p.dst = (struct ip_addr){.family = AF_INET};
	if (!is_zeronet4(fl->src4))
		r->why = fib_reverse_path(f, &p, 0);
	if (r->why)
		r->verdict = FIB_RPF;
}

static void receive4(const struct fib *f, struct fib_flow *fl, struct fib_result *r,
		     struct fib_trace *t)
{
	const struct fib_dev *in = fib_device(f, fl->p->iif);
	struct fib_found x = {0};

	if (!in) {
		invalid(r, "there is no such device");
		return;
	}
	fl->oif = 0;
	if (martian4(f, fl, in, r))
		return;
	if (is_multicast4(fl->dst4) || fl->dst4 == IPV4_BROADCAST || !fl->dst4) {
		deliver4(f, fl, NULL, r);
		return;
	}
	r->verdict = run(f, fl, &x, t);
	set_route(r, &x);
	bool forwards = in->conf->forwarding[SETTINGS_IPV4];
	if (r->verdict != FIB_FORWARD) {
		if (!forwards)
			r->verdict = FIB_NOT_FORWARDED;
		return;
	}
	if (x.entry->type == RTN_LOCAL || x.entry->type == RTN_BROADCAST) {
		deliver4(f, fl, &x, r);
		return;
	}
	if (!forwards || x.entry->type != RTN_UNICAST) {
		r->verdict = forwards ? FIB_INVALID : FIB_NOT_FORWARDED;
		r->why = forwards ? "such a destination is not forwarded" : NULL;
		return;
	}
	select_path4(f, fl, &x, NULL);
	set_route(r, &x);
	r->why = fib_reverse_path(f, fl->p, r->dev);
	if (r->why)
		r->verdict = FIB_RPF;
}

/* ── IPv6 ───────────────────────────────────────────────────────────────────────────────────── */

static bool is_loopback6(const struct ip_addr *a)
{
	static const struct ip_addr loopback = {AF_INET6, {[15] = 1}};

	return ip_addr_eq(a, &loopback);
}

/* rt6_need_strict(): addresses that mean something on one link only. */
static bool one_link(const struct ip_addr *a)
{
	return a->b[0] == 0xff || (a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80) || is_loopback6(a);
}

static void finish6(const struct fib *f, const struct fib_flow *fl, const struct fib_found *x,
		    struct fib_result *r)
{
	uint8_t type = x->entry->type;
	const struct fib_dev *d = x->hop->dev;

	if (ip_addr_is_any(&r->src)) {
		if (has(x->entry->r, ROUTE_PREFSRC))
			r->src = x->entry->r->prefsrc;
		else /* of a group, the first member's device counts */
			r->src = fib_source6(f, fl->dst,
					     x->entry->hops->object ? x->entry->hops->hop[0].dev
								    : d);
	}
	/* One that the kernel has not made itself (those have metric 0) is anycast for what
	 * arrives. */
	if (type == RTN_ANYCAST && x->entry->metric) {
		if (fl->p->iif)
			r->verdict = FIB_LOCAL;
	} else if (type == RTN_LOCAL || type == RTN_ANYCAST) {
		r->verdict = FIB_LOCAL;
		r->dev = d->l3 && !one_link(fl->dst) ? d->l3
			 : d->l3_table		     ? d->ifindex
						     : FIB_LOOPBACK;
	}
}

/*
 * Bound to a port of a VRF, what goes to an address of one link is looked up in the VRF's table,
 * and no rule is asked; bound to the VRF itself it goes nowhere (vrf_link_scope_lookup()).
 */
static bool ask_vrf6(const struct fib *f, const struct fib_flow *fl, struct fib_found *x,
		     enum fib_verdict *ret)
{
	const struct fib_dev *vrf = fl->p->iif || !fl->p->oif ? NULL : fib_device(f, fl->l3);

	if (!vrf || !one_link(fl->dst) || is_loopback6(fl->dst))
		return false;
	x->table = fib_table(f, AF_INET6, vrf->l3_table);
	*ret = x->table && fl->p->oif != vrf->ifindex ? fib_table_lookup6(f, x->table, fl, x)
						      : FIB_NONE;
	return true;
}

/* What comes from outside and cannot (ip6_rcv_core()); RTM_GETROUTE does not mind. */
static bool martian6(const struct fib *f, const struct fib_packet *p, struct fib_result *r)
{
	const struct fib_dev *in = p->iif && !p->query ? fib_device(f, p->iif) : NULL;

	if (!in)
		return false;
	if (p->src.b[0] == 0xff)
		invalid(r, "the source is no unicast address");
	else if (!in->loopback && (is_loopback6(&p->src) || is_loopback6(&p->dst)))
		invalid(r, "a loopback address does not come from outside");
	return r->verdict == FIB_INVALID;
}

static void route6(const struct fib *f, struct fib_flow *fl, struct fib_result *r,
		   struct fib_trace *t)
{
	const struct fib_packet *p = fl->p;
	bool any = ip_addr_is_any(fl->src);
	struct fib_found x = {0};

	if (martian6(f, p, r))
		return;
	fl->has_src = !any;
	fl->route_dev = p->iif ? p->iif : fl->oif;
	fl->strict = one_link(fl->dst) || (!p->iif && p->oif && (any || !p->query));
	fl->reachable = !f->set.all.forwarding[SETTINGS_IPV6];
	if (!ask_vrf6(f, fl, &x, &r->verdict))
		r->verdict = run(f, fl, &x, t);
	set_route(r, &x);
	if (r->verdict != FIB_FORWARD)
		return;
	finish6(f, fl, &x, r);
	if (!p->iif || p->query || r->verdict != FIB_FORWARD || fl->dst->b[0] == 0xff)
		return;
	if (!f->set.all.forwarding[SETTINGS_IPV6])
		r->verdict = FIB_NOT_FORWARDED;
	else if (r->dev != p->iif && (any || one_link(fl->src)))
		invalid(r, "such a source is not forwarded"); /* ip6_forward() */
}

/* ── Both ───────────────────────────────────────────────────────────────────────────────────── */

static void lookup(const struct fib *f, const struct fib_packet *p, struct fib_result *r,
		   struct fib_trace *t)
{
	struct fib_flow fl;

	make_flow(f, p, &fl);
	memset(r, 0, sizeof(*r));
	r->verdict = FIB_NONE;
	r->src = p->src;
	r->src.family = p->family;
	if (p->family == AF_INET6)
		route6(f, &fl, r, t);
	else if (p->iif)
		receive4(f, &fl, r, t);
	else
		send4(f, &fl, r, t);
}

void fib_lookup(const struct fib *f, const struct fib_packet *p, struct fib_result *r)
{
	lookup(f, p, r, NULL);
}

size_t fib_walk(const struct fib *f, const struct fib_packet *p, struct arena *a,
		struct fib_step **ret, struct fib_result *result)
{
	struct fib_trace t = {.a = a};

	lookup(f, p, result, &t);
	*ret = t.step;
	return t.n;
}

const char *fib_verdict_name(enum fib_verdict v)
{
	static const char *const names[] = {[FIB_FORWARD] = "forward",
					    [FIB_LOCAL] = "local",
					    [FIB_UNREACHABLE] = "unreachable",
					    [FIB_BLACKHOLE] = "blackhole",
					    [FIB_PROHIBIT] = "prohibit",
					    [FIB_NONE] = "none",
					    [FIB_INVALID] = "invalid",
					    [FIB_RPF] = "rp_filter",
					    [FIB_NOT_FORWARDED] = "not-forwarded"};

	return names[v];
}

struct ip_prefix fib_result_prefix(const struct fib_result *r)
{
	if (!r->route)
		return (struct ip_prefix){0};
	return (struct ip_prefix){r->route->dst, r->route->h.rtm_dst_len};
}

const char *fib_outcome_name(enum fib_outcome o)
{
	static const char *const names[] = {[FIB_NO_MATCH] = "no match",
					    [FIB_NO_ROUTE] = "no route",
					    [FIB_SUPPRESSED] = "suppressed",
					    [FIB_THROW] = "throw",
					    [FIB_GOTO] = "goto",
					    [FIB_ROUTE] = "route",
					    [FIB_ACTION] = "refused"};

	return names[o];
}
