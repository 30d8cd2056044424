/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VXLAN: Ethernet over UDP (RFC 7348; drivers/net/vxlan). The far end is a `group` or a `remote`,
 * of IPv4 or IPv6: four words in text, two attributes on the wire.
 */
#include "model/kind_value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

enum vxlan_field {
	VXLAN_EXTERNAL,
	VXLAN_VNIFILTER,
	VXLAN_ID,
	VXLAN_GROUP,
	VXLAN_GROUP6,
	VXLAN_LOCAL,
	VXLAN_LOCAL6,
	VXLAN_LINK,
	VXLAN_PORT_RANGE,
	VXLAN_PORT,
	VXLAN_LEARNING,
	VXLAN_PROXY,
	VXLAN_RSC,
	VXLAN_L2MISS,
	VXLAN_L3MISS,
	VXLAN_TOS,
	VXLAN_TTL_INHERIT,
	VXLAN_TTL,
	VXLAN_DF,
	VXLAN_LABEL,
	VXLAN_AGEING,
	VXLAN_LIMIT,
	VXLAN_UDP_CSUM,
	VXLAN_CSUM6_TX,
	VXLAN_CSUM6_RX,
	VXLAN_REMCSUM_TX,
	VXLAN_REMCSUM_RX,
	VXLAN_GBP,
	VXLAN_GPE,
};

struct vxlan {
	uint64_t has;
	uint32_t id, link, label, ageing, limit;
	struct ip_addr group, group6, local, local6;
	struct ifla_vxlan_port_range range; /* in network order */
	struct nl_ref ttl_inherit;
	uint16_t port;
	uint8_t external, vnifilter, learning, proxy, rsc, l2miss, l3miss, tos, ttl, df, udp_csum,
		csum6_tx, csum6_rx, remcsum_tx, remcsum_rx;
};

static void end_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct ip_addr *ip = kind_member(a, obj);

	if (!ip_addr_is_any(ip))
		print_addr(p, a->word, a->key, ip);
}

static void group_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct ip_addr *ip = kind_member(a, obj);
	bool v6 = ip->family == AF_INET6, group = ip_addr_is_multicast(ip);

	if (ip_addr_is_any(ip))
		return;
	print_addr(p, group ? "group" : "remote",
		   group ? (v6 ? "group6" : "group") : (v6 ? "remote6" : "remote"), ip);
}

/* The field of the same meaning for IPv6 follows IPv4's. */
static int take_end(struct parse *c, const char *arg, unsigned field, struct vxlan *v,
		    struct err *e)
{
	bool known6 = v->has & (HAS(VXLAN_GROUP6) | HAS(VXLAN_LOCAL6));
	bool known4 = v->has & (HAS(VXLAN_GROUP) | HAS(VXLAN_LOCAL));
	uint8_t family = known6 ? AF_INET6 : known4 ? AF_INET : AF_UNSPEC;
	struct ip_addr ip, *to = field == VXLAN_GROUP ? &v->group : &v->local;

	(void)c;
	if (!ip_addr_parse(arg, family, &ip))
		return err_set(e, -EAFNOSUPPORT, "\"%s\" is not an %s address", arg,
			       known6	? "IPv6"
			       : known4 ? "IPv4"
					: "IP");
	if (ip.family == AF_INET6) {
		to = field == VXLAN_GROUP ? &v->group6 : &v->local6;
		field++;
	}
	*to = ip;
	set_has(v, field);
	return 0;
}

/* group, remote: c->num says whether it is to be multicast. */
static int group_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	struct vxlan *v = obj;

	(void)a;
	if (v->has & (HAS(VXLAN_GROUP) | HAS(VXLAN_GROUP6)))
		return err_set(e, -ENOENT, "\"group\" and \"remote\" do not go together");
	int rc = take_end(c, arg, field, v, e);
	if (rc < 0)
		return rc;
	const struct ip_addr *ip = has(v, VXLAN_GROUP) ? &v->group : &v->group6;
	if (ip_addr_is_multicast(ip) != (c->num != 0))
		return err_set(e, -EINVAL, "\"%s\" is %s multicast address", arg,
			       c->num ? "no" : "a");
	return 0;
}

