/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How what a tunnel has is written and read. Much of it is bits: of GRE in one direction or both,
 * of IPv6 tunnels ("inherit"), of what is wrapped around.
 */
#include "model/kind_tunnel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_tunnel.h>
#include <linux/ip6_tunnel.h>
#include <linux/ipv6.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define TCLASS	  0x0ff00000u
#define FLOWLABEL 0x000fffffu

static void flag_print(struct print *p, const struct attr *a, const void *obj)
{
	(void)obj;
	print_true(p, a->word, a->key);
}

static int flag_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		      void *obj, struct err *e)
{
	(void)c;
	(void)arg;
	(void)a;
	(void)e;
	set_has((struct tunnel *)obj, field);
	return 0;
}

/* Sets or clears a flag of IPv6 tunnels, as beside a value or in place of it. */
static void ip6_flag(struct tunnel *t, uint32_t flag, bool on)
{
	if (!has(t, TUN_FLAGS))
		t->flags = 0;
	t->flags = on ? t->flags | flag : t->flags & ~flag;
	set_has(t, TUN_FLAGS);
}

static bool has_ip6_flag(const struct tunnel *t, uint32_t flag)
{
	return has(t, TUN_FLAGS) && t->flags & flag;
}

static void encap_limit_print(struct print *p, const struct attr *a, const void *obj)
{
	if (has_ip6_flag(obj, IP6_TNL_F_IGN_ENCAP_LIMIT))
		print_true(p, "encaplimit none", "ip6_tnl_f_ign_encap_limit");
	else
		value_number.print(p, a, obj);
}

static int encap_limit_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			     void *obj, struct err *e)
{
	bool none = !strcmp(arg, "none");

	ip6_flag(obj, IP6_TNL_F_IGN_ENCAP_LIMIT, none);
	return none ? 0 : value_number_parse(c, arg, a, field, obj, e);
}

static void flow_part(struct print *p, const struct tunnel *t, uint32_t flag, const char *word,
		      const char *inherit, const char *key, uint32_t v, int digits)
{
	char buf[16];

	snprintf(buf, sizeof(buf), "0x%0*x", digits, v);
	if (!has_ip6_flag(t, flag))
		print_str(p, word, word, buf);
	else
		print_true(p, inherit, key);
}

static void flowinfo_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct tunnel *t = obj;

	(void)a;
	flow_part(p, t, IP6_TNL_F_USE_ORIG_TCLASS, "tclass", "tclass inherit",
		  "ip6_tnl_f_use_orig_tclass", (t->flowinfo & TCLASS) >> 20, 2);
	flow_part(p, t, IP6_TNL_F_USE_ORIG_FLOWLABEL, "flowlabel", "flowlabel inherit",
		  "ip6_tnl_f_use_orig_flowlabel", t->flowinfo & FLOWLABEL, 5);
	if (has_ip6_flag(t, IP6_TNL_F_RCV_DSCP_COPY))
		print_true(p, "dscp inherit", "ip6_tnl_f_rcv_dscp_copy");
}

/* Hexadecimal, with 0x or without. */
static bool read_hex(const char *arg, uint64_t max, uint64_t *ret)
{
	char word[32];

	snprintf(word, sizeof(word), "%s%s", strncmp(arg, "0x", 2) != 0 ? "0x" : "", arg);
	return *arg && *arg != '-' && *arg != '+' && value_read_number(word, max, ret);
}

/* c->num: the part of it, TCLASS or FLOWLABEL. */
static int flowinfo_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			  void *obj, struct err *e)
{
	bool tclass = c->num == TCLASS, inherit = !strcmp(arg, "inherit");
	struct tunnel *t = obj;
	uint64_t v = 0;

	(void)a;
	if (!inherit && !read_hex(arg, tclass ? 0xff : FLOWLABEL, &v))
		return err_set(e, -EINVAL, "\"%s\" is not a hexadecimal number of %d bits", arg,
			       tclass ? 8 : 20);
	ip6_flag(t, tclass ? IP6_TNL_F_USE_ORIG_TCLASS : IP6_TNL_F_USE_ORIG_FLOWLABEL, inherit);
	t->flowinfo = (t->flowinfo & ~c->num) | (uint32_t)(tclass ? v << 20 : v);
	set_has(t, field);
	return 0;
}

