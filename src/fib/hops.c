/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Next hops: those that stand in a route (one, or the parts of a multipath route), and those that
 * are objects of their own, which a route names by number; a group of objects is a multipath route.
 *
 * The two kinds of multipath are chosen from differently. A route's own next hops share the hashes
 * among those that are alive, and get none without one. A group's share them among all members,
 * passing over those whose gateway does not answer; a resilient group has a table of buckets.
 */
#include "fib/compiled.h"
#include "fib/hash.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static int object_cmp(const void *a, const void *b)
{
	const struct nh *x = *(const struct nh *const *)a, *y = *(const struct nh *const *)b;

	return (x->id > y->id) - (x->id < y->id);
}

static int neigh_cmp(const void *a, const void *b)
{
	const struct neigh *x = *(const struct neigh *const *)a;
	const struct neigh *y = *(const struct neigh *const *)b;
	int c = x->h.ndm_ifindex - y->h.ndm_ifindex;

	return c ? c : ip_addr_cmp(&x->dst, &y->dst);
}

void fib_compile_objects(struct fib *f)
{
	const struct snapshot *s = f->s;

	f->object = arena_alloc(&f->arena, s->nexthop_n * sizeof(*f->object));
	for (size_t i = 0; i < s->nexthop_n; i++)
		f->object[f->object_n++] = &s->nexthop[i];
	qsort(f->object, f->object_n, sizeof(*f->object), object_cmp);
	f->neigh = arena_alloc(&f->arena, s->neigh_n * sizeof(*f->neigh));
	for (size_t i = 0; i < s->neigh_n; i++)
		if (has(&s->neigh[i], NEIGH_DST) && !(s->neigh[i].h.ndm_flags & NTF_PROXY))
			f->neigh[f->neigh_n++] = &s->neigh[i];
	qsort(f->neigh, f->neigh_n, sizeof(*f->neigh), neigh_cmp);
}

static const struct nh *find_object(const struct fib *f, uint32_t id)
{
	struct nh key = {.id = id};
	const struct nh *k = &key;
	const struct nh **at =
		f->object_n ? bsearch(&k, f->object, f->object_n, sizeof(*f->object), object_cmp)
			    : NULL;

	return at ? *at : NULL;
}

/* What is known of a gateway; 0 if nobody has asked for it yet. */
static uint16_t gateway_state(const struct fib *f, int ifindex, const struct ip_addr *a)
{
	struct neigh key = {.h.ndm_ifindex = ifindex, .dst = *a};
	const struct neigh *k = &key;
	const struct neigh **at =
		f->neigh_n ? bsearch(&k, f->neigh, f->neigh_n, sizeof(*f->neigh), neigh_cmp) : NULL;

	return at ? (*at)->h.ndm_state : 0;
}

#define NEIGH_VALID (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY)

static const struct fib_dev *device_or_stub(struct fib *f, int ifindex)
{
	const struct fib_dev *d = fib_device(f, ifindex);

	if (!d) {
		struct fib_dev *stub = arena_alloc(&f->arena, sizeof(*stub));
		stub->ifindex = ifindex;
		stub->conf = &fib_no_settings;
		d = stub;
	}
	return d;
}

static struct fib_hop make_hop(struct fib *f, const struct route *r, int ifindex,
			       const struct ip_addr *via, uint32_t weight, uint32_t flags)
{
	struct fib_hop h = {.via = *via, .dev = device_or_stub(f, ifindex), .weight = weight};
	uint16_t state = via->family ? gateway_state(f, ifindex, via) : 0;

	h.skip = flags & RTNH_F_DEAD;
	/* The kernel says "dead" of a missing carrier, too, where that counts. */
	h.dead = h.skip && !((flags & RTNH_F_LINKDOWN) && h.dev->up);
	h.neigh = state;
	h.neigh_valid = !state || (state & NEIGH_VALID);
	h.neigh_failed = state & NUD_FAILED;
	if (r->h.rtm_family == AF_INET)
		h.own = h.src = fib_source4(f, h.dev, fib_be32(via->b), r->h.rtm_scope);
	if (r->h.rtm_family == AF_INET && has(r, ROUTE_PREFSRC))
		h.src = r->prefsrc;
	return h;
}

static const struct ip_addr no_addr;