static int local_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	struct vxlan *v = obj;

	(void)a;
	int rc = take_end(c, arg, field, v, e);
	if (rc < 0)
		return rc;
	if (ip_addr_is_multicast(has(v, VXLAN_LOCAL) ? &v->local : &v->local6))
		return err_set(e, -EINVAL, "\"%s\" is a multicast address", arg);
	return 0;
}

static int id_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		    void *obj, struct err *e)
{
	int rc = value_number_parse(c, arg, a, field, obj, e);

	if (!rc && ((struct vxlan *)obj)->id >= 1u << 24)
		return err_set(e, -EINVAL, "\"%s\" has more than 24 bits", arg);
	return rc;
}

static void range_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct ifla_vxlan_port_range *r = kind_member(a, obj);

	if (!p->json) {
		out_printf(p->o, "%s %u %u ", a->word, ntohs(r->low), ntohs(r->high));
		return;
	}
	jw_object(&p->j, a->key);
	jw_u64(&p->j, "low", ntohs(r->low));
	jw_u64(&p->j, "high", ntohs(r->high));
	jw_object_end(&p->j);
}

/* MIN MAX */
static int range_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	struct vxlan *v = obj;
	uint64_t low, high;

	(void)a;
	if (!value_read_number(arg, UINT16_MAX, &low))
		return err_set(e, -EINVAL, "\"%s\" is not a port", arg);
	if (!c->n_more)
		return err_set(e, -EINVAL, "a second port is missing: the greatest");
	c->n_more--;
	if (!value_read_number(*c->more++, UINT16_MAX, &high))
		return err_set(e, -EINVAL, "\"%s\" is not a port", c->more[-1]);
	v->range.low = htons((uint16_t)low);
	v->range.high = htons((uint16_t)high);
	if (low || high)
		set_has(v, field);
	return 0;
}

/* Asked for by its presence, told as 0 or 1. */
static bool inherits_ttl(const struct vxlan *v)
{
	const uint8_t *p = v->ttl_inherit.p;

	return has(v, VXLAN_TTL_INHERIT) && (!v->ttl_inherit.len || *p);
}

/* 0 is the kernel's choice. */
static void ttl_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct vxlan *v = obj;

	if (inherits_ttl(v))
		print_str(p, a->word, NULL, "inherit");
	else if (p->json || v->ttl)
		print_u64(p, a->word, a->key, v->ttl);
	else
		print_str(p, a->word, NULL, "auto");
}

static int ttl_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		     void *obj, struct err *e)
{
	struct vxlan *v = obj;

	if (!strcmp(arg, "inherit")) {
		v->ttl_inherit = (struct nl_ref){NULL, 0};
		set_has(v, VXLAN_TTL_INHERIT);
		return 0;
	}
	return value_number_parse(c, strcmp(arg, "auto") != 0 ? arg : "0", a, field, obj, e);
}

static void label_print(struct print *p, const struct attr *a, const void *obj)
{
	if (value_member(a, obj))
		print_hex(p, a->word, a->key, value_member(a, obj));
}

static int label_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	int rc = value_number_parse(c, arg, a, field, obj, e);

	if (!rc && value_member(a, obj) > 0xfffff)
		return err_set(e, -EINVAL, "\"%s\" has more than 20 bits", arg);
	return rc;
}

static void ageing_print(struct print *p, const struct attr *a, const void *obj)
{
	if (p->json || value_member(a, obj))
		value_number.print(p, a, obj);
	else
		print_str(p, a->word, NULL, "none");
}

static int ageing_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			void *obj, struct err *e)
{
	return value_number_parse(c, strcmp(arg, "none") != 0 ? arg : "0", a, field, obj, e);
}