static void ip6_flags_print(struct print *p, const struct attr *a, const void *obj)
{
	static const struct {
		uint32_t flag;
		const char *text, *key;
	} names[] = {
		{IP6_TNL_F_MIP6_DEV, "mip6", "ip6_tnl_f_mip6_dev"},
		{IP6_TNL_F_ALLOW_LOCAL_REMOTE, "allow-localremote", "ip6_tnl_f_allow_local_remote"},
	};

	(void)a;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (has_ip6_flag(obj, names[i].flag))
			print_true(p, names[i].text, names[i].key);
}

static int dscp_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		      void *obj, struct err *e)
{
	(void)c;
	(void)a;
	(void)field;
	if (strcmp(arg, "inherit") != 0)
		return err_set(e, -EINVAL, "\"%s\" is not \"inherit\"", arg);
	ip6_flag(obj, IP6_TNL_F_RCV_DSCP_COPY, true);
	return 0;
}

static void isatap_print(struct print *p, const struct attr *a, const void *obj)
{
	if (((const struct tunnel *)obj)->sit_flags & SIT_ISATAP)
		print_true(p, a->word, a->key);
}

/* The fields before this one, the last of them. */
static void sixrd_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct tunnel *t = obj;
	bool relay = has(t, TUN_6RD_RELAY) && !ip_addr_is_any(&t->relay_6rd);

	(void)a;
	if (!has(t, TUN_6RD_LEN) || !t->len_6rd || !has(t, TUN_6RD_PREFIX))
		return;
	if (p->json) {
		jw_addr(&p->j, "prefix", &t->prefix_6rd);
		jw_u64(&p->j, "prefixlen", t->len_6rd);
		if (relay) {
			jw_addr(&p->j, "relay_prefix", &t->relay_6rd);
			jw_u64(&p->j, "relay_prefixlen", t->relay_len_6rd);
		}
		return;
	}
	out_puts(p->o, "6rd-prefix ");
	out_addr(p->o, &t->prefix_6rd);
	out_printf(p->o, "/%u ", t->len_6rd);
	if (relay) {
		out_puts(p->o, "6rd-relay_prefix ");
		out_addr(p->o, &t->relay_6rd);
		out_printf(p->o, "/%u ", t->relay_len_6rd);
	}
}

static void set_6rd(struct tunnel *t)
{
	if (!has(t, TUN_6RD_PREFIX))
		t->prefix_6rd = (struct ip_addr){.family = AF_INET6};
	if (!has(t, TUN_6RD_RELAY))
		t->relay_6rd = (struct ip_addr){.family = AF_INET};
	if (!has(t, TUN_6RD_LEN))
		t->len_6rd = 0;
	if (!has(t, TUN_6RD_RELAY_LEN))
		t->relay_len_6rd = 0;
	t->has |= HAS(TUN_6RD_PREFIX) | HAS(TUN_6RD_RELAY) | HAS(TUN_6RD_LEN) |
		  HAS(TUN_6RD_RELAY_LEN);
}

static int sixrd_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	bool relay = field == TUN_6RD_RELAY;
	struct ip_prefix prefix;
	struct tunnel *t = obj;

	(void)c;
	(void)a;
	if (!ip_prefix_parse(arg, relay ? AF_INET : AF_INET6, &prefix))
		return err_set(e, -EINVAL, "\"%s\" is not an %s prefix", arg,
			       relay ? "IPv4" : "IPv6");
	set_6rd(t);
	*(relay ? &t->relay_6rd : &t->prefix_6rd) = prefix.addr;
	*(relay ? &t->relay_len_6rd : &t->len_6rd) = prefix.len;
	return 0;
}

/* To 6to4. */
static int sixrd_reset_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			     void *obj, struct err *e)
{
	struct tunnel *t = obj;

	(void)c;
	(void)arg;
	(void)a;
	(void)field;
	(void)e;
	t->has &= ~(HAS(TUN_6RD_PREFIX) | HAS(TUN_6RD_RELAY) | HAS(TUN_6RD_LEN) |
		    HAS(TUN_6RD_RELAY_LEN));
	set_6rd(t);
	t->prefix_6rd.b[0] = 0x20;
	t->prefix_6rd.b[1] = 0x02;
	t->len_6rd = 16;
	return 0;
}

