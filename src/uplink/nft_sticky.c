/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies that keep a client on its uplink. Which uplink a new connection takes is the kernel's
 * hash over the flow; for those of one host to go one way, each policy has a set of clients for
 * each of its uplinks: filled as a new connection leaves by the uplink, asked before the next one's
 * way is looked up, whose packets then get the uplink's mark (the fwmark rules come before the
 * policies').
 *
 * A set each, not one map from clients to marks: when an uplink is lost, emptying its sets forgets
 * just its clients. Until then their connections are refused, as all that bears its mark.
 */
#include "uplink/recipe.h"

static bool has_family(const struct policy_config *p, uint8_t family)
{
	bool from = !p->from_n, to = !p->to_n;

	for (size_t i = 0; i < p->from_n; i++)
		from |= p->from[i].addr.family == family;
	for (size_t i = 0; i < p->to_n; i++)
		to |= p->to[i].addr.family == family;
	return from && to;
}

static void add(struct recipe *r, enum nft_chain chain, enum nft_action action, unsigned policy,
		unsigned uplink, uint8_t family)
{
	const struct uplink_state *u = &r->d->uplink[uplink];
	struct nft_rule *x = recipe_nft_rule(r, chain, action, u);

	x->family = family;
	x->policy = &r->config->policy[policy];
	x->policy_index = policy;
	if (action == NFT_DO_STICK)
		x->device = NULL;
	else if (recipe_link_is_shared(r, uplink))
		x->nexthop = uplink_family(u, family)->gateway;
}

static void each_member(struct recipe *r, enum nft_chain chain, enum nft_action action,
			unsigned policy)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	const struct use *use = &r->config->policy[policy].use;

	for (size_t t = 0; t < use->n; t++)
		for (size_t m = 0; m < use->tier[t].n; m++)
			for (unsigned f = 0; f < 2; f++)
				if (has_family(&r->config->policy[policy], families[f]) &&
				    recipe_has_table(r, use->tier[t].member[m].uplink, families[f]))
					add(r, chain, action, policy, use->tier[t].member[m].uplink,
					    families[f]);
}

/* One's own packets are not forwarded, and one uplink needs no reminder. */
static bool is_sticky(const struct policy_config *p)
{
	return p->sticky && !(p->has & HAS(POLICY_UID)) && use_only(&p->use) < 0;
}

void recipe_nft_sticky(struct recipe *r)
{
	for (unsigned i = 0; i < r->config->policy_n; i++) {
		if (!is_sticky(&r->config->policy[i]))
			continue;
		each_member(r, NFT_AT_PREROUTING, NFT_DO_STICK, i);
		each_member(r, NFT_AT_FORWARD, NFT_DO_LEARN, i);
	}
}
