/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An interface that was renamed while its settings were ours. The kernel takes its sysctls and its
 * group along; without this, `down` would find nothing under the old name, and what is left under
 * the new one would pass for the machine's own at the next apply.
 *
 * It is the same interface if it has the index that was recorded with its group and still bears our
 * group: an index can come again, in a namespace that interfaces are moved into.
 */
#include "apply/state.h"

#include <string.h>

#define CONF "/conf/"

static const struct link *renamed(const struct link_group *g, const struct snapshot *snap)
{
	const struct link *l = snapshot_link(snap, g->ifindex);

	return l && strcmp(l->name, g->name) != 0 && has(l, LINK_GROUP) &&
			       l->group == MULTIHOME_GROUP
		       ? l
		       : NULL;
}

/* "net/ipv4/conf/OLD/key" */
static const char *new_sysctl(struct arena *a, const char *name, const struct owned *known,
			      const struct snapshot *snap)
{
	const char *dev = strstr(name, CONF);

	if (!dev)
		return name;
	dev += strlen(CONF);
	size_t n = strcspn(dev, "/");
	for (size_t i = 0; i < known->group_n; i++) {
		const struct link_group *g = &known->group[i];
		const struct link *l = renamed(g, snap);
		if (l && strlen(g->name) == n && !memcmp(g->name, dev, n))
			return arena_printf(a, "%.*s%s%s", (int)(dev - name), name, l->name,
					    dev + n);
	}
	return name;
}

static void rename_settings(struct owned *o, const struct owned *known, const struct snapshot *snap)
{
	for (size_t i = 0; i < o->sysctl_n; i++)
		o->sysctl[i].name = new_sysctl(&o->arena, o->sysctl[i].name, known, snap);
	for (size_t i = 0; i < o->group_n; i++) {
		const struct link *l = renamed(&o->group[i], snap);
		if (l)
			memcpy(o->group[i].name, l->name, sizeof(o->group[i].name));
	}
}

void state_follow_names(struct state *s, const struct snapshot *snap)
{
	/* `original` last: the others' sysctls are found by its groups. */
	rename_settings(&s->given, &s->original, snap);
	rename_settings(&s->before.owned, &s->original, snap);
	rename_settings(&s->original, &s->original, snap);
}
