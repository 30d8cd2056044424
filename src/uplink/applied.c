/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uplink/applied.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

/* A copy whose lists may be changed, with room for some more. */
static void begin(const struct snapshot *s, size_t routes, size_t rules, struct snapshot *ret)
{
	struct arena *a = &ret->arena;

	*ret = *s;
	ret->arena = (struct arena){0};
	ret->route_cap = s->route_n + routes + 1;
	ret->rule_cap = s->rule_n + rules + 1;
	ret->route = arena_alloc(a, ret->route_cap * sizeof(*ret->route));
	ret->rule = arena_alloc(a, ret->rule_cap * sizeof(*ret->rule));
	ret->route_n = ret->rule_n = 0;
	ret->link = arena_dup(a, s->link, s->link_n * sizeof(*s->link));
	ret->settings.dev =
		arena_dup(a, s->settings.dev, s->settings.dev_n * sizeof(*s->settings.dev));
	ret->settings.dev_cap = s->settings.dev_n;
}

/* Behind those of its family and priority. */
static void add_rule(struct snapshot *s, const struct rule *r)
{
	size_t at = s->rule_n++;

	for (; at; at--) {
		const struct rule *x = &s->rule[at - 1];
		if (x->h.family < r->h.family ||
		    (x->h.family == r->h.family && x->priority <= r->priority))
			break;
		s->rule[at] = *x;
	}
	s->rule[at] = *r;
}

/* "net/ipv4/conf/eth0.100/rp_filter" is "net.ipv4.conf.eth0/100.rp_filter" for settings_set(). */
static void set_sysctl(struct snapshot *s, const char *path, const char *value)
{
	char name[128];

	snprintf(name, sizeof(name), "%s", path);
	for (char *c = name; *c; c++)
		*c = *c == '/' ? '.' : *c == '.' ? '/' : *c;
	settings_set(&s->arena, &s->settings, name, value);
}

static void set_group(struct snapshot *s, const struct link_group *g)
{
	for (size_t i = 0; i < s->link_n; i++)
		if (s->link[i].h.ifi_index == g->ifindex) {
			s->link[i].group = g->group;
			set_has(&s->link[i], LINK_GROUP);
		}
}

void applied_make(const struct snapshot *s, const struct desired *d, struct snapshot *ret)
{
	const struct owned *o = &d->owned;

	begin(s, o->route_n, o->rule_n, ret);
	for (size_t i = 0; i < s->route_n; i++)
		if (s->route[i].h.rtm_protocol != MULTIHOME_PROTOCOL)
			ret->route[ret->route_n++] = s->route[i];
	for (size_t i = 0; i < o->route_n; i++)
		ret->route[ret->route_n++] = o->route[i];
	for (size_t i = 0; i < s->rule_n; i++)
		if (!owned_is_rule(&s->rule[i]))
			ret->rule[ret->rule_n++] = s->rule[i];
	for (size_t i = 0; i < o->rule_n; i++)
		add_rule(ret, &o->rule[i]);
	for (size_t i = 0; i < o->sysctl_n; i++)
		set_sysctl(ret, o->sysctl[i].name, o->sysctl[i].value);
	for (size_t i = 0; i < o->group_n; i++)
		set_group(ret, &o->group[i]);
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
	begin(s, 0, 0, ret);
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
