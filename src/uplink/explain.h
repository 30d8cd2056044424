/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_EXPLAIN_H
#define MH_UPLINK_EXPLAIN_H

#include "fib/prove.h"
#include "fib/reasons.h"
#include "fib/walk.h"
#include "uplink/nft.h"

/*
 * Everything that there is to say about one packet on a machine: the rules, the route and what it
 * won against, the next hop, the source, what the nftables table does, and how the answer comes
 * back. Pure; the verb `explain` shows it in its several forms.
 */
struct explain_machine {
	const struct fib *f;
	const struct prove_uplink *uplink;
	size_t uplink_n;
	const struct nft_rules *nft; /* NULL: there is no such table */
};

/* How the answer to the packet fares. */
struct explain_back {
	bool asked;		  /* false: there is none to expect */
	bool sent;		  /* this machine sends it; else it arrives */
	struct fib_packet packet; /* as the routing decision sees it: translated back, marked */
	struct ip_addr on_wire;	  /* the address it is sent to; family 0: packet.dst */
	struct fib_result result;
	const struct prove_uplink *uplink; /* it leaves by, or NULL */
	bool well; /* it arrives where it belongs, or leaves by the way the request came in */
};

struct explanation {
	struct fib_packet given;
	struct fib_packet packet; /* as the routing decision sees it: marked, translated */
	struct fib_step *step;
	struct fib_candidate *candidate;
	struct fib_choice *choice;
	size_t step_n, candidate_n, choice_n;
	struct fib_result result;
	bool guessed; /* which next hop depends on a hash whose seed is not known */
	const struct prove_uplink *uplink;     /* by which it leaves; NULL */
	const struct prove_uplink *in;	       /* by which it came; NULL */
	uint32_t flow_mark;		       /* what its connection is remembered by; 0 */
	const struct prove_uplink *flow_owner; /* ... the uplink's; NULL */
	const struct nft_rule *nat;	       /* what translates its source; NULL */
	struct ip_addr nat_source;	       /* to this; family 0 without */
	struct explain_back back;
};

/* Memory is the arena's, or what `m` points to. */
void explain_make(const struct explain_machine *m, const struct fib_packet *p, struct arena *a,
		  struct explanation *ret);

/*
 * Somebody who knows (the kernel) says which of the route's next hops it is, and which source: the
 * rest of the explanation is made to follow. False if the route has no such next hop.
 */
bool explain_settle(const struct explain_machine *m, int dev, const struct ip_addr *via,
		    const struct ip_addr *src, struct arena *a, struct explanation *x);

/*
 * What the nftables table makes of a packet that arrives, before it is routed: its mark, its
 * destination.
 */
struct fib_packet explain_arrival_of(const struct explain_machine *m, const struct fib_packet *p);

/* The uplink that a packet leaves by, or arrives by (`via` NULL); NULL if it is none. */
const struct prove_uplink *explain_uplink(const struct prove_uplink *u, size_t n, int dev,
					  const struct ip_addr *via);

#endif
