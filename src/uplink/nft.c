/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nftables table: which uplink a forwarded connection belongs to, and the address it leaves
 * with.
 *
 * A connection's uplink is kept in its ct mark, under mark-mask: the one it came in by, else the
 * one its first packet leaves by. Prerouting copies it to the packets of both directions, and the
 * fwmark rules keep them there. All other bits of either mark stay as they are. The machine's own
 * packets get no mark (output is not hooked): their source decides, and `from` rules come first.
 *
 * Only packets of the original direction decide, not only a connection's first one: connections
 * that are older than this table are marked by the way they take when it comes into force, and keep
 * it. (A reply tells nothing about where a connection came from.)
 *
 * Uplinks on one interface are told apart by the address asked for and by the next hop.
 *
 * Source addresses, with `nat = masquerade` (the default) and `snat`: what an uplink's provider
 * would drop is rewritten.
 *   IPv4  everything but the interface's own addresses and the prefixes written for the uplink:
 *         private networks behind this machine, but also the machine's own packets with a foreign
 *         address. What bears the uplink's own address is not touched.
 *   IPv6  unique local addresses (fc00::/7) and the other uplinks' prefixes. Any other prefix may
 *         be one that a provider delegated or routed to this machine; unless it is written for an
 *         uplink (`address = PREFIX`), nothing tells whose, so it leaves as it is.
 * Unspecified and link-local sources are the link's own business, and what IPsec is about to wrap
 * was chosen for it by its source. Where the kernel would choose another address than the uplink's
 * for masquerading, it is snat to the uplink's.
 *
 * The text makes the table and its chains if they are not there, then empties them and fills them
 * anew: run as one transaction, there is no moment without it, and its chains keep their place
 * among others of the same priority.
 */
#include "uplink/recipe.h"

#include <string.h>

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

static void end_rule(struct out *o, const struct uplink_state *u)
{
	out_puts(o, " comment ");
	quoted(o, u->config->name);
	out_putc(o, '\n');
}

static void set_mark(struct out *o, const char *what, const struct config *c, uint32_t mark)
{
	out_printf(o, "%s mark set %s mark and 0x%08x or 0x%08x", what, what, ~c->mark_mask, mark);
}

/* Lists of prefixes */

struct prefixes {
	struct arena *a;
	struct ip_prefix *v;
	size_t n, cap;
};

/* Intervals in a set must not overlap; prefixes that do are one within the other. */
static void prefixes_add(struct prefixes *s, struct ip_prefix p)
{
	size_t k = 0;

	p = ip_prefix_masked(p);
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].len <= p.len && ip_prefix_contains(&s->v[i], &p.addr))
			return;
	for (size_t i = 0; i < s->n; i++)
		if (!ip_prefix_contains(&p, &s->v[i].addr))
			s->v[k++] = s->v[i];
	s->n = k;
	*ARENA_PUSH(s->a, s->v, s->n, s->cap) = p;
}

static void prefixes_write(struct out *o, const struct prefixes *s)
{
	char buf[IP_PREFIX_STRLEN];

	out_putc(o, '{');
	for (size_t i = 0; i < s->n; i++) {
		out_puts(o, i ? ", " : " ");
		if (s->v[i].len == ip_bits(s->v[i].addr.family))
			out_addr(o, &s->v[i].addr);
		else
			out_puts(o, ip_prefix_str(&s->v[i], buf));
	}
	out_puts(o, " }");
}

/* Which packets */

static const char *ip_word(uint8_t family)
{
	return family == AF_INET ? "ip" : "ip6";
}

static bool link_is_shared(const struct recipe *r, unsigned uplink)
{
	for (unsigned i = 0; i < r->d->uplink_n; i++)
		if (i != uplink && r->d->uplink[i].link == r->d->uplink[uplink].link)
			return true;
	return false;
}

/*
 * The packets of new connections that come in by uplink i. On a shared interface: those asking for
 * its addresses; the first uplink there has the rest.
 */
static void mark_incoming(struct recipe *r, struct out *o, unsigned i, uint8_t family)
{
	const struct uplink_state *u = &r->d->uplink[i];
	const struct uplink_family *f = family ? uplink_family(u, family) : NULL;
	struct prefixes to = {.a = r->a};

	if (f && !f->from_n)
		return;
	out_puts(o, "\t\tiifname ");
	quoted(o, u->link->name);
	if (f) {
		for (size_t k = 0; k < f->from_n; k++)
			prefixes_add(&to, f->from[k]);
		out_printf(o, " %s daddr ", ip_word(family));
		prefixes_write(o, &to);
	}
	out_printf(o, " ct direction original ct mark and 0x%08x == 0x0 ", r->config->mark_mask);
	set_mark(o, "ct", r->config, u->mark);
	end_rule(o, u);
}

