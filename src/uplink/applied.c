/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uplink/applied.h"

#include "uplink/workcopy.h"

#include <net/if.h>
#include <string.h>

void applied_make(const struct snapshot *s, const struct desired *d, struct snapshot *ret)
{
	const struct owned *o = &d->owned;

	workcopy_begin(s, o->route_n, o->rule_n, ret);
	for (size_t i = 0; i < s->route_n; i++)
		if (s->route[i].h.rtm_protocol != MULTIHOME_PROTOCOL)
			ret->route[ret->route_n++] = s->route[i];
	for (size_t i = 0; i < o->route_n; i++)
		ret->route[ret->route_n++] = o->route[i];
	for (size_t i = 0; i < s->rule_n; i++)
		if (!owned_is_rule(&s->rule[i]))
			ret->rule[ret->rule_n++] = s->rule[i];
	for (size_t i = 0; i < o->rule_n; i++)
		workcopy_add_rule(ret, &o->rule[i]);
	for (size_t i = 0; i < o->sysctl_n; i++)
		workcopy_set_sysctl(ret, o->sysctl[i].name, o->sysctl[i].value);
	for (size_t i = 0; i < o->group_n; i++)
		workcopy_set_group(ret, o->group[i].ifindex, o->group[i].group);
}

/* ── Without an interface ───────────────────────────────────────────────────────────────────── */

/* Marks the route's next hops by the interface dead; false if none is left. */
static bool kill_hops(struct arena *a, struct route *r, int ifindex)
{
	struct route old = *r;
	struct route_nexthop nh;
	size_t at = 0, alive = 0;

	r->multipath = (struct nl_ref){0};
	while (route_nexthop_next(old.multipath, &at, &nh)) {
		if (nh.h.rtnh_ifindex == ifindex)
			nh.h.rtnh_flags |= RTNH_F_DEAD;
		alive += !(nh.h.rtnh_flags & RTNH_F_DEAD);
		route_nexthop_add(a, r, &nh);
	}
	return alive;
}

static void kill_objects(struct snapshot *s, int ifindex)
{
	s->nexthop = arena_dup(&s->arena, s->nexthop, s->nexthop_n * sizeof(*s->nexthop));
	for (size_t i = 0; i < s->nexthop_n; i++)
		if (has(&s->nexthop[i], NH_OIF) && (int)s->nexthop[i].oif == ifindex)
			s->nexthop[i].h.nh_flags |= RTNH_F_DEAD;
}

void applied_without(const struct snapshot *s, int ifindex, struct snapshot *ret)
{
	workcopy_begin(s, 0, 0, ret);
	memcpy(ret->rule, s->rule, s->rule_n * sizeof(*s->rule));
	ret->rule_n = s->rule_n;
	for (size_t i = 0; i < s->route_n; i++) {
		struct route r = s->route[i];
		bool objects = has(&r, ROUTE_NHID);
		/* Addresses stay, and with them the local table's routes. */
		if (!objects && has(&r, ROUTE_OIF) && (int)r.oif == ifindex &&
		    r.h.rtm_type != RTN_LOCAL)
			continue;
		if (!objects && has(&r, ROUTE_MULTIPATH) && !kill_hops(&ret->arena, &r, ifindex))
			continue;
		ret->route[ret->route_n++] = r;
	}
	kill_objects(ret, ifindex);
	for (size_t i = 0; i < ret->link_n; i++)
		if (ret->link[i].h.ifi_index == ifindex)
			ret->link[i].h.ifi_flags &= ~(unsigned)(IFF_UP | IFF_LOWER_UP);
}

void applied_free(struct snapshot *s)
{
	arena_free(&s->arena);
	*s = (struct snapshot){0};
}
