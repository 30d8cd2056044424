/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes. What makes them harder than the other objects: the address family decides how much a
 * prefix holds, a default route has no destination attribute at all, next hops are an array of
 * small messages (RTA_MULTIPATH), and metrics are a nested table of their own. Both nested ones
 * stay encoded, so that reading a million routes allocates nothing.
 */
#include "model/route.h"

#include "model/value.h"
#include "netlink/uapi.h"

#include <errno.h>
#include <linux/if_link.h>
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

static const char *type_str(unsigned type, char buf[static 16])
{
	if (type < TYPES)
		return type_names[type];
	snprintf(buf, 16, "%u", type);
	return buf;
}

static void type_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct route *r = obj;
	char buf[16];

	if (r->h.rtm_type != RTN_UNICAST || p->details)
		print_str(p, a->word, a->key, type_str(r->h.rtm_type, buf));
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
	if (p->json) {
		jw_raw(&p->j, a->key);
		out_putc(o, '"');
	} else if (*a->word) {
		out_puts(o, a->word);
		out_putc(o, ' ');
	}
	out_addr(o, ip);
	if (len != ip_bits(ip->family)) {
		out_putc(o, '/');
		out_u64(o, len);
	}
	out_putc(o, p->json ? '"' : ' ');
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

static void via_print(struct print *p, const struct ip_addr *via)
{
	const char *family = via->family == AF_INET ? "inet" : "inet6";

	if (p->json) {
		jw_object(&p->j, "via");
		jw_str(&p->j, "family", family);
		jw_addr(&p->j, "host", via);
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

	if (r->table != RT_TABLE_MAIN || p->details)
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
	{RTNH_F_LINKDOWN, "linkdown"},
	{RTNH_F_UNRESOLVED, "unresolved"},
	{RTM_F_OFFLOAD, "rt_offload"},
	{RTM_F_TRAP, "rt_trap"},
};

static void flags_array(struct print *p, uint32_t flags)
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
	flags_array(p, ((const struct route *)obj)->h.rtm_flags);
}

static void metric_print(struct print *p, const struct attr *a, const void *obj)
{
	print_u64(p, a->word, a->key, ((const struct route *)obj)->metric);
}

static void realms_print(struct print *p, const char *word, uint32_t realms)
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
	out_puts(p->o, word);
	out_putc(p->o, ' ');
	if (realms >> 16) {
		out_puts(p->o, names_str(n, NAMES_RT_REALMS, realms >> 16, buf, sizeof(buf)));
		out_putc(p->o, '/');
	}
	out_puts(p->o, names_str(n, NAMES_RT_REALMS, realms & 0xffff, buf, sizeof(buf)));
	out_putc(p->o, ' ');
}

static void route_realms_print(struct print *p, const struct attr *a, const void *obj)
{
	realms_print(p, a->word, ((const struct route *)obj)->realms);
}

static void nexthop_print(struct print *p, const struct route_nexthop *nh)
{
	if (p->json)
		jw_object(&p->j, NULL);
	else
		out_puts(p->o, p->oneline ? "\\\tnexthop " : "\n\tnexthop ");
	if (has(nh, NEXTHOP_GATEWAY))
		print_addr(p, "via", "gateway", &nh->gateway);
	if (has(nh, NEXTHOP_VIA))
		via_print(p, &nh->via);
	print_dev(p, "dev", "dev", nh->h.rtnh_ifindex);
	print_u64(p, "weight", "weight", nh->h.rtnh_hops + 1u);
	if (has(nh, NEXTHOP_REALMS))
		realms_print(p, "realm", nh->realms);
	flags_array(p, nh->h.rtnh_flags);
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
		nexthop_print(p, &nh);
	if (p->json)
		jw_array_end(&p->j);
}

static const char *const metric_names[] = {
	[RTAX_MTU] = "mtu",	      [RTAX_WINDOW] = "window",
	[RTAX_RTT] = "rtt",	      [RTAX_RTTVAR] = "rttvar",
	[RTAX_SSTHRESH] = "ssthresh", [RTAX_CWND] = "cwnd",
	[RTAX_ADVMSS] = "advmss",     [RTAX_REORDERING] = "reordering",
	[RTAX_HOPLIMIT] = "hoplimit", [RTAX_INITCWND] = "initcwnd",
	[RTAX_FEATURES] = "features", [RTAX_RTO_MIN] = "rto_min",
	[RTAX_INITRWND] = "initrwnd", [RTAX_QUICKACK] = "quickack",
	[RTAX_CC_ALGO] = "congctl",   [RTAX_FASTOPEN_NO_COOKIE] = "fastopen_no_cookie",
};

