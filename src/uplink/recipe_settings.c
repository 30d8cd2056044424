/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sysctls and link groups that the recipe needs. A sysctl that the kernel does not have is left
 * out, as is one whose value already does more than is asked for.
 *
 * What is wanted must not depend on whether it is there already: a setting that is no longer wanted
 * goes back to its former value. So each wish is a set of values, the one asked for among them, and
 * any of them becomes the one asked for.
 *
 * rp_filter stays as it is. Where it is strict, src_valid_mark lets it look at the mark, as
 * forwarded packets are answered by mark.
 *
 * accept_ra=2 keeps the kernel's default routes from router advertisements when somebody (a
 * container engine, say) turns on forwarding: with accept_ra=1 they would go at that moment, for
 * good. Without forwarding the two values are the same.
 */
#include "uplink/recipe.h"

#include <stdlib.h>
#include <string.h>

static const char *sysctl_get(const struct recipe *r, const char *name)
{
	return r->machine->sysctl ? r->machine->sysctl(r->machine->sysctl_arg, name) : NULL;
}

/* `from`: the values to change, each a digit. */
static void want(struct recipe *r, const char *name, const char *from, const char *value)
{
	const char *now = sysctl_get(r, name);

	if (now && now[0] && !now[1] && strchr(from, now[0]))
		owned_set_sysctl(&r->d->owned, name, value);
}

#define CONF(r, family, dev, key) arena_printf((r)->a, "net/%s/conf/%s/%s", family, dev, key)

static int conf_number(const struct recipe *r, const char *family, const char *dev, const char *key)
{
	const char *v = sysctl_get(r, CONF(r, family, dev, key));

	return v ? atoi(v) : 0;
}

static bool strict_rp_filter(const struct recipe *r, const char *dev)
{
	int all = conf_number(r, "ipv4", "all", "rp_filter");
	int own = conf_number(r, "ipv4", dev, "rp_filter");

	return (all > own ? all : own) == 1;
}

/* True if an uplink on another interface has a subnet in common with this one. */
static bool shares_subnet(const struct recipe *r, const struct uplink_state *u)
{
	const struct desired *d = r->d;

	for (size_t i = 0; i < d->uplink_n; i++) {
		const struct uplink_state *o = &d->uplink[i];
		if (o->link == u->link)
			continue;
		for (size_t k = 0; k < u->v4.address_n; k++)
			for (size_t m = 0; m < o->v4.address_n; m++)
				if (ip_prefix_overlaps(&u->v4.address[k], &o->v4.address[m]))
					return true;
	}
	return false;
}

static void link_settings(struct recipe *r, const struct uplink_state *u)
{
	const char *dev = u->link->name;

	want(r, CONF(r, "ipv4", dev, "ignore_routes_with_linkdown"), "01", "1");
	want(r, CONF(r, "ipv6", dev, "ignore_routes_with_linkdown"), "01", "1");
	if (strict_rp_filter(r, dev))
		want(r, CONF(r, "ipv4", dev, "src_valid_mark"), "01", "1");
	if (shares_subnet(r, u)) {
		want(r, CONF(r, "ipv4", dev, "arp_ignore"), "01", "1");
		want(r, CONF(r, "ipv4", dev, "arp_announce"), "012", "2");
	}
	if (u->config->ipv6)
		want(r, CONF(r, "ipv6", dev, "accept_ra"), "12", "2");
	if (u->link->h.ifi_index)
		owned_set_group(&r->d->owned, u->link->h.ifi_index, dev, MULTIHOME_GROUP);
}

void recipe_settings(struct recipe *r)
{
	/* 2 and 3 also spread by flow, in their own way. */
	want(r, "net/ipv4/fib_multipath_hash_policy", "01", "1");
	want(r, "net/ipv6/fib_multipath_hash_policy", "01", "1");
	want(r, "net/ipv4/icmp_errors_use_inbound_ifaddr", "01", "1");
	for (size_t i = 0; i < r->d->uplink_n; i++)
		link_settings(r, &r->d->uplink[i]);
}
