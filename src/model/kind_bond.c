/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bonds: several interfaces as one (Documentation/networking/bonding.rst), and what their ports
 * say.
 */
#include "model/kind_value.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_bonding.h>
#include <string.h>

enum bond_field { BOND_ACTIVE_SLAVE = 1, BOND_PEER_NOTIF = 18 };

/* The kernel's limit of each. */
enum { MAX_TARGETS = 16 };

struct bond {
	uint64_t has;
	uint32_t active_slave, miimon, updelay, downdelay, peer_notify_delay, arp_interval,
		arp_validate, arp_all_targets, primary, resend_igmp, min_links, lp_interval,
		packets_per_slave;
	uint16_t ad_actor_sys_prio, ad_user_port_key;
	uint8_t mode, use_carrier, arp_missed_max, primary_reselect, fail_over_mac,
		xmit_hash_policy, num_peer_notif, all_slaves_active, lacp_active, lacp_rate,
		ad_select, tlb_dynamic_lb, ad_actor_system[6];
	struct nl_ref arp_ip_target, ns_ip6_target; /* numbered from 0 */
	struct nl_ref ad_info;
};

#define LIST(name, ...) static const struct choice name[] = {__VA_ARGS__, {NULL, 0}}
LIST(mode_names, {"balance-rr", 0}, {"active-backup", 1}, {"balance-xor", 2}, {"broadcast", 3},
     {"802.3ad", 4}, {"balance-tlb", 5}, {"balance-alb", 6});
LIST(arp_validate_names, {"none", 0}, {"active", 1}, {"backup", 2}, {"all", 3}, {"filter", 4},
     {"filter_active", 5}, {"filter_backup", 6});
LIST(arp_all_targets_names, {"any", 0}, {"all", 1});
LIST(primary_reselect_names, {"always", 0}, {"better", 1}, {"failure", 2});
LIST(fail_over_mac_names, {"none", 0}, {"active", 1}, {"follow", 2});
LIST(xmit_hash_policy_names, {"layer2", 0}, {"layer3+4", 1}, {"layer2+3", 2}, {"encap2+3", 3},
     {"encap3+4", 4}, {"vlan+srcmac", 5});
LIST(lacp_active_names, {"off", 0}, {"on", 1});
LIST(lacp_rate_names, {"slow", 0}, {"fast", 1});
LIST(ad_select_names, {"stable", 0}, {"bandwidth", 1}, {"count", 2});
LIST(port_state_names, {"ACTIVE", BOND_STATE_ACTIVE}, {"BACKUP", BOND_STATE_BACKUP});
LIST(mii_status_names, {"UP", BOND_LINK_UP}, {"GOING_DOWN", BOND_LINK_FAIL},
     {"DOWN", BOND_LINK_DOWN}, {"GOING_BACK", BOND_LINK_BACK});

/* In JSON "none" is null. */
static void arp_validate_print(struct print *p, const struct attr *a, const void *obj)
{
	if (p->json && !value_member(a, obj))
		jw_null(&p->j, a->key);
	else
		value_choice_print(p, a, obj);
}

static void port_print(struct print *p, const struct attr *a, const void *obj)
{
	if (value_member(a, obj))
		value_dev.print(p, a, obj);
}

static int port_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		      void *obj, struct err *e)
{
	return value_dev_parse(c, arg, a, field, obj, e);
}

static void targets_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct nl_ref *r = kind_member(a, obj);
	bool first = true;

	if (!attr_first(*r))
		return;
	if (p->json)
		jw_array(&p->j, a->key);
	else
		out_printf(p->o, "%s ", a->word);
	attr_each (i, *r) {
		struct nl_ref one = attr_payload(i);
		struct ip_addr ip = {.family = one.len == 4 ? AF_INET : AF_INET6};
		if (one.len != 4 && one.len != 16)
			continue;
		memcpy(ip.b, one.p, one.len);
		if (p->json) {
			jw_addr(&p->j, NULL, &ip);
			continue;
		}
		print_text(p, first ? "" : ",");
		out_addr(p->o, &ip);
		first = false;
	}
	if (p->json)
		jw_array_end(&p->j);
	print_text(p, " ");
}

