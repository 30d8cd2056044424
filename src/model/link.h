/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_LINK_H
#define MH_MODEL_LINK_H

#include "base/arena.h"
#include "model/print.h"
#include "netlink/nl.h"

#include <net/if.h>

/* After net/if.h, or they clash. */
#include <linux/if.h>
#include <linux/if_link.h>

/* A network interface: RTM_NEWLINK (net/core/rtnetlink.c). */
enum link_field {
	LINK_NAME,
	LINK_LINK,
	LINK_NETNSID,
	LINK_MTU,
	LINK_QDISC,
	LINK_MASTER,
	LINK_OPERSTATE,
	LINK_MODE,
	LINK_GROUP,
	LINK_TXQLEN,
	LINK_ADDRESS,
	LINK_BROADCAST,
	LINK_PERM_ADDRESS,
	LINK_NEW_NETNSID,
	LINK_PROMISCUITY,
	LINK_ALLMULTI,
	LINK_MIN_MTU,
	LINK_MAX_MTU,
	LINK_INFO,
	LINK_PROTINFO,
	LINK_AF_SPEC,
	LINK_NUM_TX_QUEUES,
	LINK_NUM_RX_QUEUES,
	LINK_GSO_MAX_SIZE,
	LINK_GSO_MAX_SEGS,
	LINK_TSO_MAX_SIZE,
	LINK_TSO_MAX_SEGS,
	LINK_GRO_MAX_SIZE,
	LINK_GSO_IPV4_MAX_SIZE,
	LINK_GRO_IPV4_MAX_SIZE,
	LINK_ALIAS,
	LINK_STATS64,
	LINK_STATS,
	LINK_PROP_LIST,
	LINK_CARRIER,
	LINK_CARRIER_CHANGES,
	LINK_CARRIER_UP_COUNT,
	LINK_CARRIER_DOWN_COUNT,
	LINK_PROTO_DOWN,
	LINK_PROTO_DOWN_REASON,
	LINK_EVENT,
	LINK_XDP,
	LINK_VFINFO_LIST,
	LINK_NUM_VF,
	LINK_PHYS_PORT_ID,
	LINK_PHYS_PORT_NAME,
	LINK_PHYS_SWITCH_ID,
	LINK_PARENT_DEV_NAME,
	LINK_PARENT_DEV_BUS_NAME,
	LINK_NET_NS_PID,
	LINK_NET_NS_FD,
	LINK_EXT_MASK,
	LINK_ALT_NAME, /* in requests: the interface meant */
	LINK_FIELDS
};

struct link {
	uint64_t has; /* enum link_field */
	struct ifinfomsg h;
	char name[IFNAMSIZ];
	uint32_t link; /* ifindex of the lower device, in the namespace link_netnsid if that is set
			*/
	uint32_t link_netnsid, new_netnsid; /* signed */
	uint32_t mtu, min_mtu, max_mtu;
	char qdisc[32];
	uint32_t master, group, txqlen, promiscuity, allmulti;
	uint8_t operstate, linkmode; /* IF_OPER_*, IF_LINK_MODE_* */
	struct lladdr address, broadcast, perm_address;
	struct nl_ref info, protinfo, af_spec, prop_list, xdp, vfinfo_list, proto_down_reason;
	struct nl_ref alias;	      /* text, terminated */
	struct nl_ref stats64, stats; /* struct rtnl_link_stats64, of whatever length */
	uint32_t num_tx_queues, num_rx_queues;
	uint32_t gso_max_size, gso_max_segs, tso_max_size, tso_max_segs, gro_max_size,
		gso_ipv4_max_size, gro_ipv4_max_size;
	uint8_t carrier, proto_down;
	uint32_t carrier_changes, carrier_up_count, carrier_down_count;
	uint32_t event, num_vf;
	struct nl_ref phys_port_id, phys_switch_id;
	char phys_port_name[64], parent_dev_name[64], parent_dev_bus_name[64];
	uint32_t net_ns_pid, net_ns_fd, ext_mask;
	char alt_name[128];
};

extern const struct attr_set link_attrs;

int link_decode(const struct nlmsghdr *h, struct link *ret, struct err *e);
/* Writes a request: RTM_NEWLINK, RTM_SETLINK, RTM_DELLINK, RTM_GETLINK. */
int link_message(struct nl_msg *m, unsigned type, unsigned flags, const struct link *l,
		 struct err *e);
/* IFLA_INFO_KIND of an interface ("veth"), or "" if it has none; and its IFLA_INFO_DATA. */
const char *link_kind(const struct link *l);
struct nl_ref link_info(const struct link *l, unsigned type); /* any IFLA_INFO_*; or nothing */
struct nl_ref link_info_data(const struct link *l);

/* An IFLA_LINKINFO that says no more than the kind. */
struct nl_ref link_info_kind(struct arena *a, const char *kind);

static inline bool link_is_up(const struct link *l)
{
	return l->h.ifi_flags & IFF_UP;
}
/* Carrier, as IFF_LOWER_UP tells it. */
static inline bool link_has_carrier(const struct link *l)
{
	return l->h.ifi_flags & IFF_LOWER_UP;
}

#endif