static void next_hop(const struct uplink_state *u, struct out *o, uint8_t family)
{
	const struct ip_addr *gw = &uplink_family(u, family)->gateway;

	out_printf(o, " rt %s nexthop ", ip_word(gw->family));
	out_addr(o, gw);
}

static void mark_outgoing(struct recipe *r, struct out *o, unsigned i, uint8_t family)
{
	const struct uplink_state *u = &r->d->uplink[i];

	if (family && !uplink_family(u, family)->gateway.family)
		return;
	out_puts(o, "\t\toifname ");
	quoted(o, u->link->name);
	if (family)
		next_hop(u, o, family);
	out_printf(o, " ct direction original ct mark and 0x%08x == 0x0 ", r->config->mark_mask);
	set_mark(o, "ct", r->config, u->mark);
	end_rule(o, u);
}

/* Calls for each uplink: on shared interfaces by family first, then without for the first there. */
static void each_uplink(struct recipe *r, struct out *o,
			void (*fn)(struct recipe *, struct out *, unsigned, uint8_t))
{
	for (unsigned i = 0; i < r->d->uplink_n; i++)
		if (link_is_shared(r, i)) {
			fn(r, o, i, AF_INET);
			fn(r, o, i, AF_INET6);
		}
	for (unsigned i = 0; i < r->d->uplink_n; i++)
		if (!recipe_shares_link(r, i))
			fn(r, o, i, 0);
}

static void restore_marks(struct recipe *r, struct out *o)
{
	for (unsigned i = 0; i < r->d->uplink_n; i++) {
		const struct uplink_state *u = &r->d->uplink[i];
		out_printf(o, "\t\tct mark and 0x%08x == 0x%08x ", r->config->mark_mask, u->mark);
		set_mark(o, "meta", r->config, u->mark);
		end_rule(o, u);
	}
}

/* Address translation */

static bool told_apart(const struct recipe *r, unsigned i, unsigned k, uint8_t family,
		       bool by_next_hop)
{
	const struct uplink_state *a = &r->d->uplink[i], *b = &r->d->uplink[k];

	return a->link != b->link ||
	       (by_next_hop && !ip_addr_eq(&uplink_family(a, family)->gateway,
					   &uplink_family(b, family)->gateway));
}

static bool anothers(const struct recipe *r, unsigned i, const struct address *x, bool by_next_hop)
{
	uint8_t family = x->h.ifa_family;

	for (unsigned k = 0; k < r->d->uplink_n; k++) {
		const struct uplink_family *f = uplink_family(&r->d->uplink[k], family);
		for (size_t n = 0; k != i && n < f->from_n; n++)
			if (ip_prefix_contains(&f->from[n], &x->local) &&
			    told_apart(r, i, k, family, by_next_hop))
				return true;
	}
	return false;
}

/*
 * What leaves by uplink i as it is: its own addresses and networks, and every other address of its
 * interface that is not another uplink's. Where the next hop was not looked at, or is the same, the
 * interface's other uplinks are not told from it, and theirs leave as they are, too.
 */
static struct prefixes own_sources(struct recipe *r, unsigned i, uint8_t family, bool by_next_hop)
{
	const struct link *link = r->d->uplink[i].link;
	const struct snapshot *s = r->machine->snap;
	struct prefixes own = {.a = r->a};

	if (family == AF_INET)
		prefixes_add(&own, ip_prefix_host((struct ip_addr){.family = AF_INET}));
	for (unsigned k = 0; k < r->d->uplink_n; k++) {
		const struct uplink_family *f = uplink_family(&r->d->uplink[k], family);
		for (size_t n = 0; n < f->from_n; n++)
			if (k == i || !told_apart(r, i, k, family, by_next_hop))
				prefixes_add(&own, f->from[n]);
	}
	for (size_t k = 0; k < s->address_n; k++) {
		const struct address *x = &s->address[k];
		if ((int)x->h.ifa_index == link->h.ifi_index && x->h.ifa_family == family &&
		    !ip_addr_is_linklocal(&x->local) && !anothers(r, i, x, by_next_hop))
			prefixes_add(&own, ip_prefix_host(x->local));
	}
	return own;
}