static int targets_read(struct parse *c, uint8_t family, const char *arg, const struct attr *a,
			unsigned field, void *obj, struct err *e)
{
	struct nl_ref *ret = (struct nl_ref *)(void *)((char *)obj + a->off);
	size_t len = ip_bytes(family);
	char *at = arena_alloc(c->arena, MAX_TARGETS * (ATTR_HDRLEN + len));
	char word[64];
	uint16_t n = 0;

	*ret = (struct nl_ref){at, 0};
	for (size_t l; *arg && n < MAX_TARGETS; arg += l + (arg[l] == ',')) {
		struct nlattr head = {(uint16_t)(ATTR_HDRLEN + len), n++};
		struct ip_addr ip;
		l = strcspn(arg, ",");
		if (l >= sizeof(word))
			l = sizeof(word) - 1;
		memcpy(word, arg, l);
		word[l] = 0;
		if (!ip_addr_parse(word, family, &ip))
			return err_set(e, -EAFNOSUPPORT, "\"%s\" is not an %s address", word,
				       family == AF_INET ? "IPv4" : "IPv6");
		memcpy(at, &head, sizeof(head));
		memcpy(at + sizeof(head), ip.b, len);
		at += sizeof(head) + len;
	}
	ret->len = (uint16_t)(at - (const char *)ret->p);
	((struct object *)obj)->has |= HAS(field);
	return 0;
}

static int targets4_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			  void *obj, struct err *e)
{
	return targets_read(c, AF_INET, arg, a, field, obj, e);
}

static int targets6_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			  void *obj, struct err *e)
{
	return targets_read(c, AF_INET6, arg, a, field, obj, e);
}

#define CHOICES(name) static const struct value_choice value_##name = CHOICE_NUMBER(name##_names)
CHOICES(mode);
CHOICES(arp_all_targets);
CHOICES(primary_reselect);
CHOICES(fail_over_mac);
CHOICES(xmit_hash_policy);
CHOICES(lacp_active);
CHOICES(lacp_rate);
CHOICES(ad_select);
static const struct value_choice value_arp_validate = {
	{arp_validate_print, value_choice_number_parse, NULL}, arp_validate_names};
static const struct value value_port = {port_print, port_parse, "DEVICE"};
static const struct value value_targets4 = {targets_print, targets4_parse, "ADDRESS,..."};
static const struct value value_targets6 = {targets_print, targets6_parse, "ADDRESS,..."};

struct bond_ad_info {
	uint64_t has;
	uint16_t aggregator, num_ports, actor_key, partner_key;
	uint8_t partner_mac[6];
};

/* Shown, never given. */
static void number_print(struct print *p, const struct attr *a, const void *obj)
{
	value_number.print(p, a, obj);
}

static void shown_mac_print(struct print *p, const struct attr *a, const void *obj)
{
	value_mac.print(p, a, obj);
}
static const struct value value_shown = {.print = number_print};
static const struct value value_shown_mac = {.print = shown_mac_print};

#define T struct bond_ad_info
static const struct attr ad_info_rows[] = {
	{ATTR_ROW_U16(IFLA_BOND_AD_INFO_AGGREGATOR, T, aggregator), "ad_aggregator", "aggregator",
	 &value_shown},
	{ATTR_ROW_U16(IFLA_BOND_AD_INFO_NUM_PORTS, T, num_ports), "ad_num_ports", "num_ports",
	 &value_shown},
	{ATTR_ROW_U16(IFLA_BOND_AD_INFO_ACTOR_KEY, T, actor_key), "ad_actor_key", "actor_key",
	 &value_shown},
	{ATTR_ROW_U16(IFLA_BOND_AD_INFO_PARTNER_KEY, T, partner_key), "ad_partner_key",
	 "partner_key", &value_shown},
	{ATTR_ROW_FIXED(IFLA_BOND_AD_INFO_PARTNER_MAC, T, partner_mac), "ad_partner_mac",
	 "partner_mac", &value_shown_mac},
};
#undef T
ATTR_SET_NESTED(bond_ad_info_attrs, "bond's ad_info", ad_info_rows, IFLA_BOND_AD_INFO_MAX);

static void ad_info_print(struct print *p, const struct attr *a, const void *obj)
{
	struct bond_ad_info info = {.has = 0};

	if (p->json)
		jw_object(&p->j, a->key);
	if (!attr_decode_ref(&bond_ad_info_attrs, ((const struct bond *)obj)->ad_info, &info, NULL))
		print_object(p, &bond_ad_info_attrs, &info);
	if (p->json)
		jw_object_end(&p->j);
}
static const struct value value_ad_info = {.print = ad_info_print};

