/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/rule.h"

#include "model/route.h"
#include "model/value.h"
#include "netlink/uapi.h"

#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static void priority_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;

	if (p->json) {
		jw_u64(&p->j, a->key, r->priority);
	} else {
		out_u64(p->o, r->priority);
		out_puts(p->o, ":\t");
	}
}

static void selector_print(struct print *p, const struct ip_addr *ip, uint8_t len, const char *word,
			   const char *key, const char *len_key)
{
	if (p->json) {
		print_host(p, key, ip);
		if (len != ip_bits(ip->family))
			jw_u64(&p->j, len_key, len);
		return;
	}
	out_puts(p->o, word);
	print_tint(p, tint_of_family(ip->family));
	print_host(p, NULL, ip);
	print_plain(p);
	if (len != ip_bits(ip->family)) {
		out_putc(p->o, '/');
		out_u64(p->o, len);
	}
	out_putc(p->o, ' ');
}

static void src_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;

	if (r->h.src_len)
		selector_print(p, &r->src, r->h.src_len, "from ", a->key, "srclen");
	else
		print_str(p, a->word, a->key, "all");
}

static void dst_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;

	if (r->h.dst_len)
		selector_print(p, &r->dst, r->h.dst_len, "to ", a->key, "dstlen");
}

static void mark_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;
	bool mask = has(r, RULE_FWMASK) && r->fwmask != UINT32_MAX;

	if (!r->fwmark && !(has(r, RULE_FWMASK) && r->fwmask))
		return;
	if (p->json) {
		print_hex(p, a->word, a->key, r->fwmark);
		if (mask)
			print_hex(p, NULL, "fwmask", r->fwmask);
		return;
	}
	out_puts(p->o, "fwmark ");
	out_hex(p->o, r->fwmark);
	if (mask) {
		out_putc(p->o, '/');
		out_hex(p->o, r->fwmask);
	}
	out_putc(p->o, ' ');
}

static void name_print(struct print *p, const struct attr *a, const char *name)
{
	if (!p->color || p->json) {
		print_str(p, a->word, a->key, name);
		return;
	}
	print_flag(p, a->word, NULL);
	print_tint(p, TINT_NAME);
	out_puts(p->o, name);
	print_plain(p);
	out_putc(p->o, ' ');
}

static void iif_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;

	name_print(p, a, r->iif);
	if (r->h.flags & FIB_RULE_IIF_DETACHED)
		print_flag(p, "[detached]", "iif_detached");
}

static void oif_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;

	name_print(p, a, r->oif);
	if (r->h.flags & FIB_RULE_OIF_DETACHED)
		print_flag(p, "[detached]", "oif_detached");
}

static void l3mdev_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;

	(void)a;
	if (r->l3mdev) {
		print_text(p, "lookup [l3mdev-table] ");
		if (p->json)
			jw_null(&p->j, "l3mdev");
	}
}

static void uidrange_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;

	if (p->json) {
		jw_u64(&p->j, "uid_start", r->uid.start);
		jw_u64(&p->j, "uid_end", r->uid.end);
	} else {
		out_printf(p->o, "%s %u-%u ", a->word, r->uid.start, r->uid.end);
	}
}

static void ipproto_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;
	static const char *const known[] = {
		[IPPROTO_ICMP] = "icmp",	[IPPROTO_TCP] = "tcp",	 [IPPROTO_UDP] = "udp",
		[IPPROTO_ICMPV6] = "ipv6-icmp", [IPPROTO_SCTP] = "sctp", [IPPROTO_GRE] = "gre"};
	char buf[24];

	if (r->ipproto < sizeof(known) / sizeof(*known) && known[r->ipproto] && !p->numeric) {
		print_str(p, a->word, a->key, known[r->ipproto]);
		return;
	}
	snprintf(buf, sizeof(buf), "ipproto-%u", r->ipproto);
	print_str(p, a->word, a->key, buf);
}

