/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/netconf.h"

#include "model/value.h"

#include <stdio.h>

static void family_print(struct print *p, const struct attr *a, const void *obj)
{
	uint8_t family = ((const struct netconf *)obj)->h.ncm_family;
	const char *name = family == AF_INET	? "inet"
			   : family == AF_INET6 ? "inet6"
			   : family == AF_MPLS	? "mpls"
						: "???";

	print_str(p, a->word, a->key, name);
}

static void ifindex_print(struct print *p, const struct attr *a, const void *obj)
{
	int ifindex = (int)((const struct netconf *)obj)->ifindex;

	print_tint(p, TINT_NAME);
	if (ifindex == NETCONFA_IFINDEX_ALL)
		print_str(p, a->word, a->key, "all");
	else if (ifindex == NETCONFA_IFINDEX_DEFAULT)
		print_str(p, a->word, a->key, "default");
	else
		print_dev(p, a->word, a->key, ifindex);
	print_plain(p);
}

static void rp_filter_print(struct print *p, const struct attr *a, const void *obj)
{
	static const char *const names[] = {"off", "strict", "loose"};
	uint32_t v = ((const struct netconf *)obj)->rp_filter;

	print_str(p, a->word, a->key, v < 3 ? names[v] : "unknown mode");
}

static const struct value value_family = {.print = family_print};
static const struct value value_ifindex = {.print = ifindex_print};
static const struct value value_rp_filter = {.print = rp_filter_print};

#define T struct netconf
static const struct attr rows[NETCONF_FIELDS] = {
	[NETCONF_FAMILY] = {.word = "", .key = "family", .value = &value_family},
	[NETCONF_IFINDEX] = {ATTR_ROW_U32(NETCONFA_IFINDEX, T, ifindex), "", "interface",
			     &value_ifindex},
	[NETCONF_FORWARDING] = {ATTR_ROW_U32(NETCONFA_FORWARDING, T, forwarding), "forwarding",
				"forwarding", &value_on_off},
	[NETCONF_RP_FILTER] = {ATTR_ROW_U32(NETCONFA_RP_FILTER, T, rp_filter), "rp_filter",
			       "rp_filter", &value_rp_filter},
	[NETCONF_MC_FORWARDING] = {ATTR_ROW_U32(NETCONFA_MC_FORWARDING, T, mc_forwarding),
				   "mc_forwarding", "mc_forwarding", &value_on_off},
	[NETCONF_PROXY_NEIGH] = {ATTR_ROW_U32(NETCONFA_PROXY_NEIGH, T, proxy_neigh), "proxy_neigh",
				 "proxy_neigh", &value_on_off},
	[NETCONF_LINKDOWN] = {ATTR_ROW_U32(NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN, T, linkdown),
			      "ignore_routes_with_linkdown", "ignore_routes_with_linkdown",
			      &value_on_off},
	[NETCONF_INPUT] = {ATTR_ROW_U32(NETCONFA_INPUT, T, input), "input", "input", &value_on_off},
};
#undef T
ATTR_SET(netconf_attrs, "netconf", struct netconf, h, rows, NETCONFA_INPUT);

int netconf_decode(const struct nlmsghdr *h, struct netconf *n, struct err *e)
{
	int rc = attr_decode_msg(&netconf_attrs, h, n, e);

	if (!rc)
		set_has(n, NETCONF_FAMILY);
	return rc;
}

void netconf_print(struct print *p, const struct netconf *n)
{
	if (p->json)
		jw_object(&p->j, NULL);
	print_object(p, &netconf_attrs, n);
	if (p->json)
		jw_object_end(&p->j);
}
