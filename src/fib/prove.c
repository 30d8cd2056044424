/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proof: each property is a question to fib_lookup() about one packet, asked of every class
 * (fib/space.h). An answer that is wrong is a failure, and the packet its witness; of those that
 * have the same cause only the first is kept.
 *
 * What counts as wrong follows from what a provider does. It drops packets whose source it did not
 * give (BCP 38), so that only another uplink is a wrong way out: a LAN, a tunnel or a container's
 * bridge is a right one, for those packets whose destination is there.
 */
#include "fib/prove_own.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

void prove_fails(struct proof *x, const struct prove_failure *y)
{
	if (x->goal->excused) {
		struct prove_failure z = *y;
		z.family = x->s->family;
		if (x->goal->excused(x->goal->excused_arg, &z))
			return;
	}
	for (size_t i = 0; i < x->failure_n; i++) {
		const struct prove_failure *z = &x->failure[i];
		if (z->kind == y->kind && z->family == x->s->family && z->uplink == y->uplink &&
		    z->other == y->other && z->rule == y->rule && z->policy == y->policy)
			return;
	}
	struct prove_failure *z = ARENA_PUSH(x->a, x->failure, x->failure_n, x->failure_cap);
	*z = *y;
	z->family = x->s->family;
}

#define AIMS 4096

/*
 * Of a route with several ways, which one a packet takes depends on its ports and addresses: such
 * are sought that lead it to the device. Where the kernel keeps its seed to itself this only shows
 * that there are some. None of them may ever do: of IPv4's ways, Linux prefers the one that the
 * packet's source belongs to.
 */
static bool aim(struct proof *x, int dev, struct fib_packet *p, struct fib_result *r)
{
	struct fib_packet q = *p;
	struct fib_result got = *r;
	unsigned last = p->family == AF_INET ? 3 : 15;

	for (uint16_t i = 1; got.dev != dev || got.route != r->route; i++) {
		if (r->nexthops <= 1 || i == AIMS)
			return false;
		q.sport = (uint16_t)(p->sport + i);
		q.dst.b[last] = (uint8_t)(p->dst.b[last] + i);
		prove_look(x, &q, &got);
	}
	*p = q;
	*r = got;
	return true;
}

/* Of the uplink at hand. */
static void fails(struct proof *x, enum prove_kind kind, const struct prove_uplink *other,
		  const struct fib_packet *p, const struct fib_result *r)
{
	prove_fails(x, &(struct prove_failure){.kind = kind,
					       .uplink = x->u,
					       .other = other,
					       .rule = r->rule,
					       .packet = *p,
					       .result = *r});
}

void prove_look(struct proof *x, const struct fib_packet *p, struct fib_result *r)
{
	uint64_t price = x->f->family[fib_index(p->family)].rule_n + 10;

	if (*x->left < price) {
		*r = (struct fib_result){.verdict = FIB_INVALID};
		*x->left = 0;
		return;
	}
	*x->left -= price;
	x->looked++;
	fib_lookup(x->f, p, r);
}

bool prove_has_source(const struct prove_uplink *u, const struct ip_addr *a)
{
	for (size_t i = 0; i < u->from_n; i++)
		if (ip_prefix_contains(&u->from[i], a))
			return true;
	return false;
}

static bool in_family(const struct prove_uplink *u, uint8_t family)
{
	for (size_t i = 0; i < u->from_n; i++)
		if (u->from[i].addr.family == family)
			return true;
	return false;
}

/* Another uplink than `u` that has the device, or, on u's own, the gateway. */
static const struct prove_uplink *other_way(const struct proof *x, const struct prove_uplink *u,
					    int dev, const struct ip_addr *via)
{
	const struct prove_uplink *found = NULL;

	for (size_t i = 0; i < x->goal->uplink_n; i++) {
		const struct prove_uplink *y = &x->goal->uplink[i];
		const struct ip_addr *gw = &y->gateway[fib_index(via->family)];
		if (y->ifindex != dev)
			continue;
		if (y == u && dev != u->ifindex)
			return NULL;
		if (!found && y != u && (dev != u->ifindex || (via->family && ip_addr_eq(gw, via))))
			found = y;
	}
	return found;
}

/* On u's device, but through a gateway that is another uplink's, or in its network and not in u's.
 */
