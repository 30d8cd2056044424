/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bridges and their ports.
 */
#include "model/kind_value.h"

#include "model/link_print.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <stdio.h>
#include <string.h>

enum { PORT_FAST_LEAVE = 6 }; /* its row */

/* What a bridge has, in the order of the text. */
struct bridge {
	uint64_t has;
	uint32_t forward_delay, hello_time, max_age, ageing_time, stp_state, root_path_cost,
		mcast_hash_elasticity, mcast_hash_max, mcast_last_member_cnt,
		mcast_startup_query_cnt;
	uint16_t priority, vlan_protocol, root_port, vlan_default_pvid, group_fwd_mask;
	uint8_t vlan_filtering, topology_change, topology_change_detected, vlan_stats_enabled,
		vlan_stats_per_port, group_addr[6], mcast_snooping, mcast_router,
		mcast_query_use_ifaddr, mcast_querier, mcast_stats_enabled, mcast_igmp_version,
		mcast_mld_version, nf_call_iptables, nf_call_ip6tables, nf_call_arptables;
	struct ifla_bridge_id bridge_id, root_id;
	uint64_t hello_timer, tcn_timer, topology_change_timer, gc_timer, mcast_last_member_intvl,
		mcast_membership_intvl, mcast_querier_intvl, mcast_query_intvl,
		mcast_query_response_intvl, mcast_startup_query_intvl;
	struct br_boolopt_multi boolopt;
};

struct bridge_port {
	uint64_t has;
	uint8_t state, hairpin, guard, root_block, fastleave, learning, flood, topology_change_ack,
		config_pending, proxy_arp, proxy_arp_wifi, mcast_router, mcast_flood, bcast_flood,
		mcast_to_unicast, neigh_suppress, vlan_tunnel, isolated, locked;
	uint16_t priority, port_id, port_no, designated_port, designated_cost, group_fwd_mask;
	uint32_t cost, backup_port;
	struct ifla_bridge_id bridge_id, root_id;
	uint64_t hold_timer, message_age_timer, forward_delay_timer;
};

static void bridge_id_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct ifla_bridge_id *id = (const void *)((const char *)obj + a->off);
	const uint8_t *m = id->addr;
	char buf[32];

	snprintf(buf, sizeof(buf), "%.2x%.2x.%x:%x:%x:%x:%x:%x", id->prio[0], id->prio[1], m[0],
		 m[1], m[2], m[3], m[4], m[5]);
	print_str(p, a->word, a->key, buf);
}

/* Hundredths of a second. */
static void timer_print(struct print *p, const struct attr *a, const void *obj)
{
	double t = (double)value_member(a, obj) / 100;

	if (p->json) {
		jw_raw(&p->j, a->key);
		out_printf(p->o, "%.2f", t);
	} else {
		out_printf(p->o, "%s %7.2f ", a->word, t);
	}
}

static void boolopt_print(struct print *p, const struct attr *a, const void *obj)
{
	uint32_t v = ((const struct bridge *)obj)->boolopt.optval;

	(void)a;
	print_u64(p, "no_linklocal_learn", "no_linklocal_learn",
		  !!(v & 1u << BR_BOOLOPT_NO_LL_LEARN));
	print_u64(p, "mcast_vlan_snooping", "mcast_vlan_snooping",
		  !!(v & 1u << BR_BOOLOPT_MCAST_VLAN_SNOOPING));
}

static void port_state_print(struct print *p, const struct attr *a, const void *obj)
{
	static const char *const names[] = {"disabled", "listening", "learning", "forwarding",
					    "blocking"};
	uint8_t state = ((const struct bridge_port *)obj)->state;

	if (state < sizeof(names) / sizeof(*names))
		print_str(p, a->word, a->key, names[state]);
	else
		print_u64(p, a->word, "state_index", state);
}

