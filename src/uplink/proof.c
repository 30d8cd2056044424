/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uplink/proof.h"

#include "uplink/recipe.h"

size_t proof_uplinks(const struct desired *d, struct arena *a, struct prove_uplink **ret)
{
	size_t n = 0, cap = 0;

	*ret = NULL;
	for (size_t i = 0; i < d->uplink_n; i++) {
		const struct uplink_state *u = &d->uplink[i];
		if (!u->link)
			continue;
		struct prove_uplink *x = ARENA_PUSH(a, *ret, n, cap);
		x->name = u->config->name;
		x->ifindex = u->link->h.ifi_index;
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
	return n;
}