#define T	  struct bond
#define U8(t, m)  ATTR_ROW_U8(IFLA_BOND_##t, T, m)
#define U16(t, m) ATTR_ROW_U16(IFLA_BOND_##t, T, m)
#define U32(t, m) ATTR_ROW_U32(IFLA_BOND_##t, T, m)
static const struct attr rows[] = {
	{U8(MODE, mode), "mode", "mode", &value_mode.value},
	[BOND_ACTIVE_SLAVE] = {U32(ACTIVE_SLAVE, active_slave), "active_slave", "active_slave",
			       &value_port},
	{U32(MIIMON, miimon), "miimon", "miimon", &value_number},
	{U32(UPDELAY, updelay), "updelay", "updelay", &value_number},
	{U32(DOWNDELAY, downdelay), "downdelay", "downdelay", &value_number},
	{U32(PEER_NOTIF_DELAY, peer_notify_delay), "peer_notify_delay", "peer_notify_delay",
	 &value_number},
	{U8(USE_CARRIER, use_carrier), "use_carrier", "use_carrier", &value_number},
	{U32(ARP_INTERVAL, arp_interval), "arp_interval", "arp_interval", &value_number},
	{U8(MISSED_MAX, arp_missed_max), "arp_missed_max", "arp_missed_max", &value_number},
	{ATTR_ROW_NESTED(IFLA_BOND_ARP_IP_TARGET, T, arp_ip_target), "arp_ip_target",
	 "arp_ip_target", &value_targets4},
	{ATTR_ROW_NESTED(IFLA_BOND_NS_IP6_TARGET, T, ns_ip6_target), "ns_ip6_target",
	 "ns_ip6_target", &value_targets6},
	{U32(ARP_VALIDATE, arp_validate), "arp_validate", "arp_validate",
	 &value_arp_validate.value},
	{U32(ARP_ALL_TARGETS, arp_all_targets), "arp_all_targets", "arp_all_targets",
	 &value_arp_all_targets.value},
	{U32(PRIMARY, primary), "primary", "primary", &value_port},
	{U8(PRIMARY_RESELECT, primary_reselect), "primary_reselect", "primary_reselect",
	 &value_primary_reselect.value},
	{U8(FAIL_OVER_MAC, fail_over_mac), "fail_over_mac", "fail_over_mac",
	 &value_fail_over_mac.value},
	{U8(XMIT_HASH_POLICY, xmit_hash_policy), "xmit_hash_policy", "xmit_hash_policy",
	 &value_xmit_hash_policy.value},
	{U32(RESEND_IGMP, resend_igmp), "resend_igmp", "resend_igmp", &value_number},
	[BOND_PEER_NOTIF] = {U8(NUM_PEER_NOTIF, num_peer_notif), "num_grat_arp", "num_peer_notif",
			     &value_number},
	{U8(ALL_SLAVES_ACTIVE, all_slaves_active), "all_slaves_active", "all_slaves_active",
	 &value_number},
	{U32(MIN_LINKS, min_links), "min_links", "min_links", &value_number},
	{U32(LP_INTERVAL, lp_interval), "lp_interval", "lp_interval", &value_number},
	{U32(PACKETS_PER_SLAVE, packets_per_slave), "packets_per_slave", "packets_per_slave",
	 &value_number},
	{U8(AD_LACP_ACTIVE, lacp_active), "lacp_active", "ad_lacp_active",
	 &value_lacp_active.value},
	{U8(AD_LACP_RATE, lacp_rate), "lacp_rate", "ad_lacp_rate", &value_lacp_rate.value},
	{U8(AD_SELECT, ad_select), "ad_select", "ad_select", &value_ad_select.value},
	{ATTR_ROW_NESTED(IFLA_BOND_AD_INFO, T, ad_info), NULL, "ad_info", &value_ad_info},
	{U16(AD_ACTOR_SYS_PRIO, ad_actor_sys_prio), "ad_actor_sys_prio", "ad_actor_sys_prio",
	 &value_number},
	{U16(AD_USER_PORT_KEY, ad_user_port_key), "ad_user_port_key", "ad_user_port_key",
	 &value_number},
	{ATTR_ROW_FIXED(IFLA_BOND_AD_ACTOR_SYSTEM, T, ad_actor_system), "ad_actor_system",
	 "ad_actor_system", &value_mac},
	{U8(TLB_DYNAMIC_LB, tlb_dynamic_lb), "tlb_dynamic_lb", "tlb_dynamic_lb", &value_number},
};
#undef T
ATTR_SET_NESTED(bond_attrs, "bond", rows, IFLA_BOND_MAX);

