/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An interface as iproute2 shows it. Unlike other objects' its text is not one word and value after
 * the other, so that it is written out here, in the order of the text; the options of its kind
 * (bridge, vxlan, ...) are tables again (model/kind.c).
 */
#include "model/link_print.h"

#include "model/kind.h"

#include <linux/if_arp.h>
#include <stdio.h>
#include <string.h>

static const struct {
	uint16_t type;
	const char *name;
} type_names[] = {
	{ARPHRD_NETROM, "netrom"},
	{ARPHRD_ETHER, "ether"},
	{ARPHRD_EETHER, "eether"},
	{ARPHRD_AX25, "ax25"},
	{ARPHRD_PRONET, "pronet"},
	{ARPHRD_CHAOS, "chaos"},
	{ARPHRD_IEEE802, "ieee802"},
	{ARPHRD_ARCNET, "arcnet"},
	{ARPHRD_APPLETLK, "atalk"},
	{ARPHRD_DLCI, "dlci"},
	{ARPHRD_ATM, "atm"},
	{ARPHRD_METRICOM, "metricom"},
	{ARPHRD_IEEE1394, "ieee1394"},
	{ARPHRD_INFINIBAND, "infiniband"},
	{ARPHRD_SLIP, "slip"},
	{ARPHRD_CSLIP, "cslip"},
	{ARPHRD_SLIP6, "slip6"},
	{ARPHRD_CSLIP6, "cslip6"},
	{ARPHRD_RSRVD, "rsrvd"},
	{ARPHRD_ADAPT, "adapt"},
	{ARPHRD_ROSE, "rose"},
	{ARPHRD_X25, "x25"},
	{ARPHRD_HWX25, "hwx25"},
	{ARPHRD_CAN, "can"},
	{ARPHRD_PPP, "ppp"},
	{ARPHRD_HDLC, "hdlc"},
	{ARPHRD_LAPB, "lapb"},
	{ARPHRD_DDCMP, "ddcmp"},
	{ARPHRD_RAWHDLC, "rawhdlc"},
	{ARPHRD_TUNNEL, "ipip"},
	{ARPHRD_TUNNEL6, "tunnel6"},
	{ARPHRD_FRAD, "frad"},
	{ARPHRD_SKIP, "skip"},
	{ARPHRD_LOOPBACK, "loopback"},
	{ARPHRD_LOCALTLK, "ltalk"},
	{ARPHRD_FDDI, "fddi"},
	{ARPHRD_BIF, "bif"},
	{ARPHRD_SIT, "sit"},
	{ARPHRD_IPDDP, "ip/ddp"},
	{ARPHRD_IPGRE, "gre"},
	{ARPHRD_PIMREG, "pimreg"},
	{ARPHRD_HIPPI, "hippi"},
	{ARPHRD_ASH, "ash"},
	{ARPHRD_ECONET, "econet"},
	{ARPHRD_IRDA, "irda"},
	{ARPHRD_IEEE802_TR, "tr"},
	{ARPHRD_IEEE80211, "ieee802.11"},
	{ARPHRD_IEEE80211_PRISM, "ieee802.11/prism"},
	{ARPHRD_IEEE80211_RADIOTAP, "ieee802.11/radiotap"},
	{ARPHRD_IEEE802154, "ieee802.15.4"},
	{ARPHRD_IEEE802154_MONITOR, "ieee802.15.4/monitor"},
	{ARPHRD_PHONET, "phonet"},
	{ARPHRD_PHONET_PIPE, "phonet_pipe"},
	{ARPHRD_CAIF, "caif"},
	{ARPHRD_IP6GRE, "gre6"},
	{ARPHRD_NETLINK, "netlink"},
	{ARPHRD_6LOWPAN, "6lowpan"},
	{ARPHRD_NONE, "none"},
	{ARPHRD_VOID, "void"},
};

const char *link_type_name(unsigned arphrd, char *buf, size_t size)
{
	for (size_t i = 0; i < sizeof(type_names) / sizeof(*type_names); i++)
		if (type_names[i].type == arphrd)
			return type_names[i].name;
	snprintf(buf, size, "[%u]", arphrd);
	return buf;
}