static const struct prove_uplink *foreign_gateway(const struct proof *x, const struct ip_addr *via)
{
	const struct snapshot *s = fib_snapshot(x->f);
	const struct prove_uplink *found = NULL;
	unsigned i = fib_index(x->s->family);

	if (via->family != x->s->family || ip_addr_eq(via, &x->u->gateway[i]))
		return NULL;
	for (size_t k = 0; k < x->goal->uplink_n; k++)
		if (&x->goal->uplink[k] != x->u && ip_addr_eq(&x->goal->uplink[k].gateway[i], via))
			found = &x->goal->uplink[k];
	if (found && x->u->gateway[i].family)
		return found;
	for (size_t k = 0; k < s->address_n; k++) {
		const struct address *a = &s->address[k];
		struct ip_prefix net = {a->local.family ? a->local : a->address,
					a->h.ifa_prefixlen};
		if (net.addr.family != via->family || ip_addr_is_linklocal(via) ||
		    !ip_prefix_contains(&net, via))
			continue;
		if ((int)a->h.ifa_index == x->u->ifindex)
			return NULL;
		for (size_t m = 0; m < x->goal->uplink_n; m++)
			if (x->goal->uplink[m].ifindex == (int)a->h.ifa_index)
				found = &x->goal->uplink[m];
	}
	return found;
}

/*
 * A device that is no uplink, but to which everything goes, or half of it, as a VPN has it: a way
 * out all the same.
 */
static bool takes_all(const struct proof *x, const struct fib_result *r, int dev)
{
	for (size_t i = 0; i < x->goal->uplink_n; i++)
		if (x->goal->uplink[i].ifindex == dev)
			return false;
	return r->route && r->route->h.rtm_dst_len <= 1;
}

static bool check_way(struct proof *x, const struct fib_packet *p, const struct fib_result *r,
		      int dev, const struct ip_addr *via)
{
	const struct prove_uplink *other = other_way(x, x->u, dev, via);
	bool wrong = other || takes_all(x, r, dev);
	struct fib_packet q = *p;
	struct fib_result got = *r;

	if (!wrong && dev == x->u->ifindex)
		other = foreign_gateway(x, via);
	if ((!wrong && !other) || (r->nexthops > 1 && !aim(x, dev, &q, &got)))
		return true;
	fails(x, !wrong ? PROVE_GATEWAY : x->forwarded ? PROVE_REPLY : PROVE_LEAK, other, &q, &got);
	return false;
}

bool prove_ways(struct proof *x, const struct fib_packet *p, const struct fib_result *r,
		bool (*fn)(struct proof *x, const struct fib_packet *p, const struct fib_result *r,
			   int dev, const struct ip_addr *via))
{
	struct fib_nexthop nh;
	bool good = true;

	if (r->nexthops <= 1 || !r->route)
		return fn(x, p, r, r->dev, &r->via);
	for (uint32_t i = 0; good && fib_route_nexthop(x->f, r->route, i, &nh); i++)
		if (!nh.dead)
			good = fn(x, p, r, nh.dev, &nh.via);
	return good;
}

bool prove_refused(const struct fib_result *r)
{
	switch (r->verdict) {
	case FIB_UNREACHABLE:
	case FIB_BLACKHOLE:
	case FIB_PROHIBIT:
	case FIB_NONE:
		return r->route ? !r->route->h.rtm_dst_len : !r->rule || !r->rule->h.dst_len;
	default:
		return false;
	}
}

/*
 * To the uplink's gateway, although main reaches the network of the destination directly, through
 * the uplink itself or a LAN: hosts there never see the packet, or by a detour.
 */
static bool detour(const struct proof *x, const struct fib_packet *p, const struct fib_result *r)
{
	const struct fib_table *t = fib_table(x->f, x->s->family, RT_TABLE_MAIN);
	const struct fib_node *n = t ? fib_longest(t, &p->dst) : NULL;

	if (!n || !n->entry_n || !r->via.family || !r->route)
		return false;
	const struct fib_entry *main = &t->entry[n->entry];
	uint8_t len = n->dst.len;
	if (len <= 1 || len == ip_bits(x->s->family) || r->route->h.rtm_dst_len >= len ||
	    main->type != RTN_UNICAST || main->hops->n != 1)
		return false;
	const struct fib_hop *hop = main->hops->hop;
	if (hop->via.family || hop->skip || !hop->dev->addr_n[fib_index(x->s->family)])
		return false;
	return hop->dev->ifindex == x->u->ifindex ||
	       !other_way(x, x->u, hop->dev->ifindex, &r->via);
}