static void metrics_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct route *r = obj;
	uint32_t lock = 0, v;

	attr_each (l, r->metrics) {
		struct nl_ref ref = attr_payload(l);
		if (attr_type(l) == RTAX_LOCK && ref.len >= sizeof(lock))
			memcpy(&lock, ref.p, sizeof(lock));
	}
	if (p->json) {
		jw_array(&p->j, a->key);
		jw_object(&p->j, NULL);
	}
	attr_each (m, r->metrics) {
		struct nl_ref ref = attr_payload(m);
		unsigned t = attr_type(m);
		if (t >= sizeof(metric_names) / sizeof(*metric_names) || !metric_names[t])
			continue;
		const char *name = metric_names[t];
		if (t == RTAX_CC_ALGO) {
			if (ref.len && !((const char *)ref.p)[ref.len - 1])
				print_str(p, name, name, ref.p);
			continue;
		}
		if (ref.len < sizeof(v))
			continue;
		memcpy(&v, ref.p, sizeof(v));
		if (!p->json) {
			print_flag(p, name, NULL);
			if (lock & 1u << t)
				print_flag(p, "lock", NULL);
		}
		print_u64(p, "", name, v);
	}
	if (p->json) {
		jw_object_end(&p->j);
		jw_array_end(&p->j);
	}
}

static void pref_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct route *r = obj;
	static const char *const names[] = {"medium", "high", NULL, "low"};

	if (r->pref < 4 && names[r->pref])
		print_str(p, a->word, a->key, names[r->pref]);
	else
		print_u64(p, a->word, a->key, r->pref);
}

static const struct value value_type = {.print = type_print};
static const struct value value_dst = {.print = dst_print};
static const struct value value_src = {.print = src_print};
static const struct value value_via = {.print = route_via_print};
static const struct value value_route_table = {.print = table_print};
static const struct value value_route_proto = {.print = proto_print};
static const struct value value_route_scope = {.print = scope_print};
static const struct value value_flags = {.print = flags_print};
static const struct value value_metric = {.print = metric_print};
static const struct value value_realms = {.print = route_realms_print};
static const struct value value_multipath = {.print = multipath_print};
static const struct value value_metrics = {.print = metrics_print};
static const struct value value_pref = {.print = pref_print};

