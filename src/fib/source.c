/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which address a packet gets that has none yet: IPv4's inet_select_addr(), IPv6's
 * ipv6_dev_get_saddr() (RFC 6724).
 */
#include "fib/compiled.h"

#include <netinet/in.h>
#include <string.h>

static const struct ip_addr no_addr;

/* ── IPv4 ───────────────────────────────────────────────────────────────────────────────────── */

static bool on_subnet(const struct address *a, uint32_t dst)
{
	uint8_t len = a->h.ifa_prefixlen;

	return !len || !((fib_be32(a->address.b) ^ dst) >> (32 - len));
}

/* Addresses of other devices: primary ones of a scope that reaches, but not link-local ones. */
static const struct address *any_of(const struct fib_dev *d, unsigned scope)
{
	for (size_t i = 0; i < d->addr_n[0]; i++) {
		const struct address *a = d->addr[0][i];
		if (!(a->flags & IFA_F_SECONDARY) && a->h.ifa_scope != RT_SCOPE_LINK &&
		    a->h.ifa_scope <= scope)
			return a;
	}
	return NULL;
}

static bool localnet(const struct fib *f, const struct fib_dev *d)
{
	return f->set.all.route_localnet || d->conf->route_localnet;
}

static const struct address *own_of(const struct fib *f, const struct fib_dev *d, uint32_t dst,
				    unsigned scope)
{
	unsigned most = localnet(f, d) ? RT_SCOPE_LINK : RT_SCOPE_HOST;
	const struct address *first = NULL;

	for (size_t i = 0; i < d->addr_n[0]; i++) {
		const struct address *a = d->addr[0][i];
		unsigned s = a->h.ifa_scope < most ? a->h.ifa_scope : most;
		if ((a->flags & IFA_F_SECONDARY) || s > scope)
			continue;
		if (!dst || on_subnet(a, dst))
			return a;
		if (!first)
			first = a;
	}
	return first;
}

struct ip_addr fib_source4(const struct fib *f, const struct fib_dev *dev, uint32_t dst,
			   unsigned scope)
{
	const struct address *a = own_of(f, dev, dst, scope);
	const struct fib_dev *vrf = dev->l3 ? fib_device(f, dev->l3) : NULL;

	if (!a && vrf)
		a = any_of(vrf, scope);
	for (size_t i = 0; i < f->dev_n && !a; i++)
		if (f->dev[i].l3 == dev->l3)
			a = any_of(&f->dev[i], scope);
	return a ? a->local : no_addr;
}

/* ── IPv6 ───────────────────────────────────────────────────────────────────────────────────── */

enum { SCOPE_NONE = -1, SCOPE_LOOPBACK = 1, SCOPE_LINK = 2, SCOPE_SITE = 5, SCOPE_GLOBAL = 14 };

static int scope_of(const struct ip_addr *a)
{
	static const struct ip_addr loopback = {AF_INET6, {[15] = 1}};

	if (a->b[0] == 0xff)
		return a->b[1] & 15;
	if (a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80)
		return SCOPE_LINK;
	if (a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0xc0)
		return SCOPE_SITE;
	if (ip_addr_eq(a, &loopback))
		return SCOPE_LINK; /* __ipv6_addr_src_scope() of ::1 */
	if (ip_addr_is_any(a))
		return SCOPE_NONE;
	return SCOPE_GLOBAL;
}

/* The loopback, ::ffff:0:0/96 and ::/96 are never out of fashion (ipv6_saddr_preferred()). */
static bool always_preferred(const struct ip_addr *a)
{
	static const uint8_t zero[12];

	return !memcmp(a->b, zero, 12) ||
	       (!memcmp(a->b, zero, 10) && a->b[10] == 0xff && a->b[11] == 0xff);
}

/* The kernel's own table (net/ipv6/addrlabel.c), for snapshots without one; longest first. */
static const struct {
	struct ip_prefix prefix;
	uint32_t label;
} own_labels[] = {
	{{{AF_INET6, {[15] = 1}}, 128}, 0},
	{{{AF_INET6, {0}}, 96}, 3},
	{{{AF_INET6, {[10] = 0xff, 0xff}}, 96}, 4},
	{{{AF_INET6, {0x20, 0x01}}, 32}, 6},
	{{{AF_INET6, {0x20, 0x01, 0, 0x10}}, 28}, 7},
	{{{AF_INET6, {0x20, 0x02}}, 16}, 2},
	{{{AF_INET6, {0xfc}}, 7}, 5},
	{{{AF_INET6, {0}}, 0}, 1},
};

static uint32_t label_of(const struct fib *f, const struct ip_addr *a, int ifindex)
{
	const struct addrlabel *best = NULL;

	for (size_t i = 0; i < f->s->label_n; i++) {
		const struct addrlabel *l = &f->s->label[i];
		struct ip_prefix p = {l->address, l->h.ifal_prefixlen};
		if ((l->h.ifal_index && (int)l->h.ifal_index != ifindex) || p.len > 128 ||
		    !fib_prefix6_has(&p, a))
			continue;
		if (!best || p.len > best->h.ifal_prefixlen)
			best = l;
	}
	if (best || f->s->label_n)
		return best ? best->label : UINT32_MAX;
	for (size_t i = 0; i < sizeof(own_labels) / sizeof(*own_labels); i++)
		if (fib_prefix6_has(&own_labels[i].prefix, a))
			return own_labels[i].label;
	return UINT32_MAX;
}

