/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules, and why they stand in this order:
 *
 * First main without its default routes, for the LAN, containers, VPNs. suppress_prefixlength is 1,
 * not 0: a VPN's 0.0.0.0/1 and 128.0.0.0/1 are default routes, too. Routes through an uplink do not
 * count here (suppress_ifgroup), else what has uplink 1's address would leave by uplink 2 for hosts
 * in uplink 2's subnet.
 *
 * `from` stands before `fwmark`: no mark makes a source leave by another uplink. Then main once
 * more, for the uplinks' own subnets and what is not pinned; `oif` for sockets that are bound to an
 * interface and have no address yet; the policies; and behind everything that the machine had, the
 * balanced default, just before main's own.
 *
 * Where uplinks share an interface, `oif` leads to the first usable one's table.
 *
 * A policy has one priority, and a rule for each pair of its from and to and each family it is
 * about: that of its prefixes, else both. Its marks are compared outside of mark-mask, which is
 * ours: `mark = 0x1/0xff` next to our 0x00ff0000 is 0x1/0xff; without a mask, all bits but ours.
 *
 * Rules of one priority here never disagree about a packet, so their order is free, and those that
 * the kernel has already keep the order they have there: adding one moves no other.
 */
#include "uplink/recipe.h"

#include <netinet/in.h>
#include <string.h>

static struct rule new_rule(const struct recipe *r, uint8_t family, uint32_t priority,
			    uint32_t table)
{
	struct rule x = {.h = {.family = family, .action = FR_ACT_TO_TBL},
			 .priority = priority,
			 .table = table,
			 .src.family = family,
			 .dst.family = family,
			 .protocol = MULTIHOME_PROTOCOL};

	if (priority != PRIORITY_DEFAULT)
		x.priority += r->config->rule_base;
	x.has = HAS(RULE_PRIORITY) | HAS(RULE_SRC) | HAS(RULE_TABLE) | HAS(RULE_PROTOCOL);
	return x;
}

static void add_rule(struct recipe *r, const struct rule *x)
{
	owned_add_rule(&r->d->owned, x);
}

static void add_main(struct recipe *r, uint8_t family, uint32_t priority, bool not_by_uplinks)
{
	struct rule x = new_rule(r, family, priority, RT_TABLE_MAIN);

	x.suppress_prefixlen = 1;
	set_has(&x, RULE_SUPPRESS_PREFIXLEN);
	if (not_by_uplinks) {
		x.suppress_ifgroup = MULTIHOME_GROUP;
		set_has(&x, RULE_SUPPRESS_IFGROUP);
	}
	add_rule(r, &x);
}

static void add_from(struct recipe *r, uint8_t family)
{
	for (size_t i = 0; i < r->d->uplink_n; i++) {
		const struct uplink_state *u = &r->d->uplink[i];
		const struct uplink_family *f = uplink_family(u, family);
		for (size_t k = 0; f->present && k < f->from_n; k++) {
			struct rule x = new_rule(r, family, PRIORITY_FROM, u->table);
			rule_set_src(&x, f->from[k]);
			add_rule(r, &x);
		}
	}
}

static void add_marks(struct recipe *r, uint8_t family)
{
	for (unsigned i = 0; i < r->d->uplink_n; i++) {
		const struct uplink_state *u = &r->d->uplink[i];
		struct rule x = new_rule(r, family, PRIORITY_MARK, u->table);
		x.fwmark = u->mark;
		x.fwmask = r->config->mark_mask;
		x.has |= HAS(RULE_FWMARK) | HAS(RULE_FWMASK);
		if (recipe_has_table(r, i, family))
			add_rule(r, &x);
	}
}

/* The uplink whose table an interface's bound sockets get: its first usable one, else its first. */
static unsigned uplink_of_link(const struct recipe *r, unsigned first, uint8_t family)
{
	const struct uplink_state *u = r->d->uplink;
	unsigned ret = first;

	for (unsigned i = first; i < r->d->uplink_n; i++) {
		if (u[i].link != u[first].link || !uplink_family(&u[i], family)->present)
			continue;
		if (uplink_family(&u[i], family)->usable)
			return i;
		if (!uplink_family(&u[ret], family)->present)
			ret = i;
	}
	return ret;
}

static void add_oif(struct recipe *r, uint8_t family)
{
	for (unsigned i = 0; i < r->d->uplink_n; i++) {
		if (recipe_shares_link(r, i))
			continue;
		const struct uplink_state *u = &r->d->uplink[uplink_of_link(r, i, family)];
		if (!uplink_family(u, family)->present)
			continue;
		struct rule x = new_rule(r, family, PRIORITY_OIF, u->table);
		memcpy(x.oif, u->link->name, sizeof(x.oif));
		set_has(&x, RULE_OIF);
		add_rule(r, &x);
	}
}

/* Policies */

static bool any_of_family(const struct ip_prefix *v, size_t n, uint8_t family)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].addr.family == family)
			return true;
	return !n;
}