static void ports_print(struct print *p, const struct fib_rule_port_range *r, const char *word,
			uint16_t mask)
{
	char key[16];

	if (r->start == r->end && mask == UINT16_MAX) {
		print_u64(p, word, word, r->start);
	} else if (p->json) {
		snprintf(key, sizeof(key), "%s_start", word);
		jw_u64(&p->j, key, r->start);
		snprintf(key, sizeof(key), "%s_end", word);
		jw_u64(&p->j, key, r->end);
	} else if (r->start != r->end) {
		out_printf(p->o, "%s %u-%u ", word, r->start, r->end);
	} else {
		out_printf(p->o, "%s %u/%#x ", word, r->start, mask);
	}
}

static void sport_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;

	ports_print(p, &r->sport, a->word, has(r, RULE_SPORT_MASK) ? r->sport_mask : UINT16_MAX);
}

static void dport_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;

	ports_print(p, &r->dport, a->word, has(r, RULE_DPORT_MASK) ? r->dport_mask : UINT16_MAX);
}

/* A field of some bits, hexadecimal with its mask unless that is all of them. */
static void masked_print(struct print *p, const struct attr *a, uint32_t v, uint32_t mask)
{
	char key[24];

	if (p->json) {
		print_hex(p, NULL, a->key, v);
		snprintf(key, sizeof(key), "%s_mask", a->key);
		print_hex(p, NULL, key, mask);
	} else {
		out_printf(p->o, "%s %#x/%#x ", a->word, v, mask);
	}
}

static void dscp_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;

	if (has(r, RULE_DSCP_MASK) && r->dscp_mask != RULE_DSCP_ALL)
		masked_print(p, a, r->dscp, r->dscp_mask);
	else
		print_u64(p, a->word, a->key, r->dscp);
}

static void flowlabel_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;

	if (has(r, RULE_FLOWLABEL_MASK) && r->flowlabel_mask != RULE_FLOWLABEL_ALL)
		masked_print(p, a, r->flowlabel, r->flowlabel_mask);
	else
		print_hex(p, a->word, a->key, r->flowlabel);
}

static void table_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;

	if (r->table && !(has(r, RULE_L3MDEV) && r->l3mdev))
		value_table.print(p, a, obj);
}

static void suppress_print(struct print *p, const struct attr *a, const void *obj)
{
	if ((int32_t)value_member(a, obj) != -1)
		value_number.print(p, a, obj);
}

/* "None" is not a length that can be given. */
static int suppress_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			  void *obj, struct err *e)
{
	uint64_t v;

	if (!value_read_number(arg, INT32_MAX, &v))
		return err_set(e, -EINVAL, "\"%s\" is not a prefix length", arg);
	return value_number_parse(c, arg, a, field, obj, e);
}

static void suppress_group_print(struct print *p, const struct attr *a, const void *obj)
{
	if ((int32_t)value_member(a, obj) != -1)
		value_group.print(p, a, obj);
}

static void realms_print(struct print *p, const struct attr *a, const void *obj)
{
	uint32_t from = ((const struct rule *)obj)->flow >> 16;
	uint32_t to = ((const struct rule *)obj)->flow & 0xffff;
	struct names *n = p->numeric ? NULL : p->names;
	char buf[16];

	print_flag(p, a->word, NULL);
	if (from) {
		const char *name = names_str(n, NAMES_RT_REALMS, from, buf, sizeof(buf));
		if (p->json)
			jw_str(&p->j, "flow_from", name);
		print_text(p, name);
		print_text(p, "/");
	}
	print_str(p, "", a->key, names_str(n, NAMES_RT_REALMS, to, buf, sizeof(buf)));
}

static void tun_id_print(struct print *p, const struct attr *a, const void *obj)
{
	print_u64(p, a->word, a->key, be64toh(((const struct rule *)obj)->tun_id));
}

static void goto_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;

	print_u64(p, a->word, a->key, r->goto_target);
	if (r->h.flags & FIB_RULE_UNRESOLVED)
		print_flag(p, "[unresolved]", "unresolved");
}