/* The text says once more, here, what JSON says only once. */
static void port_router_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct bridge_port *port = obj;

	value_number.print(p, a, obj);
	if (port->has & HAS(PORT_FAST_LEAVE))
		print_str(p, "mcast_fast_leave", NULL, port->fastleave ? "on" : "off");
}

static void port_fwd_mask_print(struct print *p, const struct attr *a, const void *obj)
{
	static const char *const names[] = {"stp", NULL, "lacp", "lldp"};
	static const uint8_t bits[] = {0, 2, 14};
	const uint16_t mask = ((const struct bridge_port *)obj)->group_fwd_mask;
	uint16_t rest = mask;
	char buf[64] = "";

	value_hex.print(p, a, obj);
	for (size_t i = 0; i < sizeof(bits); i++)
		if (rest & 1u << bits[i]) {
			rest &= (uint16_t) ~(1u << bits[i]);
			snprintf(buf + strlen(buf), sizeof(buf) - strlen(buf), "%s%s",
				 *buf ? "," : "", names[i == 0 ? 0 : i + 1]);
		}
	if (rest || !*buf)
		snprintf(buf + strlen(buf), sizeof(buf) - strlen(buf), "%s0x%x", *buf ? "," : "",
			 rest);
	print_str(p, "group_fwd_mask_str", "group_fwd_mask_str", buf);
}

static const struct value value_bridge_id = {.print = bridge_id_print};
static const struct value value_timer = {.print = timer_print};
static const struct value value_boolopt = {.print = boolopt_print};
static const struct value value_port_state = {port_state_print, value_number_parse, "NUMBER"};
static const struct value value_port_router = {port_router_print, value_number_parse, "NUMBER"};
static const struct value value_port_fwd_mask = {port_fwd_mask_print, value_number_parse, "MASK"};

