/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/kind.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>

struct vlan {
	uint64_t has;
	uint16_t id, protocol;
	struct ifla_vlan_flags flags;
};

static const struct {
	uint16_t number;
	const char *name;
} vlan_protocols[] = {{ETH_P_8021Q, "802.1Q"}, {ETH_P_8021AD, "802.1ad"}};

static void vlan_protocol_print(struct print *p, const struct attr *a, const void *obj)
{
	uint64_t v = value_member(a, obj);
	char buf[16];

	for (size_t i = 0; i < 2; i++)
		if (vlan_protocols[i].number == v) {
			print_str(p, a->word, a->key, vlan_protocols[i].name);
			return;
		}
	snprintf(buf, sizeof(buf), "[%u]", (unsigned)v);
	print_str(p, a->word, a->key, buf);
}

static int vlan_protocol_parse(struct parse *c, const char *arg, const struct attr *a,
			       unsigned field, void *obj, struct err *e)
{
	(void)c;
	for (size_t i = 0; i < 2; i++)
		if (!strcasecmp(vlan_protocols[i].name, arg)) {
			value_set_member(a, obj, vlan_protocols[i].number);
			((struct object *)obj)->has |= HAS(field);
			return 0;
		}
	return err_set(e, -EINVAL, "\"%s\" is neither 802.1Q nor 802.1ad", arg);
}
const struct value value_vlan_protocol = {vlan_protocol_print, vlan_protocol_parse, "PROTOCOL"};

static void vlan_flags_print(struct print *p, const struct attr *a, const void *obj)
{
	static const char *const names[] = {"REORDER_HDR", "GVRP", "LOOSE_BINDING", "MVRP",
					    "BRIDGE_BINDING"};
	uint32_t flags = ((const struct vlan *)obj)->flags.flags;
	bool more = false;

	if (p->json)
		jw_array(&p->j, a->key);
	else
		out_putc(p->o, '<');
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (flags & 1u << i) {
			if (p->json)
				jw_str(&p->j, NULL, names[i]);
			else
				out_printf(p->o, "%s%s", more ? "," : "", names[i]);
			more = true;
		}
	if (p->json)
		jw_array_end(&p->j);
	else
		out_puts(p->o, "> ");
}
static const struct value value_vlan_flags = {.print = vlan_flags_print};

#define T struct vlan
static const struct attr vlan_rows[] = {
	{ATTR_ROW_BE16(IFLA_VLAN_PROTOCOL, T, protocol), "protocol", "protocol",
	 &value_vlan_protocol},
	{ATTR_ROW_U16(IFLA_VLAN_ID, T, id), "id", "id", &value_number},
	{ATTR_ROW_FIXED(IFLA_VLAN_FLAGS, T, flags), NULL, "flags", &value_vlan_flags},
};
#undef T
ATTR_SET_NESTED(vlan_attrs, "vlan", vlan_rows, IFLA_VLAN_MAX);

struct vrf {
	uint64_t has;
	uint32_t table;
};

static const struct attr vrf_rows[] = {
	{ATTR_ROW_U32(IFLA_VRF_TABLE, struct vrf, table), "table", "table", &value_table},
};
ATTR_SET_NESTED(vrf_attrs, "vrf", vrf_rows, IFLA_VRF_MAX);

const struct link_kind link_kinds[] = {
	{"veth", NULL, NULL},	     {"bridge", &bridge_attrs, &bridge_port_attrs},
	{"dummy", NULL, NULL},	     {"ifb", NULL, NULL},
	{"vlan", &vlan_attrs, NULL}, {NULL, NULL, NULL},
};

const struct link_kind *link_kind_find(const char *name)
{
	for (const struct link_kind *k = link_kinds; k->name; k++)
		if (!strcmp(k->name, name))
			return k;
	return NULL;
}

static void print_options(struct print *p, const char *key, const struct attr_set *set,
			  struct nl_ref data)
{
	union {
		struct object o;
		char room[KIND_DATA_MAX];
	} u = {.o.has = 0};

	if (!set)
		return;
	if (p->json)
		jw_object(&p->j, key);
	if (!attr_decode_ref(set, data, &u, NULL))
		print_object(p, set, &u);
	if (p->json)
		jw_object_end(&p->j);
}

static const char *text_of(struct nl_ref r)
{
	return r.len && !((const char *)r.p)[r.len - 1] ? r.p : NULL;
}

void kind_print(struct print *p, const struct link *l)
{
	const char *name = link_kind(l);
	const char *master = text_of(link_info(l, IFLA_INFO_SLAVE_KIND));

	if (!has(l, LINK_INFO))
		return;
	if (p->json)
		jw_object(&p->j, "linkinfo");
	if (*name) {
		const struct link_kind *k = link_kind_find(name);
		print_line(p);
		print_text(p, "    ");
		print_str(p, "", "info_kind", name);
		print_options(p, "info_data", k ? k->data : NULL, link_info_data(l));
	}
	if (master) {
		const struct link_kind *k = link_kind_find(master);
		print_line(p);
		if (p->json)
			jw_str(&p->j, "info_slave_kind", master);
		else
			out_printf(p->o, "    %s_slave ", master);
		print_options(p, "info_slave_data", k ? k->slave : NULL,
			      link_info(l, IFLA_INFO_SLAVE_DATA));
	}
	if (p->json)
		jw_object_end(&p->j);
}