static void limit_print(struct print *p, const struct attr *a, const void *obj)
{
	if (value_member(a, obj))
		value_number.print(p, a, obj);
}

static int limit_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	return value_number_parse(c, strcmp(arg, "unlimited") != 0 ? arg : "0", a, field, obj, e);
}

static void flag_print(struct print *p, const struct attr *a, const void *obj)
{
	(void)obj;
	print_true(p, a->word, a->key);
}

static int flag_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		      void *obj, struct err *e)
{
	(void)c;
	(void)arg;
	(void)a;
	(void)e;
	set_has((struct vxlan *)obj, field);
	return 0;
}

/* No address is learned from what comes in when others say where each goes. */
static int external_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			  void *obj, struct err *e)
{
	struct vxlan *v = obj;

	if (c->num) {
		v->learning = 0;
		set_has(v, VXLAN_LEARNING);
	}
	return value_set.parse(c, arg, a, field, obj, e);
}

static const struct choice df_names[] = {
	{"unset", VXLAN_DF_UNSET}, {"set", VXLAN_DF_SET}, {"inherit", VXLAN_DF_INHERIT}, {NULL, 0}};

/* Text is silent of the default. */
static void df_print(struct print *p, const struct attr *a, const void *obj)
{
	if (p->json || value_member(a, obj) != VXLAN_DF_UNSET)
		value_choice_print(p, a, obj);
}

static const struct value value_id = {NULL, id_parse, "VNI"};
static const struct value value_far_end = {group_print, group_parse, "ADDRESS"};
static const struct value value_near_end = {end_print, local_parse, "ADDRESS"};
static const struct value value_range = {range_print, range_parse, "MIN MAX"};
static const struct value value_vxlan_ttl = {ttl_print, ttl_parse, "{ NUMBER | auto | inherit }"};
static const struct value value_label = {label_print, label_parse, "LABEL"};
static const struct value value_ageing = {ageing_print, ageing_parse, "{ SECONDS | none }"};
static const struct value value_limit = {limit_print, limit_parse, "{ NUMBER | unlimited }"};
static const struct value value_bare_flag = {flag_print, flag_parse, NULL};
static const struct value value_external = {.parse = external_parse};
static const struct value_choice value_df = {{df_print, value_choice_number_parse, NULL}, df_names};

