/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How each field of a route is read, built and shown: the tables of routes and of their next hops,
 * in the order of the text.
 */
#include "model/encap.h"
#include "model/route.h"
#include "model/value.h"
#include "netlink/uapi.h"

#include <linux/in_route.h>
#include <stdio.h>
#include <string.h>

static const char *const type_names[] = {
	[RTN_UNSPEC] = "none",
	[RTN_UNICAST] = "unicast",
	[RTN_LOCAL] = "local",
	[RTN_BROADCAST] = "broadcast",
	[RTN_ANYCAST] = "anycast",
	[RTN_MULTICAST] = "multicast",
	[RTN_BLACKHOLE] = "blackhole",
	[RTN_UNREACHABLE] = "unreachable",
	[RTN_PROHIBIT] = "prohibit",
	[RTN_THROW] = "throw",
	[RTN_NAT] = "nat",
	[RTN_XRESOLVE] = "xresolve",
};
#define TYPES (sizeof(type_names) / sizeof(*type_names))

const char *route_type_name(unsigned type)
{
	return type < TYPES ? type_names[type] : NULL;
}

int route_type_number(const char *word)
{
	for (unsigned i = 0; i < TYPES; i++)
		if (!strcmp(type_names[i], word))
			return (int)i;
	return -1;
}

static const char *type_str(const struct print *p, unsigned type, char buf[static 16])
{
	if (type < TYPES && !p->numeric)
		return type_names[type];
	snprintf(buf, 16, "%u", type);
	return buf;
}

static void type_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct route *r = obj;
	char buf[16];

	if (r->h.rtm_type != RTN_UNICAST || p->details)
		print_str(p, a->word, a->key, type_str(p, r->h.rtm_type, buf));
}

/* "default", an address, or a prefix. */
static void prefix_print(struct print *p, const struct attr *a, const struct ip_addr *ip,
			 uint8_t len)
{
	struct out *o = p->o;

	if (!len) {
		print_str(p, a->word, a->key, "default");
		return;
	}
	print_tint(p, tint_of_family(ip->family));
	if (!p->json && *a->word) {
		out_puts(o, a->word);
		out_putc(o, ' ');
	}
	if (len == ip_bits(ip->family)) {
		print_host(p, a->key, ip);
	} else {
		if (p->json) {
			jw_raw(&p->j, a->key);
			out_putc(o, '"');
		}
		out_addr(o, ip);
		out_putc(o, '/');
		out_u64(o, len);
		if (p->json)
			out_putc(o, '"');
	}
	print_text(p, " ");
	print_plain(p);
}

static void dst_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct route *r = obj;

	prefix_print(p, a, &r->dst, r->h.rtm_dst_len);
}

static void src_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct route *r = obj;

	if (r->h.rtm_src_len)
		prefix_print(p, a, &r->src, r->h.rtm_src_len);
}

/* Never a host's name, also with -r. */
static void prefsrc_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct route *r = obj;

	if (p->json) {
		jw_addr(&p->j, a->key, &r->prefsrc);
		return;
	}
	out_puts(p->o, a->word);
	out_putc(p->o, ' ');
	print_tint(p, tint_of_family(r->prefsrc.family));
	out_addr(p->o, &r->prefsrc);
	out_putc(p->o, ' ');
	print_plain(p);
}
static const struct value value_prefsrc = {prefsrc_print, value_addr_parse, "ADDRESS"};

static void route_encap_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct route *r = obj;

	(void)a;
	if (has(r, ROUTE_ENCAP_TYPE))
		encap_print(p, r->encap_type, r->encap);
}

/* The labels that an MPLS packet goes on with. */
static void newdst_print(struct print *p, struct nl_ref labels)
{
	char text[MPLS_LABELS_STRLEN];

	print_str(p, "as to", "to", mpls_labels_str(labels, text));
}

static void route_newdst_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct route *r = obj;

	(void)a;
	if (r->h.rtm_family == AF_MPLS)
		newdst_print(p, r->newdst);
}

static void via_print(struct print *p, const struct ip_addr *via)
{
	const char *family = via->family == AF_INET ? "inet" : "inet6";

	if (p->json) {
		jw_object(&p->j, "via");
		jw_str(&p->j, "family", family);
		print_host(p, "host", via);
		jw_object_end(&p->j);
	} else {
		out_puts(p->o, "via ");
		print_addr(p, family, NULL, via);
	}
}