static bool policy_is_about(const struct policy_config *p, uint8_t family)
{
	if (has(p, POLICY_PROTO) && p->proto == (family == AF_INET ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return false;
	return any_of_family(p->from, p->from_n, family) && any_of_family(p->to, p->to_n, family);
}

static void select_ports(struct rule *x, const struct policy_config *p)
{
	if (has(p, POLICY_SPORT)) {
		x->sport = (struct fib_rule_port_range){p->sport.first, p->sport.last};
		set_has(x, RULE_SPORT);
	}
	if (has(p, POLICY_DPORT)) {
		x->dport = (struct fib_rule_port_range){p->dport.first, p->dport.last};
		set_has(x, RULE_DPORT);
	}
}

/* A policy of one uplink that is out of use by hand has no way left: its table serves others on. */
static bool policy_is_shut(const struct recipe *r, const struct policy_config *p)
{
	int only = use_only(&p->use);

	return only >= 0 && r->d->uplink[only].hand != WAY_BY_ITSELF;
}

/* Everything but from and to. */
static struct rule policy_rule(const struct recipe *r, uint8_t family, uint32_t number)
{
	const struct policy_config *p = &r->config->policy[number];
	struct rule x = new_rule(r, family, PRIORITY_POLICY + number, recipe_use_table(r, &p->use));

	if (policy_is_shut(r, p)) {
		x.h.action = FR_ACT_UNREACHABLE;
		x.table = 0;
		x.has = (x.has & ~HAS(RULE_TABLE)) | HAS(RULE_ACTION);
	}
	if (has(p, POLICY_PROTO)) {
		x.ipproto = p->proto;
		set_has(&x, RULE_IPPROTO);
	}
	select_ports(&x, p);
	if (has(p, POLICY_IIF)) {
		memcpy(x.iif, p->iif, sizeof(x.iif));
		set_has(&x, RULE_IIF);
	}
	if (has(p, POLICY_UID)) {
		x.uid = (struct fib_rule_uid_range){p->uid_first, p->uid_last};
		set_has(&x, RULE_UIDRANGE);
	}
	if (has(p, POLICY_MARK)) {
		x.fwmask = p->mark_mask & ~r->config->mark_mask;
		x.fwmark = p->mark & x.fwmask;
		x.has |= HAS(RULE_FWMARK) | HAS(RULE_FWMASK);
	}
	if (has(p, POLICY_DSCP)) {
		x.dscp = p->dscp;
		set_has(&x, RULE_DSCP);
	}
	return x;
}

static void add_policy(struct recipe *r, uint8_t family, uint32_t number)
{
	static const struct ip_prefix any = {0};
	const struct policy_config *p = &r->config->policy[number];
	const struct ip_prefix *from = p->from_n ? p->from : &any;
	const struct ip_prefix *to = p->to_n ? p->to : &any;

	for (size_t i = 0; i < (p->from_n ? p->from_n : 1); i++)
		for (size_t k = 0; k < (p->to_n ? p->to_n : 1); k++) {
			struct rule x = policy_rule(r, family, number);
			if (from[i].addr.family == family)
				rule_set_src(&x, ip_prefix_masked(from[i]));
			else if (from[i].addr.family)
				continue;
			if (to[k].addr.family == family)
				rule_set_dst(&x, ip_prefix_masked(to[k]));
			else if (to[k].addr.family)
				continue;
			add_rule(r, &x);
		}
}

/* The kernel's order */

static bool same_rule(const struct rule *a, const struct rule *b)
{
	return a->h.family == b->h.family && a->priority == b->priority && a->table == b->table &&
	       a->h.src_len == b->h.src_len && rule_eq(a, b);
}

/* Brings the rules that are there already to the front of v[0..n), in their order there. */
static void order_as_kernel(const struct snapshot *s, struct rule *v, size_t n)
{
	size_t done = 0;

	for (size_t i = 0; i < s->rule_n && done < n; i++) {
		if (!owned_is_rule(&s->rule[i]) || s->rule[i].priority != v->priority ||
		    s->rule[i].h.family != v->h.family)
			continue;
		size_t k = done;
		while (k < n && !same_rule(&v[k], &s->rule[i]))
			k++;
		if (k == n)
			continue;
		struct rule x = v[k];
		memmove(&v[done + 1], &v[done], (k - done) * sizeof(*v));
		v[done++] = x;
	}
}

static void keep_order(struct recipe *r)
{
	struct rule *v = r->d->owned.rule;
	size_t n = r->d->owned.rule_n, end;

	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && v[end].priority == v[i].priority &&
				  v[end].h.family == v[i].h.family;)
			end++;
		order_as_kernel(r->machine->snap, &v[i], end - i);
	}
}

static void family_rules(struct recipe *r, uint8_t family)
{
	struct rule x;

	add_main(r, family, PRIORITY_MAIN_FIRST, true);
	add_from(r, family);
	add_marks(r, family);
	add_main(r, family, PRIORITY_MAIN, false);
	add_oif(r, family);
	for (uint32_t i = 0; i < r->config->policy_n; i++)
		if (policy_is_about(&r->config->policy[i], family))
			add_policy(r, family, i);
	x = new_rule(r, family, PRIORITY_DEFAULT, r->d->table_default);
	add_rule(r, &x);
}

void recipe_rules(struct recipe *r)
{
	if (recipe_family(r, AF_INET))
		family_rules(r, AF_INET);
	if (recipe_family(r, AF_INET6))
		family_rules(r, AF_INET6);
	keep_order(r);
}