#define T struct route
static const struct attr rows[ROUTE_FIELDS] = {
	[ROUTE_TYPE] = {.word = "", .key = "type", .value = &value_type},
	[ROUTE_DST] = {ATTR_ROW_ADDR(RTA_DST, T, dst), "", "dst", &value_dst},
	[ROUTE_SRC] = {ATTR_ROW_ADDR(RTA_SRC, T, src), "from", "from", &value_src},
	[ROUTE_NEWDST] = {ATTR_ROW_REF(RTA_NEWDST, T, newdst), "as", "to", NULL},
	[ROUTE_ENCAP_TYPE] = {ATTR_ROW_U16(RTA_ENCAP_TYPE, T, encap_type), NULL, "encap_type",
			      NULL},
	[ROUTE_ENCAP] = {ATTR_ROW_NESTED(RTA_ENCAP, T, encap), "encap", "encap", NULL},
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
	[ROUTE_PREFSRC] = {ATTR_ROW_ADDR(RTA_PREFSRC, T, prefsrc), "src", "prefsrc", &value_addr},
	[ROUTE_METRIC] = {ATTR_ROW_U32(RTA_PRIORITY, T, metric), "metric", "metric", &value_metric},
	[ROUTE_FLAGS] = {.key = "flags", .value = &value_flags},
	[ROUTE_MARK] = {ATTR_ROW_U32(RTA_MARK, T, mark), "mark", "mark", &value_hex},
	[ROUTE_REALMS] = {ATTR_ROW_U32(RTA_FLOW, T, realms), "realms", "flow", &value_realms},
	[ROUTE_UID] = {ATTR_ROW_U32(RTA_UID, T, uid), "uid", "uid", &value_number},
	[ROUTE_CACHEINFO] = {ATTR_ROW_FIXED(RTA_CACHEINFO, T, cacheinfo), NULL, "cache", NULL},
	[ROUTE_METRICS] = {ATTR_ROW_NESTED(RTA_METRICS, T, metrics), "", "metrics", &value_metrics},
	[ROUTE_IIF] = {ATTR_ROW_U32(RTA_IIF, T, iif), "iif", "iif", &value_dev},
	[ROUTE_MULTIPATH] = {ATTR_ROW_NESTED(RTA_MULTIPATH, T, multipath), "nexthop", "nexthops",
			     &value_multipath},
	[ROUTE_PREF] = {ATTR_ROW_U8(RTA_PREF, T, pref), "pref", "pref", &value_pref},
	[ROUTE_TTL_PROPAGATE] = {ATTR_ROW_U8(RTA_TTL_PROPAGATE, T, ttl_propagate), "ttl-propagate",
				 "ttl-propogate", NULL},
	[ROUTE_EXPIRES] = {ATTR_ROW_U32(RTA_EXPIRES, T, expires), "expires", "expires", NULL},
	[ROUTE_IP_PROTO] = {ATTR_ROW_U8(RTA_IP_PROTO, T, ip_proto), NULL, "ipproto", NULL},
	[ROUTE_SPORT] = {ATTR_ROW_BE16(RTA_SPORT, T, sport), NULL, "sport", NULL},
	[ROUTE_DPORT] = {ATTR_ROW_BE16(RTA_DPORT, T, dport), NULL, "dport", NULL},
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
	[NEXTHOP_REALMS] = {ATTR_ROW_U32(RTA_FLOW, T, realms), "realm", "flow", NULL},
	[NEXTHOP_TTL_PROPAGATE] = {ATTR_ROW_U8(RTA_TTL_PROPAGATE, T, ttl_propagate), NULL, NULL,
				   NULL},
};
#undef T
ATTR_SET_NESTED(nexthop_attrs, "nexthop", nexthop_rows, RTA_TTL_PROPAGATE);

int route_decode(const struct nlmsghdr *h, struct route *r, struct err *e)
{
	int rc = attr_decode_msg(&route_attrs, h, r, e);

	if (rc < 0)
		return rc;
	uint8_t family = r->h.rtm_family;
	if (!has(r, ROUTE_TABLE))
		r->table = r->h.rtm_table;
	if (!has(r, ROUTE_DST))
		r->dst = (struct ip_addr){.family = family};
	if (!has(r, ROUTE_SRC))
		r->src = (struct ip_addr){.family = family};
	if (!has(r, ROUTE_METRIC))
		r->metric = 0;
	if (family != AF_INET && family != AF_INET6)
		return 0;
	if (r->dst.family != family || r->src.family != family ||
	    r->h.rtm_dst_len > ip_bits(family) || r->h.rtm_src_len > ip_bits(family))
		return err_set(e, -EBADMSG, "damaged netlink message: prefix length of route");
	r->has |= HAS(ROUTE_TYPE) | HAS(ROUTE_DST) | HAS(ROUTE_TABLE) | HAS(ROUTE_PROTOCOL) |
		  HAS(ROUTE_SCOPE) | HAS(ROUTE_FLAGS);
	if (r->h.rtm_src_len)
		set_has(r, ROUTE_SRC);
	if (r->h.rtm_tos)
		set_has(r, ROUTE_TOS);
	return 0;
}

int route_message(struct nl_msg *m, unsigned type, unsigned flags, const struct route *route,
		  struct err *e)
{
	struct route r = *route;

	if (!r.h.rtm_dst_len && ip_addr_is_any(&r.dst))
		r.has &= ~HAS(ROUTE_DST);
	if (!r.h.rtm_src_len)
		r.has &= ~HAS(ROUTE_SRC);
	if (r.table < 256) {
		r.h.rtm_table = (uint8_t)r.table;
		r.has &= ~HAS(ROUTE_TABLE);
	} else {
		r.h.rtm_table = RT_TABLE_UNSPEC;
		r.has |= HAS(ROUTE_TABLE);
	}
	/* What only the kernel says. */
	r.has &= ~HAS(ROUTE_CACHEINFO);
	r.h.rtm_flags &= RTNH_F_ONLINK | RTNH_F_PERVASIVE;
	return nl_msg_object(m, type, flags, &route_attrs, &r, e);
}