static void route_via_print(struct print *p, const struct attr *a, const void *obj)
{
	(void)a;
	via_print(p, &((const struct route *)obj)->via);
}

static void table_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct route *r = obj;

	if (r->table != RT_TABLE_UNSPEC && (r->table != RT_TABLE_MAIN || p->details))
		value_table.print(p, a, obj);
}

static void proto_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct route *r = obj;

	if (r->h.rtm_flags & RTM_F_CLONED)
		return;
	if (r->h.rtm_protocol != RTPROT_BOOT || p->details)
		value_proto.print(p, a, obj);
}

static void scope_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct route *r = obj;

	if (r->h.rtm_flags & RTM_F_CLONED)
		return;
	if (r->h.rtm_scope != RT_SCOPE_UNIVERSE || p->details)
		value_scope.print(p, a, obj);
}

static const struct {
	uint32_t bit;
	const char *name;
} flag_names[] = {
	{RTNH_F_DEAD, "dead"},
	{RTNH_F_ONLINK, "onlink"},
	{RTNH_F_PERVASIVE, "pervasive"},
	{RTNH_F_OFFLOAD, "offload"},
	{RTNH_F_TRAP, "trap"},
	{RTM_F_NOTIFY, "notify"},
	{RTNH_F_LINKDOWN, "linkdown"},
	{RTNH_F_UNRESOLVED, "unresolved"},
	{RTM_F_OFFLOAD, "rt_offload"},
	{RTM_F_TRAP, "rt_trap"},
	{RTM_F_OFFLOAD_FAILED, "rt_offload_failed"},
};

void route_flags_print(struct print *p, uint32_t flags)
{
	if (p->json)
		jw_array(&p->j, "flags");
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(*flag_names); i++) {
		if (!(flags & flag_names[i].bit))
			continue;
		if (p->json)
			jw_str(&p->j, NULL, flag_names[i].name);
		else
			print_flag(p, flag_names[i].name, NULL);
	}
	if (p->json)
		jw_array_end(&p->j);
}

static void flags_print(struct print *p, const struct attr *a, const void *obj)
{
	(void)a;
	route_flags_print(p, ((const struct route *)obj)->h.rtm_flags);
}

static void mark_print(struct print *p, const struct attr *a, const void *obj)
{
	uint32_t mark = ((const struct route *)obj)->mark;

	if (mark >= 16)
		print_hex(p, a->word, a->key, mark);
	else
		print_u64(p, a->word, a->key, mark);
}

static const struct {
	uint32_t bit;
	const char *name;
} cache_flags[] = {
	{RTCF_LOCAL, "local"},
	{RTCF_REJECT, "reject"},
	{RTCF_MULTICAST, "mc"},
	{RTCF_BROADCAST, "brd"},
	{RTCF_DNAT, "dst-nat"},
	{RTCF_SNAT, "src-nat"},
	{RTCF_MASQ, "masq"},
	{RTCF_DIRECTDST, "dst-direct"},
	{RTCF_DIRECTSRC, "src-direct"},
	{RTCF_DOREDIRECT, "redirected"},
	{RTCF_REDIRECTED, "redirect"},
	{RTCF_NOTIFY, "notify"},
	{RTCF_TPROXY, "proxy"},
};

/* An answer to "route get": a line of its own. */
static void cached_print(struct print *p, const struct attr *a, const void *obj)
{
	uint32_t flags = ((const struct route *)obj)->h.rtm_flags & ~UINT32_C(0xffff);
	const char *before = "<";

	print_line(p);
	print_text(p, "    cache ");
	if (p->json)
		jw_array(&p->j, a->key);
	for (size_t i = 0; i < sizeof(cache_flags) / sizeof(*cache_flags); i++) {
		if (!(flags & cache_flags[i].bit))
			continue;
		flags &= ~cache_flags[i].bit;
		print_text(p, before);
		print_text(p, cache_flags[i].name);
		if (p->json)
			jw_str(&p->j, NULL, cache_flags[i].name);
		before = ",";
	}
	if (p->json)
		jw_array_end(&p->j);
	else if (*before == ',')
		out_puts(p->o, "> ");
}

