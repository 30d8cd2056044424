/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ip/values.h"

#include "base/cleanup.h"
#include "base/suggest.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Up to four numbers between dots; missing ones are zero. */
static bool read_ipv4(const char *s, struct ip_addr *ret)
{
	*ret = (struct ip_addr){.family = AF_INET};
	for (int i = 0; i < 4; i++) {
		char *end;
		if (*s < '0' || *s > '9')
			return false;
		unsigned long n = strtoul(s, &end, 0);
		if (n > 255)
			return false;
		ret->b[i] = (uint8_t)n;
		if (!*end)
			return true;
		if (*end != '.')
			return false;
		s = end + 1;
	}
	return false;
}

static bool is_any(const char *s)
{
	return !strcmp(s, "default") || !strcmp(s, "any") || !strcmp(s, "all");
}

/* As the entry of a stack that it is the last of (RFC 3032). */
static bool read_label(const char *s, struct ip_addr *ret)
{
	uint64_t v;

	if (!value_read_number(s, (1u << 20) - 1, &v))
		return false;
	*ret = (struct ip_addr){
		.family = AF_MPLS,
		.b = {(uint8_t)(v >> 12), (uint8_t)(v >> 4), (uint8_t)(v << 4 | 1)}};
	return true;
}

bool read_address(const char *s, uint8_t family, struct ip_addr *ret)
{
	if (family == AF_MPLS)
		return read_label(s, ret);
	if (is_any(s)) {
		*ret = (struct ip_addr){.family = family ? family : AF_INET};
		return true;
	}
	if ((family == AF_UNSPEC || family == AF_INET6) && strchr(s, ':'))
		return ip_addr_parse(s, AF_INET6, ret);
	if (family == AF_INET6)
		return false;
	return (family == AF_INET || family == AF_UNSPEC) && read_ipv4(s, ret);
}

/* A length, or a mask of ones followed by zeros. */
static bool read_length(const char *s, uint8_t bits, uint8_t *ret)
{
	uint64_t n;
	struct ip_addr mask;

	if (value_read_number(s, UINT32_MAX, &n)) {
		*ret = (uint8_t)n;
		return n <= bits;
	}
	if (!read_ipv4(s, &mask))
		return false;
	uint32_t m = (uint32_t)mask.b[0] << 24 | (uint32_t)mask.b[1] << 16 |
		     (uint32_t)mask.b[2] << 8 | mask.b[3];
	*ret = m ? (uint8_t)(32 - __builtin_ctz(m)) : 0;
	return m == (*ret ? UINT32_MAX << (32 - *ret) : 0) && *ret <= bits;
}

bool read_prefix(const char *s, uint8_t family, struct prefix_arg *ret)
{
	char addr[IP_PREFIX_STRLEN];
	const char *slash = strchr(s, '/');

	*ret = (struct prefix_arg){.prefix.addr.family = family};
	if (is_any(s) && family != AF_MPLS) {
		ret->any = ret->has_len = true;
		ret->has_bytes = family && *s == 'd';
		return true;
	}
	size_t n = slash ? (size_t)(slash - s) : strlen(s);
	if (n >= sizeof(addr))
		return false;
	memcpy(addr, s, n);
	addr[n] = 0;
	if (!read_address(addr, family, &ret->prefix.addr))
		return false;
	uint8_t bits = ip_bits(ret->prefix.addr.family);
	ret->prefix.len = bits;
	ret->has_len = slash != NULL;
	ret->has_bytes = true;
	return !slash || read_length(slash + 1, bits, &ret->prefix.len);
}

static int bad_address(struct parser *p, const char *what, const char *word, uint8_t family,
		       struct err *e)
{
	p->ip->blame = p->at - 1;
	return ip_fail(p->ip, STATUS_SYNTAX, e, -EAFNOSUPPORT, "\"%s\" is not an %s %s", word,
		       family == AF_INET    ? "IPv4"
		       : family == AF_INET6 ? "IPv6"
		       : family == AF_MPLS  ? "MPLS"
					    : "IP",
		       what);
}

int parse_prefix(struct parser *p, uint8_t family, struct prefix_arg *ret, struct err *e)
{
	const char *word;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	if (read_prefix(word, family, ret))
		return 0;
	uint8_t bits = ip_bits(ret->prefix.addr.family);
	rc = bad_address(p, "prefix or address", word, family, e);
	if (ret->has_len && bits)
		err_hint(e, "the length behind \"/\" is a number from 0 to %u", bits);
	return rc;
}

int parse_address(struct parser *p, uint8_t family, struct ip_addr *ret, struct err *e)
{
	const char *word;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	return read_address(word, family, ret) ? 0 : bad_address(p, "address", word, family, e);
}