void lladdr_print(struct out *o, const struct lladdr *a, unsigned arphrd)
{
	struct ip_addr ip = {0};

	if (a->len == 4 &&
	    (arphrd == ARPHRD_TUNNEL || arphrd == ARPHRD_SIT || arphrd == ARPHRD_IPGRE))
		ip.family = AF_INET;
	if (a->len == 16 && (arphrd == ARPHRD_TUNNEL6 || arphrd == ARPHRD_IP6GRE))
		ip.family = AF_INET6;
	if (!ip.family) {
		out_hexpairs(o, a->b, a->len, ':');
		return;
	}
	memcpy(ip.b, a->b, a->len);
	out_addr(o, &ip);
}

static void print_lladdr(struct print *p, const char *key, const struct lladdr *a, unsigned arphrd)
{
	if (p->json) {
		jw_raw(&p->j, key);
		out_putc(p->o, '"');
	}
	print_tint(p, TINT_LLADDR);
	lladdr_print(p->o, a, arphrd);
	if (p->json)
		out_putc(p->o, '"');
	else if (p->brief)
		out_putc(p->o, ' ');
	print_plain(p);
}

/* "name", or "name@lower"; brief text is filled up with blanks. True if the lower one is down. */
static bool print_name_and_lower(struct print *p, const struct link *l)
{
	const char *lower = NULL;
	char number[16];
	bool down = false;

	if (has(l, LINK_LINK) && !l->link) {
		lower = "NONE";
		if (p->json)
			jw_null(&p->j, "link");
	} else if (has(l, LINK_LINK) && has(l, LINK_NETNSID)) {
		snprintf(number, sizeof(number), "if%u", l->link);
		lower = number;
		if (p->json)
			jw_u64(&p->j, "link_index", l->link);
	} else if (has(l, LINK_LINK)) {
		lower = devices_name(p->devices, (int)l->link);
		down = !(devices_flags(p->devices, (int)l->link) & IFF_UP);
		if (p->json)
			jw_str(&p->j, "link", lower);
	}
	if (p->json) {
		jw_str(&p->j, "ifname", l->name);
		return down;
	}
	size_t before = strlen(l->name) + (lower ? 1 : 0);
	print_tint(p, TINT_NAME);
	out_puts(p->o, l->name);
	if (lower)
		out_putc(p->o, '@');
	out_padded(p->o, lower ? lower : "", p->brief && before < 16 ? 16 - before : 0);
	out_puts(p->o, p->brief ? " " : ": ");
	print_plain(p);
	return down;
}

static const struct {
	unsigned bit;
	const char *name;
} flag_names[] = {
	{IFF_LOOPBACK, "LOOPBACK"},
	{IFF_BROADCAST, "BROADCAST"},
	{IFF_POINTOPOINT, "POINTOPOINT"},
	{IFF_MULTICAST, "MULTICAST"},
	{IFF_NOARP, "NOARP"},
	{IFF_ALLMULTI, "ALLMULTI"},
	{IFF_PROMISC, "PROMISC"},
	{IFF_MASTER, "MASTER"},
	{IFF_SLAVE, "SLAVE"},
	{IFF_DEBUG, "DEBUG"},
	{IFF_DYNAMIC, "DYNAMIC"},
	{IFF_AUTOMEDIA, "AUTOMEDIA"},
	{IFF_PORTSEL, "PORTSEL"},
	{IFF_NOTRAILERS, "NOTRAILERS"},
	{IFF_UP, "UP"},
	{IFF_LOWER_UP, "LOWER_UP"},
	{IFF_DORMANT, "DORMANT"},
	{IFF_ECHO, "ECHO"},
};

static void print_flag_name(struct print *p, const char *name, bool *more)
{
	if (p->json) {
		jw_str(&p->j, NULL, name);
		return;
	}
	if (*more)
		out_putc(p->o, ',');
	out_puts(p->o, name);
	*more = true;
}

