/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the nftables table's rules do to a packet on its way (nf_tables, nf_nat_masquerade). */
#include "uplink/nft.h"

#include "uplink/desired.h"

#include <string.h>

static bool contains(const struct nft_rule *r, const struct ip_addr *a)
{
	for (size_t i = 0; i < r->address_n; i++)
		if (ip_prefix_contains(&r->address[i], a))
			return true;
	return false;
}

static bool leaves_so(const struct nft_rule *r, const char *oif, const struct ip_addr *nexthop)
{
	return (!r->device || !strcmp(r->device, oif)) &&
	       (!r->nexthop.family || ip_addr_eq(&r->nexthop, nexthop));
}

static void mark(const struct nft_rules *t, const struct nft_rule *r, struct nft_flow *flow)
{
	if (!flow->reply && !(flow->ct & t->mark_mask))
		flow->ct |= r->uplink->mark;
}

uint32_t nft_prerouting(const struct nft_rules *t, const struct fib_packet *p, const char *iif,
			struct nft_flow *flow)
{
	uint32_t m = p->mark;

	for (size_t i = 0; i < t->n; i++) {
		const struct nft_rule *r = &t->rule[i];
		if (r->chain != NFT_AT_PREROUTING)
			continue;
		if (r->action == NFT_DO_RESTORE && (flow->ct & t->mark_mask) == r->uplink->mark)
			m = (m & ~t->mark_mask) | r->uplink->mark;
		else if (r->action == NFT_DO_MARK && !strcmp(r->device, iif) &&
			 (!r->family || contains(r, &p->dst)))
			mark(t, r, flow);
	}
	return m;
}

const struct nft_rule *nft_dstnat(const struct nft_rules *t, const struct ip_addr *dst,
				  const char *iif)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct nft_rule *r = &t->rule[i];
		if (r->chain == NFT_AT_DSTNAT && r->family == dst->family &&
		    !strcmp(r->device, iif) && contains(r, dst))
			return r;
	}
	return NULL;
}

void nft_forward(const struct nft_rules *t, const char *oif, const struct ip_addr *nexthop,
		 struct nft_flow *flow)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->rule[i].action == NFT_DO_MARK && t->rule[i].chain == NFT_AT_FORWARD &&
		    leaves_so(&t->rule[i], oif, nexthop))
			mark(t, &t->rule[i], flow);
}

const struct nft_rule *nft_postrouting(const struct nft_rules *t, const struct ip_addr *src,
				       const char *oif, const struct ip_addr *nexthop)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct nft_rule *r = &t->rule[i];
		if (r->chain == NFT_AT_POSTROUTING && r->family == src->family &&
		    contains(r, src) == (r->action == NFT_DO_SNAT_PREFIX) &&
		    leaves_so(r, oif, nexthop))
			return r->action == NFT_DO_RETURN ? NULL : r;
	}
	return NULL;
}

struct ip_addr nft_map_prefix(const struct nft_rule *r, const struct ip_addr *a)
{
	struct ip_addr to = *a;

	for (unsigned bit = 0; bit < r->prefix.len; bit++) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);
		to.b[bit / 8] =
			(uint8_t)((to.b[bit / 8] & ~mask) | (r->prefix.addr.b[bit / 8] & mask));
	}
	return to;
}

const char *nft_nat_name(const struct nft_rule *r)
{
	return r->action == NFT_DO_SNAT		 ? "snat"
	       : r->action == NFT_DO_SNAT_PREFIX ? "npt"
						 : "masquerade";
}

const struct uplink_state *nft_marked(const struct nft_rules *t, uint32_t m)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->rule[i].action == NFT_DO_RESTORE &&
		    (m & t->mark_mask) == t->rule[i].uplink->mark)
			return t->rule[i].uplink;
	return NULL;
}