/* The numbers are those of a route's types, which one may as well ask for. */
static void action_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;
	const char *name = p->numeric ? NULL : route_type_name(r->h.action);
	char buf[8];

	(void)a;
	if (r->h.action == FR_ACT_NOP) {
		print_flag(p, "nop", "nop");
		return;
	}
	snprintf(buf, sizeof(buf), "%u", r->h.action);
	print_str(p, "", "action", name ? name : buf);
}

static void not_print(struct print *p, const struct attr *a, const void *obj)
{
	(void)obj;
	print_flag(p, a->word, a->key);
}

static void protocol_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct rule *r = obj;

	if ((r->protocol && r->protocol != RTPROT_KERNEL) || p->details)
		value_proto.print(p, a, obj);
}

static const struct value value_priority = {priority_print, value_number_parse, "NUMBER"};
static const struct value value_not = {.print = not_print};
static const struct value value_src = {.print = src_print};
static const struct value value_dst = {.print = dst_print};
static const struct value value_mark = {.print = mark_print};
static const struct value value_iif = {iif_print, value_devname_parse, "DEVICE"};
static const struct value value_oif = {oif_print, value_devname_parse, "DEVICE"};
static const struct value value_l3mdev = {.print = l3mdev_print};
static const struct value value_uidrange = {.print = uidrange_print};
static const struct value value_ipproto = {.print = ipproto_print};
static const struct value value_sport = {.print = sport_print};
static const struct value value_dport = {.print = dport_print};
static const struct value value_rule_table = {table_print, value_table_parse, "TABLE"};
static const struct value value_suppress = {suppress_print, suppress_parse, "LENGTH"};
static const struct value value_suppress_group = {suppress_group_print, value_group_parse, "GROUP"};
static const struct value value_realms = {realms_print, value_realms_parse, "[FROM/]TO"};
static const struct value value_tun_id = {.print = tun_id_print};
static const struct value value_goto = {.print = goto_print};
static const struct value value_action = {.print = action_print};
static const struct value value_protocol = {protocol_print, value_proto_parse, "PROTO"};

static const struct value value_dscp = {.print = dscp_print};
static const struct value value_flowlabel = {.print = flowlabel_print};

