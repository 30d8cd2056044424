/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The route of a given key. The kernel has no question "which routes has this prefix", and the
 * table may hold a million: it is read only if nothing else tells.
 */
#include "ip/route.h"

#include <errno.h>

struct search {
	const struct route *key;
	struct ip_prefix dst;
	nl_fn *fn; /* hears of it */
	void *arg;
	bool found;
};

static int is_it(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct search *s = arg;
	struct route r;

	if (h->nlmsg_type != RTM_NEWROUTE || s->found)
		return 0;
	int rc = route_decode(h, &r, e);
	if (rc < 0 || route_key_cmp(s->key, &r) || (r.h.rtm_flags & RTM_F_CLONED))
		return rc;
	s->found = true;
	return s->fn(h, s->arg, e);
}

static int in_dump(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct search *s = arg;
	struct route r;
	int rc = is_it(h, arg, e);

	if (rc < 0)
		return rc;
	bool behind = !route_decode(h, &r, NULL) && route_lies_behind(&s->dst, &r);
	return s->found || behind ? NL_ENOUGH : 0;
}

/* An address of the prefix: the first, the last, then some between them. */
static struct ip_addr address_of(struct ip_prefix p, unsigned n)
{
	struct ip_addr a = p.addr;
	uint32_t draw = n == 1 ? UINT32_MAX : n * 0x9e3779b9;

	for (unsigned bit = p.len; bit < ip_bits(a.family); bit++)
		if (draw >> bit % 32 & 1)
			a.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return a;
}

/* To others the kernel gives a type of its own, whatever that of the route is. */
static bool is_for_hosts(const struct ip_addr *a)
{
	return a->b[0] &&
	       (a->family == AF_INET6 ? a->b[0] != 0xff : a->b[0] != 127 && a->b[0] < 224);
}

/* Asks for the route to some of the prefix's addresses: mostly it is the one. */
static int look_up(struct ip *ip, struct search *s, struct err *e)
{
	struct route q = *s->key;
	uint8_t bits = ip_bits(q.h.rtm_family);
	unsigned tries = q.h.rtm_dst_len == bits ? 1 : 8;
	struct nl_msg m;
	int rc = 0;

	q.h.rtm_dst_len = bits;
	q.has = HAS(ROUTE_DST);
	for (unsigned n = 0; n < tries && !rc && !s->found; n++) {
		q.dst = address_of(s->dst, n);
		if (!is_for_hosts(&q.dst))
			continue;
		rc = route_lookup_message(&m, RTM_F_FIB_MATCH | RTM_F_LOOKUP_TABLE, &q, e);
		if (!rc)
			nl_talk(ip->nl, &m.h, is_it, s, NULL);
	}
	return rc;
}

/* If longer prefixes cover it, or the rules do not lead to the table, only a dump tells. */
int route_find(struct ip *ip, const struct route *key, nl_fn *fn, void *arg, struct err *e)
{
	struct search s = {.key = key, .dst = route_dst(key), .fn = fn, .arg = arg};
	struct route all = {
		.has = HAS(ROUTE_TABLE), .h.rtm_family = key->h.rtm_family, .table = key->table};
	struct nl_msg m;
	int rc = look_up(ip, &s, e);

	if (rc < 0 || s.found)
		return rc < 0 ? rc : 1;
	rc = nl_msg_object(&m, RTM_GETROUTE, 0, &route_attrs, &all, e);
	if (!rc)
		rc = ip_dump_until(ip, &m.h, in_dump, &s, e);
	return rc < 0 && rc != -ENOENT ? rc : s.found; /* there may be no such table yet */
}
