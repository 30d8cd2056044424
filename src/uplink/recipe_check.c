/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands in the recipe's way on this machine: addresses that cannot be told apart, tables,
 * rules and link groups that somebody else uses. Nothing of others' is ever taken over.
 */
#include "uplink/recipe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Addresses */

static int same_source(const struct uplink_state *a, const struct uplink_state *b,
		       const struct ip_prefix *p, struct err *e)
{
	char buf[IP_PREFIX_STRLEN];

	ip_prefix_str(p, buf);
	if (p->len == ip_bits(p->addr.family))
		*strchr(buf, '/') = '\0';
	err_set(e, -EEXIST, "%s belongs to %s and to %s: nothing tells their packets apart", buf,
		a->config->name, b->config->name);
	if (a->link == b->link)
		err_hint(e, "both are on %s: give each its own `address = `", a->link->name);
	else
		err_hint(e, "give one of the two interfaces another address");
	return recipe_place(e, &b->config->place);
}

static int check_sources(const struct recipe *r, uint8_t family, struct err *e)
{
	const struct desired *d = r->d;

	for (size_t i = 0; i < d->uplink_n; i++)
		for (size_t k = 0; k < i; k++) {
			const struct uplink_family *a = uplink_family(&d->uplink[k], family);
			const struct uplink_family *b = uplink_family(&d->uplink[i], family);
			for (size_t m = 0; a->present && m < a->from_n; m++)
				for (size_t n = 0; b->present && n < b->from_n; n++)
					if (ip_prefix_overlaps(&a->from[m], &b->from[n]))
						return same_source(&d->uplink[k], &d->uplink[i],
								   &b->from[n], e);
		}
	return 0;
}

/* Tables */

static const struct uplink_state *uplink_of_table(const struct recipe *r, uint32_t table)
{
	for (size_t i = 0; i < r->d->uplink_n; i++)
		if (r->d->uplink[i].table == table)
			return &r->d->uplink[i];
	return NULL;
}

static bool table_is_ours(const struct recipe *r, uint32_t table)
{
	if (table == r->d->table_default || uplink_of_table(r, table))
		return true;
	for (size_t i = 0; i < r->use_n; i++)
		if (r->use[i].table == table)
			return true;
	return false;
}

static int blame_table(const struct recipe *r, uint32_t table, struct err *e)
{
	const struct uplink_state *u = uplink_of_table(r, table);

	if (u && u->config->table) {
		err_hint(e, "give it another `table = `");
		return recipe_place(e, &u->config->table_place);
	}
	err_hint(e, "set `table-base = ` in [multihome] to where %u tables are free",
		 config_slots(r->config) + 1 + (unsigned)r->use_n);
	return e ? e->code : 0;
}

/* Each table has one use, and none is the kernel's. */
static int check_numbers(const struct recipe *r, struct err *e)
{
	const struct desired *d = r->d;

	for (size_t i = 0; i < d->uplink_n; i++) {
		uint32_t t = d->uplink[i].table;
		bool twice = t == d->table_default || uplink_of_table(r, t) != &d->uplink[i];
		for (size_t k = 0; k < r->use_n; k++)
			twice = twice || r->use[k].table == t;
		if (!twice)
			continue;
		err_set(e, -EEXIST, "table %u of %s has another use already", t,
			d->uplink[i].config->name);
		return blame_table(r, t, e);
	}
	for (uint32_t t = RT_TABLE_COMPAT; t <= RT_TABLE_LOCAL; t++)
		if (table_is_ours(r, t)) {
			err_set(e, -EINVAL, "table %u is the kernel's", t);
			return blame_table(r, t, e);
		}
	return 0;
}

static int check_tables(const struct recipe *r, struct err *e)
{
	const struct snapshot *s = r->machine->snap;
	char buf[IP_PREFIX_STRLEN];
	int rc = check_numbers(r, e);

	for (size_t i = 0; i < s->route_n && !rc; i++) {
		const struct route *x = &s->route[i];
		struct ip_prefix dst = route_dst(x);
		if (x->h.rtm_protocol == MULTIHOME_PROTOCOL || !table_is_ours(r, x->table))
			continue;
		err_set(e, -EEXIST, "table %u is in use: it has a route to %s of protocol %u",
			x->table, dst.len ? ip_prefix_str(&dst, buf) : "default",
			x->h.rtm_protocol);
		rc = blame_table(r, x->table, e);
	}
	return rc;
}

/* Ways out that are none of the uplinks */

static bool through_uplink(const struct recipe *r, const struct route *x)
{
	struct route_nexthop nh;
	size_t at = 0;

	for (size_t i = 0; i < r->d->uplink_n; i++) {
		int ifindex = r->d->uplink[i].link->h.ifi_index;
		if (has(x, ROUTE_OIF) && (int)x->oif == ifindex)
			return true;
		for (at = 0; has(x, ROUTE_MULTIPATH) && route_nexthop_next(x->multipath, &at, &nh);)
			if (nh.h.rtnh_ifindex == ifindex)
				return true;
	}
	return false;
}

