/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VLANs, and VRFs.
 */
#include "model/kind_value.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <stdio.h>
#include <string.h>

enum vlan_field { VLAN_PROTOCOL, VLAN_ID, VLAN_FLAGS, VLAN_INGRESS, VLAN_EGRESS };

struct vlan {
	uint64_t has;
	uint16_t id, protocol;
	struct ifla_vlan_flags flags;
	struct nl_ref ingress, egress; /* IFLA_VLAN_QOS_MAPPING, one behind the other */
};

static const struct choice protocols[] = {
	{"802.1Q", ETH_P_8021Q}, {"802.1ad", ETH_P_8021AD}, {NULL, 0}};

static void protocol_print(struct print *p, const struct attr *a, const void *obj)
{
	uint64_t v = value_member(a, obj);
	const char *name = choice_name(protocols, v);
	char buf[16];

	snprintf(buf, sizeof(buf), "[%u]", (unsigned)v);
	print_str(p, a->word, a->key, name ? name : buf);
}

static int protocol_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			  void *obj, struct err *e)
{
	(void)c;
	for (const struct choice *i = protocols; i->name; i++)
		if (!strcasecmp(i->name, arg)) {
			value_set_member(a, obj, i->number);
			((struct object *)obj)->has |= HAS(field);
			return 0;
		}
	return choice_error(protocols, arg, -EINVAL, e);
}
const struct value value_vlan_protocol = {protocol_print, protocol_parse, "{ 802.1Q | 802.1ad }"};

static const struct choice flag_names[] = {{"REORDER_HDR", VLAN_FLAG_REORDER_HDR},
					   {"GVRP", VLAN_FLAG_GVRP},
					   {"MVRP", VLAN_FLAG_MVRP},
					   {"LOOSE_BINDING", VLAN_FLAG_LOOSE_BINDING},
					   {"BRIDGE_BINDING", VLAN_FLAG_BRIDGE_BINDING},
					   {NULL, 0}};

static void flags_print(struct print *p, const struct attr *a, const void *obj)
{
	uint32_t flags = ((const struct vlan *)obj)->flags.flags;

	if (p->json)
		jw_array(&p->j, a->key);
	print_text(p, "<");
	for (const struct choice *i = flag_names; i->name; i++) {
		if (!(flags & i->number))
			continue;
		flags &= ~i->number;
		if (p->json)
			jw_str(&p->j, NULL, i->name);
		print_text(p, i->name);
		print_text(p, flags ? "," : "");
	}
	if (p->json)
		jw_array_end(&p->j);
	print_text(p, "> ");
}

/* One of the flags, c->num. */
static int flag_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		      void *obj, struct err *e)
{
	struct vlan *v = obj;
	bool on = !strcmp(arg, "on");

	(void)a;
	if (!on && strcmp(arg, "off") != 0)
		return err_set(e, -ENOENT, "\"%s\" is neither \"on\" nor \"off\"", arg);
	if (!has(v, field))
		v->flags = (struct ifla_vlan_flags){0, 0};
	v->flags.mask |= c->num;
	v->flags.flags = on ? v->flags.flags | c->num : v->flags.flags & ~c->num;
	set_has(v, field);
	return 0;
}

static void map_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct nl_ref *r = kind_member(a, obj);

	if (p->json)
		jw_array(&p->j, a->key);
	print_line(p);
	print_text(p, "      ");
	print_text(p, a->word);
	print_text(p, " { ");
	attr_each (i, *r) {
		struct ifla_vlan_qos_mapping m;
		struct nl_ref one = attr_payload(i);
		if (one.len < sizeof(m))
			continue;
		memcpy(&m, one.p, sizeof(m));
		if (!p->json) {
			out_printf(p->o, "%u:%u ", m.from, m.to);
			continue;
		}
		jw_object(&p->j, NULL);
		jw_u64(&p->j, "from", m.from);
		jw_u64(&p->j, "to", m.to);
		jw_object_end(&p->j);
	}
	if (p->json)
		jw_array_end(&p->j);
	print_text(p, "} ");
}

struct mapping {
	struct nlattr head;
	struct ifla_vlan_qos_mapping m;
};

static bool read_mapping(const char *arg, struct mapping *ret)
{
	const char *colon = strchr(arg, ':');
	char from[16];
	uint64_t a, b;

	snprintf(from, sizeof(from), "%.*s", colon ? (int)(colon - arg) : 0, arg);
	if (!colon || colon - arg >= (int)sizeof(from) ||
	    !value_read_number(from, UINT32_MAX, &a) ||
	    !value_read_number(colon + 1, UINT32_MAX, &b))
		return false;
	*ret = (struct mapping){{sizeof(*ret), IFLA_VLAN_QOS_MAPPING}, {(uint32_t)a, (uint32_t)b}};
	return true;
}

