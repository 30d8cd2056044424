/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/kind.h"

#include <string.h>

const struct kind_word kind_row_words[] = {{0}};

#define PLAIN(name_)                                                                               \
	{                                                                                          \
		.name = name_                                                                      \
	}
#define TUNNEL(name_, attrs_, words_, begin_, finish_)                                             \
	{                                                                                          \
		.name = name_, .data = &attrs_, .words = words_, .begin = begin_,                  \
		.finish = finish_, .whole = true                                                   \
	}

const struct link_kind link_kinds[] = {
	PLAIN("veth"),
	{.name = "bridge", .data = &bridge_attrs, .slave = &bridge_port_attrs},
	PLAIN("dummy"),
	PLAIN("ifb"),
	PLAIN("wireguard"),
	{.name = "vlan", .data = &vlan_attrs, .words = vlan_words},
	{.name = "vrf", .data = &vrf_attrs, .slave = &vrf_port_attrs},
	{.name = "vxlan",
	 .data = &vxlan_attrs,
	 .words = vxlan_words,
	 .finish = vxlan_finish,
	 .once = true},
	{.name = "macvlan",
	 .data = &macvlan_attrs,
	 .words = macvlan_words,
	 .finish = macvlan_finish},
	{.name = "macvtap",
	 .data = &macvlan_attrs,
	 .words = macvlan_words,
	 .finish = macvlan_finish},
	{.name = "ipvlan", .data = &ipvlan_attrs, .words = ipvlan_words},
	{.name = "ipvtap", .data = &ipvlan_attrs, .words = ipvlan_words},
	{.name = "bond", .data = &bond_attrs, .slave = &bond_port_attrs, .words = bond_words},
	TUNNEL("gre", gre_attrs, gre_words, gre_begin, gre_finish),
	TUNNEL("gretap", gre_attrs, gre_words, gre_begin, gre_finish),
	TUNNEL("erspan", gre_attrs, erspan_words, erspan_begin, gre_finish),
	TUNNEL("ip6gre", ip6gre_attrs, ip6gre_words, ip6gre_begin, ip6gre_finish),
	TUNNEL("ip6gretap", ip6gre_attrs, ip6gre_words, ip6gre_begin, ip6gre_finish),
	TUNNEL("ip6erspan", ip6gre_attrs, ip6gre_words, ip6gre_begin, ip6gre_finish),
	TUNNEL("ipip", ipip_attrs, ipip_words, ipip_begin, iptunnel_finish),
	TUNNEL("sit", sit_attrs, sit_words, sit_begin, iptunnel_finish),
	TUNNEL("ip6tnl", ip6tnl_attrs, ip6tnl_words, ip6tnl_begin, iptunnel_finish),
	TUNNEL("vti", vti_attrs, vti_words, vti_begin, vti_finish),
	TUNNEL("vti6", vti_attrs, vti6_words, vti6_begin, vti_finish),
	{.name = NULL},
};

const struct link_kind *link_kind_find(const char *name)
{
	for (const struct link_kind *k = link_kinds; k->name; k++)
		if (!strcmp(k->name, name))
			return k;
	return NULL;
}

typedef bool wanted_fn(const struct kind_word *w, void *arg);

static bool find_row(const struct attr_set *set, wanted_fn *wanted, void *arg,
		     struct kind_word *ret)
{
	for (uint8_t i = 0; set && i < set->n; i++) {
		const struct attr *a = &set->row[i];
		*ret = (struct kind_word){.words = a->word, .row = i, .value = a->value};
		if (a->word && a->value && a->value->parse && wanted(ret, arg))
			return true;
	}
	return false;
}

bool kind_find_word(const struct link_kind *k, bool slave, wanted_fn *wanted, void *arg,
		    struct kind_word *ret)
{
	static const struct kind_word *const rows_only[] = {kind_row_words, NULL};

	for (const struct kind_word *const *table = k->words && !slave ? k->words : rows_only;
	     *table; table++) {
		if (*table == kind_row_words &&
		    find_row(slave ? k->slave : k->data, wanted, arg, ret))
			return true;
		for (const struct kind_word *w = *table; w->words; w++) {
			*ret = *w;
			if (!ret->value)
				ret->value = k->data->row[w->row].value;
			if (wanted(ret, arg))
				return true;
		}
	}
	return false;
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