static void set_bounds(struct fib_hops *x)
{
	uint64_t total = 0, sum = 0;

	for (uint32_t i = 0; i < x->n; i++)
		x->usable |= !x->hop[i].skip;
	for (uint32_t i = 0; i < x->n; i++)
		if (x->object || !x->hop[i].skip)
			total += x->hop[i].weight;
	for (uint32_t i = 0; i < x->n; i++) {
		struct fib_hop *h = &x->hop[i];
		if (!total || (!x->object && h->skip)) {
			h->bound = -1;
			continue;
		}
		sum += h->weight;
		h->bound = fib_upper_bound(sum, total);
	}
}

/* ── Objects ────────────────────────────────────────────────────────────────────────────────── */

static struct fib_hop object_hop(struct fib *f, const struct route *r, const struct nh *o,
				 uint32_t weight)
{
	const struct ip_addr *via = has(o, NH_GATEWAY) ? &o->gateway : &no_addr;
	struct fib_hop h =
		make_hop(f, r, has(o, NH_OIF) ? (int)o->oif : 0, via, weight, o->h.nh_flags);

	h.nhid = o->id;
	return h;
}

static int compile_buckets(struct fib *f, const struct nh *group, struct fib_hops *x)
{
	struct nh_res res = {.has = 0};
	struct nh_bucket b;
	uint32_t *bucket;

	if (!has(group, NH_RES_GROUP) ||
	    attr_decode_ref(&nh_res_attrs, group->res_group, &res, NULL) ||
	    !has(&res, NH_RES_BUCKETS) || !res.buckets)
		return 0;
	bucket = arena_alloc(&f->arena, res.buckets * sizeof(*bucket));
	for (size_t i = 0; i < f->s->bucket_n; i++) {
		const struct nh *o = &f->s->bucket[i];
		b.has = 0;
		if (o->id != group->id || !has(o, NH_RES_BUCKET) ||
		    attr_decode_ref(&nh_bucket_attrs, o->res_bucket, &b, NULL) ||
		    b.index >= res.buckets)
			continue;
		for (uint32_t k = 0; k < x->n; k++)
			if (x->hop[k].nhid == b.nhid)
				bucket[b.index] = k;
	}
	x->bucket = bucket;
	x->bucket_n = res.buckets;
	return 0;
}

/* A member: number and weight, the latter's upper byte since Linux 6.12 (struct nexthop_grp). */
#define MEMBER_SIZE 8u
static uint32_t member(struct nl_ref group, uint32_t i, uint32_t *ret_weight)
{
	const uint8_t *b = (const uint8_t *)group.p + (size_t)i * MEMBER_SIZE;
	uint32_t id;

	memcpy(&id, b, sizeof(id));
	*ret_weight = (b[4] | (uint32_t)b[5] << 8) + 1;
	return id;
}

static int compile_object(struct fib *f, const struct route *r, const struct nh *o,
			  struct fib_hops *x, struct err *e)
{
	uint32_t n = has(o, NH_GROUP) ? o->group.len / MEMBER_SIZE : 1, weight = 1;

	x->object = true;
	x->blackhole = has(o, NH_BLACKHOLE);
	x->hop = arena_alloc(&f->arena, n * sizeof(*x->hop));
	if (!has(o, NH_GROUP)) {
		x->hop[x->n++] = object_hop(f, r, o, 1);
	} else {
		for (uint32_t i = 0; i < n; i++) {
			uint32_t id = member(o->group, i, &weight);
			const struct nh *m = find_object(f, id);
			if (!m || has(m, NH_GROUP))
				return err_set(e, -EINVAL, "group %u has next hop %u, which is %s",
					       o->id, id, m ? "a group" : "not there");
			if (has(m, NH_BLACKHOLE))
				x->blackhole = true;
			x->hop[x->n++] = object_hop(f, r, m, weight);
		}
		compile_buckets(f, o, x);
	}
	set_bounds(x);
	return 0;
}

/* nexthop_select_path(): before Linux 6.5 members were passed over only from the hash's on. */
const struct fib_hop *fib_select_object(const struct fib *f, const struct fib_hops *x,
					uint32_t hash)
{
	const struct fib_hop *good = NULL;

	if (x->bucket_n)
		return &x->hop[x->bucket[hash % x->bucket_n]];
	for (uint32_t i = 0; i < x->n; i++) {
		const struct fib_hop *h = &x->hop[i];
		bool mine = (int64_t)hash <= h->bound;
		if (h->neigh_valid && mine)
			return h;
		if (!good && (f->set.kernel >= 0x0605 ? h->neigh_valid : mine))
			good = h;
	}
	return good ? good : &x->hop[0];
}