/* The answer comes back on the uplink. */
static void check_return(struct proof *x, const struct fib_packet *p)
{
	struct fib_packet back = *p;
	struct fib_result r;

	back.src = p->dst;
	back.dst = p->src;
	back.sport = p->dport;
	back.dport = p->sport;
	back.iif = x->u->ifindex;
	back.oif = 0;
	back.uid = 0;
	back.mark = x->forwarded ? x->u->mark : 0;
	prove_look(x, &back, &r);
	if (r.verdict == FIB_RPF)
		fails(x, PROVE_RPF, NULL, &back, &r);
}

static bool check_packet(void *arg, const struct fib_packet *p)
{
	struct proof *x = arg;
	struct fib_result r;

	prove_look(x, p, &r);
	/* A link's broadcast address is the link's, whoever asks. */
	if (r.route && r.route->h.rtm_type != RTN_UNICAST && r.verdict == FIB_FORWARD)
		return *x->left;
	if (prove_refused(&r) && x->u->up[fib_index(x->s->family)]) {
		fails(x, PROVE_DROPPED, NULL, p, &r);
	} else if (r.verdict == FIB_FORWARD && prove_ways(x, p, &r, check_way) &&
		   r.dev == x->u->ifindex) {
		if (!x->forwarded && detour(x, p, &r))
			fails(x, PROVE_LINK, NULL, p, &r);
		/* Of all marks and users, what comes back has one. */
		else if (x->forwarded || (p->mark == 0 && p->uid == x->s->uid[0]))
			check_return(x, p);
	}
	return *x->left;
}

static struct ip_addr own_address(const struct address *a)
{
	return a->local.family ? a->local : a->address;
}

/* A host of a LAN: beside the address of a device that is no uplink. */
bool prove_lan_host(const struct proof *x, const struct address *a, struct ip_addr *ret)
{
	struct ip_addr own = own_address(a);
	struct ip_prefix net = {own, a->h.ifa_prefixlen};
	const struct fib_dev *dev = fib_device(x->f, (int)a->h.ifa_index);
	struct key k;

	if (own.family != x->s->family || !dev || dev->loopback || !dev->up ||
	    ip_addr_is_linklocal(&own) || net.len >= ip_bits(own.family) - 1)
		return false;
	for (size_t i = 0; i < x->goal->uplink_n; i++)
		if (x->goal->uplink[i].ifindex == dev->ifindex)
			return false;
	k = key_first(key_of(&own), net.len);
	for (unsigned i = 0; i < 3; i++) {
		k = own.family == AF_INET ? (struct key){k.hi + (UINT64_C(1) << 32), 0}
					  : key_next(k);
		*ret = key_addr(k, own.family);
		if (!fib_is_local(x->f, ret))
			return true;
	}
	return false;
}

/* From the machine's addresses that belong to the uplink, in all ways that rules tell apart. */
static void prove_sources(struct proof *x)
{
	const struct snapshot *s = fib_snapshot(x->f);

	for (size_t i = 0; i < s->address_n; i++) {
		struct fib_packet p = {.family = x->s->family, .src = own_address(&s->address[i])};
		if (p.src.family != x->s->family || !prove_has_source(x->u, &p.src) ||
		    ip_addr_is_linklocal(&p.src))
			continue;
		for (size_t k = 0; k < x->s->addr_n && *x->left; k++) {
			p.dst = x->s->addr[k];
			space_fields(x->s, p, check_packet, x);
		}
	}
}

static void check_lan(struct proof *x, struct fib_packet p)
{
	for (size_t k = 0; k < x->s->addr_n && *x->left; k++)
		for (size_t i = 0; i < x->s->transport_n; i++) {
			p.dst = x->s->addr[k];
			p.proto = x->s->transport[i].proto;
			p.sport = x->s->transport[i].sport;
			p.dport = x->s->transport[i].dport;
			check_packet(x, &p);
		}
}

/*
 * Through this machine: flows of a LAN that bear the uplink's mark (they came in by it, or have
 * begun there), and hosts that have addresses of a network of the uplink's.
 */
static void prove_forwarded(struct proof *x)
{
	const struct snapshot *s = fib_snapshot(x->f);
	struct fib_packet p = {.family = x->s->family};

	for (size_t i = 0; i < s->address_n && in_family(x->u, x->s->family); i++) {
		if (!prove_lan_host(x, &s->address[i], &p.src))
			continue;
		p.iif = (int)s->address[i].h.ifa_index;
		p.mark = 0;
		if (prove_has_source(x->u, &p.src))
			check_lan(x, p);
		p.mark = x->u->mark;
		x->forwarded = true;
		if (p.mark)
			check_lan(x, p);
		x->forwarded = false;
	}
}

