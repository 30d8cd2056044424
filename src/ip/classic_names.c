/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of hosts and networks, as the C library finds them (/etc/hosts, DNS, /etc/networks): `ip`
 * does without, the classic programs ask for every address that they show unless told not to.
 */
#include "ip/classic.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <net/if_arp.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

static struct ip_addr from_in(struct in_addr in)
{
	struct ip_addr a = {.family = AF_INET};

	memcpy(a.b, &in, 4);
	return a;
}

static struct in_addr to_in(const struct ip_addr *a)
{
	struct in_addr in;

	memcpy(&in, a->b, 4);
	return in;
}

static bool host_by_name(const char *word, struct ip_addr *ret)
{
	const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *found;

	if (getaddrinfo(word, NULL, &hints, &found) != 0)
		return false;
	*ret = from_in(((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_addr);
	freeaddrinfo(found);
	return true;
}

static bool net_by_name(const char *word, struct ip_addr *ret)
{
	const struct netent *n = getnetbyname(word);

	if (n)
		*ret = from_in((struct in_addr){htonl(n->n_net)});
	return n != NULL;
}

bool classic_resolve(const char *word, bool host_first, struct ip_addr *ret, bool *net)
{
	struct in_addr in = {0};

	*net = !strcmp(word, "default");
	if (*net || inet_aton(word, &in)) {
		*ret = from_in(in);
		return true;
	}
	if (host_first && host_by_name(word, ret))
		return true;
	*net = net_by_name(word, ret);
	return *net || (!host_first && host_by_name(word, ret));
}

static const char *digits(struct classic *c, const struct ip_addr *a)
{
	char buf[IP_ADDR_STRLEN];

	return arena_strdup(&c->arena, ip_addr_str(a, buf));
}

static const char *asked(struct classic *c, const struct sockaddr *sa, socklen_t len)
{
	char name[NI_MAXHOST];

	return getnameinfo(sa, len, name, sizeof(name), NULL, 0, NI_NAMEREQD) == 0
		       ? arena_strdup(&c->arena, name)
		       : NULL;
}

const char *classic_name(struct classic *c, const struct ip_addr *a, uint8_t len, bool host)
{
	struct ip_prefix p = {*a, len}, masked = ip_prefix_masked(p);
	const struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr = to_in(a)};
	const char *name = NULL;

	if (c->opt.numeric || ip_addr_is_any(a))
		return digits(c, a);
	if (host || !ip_addr_eq(&masked.addr, a)) {
		name = asked(c, (const struct sockaddr *)&sin, sizeof(sin));
	} else {
		const struct netent *n = getnetbyaddr(ntohl(sin.sin_addr.s_addr), AF_INET);
		name = n ? arena_strdup(&c->arena, n->n_name) : NULL;
	}
	return name ? name : digits(c, a);
}

const char *classic_name6(struct classic *c, const struct ip_addr *a)
{
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6};
	const char *name;

	if (c->opt.numeric)
		return digits(c, a);
	if (ip_addr_is_any(a))
		return "[::]";
	memcpy(&sin6.sin6_addr, a->b, 16);
	name = asked(c, (const struct sockaddr *)&sin6, sizeof(sin6));
	return name ? name : digits(c, a);
}

int classic_mask_len(const struct ip_addr *mask)
{
	uint32_t holes = ~ntohl(to_in(mask).s_addr);

	return holes & (holes + 1) ? -1 : 32 - __builtin_popcount(holes);
}

struct ip_addr classic_mask(uint8_t len)
{
	const struct ip_prefix all = {{AF_INET, {255, 255, 255, 255}}, len};

	return ip_prefix_masked(all).addr;
}

static const struct classic_hw types[] = {
	{UINT16_MAX, "unspec", "UNSPEC", '-', true, 16},
	{ARPHRD_ETHER, "ether", "Ethernet", ':', false, 6},
	{ARPHRD_LOOPBACK, "loop", "Local Loopback", 0, false, 0},
	{ARPHRD_SLIP, "slip", "Serial Line IP", 0, false, 0},
	{ARPHRD_CSLIP, "cslip", "VJ Serial Line IP", 0, false, 0},
	{ARPHRD_SLIP6, "slip6", "6-bit Serial Line IP", 0, false, 0},
	{ARPHRD_CSLIP6, "cslip6", "VJ 6-bit Serial Line IP", 0, false, 0},
	{ARPHRD_ADAPT, "adaptive", "Adaptive Serial Line IP", 0, false, 0},
	{ARPHRD_PPP, "ppp", "Point-to-Point Protocol", 0, false, 0},
	{ARPHRD_HDLC, "hdlc", "(Cisco)-HDLC", 0, false, 0},
	{ARPHRD_LAPB, "lapb", "LAPB", 0, false, 0},
	{ARPHRD_TUNNEL, "tunnel", "IPIP Tunnel", ' ', false, 0},
	{ARPHRD_SIT, "sit", "IPv6-in-IPv4", 0, false, 0},
	{ARPHRD_EUI64, "eui64", "Generic EUI-64", ':', true, 8},
};

const struct classic_hw *classic_hw(unsigned type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == type)
			return &types[i];
	return NULL;
}

const struct classic_hw *classic_hw_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i].name, name))
			return &types[i];
	return NULL;
}

static const char *pairs(struct classic *c, const uint8_t *b, size_t n, char separator, bool upper)
{
	char text[3 * 32 + 1] = "";
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, upper ? "%02X" : "%02x",
					b[i]);
		if (i + 1 < n)
			text[len++] = separator;
	}
	return arena_strdup(&c->arena, text);
}

/* The old ioctl tells no more than eight bytes of an address; what is behind them is zero. */
const char *classic_hw_address(struct classic *c, const struct classic_hw *hw,
			       const struct lladdr *a)
{
	uint8_t b[32] = {0};

	memcpy(b, a->b, a->len < 8 ? a->len : 8);
	return pairs(c, b, hw->address, hw->separator, hw->upper);
}

const char *classic_lladdr(struct classic *c, const struct lladdr *a)
{
	return pairs(c, a->b, a->len, ':', false);
}

bool classic_hw_parse(const struct classic_hw *hw, const char *s, struct lladdr *ret)
{
	*ret = (struct lladdr){.len = hw->address};
	for (unsigned i = 0; i < hw->address; i++) {
		size_t digits = strspn(s, "0123456789abcdefABCDEF");
		if (!digits)
			return false;
		digits = digits < 2 ? 1 : 2;
		if (sscanf(s, "%2hhx", &ret->b[i]) != 1)
			return false;
		s += digits;
		if (*s == ':')
			s++;
		else if (digits == 1 && *s)
			return false;
	}
	return !*s;
}
