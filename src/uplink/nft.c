/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nftables table as nft reads it.
 *
 * The text makes the table and its chains if they are not there, then empties them and fills them
 * anew: run as one transaction, there is no moment without it, and its chains keep their place
 * among others of the same priority.
 */
#include "uplink/nft.h"

#include "uplink/desired.h"

#define TABLE "inet " MULTIHOME_NFT

/* A string as nft reads it: a `*` at the end of an interface's name would be a wildcard. */
static void quoted(struct out *o, const char *s)
{
	out_putc(o, '"');
	for (; *s; s++) {
		if (*s == '*' && !s[1])
			out_putc(o, '\\');
		if (*s != '"')
			out_putc(o, *s);
	}
	out_putc(o, '"');
}

static void set_mark(struct out *o, const char *what, const struct nft_rules *t, uint32_t mark)
{
	out_printf(o, "%s mark set %s mark and 0x%08x or 0x%08x", what, what, ~t->mark_mask, mark);
}

static const char *ip_word(uint8_t family)
{
	return family == AF_INET ? "ip" : "ip6";
}

static void put_addresses(struct out *o, const struct nft_rule *r, const char *match)
{
	char buf[IP_PREFIX_STRLEN];

	if (!r->address) {
		out_printf(o, "meta nfproto %s ", r->family == AF_INET ? "ipv4" : "ipv6");
		return;
	}
	out_printf(o, "%s %s {", ip_word(r->family), match);
	for (size_t i = 0; i < r->address_n; i++) {
		const struct ip_prefix *p = &r->address[i];
		out_puts(o, i ? ", " : " ");
		if (p->len == ip_bits(p->addr.family))
			out_addr(o, &p->addr);
		else
			out_puts(o, ip_prefix_str(p, buf));
	}
	out_puts(o, " } ");
}

static void put_list(struct out *o, uint8_t family, const char *field, const struct ip_prefix *v,
		     size_t n)
{
	char buf[IP_PREFIX_STRLEN];
	const char *begin = " { ";

	if (!n)
		return;
	out_printf(o, "%s %s", ip_word(family), field);
	for (size_t i = 0; i < n; i++) {
		if (v[i].addr.family != family)
			continue;
		out_printf(o, "%s%s", begin, ip_prefix_str(&v[i], buf));
		begin = ", ";
	}
	out_puts(o, " } ");
}

static void put_ports(struct out *o, const char *field, const struct port_range *p)
{
	out_printf(o, "th %s %u-%u ", field, p->first, p->last);
}

/* What a policy selects, of one family. */
static void put_policy(struct out *o, const struct policy_config *p, uint8_t family)
{
	if (!p->from_n && !p->to_n)
		out_printf(o, "meta nfproto %s ", family == AF_INET ? "ipv4" : "ipv6");
	put_list(o, family, "saddr", p->from, p->from_n);
	put_list(o, family, "daddr", p->to, p->to_n);
	if (p->has & HAS(POLICY_IIF)) {
		out_puts(o, "iifname ");
		quoted(o, p->iif);
		out_putc(o, ' ');
	}
	if (p->has & HAS(POLICY_PROTO))
		out_printf(o, "meta l4proto %u ", p->proto);
	if (p->has & HAS(POLICY_SPORT))
		put_ports(o, "sport", &p->sport);
	if (p->has & HAS(POLICY_DPORT))
		put_ports(o, "dport", &p->dport);
	if (p->has & HAS(POLICY_DSCP))
		out_printf(o, "%s dscp %u ", ip_word(family), p->dscp);
	if (p->has & HAS(POLICY_MARK))
		out_printf(o, "meta mark and 0x%08x == 0x%08x ", p->mark_mask, p->mark);
	out_puts(o, "ct direction original ");
}

static void put_set(struct out *o, const struct nft_rule *r)
{
	out_printf(o, "sticky%c_%u_%u", r->family == AF_INET ? '4' : '6', r->policy_index,
		   r->uplink->slot);
}

static void put_match(struct out *o, const struct nft_rule *r)
{
	if (r->device) {
		out_puts(o, r->incoming ? "iifname " : "oifname ");
		quoted(o, r->device);
		out_putc(o, ' ');
	}
	if (r->nexthop.family) {
		out_printf(o, "rt %s nexthop ", ip_word(r->nexthop.family));
		out_addr(o, &r->nexthop);
		out_putc(o, ' ');
	}
	if (r->policy)
		put_policy(o, r->policy, r->family);
	else if (r->family)
		put_addresses(o, r,
			      r->incoming			? "daddr"
			      : r->action == NFT_DO_SNAT_PREFIX ? "saddr"
								: "saddr !=");
}

/* nft takes a translation of prefixes as a map only. */
static void put_prefix(struct out *o, const struct nft_rule *r, const char *what, const char *field)
{
	char from[IP_PREFIX_STRLEN], to[IP_PREFIX_STRLEN];

	out_printf(o, "%s ip6 prefix to ip6 %s map { %s : %s }", what, field,
		   ip_prefix_str(r->address, from), ip_prefix_str(&r->prefix, to));
}