static void cacheinfo_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rta_cacheinfo *c = &((const struct route *)obj)->cacheinfo;
	const uint32_t hz = 100; /* USER_HZ */

	(void)a;
	if (c->rta_expires) {
		if (p->json)
			jw_s64(&p->j, "expires", c->rta_expires / (int32_t)hz);
		else
			out_printf(p->o, "expires %dsec ", c->rta_expires / (int32_t)hz);
	}
	if (c->rta_error) {
		if (p->json)
			jw_s64(&p->j, "error", (int32_t)c->rta_error);
		else
			out_printf(p->o, "error %d ", (int32_t)c->rta_error);
	}
	if (!p->stats)
		return;
	if (c->rta_clntref)
		print_u64(p, "users", "users", c->rta_clntref);
	if (c->rta_used)
		print_u64(p, "used", "used", c->rta_used);
	if (c->rta_lastuse) {
		if (p->json)
			jw_u64(&p->j, "age", c->rta_lastuse / hz);
		else
			out_printf(p->o, "age %usec ", c->rta_lastuse / hz);
	}
}

static void metric_print(struct print *p, const struct attr *a, const void *obj)
{
	print_u64(p, a->word, a->key, ((const struct route *)obj)->metric);
}

static void realms_print(struct print *p, uint32_t realms)
{
	char buf[16];
	struct names *n = p->numeric ? NULL : p->names;

	if (p->json) {
		jw_object(&p->j, "flow");
		if (realms >> 16)
			jw_str(&p->j, "from",
			       names_str(n, NAMES_RT_REALMS, realms >> 16, buf, sizeof(buf)));
		jw_str(&p->j, "to",
		       names_str(n, NAMES_RT_REALMS, realms & 0xffff, buf, sizeof(buf)));
		jw_object_end(&p->j);
		return;
	}
	out_puts(p->o, realms >> 16 ? "realms " : "realm ");
	if (realms >> 16) {
		out_puts(p->o, names_str(n, NAMES_RT_REALMS, realms >> 16, buf, sizeof(buf)));
		out_putc(p->o, '/');
	}
	out_puts(p->o, names_str(n, NAMES_RT_REALMS, realms & 0xffff, buf, sizeof(buf)));
	out_putc(p->o, ' ');
}

static void route_realms_print(struct print *p, const struct attr *a, const void *obj)
{
	(void)a;
	realms_print(p, ((const struct route *)obj)->realms);
}

static void nexthop_print(struct print *p, const struct route_nexthop *nh, bool labels)
{
	if (p->json)
		jw_object(&p->j, NULL);
	else
		out_puts(p->o, p->oneline ? "\\\tnexthop " : "\n\tnexthop ");
	if (has(nh, NEXTHOP_ENCAP) && has(nh, NEXTHOP_ENCAP_TYPE))
		encap_print(p, nh->encap_type, nh->encap);
	if (has(nh, NEXTHOP_NEWDST) && labels)
		newdst_print(p, nh->newdst);
	if (has(nh, NEXTHOP_GATEWAY))
		print_addr(p, "via", "gateway", &nh->gateway);
	if (has(nh, NEXTHOP_VIA))
		via_print(p, &nh->via);
	print_dev(p, "dev", "dev", nh->h.rtnh_ifindex);
	if (!labels) /* MPLS knows no weights */
		print_u64(p, "weight", "weight", nh->h.rtnh_hops + 1u);
	if (has(nh, NEXTHOP_REALMS))
		realms_print(p, nh->realms);
	route_flags_print(p, nh->h.rtnh_flags);
	if (p->json)
		jw_object_end(&p->j);
}

static void multipath_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct route *r = obj;
	struct route_nexthop nh;
	size_t at = 0;

	if (p->json)
		jw_array(&p->j, a->key);
	while (route_nexthop_next(r->multipath, &at, &nh))
		nexthop_print(p, &nh, r->h.rtm_family == AF_MPLS);
	if (p->json)
		jw_array_end(&p->j);
}

static void metrics_print(struct print *p, const struct attr *a, const void *obj)
{
	(void)a;
	route_metrics_print(p, ((const struct route *)obj)->metrics);
}

static void pref_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct route *r = obj;
	static const char *const names[] = {"medium", "high", NULL, "low"};
	char number[8];
	const char *s = number;

	if (r->pref < 4 && names[r->pref])
		s = names[r->pref];
	else
		snprintf(number, sizeof(number), "%u", r->pref);
	if (p->json) {
		jw_str(&p->j, a->key, s);
		return;
	}
	/* No blank behind it: it was made to be a line's last word. */
	print_flag(p, a->word, NULL);
	out_puts(p->o, s);
}

