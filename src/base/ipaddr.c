/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and prefixes. The text writers are hand-made, because a dump of a million routes spends
 * most of its time in them: no printf, no inet_ntop().
 */
#include "base/ipaddr.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

bool ip_addr_parse(const char *s, uint8_t family, struct ip_addr *ret)
{
	struct ip_addr a = {0};

	if (family != AF_INET6 && inet_pton(AF_INET, s, a.b) == 1)
		a.family = AF_INET;
	else if (family != AF_INET && inet_pton(AF_INET6, s, a.b) == 1)
		a.family = AF_INET6;
	else
		return false;
	*ret = a;
	return true;
}

bool ip_prefix_parse(const char *s, uint8_t family, struct ip_prefix *ret)
{
	char text[IP_ADDR_STRLEN];
	const char *slash = strchr(s, '/');
	size_t n = slash ? (size_t)(slash - s) : strlen(s);
	struct ip_prefix p = {0};

	if (n >= sizeof(text))
		return false;
	memcpy(text, s, n);
	text[n] = 0;
	if (!ip_addr_parse(text, family, &p.addr))
		return false;
	p.len = ip_bits(p.addr.family);
	if (slash) {
		char *end;
		if (slash[1] < '0' || slash[1] > '9')
			return false;
		unsigned long len = strtoul(slash + 1, &end, 10);
		if (*end || len > p.len)
			return false;
		p.len = (uint8_t)len;
	}
	*ret = p;
	return true;
}

static size_t text_u8(unsigned v, char *p)
{
	char *q = p;

	if (v >= 100)
		*q++ = (char)('0' + v / 100);
	if (v >= 10)
		*q++ = (char)('0' + v / 10 % 10);
	*q++ = (char)('0' + v % 10);
	return (size_t)(q - p);
}

static size_t text_ip4(const uint8_t *b, char *p)
{
	char *q = p;

	for (int i = 0; i < 4; i++) {
		if (i)
			*q++ = '.';
		q += text_u8(b[i], q);
	}
	return (size_t)(q - p);
}

static size_t text_hex16(unsigned v, char *p)
{
	static const char digit[] = "0123456789abcdef";
	char *q = p;

	for (int shift = 12; shift >= 0; shift -= 4)
		if (v >> shift || shift == 0)
			*q++ = digit[v >> shift & 15];
	return (size_t)(q - p);
}

/* RFC 5952: the longest run of two or more zero groups, the first of equals, becomes "::". */
static size_t text_ip6(const uint8_t *b, char *p)
{
	unsigned g[8];
	int best = -9, best_n = 1; /* no run: best + best_n is no index */
	char *q = p;

	for (int i = 0; i < 8; i++)
		g[i] = (unsigned)b[2 * i] << 8 | b[2 * i + 1];
	for (int i = 0; i < 8;) {
		int n = 0;
		while (i + n < 8 && !g[i + n])
			n++;
		if (n > best_n) {
			best = i;
			best_n = n;
		}
		i += n ? n : 1;
	}
	/* ::a.b.c.d and ::ffff:a.b.c.d, as glibc writes them. */
	bool v4 = best == 0 && (best_n == 6 || (best_n == 5 && g[5] == 0xffff));
	for (int i = 0; i < 8;) {
		if (i == best) {
			*q++ = ':';
			*q++ = ':';
			i += best_n;
			continue;
		}
		if (i && i != best + best_n)
			*q++ = ':';
		if (i == 6 && v4) {
			q += text_ip4(b + 12, q);
			break;
		}
		q += text_hex16(g[i], q);
		i++;
	}
	return (size_t)(q - p);
}

static size_t text_label(const uint8_t *b, char *p)
{
	unsigned v = (unsigned)b[0] << 12 | (unsigned)b[1] << 4 | b[2] >> 4, n = 0;
	char digit[8];

	do
		digit[n++] = (char)('0' + v % 10);
	while (v /= 10);
	for (unsigned i = 0; i < n; i++)
		p[i] = digit[n - 1 - i];
	return n;
}

size_t ip_addr_text(const struct ip_addr *a, char buf[static IP_ADDR_STRLEN])
{
	if (a->family == AF_INET)
		return text_ip4(a->b, buf);
	if (a->family == AF_INET6)
		return text_ip6(a->b, buf);
	if (a->family == AF_MPLS)
		return text_label(a->b, buf);
	memcpy(buf, "none", 4);
	return 4;
}

char *ip_addr_str(const struct ip_addr *a, char buf[static IP_ADDR_STRLEN])
{
	buf[ip_addr_text(a, buf)] = 0;
	return buf;
}

char *ip_prefix_str(const struct ip_prefix *p, char buf[static IP_PREFIX_STRLEN])
{
	size_t n = ip_addr_text(&p->addr, buf);

	buf[n++] = '/';
	n += text_u8(p->len, buf + n);
	buf[n] = 0;
	return buf;
}

int ip_addr_cmp(const struct ip_addr *a, const struct ip_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->b, b->b, ip_bytes(a->family));
}

bool ip_prefix_eq(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return a->len == b->len && ip_addr_eq(&a->addr, &b->addr);
}

struct ip_prefix ip_prefix_masked(struct ip_prefix p)
{
	for (size_t i = 0; i < sizeof(p.addr.b); i++) {
		size_t bit = i * 8;
		if (bit >= p.len)
			p.addr.b[i] = 0;
		else if (p.len - bit < 8)
			p.addr.b[i] &= (uint8_t)(0xff00 >> (p.len - bit));
	}
	return p;
}

struct ip_prefix ip_prefix_host(struct ip_addr a)
{
	return (struct ip_prefix){a, ip_bits(a.family)};
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	if (memcmp(a, b, bits / 8))
		return false;
	return !(bits % 8) || !((a[bits / 8] ^ b[bits / 8]) & (0xff00 >> bits % 8) & 0xff);
}

bool ip_prefix_contains(const struct ip_prefix *p, const struct ip_addr *a)
{
	return p->addr.family == a->family && same_bits(p->addr.b, a->b, p->len);
}

bool ip_prefix_overlaps(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return a->addr.family == b->addr.family &&
	       same_bits(a->addr.b, b->addr.b, a->len < b->len ? a->len : b->len);
}

bool ip_addr_is_any(const struct ip_addr *a)
{
	static const uint8_t zero[16];

	return !memcmp(a->b, zero, sizeof(zero));
}

bool ip_addr_is_linklocal(const struct ip_addr *a)
{
	if (a->family == AF_INET)
		return a->b[0] == 169 && a->b[1] == 254;
	return a->family == AF_INET6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

bool ip_addr_is_multicast(const struct ip_addr *a)
{
	if (a->family == AF_INET)
		return (a->b[0] & 0xf0) == 0xe0;
	return a->family == AF_INET6 && a->b[0] == 0xff;
}

bool ip_addr_is_loopback(const struct ip_addr *a)
{
	static const uint8_t one[16] = {[15] = 1};

	if (a->family == AF_INET)
		return a->b[0] == 127;
	return a->family == AF_INET6 && !memcmp(a->b, one, sizeof(one));
}
