/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no single line shows: what is missing, and what contradicts. */
#include "uplink/schema.h"

#include "base/cleanup.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLICIES_BEHIND 90   /* the first policy's priority, from rule-base */
#define VRF_RULE	1000 /* l3mdev's, made by the kernel */
#define DEFAULT_RULE	32765

/* The last policy's priority. */
static uint32_t last_priority(const struct config *c)
{
	return c->rule_base + POLICIES_BEHIND + (c->policy_n ? (uint32_t)c->policy_n - 1 : 0);
}

static const char *family_name(uint8_t family)
{
	return family == AF_INET ? "IPv4" : "IPv6";
}

static bool excluded(const struct uplink_config *u, uint8_t family)
{
	return !(family == AF_INET ? u->ipv4 : u->ipv6);
}

static int wrong_family(const struct place *p, const struct ip_addr *a, struct err *e)
{
	char text[IP_ADDR_STRLEN];

	place_err(p, e, "%s is %s, which the uplink's family excludes", ip_addr_str(a, text),
		  family_name(a->family));
	return err_hint(e, "take it out, or write family = both");
}

static int check_families(const struct object *o, const struct uplink_config *u, struct err *e)
{
	struct place nat = object_place(o, "nat");

	for (size_t i = 0; i < u->address_n; i++)
		if (excluded(u, u->address[i].addr.family))
			return wrong_family(&u->address_place[i], &u->address[i].addr, e);
	for (size_t i = 0; i < u->gateway_n; i++)
		if (excluded(u, u->gateway[i].family))
			return wrong_family(&u->gateway_place[i], &u->gateway[i], e);
	for (size_t i = 0; i < u->snat_n; i++)
		if (excluded(u, u->snat[i].family))
			return wrong_family(&nat, &u->snat[i], e);
	return 0;
}

static int check_addresses(const struct uplink_config *u, struct err *e)
{
	char text[IP_ADDR_STRLEN];

	for (size_t i = 0; i < u->address_n; i++) {
		ip_addr_str(&u->address[i].addr, text);
		for (size_t k = 0; k < i; k++)
			if (ip_addr_eq(&u->address[i].addr, &u->address[k].addr))
				return place_err(&u->address_place[i], e,
						 "address %s is given twice", text);
		for (size_t k = 0; k < u->gateway_n; k++) {
			if (!ip_addr_eq(&u->address[i].addr, &u->gateway[k]))
				continue;
			place_err(&u->gateway_place[k], e,
				  "gateway %s is the machine's own address", text);
			return err_hint(e, "the gateway is the provider's router");
		}
	}
	return 0;
}

/* Who has no gateway cannot ask it, and a limit without a check would never be noticed. */
static int check_checks(const struct object *o, const struct uplink_config *u, struct err *e)
{
	static const char *const limits[] = {"max-loss", "max-latency", "max-jitter"};

	for (size_t i = 0; i < ARRAY_SIZE(limits) && !u->check_n; i++) {
		struct place p = object_place(o, limits[i]);
		if (!object_given(o, limits[i])->text)
			continue;
		place_err(&p, e, "%s: the uplink has no check that could measure it", limits[i]);
		return err_hint(e, "add a check, such as: check = ping ADDRESS");
	}
	for (size_t i = 0; i < u->check_n; i++)
		if (u->check[i].kind == CHECK_GATEWAY && u->gateway_none)
			return place_err(&u->check[i].place, e,
					 "check: the uplink has no gateway (gateway = none)");
	return 0;
}

static int check_uplink(const struct object *o, const struct uplink_config *u, struct err *e)
{
	if (!*u->interface) {
		place_err(&u->place, e, "uplink \"%s\" has no interface", u->name);
		return err_hint(e, "add: interface = DEVICE");
	}
	if (u->address_n > UPLINKS_MAX)
		return place_err(&u->address_place[UPLINKS_MAX], e, "more than %d addresses",
				 UPLINKS_MAX);
	int rc = check_families(o, u, e);
	if (!rc)
		rc = check_addresses(u, e);
	return rc < 0 ? rc : check_checks(o, u, e);
}

static bool same_gateways(const struct uplink_config *a, const struct uplink_config *b)
{
	size_t same = 0;

	for (size_t i = 0; i < a->gateway_n; i++)
		for (size_t k = 0; k < b->gateway_n; k++)
			same += ip_addr_eq(&a->gateway[i], &b->gateway[k]);
	return same == a->gateway_n && same == b->gateway_n && a->gateway_none == b->gateway_none;
}