enum { IN = 1, OUT = 2, BOTH = 3 };

/* A VTI has keys without flags; 0 is none. */
static void key_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct tunnel *t = obj;
	bool in = a->off == offsetof(struct tunnel, ikey);
	struct ip_addr ip = {.family = AF_INET};
	uint32_t key = htonl(in ? t->ikey : t->okey);

	if (has(t, TUN_IFLAGS) ? !((in ? t->iflags : t->oflags) & GRE_KEY) : !key)
		return;
	memcpy(ip.b, &key, sizeof(key));
	print_addr(p, a->word, a->key, &ip);
}

/* A key that is no more is 0. */
static void gre_flag(struct tunnel *t, uint32_t ways, uint16_t flag, bool on)
{
	bool no_key = !on && flag & GRE_KEY;

	if (ways & IN)
		t->iflags = (uint16_t)(on ? t->iflags | flag : t->iflags & ~flag);
	if (ways & OUT)
		t->oflags = (uint16_t)(on ? t->oflags | flag : t->oflags & ~flag);
	if (no_key && ways & IN)
		t->ikey = 0;
	if (no_key && ways & OUT)
		t->okey = 0;
}

/* As a number or written as an IPv4 address; c->num: of which way. */
static int key_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		     void *obj, struct err *e)
{
	struct tunnel *t = obj;
	struct ip_addr ip;
	uint32_t key;
	uint64_t v;

	(void)a;
	(void)field;
	if (strchr(arg, '.')) {
		if (!ip_addr_parse(arg, AF_INET, &ip))
			return err_set(e, -EAFNOSUPPORT, "\"%s\" is not an IPv4 address", arg);
		memcpy(&key, ip.b, sizeof(key));
		key = ntohl(key);
	} else if (value_read_number(arg, UINT32_MAX, &v)) {
		key = (uint32_t)v;
	} else {
		return err_set(e, -EINVAL, "\"%s\" is not a key, a number of 32 bits", arg);
	}
	if (c->num & IN)
		t->ikey = key;
	if (c->num & OUT)
		t->okey = key;
	t->has |= HAS(TUN_IKEY) | HAS(TUN_OKEY);
	gre_flag(t, c->num, GRE_KEY, true);
	return 0;
}

#define WAYS_SHIFT 16
#define CLEAR	   (1u << 18)

/* seq, nocsum, ... */
static int gre_flag_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			  void *obj, struct err *e)
{
	(void)arg;
	(void)a;
	(void)field;
	(void)e;
	gre_flag(obj, c->num >> WAYS_SHIFT & BOTH, (uint16_t)c->num, !(c->num & CLEAR));
	return 0;
}

static void gre_flags_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct tunnel *t = obj;
	uint16_t out = has(t, TUN_OFLAGS) ? t->oflags : 0;

	(void)a;
	if (t->iflags & GRE_SEQ)
		print_true(p, "iseq", "iseq");
	if (out & GRE_SEQ)
		print_true(p, "oseq", "oseq");
	if (t->iflags & GRE_CSUM)
		print_true(p, "icsum", "icsum");
	if (out & GRE_CSUM)
		print_true(p, "ocsum", "ocsum");
}

static void ip6_mark_print(struct print *p, const struct attr *a, const void *obj)
{
	if (has_ip6_flag(obj, IP6_TNL_F_USE_ORIG_FWMARK))
		print_true(p, "fwmark inherit", "ip6_tnl_f_use_orig_fwmark");
	else
		value_mark.print(p, a, obj);
}

static int ip6_mark_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			  void *obj, struct err *e)
{
	bool inherit = !strcmp(arg, "inherit");

	ip6_flag(obj, IP6_TNL_F_USE_ORIG_FWMARK, inherit);
	return value_number_parse(c, inherit ? "0" : arg, a, field, obj, e);
}

static void erspan_dir_print(struct print *p, const struct attr *a, const void *obj)
{
	print_str(p, a->word, a->key, value_member(a, obj) ? "egress" : "ingress");
}

