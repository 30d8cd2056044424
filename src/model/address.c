/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/address.h"

#include "model/value.h"

#include <errno.h>
#include <stdio.h>

#ifndef IFA_PROTO
#define IFA_PROTO 11 /* Linux 5.18 */
#endif

#define T struct address
static const struct attr rows[ADDRESS_FIELDS] = {
	[ADDRESS_LOCAL] = {ATTR_ROW_ADDR(IFA_LOCAL, T, local), NULL, "local", NULL},
	[ADDRESS_ADDRESS] = {ATTR_ROW_ADDR(IFA_ADDRESS, T, address), "peer", "address", NULL},
	[ADDRESS_METRIC] = {ATTR_ROW_U32(IFA_RT_PRIORITY, T, metric), "metric", "metric",
			    &value_number},
	[ADDRESS_BROADCAST] = {ATTR_ROW_ADDR(IFA_BROADCAST, T, broadcast), "brd", "broadcast",
			       &value_addr},
	[ADDRESS_ANYCAST] = {ATTR_ROW_ADDR(IFA_ANYCAST, T, anycast), "any", "anycast", &value_addr},
	[ADDRESS_FLAGS] = {ATTR_ROW_U32(IFA_FLAGS, T, flags), NULL, "flags", NULL},
	[ADDRESS_PROTO] = {ATTR_ROW_U8(IFA_PROTO, T, proto), "proto", "protocol", &value_number},
	[ADDRESS_LABEL] = {ATTR_ROW_STR(IFA_LABEL, T, label), "label", "label", &value_string},
	[ADDRESS_CACHEINFO] = {ATTR_ROW_FIXED(IFA_CACHEINFO, T, cacheinfo), NULL, "cacheinfo",
			       NULL},
	[ADDRESS_TARGET_NETNSID] = {ATTR_ROW_U32(IFA_TARGET_NETNSID, T, target_netnsid), NULL,
				    "target_netnsid", NULL},
};
#undef T
ATTR_SET(address_attrs, "address", struct address, h, rows, IFA_PROTO);

int address_decode(const struct nlmsghdr *h, struct address *a, struct err *e)
{
	int rc = attr_decode_msg(&address_attrs, h, a, e);

	if (rc < 0)
		return rc;
	uint8_t bits = ip_bits(a->h.ifa_family);
	if (!has(a, ADDRESS_LOCAL) && !has(a, ADDRESS_ADDRESS))
		return bits ? err_set(e, -EBADMSG, "damaged netlink message: no address") : 0;
	if (!has(a, ADDRESS_LOCAL))
		a->local = a->address;
	if (!has(a, ADDRESS_ADDRESS))
		a->address = a->local;
	if (!has(a, ADDRESS_FLAGS))
		a->flags = a->h.ifa_flags;
	a->has |= HAS(ADDRESS_LOCAL) | HAS(ADDRESS_ADDRESS) | HAS(ADDRESS_FLAGS);
	if (a->local.family != a->h.ifa_family || a->h.ifa_prefixlen > bits)
		return err_set(e, -EBADMSG, "damaged netlink message: prefix length of address");
	return 0;
}

int address_message(struct nl_msg *m, unsigned type, unsigned flags, const struct address *addr,
		    struct err *e)
{
	struct address a = *addr;

	a.h.ifa_flags = (uint8_t)a.flags;
	if (a.flags < 256)
		a.has &= ~HAS(ADDRESS_FLAGS);
	return nl_msg_object(m, type, flags, &address_attrs, &a, e);
}

static const struct {
	uint32_t bit;
	const char *name;
} flag_names[] = {
	{IFA_F_SECONDARY, "secondary"},	      {IFA_F_NODAD, "nodad"},
	{IFA_F_OPTIMISTIC, "optimistic"},     {IFA_F_DADFAILED, "dadfailed"},
	{IFA_F_HOMEADDRESS, "home"},	      {IFA_F_DEPRECATED, "deprecated"},
	{IFA_F_TENTATIVE, "tentative"},	      {IFA_F_PERMANENT, "permanent"},
	{IFA_F_MANAGETEMPADDR, "mngtmpaddr"}, {IFA_F_NOPREFIXROUTE, "noprefixroute"},
	{IFA_F_MCAUTOJOIN, "autojoin"},	      {IFA_F_STABLE_PRIVACY, "stable-privacy"},
};
#define FLAGS (sizeof(flag_names) / sizeof(*flag_names))

bool address_flag(unsigned i, const char **name, uint32_t *bit)
{
	if (i >= FLAGS)
		return false;
	*name = flag_names[i].name;
	*bit = flag_names[i].bit;
	return true;
}

