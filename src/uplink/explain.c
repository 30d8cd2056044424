/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet's way, stage by stage as it goes: prerouting (marks), the routing decision, forward
 * (marks of new connections), postrouting (translation), and then its answer, turned round.
 */
#include "uplink/explain.h"

#include "uplink/desired.h"

#include <netinet/in.h>
#include <string.h>

const struct prove_uplink *explain_uplink(const struct prove_uplink *u, size_t n, int dev,
					  const struct ip_addr *via)
{
	const struct prove_uplink *first = NULL;

	for (size_t i = 0; i < n; i++) {
		if (u[i].ifindex != dev || !dev)
			continue;
		/* Several uplinks behind one card: the gateway tells. */
		if (via && via->family && ip_addr_eq(&u[i].gateway[via->family == AF_INET6], via))
			return &u[i];
		if (!first)
			first = &u[i];
	}
	return first;
}

static const struct prove_uplink *uplink_named(const struct explain_machine *m, const char *name)
{
	for (size_t i = 0; i < m->uplink_n; i++)
		if (!strcmp(m->uplink[i].name, name))
			return &m->uplink[i];
	return NULL;
}

static const char *device_name(const struct explain_machine *m, int ifindex)
{
	return devices_name(fib_snapshot(m->f)->devices, ifindex);
}

/* Where it is sent on the link. */
static const struct ip_addr *next_hop(const struct explanation *x)
{
	return x->result.via.family ? &x->result.via : &x->packet.dst;
}

static void translate(const struct explain_machine *m, struct explanation *x)
{
	const struct fib_result *r = &x->result;

	x->nat = NULL;
	x->nat_source = (struct ip_addr){0};
	if (!m->nft || r->verdict != FIB_FORWARD)
		return;
	x->nat = nft_postrouting(m->nft, &r->src, device_name(m, r->dev), next_hop(x));
	if (!x->nat)
		return;
	/* nf_nat_masquerade_ipv4() asks for the next hop's sake, _ipv6() for the destination's. */
	x->nat_source = x->nat->action == NFT_DO_SNAT	       ? x->nat->to
			: x->nat->action == NFT_DO_SNAT_PREFIX ? nft_map_prefix(x->nat, &r->src)
			: r->src.family == AF_INET ? fib_source(m->f, next_hop(x), r->dev)
						   : fib_source(m->f, &x->packet.dst, r->dev);
}

static struct fib_packet turned(const struct explanation *x)
{
	struct fib_packet p = x->packet;

	p.src = x->packet.dst;
	p.dst = x->result.src;
	p.sport = x->packet.dport;
	p.dport = x->packet.sport;
	p.mark = p.uid = p.flowlabel = 0;
	p.iif = x->result.verdict == FIB_FORWARD ? x->result.dev : 0;
	p.oif = 0;
	return p;
}

static bool expects_answer(const struct explanation *x)
{
	const struct fib_result *r = &x->result;

	if (ip_addr_is_multicast(&x->packet.dst) || ip_addr_is_any(&r->src))
		return false;
	return r->verdict == FIB_FORWARD || (r->verdict == FIB_LOCAL && x->packet.iif);
}

/* An answer that arrives is for who asked: this machine, or what is behind the device it came by.
 */
static bool arrives_well(const struct explanation *x)
{
	const struct fib_result *r = &x->back.result;

	return x->packet.iif ? r->verdict == FIB_FORWARD && r->dev == x->packet.iif
			     : r->verdict == FIB_LOCAL;
}

static void look_back(const struct explain_machine *m, const struct nft_flow *flow,
		      struct explanation *x)
{
	struct explain_back *b = &x->back;
	struct nft_flow reply = {flow->ct, true};