static int erspan_dir_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			    void *obj, struct err *e)
{
	size_t n = strlen(arg);
	bool egress = n && !strncmp(arg, "egress", n);

	(void)c;
	if (!egress && (!n || strncmp(arg, "ingress", n) != 0))
		return err_set(e, -EINVAL, "\"%s\" is neither ingress nor egress", arg);
	value_set_member(a, obj, egress);
	set_has((struct tunnel *)obj, field);
	return 0;
}

static int erspan_index_parse(struct parse *c, const char *arg, const struct attr *a,
			      unsigned field, void *obj, struct err *e)
{
	int rc = value_number_parse(c, arg, a, field, obj, e);

	if (!rc && (!value_member(a, obj) || value_member(a, obj) >> 20))
		return err_set(e, -EINVAL, "\"%s\" is not a number of 20 bits above 0", arg);
	return rc;
}

static int erspan_ver_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			    void *obj, struct err *e)
{
	if (value_number_parse(c, arg, a, field, obj, NULL) < 0 || value_member(a, obj) > 2)
		return err_set(e, -EINVAL, "\"%s\" is no version of ERSPAN: 0, 1, 2", arg);
	return 0;
}

static const struct choice encap_names[] = {{"fou", TUNNEL_ENCAP_FOU},
					    {"gue", TUNNEL_ENCAP_GUE},
					    {"none", TUNNEL_ENCAP_NONE},
					    {NULL, 0}};

static const struct choice encap_flag_names[] = {{"csum", TUNNEL_ENCAP_FLAG_CSUM},
						 {"csum6", TUNNEL_ENCAP_FLAG_CSUM6},
						 {"remcsum", TUNNEL_ENCAP_FLAG_REMCSUM},
						 {NULL, 0}};

static void encap_json(struct print *p, const struct tunnel *t, const char *type)
{
	jw_object(&p->j, "encap");
	if (type)
		jw_str(&p->j, "type", type);
	else
		jw_null(&p->j, "type");
	jw_u64(&p->j, "sport", t->encap_sport);
	jw_u64(&p->j, "dport", t->encap_dport);
	for (const struct choice *i = encap_flag_names; i->name; i++)
		jw_bool(&p->j, i->name, t->encap_flags & i->number);
	jw_object_end(&p->j);
}

/* With the three fields after it, which come with it. */
static void encap_print(struct print *p, const struct attr *a, const void *obj)
{
	const uint64_t rest = HAS(TUN_ENCAP_FLAGS) | HAS(TUN_ENCAP_SPORT) | HAS(TUN_ENCAP_DPORT);
	const struct tunnel *t = obj;
	const char *type = choice_name(encap_names, t->encap_type);

	(void)a;
	if (t->encap_type == TUNNEL_ENCAP_NONE || (t->has & rest) != rest)
		return;
	if (p->json) {
		encap_json(p, t, type);
		return;
	}
	out_printf(p->o, "encap %s ", type ? type : "unknown");
	if (t->encap_sport)
		out_printf(p->o, "encap-sport %u ", t->encap_sport);
	else
		out_puts(p->o, "encap-sport auto ");
	out_printf(p->o, "encap-dport %u ", t->encap_dport);
	for (const struct choice *i = encap_flag_names; i->name; i++)
		out_printf(p->o, "%sencap-%s ", t->encap_flags & i->number ? "" : "no", i->name);
}

static int encap_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	uint32_t type = choice_number(encap_names, arg);

	(void)c;
	if (type == UINT32_MAX)
		return choice_error(encap_names, arg, -EINVAL, e);
	value_set_member(a, obj, type);
	set_has((struct tunnel *)obj, field);
	return 0;
}

static int sport_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	return value_number_parse(c, strcmp(arg, "auto") != 0 ? arg : "0", a, field, obj, e);
}

static const struct choice proto4_names[] = {{"ipip", IPPROTO_IPIP},
					     {"ip6ip", IPPROTO_IPV6},
					     {"mplsip", IPPROTO_MPLS},
					     {"any", 0},
					     {"ipv6/ipv4", IPPROTO_IPV6},
					     {"ipv4/ipv4", IPPROTO_IPIP},
					     {"ip4ip4", IPPROTO_IPIP},
					     {"mpls/ipv4", IPPROTO_MPLS},
					     {"any/ipv4", 0},
					     {NULL, 0}};