static void print_flags(struct print *p, const struct address *a)
{
	uint32_t flags = a->flags;
	char rest[16];

	for (size_t i = 0; i < FLAGS; i++) {
		bool set = flags & flag_names[i].bit;
		const char *name = flag_names[i].name;
		flags &= ~flag_names[i].bit;
		if (flag_names[i].bit == IFA_F_PERMANENT) {
			/* What is worth saying is that it is not. */
			set = !set;
			name = "dynamic";
		}
		if (flag_names[i].bit == IFA_F_SECONDARY && a->h.ifa_family == AF_INET6)
			name = "temporary";
		if (set)
			print_true(p, name, name);
	}
	if (flags) {
		snprintf(rest, sizeof(rest), "%02x", flags);
		print_str(p, "flags", "ifa_flags", rest);
	}
}

static void print_lifetime(struct print *p, const char *word, const char *key, uint32_t v,
			   bool is_signed)
{
	if (p->json) {
		if (is_signed && v != UINT32_MAX)
			jw_s64(&p->j, key, (int32_t)v);
		else
			jw_u64(&p->j, key, v);
		return;
	}
	out_puts(p->o, word);
	if (v == UINT32_MAX) {
		out_puts(p->o, "forever");
		return;
	}
	if (is_signed)
		out_s64(p->o, (int32_t)v);
	else
		out_u64(p->o, v);
	out_puts(p->o, "sec");
}

static void print_tinted(struct print *p, const char *key, const struct ip_addr *a)
{
	print_tint(p, tint_of_family(a->family));
	print_host(p, key, a);
	print_plain(p);
}

static void print_local(struct print *p, const struct address *a)
{
	print_tinted(p, "local", &a->local);
	if (address_has_peer(a)) {
		print_text(p, " peer ");
		print_tinted(p, "address", &a->address);
	}
	print_text(p, "/");
	print_u64(p, "", "prefixlen", a->h.ifa_prefixlen);
	if (has(a, ADDRESS_METRIC))
		print_u64(p, "metric", "metric", a->metric);
}

static const char *proto_name(uint8_t proto, char buf[static 8])
{
	static const char *const names[] = {"unspecified", "kernel_lo", "kernel_ra", "kernel_ll"};

	if (proto < sizeof(names) / sizeof(*names))
		return names[proto];
	snprintf(buf, 8, "%u", proto);
	return buf;
}

static void print_start(struct print *p, const struct address *a, bool dev)
{
	if (dev && p->json) {
		jw_u64(&p->j, "index", a->h.ifa_index);
		print_dev(p, NULL, "dev", (int)a->h.ifa_index);
	} else if (dev) {
		out_u64(p->o, a->h.ifa_index);
		out_puts(p->o, ": ");
		out_puts(p->o, devices_name(p->devices, (int)a->h.ifa_index));
	}
	print_text(p, "    ");
	if (a->h.ifa_family == AF_INET || a->h.ifa_family == AF_INET6)
		print_str(p, "", "family", a->h.ifa_family == AF_INET ? "inet" : "inet6");
	else
		print_u64(p, "family", "family_index", a->h.ifa_family);
}

void address_print(struct print *p, const struct address *a, bool dev)
{
	char buf[8];

	if (!p->brief)
		print_start(p, a, dev);
	if (has(a, ADDRESS_LOCAL))
		print_local(p, a);
	if (p->brief)
		return;
	if (has(a, ADDRESS_BROADCAST))
		print_addr(p, "brd", "broadcast", &a->broadcast);
	if (has(a, ADDRESS_ANYCAST))
		print_addr(p, "any", "anycast", &a->anycast);
	print_name(p, "scope", "scope", NAMES_RT_SCOPES, a->h.ifa_scope);
	print_flags(p, a);
	if (has(a, ADDRESS_PROTO))
		print_str(p, "proto", "protocol", proto_name(a->proto, buf));
	if (has(a, ADDRESS_LABEL)) {
		print_text(p, a->label);
		if (p->json)
			jw_str(&p->j, "label", a->label);
	}
	if (has(a, ADDRESS_CACHEINFO)) {
		print_line(p);
		print_lifetime(p, "       valid_lft ", "valid_life_time", a->cacheinfo.ifa_valid,
			       false);
		print_lifetime(p, " preferred_lft ", "preferred_life_time",
			       a->cacheinfo.ifa_prefered, a->flags & IFA_F_DEPRECATED);
	}
	print_text(p, "\n");
}
