/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uplink/needs.h"

#include "uplink/owned.h"

#include <string.h>

static bool find_link(const struct config *c, const struct snapshot *s, int ifindex)
{
	const struct link *l = snapshot_link(s, ifindex);

	for (size_t i = 0; l && i < c->uplink_n; i++)
		if (!strcmp(c->uplink[i].interface, l->name))
			return true;
	return false;
}

/* Of an uplink's interface; the one before was, as a rule, the same. */
static bool is_uplinks(struct needs *n, const struct snapshot *s, int ifindex)
{
	if (ifindex != n->ifindex) {
		n->is_uplinks = find_link(n->config, s, ifindex);
		n->ifindex = ifindex;
	}
	return n->is_uplinks;
}

static bool through_uplink(struct needs *n, const struct snapshot *s, const struct route *r)
{
	struct route_nexthop nh;
	size_t at = 0;

	while (has(r, ROUTE_MULTIPATH) && route_nexthop_next(r->multipath, &at, &nh))
		if (is_uplinks(n, s, nh.h.rtnh_ifindex))
			return true;
	return has(r, ROUTE_OIF) && is_uplinks(n, s, (int)r->oif);
}

static bool is_in_our_range(const struct config *c, uint32_t table)
{
	/* The tables of slots and uses; further ones are written with an uplink. */
	if (table >= c->table_base && table - c->table_base <= config_slots(c) + 1 + c->policy_n)
		return true;
	for (size_t i = 0; i < c->uplink_n; i++)
		if (c->uplink[i].table == table)
			return true;
	return false;
}

bool needs_route(const struct snapshot *s, const struct route *r, void *arg)
{
	struct needs *n = arg;

	n->seen++;
	/* A default, or half of one, says what took everything until now. */
	if (r->h.rtm_protocol == MULTIHOME_PROTOCOL || r->h.rtm_dst_len <= 1)
		return true;
	/* What is in a table that should be ours is in the way. */
	return is_in_our_range(n->config, r->table) || through_uplink(n, s, r);
}