/* Misspelt as iproute2 has it, and without a blank behind it. */
static void ttl_propagate_print(struct print *p, const struct attr *a, const void *obj)
{
	bool on = ((const struct route *)obj)->ttl_propagate;

	if (p->json) {
		jw_bool(&p->j, a->key, on);
		return;
	}
	print_flag(p, a->key, NULL);
	out_puts(p->o, on ? "enabled" : "disabled");
}

static void nh_info_print(struct print *p, const struct attr *a, const void *obj)
{
	(void)a;
	if (p->details && p->nh_info)
		p->nh_info(p, ((const struct route *)obj)->nhid);
}

static const struct value value_ttl_propagate = {.print = ttl_propagate_print};
static const struct value value_newdst = {.print = route_newdst_print};
static const struct value value_route_encap = {.print = route_encap_print};
static const struct value value_nh_info = {.print = nh_info_print};
static const struct value value_type = {.print = type_print};
static const struct value value_dst = {.print = dst_print};
static const struct value value_src = {.print = src_print};
static const struct value value_via = {.print = route_via_print};
static const struct value value_route_table = {table_print, value_table_parse, "TABLE"};
static const struct value value_route_proto = {proto_print, value_proto_parse, "PROTO"};
static const struct value value_route_scope = {scope_print, value_scope_parse, "SCOPE"};
static const struct value value_flags = {.print = flags_print};
static const struct value value_mark = {mark_print, value_number_parse, "NUMBER"};
static const struct value value_cached = {.print = cached_print};
static const struct value value_cacheinfo = {.print = cacheinfo_print};
static const struct value value_metric = {metric_print, value_number_parse, "NUMBER"};
static const struct value value_realms = {route_realms_print, value_realms_parse, "[FROM/]TO"};
static const struct value value_multipath = {.print = multipath_print};
static const struct value value_metrics = {.print = metrics_print};
static const struct value value_given = {NULL, value_number_parse, "NUMBER"};
static const struct value value_pref = {.print = pref_print};