static bool same_addresses(const struct uplink_config *a, const struct uplink_config *b)
{
	size_t same = 0;

	if (a->address_n != b->address_n)
		return false;
	for (size_t i = 0; i < a->address_n; i++)
		for (size_t k = 0; k < b->address_n; k++)
			same += ip_addr_eq(&a->address[i].addr, &b->address[k].addr);
	return same == a->address_n;
}

static int check_pair(const struct uplink_config *a, const struct uplink_config *b, struct err *e)
{
	char where[PLACE_STRLEN];

	if (b->table && a->table == b->table) {
		place_err(&b->table_place, e, "table %u is that of uplink \"%s\" already, at %s",
			  b->table, a->name, place_str(&a->table_place, where));
		return err_hint(e, "each uplink needs a table of its own; without the key it gets "
				   "one");
	}
	if (strcmp(a->interface, b->interface) != 0 || !same_gateways(a, b) ||
	    !same_addresses(a, b) || (a->ipv4 && b->ipv4) + (a->ipv6 && b->ipv6) == 0)
		return 0;
	place_err(&b->interface_place, e,
		  "uplinks \"%s\" and \"%s\" are one: the same interface, gateway and address",
		  a->name, b->name);
	return err_hint(e, "give each its own gateway or address, or take one out");
}

static int check_uplinks(struct reading *r, struct err *e)
{
	const struct config *c = r->c;
	uint32_t slots = config_slots(c);
	int rc = 0;

	if (!c->uplink_n) {
		struct place p = {.file = r->file};
		place_err(&p, e, "there is no [uplink NAME] section");
		return err_hint(e, "write one for each way out: [uplink isp1], and below it "
				   "interface = DEVICE");
	}
	if (c->uplink_n > slots) {
		place_err(&c->uplink[slots].place, e,
			  "mark-mask 0x%08x has room for no more uplinks than %u", c->mark_mask,
			  slots);
		return err_hint(e, slots < UPLINKS_MAX ? "give it more bits: mark-mask = 0x00ffff00"
						       : "this is the most that there can be");
	}
	for (size_t i = 0; i < r->object_n && !rc; i++)
		if (r->object[i]->kind == SECTION_UPLINK)
			rc = check_uplink(r->object[i], &c->uplink[r->object[i]->index], e);
	for (size_t i = 0; i < c->uplink_n && !rc; i++)
		for (size_t k = 0; k < i && !rc; k++)
			rc = check_pair(&c->uplink[k], &c->uplink[i], e);
	return rc;
}

static int check_numbers(struct reading *r, struct err *e)
{
	const struct config *c = r->c;
	uint32_t last_rule = last_priority(c), last_table = c->table_base + config_slots(c);
	struct place rule_base = object_place(r->multihome, "rule-base");

	if (last_rule >= DEFAULT_RULE) {
		place_err(&rule_base, e,
			  "rule-base: the rules would have priorities %u to %u, and must stay "
			  "below %d",
			  c->rule_base, last_rule, DEFAULT_RULE);
		return err_hint(e, "lower it, such as to the usual 1010, or merge policies");
	}
	if (c->rule_base <= VRF_RULE && last_rule >= VRF_RULE) {
		place_err(&rule_base, e,
			  "rule-base: the rules would have priorities %u to %u, and %d among them "
			  "is VRF's",
			  c->rule_base, last_rule, VRF_RULE);
		return err_hint(e, "take one above %d", VRF_RULE);
	}
	for (size_t i = 0; i < c->uplink_n; i++) {
		const struct uplink_config *u = &c->uplink[i];
		if (u->table < c->table_base || u->table > last_table)
			continue;
		place_err(&u->table_place, e,
			  "table %u is among %u to %u, which are given out automatically", u->table,
			  c->table_base, last_table);
		return err_hint(e, "take another, or none, or move table-base");
	}
	return 0;
}

static bool has(const struct policy_config *p, enum policy_field f)
{
	return p->has & UINT64_C(1) << f;
}

static bool has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP ||
	       proto == IPPROTO_DCCP || proto == IPPROTO_UDPLITE;
}

/* Which families the prefixes allow, as bits; none written: both. */
static unsigned families(const struct ip_prefix *p, size_t n)
{
	unsigned f = 0;

	for (size_t i = 0; i < n; i++)
		f |= p[i].addr.family == AF_INET ? 1 : 2;
	return n ? f : 3;
}

static int check_policy_families(const struct object *o, const struct policy_config *p,
				 struct err *e)
{
	unsigned from = families(p->from, p->from_n), to = families(p->to, p->to_n);
	struct place place = object_place(o, "to");

