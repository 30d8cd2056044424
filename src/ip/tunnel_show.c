/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip tunnel show: a line for each tunnel, in words of its own that are not those of `ip -d link`.
 *
 * Without a mode all tunnels of the family are shown that have what the command says. With one, or
 * a name that says one ("gre1"), it is one tunnel: the one so called, or with the same ends, or the
 * kind's fallback interface. Both are iproute2's ways.
 */
#include "ip/tunnel.h"

#include "base/cleanup.h"
#include "model/link_print.h"

#include <errno.h>
#include <linux/ip6_tunnel.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>

#define TCLASS	  0x0ff00000u
#define FLOWLABEL 0x000fffffu

static const char *proto_name(uint16_t proto)
{
	switch (proto) {
	case 0:
		return "any";
	case IPPROTO_IPIP:
		return "ip";
	case IPPROTO_IPV6:
		return "ipv6";
	case IPPROTO_GRE:
		return "gre";
	case IPPROTO_MPLS:
		return "mpls";
	default:
		return "unknown";
	}
}

static void print_head(struct print *p, const struct tunnel_link *l)
{
	bool ipv6 = l->kind->family == AF_INET6;
	char mode[32];

	snprintf(mode, sizeof(mode), "%s/%s", proto_name(tunnel_proto(l)), ipv6 ? "ipv6" : "ip");
	if (p->json) {
		jw_str(&p->j, "ifname", l->l.name);
		jw_str(&p->j, "mode", mode);
	} else {
		out_puts(p->o, l->l.name);
		out_puts(p->o, ": ");
		out_puts(p->o, mode);
		out_putc(p->o, ' ');
	}
	/* "any" is a word of IPv4. */
	if (!ipv6 && !p->json && ip_addr_is_any(&l->t.remote))
		print_str(p, "remote", NULL, "any");
	else
		print_addr(p, "remote", "remote", &l->t.remote);
	if (!ipv6 && !p->json && ip_addr_is_any(&l->t.local))
		print_str(p, "local", NULL, "any");
	else
		print_addr(p, "local", "local", &l->t.local);
}

/* At most 15 routers, as iproute2 asks for. */
static void print_routers(struct print *p, const struct tunnel_link *l)
{
	struct ip_tunnel_prl prl[16] = {{.datalen = 15 * sizeof(*prl)}};

	if (tunnel_ioctl(SIOCGETPRL, l->l.name, prl, NULL) < 0)
		return;
	for (size_t i = 1; i < ARRAY_SIZE(prl); i++) {
		const char *word = prl[i].flags & PRL_DEFAULT ? "pdr" : "pr";
		struct ip_addr a = {.family = AF_INET};
		memcpy(a.b, &prl[i].addr, sizeof(prl[i].addr));
		if (!ip_addr_is_any(&a))
			print_addr(p, word, word, &a);
	}
}

static void print_tos(struct print *p, uint32_t tos)
{
	uint32_t shown = p->json ? tos : tos & ~1u;
	const char *name = p->numeric ? NULL : names_get(p->names, NAMES_RT_DSFIELD, shown);
	char number[8], text[64];

	if (!tos)
		return;
	snprintf(number, sizeof(number), "0x%02x", shown & 0xff);
	snprintf(text, sizeof(text), "%s%s", !p->json && tos & 1 ? "inherit/" : "",
		 name ? name : number);
	if (tos == 1)
		print_str(p, "tos", NULL, "inherit");
	else
		print_str(p, "tos", "tos", text);
}

static void print_6rd(struct print *p, const struct tunnel *t)
{
	const struct {
		const char *word, *len;
		const struct ip_addr *addr;
		uint16_t bits;
		bool shown;
	} part[] = {
		{"6rd-prefix", "6rd-prefixlen", &t->prefix_6rd, t->len_6rd, true},
		{"6rd-relay_prefix", "6rd-relay_prefixlen", &t->relay_6rd, t->relay_len_6rd,
		 !ip_addr_is_any(&t->relay_6rd)},
	};

	for (size_t i = 0; t->len_6rd && i < ARRAY_SIZE(part); i++) {
		if (!part[i].shown)
			continue;
		if (p->json) {
			jw_addr(&p->j, part[i].word, part[i].addr);
			jw_u64(&p->j, part[i].len, part[i].bits);
		} else {
			out_printf(p->o, "%s ", part[i].word);
			out_addr(p->o, part[i].addr);
			out_printf(p->o, "/%u ", part[i].bits);
		}
	}
}

/* The kernel keeps whether a vti is to discover the path's MTU, but does not tell. */
static bool is_nopmtudisc(const struct tunnel_link *l)
{
	return has(&l->t, TUN_PMTUDISC) ? !l->t.pmtudisc : l->kind->keyed && tunnel_is_fallback(l);
}