static const struct kind_word more_words[] = {
	{"clear_active_slave", BOND_ACTIVE_SLAVE, &value_set, 0},
	{"num_unsol_na", BOND_PEER_NOTIF, NULL, 0},
	{0},
};
const struct kind_word *const bond_words[] = {kind_row_words, more_words, NULL};

struct bond_port {
	uint64_t has;
	uint32_t link_failure_count, prio;
	uint16_t queue_id, ad_aggregator_id, ad_partner_oper_port_state;
	uint8_t state, mii_status, ad_actor_oper_port_state;
	struct lladdr perm_hwaddr;
};

static void perm_hwaddr_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct lladdr *l = kind_member(a, obj);
	struct out text;

	out_init(&text, -1);
	out_hexpairs(&text, l->b, l->len, ':');
	print_str(p, a->word, a->key, out_str(&text));
	out_free(&text);
}

static void prio_print(struct print *p, const struct attr *a, const void *obj)
{
	int32_t prio = (int32_t)value_member(a, obj);

	if (p->json)
		jw_s64(&p->j, a->key, prio);
	else
		out_printf(p->o, "%s %d ", a->word, prio);
}

/* Signed. */
static int prio_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		      void *obj, struct err *e)
{
	bool minus = *arg == '-';
	uint64_t v;

	(void)c;
	if (!value_read_number(arg + minus, INT32_MAX, &v))
		return err_set(e, -EINVAL, "\"%s\" is not a number", arg);
	value_set_member(a, obj, minus ? -v : v);
	((struct object *)obj)->has |= HAS(field);
	return 0;
}

static const struct value_choice value_port_state = {{value_choice_print, NULL, NULL},
						     port_state_names};
static const struct value_choice value_mii_status = {{value_choice_print, NULL, NULL},
						     mii_status_names};
static const struct value value_perm_hwaddr = {.print = perm_hwaddr_print};
static const struct value value_prio = {prio_print, prio_parse, "NUMBER"};

#define T    struct bond_port
#define S(t) IFLA_BOND_SLAVE_##t
static const struct attr port_rows[] = {
	{ATTR_ROW_U8(S(STATE), T, state), "state", "state", &value_port_state.value},
	{ATTR_ROW_U8(S(MII_STATUS), T, mii_status), "mii_status", "mii_status",
	 &value_mii_status.value},
	{ATTR_ROW_U32(S(LINK_FAILURE_COUNT), T, link_failure_count), "link_failure_count",
	 "link_failure_count", &value_shown},
	{ATTR_ROW_LLADDR(S(PERM_HWADDR), T, perm_hwaddr), "perm_hwaddr", "perm_hwaddr",
	 &value_perm_hwaddr},
	{ATTR_ROW_U16(S(QUEUE_ID), T, queue_id), "queue_id", "queue_id", &value_number},
	{ATTR_ROW_U32(S(PRIO), T, prio), "prio", "prio", &value_prio},
	{ATTR_ROW_U16(S(AD_AGGREGATOR_ID), T, ad_aggregator_id), "ad_aggregator_id",
	 "ad_aggregator_id", &value_shown},
	{ATTR_ROW_U8(S(AD_ACTOR_OPER_PORT_STATE), T, ad_actor_oper_port_state),
	 "ad_actor_oper_port_state", "ad_actor_oper_port_state", &value_shown},
	{ATTR_ROW_U16(S(AD_PARTNER_OPER_PORT_STATE), T, ad_partner_oper_port_state),
	 "ad_partner_oper_port_state", "ad_partner_oper_port_state", &value_shown},
};
#undef T
ATTR_SET_NESTED(bond_port_attrs, "bond_slave", port_rows, IFLA_BOND_SLAVE_MAX);

_Static_assert(sizeof(struct bond) <= KIND_DATA_MAX, "KIND_DATA_MAX");