/* ── Routes ─────────────────────────────────────────────────────────────────────────────────── */

static int compile_multipath(struct fib *f, const struct route *r, struct fib_hops *x,
			     struct err *e)
{
	struct route_nexthop nh;
	size_t at = 0, cap = 0, n = 0;

	while (route_nexthop_next(r->multipath, &at, &nh)) {
		const struct ip_addr *via = has(&nh, NEXTHOP_GATEWAY) ? &nh.gateway
					    : has(&nh, NEXTHOP_VIA)   ? &nh.via
								      : &no_addr;
		struct fib_hop h = make_hop(f, r, nh.h.rtnh_ifindex, via, nh.h.rtnh_hops + 1u,
					    nh.h.rtnh_flags);
		if (r->h.rtm_family == AF_INET6 && via->family == AF_INET)
			return err_set(e, -EINVAL, "an IPv6 route has an IPv4 gateway");
		*ARENA_PUSH(&f->arena, x->hop, n, cap) = h;
	}
	x->n = (uint32_t)n;
	if (!n)
		return err_set(e, -EINVAL, "a multipath route has no next hops");
	set_bounds(x);
	return 0;
}

static int compile(struct fib *f, const struct route *r, struct fib_hops *x, struct err *e)
{
	const struct nh *o = has(r, ROUTE_NHID) ? find_object(f, r->nhid) : NULL;

	if (o)
		return compile_object(f, r, o, x, e);
	if (has(r, ROUTE_MULTIPATH))
		return compile_multipath(f, r, x, e);
	if (r->h.rtm_family == AF_INET && fib_type_verdict(r->h.rtm_type) != FIB_FORWARD)
		return 0;
	const struct ip_addr *via = has(r, ROUTE_GATEWAY) ? &r->gateway
				    : has(r, ROUTE_VIA)	  ? &r->via
							  : &no_addr;
	x->hop = arena_alloc(&f->arena, sizeof(*x->hop));
	x->hop[x->n++] =
		make_hop(f, r, has(r, ROUTE_OIF) ? (int)r->oif : 0, via, 1, r->h.rtm_flags);
	set_bounds(x);
	return 0;
}

/* ── Routes that have the same ───────────────────────────────────────────────────────────────────
 */

struct hops_made {
	struct {
		const struct route *r;
		const struct fib_hops *hops;
	} * slot;
	size_t slots, n; /* a power of two */
};

/* All of a route that its next hops are made of. */
static uint64_t ways_hash(const struct route *r)
{
	uint64_t h =
		(uint64_t)r->h.rtm_scope << 40 ^ (uint64_t)r->h.rtm_type << 32 ^ r->h.rtm_flags;
	uint64_t gateway[2], rest = 0;

	memcpy(gateway, has(r, ROUTE_VIA) ? r->via.b : r->gateway.b, sizeof(gateway));
	memcpy(&rest, r->prefsrc.b + 8, 8);
	h = (h ^ gateway[0]) * 0x9e3779b97f4a7c15;
	h = (h ^ gateway[1] ^ h >> 29) * 0xbf58476d1ce4e5b9;
	h = (h ^ ((uint64_t)r->nhid << 32 | r->oif) ^ h >> 31) * 0x94d049bb133111eb;
	h = (h ^ rest ^ fib_be32(r->prefsrc.b) ^ r->multipath.len ^ h >> 29) * 0x9e3779b97f4a7c15;
	return h ^ h >> 32;
}

/* Whether a search ends at a route that has these, whatever is asked for but a device. */
static bool is_sure(const struct route *r, const struct fib_hops *x)
{
	if (r->h.rtm_family == AF_INET)
		return x->blackhole || x->usable || fib_type_verdict(r->h.rtm_type) != FIB_FORWARD;
	for (uint32_t i = 0; i < x->n; i++)
		if (!x->hop[i].skip && !x->hop[i].neigh_failed)
			return true;
	return x->blackhole;
}

static bool same_field(const struct route *a, const struct route *b, unsigned field,
		       const struct ip_addr *x, const struct ip_addr *y)
{
	return has(a, field) == has(b, field) && (!has(a, field) || ip_addr_eq(x, y));
}

static bool same_number(const struct route *a, const struct route *b, unsigned field, uint32_t x,
			uint32_t y)
{
	return has(a, field) == has(b, field) && (!has(a, field) || x == y);
}

