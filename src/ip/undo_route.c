/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The route that is about to be replaced or changed. */
#include "ip/request.h"
#include "ip/route.h"
#include "ip/undo.h"

#include <errno.h>
#include <string.h>

/* The request that makes it again. */
static int keep(const struct nlmsghdr *h, void *arg, struct err *e)
{
	return request_add(h, NLM_F_CREATE | NLM_F_REPLACE, arg, e);
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
	struct nl_msg m;
	int found = 0, rc = route_decode(req, &r, e);

	if (rc < 0)
		return rc;
	if (r.h.rtm_family == AF_INET6 && !has(&r, ROUTE_METRIC))
		r.metric = 1024;
	if (!is_surely_new(ip, req))
		found = route_find(ip, &r, keep, &m, e);
	if (found < 0)
		return found;
	return found ? undo_add(u, &m.h, e) : undo_note(u, req, e);
}
