/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/link.h"

#include "model/value.h"

#include <string.h>

/* Since Linux 6.3, and not in older headers. */
enum { GSO_IPV4_MAX_SIZE = 63, GRO_IPV4_MAX_SIZE };

#define T struct link
static const struct attr rows[LINK_FIELDS] = {
	[LINK_NAME] = {ATTR_ROW_STR(IFLA_IFNAME, T, name), "name", "ifname", &value_devname},
	[LINK_LINK] = {ATTR_ROW_U32(IFLA_LINK, T, link), "link", "link", &value_dev},
	[LINK_NETNSID] = {ATTR_ROW_U32(IFLA_LINK_NETNSID, T, link_netnsid), "link-netnsid",
			  "link_netnsid", &value_number},
	[LINK_MTU] = {ATTR_ROW_U32(IFLA_MTU, T, mtu), "mtu", "mtu", &value_number},
	[LINK_QDISC] = {ATTR_ROW_STR(IFLA_QDISC, T, qdisc), "qdisc", "qdisc", &value_string},
	[LINK_MASTER] = {ATTR_ROW_U32(IFLA_MASTER, T, master), "master", "master", &value_dev},
	[LINK_OPERSTATE] = {ATTR_ROW_U8(IFLA_OPERSTATE, T, operstate), "state", "operstate", NULL},
	[LINK_MODE] = {ATTR_ROW_U8(IFLA_LINKMODE, T, linkmode), "mode", "linkmode", NULL},
	[LINK_GROUP] = {ATTR_ROW_U32(IFLA_GROUP, T, group), "group", "group", &value_group},
	[LINK_TXQLEN] = {ATTR_ROW_U32(IFLA_TXQLEN, T, txqlen), "qlen", "txqlen", &value_number},
	[LINK_ADDRESS] = {ATTR_ROW_LLADDR(IFLA_ADDRESS, T, address), "address", "address", NULL},
	[LINK_BROADCAST] = {ATTR_ROW_LLADDR(IFLA_BROADCAST, T, broadcast), "broadcast", "broadcast",
			    NULL},
	[LINK_PERM_ADDRESS] = {ATTR_ROW_LLADDR(IFLA_PERM_ADDRESS, T, perm_address), "permaddr",
			       "permaddr", NULL},
	[LINK_NEW_NETNSID] = {ATTR_ROW_U32(IFLA_NEW_NETNSID, T, new_netnsid), "new-netnsid",
			      "new_netnsid", NULL},
	[LINK_PROMISCUITY] = {ATTR_ROW_U32(IFLA_PROMISCUITY, T, promiscuity), "promiscuity",
			      "promiscuity", &value_number},
	[LINK_ALLMULTI] = {ATTR_ROW_U32(IFLA_ALLMULTI, T, allmulti), "allmulti", "allmulti",
			   &value_number},
	[LINK_MIN_MTU] = {ATTR_ROW_U32(IFLA_MIN_MTU, T, min_mtu), "minmtu", "min_mtu",
			  &value_number},
	[LINK_MAX_MTU] = {ATTR_ROW_U32(IFLA_MAX_MTU, T, max_mtu), "maxmtu", "max_mtu",
			  &value_number},
	[LINK_INFO] = {ATTR_ROW_NESTED(IFLA_LINKINFO, T, info), NULL, "linkinfo", NULL},
	[LINK_PROTINFO] = {ATTR_ROW_NESTED(IFLA_PROTINFO, T, protinfo), NULL, "protinfo", NULL},
	[LINK_AF_SPEC] = {ATTR_ROW_NESTED(IFLA_AF_SPEC, T, af_spec), NULL, "af_spec", NULL},
	[LINK_NUM_TX_QUEUES] = {ATTR_ROW_U32(IFLA_NUM_TX_QUEUES, T, num_tx_queues), "numtxqueues",
				"num_tx_queues", &value_number},
	[LINK_NUM_RX_QUEUES] = {ATTR_ROW_U32(IFLA_NUM_RX_QUEUES, T, num_rx_queues), "numrxqueues",
				"num_rx_queues", &value_number},
	[LINK_GSO_MAX_SIZE] = {ATTR_ROW_U32(IFLA_GSO_MAX_SIZE, T, gso_max_size), "gso_max_size",
			       "gso_max_size", &value_number},
	[LINK_GSO_MAX_SEGS] = {ATTR_ROW_U32(IFLA_GSO_MAX_SEGS, T, gso_max_segs), "gso_max_segs",
			       "gso_max_segs", &value_number},
	[LINK_TSO_MAX_SIZE] = {ATTR_ROW_U32(IFLA_TSO_MAX_SIZE, T, tso_max_size), "tso_max_size",
			       "tso_max_size", &value_number},
	[LINK_TSO_MAX_SEGS] = {ATTR_ROW_U32(IFLA_TSO_MAX_SEGS, T, tso_max_segs), "tso_max_segs",
			       "tso_max_segs", &value_number},
	[LINK_GRO_MAX_SIZE] = {ATTR_ROW_U32(IFLA_GRO_MAX_SIZE, T, gro_max_size), "gro_max_size",
			       "gro_max_size", &value_number},
	[LINK_GSO_IPV4_MAX_SIZE] = {ATTR_ROW_U32(GSO_IPV4_MAX_SIZE, T, gso_ipv4_max_size),
				    "gso_ipv4_max_size", "gso_ipv4_max_size", &value_number},
	[LINK_GRO_IPV4_MAX_SIZE] = {ATTR_ROW_U32(GRO_IPV4_MAX_SIZE, T, gro_ipv4_max_size),
				    "gro_ipv4_max_size", "gro_ipv4_max_size", &value_number},
	[LINK_ALIAS] = {ATTR_ROW_REF(IFLA_IFALIAS, T, alias), "alias", "ifalias", NULL},
	[LINK_STATS64] = {ATTR_ROW_REF(IFLA_STATS64, T, stats64), NULL, "stats64", NULL},
	[LINK_STATS] = {ATTR_ROW_REF(IFLA_STATS, T, stats), NULL, "stats", NULL},
	[LINK_PROP_LIST] = {ATTR_ROW_NESTED(IFLA_PROP_LIST, T, prop_list), NULL, "altnames", NULL},
	[LINK_CARRIER] = {ATTR_ROW_U8(IFLA_CARRIER, T, carrier), "carrier", "carrier",
			  &value_on_off},
	[LINK_CARRIER_CHANGES] = {ATTR_ROW_U32(IFLA_CARRIER_CHANGES, T, carrier_changes), NULL,
				  "carrier_changes", NULL},
	[LINK_CARRIER_UP_COUNT] = {ATTR_ROW_U32(IFLA_CARRIER_UP_COUNT, T, carrier_up_count), NULL,
				   "carrier_up_count", NULL},
	[LINK_CARRIER_DOWN_COUNT] = {ATTR_ROW_U32(IFLA_CARRIER_DOWN_COUNT, T, carrier_down_count),
				     NULL, "carrier_down_count", NULL},
	[LINK_PROTO_DOWN] = {ATTR_ROW_U8(IFLA_PROTO_DOWN, T, proto_down), "protodown", "proto_down",
			     &value_on_off},
	[LINK_PROTO_DOWN_REASON] = {ATTR_ROW_NESTED(IFLA_PROTO_DOWN_REASON, T, proto_down_reason),
				    "protodown_reason", "proto_down_reason", NULL},
	[LINK_EVENT] = {ATTR_ROW_U32(IFLA_EVENT, T, event), "event", "event", NULL},
	[LINK_XDP] = {ATTR_ROW_NESTED(IFLA_XDP, T, xdp), "xdp", "xdp", NULL},
	[LINK_VFINFO_LIST] = {ATTR_ROW_NESTED(IFLA_VFINFO_LIST, T, vfinfo_list), NULL,
			      "vfinfo_list", NULL},
	[LINK_NUM_VF] = {ATTR_ROW_U32(IFLA_NUM_VF, T, num_vf), NULL, "num_vf", NULL},
	[LINK_PHYS_PORT_ID] = {ATTR_ROW_REF(IFLA_PHYS_PORT_ID, T, phys_port_id), "portid",
			       "phys_port_id", NULL},
	[LINK_PHYS_PORT_NAME] = {ATTR_ROW_STR(IFLA_PHYS_PORT_NAME, T, phys_port_name), "portname",
				 "phys_port_name", &value_string},
	[LINK_PHYS_SWITCH_ID] = {ATTR_ROW_REF(IFLA_PHYS_SWITCH_ID, T, phys_switch_id), "switchid",
				 "phys_switch_id", NULL},
	[LINK_PARENT_DEV_NAME] = {ATTR_ROW_STR(IFLA_PARENT_DEV_NAME, T, parent_dev_name),
				  "parentdev", "parentdev", &value_string},
	[LINK_PARENT_DEV_BUS_NAME] = {ATTR_ROW_STR(IFLA_PARENT_DEV_BUS_NAME, T,
						   parent_dev_bus_name),
				      "parentbus", "parentbus", &value_string},
	[LINK_NET_NS_PID] = {ATTR_ROW_U32(IFLA_NET_NS_PID, T, net_ns_pid), NULL, "netns", NULL},
	[LINK_NET_NS_FD] = {ATTR_ROW_U32(IFLA_NET_NS_FD, T, net_ns_fd), NULL, "netns", NULL},
	[LINK_EXT_MASK] = {ATTR_ROW_U32(IFLA_EXT_MASK, T, ext_mask), NULL, NULL, NULL},
	[LINK_ALT_NAME] = {ATTR_ROW_STR(IFLA_ALT_IFNAME, T, alt_name), NULL, "altname", NULL},
};
#undef T
ATTR_SET(link_attrs, "link", struct link, h, rows,
	 (int)IFLA_MAX > (int)GRO_IPV4_MAX_SIZE ? (int)IFLA_MAX : (int)GRO_IPV4_MAX_SIZE);