static bool orchid(const struct ip_addr *a)
{
	return a->b[0] == 0x20 && a->b[1] == 0x01 && a->b[2] == 0 && (a->b[3] & 0xf0) == 0x10;
}

static int common_bits(const struct ip_addr *a, const struct ip_addr *b)
{
	for (int i = 0; i < 16; i++)
		if (a->b[i] != b->b[i])
			return 8 * i + __builtin_clz((unsigned)(a->b[i] ^ b->b[i])) - 24;
	return 128;
}

/* A destination, and what each candidate is held against. */
struct choice {
	const struct fib *f;
	const struct ip_addr *dst;
	int scope, ifindex;
	uint32_t label;
	const struct address *best;
	const struct fib_dev *best_dev;
};

enum { SAME, SCOPE, PREFERRED, OUTGOING, LABEL, PRIVACY, ORCHID, PREFIX, SETTLED, CRITERIA };

/* How well an address does by one criterion of RFC 6724, section 5; the greater the better. */
static int judge(const struct choice *c, const struct address *a, const struct fib_dev *d, int by)
{
	int v;

	switch (by) {
	case SAME:
		return ip_addr_eq(&a->local, c->dst);
	case SCOPE:
		v = scope_of(&a->local);
		return v >= c->scope ? -v : v - 128;
	case PREFERRED:
		return always_preferred(&a->local) ||
		       !(a->flags & (IFA_F_DEPRECATED | IFA_F_OPTIMISTIC));
	case OUTGOING:
		return !c->ifindex || c->ifindex == d->ifindex;
	case LABEL:
		return label_of(c->f, &a->local, d->ifindex) == c->label;
	case PRIVACY:
		return !(a->flags & IFA_F_TEMPORARY) ^
		       (d->conf->use_tempaddr >= 2 && d->conf->use_tempaddr <= INT32_MAX);
	case ORCHID:
		return orchid(&a->local) == orchid(c->dst);
	case PREFIX:
		v = common_bits(&a->local, c->dst);
		return v > a->h.ifa_prefixlen ? a->h.ifa_prefixlen : v;
	default:
		return !(a->flags & IFA_F_OPTIMISTIC);
	}
}

static bool candidate(const struct address *a)
{
	if ((a->flags & (IFA_F_TENTATIVE | IFA_F_OPTIMISTIC)) == IFA_F_TENTATIVE)
		return false;
	return !ip_addr_is_any(&a->local) && a->local.b[0] != 0xff;
}

static void consider(struct choice *c, const struct fib_dev *d)
{
	for (size_t i = 0; i < d->addr_n[1]; i++) {
		const struct address *a = d->addr[1][i];
		int diff = !c->best;
		if (!candidate(a))
			continue;
		for (int by = 0; by < CRITERIA && !diff; by++)
			diff = judge(c, a, d, by) - judge(c, c->best, c->best_dev, by);
		if (diff > 0) {
			c->best = a;
			c->best_dev = d;
		}
	}
}

struct ip_addr fib_source6(const struct fib *f, const struct ip_addr *dst,
			   const struct fib_dev *dev)
{
	struct choice c = {.f = f,
			   .dst = dst,
			   .scope = scope_of(dst),
			   .ifindex = dev ? dev->ifindex : 0,
			   .label = label_of(f, dst, dev ? dev->ifindex : 0)};
	const struct fib_dev *vrf = dev && dev->l3 ? fib_device(f, dev->l3) : NULL;

	if (dev && (dst->b[0] == 0xff || c.scope <= SCOPE_LINK || dev->conf->use_oif_addrs_only)) {
		consider(&c, dev);
		return c.best ? c.best->local : no_addr;
	}
	if (vrf) {
		consider(&c, dev);
		consider(&c, vrf);
	}
	for (size_t i = 0; i < f->dev_n; i++)
		if (f->dev[i].l3 == (vrf ? vrf->ifindex : 0))
			consider(&c, &f->dev[i]);
	return c.best ? c.best->local : no_addr;
}

static const struct address *count(const struct fib_dev *d, size_t *n)
{
	const struct address *last = NULL;

	for (size_t i = 0; d && i < d->addr_n[1]; i++)
		if (candidate(d->addr[1][i])) {
			last = d->addr[1][i];
			++*n;
		}
	return last;
}

struct ip_addr fib_source6_alone(const struct fib *f, int ifindex)
{
	const struct fib_dev *dev = fib_device(f, ifindex);
	const struct fib_dev *vrf = dev && dev->l3 ? fib_device(f, dev->l3) : NULL;
	size_t n = 0;

	if (!vrf)
		return no_addr;
	const struct address *a = count(dev, &n), *b = count(vrf, &n);
	return n == 1 ? (a ? a : b)->local : no_addr;
}

struct ip_addr fib_source(const struct fib *f, const struct ip_addr *dst, int ifindex)
{
	const struct fib_dev *d = fib_device(f, ifindex);

	if (dst->family == AF_INET6)
		return fib_source6(f, dst, d);
	return d ? fib_source4(f, d, fib_be32(dst->b), RT_SCOPE_UNIVERSE) : no_addr;
}
