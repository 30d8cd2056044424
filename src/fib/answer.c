/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fib/answer.h"

#include "fib/compiled.h"
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

/* Without the kernel's seed any next hop of the route is a right answer. */
static bool is_a_nexthop(const struct fib *f, const struct fib_result *r, const struct route *k)
{
	struct ip_addr via = fib_route_via(k);
	struct fib_nexthop nh;

	for (uint32_t i = 0; fib_route_nexthop(f, r->route, i, &nh); i++)
		if (nh.dev == (int)k->oif && (ip_addr_eq(&nh.via, &via) || !via.family))
			return true;
	return false;
}

/* Of equal default routes that take turns, only the kernel knows whose turn it is. */
static bool takes_turns(const struct fib *f, const struct fib_packet *p, const struct fib_result *r,
			const struct route *k)
{
	const struct snapshot *s = fib_snapshot(f);
	struct ip_addr via = fib_route_via(k);
	struct fib_nexthop nh;

	for (size_t i = 0; r->turns && i < s->route_n; i++) {
		const struct route *x = &s->route[i];
		if (x->h.rtm_family == p->family && x->table == r->table && !x->h.rtm_dst_len &&
		    fib_route_nexthop(f, x, 0, &nh) && nh.dev == (int)k->oif &&
		    (!via.family || ip_addr_eq(&nh.via, &via)))
			return true;
	}
	return false;
}

/* Without rules of one's own, IPv4's local and main are one, for which the kernel says main. */
static bool same_table(const struct fib *f, const struct fib_packet *p, const struct fib_result *r,
		       const struct route *k)
{
	const struct rule *const *rule;

	if (r->table == k->table)
		return true;
	return p->family == AF_INET && fib_rules(f, AF_INET, &rule) == 3 &&
	       r->table == RT_TABLE_LOCAL && k->table == RT_TABLE_MAIN;
}

/* Whether the reverse path check passes may depend on the next hop, which nobody can know here. */
static bool passes_by_another(const struct fib *f, const struct fib_packet *p,
			      const struct fib_result *r, int code)
{
	struct fib_nexthop nh;

	if (fib_hash_is_known(f) || !p->iif || (r->verdict != FIB_FORWARD && r->verdict != FIB_RPF))
		return false;
	for (uint32_t i = 0; fib_route_nexthop(f, r->route, i, &nh); i++) {
		struct fib_result x = *r;
		x.why = fib_reverse_path(f, p, nh.dev);
		x.verdict = x.why ? FIB_RPF : FIB_FORWARD;
		if (code_fits(&x, code))
			return true;
	}
	return false;
}

static const char *source_differs(const struct fib *f, const struct fib_packet *p,
				  const struct fib_result *r, const struct route *k)
{
	if (p->iif || (p->family == AF_INET6 && !ip_addr_is_any(&p->src)))
		return NULL; /* it is not told */
	if (p->family == AF_INET6 && has(k, ROUTE_PREFSRC)) {
		struct ip_addr alone = fib_source6_alone(f, r->dev);
		if (alone.family && ip_addr_eq(&alone, &k->prefsrc))
			return NULL;
	}
	if (has(k, ROUTE_PREFSRC))
		return ip_addr_eq(&k->prefsrc, &r->src) ? NULL : "source";
	return ip_addr_eq(&p->src, &r->src) || ip_addr_is_any(&r->src) ? NULL : "source";
}

static const char *way_differs(const struct fib *f, const struct fib_packet *p,
			       const struct fib_result *r, const struct route *k)
{
	struct ip_addr via = fib_route_via(k);

	if (!same_table(f, p, r, k))
		return "table";
	if (takes_turns(f, p, r, k))
		return NULL;
	if (r->verdict == FIB_FORWARD && r->nexthops > 1 && !fib_hash_is_known(f))
		return is_a_nexthop(f, r, k) ? NULL : "next hop";
	if (r->dev != (int)k->oif)
		return "device";
	if (r->verdict == FIB_FORWARD && !ip_addr_eq(&r->via, &via))
		return "gateway";
	return source_differs(f, p, r, k);
}

static bool is_good(const struct fib_result *r)
{
	return r->verdict == FIB_FORWARD || r->verdict == FIB_LOCAL;
}

const char *fib_answer_differs(const struct fib *f, const struct fib_packet *p,
			       const struct fib_result *r, int code, const struct route *k)
{
	if (!code_fits(r, code))
		return passes_by_another(f, p, r, code) ? NULL : "verdict";
	return is_good(r) && !code ? way_differs(f, p, r, k) : NULL;
}

const char *fib_match_differs(const struct fib *f, const struct fib_packet *p,
			      const struct fib_result *r, int code, const struct route *k)
{
	if (is_good(r) && !r->route) /* sent on the link, which is no route to show */
		return code ? NULL : "route";
	if (!code_fits(r, code))
		return passes_by_another(f, p, r, code) ? NULL : "verdict";
	if (!is_good(r) || code)
		return NULL;
	if (!same_table(f, p, r, k))
		return "table";
	if (r->route->h.rtm_dst_len != k->h.rtm_dst_len || !ip_addr_eq(&r->route->dst, &k->dst))
		return "prefix";
	return r->turns || r->route->metric == k->metric ? NULL : "metric";
}
