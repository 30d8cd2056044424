/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uplink/workcopy.h"

#include <stdio.h>

void workcopy_begin(const struct snapshot *from, size_t routes, size_t rules, struct snapshot *ret)
{
	struct arena *a = &ret->arena;

	*ret = *from;
	ret->arena = (struct arena){0};
	ret->route_cap = from->route_n + routes + 1;
	ret->rule_cap = from->rule_n + rules + 1;
	ret->route = arena_alloc(a, ret->route_cap * sizeof(*ret->route));
	ret->rule = arena_alloc(a, ret->rule_cap * sizeof(*ret->rule));
	ret->route_n = ret->rule_n = 0;
	ret->link = arena_dup(a, from->link, from->link_n * sizeof(*from->link));
	ret->settings.dev = arena_dup(a, from->settings.dev,
				      from->settings.dev_n * sizeof(*from->settings.dev));
	ret->settings.dev_cap = from->settings.dev_n;
}

void workcopy_add_rule(struct snapshot *s, const struct rule *r)
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

/* settings_set() has it as sysctl(8) does: "net.ipv4.conf.eth0/100.rp_filter". */
void workcopy_set_sysctl(struct snapshot *s, const char *path, const char *value)
{
	char name[128];

	snprintf(name, sizeof(name), "%s", path);
	for (char *c = name; *c; c++)
		*c = *c == '/' ? '.' : *c == '.' ? '/' : *c;
	settings_set(&s->arena, &s->settings, name, value);
}

void workcopy_set_group(struct snapshot *s, int ifindex, uint32_t group)
{
	for (size_t i = 0; i < s->link_n; i++)
		if (s->link[i].h.ifi_index == ifindex) {
			s->link[i].group = group;
			set_has(&s->link[i], LINK_GROUP);
		}
}