#define T struct route
static const struct attr rows[ROUTE_FIELDS] = {
	[ROUTE_TYPE] = {.word = "", .key = "type", .value = &value_type},
	[ROUTE_DST] = {ATTR_ROW_ADDR(RTA_DST, T, dst), "", "dst", &value_dst},
	[ROUTE_SRC] = {ATTR_ROW_ADDR(RTA_SRC, T, src), "from", "from", &value_src},
	[ROUTE_NEWDST] = {ATTR_ROW_REF(RTA_NEWDST, T, newdst), "as to", "to", &value_newdst},
	[ROUTE_ENCAP_TYPE] = {ATTR_ROW_U16(RTA_ENCAP_TYPE, T, encap_type), NULL, "encap_type",
			      NULL},
	[ROUTE_ENCAP] = {ATTR_ROW_NESTED(RTA_ENCAP, T, encap), "encap", "encap",
			 &value_route_encap},
	[ROUTE_TOS] = {.off = offsetof(T, h.rtm_tos),
		       .size = 1,
		       .word = "tos",
		       .key = "tos",
		       .value = &value_dsfield},
	[ROUTE_NHID] = {ATTR_ROW_U32(RTA_NH_ID, T, nhid), "nhid", "nhid", &value_number},
	[ROUTE_GATEWAY] = {ATTR_ROW_ADDR(RTA_GATEWAY, T, gateway), "via", "gateway", &value_addr},
	[ROUTE_VIA] = {ATTR_ROW_VIA(RTA_VIA, T, via), "via", "via", &value_via},
	[ROUTE_OIF] = {ATTR_ROW_U32(RTA_OIF, T, oif), "dev", "dev", &value_dev},
	[ROUTE_TABLE] = {ATTR_ROW_U32(RTA_TABLE, T, table), "table", "table", &value_route_table},
	[ROUTE_PROTOCOL] = {.off = offsetof(T, h.rtm_protocol),
			    .size = 1,
			    .word = "proto",
			    .key = "protocol",
			    .value = &value_route_proto},
	[ROUTE_SCOPE] = {.off = offsetof(T, h.rtm_scope),
			 .size = 1,
			 .word = "scope",
			 .key = "scope",
			 .value = &value_route_scope},
	[ROUTE_PREFSRC] = {ATTR_ROW_ADDR(RTA_PREFSRC, T, prefsrc), "src", "prefsrc",
			   &value_prefsrc},
	[ROUTE_METRIC] = {ATTR_ROW_U32(RTA_PRIORITY, T, metric), "metric", "metric", &value_metric},
	[ROUTE_FLAGS] = {.key = "flags", .value = &value_flags},
	[ROUTE_MARK] = {ATTR_ROW_U32(RTA_MARK, T, mark), "mark", "mark", &value_mark},
	[ROUTE_REALMS] = {ATTR_ROW_U32(RTA_FLOW, T, realms), "realms", "flow", &value_realms},
	[ROUTE_UID] = {ATTR_ROW_U32(RTA_UID, T, uid), "uid", "uid", &value_number},
	[ROUTE_CACHED] = {.key = "cache", .value = &value_cached},
	[ROUTE_CACHEINFO] = {ATTR_ROW_FIXED(RTA_CACHEINFO, T, cacheinfo), NULL, "cacheinfo",
			     &value_cacheinfo},
	[ROUTE_METRICS] = {ATTR_ROW_NESTED(RTA_METRICS, T, metrics), "", "metrics", &value_metrics},
	[ROUTE_IIF] = {ATTR_ROW_U32(RTA_IIF, T, iif), "iif", "iif", &value_dev},
	[ROUTE_NH_INFO] = {.key = "nh_info", .value = &value_nh_info},
	[ROUTE_MULTIPATH] = {ATTR_ROW_NESTED(RTA_MULTIPATH, T, multipath), "nexthop", "nexthops",
			     &value_multipath},
	[ROUTE_PREF] = {ATTR_ROW_U8(RTA_PREF, T, pref), "pref", "pref", &value_pref},
	[ROUTE_TTL_PROPAGATE] = {ATTR_ROW_U8(RTA_TTL_PROPAGATE, T, ttl_propagate), "ttl-propagate",
				 "ttl-propogate", &value_ttl_propagate},
	[ROUTE_EXPIRES] = {ATTR_ROW_U32(RTA_EXPIRES, T, expires), NULL, "expires", &value_given},
	[ROUTE_IP_PROTO] = {ATTR_ROW_U8(RTA_IP_PROTO, T, ip_proto), NULL, "ipproto", NULL},
	[ROUTE_SPORT] = {ATTR_ROW_BE16(RTA_SPORT, T, sport), NULL, "sport", &value_given},
	[ROUTE_DPORT] = {ATTR_ROW_BE16(RTA_DPORT, T, dport), NULL, "dport", &value_given},
	[ROUTE_FLOWLABEL] = {ATTR_ROW_BE32(RTA_FLOWLABEL, T, flowlabel), NULL, "flowlabel", NULL},
};
#undef T
ATTR_SET(route_attrs, "route", struct route, h, rows, RTA_FLOWLABEL);

#define T struct route_nexthop
static const struct attr nexthop_rows[NEXTHOP_FIELDS] = {
	[NEXTHOP_NEWDST] = {ATTR_ROW_REF(RTA_NEWDST, T, newdst), "as", "to", NULL},
	[NEXTHOP_ENCAP_TYPE] = {ATTR_ROW_U16(RTA_ENCAP_TYPE, T, encap_type), NULL, NULL, NULL},
	[NEXTHOP_ENCAP] = {ATTR_ROW_NESTED(RTA_ENCAP, T, encap), "encap", "encap", NULL},
	[NEXTHOP_GATEWAY] = {ATTR_ROW_ADDR(RTA_GATEWAY, T, gateway), "via", "gateway", &value_addr},
	[NEXTHOP_VIA] = {ATTR_ROW_VIA(RTA_VIA, T, via), "via", "via", NULL},
	[NEXTHOP_REALMS] = {ATTR_ROW_U32(RTA_FLOW, T, realms), "realm", "flow", &value_realms},
	[NEXTHOP_TTL_PROPAGATE] = {ATTR_ROW_U8(RTA_TTL_PROPAGATE, T, ttl_propagate), NULL, NULL,
				   NULL},
};
#undef T
ATTR_SET_NESTED(nexthop_attrs, "nexthop", nexthop_rows, RTA_TTL_PROPAGATE);