static const struct choice proto6_names[] = {
	{"ip6ip6", IPPROTO_IPV6},    {"ipip6", IPPROTO_IPIP},	{"any", 0},
	{"ipv6/ipv6", IPPROTO_IPV6}, {"ip/ipv6", IPPROTO_IPIP}, {"ipv4/ipv6", IPPROTO_IPIP},
	{"ip4ip6", IPPROTO_IPIP},    {"any/ipv6", 0},		{NULL, 0}};

/* What it carries is the first word of all; one that is not known is left out. */
static void proto_print(struct print *p, const struct attr *a, const void *obj)
{
	const char *name = choice_name(value_choices(a->value), value_member(a, obj));

	if (name)
		print_str(p, a->word, a->key, name);
}

static int proto_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	return value_choice_parse(c, arg, a, field, obj, NULL) < 0
		       ? choice_error(value_choices(a->value), arg, -EINVAL, e)
		       : 0;
}

const struct value value_tunnel_flag = {flag_print, flag_parse, NULL};
const struct value value_encap_limit = {encap_limit_print, encap_limit_parse, "{ NUMBER | none }"};
const struct value value_flowinfo = {flowinfo_print, flowinfo_parse, "{ HEX | inherit }"};
const struct value value_ip6_flags = {.print = ip6_flags_print};
const struct value value_isatap = {.print = isatap_print};
const struct value value_6rd = {.print = sixrd_print};
const struct value value_key = {key_print, key_parse, "KEY"};
const struct value value_gre_flags = {.print = gre_flags_print};
const struct value value_ip6_mark = {ip6_mark_print, ip6_mark_parse, "{ MARK | inherit }"};
const struct value value_erspan_dir = {erspan_dir_print, erspan_dir_parse, "{ ingress | egress }"};
const struct value value_encap = {encap_print, encap_parse, "{ fou | gue | none }"};
const struct value_choice value_proto4 = {{proto_print, value_choice_parse, NULL}, proto4_names};
const struct value_choice value_proto6 = {{proto_print, value_choice_parse, NULL}, proto6_names};
static const struct value value_mode = {.parse = proto_parse, .metavar = "MODE"};
static const struct value value_dscp = {.parse = dscp_parse, .metavar = "inherit"};
static const struct value value_gre_flag = {.parse = gre_flag_parse};
static const struct value value_index = {.parse = erspan_index_parse, .metavar = "NUMBER"};
static const struct value value_version = {.parse = erspan_ver_parse, .metavar = "NUMBER"};
static const struct value value_sport = {.parse = sport_parse, .metavar = "{ PORT | auto }"};
static const struct value value_6rd_prefix = {.parse = sixrd_parse, .metavar = "PREFIX"};
static const struct value value_6rd_reset = {.parse = sixrd_reset_parse};

const struct kind_word tunnel_end_words[] = {
	{"remote", TUN_REMOTE, &value_end4, 0},
	{"local", TUN_LOCAL, &value_end4, 0},
	{"dev", TUN_LINK, NULL, 0},
	{0},
};
const struct kind_word tunnel_end6_words[] = {
	{"remote", TUN_REMOTE, &value_end6, 0},
	{"local", TUN_LOCAL, &value_end6, 0},
	{"dev", TUN_LINK, NULL, 0},
	{0},
};

const struct kind_word tunnel_hop_words[] = {
	{"ttl hoplimit hlim", TUN_TTL, NULL, 0},
	{"tos tclass dsfield", TUN_TOS, NULL, 0},
	{"nopmtudisc", TUN_PMTUDISC, &value_set, 0},
	{"pmtudisc", TUN_PMTUDISC, &value_set, 1},
	{0},
};
const struct kind_word tunnel_hop6_words[] = {
	{"ttl hoplimit hlim", TUN_TTL, NULL, 0},
	{"tclass =tc tos dsfield", TUN_FLOWINFO, NULL, TCLASS},
	{"=flowlabel =fl", TUN_FLOWINFO, NULL, FLOWLABEL},
	{"=dscp", TUN_FLAGS, &value_dscp, 0},
	{"=encaplimit", TUN_ENCAP_LIMIT, NULL, 0},
	{"=allow-localremote", TUN_FLAGS, &value_set_bits, IP6_TNL_F_ALLOW_LOCAL_REMOTE},
	{"=noallow-localremote", TUN_FLAGS, &value_clear_bits, IP6_TNL_F_ALLOW_LOCAL_REMOTE},
	{0},
};

