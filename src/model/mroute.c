/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/mroute.h"

#include "model/value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define T struct mroute
static const struct attr rows[MROUTE_FIELDS] = {
	[MROUTE_SRC] = {ATTR_ROW_ADDR(RTA_SRC, T, src), "from", "src", NULL},
	[MROUTE_DST] = {ATTR_ROW_ADDR(RTA_DST, T, dst), "to", "dst", NULL},
	[MROUTE_IIF] = {ATTR_ROW_U32(RTA_IIF, T, iif), "iif", "iif", &value_dev},
	[MROUTE_MULTIPATH] = {ATTR_ROW_NESTED(RTA_MULTIPATH, T, multipath), NULL, "multipath",
			      NULL},
	[MROUTE_STATS] = {ATTR_ROW_FIXED(RTA_MFC_STATS, T, stats), NULL, "stats", NULL},
	[MROUTE_EXPIRES] = {ATTR_ROW_U64(RTA_EXPIRES, T, expires), NULL, "expires", NULL},
	[MROUTE_TABLE] = {ATTR_ROW_U32(RTA_TABLE, T, table), "table", "table", &value_table},
};
#undef T
ATTR_SET(mroute_attrs, "mroute", struct mroute, h, rows, RTA_MAX);

int mroute_decode(const struct nlmsghdr *h, struct mroute *m, struct err *e)
{
	int rc = attr_decode_msg(&mroute_attrs, h, m, e);

	if (rc < 0)
		return rc;
	if (m->h.rtm_type != RTN_MULTICAST)
		return err_set(e, -EPROTO, "the kernel does not route multicast of this family");
	if (!has(m, MROUTE_TABLE))
		m->table = m->h.rtm_table;
	if (!has(m, MROUTE_IIF))
		m->iif = 0;
	return 0;
}

static const char *address(const struct mroute *m, unsigned field, const struct ip_addr *a,
			   char buf[static IP_ADDR_STRLEN])
{
	return has(m, field) ? ip_addr_str(a, buf) : "unknown";
}

static void ends_print(struct print *p, const struct mroute *m)
{
	char src[IP_ADDR_STRLEN], dst[IP_ADDR_STRLEN], both[2 * IP_ADDR_STRLEN + 4];
	const char *s = address(m, MROUTE_SRC, &m->src, src);
	const char *d = address(m, MROUTE_DST, &m->dst, dst);

	if (p->json) {
		jw_str(&p->j, "src", s);
		jw_str(&p->j, "dst", d);
		return;
	}
	snprintf(both, sizeof(both), "(%s,%s)", s, d);
	out_printf(p->o, "%-32s Iif: ", both);
}

static void iif_print(struct print *p, const struct mroute *m)
{
	const char *name = m->iif ? devices_name(p->devices, (int)m->iif) : "unresolved";

	if (p->json)
		jw_str(&p->j, "iif", name);
	else
		out_printf(p->o, m->iif ? "%-10s " : "%s ", name);
}

static void oifs_print(struct print *p, struct nl_ref r)
{
	const char *before = "Oifs: ";
	struct rtnexthop nh;

	if (p->json)
		jw_array(&p->j, "multipath");
	for (size_t at = 0; at + sizeof(nh) <= r.len; at += ATTR_ALIGN(nh.rtnh_len)) {
		memcpy(&nh, (const char *)r.p + at, sizeof(nh));
		if (nh.rtnh_len < sizeof(nh) || nh.rtnh_len > r.len - at)
			break;
		const char *name = devices_name(p->devices, nh.rtnh_ifindex);
		if (p->json) {
			jw_object(&p->j, NULL);
			jw_str(&p->j, "oif", name);
			if (nh.rtnh_hops > 1)
				jw_u64(&p->j, "ttl", nh.rtnh_hops);
			jw_object_end(&p->j);
			continue;
		}
		out_puts(p->o, before);
		before = "";
		out_puts(p->o, name);
		if (nh.rtnh_hops > 1)
			out_printf(p->o, "(ttl %u) ", nh.rtnh_hops);
		else
			out_putc(p->o, ' ');
	}
	if (p->json)
		jw_array_end(&p->j);
}

static void stats_print(struct print *p, const struct mroute *m)
{
	const struct rta_mfc_stats *s = &m->stats;
	const double age = (double)m->expires / 100;

	if (has(m, MROUTE_STATS) && p->json) {
		jw_u64(&p->j, "packets", s->mfcs_packets);
		jw_u64(&p->j, "bytes", s->mfcs_bytes);
		if (s->mfcs_wrong_if)
			jw_u64(&p->j, "wrong_if", s->mfcs_wrong_if);
	} else if (has(m, MROUTE_STATS)) {
		print_line(p);
		out_printf(p->o, "  %llu packets, %llu bytes", (unsigned long long)s->mfcs_packets,
			   (unsigned long long)s->mfcs_bytes);
		if (s->mfcs_wrong_if)
			out_printf(p->o, ", %llu arrived on wrong iif.",
				   (unsigned long long)s->mfcs_wrong_if);
	}
	if (has(m, MROUTE_EXPIRES) && p->json)
		jw_double(&p->j, "expires", age);
	else if (has(m, MROUTE_EXPIRES))
		out_printf(p->o, ", Age %.2f", age);
}

void mroute_print(struct print *p, const struct mroute *m, bool with_table)
{
	const char *state = m->h.rtm_flags & RTNH_F_UNRESOLVED ? "unresolved" : "resolved";
	char buf[16];

	ends_print(p, m);
	iif_print(p, m);
	if (has(m, MROUTE_MULTIPATH))
		oifs_print(p, m->multipath);
	if (p->json)
		jw_str(&p->j, "state", state);
	else
		out_printf(p->o, " State: %s", state);
	if (m->h.rtm_flags & RTNH_F_OFFLOAD)
		print_flag(p, ", offload", "offload");
	if (p->stats)
		stats_print(p, m);
	if (with_table && m->table && (m->table != RT_TABLE_MAIN || p->details)) {
		const char *name = names_str(p->numeric ? NULL : p->names, NAMES_RT_TABLES,
					     m->table, buf, sizeof(buf));
		if (p->json)
			jw_str(&p->j, "table", name);
		else
			out_printf(p->o, " Table: %s", name);
	}
	print_text(p, "\n");
}