#define T struct rule
static const struct attr rows[RULE_FIELDS] = {
	[RULE_PRIORITY] = {ATTR_ROW_U32(FRA_PRIORITY, T, priority), NULL, "priority",
			   &value_priority},
	[RULE_NOT] = {.word = "not", .key = "not", .value = &value_not},
	[RULE_SRC] = {ATTR_ROW_ADDR(FRA_SRC, T, src), "from", "src", &value_src},
	[RULE_DST] = {ATTR_ROW_ADDR(FRA_DST, T, dst), "to", "dst", &value_dst},
	[RULE_TOS] = {.off = offsetof(T, h.tos),
		      .size = 1,
		      .word = "tos",
		      .key = "tos",
		      .value = &value_dsfield},
	[RULE_DSCP] = {ATTR_ROW_U8(FRA_DSCP, T, dscp), "dscp", "dscp", &value_dscp},
	[RULE_DSCP_MASK] = {ATTR_ROW_U8(FRA_DSCP_MASK, T, dscp_mask), NULL, NULL, NULL},
	[RULE_FWMARK] = {ATTR_ROW_U32(FRA_FWMARK, T, fwmark), "fwmark", "fwmark", &value_mark},
	[RULE_FWMASK] = {ATTR_ROW_U32(FRA_FWMASK, T, fwmask), NULL, "fwmask", NULL},
	[RULE_IIF] = {ATTR_ROW_STR(FRA_IIFNAME, T, iif), "iif", "iif", &value_iif},
	[RULE_OIF] = {ATTR_ROW_STR(FRA_OIFNAME, T, oif), "oif", "oif", &value_oif},
	[RULE_L3MDEV] = {ATTR_ROW_U8(FRA_L3MDEV, T, l3mdev), "l3mdev", "l3mdev", &value_l3mdev},
	[RULE_UIDRANGE] = {ATTR_ROW_FIXED(FRA_UID_RANGE, T, uid), "uidrange", "uidrange",
			   &value_uidrange},
	[RULE_IPPROTO] = {ATTR_ROW_U8(FRA_IP_PROTO, T, ipproto), "ipproto", "ipproto",
			  &value_ipproto},
	[RULE_SPORT] = {ATTR_ROW_FIXED(FRA_SPORT_RANGE, T, sport), "sport", "sport", &value_sport},
	[RULE_DPORT] = {ATTR_ROW_FIXED(FRA_DPORT_RANGE, T, dport), "dport", "dport", &value_dport},
	[RULE_SPORT_MASK] = {ATTR_ROW_U16(FRA_SPORT_MASK, T, sport_mask), NULL, NULL, NULL},
	[RULE_DPORT_MASK] = {ATTR_ROW_U16(FRA_DPORT_MASK, T, dport_mask), NULL, NULL, NULL},
	[RULE_TUN_ID] = {ATTR_ROW_U64(FRA_TUN_ID, T, tun_id), "tun_id", "tun_id", &value_tun_id},
	[RULE_FLOWLABEL] = {ATTR_ROW_BE32(FRA_FLOWLABEL, T, flowlabel), "flowlabel", "flowlabel",
			    &value_flowlabel},
	[RULE_FLOWLABEL_MASK] = {ATTR_ROW_BE32(FRA_FLOWLABEL_MASK, T, flowlabel_mask), NULL, NULL,
				 NULL},
	[RULE_TABLE] = {ATTR_ROW_U32(FRA_TABLE, T, table), "lookup", "table", &value_rule_table},
	[RULE_SUPPRESS_PREFIXLEN] = {ATTR_ROW_U32(FRA_SUPPRESS_PREFIXLEN, T, suppress_prefixlen),
				     "suppress_prefixlength", "suppress_prefixlen",
				     &value_suppress},
	[RULE_SUPPRESS_IFGROUP] = {ATTR_ROW_U32(FRA_SUPPRESS_IFGROUP, T, suppress_ifgroup),
				   "suppress_ifgroup", "suppress_ifgroup", &value_suppress_group},
	[RULE_FLOW] = {ATTR_ROW_U32(FRA_FLOW, T, flow), "realms", "flow_to", &value_realms},
	[RULE_GOTO] = {ATTR_ROW_U32(FRA_GOTO, T, goto_target), "goto", "goto", &value_goto},
	[RULE_ACTION] = {.word = "", .key = "action", .value = &value_action},
	[RULE_PROTOCOL] = {ATTR_ROW_U8(FRA_PROTOCOL, T, protocol), "proto", "protocol",
			   &value_protocol},
};
#undef T
ATTR_SET(rule_attrs, "rule", struct rule, h, rows, FRA_DSCP_MASK);

int rule_decode(const struct nlmsghdr *h, struct rule *r, struct err *e)
{
	int rc = attr_decode_msg(&rule_attrs, h, r, e);

	if (rc < 0)
		return rc;
	if (!has(r, RULE_PRIORITY))
		r->priority = 0;
	if (!has(r, RULE_TABLE))
		r->table = r->h.table;
	if (!has(r, RULE_SRC))
		r->src = (struct ip_addr){.family = r->h.family};
	if (!has(r, RULE_DST))
		r->dst = (struct ip_addr){.family = r->h.family};
	if (!has(r, RULE_FWMARK) && has(r, RULE_FWMASK)) {
		r->fwmark = 0; /* a mark of 0 is not sent, its mask is */
		set_has(r, RULE_FWMARK);
	}
	if (r->h.src_len > ip_bits(r->src.family) || r->h.dst_len > ip_bits(r->dst.family))
		return err_set(e, -EBADMSG, "damaged netlink message: prefix length of rule");
	r->has |= HAS(RULE_PRIORITY) | HAS(RULE_SRC);
	if (r->table)
		r->has |= HAS(RULE_TABLE);
	if (r->h.tos)
		r->has |= HAS(RULE_TOS);
	if (r->h.flags & FIB_RULE_INVERT)
		r->has |= HAS(RULE_NOT);
	if (r->h.action != FR_ACT_TO_TBL && r->h.action != FR_ACT_GOTO)
		r->has |= HAS(RULE_ACTION);
	return 0;
}