int parse_host(struct parser *p, uint8_t family, struct ip_addr *ret, struct err *e)
{
	const char *word = parse_peek(p);
	int rc = parse_address(p, family, ret, e);

	if (rc < 0 || !is_any(word) || (family && !strcmp(word, "default")))
		return rc;
	p->ip->blame = p->at - 1;
	return ip_fail(p->ip, STATUS_KERNEL, e, -EINVAL, "\"%s\" is no single address", word);
}

int parse_dev(struct parser *p, int *ret, struct err *e)
{
	const char *word;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	*ret = devices_index(p->values.devices, word);
	if (*ret)
		return 0;
	p->ip->blame = p->at - 1;
	return ip_fail(p->ip, STATUS_SYNTAX, e, -ENODEV, "there is no interface \"%s\"", word);
}

int parse_on_off(struct parser *p, bool whole, bool *ret, struct err *e)
{
	const char *word;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	*ret = !strcmp(word, "on");
	if (*ret || words_match(whole ? "=off" : "off", word))
		return 0;
	rc = parse_invalid(p, e, "\"%s\" is neither \"on\" nor \"off\"", word);
	/* The other is iproute2's, for whatever reason. */
	p->ip->status = whole ? STATUS_SYNTAX : EINVAL;
	return rc;
}

uint8_t family_number(const char *name)
{
	static const struct {
		const char *name;
		uint8_t family;
	} families[] = {{"inet", AF_INET},
			{"inet6", AF_INET6},
			{"link", AF_PACKET},
			{"bridge", AF_BRIDGE},
			{"mpls", AF_MPLS}};

	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (!strcmp(name, families[i].name))
			return families[i].family;
	return AF_UNSPEC;
}

uint8_t parse_family(struct parser *p)
{
	const char *word = parse_peek(p);
	uint8_t family = word ? family_number(word) : AF_UNSPEC;

	p->at += family != AF_UNSPEC;
	return family;
}

int read_route_type(const char *word)
{
	static const struct {
		const char *words;
		uint8_t type;
	} types[] = {
		{"=local", RTN_LOCAL},
		{"=nat", RTN_NAT},
		{"broadcast =brd", RTN_BROADCAST},
		{"anycast", RTN_ANYCAST},
		{"multicast", RTN_MULTICAST},
		{"prohibit", RTN_PROHIBIT},
		{"unreachable", RTN_UNREACHABLE},
		{"blackhole", RTN_BLACKHOLE},
		{"xresolve", RTN_XRESOLVE},
		{"unicast", RTN_UNICAST},
		{"throw", RTN_THROW},
	};
	uint64_t v;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (words_match(types[i].words, word))
			return types[i].type;
	return value_read_number(word, UINT8_MAX, &v) ? (int)v : -1;
}

static void near_name(void *arg, uint32_t number, const char *name)
{
	(void)number;
	suggest_try(arg, name);
}

int parse_name(struct parser *p, enum names_file f, uint32_t max, uint32_t *ret, struct err *e)
{
	const char *word;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	if (names_find(p->values.names, f, word, ret) && *ret <= max)
		return 0;
	struct suggest s = suggest_init(word);
	names_each(p->values.names, f, near_name, &s);
	rc = parse_invalid(p, e, "\"%s\" is neither a name in %s nor a number up to %u", word,
			   names_file_name(f), max);
	if (s.best)
		err_hint(e, "did you mean \"%s\"?", s.best);
	return rc;
}

int parse_ipproto(struct parser *p, uint8_t *ret, struct err *e)
{
	const char *word;
	uint64_t v;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	if (!value_read_number(word, UINT8_MAX, &v)) {
		const struct protoent *proto = getprotobyname(word);
		if (!proto || proto->p_proto < 0 || proto->p_proto > UINT8_MAX)
			return parse_invalid(p, e, "\"%s\" is not an IP protocol", word);
		v = (uint64_t)proto->p_proto;
	}
	*ret = (uint8_t)v;
	return 0;
}

int parse_nest(struct parser *p, const struct attr_set *s, const void *obj, struct nl_ref *ret,
	       struct err *e)
{
	struct nl_msg m;

	nl_msg_init(&m, 0, 0);
	uint32_t start = m.h.nlmsg_len;
	int rc = attr_encode(s, obj, &m.h, sizeof(m.buf), e);
	uint32_t len = m.h.nlmsg_len - start;
	*ret = (struct nl_ref){arena_dup(&p->ip->arena, m.buf + start, len ? len : 1),
			       (uint16_t)len};
	return rc;
}