static void print_ipv4(struct print *p, const struct tunnel_link *l)
{
	const struct tunnel *t = &l->t;

	if (has(t, TUN_FLAGS) && t->sit_flags & SIT_ISATAP)
		print_routers(p, l);
	if (t->link)
		print_dev(p, "dev", "dev", (int)t->link);
	if (t->ttl)
		print_u64(p, "ttl", "ttl", t->ttl);
	else
		print_str(p, "ttl", NULL, "inherit");
	print_tos(p, t->tos);
	if (is_nopmtudisc(l))
		print_flag(p, "nopmtudisc", "nopmtudisc");
	print_6rd(p, t);
}

static void print_hex_digits(struct print *p, const char *word, uint32_t v, int digits)
{
	char buf[16];

	snprintf(buf, sizeof(buf), "0x%0*x", digits, v);
	print_str(p, word, word, buf);
}

static void print_flowinfo(struct print *p, uint32_t flowinfo)
{
	char buf[16];

	snprintf(buf, sizeof(buf), "0x%08x", flowinfo);
	if (p->json)
		jw_str(&p->j, "flowinfo", buf);
	else
		out_printf(p->o, "(flowinfo %s) ", buf);
}

static void print_ipv6(struct print *p, const struct tunnel_link *l)
{
	const struct tunnel *t = &l->t;

	if (t->link)
		print_dev(p, "dev", "link", (int)t->link);
	if (t->flags & IP6_TNL_F_IGN_ENCAP_LIMIT)
		print_flag(p, "encaplimit none", "ip6_tnl_f_ign_encap_limit");
	else
		print_u64(p, "encaplimit", "encap_limit", t->encap_limit);
	if (t->ttl)
		print_u64(p, "hoplimit", "hoplimit", t->ttl);
	else
		print_str(p, "hoplimit", NULL, "inherit");
	if (t->flags & IP6_TNL_F_USE_ORIG_TCLASS)
		print_flag(p, "tclass inherit", "ip6_tnl_f_use_orig_tclass");
	else
		print_hex_digits(p, "tclass", (t->flowinfo & TCLASS) >> 20, 2);
	if (t->flags & IP6_TNL_F_USE_ORIG_FLOWLABEL)
		print_flag(p, "flowlabel inherit", "ip6_tnl_f_use_orig_flowlabel");
	else
		print_hex_digits(p, "flowlabel", t->flowinfo & FLOWLABEL, 5);
	print_flowinfo(p, t->flowinfo);
	if (t->flags & IP6_TNL_F_RCV_DSCP_COPY)
		print_flag(p, "dscp inherit", "ip6_tnl_f_rcv_dscp_copy");
	if (t->flags & IP6_TNL_F_ALLOW_LOCAL_REMOTE)
		print_flag(p, "allow-localremote", "ip6_tnl_f_allow_local_remote");
}

/* The flags of GRE say whether there is a key. A vti over IPv4 always has one, over IPv6 if not 0.
 */
static void print_keys(struct print *p, const struct tunnel_link *l)
{
	const struct tunnel *t = &l->t;
	bool gre = l->kind->proto == IPPROTO_GRE, ipv4 = l->kind->family == AF_INET;
	bool in = gre ? t->iflags & GRE_KEY : ipv4 || t->ikey;
	bool out = gre ? t->oflags & GRE_KEY : ipv4 || t->okey;

	if (in && out && t->ikey == t->okey) {
		print_u64(p, "key", "key", t->ikey);
		return;
	}
	if (in)
		print_u64(p, "ikey", "ikey", t->ikey);
	if (out)
		print_u64(p, "okey", "okey", t->okey);
}

/* In text, lines of their own, without a blank at their ends. */
static void print_gre(struct print *p, const struct tunnel *t)
{
	const struct {
		bool is;
		const char *text, *json;
	} flags[] = {
		{t->iflags & GRE_SEQ, "  Drop packets out of sequence.", "rx_drop_ooseq"},
		{t->iflags & GRE_CSUM, "  Checksum in received packet is required.", "rx_csum"},
		{t->oflags & GRE_SEQ, "  Sequence packets on output.", "tx_seq"},
		{t->oflags & GRE_CSUM, "  Checksum output packets.", "tx_csum"},
	};

	if (p->json)
		jw_array(&p->j, "flags");
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!flags[i].is)
			continue;
		print_line(p);
		print_text(p, flags[i].text);
		if (p->json)
			jw_str(&p->j, NULL, flags[i].json);
	}
	if (p->json)
		jw_array_end(&p->j);
}

static void print_stats(struct print *p, const struct link *l)
{
	struct rtnl_link_stats64 s = {0};

	if (!has(l, LINK_STATS64))
		return;
	if (p->json) {
		link_stats_print(p, l);
		return;
	}
	memcpy(&s, l->stats64.p, l->stats64.len < sizeof(s) ? l->stats64.len : sizeof(s));
	print_line(p);
	out_puts(p->o, "RX: Packets    Bytes        Errors CsumErrs OutOfSeq Mcasts");
	print_line(p);
	out_printf(p->o, "    %-10llu %-12llu %-6llu %-8llu %-8llu %-8llu", s.rx_packets,
		   s.rx_bytes, s.rx_errors, s.rx_frame_errors, s.rx_fifo_errors, s.multicast);
	print_line(p);
	out_puts(p->o, "TX: Packets    Bytes        Errors DeadLoop NoRoute  NoBufs");
	print_line(p);
	out_printf(p->o, "    %-10llu %-12llu %-6llu %-8llu %-8llu %-6llu", s.tx_packets,
		   s.tx_bytes, s.tx_errors, s.collisions, s.tx_carrier_errors, s.tx_dropped);
}