/*
 * The route of main that took everything so far, or half of it (a VPN's 0/1 and 128/1). The
 * balanced default stands before it: traffic would leave a tunnel without a word.
 */
static void say_what_is_passed_over(struct recipe *r, uint8_t family)
{
	const struct snapshot *s = r->machine->snap;
	const struct route *first[2] = {NULL,
					NULL}; /* by prefix length; one half stands for both */
	char buf[IP_PREFIX_STRLEN];

	for (size_t i = 0; i < s->route_n; i++) {
		const struct route *x = &s->route[i];
		if (x->h.rtm_family != family || x->table != RT_TABLE_MAIN ||
		    x->h.rtm_type != RTN_UNICAST || x->h.rtm_dst_len > 1)
			continue;
		const struct route **best = &first[x->h.rtm_dst_len];
		if (!*best || x->metric < (*best)->metric)
			*best = x;
	}
	for (unsigned len = 0; len < 2; len++) {
		const struct route *x = first[len];
		if (!x || !has(x, ROUTE_OIF) || through_uplink(r, x))
			continue;
		struct ip_prefix dst = route_dst(x);
		const char *dev = devices_name(s->devices, (int)x->oif);
		recipe_warn(r,
			    "%s through %s, which is no uplink, is passed over: if %s is the way "
			    "out, make it an uplink and name it in `default = `",
			    len ? ip_prefix_str(&dst, buf) : "the default route", dev, dev);
	}
}

/* Rules */

static bool priority_is_ours(const struct recipe *r, uint32_t priority)
{
	uint32_t base = r->config->rule_base;

	if (priority < base)
		return false;
	switch (priority - base) {
	case PRIORITY_MAIN_FIRST:
	case PRIORITY_FROM:
	case PRIORITY_MARK:
	case PRIORITY_MAIN:
	case PRIORITY_OIF:
		return true;
	default:
		return priority - base >= PRIORITY_POLICY &&
		       priority - base - PRIORITY_POLICY < r->config->policy_n;
	}
}

static const char *rule_text(const struct recipe *r, const struct rule *x)
{
	struct out o;
	struct print p = {.o = &o, .family = x->h.family};

	out_init(&o, -1);
	rule_print(&p, x);
	char *text = arena_strdup(r->a, out_str(&o));
	out_free(&o);
	for (char *c = text; *c; c++)
		if (*c == '\t')
			*c = ' ';
	for (size_t n = strlen(text); n && text[n - 1] == ' ';)
		text[--n] = '\0';
	return text;
}

static int check_rules(struct recipe *r, struct err *e)
{
	const struct snapshot *s = r->machine->snap;

	for (size_t i = 0; i < s->rule_n; i++) {
		const struct rule *x = &s->rule[i];
		if (owned_is_rule(x) || !recipe_family(r, x->h.family))
			continue;
		if (priority_is_ours(r, x->priority)) {
			err_set(e, -EEXIST, "rule \"%s\" has a priority that is ours",
				rule_text(r, x));
			return err_hint(e,
					"set `rule-base = ` in [multihome] to where %zu "
					"priorities are free",
					PRIORITY_POLICY + r->config->policy_n);
		}
		/* 0 is the local table's, 1000 that of VRFs. */
		if (x->priority && x->priority < r->config->rule_base && !has(x, RULE_L3MDEV))
			recipe_warn(r,
				    "rule \"%s\" comes before ours: what it matches does not "
				    "follow the uplinks",
				    rule_text(r, x));
	}
	return 0;
}

/* Link groups */

static int check_groups(const struct recipe *r, struct err *e)
{
	for (size_t i = 0; i < r->d->uplink_n; i++) {
		const struct uplink_state *u = &r->d->uplink[i];
		uint32_t group = has(u->link, LINK_GROUP) ? u->link->group : 0;
		if (!group || group == MULTIHOME_GROUP)
			continue;
		err_set(e, -EBUSY, "%s is in link group %u, but uplinks have to be in group %u",
			u->link->name, group, MULTIHOME_GROUP);
		err_hint(e, "if nothing needs that group: ip link set dev %s group default",
			 u->link->name);
		return recipe_place(e, &u->config->interface_place);
	}
	return 0;
}

int recipe_check(struct recipe *r, struct err *e)
{
	int rc = check_sources(r, AF_INET, e);

	if (!rc)
		rc = check_sources(r, AF_INET6, e);
	if (!rc)
		rc = check_tables(r, e);
	if (!rc)
		rc = check_rules(r, e);
	if (!rc)
		rc = check_groups(r, e);
	for (unsigned i = 0; i < 2 && !rc; i++) {
		uint8_t family = i ? AF_INET6 : AF_INET;
		if (recipe_family(r, family))
			say_what_is_passed_over(r, family);
	}
	return rc ? rc : recipe_kernel(r, e);
}