static const struct ip_addr *nat_address(const struct recipe *r, unsigned i, uint8_t family)
{
	const struct uplink_config *c = r->d->uplink[i].config;

	if (c->nat == NAT_MASQUERADE)
		return recipe_source(r, i, family);
	for (size_t k = 0; k < c->snat_n; k++)
		if (c->snat[k].family == family)
			return &c->snat[k];
	return NULL;
}

static void translate(struct recipe *r, struct out *o, unsigned i, uint8_t family, bool by_next_hop)
{
	const struct uplink_state *u = &r->d->uplink[i];
	const struct uplink_family *f = uplink_family(u, family);
	const struct ip_addr *to = nat_address(r, i, family);

	if (!f->present || u->config->nat == NAT_NO || (u->config->nat == NAT_SNAT && !to) ||
	    (by_next_hop && !f->gateway.family))
		return;
	struct prefixes own = own_sources(r, i, family, by_next_hop);
	out_puts(o, "\t\toifname ");
	quoted(o, u->link->name);
	if (by_next_hop)
		next_hop(u, o, family);
	out_printf(o, " %s saddr != ", ip_word(family));
	prefixes_write(o, &own);
	if (to) {
		out_printf(o, " snat %s to ", ip_word(family));
		out_addr(o, to);
	} else {
		out_puts(o, " masquerade");
	}
	end_rule(o, u);
}

static bool first_of_link(const struct recipe *r, unsigned uplink, uint8_t family)
{
	const struct uplink_state *u = r->d->uplink;

	for (unsigned i = 0; i < uplink; i++)
		if (u[i].link == u[uplink].link && uplink_family(&u[i], family)->present)
			return false;
	return true;
}

/* Shared interfaces by next hop; what that leaves (hosts on the link) is the first uplink's. */
static void translate_family(struct recipe *r, struct out *o, uint8_t family)
{
	for (unsigned i = 0; i < r->d->uplink_n; i++)
		if (link_is_shared(r, i))
			translate(r, o, i, family, true);
	for (unsigned i = 0; i < r->d->uplink_n; i++)
		if (first_of_link(r, i, family))
			translate(r, o, i, family, false);
}

/* IPv6: what nobody knows to be an uplink's, or nobody's, leaves as it is. */
static void translate_only_known(struct recipe *r, struct out *o)
{
	struct ip_prefix ula = {{.family = AF_INET6, .b = {0xfc}}, 7};
	struct prefixes known = {.a = r->a};

	prefixes_add(&known, ula);
	for (size_t i = 0; i < r->d->uplink_n; i++)
		for (size_t k = 0; k < r->d->uplink[i].v6.from_n; k++)
			prefixes_add(&known, r->d->uplink[i].v6.from[k]);
	out_puts(o, "\t\tip6 saddr != ");
	prefixes_write(o, &known);
	out_puts(o, " return\n");
}

const char *recipe_nft(struct recipe *r)
{
	struct out o;

	out_init(&o, -1);
	out_puts(&o, "table " TABLE " {\n"
		     "\tchain prerouting {\n"
		     "\t\ttype filter hook prerouting priority mangle; policy accept;\n"
		     "\t}\n"
		     "\tchain forward {\n"
		     "\t\ttype filter hook forward priority mangle; policy accept;\n"
		     "\t}\n"
		     "\tchain postrouting {\n"
		     "\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
		     "\t}\n"
		     "}\n"
		     "flush table " TABLE "\n"
		     "table " TABLE " {\n"
		     "\tchain prerouting {\n");
	each_uplink(r, &o, mark_incoming);
	restore_marks(r, &o);
	out_puts(&o, "\t}\n\tchain forward {\n");
	each_uplink(r, &o, mark_outgoing);
	out_puts(&o, "\t}\n\tchain postrouting {\n");
	out_puts(&o, "\t\trt ipsec exists return\n");
	if (recipe_family(r, AF_INET))
		translate_family(r, &o, AF_INET);
	if (recipe_family(r, AF_INET6)) {
		translate_only_known(r, &o);
		translate_family(r, &o, AF_INET6);
	}
	out_puts(&o, "\t}\n}\n");
	const char *text = arena_strdup(r->a, out_str(&o));
	out_free(&o);
	return text;
}
