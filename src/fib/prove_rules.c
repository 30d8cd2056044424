/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules: each one is reached by some packet that it selects, and what it looks up has routes. A
 * rule that is not there for any packet was meant for something, and a table without routes lets
 * pass what was to be held.
 */
#include "fib/prove_own.h"

#include "base/cleanup.h"

/* A rule under examination, and how far the packets got that it selects. */
struct reach {
	struct proof *x;
	size_t index;
	const struct rule *r;
	bool informed, reached, unsure;
	struct fib_packet packet; /* to show it */
	struct fib_result got;
};

bool prove_fields_fit(const struct rule *r, const struct fib_packet *p)
{
	uint32_t mask = has(r, RULE_FWMASK) ? r->fwmask : UINT32_MAX;

	return !((has(r, RULE_FWMARK) && (p->mark & mask) != r->fwmark) ||
		 (has(r, RULE_IPPROTO) && p->proto != r->ipproto) ||
		 (has(r, RULE_SPORT) && (p->sport < r->sport.start || p->sport > r->sport.end)) ||
		 (has(r, RULE_DPORT) && (p->dport < r->dport.start || p->dport > r->dport.end)) ||
		 (has(r, RULE_UIDRANGE) && (p->uid < r->uid.start || p->uid > r->uid.end)) ||
		 (r->h.tos && p->tos != r->h.tos) || (has(r, RULE_DSCP) && p->tos >> 2 != r->dscp));
}

static bool goes(const struct fib_result *r)
{
	return r->verdict == FIB_FORWARD && r->route && r->route->h.rtm_type == RTN_UNICAST;
}

static bool check_reach(void *arg, const struct fib_packet *p)
{
	struct reach *x = arg;
	const struct fib_family *fam = &x->x->f->family[fib_index(x->x->s->family)];
	struct fib_result got;
	size_t at = 0;

	if (!prove_fields_fit(x->r, p))
		return true;
	prove_look(x->x, p, &got);
	/* It may have come here; that forwarding is off is another matter. */
	if (got.verdict == FIB_NOT_FORWARDED)
		x->unsure = true;
	if (got.verdict == FIB_INVALID || got.verdict == FIB_RPF ||
	    got.verdict == FIB_NOT_FORWARDED)
		return true;
	while (got.rule && at < fam->rule_n && fam->rules[at] != got.rule)
		at++;
	x->reached = !got.rule || at >= x->index;
	/* To show it, one that goes somewhere, if there is one. */
	if (!x->informed || x->reached || (goes(&got) && !goes(&x->got))) {
		x->packet = *p;
		x->got = got;
	}
	x->informed = true;
	return !x->reached && *x->x->left;
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
	uint8_t family = x->s->family;
	size_t n = 0;

	if (r->h.src_len) {
		struct key k = key_first(key_of(&r->src), r->h.src_len);
		src[n++] = key_addr(k, family);
		if (r->h.src_len < ip_bits(family))
			src[n++] = key_addr(family == AF_INET
						    ? (struct key){k.hi + (UINT64_C(1) << 32), 0}
						    : key_next(k),
					    family);
		return n;
	}
	src[n++] = (struct ip_addr){.family = family};
	for (size_t i = 0; i < x->goal->uplink_n; i++)
		for (size_t k = 0; k < x->goal->uplink[i].from_n && n < max; k++)
			if (x->goal->uplink[i].from[k].addr.family == family)
				src[n++] = x->goal->uplink[i].from[k].addr;
	return n;
}

/* From this machine, and through each device that packets may come in by. */
static void look_for(struct reach *x)
{
	struct proof *proof = x->x;
	const struct rule *r = x->r;
	const struct snapshot *s = fib_snapshot(proof->f);
	struct ip_prefix to = {r->dst, r->h.dst_len};
	struct ip_addr src[64];
	size_t n = sources_for(proof, r, src, ARRAY_SIZE(src));
	int oif = r->oif[0] ? device_named(proof, r->oif) : 0;

	for (size_t d = 0; d <= s->link_n && !x->reached; d++) {
		int iif = d ? s->link[d - 1].h.ifi_index : 0;
		if ((r->iif[0] && iif != device_named(proof, r->iif)) || (iif && oif))
			continue;
		for (size_t i = 0; i < n && !x->reached; i++)
			for (size_t k = 0; k < proof->s->addr_n && !x->reached && *proof->left;
			     k++) {
				struct fib_packet p = {.family = proof->s->family,
						       .src = src[i],
						       .dst = proof->s->addr[k],
						       .iif = iif,
						       .oif = oif};
				if (!to.len || ip_prefix_contains(&to, &p.dst))
					space_fields(proof->s, p, check_reach, x);
			}
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

static void check_rule(struct proof *x, size_t i, bool up)
{
	const struct fib_rule *c = &x->f->family[fib_index(x->s->family)].rule[i];
	struct reach reach = {.x = x, .index = i, .r = c->r};
	/* While all are down, a table of theirs may well be empty. */
	bool empty = c->action == FIB_ACT_TABLE && !c->table && up;

	if (kernels_own(c->r) || c->action == FIB_ACT_L3MDEV || c->action == FIB_ACT_NEXT ||
	    (c->invert && !empty))
		return;
	if (!c->invert)
		look_for(&reach);
	if (empty || (reach.informed && !reach.reached && !reach.unsure))
		prove_fails(x, &(struct prove_failure){.kind = empty ? PROVE_TABLE : PROVE_RULE,
						       .rule = c->r,
						       .packet = reach.packet,
						       .result = reach.got});
}

void prove_rules(struct proof *x)
{
	bool up = false;

	for (size_t i = 0; i < x->goal->uplink_n; i++)
		up = up || x->goal->uplink[i].up[fib_index(x->s->family)];
	for (size_t i = 0; i < x->f->family[fib_index(x->s->family)].rule_n && *x->left; i++)
		check_rule(x, i, up);
}