const struct kind_word tunnel_key_words[] = {
	{"key", TUN_IKEY, NULL, BOTH},
	{"ikey", TUN_IKEY, NULL, IN},
	{"okey", TUN_OKEY, NULL, OUT},
	{0},
};

#define GRE_WORD(word, ways, flag)                                                                 \
	{word, TUN_IFLAGS, &value_gre_flag, (ways) << WAYS_SHIFT | (flag)},                        \
	{                                                                                          \
		"no" word, TUN_IFLAGS, &value_gre_flag, CLEAR | (ways) << WAYS_SHIFT | (flag)      \
	}
#define GRE_CLEAR(word, ways, flag)                                                                \
	{                                                                                          \
		word, TUN_IFLAGS, &value_gre_flag, CLEAR | (ways) << WAYS_SHIFT | (flag)           \
	}
const struct kind_word tunnel_gre_words[] = {
	GRE_CLEAR("nokey", BOTH, GRE_KEY), GRE_CLEAR("noikey", IN, GRE_KEY),
	GRE_CLEAR("nookey", OUT, GRE_KEY), GRE_WORD("seq", BOTH, GRE_SEQ),
	GRE_WORD("iseq", IN, GRE_SEQ),	   GRE_WORD("oseq", OUT, GRE_SEQ),
	GRE_WORD("csum", BOTH, GRE_CSUM),  GRE_WORD("icsum", IN, GRE_CSUM),
	GRE_WORD("ocsum", OUT, GRE_CSUM),  {0},
};
const struct kind_word tunnel_df_words[] = {
	{"=ignore-df", TUN_IGNORE_DF, &value_set, 1},
	{"=noignore-df", TUN_IGNORE_DF, &value_set, 0},
	{0},
};

const struct kind_word tunnel_erspan_words[] = {
	{"=erspan", TUN_ERSPAN_INDEX, &value_index, 0},
	{"=erspan_ver", TUN_ERSPAN_VER, &value_version, 0},
	{"=erspan_dir", TUN_ERSPAN_DIR, NULL, 0},
	{"=erspan_hwid", TUN_ERSPAN_HWID, NULL, 0},
	{0},
};

#define ENCAP_FLAG(word, flag)                                                                     \
	{"=encap-" word, TUN_ENCAP_FLAGS, &value_set_bits, flag},                                  \
	{                                                                                          \
		"=noencap-" word, TUN_ENCAP_FLAGS, &value_clear_bits, flag                         \
	}
const struct kind_word tunnel_encap_words[] = {
	{"=external", TUN_EXTERNAL, NULL, 0},
	{"=noencap", TUN_ENCAP_TYPE, &value_set, TUNNEL_ENCAP_NONE},
	{"=encap", TUN_ENCAP_TYPE, NULL, 0},
	{"=encap-sport", TUN_ENCAP_SPORT, &value_sport, 0},
	{"=encap-dport", TUN_ENCAP_DPORT, &value_number, 0},
	ENCAP_FLAG("csum", TUNNEL_ENCAP_FLAG_CSUM),
	ENCAP_FLAG("udp6-csum", TUNNEL_ENCAP_FLAG_CSUM6),
	ENCAP_FLAG("remcsum", TUNNEL_ENCAP_FLAG_REMCSUM),
	{0},
};

const struct kind_word tunnel_mode_words[] = {{"mode", TUN_PROTO, &value_mode, 0}, {0}};
const struct kind_word tunnel_mark_words[] = {{"=fwmark", TUN_FWMARK, NULL, 0}, {0}};
const struct kind_word tunnel_sit_words[] = {
	{"=isatap", TUN_FLAGS, &value_set_bits, SIT_ISATAP},
	{"=6rd-prefix", TUN_6RD_PREFIX, &value_6rd_prefix, 0},
	{"=6rd-relay_prefix", TUN_6RD_RELAY, &value_6rd_prefix, 0},
	{"=6rd-reset", TUN_6RD_PREFIX, &value_6rd_reset, 0},
	{0},
};