#define T struct vxlan
static const struct attr rows[] = {
	[VXLAN_EXTERNAL] = {ATTR_ROW_U8(IFLA_VXLAN_COLLECT_METADATA, T, external), "external",
			    "external", &value_yes},
	[VXLAN_VNIFILTER] = {ATTR_ROW_U8(IFLA_VXLAN_VNIFILTER, T, vnifilter), "vnifilter",
			     "vnifilter", &value_yes},
	[VXLAN_ID] = {ATTR_ROW_U32(IFLA_VXLAN_ID, T, id), "id", "id", &value_number},
	[VXLAN_GROUP] = {ATTR_ROW_ADDR(IFLA_VXLAN_GROUP, T, group), "group", "group",
			 &value_far_end},
	[VXLAN_GROUP6] = {ATTR_ROW_ADDR(IFLA_VXLAN_GROUP6, T, group6), "group", "group6",
			  &value_far_end},
	[VXLAN_LOCAL] = {ATTR_ROW_ADDR(IFLA_VXLAN_LOCAL, T, local), "local", "local",
			 &value_near_end},
	[VXLAN_LOCAL6] = {ATTR_ROW_ADDR(IFLA_VXLAN_LOCAL6, T, local6), "local", "local6",
			  &value_near_end},
	[VXLAN_LINK] = {ATTR_ROW_U32(IFLA_VXLAN_LINK, T, link), "dev", "link", &value_lower},
	[VXLAN_PORT_RANGE] = {ATTR_ROW_FIXED(IFLA_VXLAN_PORT_RANGE, T, range), "srcport",
			      "port_range", &value_range},
	[VXLAN_PORT] = {ATTR_ROW_BE16(IFLA_VXLAN_PORT, T, port), "dstport", "port", &value_number},
	[VXLAN_LEARNING] = {ATTR_ROW_U8(IFLA_VXLAN_LEARNING, T, learning), "learning", "learning",
			    &value_unless},
	[VXLAN_PROXY] = {ATTR_ROW_U8(IFLA_VXLAN_PROXY, T, proxy), "proxy", "proxy", &value_yes},
	[VXLAN_RSC] = {ATTR_ROW_U8(IFLA_VXLAN_RSC, T, rsc), "rsc", "rsc", &value_yes},
	[VXLAN_L2MISS] = {ATTR_ROW_U8(IFLA_VXLAN_L2MISS, T, l2miss), "l2miss", "l2miss",
			  &value_yes},
	[VXLAN_L3MISS] = {ATTR_ROW_U8(IFLA_VXLAN_L3MISS, T, l3miss), "l3miss", "l3miss",
			  &value_yes},
	[VXLAN_TOS] = {ATTR_ROW_U8(IFLA_VXLAN_TOS, T, tos), "tos", "tos", &value_tos},
	[VXLAN_TTL_INHERIT] = {ATTR_ROW_REF(IFLA_VXLAN_TTL_INHERIT, T, ttl_inherit), NULL, NULL,
			       NULL},
	[VXLAN_TTL] = {ATTR_ROW_U8(IFLA_VXLAN_TTL, T, ttl), "ttl", "ttl", &value_vxlan_ttl},
	[VXLAN_DF] = {ATTR_ROW_U8(IFLA_VXLAN_DF, T, df), "df", "df", &value_df.value},
	[VXLAN_LABEL] = {ATTR_ROW_BE32(IFLA_VXLAN_LABEL, T, label), "flowlabel", "label",
			 &value_label},
	[VXLAN_AGEING] = {ATTR_ROW_U32(IFLA_VXLAN_AGEING, T, ageing), "ageing", "ageing",
			  &value_ageing},
	[VXLAN_LIMIT] = {ATTR_ROW_U32(IFLA_VXLAN_LIMIT, T, limit), "maxaddr", "limit",
			 &value_limit},
	[VXLAN_UDP_CSUM] = {ATTR_ROW_U8(IFLA_VXLAN_UDP_CSUM, T, udp_csum), "udpcsum", "udp_csum",
			    &value_yes_no},
	[VXLAN_CSUM6_TX] = {ATTR_ROW_U8(IFLA_VXLAN_UDP_ZERO_CSUM6_TX, T, csum6_tx),
			    "udp6zerocsumtx", "udp_zero_csum6_tx", &value_yes_no},
	[VXLAN_CSUM6_RX] = {ATTR_ROW_U8(IFLA_VXLAN_UDP_ZERO_CSUM6_RX, T, csum6_rx),
			    "udp6zerocsumrx", "udp_zero_csum6_rx", &value_yes_no},
	[VXLAN_REMCSUM_TX] = {ATTR_ROW_U8(IFLA_VXLAN_REMCSUM_TX, T, remcsum_tx), "remcsumtx",
			      "remcsum_tx", &value_yes},
	[VXLAN_REMCSUM_RX] = {ATTR_ROW_U8(IFLA_VXLAN_REMCSUM_RX, T, remcsum_rx), "remcsumrx",
			      "remcsum_rx", &value_yes},
	[VXLAN_GBP] = {ATTR_ROW_FLAG(IFLA_VXLAN_GBP), .word = "gbp", .key = "gbp",
		       .value = &value_bare_flag},
	[VXLAN_GPE] = {ATTR_ROW_FLAG(IFLA_VXLAN_GPE), .word = "gpe", .key = "gpe",
		       .value = &value_bare_flag},
};
#undef T
ATTR_SET_NESTED(vxlan_attrs, "vxlan", rows, IFLA_VXLAN_MAX);

