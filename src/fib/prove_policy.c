/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies: what they select leaves by what they say. Asked of this machine's own packets that have
 * no source yet, of each LAN's, and of those that a policy names; of all destinations and fields.
 * Packets that bear an uplink's address or mark belong to that uplink, whatever policies say, and
 * what main has a route for (but its defaults) is at hand and no policy's matter.
 */
#include "fib/prove_own.h"

#include <string.h>

static bool selects(const struct proof *x, const struct rule *r, const struct fib_packet *p)
{
	struct ip_prefix from = {r->src, r->h.src_len}, to = {r->dst, r->h.dst_len};
	const char *dev = p->iif ? devices_name(fib_snapshot(x->f)->devices, p->iif)
				 : "lo"; /* as the kernel */

	return r->h.family == p->family && (!from.len || ip_prefix_contains(&from, &p->src)) &&
	       (!to.len || ip_prefix_contains(&to, &p->dst)) &&
	       (!r->iif[0] || !strcmp(r->iif, dev)) && prove_fields_fit(r, p);
}

static bool same_gateway(const struct prove_uplink *u, const struct ip_addr *via)
{
	const struct ip_addr *gw = &u->gateway[fib_index(via->family)];

	return !via->family || !gw->family || ip_addr_eq(gw, via);
}

static bool is_uplink(const struct proof *x, int dev)
{
	for (size_t i = 0; i < x->goal->uplink_n; i++)
		if (x->goal->uplink[i].ifindex == dev)
			return true;
	return false;
}

static const struct prove_policy *decider(const struct proof *x, const struct fib_packet *p)
{
	for (size_t i = 0; i < x->goal->policy_n; i++)
		if (selects(x, &x->goal->policy[i].select, p))
			return &x->goal->policy[i];
	return NULL;
}

/* One way that the packet may take: is it one that the policy says? */
static bool is_meant(struct proof *x, const struct fib_packet *p, const struct fib_result *r,
		     int dev, const struct ip_addr *via)
{
	const struct prove_policy *y = decider(x, p);
	bool at_hand = r->table == RT_TABLE_MAIN && r->route && r->route->h.rtm_dst_len > 1;

	if (!y || at_hand || (!is_uplink(x, dev) && (y->anything_else || !y->up)))
		return true;
	for (size_t i = 0; i < y->use_n; i++)
		if (y->use[i]->ifindex == dev && same_gateway(y->use[i], via))
			return true;
	return y->anything_else && !y->up;
}

bool prove_policy_packet(void *proof, const struct fib_packet *p)
{
	struct proof *x = proof;
	const struct prove_policy *y;
	struct fib_result r;

	/* What is forwarded has no user. */
	if (p->mark & x->goal->mark_mask || (p->iif && p->uid) || !(y = decider(x, p)))
		return *x->left;
	prove_look(x, p, &r);
	if (r.verdict == FIB_FORWARD ? (r.route && r.route->h.rtm_type != RTN_UNICAST) ||
					       prove_ways(x, p, &r, is_meant)
				     : !y->up || !prove_refused(&r))
		return *x->left;
	prove_fails(x, &(struct prove_failure){.kind = PROVE_POLICY,
					       .policy = y,
					       .rule = r.rule,
					       .packet = *p,
					       .result = r});
	return *x->left;
}

static void ask(struct proof *x, struct fib_packet p)
{
	for (size_t i = 0; i < x->goal->uplink_n; i++)
		if (prove_has_source(&x->goal->uplink[i], &p.src))
			return;
	for (size_t i = 0; i < x->s->addr_n && *x->left; i++) {
		p.dst = x->s->addr[i];
		space_fields(x->s, p, prove_policy_packet, x);
	}
}

/* A host that has an address of the rule's, at each device that may have such hosts behind it. */
static void ask_source(struct proof *x, const struct rule *r)
{
	const struct snapshot *s = fib_snapshot(x->f);
	struct fib_packet p = {.family = x->s->family};
	struct key k = key_first(key_of(&r->src), r->h.src_len);
	struct ip_addr lan;

	if (!r->h.src_len || r->h.family != x->s->family)
		return;
	if (r->h.src_len < ip_bits(x->s->family) - 1)
		k = x->s->family == AF_INET ? (struct key){k.hi + (UINT64_C(5) << 32), 0}
					    : key_next(k);
	p.src = key_addr(k, x->s->family);
	for (size_t i = 0; i < s->address_n; i++) {
		if (!prove_lan_host(x, &s->address[i], &lan))
			continue;
		p.iif = (int)s->address[i].h.ifa_index;
		ask(x, p);
	}
}

void prove_policies(struct proof *x)
{
	const struct snapshot *s = fib_snapshot(x->f);
	uint8_t family = x->s->family;
	struct fib_packet p = {.family = family, .src = {.family = family}};

	if (!x->goal->policy_n)
		return;
	ask(x, p);
	for (size_t i = 0; i < s->address_n; i++)
		if (prove_lan_host(x, &s->address[i], &p.src)) {
			p.iif = (int)s->address[i].h.ifa_index;
			ask(x, p);
		}
	for (size_t i = 0; i < x->goal->policy_n; i++)
		ask_source(x, &x->goal->policy[i].select);
	/* Rules that others made may tell sources apart that no policy does. */
	for (size_t i = 0; i < x->f->family[fib_index(family)].rule_n; i++)
		ask_source(x, x->f->family[fib_index(family)].rules[i]);
}
