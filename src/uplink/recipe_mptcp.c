/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MPTCP's endpoints (RFC 8684; net/mptcp/pm_netlink.c): one for each uplink that has `mptcp = yes`
 * and family, as long as it can be used. When an uplink is lost, its endpoint goes, and with it the
 * subflows, so a connection does not wait for their retransmissions; when it returns, the kernel
 * opens them anew.
 *
 * Only `subflow`: this machine opens them. To announce addresses of a server behind NAT would be
 * wrong, and is the administrator's to do.
 */
#include "uplink/recipe.h"

#define ENDPOINTS_MAX 8 /* MPTCP_PM_ADDR_MAX */
#define SLOTS	      ((256 - MULTIHOME_ENDPOINT) / 2)

static void endpoint(struct recipe *r, const struct uplink_state *u, const struct uplink_family *f,
		     unsigned v6)
{
	if (f->usable && f->address_n && u->slot < SLOTS)
		owned_add_endpoint(&r->d->owned, (uint8_t)(MULTIHOME_ENDPOINT + 2 * u->slot + v6),
				   u->link->h.ifi_index, &f->address[0].addr);
}

static bool asked(const struct recipe *r)
{
	for (size_t i = 0; i < r->d->uplink_n; i++)
		if (r->d->uplink[i].config->mptcp)
			return true;
	return false;
}

void recipe_mptcp(struct recipe *r)
{
	if (!asked(r))
		return;
	if (!r->machine->sysctl ||
	    !r->machine->sysctl(r->machine->sysctl_arg, "net/mptcp/enabled")) {
		recipe_warn(r, "this kernel has no MPTCP: `mptcp = yes` is without effect");
		return;
	}
	for (size_t i = 0; i < r->d->uplink_n; i++) {
		const struct uplink_state *u = &r->d->uplink[i];
		if (!u->config->mptcp)
			continue;
		endpoint(r, u, &u->v4, 0);
		endpoint(r, u, &u->v6, 1);
	}
	if (r->d->owned.endpoint_n > ENDPOINTS_MAX) {
		recipe_warn(
			r,
			"MPTCP takes %d addresses, the uplinks have %zu: the others are left out",
			ENDPOINTS_MAX, r->d->owned.endpoint_n);
		r->d->owned.endpoint_n = ENDPOINTS_MAX;
	}
}