	*b = (struct explain_back){.asked = expects_answer(x)};
	if (!b->asked)
		return;
	b->packet = turned(x);
	b->sent = !b->packet.iif;
	if (m->nft && !b->sent)
		b->packet.mark =
			nft_prerouting(m->nft, &b->packet, device_name(m, b->packet.iif), &reply);
	if (x->nat)
		b->on_wire = x->nat_source;
	fib_lookup(m->f, &b->packet, &b->result);
	if (b->result.verdict == FIB_FORWARD)
		b->uplink = explain_uplink(m->uplink, m->uplink_n, b->result.dev, &b->result.via);
	b->well = b->sent ? b->result.verdict == FIB_FORWARD && b->result.dev == x->packet.iif
			  : arrives_well(x);
}

/* All that follows from the routing decision. */
static void go_on(const struct explain_machine *m, struct nft_flow flow, struct arena *a,
		  struct explanation *x)
{
	const struct uplink_state *owner;

	x->choice_n = fib_choices(m->f, &x->packet, &x->result, a, &x->choice);
	x->uplink = NULL;
	if (x->result.verdict == FIB_FORWARD)
		x->uplink = explain_uplink(m->uplink, m->uplink_n, x->result.dev, &x->result.via);
	if (m->nft && x->packet.iif && x->result.verdict == FIB_FORWARD)
		nft_forward(m->nft, device_name(m, x->result.dev), next_hop(x), &flow);
	x->flow_mark = m->nft ? flow.ct & m->nft->mark_mask : 0;
	owner = x->flow_mark ? nft_marked(m->nft, x->flow_mark) : NULL;
	x->flow_owner = owner ? uplink_named(m, owner->config->name) : NULL;
	translate(m, x);
	look_back(m, &flow, x);
}

/* One that arrives with an uplink's mark got it from its connection; any other is the first. */
static struct nft_flow new_flow(const struct explain_machine *m, const struct fib_packet *p)
{
	struct nft_flow flow = {0};

	if (m->nft && p->iif && nft_marked(m->nft, p->mark))
		flow.ct = p->mark & m->nft->mark_mask;
	return flow;
}

static struct fib_packet arrive(const struct explain_machine *m, const struct fib_packet *p,
				struct nft_flow *flow)
{
	struct fib_packet q = *p;
	const char *iif;

	if (!m->nft || !p->iif)
		return q;
	iif = device_name(m, p->iif);
	q.mark = nft_prerouting(m->nft, p, iif, flow);
	const struct nft_rule *r = nft_dstnat(m->nft, &p->dst, iif);
	if (r)
		q.dst = nft_map_prefix(r, &p->dst);
	return q;
}

struct fib_packet explain_arrival_of(const struct explain_machine *m, const struct fib_packet *p)
{
	struct nft_flow flow = new_flow(m, p);

	return arrive(m, p, &flow);
}

void explain_make(const struct explain_machine *m, const struct fib_packet *p, struct arena *a,
		  struct explanation *x)
{
	struct nft_flow flow = new_flow(m, p);

	*x = (struct explanation){.given = *p, .packet = arrive(m, p, &flow)};
	x->in = explain_uplink(m->uplink, m->uplink_n, p->iif, NULL);
	x->step_n = fib_walk(m->f, &x->packet, a, &x->step, &x->result);
	x->candidate_n = fib_candidates(m->f, &x->packet, &x->result, a, &x->candidate);
	x->guessed = x->result.verdict == FIB_FORWARD && x->result.nexthops > 1 &&
		     !fib_hash_is_known(m->f);
	go_on(m, flow, a, x);
}

bool explain_settle(const struct explain_machine *m, int dev, const struct ip_addr *via,
		    const struct ip_addr *src, struct arena *a, struct explanation *x)
{
	struct nft_flow flow = new_flow(m, &x->given);

	for (size_t i = 0; i < x->choice_n; i++) {
		const struct fib_choice *c = &x->choice[i];
		if (c->dev != dev || !ip_addr_eq(&c->via, via))
			continue;
		x->result.nexthop = (uint32_t)i;
		x->result.dev = dev;
		x->result.via = *via;
		x->result.weight = c->weight;
		if (src->family)
			x->result.src = *src;
		x->guessed = false;
		arrive(m, &x->given, &flow);
		go_on(m, flow, a, x);
		return true;
	}
	return false;
}
