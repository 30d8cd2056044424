/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fib/answer.h"

#include "fib/reasons.h"

#include <errno.h>

/* Which error each verdict is (ip_route_output_key_hash(), inet_rtm_getroute()). */
static bool code_fits(const struct fib_result *r, int code)
{
	switch (r->verdict) {
	case FIB_UNREACHABLE:
		return code == (r->route ? -EHOSTUNREACH : -ENETUNREACH);
	case FIB_PROHIBIT:
		return code == -EACCES;
	case FIB_BLACKHOLE:
		return code == -EINVAL;
	case FIB_NONE:
		return code == -ENETUNREACH;
	case FIB_NOT_FORWARDED:
		return code == -EHOSTUNREACH;
	case FIB_RPF:
		return code == -EINVAL || code == -EXDEV;
	case FIB_INVALID:
		return code == -EINVAL || code == -ENETUNREACH || code == -ENODEV;
	default:
		return !code;
	}
}

struct ip_addr fib_route_via(const struct route *r)
{
	return has(r, ROUTE_GATEWAY) ? r->gateway
	       : has(r, ROUTE_VIA)   ? r->via
				     : (struct ip_addr){0};
}

static bool is_a_nexthop(const struct fib *f, const struct fib_result *r, const struct route *k)
{
	struct ip_addr via = fib_route_via(k);
	struct fib_nexthop nh;

	for (uint32_t i = 0; fib_route_nexthop(f, r->route, i, &nh); i++)
		if (nh.dev == (int)k->oif && ip_addr_eq(&nh.via, &via))
			return true;
	return false;
}

static const char *source_differs(const struct fib_packet *p, const struct fib_result *r,
				  const struct route *k)
{
	if (p->iif || (p->family == AF_INET6 && !ip_addr_is_any(&p->src)))
		return NULL; /* it is not told */
	if (has(k, ROUTE_PREFSRC))
		return ip_addr_eq(&k->prefsrc, &r->src) ? NULL : "source";
	return ip_addr_eq(&p->src, &r->src) || ip_addr_is_any(&r->src) ? NULL : "source";
}

const char *fib_answer_differs(const struct fib *f, const struct fib_packet *p,
			       const struct fib_result *r, int code, const struct route *k)
{
	struct ip_addr via;

	if (!code_fits(r, code))
		return "verdict";
	if (code)
		return NULL;
	via = fib_route_via(k);
	if (r->table != k->table)
		return "table";
	if (r->verdict == FIB_FORWARD && r->nexthops > 1 && !fib_hash_is_known(f))
		return is_a_nexthop(f, r, k) ? NULL : "next hop";
	if (r->dev != (int)k->oif)
		return "device";
	if (r->verdict == FIB_FORWARD && !ip_addr_eq(&r->via, &via))
		return "gateway";
	return source_differs(p, r, k);
}

const char *fib_match_differs(const struct fib_result *r, int code, const struct route *k)
{
	bool good = r->verdict == FIB_FORWARD || r->verdict == FIB_LOCAL;

	if (good && !r->route) /* sent on the link, which is no route to show */
		return code ? NULL : "route";
	if (!code_fits(r, code))
		return "verdict";
	if (!good)
		return NULL;
	if (r->table != k->table)
		return "table";
	if (r->route->h.rtm_dst_len != k->h.rtm_dst_len || !ip_addr_eq(&r->route->dst, &k->dst))
		return "prefix";
	return r->route->metric == k->metric ? NULL : "metric";
}