static void print_link_flags(struct print *p, unsigned flags, bool lower_down)
{
	bool more = false;
	char rest[16];

	if (p->json)
		jw_array(&p->j, "flags");
	else
		out_putc(p->o, '<');
	if (flags & IFF_UP && !(flags & IFF_RUNNING))
		print_flag_name(p, "NO-CARRIER", &more);
	flags &= ~(unsigned)IFF_RUNNING;
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(*flag_names); i++)
		if (flags & flag_names[i].bit) {
			print_flag_name(p, flag_names[i].name, &more);
			flags &= ~flag_names[i].bit;
		}
	if (flags) {
		snprintf(rest, sizeof(rest), "%x", flags);
		print_flag_name(p, rest, &more);
	}
	if (lower_down)
		print_flag_name(p, "M-DOWN", &more);
	if (p->json)
		jw_array_end(&p->j);
	else
		out_puts(p->o, "> ");
}

static void print_operstate(struct print *p, uint8_t state)
{
	static const char *const names[] = {"UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN",
					    "TESTING", "DORMANT",    "UP"};

	enum tint tint = state == IF_OPER_UP	 ? TINT_UP
			 : state == IF_OPER_DOWN ? TINT_DOWN
						 : TINT_NONE;
	if (state >= sizeof(names) / sizeof(*names)) {
		if (p->json)
			jw_u64(&p->j, "operstate_index", state);
		else
			out_printf(p->o, "state %#x", state);
	} else if (p->brief && !p->json) {
		print_tint(p, tint);
		out_padded(p->o, names[state], 14);
		out_putc(p->o, ' ');
		print_plain(p);
	} else {
		print_text(p, "state ");
		print_tint(p, tint);
		print_str(p, "", "operstate", names[state]);
		print_plain(p);
	}
}

static void print_linkmode(struct print *p, uint8_t mode)
{
	if (mode <= IF_LINK_MODE_DORMANT)
		print_str(p, "mode", "linkmode", mode ? "DORMANT" : "DEFAULT");
	else
		print_u64(p, "mode", "linkmode_index", mode);
}

static bool lladdr_eq(const struct lladdr *a, const struct lladdr *b)
{
	return a->len == b->len && !memcmp(a->b, b->b, a->len);
}

static void print_lladdrs(struct print *p, const struct link *l)
{
	unsigned type = l->h.ifi_type;
	char number[16];

	print_line(p);
	print_text(p, "    link/");
	if (p->numeric)
		snprintf(number, sizeof(number), "[%u]", type);
	print_str(p, "", "link_type",
		  p->numeric ? number : link_type_name(type, number, sizeof(number)));
	if (has(l, LINK_ADDRESS))
		print_lladdr(p, "address", &l->address, type);
	if (has(l, LINK_BROADCAST)) {
		bool peer = l->h.ifi_flags & IFF_POINTOPOINT;
		print_text(p, peer ? " peer " : " brd ");
		if (peer && p->json)
			jw_bool(&p->j, "link_pointtopoint", true);
		print_lladdr(p, "broadcast", &l->broadcast, type);
	}
	if (has(l, LINK_PERM_ADDRESS) &&
	    !(has(l, LINK_ADDRESS) && lladdr_eq(&l->perm_address, &l->address))) {
		print_text(p, " permaddr ");
		print_lladdr(p, "permaddr", &l->perm_address, type);
	}
}

static void print_netnsids(struct print *p, const struct link *l)
{
	if (has(l, LINK_NETNSID)) {
		int32_t id = (int32_t)l->link_netnsid;
		if (p->json)
			jw_s64(&p->j, "link_netnsid", id);
		else if (id < 0)
			out_puts(p->o, " link-netnsid unknown");
		else if (p->nsid_name && p->nsid_name(p->nsid_arg, id))
			out_printf(p->o, " link-netns %s", p->nsid_name(p->nsid_arg, id));
		else
			out_printf(p->o, " link-netnsid %d", id);
	}
	if (has(l, LINK_NEW_NETNSID)) {
		if (p->json)
			jw_s64(&p->j, "new_netnsid", (int32_t)l->new_netnsid);
		else
			out_printf(p->o, " new-netnsid %d", (int32_t)l->new_netnsid);
	}
}

