/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uplink/proof.h"

#include "uplink/recipe.h"

static void add_uplinks(const struct desired *d, struct arena *a, struct prove_goal *g)
{
	g->uplink = arena_alloc(a, (d->uplink_n + 1) * sizeof(*g->uplink));
	for (size_t i = 0; i < d->uplink_n; i++) {
		const struct uplink_state *u = &d->uplink[i];
		struct prove_uplink *x = &g->uplink[g->uplink_n++];
		x->name = u->config->name;
		/* One that is not there has no index, and nothing that could be asked of it. */
		x->ifindex = u->link ? u->link->h.ifi_index : 0;
		x->table = u->table;
		x->mark = u->mark;
		for (unsigned k = 0; k < 2; k++) {
			const struct uplink_family *f = uplink_family(u, k ? AF_INET6 : AF_INET);
			x->gateway[k] = f->gateway_known ? f->gateway : (struct ip_addr){0};
			x->up[k] = f->present && f->usable;
			for (size_t m = 0; f->present && m < f->from_n; m++)
				*ARENA_PUSH(a, x->from, x->from_n, x->from_cap) = f->from[m];
		}
	}
}

/* What is selected is what the wanted rules select, so that it is said once (recipe_rules.c). */
static void add_policy(const struct desired *d, const struct use *use, const char *name,
		       const struct rule *select, bool last, struct arena *a, struct prove_goal *g)
{
	struct share *share;
	size_t n = desired_share(d, use, select->h.family, a, &share);
	struct prove_policy *x = ARENA_PUSH(a, g->policy, g->policy_n, g->policy_cap);

	x->name = name;
	x->select = *select;
	x->anything_else = last;
	x->up = n;
	for (size_t i = 0; i < n; i++)
		*ARENA_PUSH(a, x->use, x->use_n, x->use_cap) = &g->uplink[share[i].uplink];
	for (size_t i = 0; !n && i < use->n; i++)
		for (size_t k = 0; k < use->tier[i].n; k++)
			*ARENA_PUSH(a, x->use, x->use_n, x->use_cap) =
				&g->uplink[use->tier[i].member[k].uplink];
}

void proof_goal(const struct config *c, const struct desired *d, struct arena *a,
		struct prove_goal *ret)
{
	*ret = (struct prove_goal){.mark_mask = c->mark_mask};
	add_uplinks(d, a, ret);
	for (size_t i = 0; i < d->owned.rule_n; i++) {
		const struct rule *r = &d->owned.rule[i];
		uint32_t number = r->priority - c->rule_base - PRIORITY_POLICY;
		if (r->priority != PRIORITY_DEFAULT && number < c->policy_n)
			add_policy(d, &c->policy[number].use, c->policy[number].name, r, false, a,
				   ret);
	}
	for (unsigned i = 0; i < 2; i++) {
		struct rule all = {.h.family = i ? AF_INET6 : AF_INET};
		add_policy(d, &c->default_use, "default", &all, true, a, ret);
	}
}
