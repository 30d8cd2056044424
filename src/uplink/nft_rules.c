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
 */
#include "uplink/nft.h"
#include "uplink/recipe.h"

struct nft_rule *recipe_nft_rule(struct recipe *r, enum nft_chain chain, enum nft_action action,
				 const struct uplink_state *u)
{
	struct nft_rules *t = &r->d->nft;
	struct nft_rule *x = ARENA_PUSH(r->a, t->rule, t->n, t->cap);

	x->chain = (uint8_t)chain;
	x->action = (uint8_t)action;
	x->uplink = u;
	x->device = u && action != NFT_DO_RESTORE ? u->link->name : NULL;
	x->incoming = chain == NFT_AT_PREROUTING || chain == NFT_AT_DSTNAT;
	return x;
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

static void set_addresses(struct nft_rule *x, uint8_t family, const struct prefixes *s)
{
	x->family = family;
	x->address = s->v;
	x->address_n = s->n;
}

/* Which packets */

bool recipe_link_is_shared(const struct recipe *r, unsigned uplink)
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
static void mark_incoming(struct recipe *r, unsigned i, uint8_t family)
{
	const struct uplink_state *u = &r->d->uplink[i];
	const struct uplink_family *f = family ? uplink_family(u, family) : NULL;
	struct prefixes to = {.a = r->a};

	if (f && !f->from_n)
		return;
	struct nft_rule *x = recipe_nft_rule(r, NFT_AT_PREROUTING, NFT_DO_MARK, u);
	for (size_t k = 0; f && k < f->from_n; k++)
		prefixes_add(&to, f->from[k]);
	set_addresses(x, family, &to);
}

static void mark_outgoing(struct recipe *r, unsigned i, uint8_t family)
{
	const struct uplink_state *u = &r->d->uplink[i];

	if (family && !uplink_family(u, family)->gateway.family)
		return;
	struct nft_rule *x = recipe_nft_rule(r, NFT_AT_FORWARD, NFT_DO_MARK, u);
	if (family)
		x->nexthop = uplink_family(u, family)->gateway;
}

/* Calls for each uplink: on shared interfaces by family first, then without for the first there. */
static void each_uplink(struct recipe *r, void (*fn)(struct recipe *, unsigned, uint8_t))
{
	for (unsigned i = 0; i < r->d->uplink_n; i++)
		if (recipe_link_is_shared(r, i)) {
			fn(r, i, AF_INET);
			fn(r, i, AF_INET6);
		}
	for (unsigned i = 0; i < r->d->uplink_n; i++)
		if (!recipe_shares_link(r, i))
			fn(r, i, 0);
}

static void restore_marks(struct recipe *r)
{
	for (unsigned i = 0; i < r->d->uplink_n; i++)
		recipe_nft_rule(r, NFT_AT_PREROUTING, NFT_DO_RESTORE, &r->d->uplink[i]);
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

static void translate(struct recipe *r, unsigned i, uint8_t family, bool by_next_hop)
{
	const struct uplink_state *u = &r->d->uplink[i];
	const struct uplink_family *f = uplink_family(u, family);
	const struct ip_addr *to = nat_address(r, i, family);

	if (!f->present || u->config->nat == NAT_NO || (u->config->nat == NAT_SNAT && !to) ||
	    (by_next_hop && !f->gateway.family))
		return;
	struct prefixes own = own_sources(r, i, family, by_next_hop);
	struct nft_rule *x =
		recipe_nft_rule(r, NFT_AT_POSTROUTING, to ? NFT_DO_SNAT : NFT_DO_MASQUERADE, u);
	set_addresses(x, family, &own);
	if (by_next_hop)
		x->nexthop = f->gateway;
	if (to)
		x->to = *to;
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
static void translate_family(struct recipe *r, uint8_t family)
{
	for (unsigned i = 0; i < r->d->uplink_n; i++)
		if (recipe_link_is_shared(r, i))
			translate(r, i, family, true);
	for (unsigned i = 0; i < r->d->uplink_n; i++)
		if (first_of_link(r, i, family))
			translate(r, i, family, false);
}

/* IPv6: what nobody knows to be an uplink's, or nobody's, leaves as it is. */
static void translate_only_known(struct recipe *r)
{
	struct ip_prefix ula = {{.family = AF_INET6, .b = {0xfc}}, 7};
	struct prefixes known = {.a = r->a};

	prefixes_add(&known, ula);
	for (size_t i = 0; i < r->d->uplink_n; i++)
		for (size_t k = 0; k < r->d->uplink[i].v6.from_n; k++)
			prefixes_add(&known, r->d->uplink[i].v6.from[k]);
	set_addresses(recipe_nft_rule(r, NFT_AT_POSTROUTING, NFT_DO_RETURN, NULL), AF_INET6,
		      &known);
}

void recipe_nft(struct recipe *r)
{
	r->d->nft.mark_mask = r->config->mark_mask;
	each_uplink(r, mark_incoming);
	restore_marks(r);
	each_uplink(r, mark_outgoing);
	recipe_nft_forward(r);
	recipe_nft_sticky(r);
	if (recipe_family(r, AF_INET))
		translate_family(r, AF_INET);
	if (recipe_family(r, AF_INET6)) {
		translate_only_known(r);
		translate_family(r, AF_INET6);
	}
	r->d->owned.nft = nft_text(&r->d->nft, r->a);
}