static void print_reasons(struct print *p, struct nl_ref list)
{
	uint32_t reasons = 0;
	char number[16];

	attr_each (a, list) {
		struct nl_ref r = attr_payload(a);
		if (attr_type(a) == IFLA_PROTO_DOWN_REASON_VALUE && r.len >= sizeof(reasons))
			memcpy(&reasons, r.p, sizeof(reasons));
	}
	if (!reasons)
		return;
	if (p->json)
		jw_array(&p->j, "proto_down_reason");
	print_text(p, "protodown_reason <");
	for (uint32_t left = reasons; left; left &= left - 1) {
		snprintf(number, sizeof(number), "%d", __builtin_ctz(left));
		if (p->json)
			jw_str(&p->j, NULL, number);
		print_text(p, left == reasons ? "" : ",");
		print_text(p, number);
	}
	if (p->json)
		jw_array_end(&p->j);
	print_text(p, ">");
}

static void print_proto_down(struct print *p, const struct link *l)
{
	if (!has(l, LINK_PROTO_DOWN) || !l->proto_down)
		return;
	print_text(p, " ");
	print_true(p, "protodown on", "proto_down");
	if (has(l, LINK_PROTO_DOWN_REASON))
		print_reasons(p, l->proto_down_reason);
}

static void print_af_spec(struct print *p, struct nl_ref spec)
{
	static const char *const modes[] = {"eui64", "none", "stable_secret", "random"};

	attr_each (family, spec) {
		if (attr_type(family) != AF_INET6)
			continue;
		attr_each (a, attr_payload(family)) {
			struct nl_ref r = attr_payload(a);
			if (attr_type(a) != IFLA_INET6_ADDR_GEN_MODE || r.len < 1)
				continue;
			uint8_t mode = *(const uint8_t *)r.p;
			if (mode < sizeof(modes) / sizeof(*modes))
				print_str(p, "addrgenmode", "inet6_addr_gen_mode", modes[mode]);
		}
	}
}

static void print_id(struct print *p, const char *word, const char *key, struct nl_ref r)
{
	if (p->json) {
		jw_raw(&p->j, key);
		out_putc(p->o, '"');
	} else {
		out_puts(p->o, word);
		out_putc(p->o, ' ');
	}
	out_hexpairs(p->o, r.p, r.len, 0);
	out_putc(p->o, p->json ? '"' : ' ');
}

static void print_details(struct print *p, const struct link *l, const struct link_style *s)
{
	if (has(l, LINK_PROMISCUITY)) {
		print_text(p, " ");
		print_u64(p, "promiscuity", "promiscuity", l->promiscuity);
	}
	if (has(l, LINK_ALLMULTI)) {
		print_text(p, " ");
		print_u64(p, "allmulti", "allmulti", l->allmulti);
	}
	if (has(l, LINK_MIN_MTU))
		print_u64(p, "minmtu", "min_mtu", l->min_mtu);
	if (has(l, LINK_MAX_MTU))
		print_u64(p, "maxmtu", "max_mtu", l->max_mtu);
	kind_print(p, l);
	if (s->link && has(l, LINK_AF_SPEC))
		print_af_spec(p, l->af_spec);
	static const uint8_t numbers[] = {LINK_NUM_TX_QUEUES, LINK_NUM_RX_QUEUES, LINK_GSO_MAX_SIZE,
					  LINK_GSO_MAX_SEGS,  LINK_TSO_MAX_SIZE,  LINK_TSO_MAX_SEGS,
					  LINK_GRO_MAX_SIZE,  LINK_PHYS_PORT_NAME};
	for (size_t i = 0; i < sizeof(numbers); i++) {
		const struct attr *a = &link_attrs.row[numbers[i]];
		if (has(l, numbers[i]))
			link_value_print(p, a, l);
	}
	if (has(l, LINK_PHYS_PORT_ID))
		print_id(p, "portid", "phys_port_id", l->phys_port_id);
	if (has(l, LINK_PHYS_SWITCH_ID))
		print_id(p, "switchid", "phys_switch_id", l->phys_switch_id);
	if (has(l, LINK_PARENT_DEV_BUS_NAME))
		print_str(p, "parentbus", "parentbus", l->parent_dev_bus_name);
	if (has(l, LINK_PARENT_DEV_NAME))
		print_str(p, "parentdev", "parentdev", l->parent_dev_name);
}