#define PAIR(word, row)                                                                            \
	{word, row, &value_set, 1},                                                                \
	{                                                                                          \
		"no" word, row, &value_set, 0                                                      \
	}
static const struct kind_word words[] = {
	{"id vni", VXLAN_ID, &value_id, 0},
	{"group", VXLAN_GROUP, NULL, 1},
	{"remote", VXLAN_GROUP, NULL, 0},
	{"local", VXLAN_LOCAL, NULL, 0},
	{"dev", VXLAN_LINK, NULL, 0},
	{"ttl hoplimit", VXLAN_TTL, NULL, 0},
	{"tos dsfield", VXLAN_TOS, NULL, 0},
	{"df", VXLAN_DF, NULL, 0},
	{"label flowlabel", VXLAN_LABEL, NULL, 0},
	{"ageing", VXLAN_AGEING, NULL, 0},
	{"maxaddress", VXLAN_LIMIT, NULL, 0},
	{"port srcport", VXLAN_PORT_RANGE, NULL, 0},
	{"dstport", VXLAN_PORT, NULL, 0},
	PAIR("learning", VXLAN_LEARNING),
	PAIR("proxy", VXLAN_PROXY),
	PAIR("rsc", VXLAN_RSC),
	PAIR("l2miss", VXLAN_L2MISS),
	PAIR("l3miss", VXLAN_L3MISS),
	PAIR("udpcsum", VXLAN_UDP_CSUM),
	PAIR("udp6zerocsumtx", VXLAN_CSUM6_TX),
	PAIR("udp6zerocsumrx", VXLAN_CSUM6_RX),
	PAIR("remcsumtx", VXLAN_REMCSUM_TX),
	PAIR("remcsumrx", VXLAN_REMCSUM_RX),
	{"external", VXLAN_EXTERNAL, &value_external, 1},
	{"noexternal", VXLAN_EXTERNAL, &value_external, 0},
	PAIR("vnifilter", VXLAN_VNIFILTER),
	{"gbp", VXLAN_GBP, NULL, 0},
	{"gpe", VXLAN_GPE, NULL, 0},
	{0},
};
const struct kind_word *const vxlan_words[] = {words, NULL};

enum { PORT_GPE = 4790 };

int vxlan_finish(void *data, bool create, struct err *e)
{
	struct vxlan *v = data;
	bool external = has(v, VXLAN_EXTERNAL) && v->external;

	if (external && has(v, VXLAN_ID))
		return err_set(e, -ENOENT, "\"external\" and a VNI do not go together");
	if (has(v, VXLAN_VNIFILTER) && v->vnifilter && !external)
		return err_set(e, -ENOENT, "\"vnifilter\" goes with \"external\"");
	if (!external && !has(v, VXLAN_ID) && create)
		return err_set(e, -ENOENT, "the network is missing (\"id VNI\")");
	if (!has(v, VXLAN_LINK) && ((has(v, VXLAN_GROUP) && ip_addr_is_multicast(&v->group)) ||
				    (has(v, VXLAN_GROUP6) && ip_addr_is_multicast(&v->group6))))
		return err_set(e, -ENOENT, "a group needs an interface (\"dev DEVICE\")");
	if (has(v, VXLAN_GPE) && !has(v, VXLAN_PORT)) {
		v->port = PORT_GPE;
		set_has(v, VXLAN_PORT);
	}
	if (has(v, VXLAN_PORT) && !v->port)
		v->has &= ~HAS(VXLAN_PORT); /* the kernel's default */
	if (create && !has(v, VXLAN_LEARNING)) {
		v->learning = 1;
		set_has(v, VXLAN_LEARNING);
	}
	return 0;
}

_Static_assert(sizeof(struct vxlan) <= KIND_DATA_MAX, "KIND_DATA_MAX");
