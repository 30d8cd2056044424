/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes and rules of a saved state. */
#include "fib/dump_json.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who made it: for people, and to know what is multihome's own; a strange name is none. */
static bool maker_of(struct dump *d, const json_t *o, uint8_t *ret)
{
	uint32_t v = 0;

	if (dump_name(d, o, "protocol", NAMES_RT_PROTOS, &v, NULL) <= 0 || v > UINT8_MAX)
		return false;
	*ret = (uint8_t)v;
	return true;
}

/* ── Routes ─────────────────────────────────────────────────────────────────────────────────── */

/* "gateway", or "via" of another family. */
static int gateway_of(const json_t *o, uint8_t family, struct ip_addr *gateway, struct ip_addr *via,
		      struct err *e)
{
	int rc = dump_addr(o, "gateway", family, gateway, e);

	if (rc)
		return rc;
	rc = dump_addr(json_object_get(o, "via"), "host", 0, via, e);
	return rc > 0 ? 2 : rc;
}

static int hops_of(struct dump *d, const json_t *o, struct route *r, struct err *e)
{
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(o, "nexthops"), i, v)
	{
		struct route_nexthop nh = {0};
		uint32_t dev = 0;
		uint64_t weight = 1;
		int rc = gateway_of(v, r->h.rtm_family, &nh.gateway, &nh.via, e);
		if (rc > 0)
			set_has(&nh, rc == 1 ? NEXTHOP_GATEWAY : NEXTHOP_VIA);
		if (rc >= 0)
			rc = dump_dev(d, v, "dev", &dev, e);
		if (rc >= 0)
			rc = dump_number(v, "weight", 256, &weight, e);
		if (rc < 0)
			return rc;
		if (!weight || i >= 1024)
			return dump_wrong("nexthops", "a list of next hops", e);
		nh.h.rtnh_ifindex = (int)dev;
		nh.h.rtnh_hops = (uint8_t)(weight - 1);
		nh.h.rtnh_flags = (uint8_t)dump_words(v, "flags", dump_hop_flags, DUMP_HOP_FLAGS);
		route_nexthop_add(&d->s->arena, r, &nh);
	}
	return 0;
}

static int way_of(struct dump *d, const json_t *o, struct route *r, struct err *e)
{
	uint64_t v = 0;
	int rc = gateway_of(o, r->h.rtm_family, &r->gateway, &r->via, e);

	if (rc > 0)
		set_has(r, rc == 1 ? ROUTE_GATEWAY : ROUTE_VIA);
	if (rc >= 0)
		rc = dump_dev(d, o, "dev", &r->oif, e);
	if (rc > 0)
		set_has(r, ROUTE_OIF);
	if (rc >= 0)
		rc = dump_addr(o, "prefsrc", r->h.rtm_family, &r->prefsrc, e);
	if (rc > 0)
		set_has(r, ROUTE_PREFSRC);
	if (rc >= 0)
		rc = dump_number(o, "nhid", UINT32_MAX, &v, e);
	if (rc > 0) {
		r->nhid = (uint32_t)v;
		set_has(r, ROUTE_NHID);
	}
	return rc < 0 ? rc : hops_of(d, o, r, e);
}

/* "0x10", or a name. */
static int tos_of(struct dump *d, const json_t *o, uint8_t *ret, struct err *e)
{
	uint32_t v = 0;
	int rc = dump_name(d, o, "tos", NAMES_RT_DSFIELD, &v, e);

	if (rc >= 0 && v > UINT8_MAX)
		return dump_wrong("tos", "a number in range", e);
	*ret = (uint8_t)v;
	return rc;
}

static int key_of(struct dump *d, const json_t *o, struct route *r, struct err *e)
{
	struct ip_prefix dst = {.addr.family = d->family}, src = {.addr.family = d->family};
	const char *type = dump_text(o, "type"), *pref = dump_text(o, "pref");
	int number = type ? route_type_number(type) : RTN_UNICAST;
	uint32_t scope = RT_SCOPE_UNIVERSE;
	uint64_t metric = 0;
	int rc = dump_prefix(o, "dst", d->family, &dst, e);

	if (number < 0)
		return dump_wrong("type", "a type of routes", e);
	if (rc >= 0)
		rc = dump_prefix(o, "from", d->family, &src, e);
	if (rc >= 0)
		rc = dump_name(d, o, "table", NAMES_RT_TABLES, &r->table, e);
	if (rc >= 0)
		rc = dump_name(d, o, "scope", NAMES_RT_SCOPES, &scope, e);
	if (rc >= 0)
		rc = tos_of(d, o, &r->h.rtm_tos, e);
	if (rc >= 0)
		rc = dump_number(o, "metric", UINT32_MAX, &metric, e);
	if (rc > 0)
		set_has(r, ROUTE_METRIC);
	if (rc < 0)
		return rc;
	r->h.rtm_type = (uint8_t)number;
	r->h.rtm_scope = (uint8_t)scope;
	r->metric = (uint32_t)metric;
	route_set_dst(r, dst);
	r->src = src.addr;
	r->h.rtm_src_len = src.len;
	if (pref) {
		r->pref = !strcmp(pref, "high") ? 1 : !strcmp(pref, "low") ? 3 : 0;
		set_has(r, ROUTE_PREF);
	}
	return 0;
}