static void put_action(struct out *o, const struct nft_rules *t, const struct nft_rule *r)
{
	switch (r->action) {
	case NFT_DO_MARK:
		out_printf(o, "ct direction original ct mark and 0x%08x == 0x0 ", t->mark_mask);
		set_mark(o, "ct", t, r->uplink->mark);
		break;
	case NFT_DO_RESTORE:
		out_printf(o, "ct mark and 0x%08x == 0x%08x ", t->mark_mask, r->uplink->mark);
		set_mark(o, "meta", t, r->uplink->mark);
		break;
	case NFT_DO_SNAT:
		out_printf(o, "snat %s to ", ip_word(r->family));
		out_addr(o, &r->to);
		break;
	case NFT_DO_SNAT_PREFIX:
		put_prefix(o, r, "snat", "saddr");
		break;
	case NFT_DO_DNAT_PREFIX:
		put_prefix(o, r, "dnat", "daddr");
		break;
	case NFT_DO_STICK:
		out_printf(o, "ct mark and 0x%08x == 0x0 %s saddr @", t->mark_mask,
			   ip_word(r->family));
		put_set(o, r);
		out_putc(o, ' ');
		set_mark(o, "meta", t, r->uplink->mark);
		break;
	case NFT_DO_LEARN:
		out_puts(o, "ct state new update @");
		put_set(o, r);
		out_printf(o, " { %s saddr timeout %ums }", ip_word(r->family), r->policy->sticky);
		break;
	case NFT_DO_CLAMP:
		out_printf(o, "tcp flags syn tcp option maxseg size set %u", r->mss);
		break;
	default:
		out_puts(o, r->action == NFT_DO_RETURN ? "return" : "masquerade");
	}
}

static void put_chain(struct out *o, const struct nft_rules *t, enum nft_chain chain)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct nft_rule *r = &t->rule[i];
		if (r->chain != chain)
			continue;
		out_puts(o, "\t\t");
		put_match(o, r);
		put_action(o, t, r);
		if (r->uplink) {
			out_puts(o, " comment ");
			quoted(o, r->uplink->config->name);
		}
		out_putc(o, '\n');
	}
}

/* A client that is not heard of for a while is forgotten; so many are known at a time. */
static void put_sets(struct out *o, const struct nft_rules *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct nft_rule *r = &t->rule[i];
		if (r->action != NFT_DO_LEARN)
			continue;
		out_puts(o, "\tset ");
		put_set(o, r);
		out_printf(o, " {\n\t\ttype %s\n\t\tsize 65536\n\t\tflags dynamic,timeout\n\t}\n",
			   r->family == AF_INET ? "ipv4_addr" : "ipv6_addr");
	}
}

const char *nft_forget_text(const struct nft_rules *t, const struct uplink_state *u, uint8_t family,
			    struct arena *a)
{
	struct out o;

	out_init(&o, -1);
	for (size_t i = 0; i < t->n; i++) {
		const struct nft_rule *r = &t->rule[i];
		if (r->action != NFT_DO_LEARN || r->uplink != u || r->family != family)
			continue;
		out_puts(&o, "flush set " TABLE " ");
		put_set(&o, r);
		out_putc(&o, '\n');
	}
	const char *text = o.len ? arena_strdup(a, out_str(&o)) : NULL;
	out_free(&o);
	return text;
}

static bool has_chain(const struct nft_rules *t, enum nft_chain chain)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->rule[i].chain == chain)
			return true;
	return false;
}

const char *nft_text(const struct nft_rules *t, struct arena *a)
{
	/* Only where it has rules: a hook of its own costs every connection something. */
	bool dstnat = has_chain(t, NFT_AT_DSTNAT);
	struct out o;

	out_init(&o, -1);
	out_puts(&o, "table " TABLE " {\n");
	put_sets(&o, t);
	out_puts(&o, "\tchain prerouting {\n"
		     "\t\ttype filter hook prerouting priority mangle; policy accept;\n"
		     "\t}\n");
	if (dstnat)
		out_puts(&o, "\tchain dstnat {\n"
			     "\t\ttype nat hook prerouting priority dstnat; policy accept;\n"
			     "\t}\n");
	out_puts(&o, "\tchain forward {\n"
		     "\t\ttype filter hook forward priority mangle; policy accept;\n"
		     "\t}\n"
		     "\tchain postrouting {\n"
		     "\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
		     "\t}\n"
		     "}\n"
		     "flush table " TABLE "\n"
		     "table " TABLE " {\n"
		     "\tchain prerouting {\n");
	put_chain(&o, t, NFT_AT_PREROUTING);
	if (dstnat) {
		out_puts(&o, "\t}\n\tchain dstnat {\n");
		put_chain(&o, t, NFT_AT_DSTNAT);
	}
	out_puts(&o, "\t}\n\tchain forward {\n");
	put_chain(&o, t, NFT_AT_FORWARD);
	out_puts(&o, "\t}\n\tchain postrouting {\n"
		     "\t\trt ipsec exists return\n");
	put_chain(&o, t, NFT_AT_POSTROUTING);
	out_puts(&o, "\t}\n}\n");
	const char *text = arena_strdup(a, out_str(&o));
	out_free(&o);
	return text;
}