int link_decode(const struct nlmsghdr *h, struct link *l, struct err *e)
{
	return attr_decode_msg(&link_attrs, h, l, e);
}

int link_message(struct nl_msg *m, unsigned type, unsigned flags, const struct link *l,
		 struct err *e)
{
	return nl_msg_object(m, type, flags, &link_attrs, l, e);
}

struct nl_ref link_info(const struct link *l, unsigned type)
{
	if (has(l, LINK_INFO))
		attr_each (a, l->info) {
			if (attr_type(a) == type)
				return attr_payload(a);
		}
	return (struct nl_ref){NULL, 0};
}

const char *link_kind(const struct link *l)
{
	struct nl_ref r = link_info(l, IFLA_INFO_KIND);

	return r.len && !((const char *)r.p)[r.len - 1] ? r.p : "";
}

struct nl_ref link_info_data(const struct link *l)
{
	return link_info(l, IFLA_INFO_DATA);
}

struct nl_ref link_info_kind(struct arena *a, const char *kind)
{
	struct nlattr attr = {(uint16_t)(sizeof(attr) + strlen(kind) + 1), IFLA_INFO_KIND};
	char *p = arena_alloc(a, ATTR_ALIGN(attr.nla_len));

	memcpy(p, &attr, sizeof(attr));
	memcpy(p + sizeof(attr), kind, strlen(kind));
	return (struct nl_ref){p, (uint16_t)ATTR_ALIGN(attr.nla_len)};
}