static bool same_multipath(const struct route *a, const struct route *b)
{
	if (!has(a, ROUTE_MULTIPATH) || !has(b, ROUTE_MULTIPATH))
		return has(a, ROUTE_MULTIPATH) == has(b, ROUTE_MULTIPATH);
	return a->multipath.len == b->multipath.len &&
	       !memcmp(a->multipath.p, b->multipath.p, a->multipath.len);
}

static bool same_ways(const struct route *a, const struct route *b)
{
	return a->h.rtm_family == b->h.rtm_family && a->h.rtm_type == b->h.rtm_type &&
	       a->h.rtm_scope == b->h.rtm_scope && a->h.rtm_flags == b->h.rtm_flags &&
	       same_number(a, b, ROUTE_NHID, a->nhid, b->nhid) &&
	       same_number(a, b, ROUTE_OIF, a->oif, b->oif) &&
	       same_field(a, b, ROUTE_GATEWAY, &a->gateway, &b->gateway) &&
	       same_field(a, b, ROUTE_VIA, &a->via, &b->via) &&
	       same_field(a, b, ROUTE_PREFSRC, &a->prefsrc, &b->prefsrc) && same_multipath(a, b);
}

static size_t find_slot(const struct hops_made *m, const struct route *r)
{
	size_t i = ways_hash(r) & (m->slots - 1);

	while (m->slot[i].r && !same_ways(m->slot[i].r, r))
		i = (i + 1) & (m->slots - 1);
	return i;
}

static bool grow_made(struct hops_made *m)
{
	struct hops_made old = *m;

	m->slots = old.slots ? 2 * old.slots : 64;
	m->slot = calloc(m->slots, sizeof(*m->slot));
	if (!m->slot) {
		*m = old;
		return false;
	}
	for (size_t i = 0; i < old.slots; i++)
		if (old.slot[i].r)
			m->slot[find_slot(m, old.slot[i].r)] = old.slot[i];
	free(old.slot);
	return true;
}

int fib_compile_hops(struct fib *f, const struct route *r, const struct fib_hops **ret,
		     struct err *e)
{
	struct hops_made *m = f->made;

	if (!m)
		m = f->made = arena_alloc(&f->arena, sizeof(*m));
	if (m->n * 2 >= m->slots && !grow_made(m))
		return err_errno(e, -ENOMEM, "next hops");
	size_t i = find_slot(m, r);
	if (!m->slot[i].r) {
		struct fib_hops *x = arena_alloc(&f->arena, sizeof(*x));
		int rc = compile(f, r, x, e);
		if (rc < 0)
			return rc;
		m->slot[i].r = r;
		m->slot[i].hops = x;
		m->n++;
		x->sure = is_sure(r, x);
		x->number = ++f->hops_n;
	}
	*ret = m->slot[i].hops;
	return 0;
}

void fib_forget_hops(struct fib *f)
{
	if (f->made)
		free(f->made->slot);
	f->made = NULL;
}

/* ── From outside ────────────────────────────────────────────────────────────────────────────────
 */

static const struct fib_entry *among(const struct fib_entry *x, uint32_t n, const struct route *r)
{
	for (uint32_t i = 0; i < n; i++)
		if (x[i].r == r)
			return &x[i];
	return NULL;
}

const struct fib_entry *fib_entry_of(const struct fib *f, const struct route *r)
{
	const struct fib_table *t = fib_table(f, r->h.rtm_family, r->table);
	const struct fib_entry *x;

	for (const struct fib_node *n = t ? fib_longest(t, &r->dst) : NULL; n;
	     n = n->parent == LPM_NONE ? NULL : &t->node[n->parent]) {
		x = among(&t->entry[n->entry], n->entry_n, r);
		for (uint32_t k = 0; k < n->sub_n && !x; k++)
			x = among(&t->entry[t->sub[n->sub + k].entry], t->sub[n->sub + k].entry_n,
				  r);
		if (x)
			return x;
	}
	return NULL;
}

bool fib_route_nexthop(const struct fib *f, const struct route *r, uint32_t n,
		       struct fib_nexthop *ret)
{
	const struct fib_entry *x = fib_entry_of(f, r);

	if (!x || n >= x->hops->n)
		return false;
	const struct fib_hop *h = &x->hops->hop[n];
	*ret = (struct fib_nexthop){h->via, h->dev->ifindex, h->weight, h->skip};
	return true;
}
