/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ifconfig: an interface's IPv4 address as the old requests saw it (devinet_ioctl() in
 * net/ipv4/devinet.c). A name stands for the first address that bears it as its label. Every
 * request changed one thing of that address, and took it away and put it back for that; here the
 * words of a command line change a copy, and `ip` is told what comes out, once.
 */
#include "ip/classic_ifconfig.h"

#include <string.h>

static uint32_t bits_of(const struct ip_addr *a)
{
	return (uint32_t)a->b[0] << 24 | (uint32_t)a->b[1] << 16 | (uint32_t)a->b[2] << 8 | a->b[3];
}

static struct ip_addr from_bits(uint32_t v)
{
	return (struct ip_addr){
		AF_INET, {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v}};
}

/* The length of a network by the class of its address, -1 if it is no host's. */
static int class_of(const struct ip_addr *a)
{
	if (!a->b[0] || bits_of(a) == UINT32_MAX)
		return 0;
	return a->b[0] < 128   ? 8
	       : a->b[0] < 192 ? 16
	       : a->b[0] < 224 ? 24
	       : a->b[0] < 240 ? -1
			       : 32;
}

static uint32_t host_bits(int len)
{
	return len ? (uint32_t)(UINT64_C(0xffffffff) >> len) : UINT32_MAX;
}

void classic_address_find(struct classic_address *a, const struct snapshot *s,
			  const struct link *link, const char *label)
{
	*a = (struct classic_address){.link = link, .label = label};
	for (size_t i = 0; i < s->address_n && !a->there; i++) {
		const struct address *x = &s->address[i];
		if (x->h.ifa_family == AF_INET && (int)x->h.ifa_index == link->h.ifi_index &&
		    has(x, ADDRESS_LABEL) && !strcmp(x->label, label)) {
			a->was = a->now = *x;
			a->was_there = a->there = true;
		}
	}
	if (!has(&a->now, ADDRESS_BROADCAST))
		a->now.broadcast = a->was.broadcast = from_bits(0);
}

/* The broadcast address that a length gives; none where there is no room for one. */
static struct ip_addr broadcast_of(const struct classic_address *a, int len)
{
	bool any = (a->link->h.ifi_flags & IFF_BROADCAST) && len < 31;

	return from_bits(any ? bits_of(&a->now.local) | host_bits(len) : 0);
}

bool classic_address_set(struct classic_address *a, const struct ip_addr *local)
{
	struct address *now = &a->now;
	int len = class_of(local);

	if (len < 0)
		return false;
	if (a->there && ip_addr_eq(&now->local, local))
		return true;
	if (ip_addr_is_any(local)) {
		a->there = false;
		return true;
	}
	a->there = true;
	now->local = now->address = *local;
	set_has(now, ADDRESS_ADDRESS);
	now->h.ifa_scope = ip_addr_is_loopback(local) ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
	now->h.ifa_prefixlen = a->link->h.ifi_flags & IFF_POINTOPOINT ? 32 : (uint8_t)len;
	now->broadcast = broadcast_of(a, now->h.ifa_prefixlen);
	now->cacheinfo.ifa_valid = now->cacheinfo.ifa_prefered = UINT32_MAX;
	return true;
}

bool classic_address_set_mask(struct classic_address *a, int len)
{
	struct address *now = &a->now;
	uint32_t old = bits_of(&now->local) | host_bits(now->h.ifa_prefixlen);

	if (!a->there)
		return false;
	/* Who has a broadcast address of his own keeps it. */
	bool follows = (a->link->h.ifi_flags & IFF_BROADCAST) && len < 31 &&
		       bits_of(&now->broadcast) == old;
	if (len != now->h.ifa_prefixlen && follows)
		now->broadcast = broadcast_of(a, len);
	now->h.ifa_prefixlen = (uint8_t)len;
	return true;
}

bool classic_address_set_broadcast(struct classic_address *a, const struct ip_addr *broadcast)
{
	a->now.broadcast = *broadcast;
	return a->there;
}

bool classic_address_set_peer(struct classic_address *a, const struct ip_addr *peer)
{
	if (!a->there || class_of(peer) < 0)
		return false;
	a->now.address = *peer;
	return true;
}

void classic_address_remove(struct classic_address *a)
{
	a->there = false;
}

static bool is_same(const struct address *a, const struct address *b)
{
	return ip_addr_eq(&a->local, &b->local) && ip_addr_eq(&a->address, &b->address) &&
	       ip_addr_eq(&a->broadcast, &b->broadcast) &&
	       a->h.ifa_prefixlen == b->h.ifa_prefixlen && a->h.ifa_scope == b->h.ifa_scope;
}

static struct classic_line line(struct classic *c, const char *verb, const struct address *a,
				const struct link *link)
{
	struct ip_prefix p = {address_has_peer(a) ? a->address : a->local, a->h.ifa_prefixlen};
	struct classic_line l = {.c = c};
	char buf[IP_PREFIX_STRLEN];

	classic_words(&l, verb);
	if (address_has_peer(a)) {
		classic_word(&l, ip_addr_str(&a->local, buf));
		classic_word(&l, "peer");
	}
	classic_word(&l, ip_prefix_str(&p, buf));
	classic_word(&l, "dev");
	classic_word(&l, link->name);
	return l;
}

/* What the address had besides, which the requests left alone. */
static void put_rest(struct classic_line *l, const struct address *a)
{
	const uint32_t valid = a->cacheinfo.ifa_valid, preferred = a->cacheinfo.ifa_prefered;

	if (a->h.ifa_scope && !ip_addr_is_loopback(&a->local)) {
		classic_word(l, "scope");
		classic_wordf(l, "%u", a->h.ifa_scope);
	}
	if (has(a, ADDRESS_METRIC)) {
		classic_word(l, "metric");
		classic_wordf(l, "%u", a->metric);
	}
	if (has(a, ADDRESS_FLAGS) && (a->flags & IFA_F_NOPREFIXROUTE))
		classic_word(l, "noprefixroute");
	if (has(a, ADDRESS_CACHEINFO) && valid != UINT32_MAX) {
		classic_word(l, "valid_lft");
		classic_wordf(l, "%u", valid);
		classic_word(l, "preferred_lft");
		classic_wordf(l, "%u", preferred);
	}
}

static int add(struct classic *c, const struct classic_address *a, struct err *e)
{
	struct classic_line l = line(c, "address add", &a->now, a->link);
	char buf[IP_ADDR_STRLEN];

	if (!ip_addr_is_any(&a->now.broadcast)) {
		classic_word(&l, "brd");
		classic_word(&l, ip_addr_str(&a->now.broadcast, buf));
	}
	if (strcmp(a->label, a->link->name) != 0) {
		classic_word(&l, "label");
		classic_word(&l, a->label);
	}
	put_rest(&l, &a->now);
	return classic_do(&l, e);
}

int classic_address_do(struct classic *c, struct classic_address *a, struct err *e)
{
	int rc = 0;

	if (!a->link || (a->was_there == a->there && (!a->there || is_same(&a->was, &a->now))))
		return 0;
	if (a->was_there) {
		struct classic_line l = line(c, "address del", &a->was, a->link);
		rc = classic_do(&l, e);
	}
	return rc < 0 || !a->there ? rc : add(c, a, e);
}
