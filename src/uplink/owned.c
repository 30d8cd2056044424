/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uplink/owned.h"

#include <string.h>

void owned_free(struct owned *o)
{
	arena_free(&o->arena);
	*o = (struct owned){0};
}

static void copy_ref(struct arena *a, struct nl_ref *r, bool present)
{
	*r = present && r->len ? (struct nl_ref){arena_dup(a, r->p, r->len), r->len}
			       : (struct nl_ref){0};
}

void owned_copy_route(struct arena *a, struct route *dst, const struct route *src)
{
	*dst = *src;
	copy_ref(a, &dst->metrics, has(src, ROUTE_METRICS));
	copy_ref(a, &dst->multipath, has(src, ROUTE_MULTIPATH));
	copy_ref(a, &dst->encap, has(src, ROUTE_ENCAP));
	copy_ref(a, &dst->newdst, has(src, ROUTE_NEWDST));
}

void owned_add_route(struct owned *o, const struct route *r)
{
	owned_copy_route(&o->arena, ARENA_PUSH(&o->arena, o->route, o->route_n, o->route_cap), r);
}

void owned_add_rule(struct owned *o, const struct rule *r)
{
	*ARENA_PUSH(&o->arena, o->rule, o->rule_n, o->rule_cap) = *r;
}

void owned_add_endpoint(struct owned *o, uint8_t id, int ifindex, const struct ip_addr *addr)
{
	*ARENA_PUSH(&o->arena, o->endpoint, o->endpoint_n, o->endpoint_cap) =
		(struct endpoint){id, ifindex, *addr};
}

static struct sysctl *find_sysctl(const struct owned *o, const char *name)
{
	for (size_t i = 0; i < o->sysctl_n; i++)
		if (!strcmp(o->sysctl[i].name, name))
			return &o->sysctl[i];
	return NULL;
}

void owned_set_sysctl(struct owned *o, const char *name, const char *value)
{
	struct sysctl *s = find_sysctl(o, name);

	if (!s) {
		s = ARENA_PUSH(&o->arena, o->sysctl, o->sysctl_n, o->sysctl_cap);
		s->name = arena_strdup(&o->arena, name);
	}
	s->value = arena_strdup(&o->arena, value);
}

const char *owned_sysctl(const struct owned *o, const char *name)
{
	const struct sysctl *s = find_sysctl(o, name);

	return s ? s->value : NULL;
}

static struct link_group *find_group(const struct owned *o, const char *name)
{
	for (size_t i = 0; i < o->group_n; i++)
		if (!strcmp(o->group[i].name, name))
			return &o->group[i];
	return NULL;
}

void owned_set_group(struct owned *o, int ifindex, const char *name, uint32_t group)
{
	struct link_group *g = find_group(o, name);

	if (!g) {
		g = ARENA_PUSH(&o->arena, o->group, o->group_n, o->group_cap);
		strncpy(g->name, name, sizeof(g->name) - 1);
	}
	g->ifindex = ifindex;
	g->group = group;
}

const struct link_group *owned_group(const struct owned *o, const char *name)
{
	return find_group(o, name);
}

void owned_from_snapshot(struct owned *o, const struct snapshot *s)
{
	for (size_t i = 0; i < s->route_n; i++)
		if (s->route[i].h.rtm_protocol == MULTIHOME_PROTOCOL)
			owned_add_route(o, &s->route[i]);
	for (size_t i = 0; i < s->rule_n; i++)
		if (owned_is_rule(&s->rule[i]))
			owned_add_rule(o, &s->rule[i]);
	for (size_t i = 0; i < s->endpoint_n; i++)
		if (s->endpoint[i].id >= MULTIHOME_ENDPOINT)
			owned_add_endpoint(o, s->endpoint[i].id, (int)s->endpoint[i].ifindex,
					   &s->endpoint[i].addr);
}