/*
 * Packets whose source the kernel chooses. Of UDP: TCP looks up its way once more when it has a
 * source, so that rules by source put right what was not.
 */
static void check_chosen(struct proof *x, const struct fib_packet *p)
{
	const struct prove_uplink *other = NULL;
	struct fib_result r;

	prove_look(x, p, &r);
	if (r.verdict != FIB_FORWARD || !r.src.family)
		return;
	x->u = NULL;
	for (size_t i = 0; i < x->goal->uplink_n; i++) {
		const struct prove_uplink *y = &x->goal->uplink[i];
		if (y->ifindex == r.dev)
			x->u = x->u ? x->u : y;
		else if (prove_has_source(y, &r.src))
			other = y;
	}
	if (x->u && other && !prove_has_source(x->u, &r.src))
		fails(x, PROVE_SOURCE, other, p, &r);
	x->u = NULL;
}

static void prove_chosen(struct proof *x)
{
	for (size_t k = 0; k < x->s->addr_n && *x->left; k++)
		check_chosen(x, &(struct fib_packet){.family = x->s->family,
						     .src = {.family = x->s->family},
						     .dst = x->s->addr[k],
						     .proto = IPPROTO_UDP,
						     .sport = x->s->transport[0].sport,
						     .dport = x->s->transport[0].dport});
}

static int by_kind(const void *a, const void *b)
{
	const struct prove_failure *x = a, *y = b;

	return x->kind != y->kind ? (int)x->kind - (int)y->kind : (int)x->family - (int)y->family;
}

static int prove_family(struct proof *x, uint8_t family, struct err *e)
{
	size_t n = x->goal->policy_n;
	const struct rule **meant = arena_alloc(x->a, (n + 1) * sizeof(*meant));
	struct space s;

	for (size_t i = 0; i < n; i++)
		meant[i] = &x->goal->policy[i].select;
	int rc = space_make(x->f, family, meant, n, x->a, &s, e);

	if (rc < 0)
		return rc;
	x->s = &s;
	for (size_t i = 0; i < x->goal->uplink_n; i++) {
		x->u = &x->goal->uplink[i];
		prove_sources(x);
		prove_forwarded(x);
	}
	prove_chosen(x);
	prove_policies(x);
	prove_rules(x);
	if (*x->left || x->failure_n)
		return 0;
	err_set(e, -E2BIG, "there are too many rules, addresses and ports to look at all packets");
	return err_hint(e, "of %zu rules", x->f->family[fib_index(family)].rule_n);
}

long prove_machine(const struct fib *f, const struct prove_goal *goal, struct arena *a,
		   struct prove_failure **ret, uint64_t *looked, struct err *e)
{
	struct proof x = {.f = f, .goal = goal, .a = a};
	uint64_t budget = PROVE_BUDGET;

	x.left = goal->budget ? goal->budget : &budget;
	int rc = prove_family(&x, AF_INET, e);

	if (!rc)
		rc = prove_family(&x, AF_INET6, e);
	if (x.failure_n)
		qsort(x.failure, x.failure_n, sizeof(*x.failure), by_kind);
	*ret = x.failure;
	if (looked)
		*looked = x.looked;
	return rc ? rc : (long)x.failure_n;
}

bool prove_again(const struct fib *f, const struct prove_goal *goal, const struct prove_failure *y)
{
	struct prove_goal all = *goal;
	struct arena a = {0};
	uint64_t left = PROVE_BUDGET;
	uint32_t root = 0;
	struct space s = {.f = f, .family = y->family, .uid = &root, .uid_n = 1};
	struct proof x = {.f = f, .goal = &all, .s = &s, .a = &a, .left = &left, .u = y->uplink};
	struct fib_result r;

	all.excused = NULL;
	x.forwarded = y->packet.iif && y->packet.mark && y->uplink;
	switch (y->kind) {
	case PROVE_SOURCE:
		check_chosen(&x, &y->packet);
		break;
	case PROVE_RPF:
		fib_lookup(f, &y->packet, &r);
		x.failure_n = r.verdict == FIB_RPF;
		break;
	case PROVE_POLICY:
		prove_policy_packet(&x, &y->packet);
		break;
	case PROVE_RULE:
	case PROVE_TABLE:
		break;
	default:
		check_packet(&x, &y->packet);
	}
	arena_free(&a);
	return x.failure_n;
}