	if (!(from & to))
		return place_err(&place, e, "from is %s and to is %s: no packet has both",
				 from == 1 ? "IPv4" : "IPv6", to == 1 ? "IPv4" : "IPv6");
	place = object_place(o, "proto");
	if (p->proto == IPPROTO_ICMP && !(from & to & 1)) {
		place_err(&place, e, "proto: icmp is IPv4's, and the addresses are IPv6");
		return err_hint(e, "write proto = icmpv6");
	}
	if (p->proto == IPPROTO_ICMPV6 && !(from & to & 2)) {
		place_err(&place, e, "proto: icmpv6 is IPv6's, and the addresses are IPv4");
		return err_hint(e, "write proto = icmp");
	}
	return 0;
}

static int cmp_prefixes(const void *a, const void *b)
{
	const struct ip_prefix *x = a, *y = b;
	int c = ip_addr_cmp(&x->addr, &y->addr);

	return c ? c : x->len - y->len;
}

static int check_prefixes(struct reading *r, const struct object *o, const char *key,
			  const struct ip_prefix *p, size_t n, struct err *e)
{
	struct place place = object_place(o, key);
	char text[IP_PREFIX_STRLEN];

	if (n < 2)
		return 0;
	struct ip_prefix *sorted = arena_dup(&r->c->arena, p, n * sizeof(*p));
	qsort(sorted, n, sizeof(*sorted), cmp_prefixes);
	for (size_t i = 1; i < n; i++)
		if (!cmp_prefixes(&sorted[i - 1], &sorted[i])) {
			place_err(&place, e, "%s: %s is given twice", key,
				  ip_prefix_str(&sorted[i], text));
			return err_hint(e, "take one of them out");
		}
	return 0;
}

static int check_policy(struct reading *r, const struct object *o, const struct policy_config *p,
			struct err *e)
{
	struct place place = object_place(o, has(p, POLICY_DPORT) ? "dport" : "sport");

	if (!object_given(o, "use")->text) {
		place_err(&p->place, e, "policy \"%s\" names no uplink", p->name);
		return err_hint(e, "add: use = %s", r->c->uplink[0].name);
	}
	if (!p->has) {
		place_err(&p->place, e, "policy \"%s\" selects nothing: it has only a use",
			  p->name);
		return err_hint(e, "add from, to, proto, iif, ...; for everything else there is "
				   "default = USE in [multihome]");
	}
	if ((has(p, POLICY_SPORT) || has(p, POLICY_DPORT)) && !has_ports(p->proto)) {
		place_err(&place, e, "only tcp, udp, sctp, dccp and udplite have ports");
		return err_hint(e, "%s proto = tcp, or one of those",
				has(p, POLICY_PROTO) ? "write" : "add");
	}
	if (has(p, POLICY_MARK) && p->mark & p->mark_mask & r->c->mark_mask) {
		place = object_place(o, "mark");
		place_err(&place, e,
			  "mark 0x%x has bits of mark-mask 0x%08x, which are "
			  "multihome's own",
			  p->mark, r->c->mark_mask);
		return err_hint(e, "use other bits, or move mark-mask");
	}
	if (has(p, POLICY_MARK) && !(p->mark_mask & ~r->c->mark_mask)) {
		place = object_place(o, "mark");
		place_err(
			&place, e,
			"mark: the mask 0x%x is within mark-mask 0x%08x, which is multihome's own",
			p->mark_mask, r->c->mark_mask);
		return err_hint(e, "use other bits, or move mark-mask");
	}
	int rc = check_policy_families(o, p, e);
	if (!rc)
		rc = check_prefixes(r, o, "from", p->from, p->from_n, e);
	return rc ? rc : check_prefixes(r, o, "to", p->to, p->to_n, e);
}

static int check_hooks(const struct config *c, struct err *e)
{
	for (size_t i = 0; i < c->hook_n; i++) {
		const struct hook_config *h = &c->hook[i];
		if (h->run)
			continue;
		place_err(&h->place, e, "hook \"%s\" runs nothing", h->name);
		return err_hint(e, "add: run = COMMAND");
	}
	if (c->hook_n > HOOKS_MAX)
		return place_err(&c->hook[HOOKS_MAX].place, e, "more than %d hooks", HOOKS_MAX);
	return 0;
}

int config_check(struct reading *r, struct err *e)
{
	int rc = check_uplinks(r, e);

	if (!rc)
		rc = check_numbers(r, e);
	if (!rc)
		rc = check_hooks(r->c, e);
	for (size_t i = 0; i < r->object_n && !rc; i++)
		if (r->object[i]->kind == SECTION_POLICY)
			rc = check_policy(r, r->object[i], &r->c->policy[r->object[i]->index], e);
	return rc;
}