static void print_alias(struct print *p, const struct link *l)
{
	const char *text = l->alias.p;
	size_t n = l->alias.len;

	if (n && !text[n - 1])
		n--;
	if (p->json) {
		jw_strn(&p->j, "ifalias", text, n);
		return;
	}
	print_line(p);
	out_puts(p->o, "    alias ");
	out_mem(p->o, text, n);
}

static void print_altnames(struct print *p, struct nl_ref list)
{
	if (p->json)
		jw_array(&p->j, "altnames");
	attr_each (a, list) {
		struct nl_ref r = attr_payload(a);
		if (attr_type(a) != IFLA_ALT_IFNAME || !r.len || ((const char *)r.p)[r.len - 1])
			continue;
		if (p->json) {
			jw_str(&p->j, NULL, r.p);
		} else {
			print_line(p);
			out_puts(p->o, "    altname ");
			out_puts(p->o, r.p);
		}
	}
	if (p->json)
		jw_array_end(&p->j);
}

static void print_brief(struct print *p, const struct link *l, const struct link_style *s)
{
	bool down = print_name_and_lower(p, l);

	if (has(l, LINK_OPERSTATE))
		print_operstate(p, l->operstate);
	if (s->addresses)
		return;
	if (has(l, LINK_ADDRESS)) {
		print_lladdr(p, "address", &l->address, l->h.ifi_type);
	}
	print_link_flags(p, l->h.ifi_flags, down);
	print_text(p, "\n");
}

static void print_first_line(struct print *p, const struct link *l, const struct link_style *s)
{
	if (p->json) {
		jw_s64(&p->j, "ifindex", l->h.ifi_index);
	} else {
		out_s64(p->o, l->h.ifi_index);
		out_puts(p->o, ": ");
	}
	bool down = print_name_and_lower(p, l);
	print_link_flags(p, l->h.ifi_flags, down);
	if (has(l, LINK_MTU))
		print_u64(p, "mtu", "mtu", l->mtu);
	if (has(l, LINK_QDISC))
		print_str(p, "qdisc", "qdisc", l->qdisc);
	if (has(l, LINK_MASTER))
		print_dev(p, "master", "master", (int)l->master);
	if (has(l, LINK_OPERSTATE))
		print_operstate(p, l->operstate);
	if (s->link && has(l, LINK_MODE))
		print_linkmode(p, l->linkmode);
	if (has(l, LINK_GROUP))
		print_name(p, "group", "group", NAMES_GROUP, l->group);
	if (!s->no_qlen && has(l, LINK_TXQLEN) && l->txqlen) {
		print_text(p, "qlen ");
		if (p->json)
			jw_u64(&p->j, "txqlen", l->txqlen);
		else
			out_u64(p->o, l->txqlen);
	}
}

void link_print(struct print *p, const struct link *l, const struct link_style *s)
{
	if (p->brief) {
		print_brief(p, l, s);
		return;
	}
	print_first_line(p, l, s);
	if (!s->no_lladdr || p->details)
		print_lladdrs(p, l);
	print_netnsids(p, l);
	print_proto_down(p, l);
	if (p->details)
		print_details(p, l, s);
	if ((s->link || p->details) && has(l, LINK_ALIAS))
		print_alias(p, l);
	if (s->link && p->stats) {
		print_line(p);
		link_stats_print(p, l);
	}
	if (has(l, LINK_PROP_LIST))
		print_altnames(p, l->prop_list);
	print_text(p, "\n");
}
