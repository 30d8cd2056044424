/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The route that is about to be replaced or changed. The kernel has no question "which routes has
 * this prefix", and the table may hold a million: it is read only if nothing else tells.
 */
#include "ip/request.h"
#include "ip/route.h"
#include "ip/undo.h"

#include <errno.h>
#include <string.h>

/* The route that a request would replace: of the same key. */
struct replaced {
	const struct route *key;
	struct nl_msg m;
	bool found;
};

static int find_replaced(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct replaced *x = arg;
	struct route r;

	if (h->nlmsg_type != RTM_NEWROUTE || x->found)
		return 0;
	int rc = route_decode(h, &r, e);
	if (rc < 0 || route_key_cmp(x->key, &r) || (r.h.rtm_flags & RTM_F_CLONED))
		return rc;
	x->found = true;
	return request_add(h, NLM_F_CREATE | NLM_F_REPLACE, &x->m, e);
}

static int find_in_dump(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct replaced *x = arg;
	struct ip_prefix key = route_dst(x->key);
	struct route r;
	int rc = find_replaced(h, arg, e);

	if (rc < 0)
		return rc;
	bool behind = !route_decode(h, &r, NULL) && route_lies_behind(&key, &r);
	return x->found || behind ? NL_ENOUGH : 0;
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

/* Asks for the route to some of the prefix's addresses: mostly it is the one. */
static int look_up(struct ip *ip, struct replaced *x, struct err *e)
{
	struct route q = *x->key;
	uint8_t bits = ip_bits(q.h.rtm_family);
	unsigned tries = q.h.rtm_dst_len == bits ? 1 : 8;
	struct nl_msg m;
	int rc = 0;

	q.h.rtm_dst_len = bits;
	q.has = HAS(ROUTE_DST);
	for (unsigned n = 0; n < tries && !rc && !x->found; n++) {
		q.dst = address_of(route_dst(x->key), n);
		rc = route_lookup_message(&m, RTM_F_FIB_MATCH | RTM_F_LOOKUP_TABLE, &q, e);
		if (!rc)
			nl_talk(ip->nl, &m.h, find_replaced, x, NULL);
	}
	return rc;
}

/* If longer prefixes cover it, or the rules do not lead to the table, only a dump tells. */
static int search(struct ip *ip, struct replaced *x, struct err *e)
{
	struct route all = {.has = HAS(ROUTE_TABLE),
			    .h.rtm_family = x->key->h.rtm_family,
			    .table = x->key->table};
	struct nl_msg m;
	int rc = look_up(ip, x, e);

	if (rc < 0 || x->found)
		return rc;
	rc = nl_msg_object(&m, RTM_GETROUTE, 0, &route_attrs, &all, e);
	if (!rc)
		rc = ip_dump_until(ip, &m.h, find_in_dump, x, e);
	return rc == -ENOENT ? 0 : rc; /* there is no such table yet */
}

/* IPv4 says whether a route could be added, without doing it. IPv6 would add it. */
static bool is_surely_new(struct ip *ip, const struct nlmsghdr *req)
{
	const struct rtmsg *r = NLMSG_DATA(req);
	struct nl_msg m;

	if (r->rtm_family != AF_INET || req->nlmsg_len > sizeof(m.buf))
		return false;
	memcpy(m.buf, req, req->nlmsg_len);
	m.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_EXCL;
	return nl_talk(ip->nl, &m.h, NULL, NULL, NULL) == -ENOENT;
}

int undo_prepare_route(struct undo *u, struct ip *ip, const struct nlmsghdr *req, struct err *e)
{
	struct route r;
	struct replaced x = {.key = &r};
	int rc = route_decode(req, &r, e);

	if (rc < 0)
		return rc;
	if (r.h.rtm_family == AF_INET6 && !has(&r, ROUTE_METRIC))
		r.metric = 1024;
	if (!is_surely_new(ip, req))
		rc = search(ip, &x, e);
	if (rc < 0)
		return rc;
	return x.found ? undo_add(u, &x.m.h, e) : undo_note(u, req, e);
}