int rule_message(struct nl_msg *m, unsigned type, unsigned flags, const struct rule *rule,
		 struct err *e)
{
	struct rule r = *rule;

	if (!r.h.src_len)
		r.has &= ~HAS(RULE_SRC);
	if (!r.h.dst_len)
		r.has &= ~HAS(RULE_DST);
	if (has(&r, RULE_TABLE) && r.table < 256) {
		r.h.table = (uint8_t)r.table;
		r.has &= ~HAS(RULE_TABLE);
	}
	if (has(&r, RULE_SUPPRESS_PREFIXLEN) && r.suppress_prefixlen == UINT32_MAX)
		r.has &= ~HAS(RULE_SUPPRESS_PREFIXLEN);
	if (has(&r, RULE_SUPPRESS_IFGROUP) && r.suppress_ifgroup == UINT32_MAX)
		r.has &= ~HAS(RULE_SUPPRESS_IFGROUP);
	r.h.flags &= (uint32_t)FIB_RULE_INVERT;
	return nl_msg_object(m, type, flags, &rule_attrs, &r, e);
}

/* The message without what only the kernel says, for comparison. */
static int canonical(struct nl_msg *m, const struct rule *rule)
{
	struct rule r = *rule;

	if (!has(&r, RULE_FWMASK) && has(&r, RULE_FWMARK)) {
		r.fwmask = UINT32_MAX;
		set_has(&r, RULE_FWMASK);
	}
	if (!r.fwmark && has(&r, RULE_FWMARK) && !r.fwmask)
		r.has &= ~(HAS(RULE_FWMARK) | HAS(RULE_FWMASK));
	if (r.sport_mask == UINT16_MAX)
		r.has &= ~HAS(RULE_SPORT_MASK);
	if (r.dport_mask == UINT16_MAX)
		r.has &= ~HAS(RULE_DPORT_MASK);
	if (r.dscp_mask == RULE_DSCP_ALL)
		r.has &= ~HAS(RULE_DSCP_MASK);
	if (r.h.action == FR_ACT_UNSPEC)
		r.h.action = FR_ACT_TO_TBL;
	/* Of a table that the header has no room for, the kernel says RT_TABLE_COMPAT there. */
	r.h.table = RT_TABLE_UNSPEC;
	if (!has(&r, RULE_PROTOCOL)) {
		r.protocol = 0;
		set_has(&r, RULE_PROTOCOL);
	}
	set_has(&r, RULE_PRIORITY);
	return rule_message(m, RTM_NEWRULE, 0, &r, NULL);
}

bool rule_eq(const struct rule *a, const struct rule *b)
{
	struct nl_msg ma, mb;

	return !canonical(&ma, a) && !canonical(&mb, b) && ma.h.nlmsg_len == mb.h.nlmsg_len &&
	       !memcmp(ma.buf, mb.buf, ma.h.nlmsg_len);
}

void rule_print(struct print *p, const struct rule *r)
{
	if (p->json)
		jw_object(&p->j, NULL);
	print_object(p, &rule_attrs, r);
	if (p->json)
		jw_object_end(&p->j);
	else if (p->o->len && p->o->buf[p->o->len - 1] == ' ')
		p->o->len--; /* unlike a route's, a rule's line has no blank at its end */
}

void rule_set_src(struct rule *r, struct ip_prefix p)
{
	r->src = p.addr;
	r->h.src_len = p.len;
	set_has(r, RULE_SRC);
}

void rule_set_dst(struct rule *r, struct ip_prefix p)
{
	r->dst = p.addr;
	r->h.dst_len = p.len;
	set_has(r, RULE_DST);
}