/* Without -4, ip tells IPv6's routes, too; each of them has a preference. */
static bool is_ipv6(const json_t *o)
{
	const char *dst = dump_text(o, "dst");

	return dump_has(o, "pref") || (dst && strchr(dst, ':'));
}

int dump_route(struct dump *d, const json_t *o, struct err *e)
{
	struct snapshot *s = d->s;
	struct route r = route_init(d->family);

	if (d->family == AF_INET && is_ipv6(o))
		return 0;
	int rc = dump_has(o, "dst") ? key_of(d, o, &r, e) : dump_wrong("dst", "there", e);

	if (rc >= 0)
		rc = way_of(d, o, &r, e);
	if (rc < 0)
		return rc;
	r.h.rtm_flags = dump_words(o, "flags", dump_hop_flags, DUMP_HOP_FLAGS);
	maker_of(d, o, &r.h.rtm_protocol);
	*ARENA_PUSH(&s->arena, s->route, s->route_n, s->route_cap) = r;
	return 0;
}

/* ── Rules ──────────────────────────────────────────────────────────────────────────────────── */

/* "src" and "srclen", "dst" and "dstlen". */
static int selector_of(const json_t *o, const char *key, const char *len_key, uint8_t family,
		       struct ip_prefix *ret, struct err *e)
{
	uint64_t len = 0;
	int rc = dump_prefix(o, key, family, ret, e);

	if (rc <= 0)
		return rc;
	rc = dump_number(o, len_key, ip_bits(family), &len, e);
	if (rc > 0)
		ret->len = (uint8_t)len;
	return rc < 0 ? rc : 1;
}

static int numbers(struct dump *d, const json_t *o, struct rule *r, struct err *e)
{
	/* Numbers that stand as they are. */
	const struct {
		const char *key;
		uint64_t max;
		unsigned field;
		void *to;
		size_t size;
	} rows[] = {
		{"priority", UINT32_MAX, RULE_PRIORITY, &r->priority, 4},
		{"fwmark", UINT32_MAX, RULE_FWMARK, &r->fwmark, 4},
		{"fwmask", UINT32_MAX, RULE_FWMASK, &r->fwmask, 4},
		{"suppress_prefixlen", 128, RULE_SUPPRESS_PREFIXLEN, &r->suppress_prefixlen, 4},
		{"goto", UINT32_MAX, RULE_GOTO, &r->goto_target, 4},
		{"uid_start", UINT32_MAX, RULE_UIDRANGE, &r->uid.start, 4},
		{"uid_end", UINT32_MAX, RULE_UIDRANGE, &r->uid.end, 4},
		{"dscp", 63, RULE_DSCP, &r->dscp, 1},
		{"dscp_mask", 63, RULE_DSCP_MASK, &r->dscp_mask, 1},
		{"flowlabel", 0xfffff, RULE_FLOWLABEL, &r->flowlabel, 4},
		{"flowlabel_mask", 0xfffff, RULE_FLOWLABEL_MASK, &r->flowlabel_mask, 4},
		{"sport_start", UINT16_MAX, RULE_SPORT, &r->sport.start, 2},
		{"sport_end", UINT16_MAX, RULE_SPORT, &r->sport.end, 2},
		{"dport_start", UINT16_MAX, RULE_DPORT, &r->dport.start, 2},
		{"dport_end", UINT16_MAX, RULE_DPORT, &r->dport.end, 2},
		{"sport_mask", UINT16_MAX, RULE_SPORT_MASK, &r->sport_mask, 2},
		{"dport_mask", UINT16_MAX, RULE_DPORT_MASK, &r->dport_mask, 2},
		{"tun_id", UINT64_MAX, RULE_TUN_ID, &r->tun_id, 8},
	};

	(void)d;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t v = 0;
		int rc = dump_number(o, rows[i].key, rows[i].max, &v, e);
		if (rc < 0)
			return rc;
		if (!rc)
			continue;
		if (rows[i].field == RULE_TUN_ID)
			v = __builtin_bswap64(v);
		memcpy(rows[i].to, &v, rows[i].size); /* little endian, as all that runs this */
		set_has(r, rows[i].field);
	}
	return 0;
}

static int single_port(const json_t *o, const char *key, struct fib_rule_port_range *range,
		       struct err *e)
{
	uint64_t v = 0;
	int rc = dump_number(o, key, UINT16_MAX, &v, e);

	if (rc > 0)
		range->start = range->end = (uint16_t)v;
	return rc;
}

static int ports_of(const json_t *o, struct rule *r, struct err *e)
{
	int rc = single_port(o, "sport", &r->sport, e);

	if (rc > 0)
		set_has(r, RULE_SPORT);
	if (rc >= 0)
		rc = single_port(o, "dport", &r->dport, e);
	if (rc > 0)
		set_has(r, RULE_DPORT);
	return rc < 0 ? rc : 0;
}

