/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_NFT_H
#define MH_UPLINK_NFT_H

#include "fib/fib.h"
#include "uplink/config.h"

struct uplink_state;

/*
 * The nftables table as data: nft_rules.c says which rules there are and why, nft.c writes them for
 * nft, nft_flow.c says what they do to a packet.
 */
enum nft_chain { NFT_AT_PREROUTING, NFT_AT_DSTNAT, NFT_AT_FORWARD, NFT_AT_POSTROUTING };

enum nft_action {
	NFT_DO_MARK, /* of the original direction, without a mark of ours: ct mark := the uplink's
		      */
	NFT_DO_RESTORE, /* ct mark is the uplink's: meta mark := the uplink's */
	NFT_DO_RETURN,	/* leaves as it is */
	NFT_DO_SNAT,
	NFT_DO_MASQUERADE,
	NFT_DO_SNAT_PREFIX, /* source in `address`: the same host in `prefix` */
	NFT_DO_DNAT_PREFIX, /* likewise the destination */
	NFT_DO_CLAMP,	    /* TCP's MSS is made no more than `mss` */
	/* Of a policy, a family and an uplink; a set of theirs has the clients. */
	NFT_DO_STICK, /* the source is in the set: meta mark := the uplink's */
	NFT_DO_LEARN, /* into the set, of new connections */
};

struct nft_rule {
	uint8_t chain, action;
	uint8_t family;			   /* of `address`; 0: the rule is for both */
	const struct uplink_state *uplink; /* whose; NULL: nobody's */
	const char *device; /* it leaves by it, or, `incoming`, comes in by it; NULL: whatever */
	bool incoming;
	struct ip_addr nexthop; /* family 0: whatever */
	/* MARK: the destination is in it; RETURN, SNAT, MASQUERADE: the source is not. CLAMP: NULL
	 */
	const struct ip_prefix *address;
	size_t address_n;
	struct ip_addr to; /* SNAT */
	struct ip_prefix prefix;
	uint16_t mss;
	const struct policy_config *policy; /* STICK, LEARN: what it selects */
	unsigned policy_index;
};
struct nft_rules {
	struct nft_rule *rule; /* chain by chain, in order */
	size_t n, cap;
	uint32_t mark_mask;
};

/* The table's definition, as nft reads it; the arena's. */
const char *nft_text(const struct nft_rules *t, struct arena *a);

/* The commands by which an uplink's clients are forgotten, of a family; NULL: there are none. */
const char *nft_forget_text(const struct nft_rules *t, const struct uplink_state *u, uint8_t family,
			    struct arena *a);

/*
 * What they do to a packet as it goes along. Which clients a sticky policy knows, only the kernel
 * can tell: that is left out. `ct` is its connection's mark, 0 for a new one;
 * `reply`: it goes against the connection's direction.
 */
struct nft_flow {
	uint32_t ct;
	bool reply;
};

/* Before the routing decision: the mark the packet gets; flow->ct may become an uplink's. */
uint32_t nft_prerouting(const struct nft_rules *t, const struct fib_packet *p, const char *iif,
			struct nft_flow *flow);
/* The rule that translates the destination of a connection's first packet; NULL if none does. */
const struct nft_rule *nft_dstnat(const struct nft_rules *t, const struct ip_addr *dst,
				  const char *iif);
/* Forwarded by `oif` to `nexthop` (on the link: the destination itself): flow->ct likewise. */
void nft_forward(const struct nft_rules *t, const char *oif, const struct ip_addr *nexthop,
		 struct nft_flow *flow);
/* The rule that translates the source of a connection's first packet; NULL if none does. */
const struct nft_rule *nft_postrouting(const struct nft_rules *t, const struct ip_addr *src,
				       const char *oif, const struct ip_addr *nexthop);
/* The address that a rule of prefixes makes of one. */
struct ip_addr nft_map_prefix(const struct nft_rule *r, const struct ip_addr *a);
/* "snat", "masquerade" or "npt" */
const char *nft_nat_name(const struct nft_rule *r);
/* The uplink of a mark, or NULL. */
const struct uplink_state *nft_marked(const struct nft_rules *t, uint32_t mark);

#endif