#define T struct bridge
static const struct attr rows[] = {
	{ATTR_ROW_U32(IFLA_BR_FORWARD_DELAY, T, forward_delay), "forward_delay", "forward_delay",
	 &value_number},
	{ATTR_ROW_U32(IFLA_BR_HELLO_TIME, T, hello_time), "hello_time", "hello_time",
	 &value_number},
	{ATTR_ROW_U32(IFLA_BR_MAX_AGE, T, max_age), "max_age", "max_age", &value_number},
	{ATTR_ROW_U32(IFLA_BR_AGEING_TIME, T, ageing_time), "ageing_time", "ageing_time",
	 &value_number},
	{ATTR_ROW_U32(IFLA_BR_STP_STATE, T, stp_state), "stp_state", "stp_state", &value_number},
	{ATTR_ROW_U16(IFLA_BR_PRIORITY, T, priority), "priority", "priority", &value_number},
	{ATTR_ROW_U8(IFLA_BR_VLAN_FILTERING, T, vlan_filtering), "vlan_filtering", "vlan_filtering",
	 &value_number},
	{ATTR_ROW_BE16(IFLA_BR_VLAN_PROTOCOL, T, vlan_protocol), "vlan_protocol", "vlan_protocol",
	 &value_vlan_protocol},
	{ATTR_ROW_FIXED(IFLA_BR_BRIDGE_ID, T, bridge_id), "bridge_id", "bridge_id",
	 &value_bridge_id},
	{ATTR_ROW_FIXED(IFLA_BR_ROOT_ID, T, root_id), "designated_root", "root_id",
	 &value_bridge_id},
	{ATTR_ROW_U16(IFLA_BR_ROOT_PORT, T, root_port), "root_port", "root_port", &value_number},
	{ATTR_ROW_U32(IFLA_BR_ROOT_PATH_COST, T, root_path_cost), "root_path_cost",
	 "root_path_cost", &value_number},
	{ATTR_ROW_U8(IFLA_BR_TOPOLOGY_CHANGE, T, topology_change), "topology_change",
	 "topology_change", &value_number},
	{ATTR_ROW_U8(IFLA_BR_TOPOLOGY_CHANGE_DETECTED, T, topology_change_detected),
	 "topology_change_detected", "topology_change_detected", &value_number},
	{ATTR_ROW_U64(IFLA_BR_HELLO_TIMER, T, hello_timer), "hello_timer", "hello_timer",
	 &value_timer},
	{ATTR_ROW_U64(IFLA_BR_TCN_TIMER, T, tcn_timer), "tcn_timer", "tcn_timer", &value_timer},
	{ATTR_ROW_U64(IFLA_BR_TOPOLOGY_CHANGE_TIMER, T, topology_change_timer),
	 "topology_change_timer", "topology_change_timer", &value_timer},
	{ATTR_ROW_U64(IFLA_BR_GC_TIMER, T, gc_timer), "gc_timer", "gc_timer", &value_timer},
	{ATTR_ROW_U16(IFLA_BR_VLAN_DEFAULT_PVID, T, vlan_default_pvid), "vlan_default_pvid",
	 "vlan_default_pvid", &value_number},
	{ATTR_ROW_U8(IFLA_BR_VLAN_STATS_ENABLED, T, vlan_stats_enabled), "vlan_stats_enabled",
	 "vlan_stats_enabled", &value_number},
	{ATTR_ROW_U8(IFLA_BR_VLAN_STATS_PER_PORT, T, vlan_stats_per_port), "vlan_stats_per_port",
	 "vlan_stats_per_port", &value_number},
	{ATTR_ROW_U16(IFLA_BR_GROUP_FWD_MASK, T, group_fwd_mask), "group_fwd_mask",
	 "group_fwd_mask", &value_hex},
	{ATTR_ROW_FIXED(IFLA_BR_GROUP_ADDR, T, group_addr), "group_address", "group_addr",
	 &value_mac},
	{ATTR_ROW_U8(IFLA_BR_MCAST_SNOOPING, T, mcast_snooping), "mcast_snooping", "mcast_snooping",
	 &value_number},
	{ATTR_ROW_FIXED(IFLA_BR_MULTI_BOOLOPT, T, boolopt), "boolopt", "boolopt", &value_boolopt},
	{ATTR_ROW_U8(IFLA_BR_MCAST_ROUTER, T, mcast_router), "mcast_router", "mcast_router",
	 &value_number},
	{ATTR_ROW_U8(IFLA_BR_MCAST_QUERY_USE_IFADDR, T, mcast_query_use_ifaddr),
	 "mcast_query_use_ifaddr", "mcast_query_use_ifaddr", &value_number},
	{ATTR_ROW_U8(IFLA_BR_MCAST_QUERIER, T, mcast_querier), "mcast_querier", "mcast_querier",
	 &value_number},
	{ATTR_ROW_U32(IFLA_BR_MCAST_HASH_ELASTICITY, T, mcast_hash_elasticity),
	 "mcast_hash_elasticity", "mcast_hash_elasticity", &value_number},
	{ATTR_ROW_U32(IFLA_BR_MCAST_HASH_MAX, T, mcast_hash_max), "mcast_hash_max",
	 "mcast_hash_max", &value_number},
	{ATTR_ROW_U32(IFLA_BR_MCAST_LAST_MEMBER_CNT, T, mcast_last_member_cnt),
	 "mcast_last_member_count", "mcast_last_member_cnt", &value_number},
	{ATTR_ROW_U32(IFLA_BR_MCAST_STARTUP_QUERY_CNT, T, mcast_startup_query_cnt),
	 "mcast_startup_query_count", "mcast_startup_query_cnt", &value_number},
	{ATTR_ROW_U64(IFLA_BR_MCAST_LAST_MEMBER_INTVL, T, mcast_last_member_intvl),
	 "mcast_last_member_interval", "mcast_last_member_intvl", &value_number},
	{ATTR_ROW_U64(IFLA_BR_MCAST_MEMBERSHIP_INTVL, T, mcast_membership_intvl),
	 "mcast_membership_interval", "mcast_membership_intvl", &value_number},
	{ATTR_ROW_U64(IFLA_BR_MCAST_QUERIER_INTVL, T, mcast_querier_intvl),
	 "mcast_querier_interval", "mcast_querier_intvl", &value_number},
	{ATTR_ROW_U64(IFLA_BR_MCAST_QUERY_INTVL, T, mcast_query_intvl), "mcast_query_interval",
	 "mcast_query_intvl", &value_number},
	{ATTR_ROW_U64(IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, T, mcast_query_response_intvl),
	 "mcast_query_response_interval", "mcast_query_response_intvl", &value_number},
	{ATTR_ROW_U64(IFLA_BR_MCAST_STARTUP_QUERY_INTVL, T, mcast_startup_query_intvl),
	 "mcast_startup_query_interval", "mcast_startup_query_intvl", &value_number},
	{ATTR_ROW_U8(IFLA_BR_MCAST_STATS_ENABLED, T, mcast_stats_enabled), "mcast_stats_enabled",
	 "mcast_stats_enabled", &value_number},
	{ATTR_ROW_U8(IFLA_BR_MCAST_IGMP_VERSION, T, mcast_igmp_version), "mcast_igmp_version",
	 "mcast_igmp_version", &value_number},
	{ATTR_ROW_U8(IFLA_BR_MCAST_MLD_VERSION, T, mcast_mld_version), "mcast_mld_version",
	 "mcast_mld_version", &value_number},
	{ATTR_ROW_U8(IFLA_BR_NF_CALL_IPTABLES, T, nf_call_iptables), "nf_call_iptables",
	 "nf_call_iptables", &value_number},
	{ATTR_ROW_U8(IFLA_BR_NF_CALL_IP6TABLES, T, nf_call_ip6tables), "nf_call_ip6tables",
	 "nf_call_ip6tables", &value_number},
	{ATTR_ROW_U8(IFLA_BR_NF_CALL_ARPTABLES, T, nf_call_arptables), "nf_call_arptables",
	 "nf_call_arptables", &value_number},
};
#undef T
ATTR_SET_NESTED(bridge_attrs, "bridge", rows, IFLA_BR_MAX);