int route_lookup_message(struct nl_msg *m, uint32_t rtm_flags, const struct route *route,
			 struct err *e)
{
	struct route r = *route;

	/*
	 * Strict checking refuses all other header fields and attributes, and for IPv6 also the
	 * flag that asks for the table, which IPv6 always says.
	 */
	if (route->h.rtm_family == AF_INET6)
		rtm_flags &= ~(uint32_t)RTM_F_LOOKUP_TABLE;
	r.h = (struct rtmsg){.rtm_family = route->h.rtm_family,
			     .rtm_dst_len = route->h.rtm_dst_len,
			     .rtm_src_len = route->h.rtm_src_len,
			     .rtm_tos = route->h.rtm_tos,
			     .rtm_flags = rtm_flags};
	r.has &= HAS(ROUTE_DST) | HAS(ROUTE_SRC) | HAS(ROUTE_IIF) | HAS(ROUTE_OIF) |
		 HAS(ROUTE_MARK) | HAS(ROUTE_UID) | HAS(ROUTE_IP_PROTO) | HAS(ROUTE_SPORT) |
		 HAS(ROUTE_DPORT) | HAS(ROUTE_FLOWLABEL);
	return nl_msg_object(m, RTM_GETROUTE, 0, &route_attrs, &r, e);
}

struct route route_init(uint8_t family)
{
	struct route r = {.h = {.rtm_family = family,
				.rtm_type = RTN_UNICAST,
				.rtm_protocol = RTPROT_BOOT,
				.rtm_scope = RT_SCOPE_UNIVERSE,
				.rtm_table = RT_TABLE_MAIN},
			  .table = RT_TABLE_MAIN,
			  .dst.family = family,
			  .src.family = family};

	r.has = HAS(ROUTE_TYPE) | HAS(ROUTE_DST) | HAS(ROUTE_TABLE) | HAS(ROUTE_PROTOCOL) |
		HAS(ROUTE_SCOPE) | HAS(ROUTE_FLAGS);
	return r;
}

void route_set_dst(struct route *r, struct ip_prefix p)
{
	r->dst = p.addr;
	r->h.rtm_dst_len = p.len;
	r->h.rtm_family = p.addr.family;
	set_has(r, ROUTE_DST);
}

bool route_nexthop_next(struct nl_ref mp, size_t *at, struct route_nexthop *nh)
{
	if (*at + sizeof(nh->h) > mp.len)
		return false;
	const char *p = (const char *)mp.p + *at;
	memcpy(&nh->h, p, sizeof(nh->h));
	size_t len = nh->h.rtnh_len;
	if (len < sizeof(nh->h) || len > mp.len - *at)
		return false;
	*at += ATTR_ALIGN(len);
	nh->has = 0;
	return attr_decode(&nexthop_attrs, p + sizeof(nh->h), len - sizeof(nh->h), nh, NULL) == 0;
}

void route_nexthop_add(struct arena *a, struct route *r, const struct route_nexthop *nh)
{
	struct nl_msg m;

	/* The attributes are written behind a scratch message header. */
	nl_msg_init(&m, 0, 0);
	uint32_t start = m.h.nlmsg_len;
	if (attr_encode(&nexthop_attrs, nh, &m.h, sizeof(m.buf), NULL) < 0)
		return;
	size_t attrs = m.h.nlmsg_len - start;
	struct rtnexthop h = nh->h;
	h.rtnh_len = (uint16_t)(sizeof(h) + attrs);
	uint16_t old = has(r, ROUTE_MULTIPATH) ? r->multipath.len : 0;
	char *bytes = arena_alloc(a, old + sizeof(h) + attrs);
	if (old)
		memcpy(bytes, r->multipath.p, old);
	memcpy(bytes + old, &h, sizeof(h));
	memcpy(bytes + old + sizeof(h), m.buf + start, attrs);
	r->multipath = (struct nl_ref){bytes, (uint16_t)(old + sizeof(h) + attrs)};
	set_has(r, ROUTE_MULTIPATH);
}

