/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A flow is looked up once as it begins. When an uplink fails, it is looked up twice more: as if it
 * began then, and as one that has begun before. The latter keeps what it has: the source that was
 * chosen for it, or the mark that its connection is remembered by, but not the failed uplink's
 * mark, whose connections are forgotten then.
 *
 * What an uplink should have got comes from the routes themselves: each flow that has several next
 * hops adds to each uplink that next hop's part of the weights.
 */
#include "uplink/simulate.h"

#include <math.h>
#include <string.h>

/* What the flows of one multipath route should give each uplink. */
struct balance {
	const struct route *route;
	uint64_t flows;
};

struct run {
	const struct explain_machine *m, *after;
	size_t failed;
	struct simulation *s;
	struct arena *a;
	struct balance *balance;
	size_t balance_n, balance_cap;
	uint64_t *balanced; /* of each uplink's flows, those that had a choice */
};

static size_t uplink_of(const struct explain_machine *m, const struct fib_result *r)
{
	const struct prove_uplink *u;

	if (r->verdict == FIB_LOCAL)
		return m->uplink_n + SIMULATE_ELSEWHERE;
	if (r->verdict != FIB_FORWARD)
		return m->uplink_n + SIMULATE_NOWHERE;
	u = explain_uplink(m->uplink, m->uplink_n, r->dev, &r->via);
	return u ? (size_t)(u - m->uplink) : m->uplink_n + SIMULATE_ELSEWHERE;
}

static void count(struct simulate_share *share, size_t i, uint64_t bytes)
{
	share[i].flows++;
	share[i].bytes += bytes;
}

/* ── The balance ────────────────────────────────────────────────────────────────────────────── */

static void note_choice(struct run *x, const struct fib_result *r, size_t uplink)
{
	struct balance *b = NULL;

	for (size_t i = 0; i < x->balance_n && !b; i++)
		if (x->balance[i].route == r->route)
			b = &x->balance[i];
	if (!b) {
		b = ARENA_PUSH(x->a, x->balance, x->balance_n, x->balance_cap);
		b->route = r->route;
	}
	b->flows++;
	x->s->balanced++;
	if (uplink < x->s->uplink_n)
		x->balanced[uplink]++;
}

/* Each alive next hop's part of the flows, as an uplink's. */
static void share_out(const struct run *x, const struct balance *b, double *ideal)
{
	struct fib_nexthop nh;
	uint64_t total = 0;

	for (uint32_t i = 0; fib_route_nexthop(x->m->f, b->route, i, &nh); i++)
		total += nh.dead ? 0 : nh.weight;
	for (uint32_t i = 0; total && fib_route_nexthop(x->m->f, b->route, i, &nh); i++) {
		const struct prove_uplink *u =
			explain_uplink(x->m->uplink, x->m->uplink_n, nh.dev, &nh.via);
		if (u && !nh.dead)
			ideal[u - x->m->uplink] += (double)b->flows * nh.weight / (double)total;
	}
}

double simulate_chance(double x, unsigned k)
{
	double v = 2.0 / (9.0 * k);

	if (!k)
		return 1;
	return 0.5 * erfc((cbrt(x / k) - (1 - v)) / sqrt(2 * v));
}

static void judge(struct run *x)
{
	struct simulation *s = x->s;
	double *ideal = arena_alloc(x->a, (s->uplink_n + 1) * sizeof(*ideal));
	unsigned in_it = 0;

	for (size_t i = 0; i < x->balance_n; i++)
		share_out(x, &x->balance[i], ideal);
	for (size_t i = 0; i < s->uplink_n; i++) {
		double got = (double)x->balanced[i], off = got - ideal[i];
		s->share[i].ideal = ideal[i] + (double)s->share[i].flows - got;
		if (ideal[i] <= 0)
			continue;
		in_it++;
		s->chi_square += off * off / ideal[i];
		if (fabs(off) / ideal[i] > s->deviation)
			s->deviation = fabs(off) / ideal[i];
	}
	s->freedom = in_it > 1 ? in_it - 1 : 0;
	s->chance = simulate_chance(s->chi_square, s->freedom);
}

/* ── A failure ──────────────────────────────────────────────────────────────────────────────── */

static enum simulate_fate fate_of(const struct run *x, size_t was, size_t is)
{
	if (is == x->failed || is == x->s->uplink_n + SIMULATE_NOWHERE)
		return is == was && is != x->failed ? SIMULATE_STAYS : SIMULATE_LOST;
	if (is == was)
		return SIMULATE_STAYS;
	return was == x->failed ? SIMULATE_MUST : SIMULATE_NEEDLESS;
}

/* What the flow's later packets look like. */
static struct fib_packet begun(const struct run *x, const struct fib_packet *p,
			       const struct fib_result *r, size_t uplink)
{
	struct fib_packet q = *p;

	if (!p->iif)
		q.src = r->src;
	else if (x->m->nft && uplink < x->s->uplink_n && uplink != x->failed)
		q.mark |= x->m->uplink[uplink].mark;
	return q;
}

static bool is_translated(const struct explain_machine *m, const struct fib_result *r,
			  const struct fib_packet *p)
{
	struct devices *d = fib_snapshot(m->f)->devices;

	return m->nft && nft_postrouting(m->nft, &r->src, devices_name(d, r->dev),
					 r->via.family ? &r->via : &p->dst);
}

static void fail(struct run *x, const struct fib_packet *p, const struct fib_result *r, size_t was,
		 uint64_t bytes)
{
	struct fib_packet q = begun(x, p, r, was);
	struct fib_result now;

	fib_lookup(x->after->f, p, &now);
	size_t is = uplink_of(x->after, &now);
	count(x->s->after, is, bytes);
	x->s->new[fate_of(x, was, is)]++;
	fib_lookup(x->after->f, &q, &now);
	enum simulate_fate fate = fate_of(x, was, uplink_of(x->after, &now));
	x->s->old[fate]++;
	if ((fate == SIMULATE_MUST || fate == SIMULATE_NEEDLESS) &&
	    is_translated(x->after, &now, p))
		x->s->renumbered++;
}

static struct simulate_share *new_shares(struct run *x)
{
	struct simulate_share *v =
		arena_alloc(x->a, (x->m->uplink_n + SIMULATE_OTHERS) * sizeof(*v));

	for (size_t i = 0; i < x->m->uplink_n; i++)
		v[i].name = x->m->uplink[i].name;
	return v;
}

void simulate_run(const struct explain_machine *m, const struct explain_machine *after,
		  size_t failed, struct flows *f, uint64_t n, struct arena *a, struct simulation *s)
{
	struct run x = {.m = m, .after = after, .failed = failed, .s = s, .a = a};
	struct fib_packet p;
	struct fib_result r;
	uint64_t bytes;

	*s = (struct simulation){.uplink_n = m->uplink_n, .flows = n};
	s->share = new_shares(&x);
	s->after = after ? new_shares(&x) : NULL;
	x.balanced = arena_alloc(a, (m->uplink_n + 1) * sizeof(*x.balanced));
	for (uint64_t i = 0; i < n; i++) {
		flows_next(f, &p, &bytes);
		fib_lookup(m->f, &p, &r);
		size_t u = uplink_of(m, &r);
		count(s->share, u, bytes);
		s->bytes += bytes;
		if (r.verdict == FIB_FORWARD && r.nexthops > 1)
			note_choice(&x, &r, u);
		if (after)
			fail(&x, &p, &r, u, bytes);
	}
	judge(&x);
}
