/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the nftables table does with forwarded packets beside marks and source addresses, where the
 * configuration asks for it.
 *
 * clamp-mss: in both directions, as each end says for itself what it takes. nftables only ever
 * makes the option smaller. The number is the uplink's MTU less the headers (20 or 40 octets of IP,
 * 20 of TCP, RFC 9293), not `rt mtu`, which for what comes in would be that of the LAN.
 *
 * npt: one prefix for another, host parts kept. In the manner of RFC 6296, but by connection
 * tracking, so checksums are mended rather than kept neutral, and hosts keep their suffix. Before
 * all other translation of sources.
 */
#include "uplink/recipe.h"

static void clamp(struct recipe *r, const struct uplink_state *u, uint8_t family, bool incoming)
{
	struct nft_rule *x = recipe_nft_rule(r, NFT_AT_FORWARD, NFT_DO_CLAMP, u);

	x->family = family;
	x->incoming = incoming;
	x->mss = (uint16_t)(u->link->mtu - (family == AF_INET ? 40 : 60));
}

/* No link has an MTU below IPv4's 576 in earnest; without one (an interface to come) wait for it.
 */
static bool clampable(const struct uplink_state *u)
{
	return u->config->clamp_mss && has(u->link, LINK_MTU) && u->link->mtu >= 576 &&
	       u->link->mtu <= UINT16_MAX;
}

static void clamp_mss(struct recipe *r, const struct uplink_state *u)
{
	for (unsigned in = 0; in < 2; in++) {
		if (u->config->ipv4)
			clamp(r, u, AF_INET, in);
		if (u->config->ipv6)
			clamp(r, u, AF_INET6, in);
	}
}

static struct nft_rule *npt(struct recipe *r, const struct uplink_state *u, enum nft_chain chain,
			    const struct ip_prefix *from, const struct ip_prefix *to)
{
	struct nft_rule *x = recipe_nft_rule(
		r, chain, chain == NFT_AT_DSTNAT ? NFT_DO_DNAT_PREFIX : NFT_DO_SNAT_PREFIX, u);

	x->family = AF_INET6;
	x->address = from;
	x->address_n = 1;
	x->prefix = *to;
	return x;
}

void recipe_nft_forward(struct recipe *r)
{
	for (unsigned i = 0; i < r->d->uplink_n; i++) {
		const struct uplink_state *u = &r->d->uplink[i];
		if (clampable(u))
			clamp_mss(r, u);
		for (size_t k = 0; k < u->config->npt_n; k++) {
			const struct npt *x = &u->config->npt[k];
			npt(r, u, NFT_AT_DSTNAT, &x->outside, &x->inside);
			struct nft_rule *out =
				npt(r, u, NFT_AT_POSTROUTING, &x->inside, &x->outside);
			if (recipe_link_is_shared(r, i))
				out->nexthop = u->v6.gateway;
		}
	}
}