#define T struct bridge_port
static const struct attr port_rows[] = {
	{ATTR_ROW_U8(IFLA_BRPORT_STATE, T, state), "state", "state", &value_port_state},
	{ATTR_ROW_U16(IFLA_BRPORT_PRIORITY, T, priority), "priority", "priority", &value_number},
	{ATTR_ROW_U32(IFLA_BRPORT_COST, T, cost), "cost", "cost", &value_number},
	{ATTR_ROW_U8(IFLA_BRPORT_MODE, T, hairpin), "hairpin", "hairpin", &value_on_off},
	{ATTR_ROW_U8(IFLA_BRPORT_GUARD, T, guard), "guard", "guard", &value_on_off},
	{ATTR_ROW_U8(IFLA_BRPORT_PROTECT, T, root_block), "root_block", "root_block",
	 &value_on_off},
	[PORT_FAST_LEAVE] = {ATTR_ROW_U8(IFLA_BRPORT_FAST_LEAVE, T, fastleave), "fastleave",
			     "fastleave", &value_on_off},
	{ATTR_ROW_U8(IFLA_BRPORT_LEARNING, T, learning), "learning", "learning", &value_on_off},
	{ATTR_ROW_U8(IFLA_BRPORT_UNICAST_FLOOD, T, flood), "flood", "flood", &value_on_off},
	{ATTR_ROW_U16(IFLA_BRPORT_ID, T, port_id), "port_id", "id", &value_hex},
	{ATTR_ROW_U16(IFLA_BRPORT_NO, T, port_no), "port_no", "no", &value_hex},
	{ATTR_ROW_U16(IFLA_BRPORT_DESIGNATED_PORT, T, designated_port), "designated_port",
	 "designated_port", &value_number},
	{ATTR_ROW_U16(IFLA_BRPORT_DESIGNATED_COST, T, designated_cost), "designated_cost",
	 "designated_cost", &value_number},
	{ATTR_ROW_FIXED(IFLA_BRPORT_BRIDGE_ID, T, bridge_id), "designated_bridge", "bridge_id",
	 &value_bridge_id},
	{ATTR_ROW_FIXED(IFLA_BRPORT_ROOT_ID, T, root_id), "designated_root", "root_id",
	 &value_bridge_id},
	{ATTR_ROW_U64(IFLA_BRPORT_HOLD_TIMER, T, hold_timer), "hold_timer", "hold_timer",
	 &value_timer},
	{ATTR_ROW_U64(IFLA_BRPORT_MESSAGE_AGE_TIMER, T, message_age_timer), "message_age_timer",
	 "message_age_timer", &value_timer},
	{ATTR_ROW_U64(IFLA_BRPORT_FORWARD_DELAY_TIMER, T, forward_delay_timer),
	 "forward_delay_timer", "forward_delay_timer", &value_timer},
	{ATTR_ROW_U8(IFLA_BRPORT_TOPOLOGY_CHANGE_ACK, T, topology_change_ack),
	 "topology_change_ack", "topology_change_ack", &value_number},
	{ATTR_ROW_U8(IFLA_BRPORT_CONFIG_PENDING, T, config_pending), "config_pending",
	 "config_pending", &value_number},
	{ATTR_ROW_U8(IFLA_BRPORT_PROXYARP, T, proxy_arp), "proxy_arp", "proxy_arp", &value_on_off},
	{ATTR_ROW_U8(IFLA_BRPORT_PROXYARP_WIFI, T, proxy_arp_wifi), "proxy_arp_wifi",
	 "proxy_arp_wifi", &value_on_off},
	{ATTR_ROW_U8(IFLA_BRPORT_MULTICAST_ROUTER, T, mcast_router), "mcast_router",
	 "multicast_router", &value_port_router},
	{ATTR_ROW_U8(IFLA_BRPORT_MCAST_FLOOD, T, mcast_flood), "mcast_flood", "mcast_flood",
	 &value_on_off},
	{ATTR_ROW_U8(IFLA_BRPORT_BCAST_FLOOD, T, bcast_flood), "bcast_flood", "bcast_flood",
	 &value_on_off},
	{ATTR_ROW_U8(IFLA_BRPORT_MCAST_TO_UCAST, T, mcast_to_unicast), "mcast_to_unicast",
	 "mcast_to_unicast", &value_on_off},
	{ATTR_ROW_U8(IFLA_BRPORT_NEIGH_SUPPRESS, T, neigh_suppress), "neigh_suppress",
	 "neigh_suppress", &value_on_off},
	{ATTR_ROW_U16(IFLA_BRPORT_GROUP_FWD_MASK, T, group_fwd_mask), "group_fwd_mask",
	 "group_fwd_mask", &value_port_fwd_mask},
	{ATTR_ROW_U8(IFLA_BRPORT_VLAN_TUNNEL, T, vlan_tunnel), "vlan_tunnel", "vlan_tunnel",
	 &value_on_off},
	{ATTR_ROW_U8(IFLA_BRPORT_ISOLATED, T, isolated), "isolated", "isolated", &value_on_off},
	{ATTR_ROW_U8(IFLA_BRPORT_LOCKED, T, locked), "locked", "locked", &value_on_off},
	{ATTR_ROW_U32(IFLA_BRPORT_BACKUP_PORT, T, backup_port), "backup_port", "backup_port",
	 &value_dev},
};
#undef T
ATTR_SET_NESTED(bridge_port_attrs, "bridge_slave", port_rows, IFLA_BRPORT_MAX);

_Static_assert(sizeof(struct bridge) <= KIND_DATA_MAX, "KIND_DATA_MAX");