void tunnel_print(struct print *p, const struct tunnel_link *l, bool stats)
{
	if (p->json)
		jw_object(&p->j, NULL);
	print_head(p, l);
	if (l->kind->family == AF_INET6)
		print_ipv6(p, l);
	else
		print_ipv4(p, l);
	if (l->kind->keyed)
		print_keys(p, l);
	if (!p->json)
		p->o->len--; /* the blank behind the last word */
	if (l->kind->proto == IPPROTO_GRE)
		print_gre(p, &l->t);
	if (stats)
		print_stats(p, &l->l);
	if (p->json)
		jw_object_end(&p->j);
	out_putc(p->o, '\n');
}

struct shown {
	struct parser *p;
	const struct tunnel_request *q;
	bool all; /* of those that the request selects; else this one */
};

/* What is not said, or zero, selects all. */
static bool selects_ipv6(const struct tunnel_request *q, const struct tunnel_link *l)
{
	const struct tunnel *a = &q->t, *b = &l->t;
	uint16_t proto = tunnel_proto(l);

	return (q->any_mode || !a->proto || !proto || a->proto == proto) &&
	       (!a->encap_limit || a->encap_limit == b->encap_limit) &&
	       (!a->ttl || a->ttl == b->ttl) &&
	       (!(a->flowinfo & TCLASS) || !((a->flowinfo ^ b->flowinfo) & TCLASS)) &&
	       (!(a->flowinfo & FLOWLABEL) || !((a->flowinfo ^ b->flowinfo) & FLOWLABEL)) &&
	       (!a->flags || (a->flags & b->flags));
}

static bool selects(const struct tunnel_request *q, const struct tunnel_link *l)
{
	const struct tunnel *a = &q->t, *b = &l->t;

	if (l->kind->family != q->family || (q->name && strcmp(q->name, l->l.name) != 0) ||
	    (a->link && a->link != b->link) ||
	    (!ip_addr_is_any(&a->remote) && !ip_addr_eq(&a->remote, &b->remote)) ||
	    (!ip_addr_is_any(&a->local) && !ip_addr_eq(&a->local, &b->local)))
		return false;
	return q->family == AF_INET6 ? selects_ipv6(q, l) : !a->ikey || a->ikey == b->ikey;
}

static int show_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct shown *s = arg;
	struct ip *ip = s->p->ip;
	struct print p = ip->print;
	struct tunnel_link l;
	struct out text;
	int rc = tunnel_decode(h, &l, e);

	if (rc < 0 || (s->all && (!rc || !selects(s->q, &l))))
		return rc < 0 ? rc : 0;
	if (!rc)
		return err_set(e, -EOPNOTSUPP, "\"%s\" is not a tunnel", l.l.name);
	if (p.json) {
		tunnel_print(&ip->print, &l, p.stats && s->all);
		return 0;
	}
	out_init(&text, -1);
	p.o = &text;
	tunnel_print(&p, &l, p.stats && s->all);
	out_mem(&ip->out, text.buf, text.len);
	out_free(&text);
	return 0;
}

static int show_all(struct shown *s, struct err *e)
{
	struct link l = {.has = 0};
	struct nl_msg m;
	int rc = link_message(&m, RTM_GETLINK, 0, &l, e);

	s->all = true;
	return rc < 0 ? rc : ip_dump(s->p->ip, &m.h, show_one, s, e);
}

/* The tunnel of the request's kind that it means. */
static int show_meant(struct shown *s, struct err *e)
{
	const struct tunnel_request *q = s->q;
	const char *name = q->name ? q->name : q->kind->fallback;
	bool fallback = !strcmp(name, q->kind->fallback);
	int ifindex = 0, rc = 0;

	/* Asked for in this old way, an interface comes with its module (dev_load()). */
	if (fallback && !devices_index(s->p->values.devices, name))
		if_nametoindex(name);
	if (fallback)
		rc = tunnel_find(s->p, &ifindex, e);
	if (ifindex)
		name = devices_name(s->p->values.devices, ifindex);
	return rc < 0 ? rc : tunnel_ask(s->p, name, show_one, s, e);
}

int tunnel_show(struct parser *p, struct err *e)
{
	const struct tunnel_request *q = p->obj;
	struct shown s = {.p = p, .q = q};
	int rc;

	ip_list_begin(p->ip);
	if (q->family == AF_INET && !q->any_mode)
		rc = show_meant(&s, e);
	else if (q->family == AF_INET6 && q->name && !p->ip->print.stats)
		rc = tunnel_ask(p, q->name, show_one, &s, e);
	else
		rc = show_all(&s, e);
	ip_list_end(p->ip);
	return rc;
}