static int protocol_of(const json_t *o, struct rule *r, struct err *e)
{
	static const struct dump_word known[] = {
		{"icmp", IPPROTO_ICMP}, {"tcp", IPPROTO_TCP},	     {"udp", IPPROTO_UDP},
		{"sctp", IPPROTO_SCTP}, {"gre", IPPROTO_GRE},	     {"ipv6-icmp", IPPROTO_ICMPV6},
		{"esp", IPPROTO_ESP},	{"ah", IPPROTO_AH},	     {"dccp", IPPROTO_DCCP},
		{"igmp", IPPROTO_IGMP}, {"udplite", IPPROTO_UDPLITE}};
	const char *s = dump_text(o, "ipproto");
	unsigned v = 0;

	if (!dump_has(o, "ipproto"))
		return 0;
	for (size_t i = 0; s && i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].word, s))
			v = known[i].bit;
	if (!v && (!s || sscanf(s, "ipproto-%u", &v) != 1 || !v || v > 255))
		return dump_wrong("ipproto", "a protocol", e);
	r->ipproto = (uint8_t)v;
	set_has(r, RULE_IPPROTO);
	return 0;
}

static int device_name(const json_t *o, const char *key, char name[static IFNAMSIZ], struct rule *r,
		       unsigned field, struct err *e)
{
	const char *s = dump_text(o, key);

	if (!dump_has(o, key))
		return 0;
	if (!s || !*s || strlen(s) >= IFNAMSIZ)
		return dump_wrong(key, "an interface's name", e);
	snprintf(name, IFNAMSIZ, "%s", s);
	set_has(r, field);
	return 0;
}

static int action_of(struct dump *d, const json_t *o, struct rule *r, struct err *e)
{
	static const struct dump_word actions[] = {{"blackhole", FR_ACT_BLACKHOLE},
						   {"unreachable", FR_ACT_UNREACHABLE},
						   {"prohibit", FR_ACT_PROHIBIT}};
	const char *s = dump_text(o, "action");
	int rc;

	r->h.action = FR_ACT_TO_TBL;
	if (dump_has(o, "goto"))
		r->h.action = FR_ACT_GOTO;
	if (dump_has(o, "nop"))
		r->h.action = FR_ACT_NOP;
	if (dump_has(o, "l3mdev")) {
		r->l3mdev = 1;
		set_has(r, RULE_L3MDEV);
	}
	if (s) {
		uint32_t n = 0;
		for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
			if (!strcmp(actions[i].word, s))
				n = actions[i].bit;
		if (!n)
			return dump_wrong("action", "an action of rules", e);
		r->h.action = (uint8_t)n;
	}
	rc = dump_name(d, o, "table", NAMES_RT_TABLES, &r->table, e);
	if (rc > 0)
		set_has(r, RULE_TABLE);
	if (rc >= 0)
		rc = dump_name(d, o, "suppress_ifgroup", NAMES_GROUP, &r->suppress_ifgroup, e);
	if (rc > 0)
		set_has(r, RULE_SUPPRESS_IFGROUP);
	return rc < 0 ? rc : 0;
}

static int selectors_of(struct dump *d, const json_t *o, struct rule *r, struct err *e)
{
	struct ip_prefix src = {.addr.family = d->family}, dst = src;
	int rc = selector_of(o, "src", "srclen", d->family, &src, e);

	if (rc >= 0)
		rc = selector_of(o, "dst", "dstlen", d->family, &dst, e);
	if (rc < 0)
		return rc;
	if (src.len)
		rule_set_src(r, src);
	if (dst.len)
		rule_set_dst(r, dst);
	rc = tos_of(d, o, &r->h.tos, e);
	if (rc >= 0)
		rc = device_name(o, "iif", r->iif, r, RULE_IIF, e);
	if (rc >= 0)
		rc = device_name(o, "oif", r->oif, r, RULE_OIF, e);
	if (rc >= 0)
		rc = protocol_of(o, r, e);
	if (rc >= 0)
		rc = ports_of(o, r, e);
	return rc;
}

int dump_rule(struct dump *d, const json_t *o, struct err *e)
{
	struct snapshot *s = d->s;
	struct rule r = {.has = HAS(RULE_PRIORITY) | HAS(RULE_SRC), .h.family = d->family};
	int rc = numbers(d, o, &r, e);

	if (rc >= 0)
		rc = selectors_of(d, o, &r, e);
	if (rc >= 0)
		rc = action_of(d, o, &r, e);
	if (rc < 0)
		return rc;
	if (dump_has(o, "not")) {
		r.h.flags |= FIB_RULE_INVERT;
		set_has(&r, RULE_NOT);
	}
	if (r.h.tos)
		set_has(&r, RULE_TOS);
	if (r.h.action != FR_ACT_TO_TBL && r.h.action != FR_ACT_GOTO)
		set_has(&r, RULE_ACTION);
	if (dump_has(o, "unresolved"))
		r.h.flags |= FIB_RULE_UNRESOLVED;
	if (maker_of(d, o, &r.protocol))
		set_has(&r, RULE_PROTOCOL);
	*ARENA_PUSH(&s->arena, s->rule, s->rule_n, s->rule_cap) = r;
	return 0;
}