/* FROM:TO, as many as there are. */
static int map_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		     void *obj, struct err *e)
{
	struct mapping *list = NULL;
	size_t n = 0, cap = 0;

	if (!strchr(arg, ':'))
		return err_set(e, -ENOENT, "\"%s\" is not FROM:TO, two priorities", arg);
	for (;;) {
		if (!read_mapping(arg, ARENA_PUSH(c->arena, list, n, cap)) || n > UINT8_MAX)
			return err_set(e, -EINVAL, "\"%s\" is not FROM:TO, two priorities", arg);
		if (!c->n_more || !strchr(*c->more, ':'))
			break;
		arg = *c->more++;
		c->n_more--;
	}
	*(struct nl_ref *)(void *)((char *)obj + a->off) =
		(struct nl_ref){list, (uint16_t)(n * sizeof(*list))};
	((struct object *)obj)->has |= HAS(field);
	return 0;
}

static const struct value value_flags = {flags_print, flag_parse, "{ on | off }"};
static const struct value value_map = {map_print, map_parse, "FROM:TO ..."};

#define T struct vlan
static const struct attr vlan_rows[] = {
	[VLAN_PROTOCOL] = {ATTR_ROW_BE16(IFLA_VLAN_PROTOCOL, T, protocol), "protocol", "protocol",
			   &value_vlan_protocol},
	[VLAN_ID] = {ATTR_ROW_U16(IFLA_VLAN_ID, T, id), "id", "id", &value_number},
	[VLAN_FLAGS] = {ATTR_ROW_FIXED(IFLA_VLAN_FLAGS, T, flags), NULL, "flags", &value_flags},
	[VLAN_INGRESS] = {ATTR_ROW_NESTED(IFLA_VLAN_INGRESS_QOS, T, ingress), "ingress-qos-map",
			  "ingress_qos", &value_map},
	[VLAN_EGRESS] = {ATTR_ROW_NESTED(IFLA_VLAN_EGRESS_QOS, T, egress), "egress-qos-map",
			 "egress_qos", &value_map},
};
#undef T
ATTR_SET_NESTED(vlan_attrs, "vlan", vlan_rows, IFLA_VLAN_MAX);

static const struct kind_word words[] = {
	{"protocol", VLAN_PROTOCOL, NULL, 0},
	{"id", VLAN_ID, NULL, 0},
	{"reorder_hdr", VLAN_FLAGS, NULL, VLAN_FLAG_REORDER_HDR},
	{"gvrp", VLAN_FLAGS, NULL, VLAN_FLAG_GVRP},
	{"mvrp", VLAN_FLAGS, NULL, VLAN_FLAG_MVRP},
	{"loose_binding", VLAN_FLAGS, NULL, VLAN_FLAG_LOOSE_BINDING},
	{"bridge_binding", VLAN_FLAGS, NULL, VLAN_FLAG_BRIDGE_BINDING},
	{"ingress-qos-map", VLAN_INGRESS, NULL, 0},
	{"egress-qos-map", VLAN_EGRESS, NULL, 0},
	{0},
};
const struct kind_word *const vlan_words[] = {words, NULL};

struct vrf {
	uint64_t has;
	uint32_t table;
};

/* Its number, whatever its name. */
static void vrf_table_print(struct print *p, const struct attr *a, const void *obj)
{
	value_number.print(p, a, obj);
}
static const struct value value_vrf_table = {vrf_table_print, value_table_parse, "TABLE"};

static const struct attr vrf_rows[] = {
	{ATTR_ROW_U32(IFLA_VRF_TABLE, struct vrf, table), "table", "table", &value_vrf_table},
};
ATTR_SET_NESTED(vrf_attrs, "vrf", vrf_rows, IFLA_VRF_MAX);

static const struct value value_port_table = {.print = vrf_table_print};
static const struct attr vrf_port_rows[] = {
	{ATTR_ROW_U32(IFLA_VRF_PORT_TABLE, struct vrf, table), "table", "table", &value_port_table},
};
ATTR_SET_NESTED(vrf_port_attrs, "vrf_slave", vrf_port_rows, IFLA_VRF_PORT_MAX);

_Static_assert(sizeof(struct vlan) <= KIND_DATA_MAX, "KIND_DATA_MAX");