static int cmp_u32(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

int route_key_cmp(const struct route *a, const struct route *b)
{
	int rc = cmp_u32(a->h.rtm_family, b->h.rtm_family);

	if (!rc)
		rc = cmp_u32(a->table, b->table);
	if (!rc)
		rc = ip_addr_cmp(&a->dst, &b->dst);
	if (!rc)
		rc = cmp_u32(a->h.rtm_dst_len, b->h.rtm_dst_len);
	if (!rc)
		rc = ip_addr_cmp(&a->src, &b->src);
	if (!rc)
		rc = cmp_u32(a->h.rtm_src_len, b->h.rtm_src_len);
	if (!rc)
		rc = cmp_u32(a->h.rtm_tos, b->h.rtm_tos);
	if (!rc)
		rc = cmp_u32(a->metric, b->metric);
	return rc;
}

static bool addr_field_eq(const struct route *a, const struct route *b, unsigned f,
			  const struct ip_addr *x, const struct ip_addr *y)
{
	return has(a, f) == has(b, f) && (!has(a, f) || ip_addr_eq(x, y));
}

static bool nexthop_eq(const struct route_nexthop *a, const struct route_nexthop *b)
{
	return a->h.rtnh_ifindex == b->h.rtnh_ifindex && a->h.rtnh_hops == b->h.rtnh_hops &&
	       !((a->h.rtnh_flags ^ b->h.rtnh_flags) & RTNH_F_ONLINK) && a->has == b->has &&
	       (!has(a, NEXTHOP_GATEWAY) || ip_addr_eq(&a->gateway, &b->gateway)) &&
	       (!has(a, NEXTHOP_VIA) || ip_addr_eq(&a->via, &b->via));
}

static bool multipath_eq(struct nl_ref a, struct nl_ref b)
{
	struct route_nexthop x, y;
	size_t i = 0, k = 0;

	for (;;) {
		bool more = route_nexthop_next(a, &i, &x);
		if (more != route_nexthop_next(b, &k, &y))
			return false;
		if (!more)
			return true;
		if (!nexthop_eq(&x, &y))
			return false;
	}
}

/* An IPv6 error route is shown with "dev lo" that nobody gave it. */
static bool has_device(const struct route *r)
{
	return has(r, ROUTE_OIF) && r->h.rtm_type != RTN_UNREACHABLE &&
	       r->h.rtm_type != RTN_BLACKHOLE && r->h.rtm_type != RTN_PROHIBIT &&
	       r->h.rtm_type != RTN_THROW;
}

static struct nl_ref ref_or_none(const struct route *r, unsigned f, struct nl_ref ref)
{
	return has(r, f) ? ref : (struct nl_ref){NULL, 0};
}

bool route_eq(const struct route *a, const struct route *b)
{
	struct nl_ref ma = ref_or_none(a, ROUTE_METRICS, a->metrics);
	struct nl_ref mb = ref_or_none(b, ROUTE_METRICS, b->metrics);

	return !route_key_cmp(a, b) && a->h.rtm_type == b->h.rtm_type &&
	       a->h.rtm_protocol == b->h.rtm_protocol &&
	       (a->h.rtm_family == AF_INET6 || a->h.rtm_scope == b->h.rtm_scope) &&
	       !((a->h.rtm_flags ^ b->h.rtm_flags) & RTNH_F_ONLINK) &&
	       has_device(a) == has_device(b) && (!has_device(a) || a->oif == b->oif) &&
	       addr_field_eq(a, b, ROUTE_GATEWAY, &a->gateway, &b->gateway) &&
	       addr_field_eq(a, b, ROUTE_VIA, &a->via, &b->via) &&
	       addr_field_eq(a, b, ROUTE_PREFSRC, &a->prefsrc, &b->prefsrc) &&
	       (has(a, ROUTE_NHID) ? a->nhid : 0) == (has(b, ROUTE_NHID) ? b->nhid : 0) &&
	       multipath_eq(ref_or_none(a, ROUTE_MULTIPATH, a->multipath),
			    ref_or_none(b, ROUTE_MULTIPATH, b->multipath)) &&
	       ma.len == mb.len && (!ma.len || !memcmp(ma.p, mb.p, ma.len));
}

void route_print(struct print *p, const struct route *r)
{
	if (p->json)
		jw_object(&p->j, NULL);
	print_object(p, &route_attrs, r);
	if (p->json)
		jw_object_end(&p->j);
}
