/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One table says which words there are, what they set, and how large it may be; `explain`, its
 * batch and their help are read from it. A million lines a second come through here, so nothing is
 * allocated and nothing copied.
 */
#include "fib/packet_words.h"

#include "base/cleanup.h"
#include "base/suggest.h"
#include "model/value.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

enum kind { ADDRESS, NUMBER, PROTOCOL, DEVICE };

/* clang-format off */
static const struct word {
	struct packet_word w;
	uint32_t max;
	uint16_t offset;
	uint8_t size, kind;
} words[] = {
#define PACKET(member) offsetof(struct fib_packet, member), sizeof(((struct fib_packet *)0)->member)
	{{"from",      "ADDR",   "its source; without one, the kernel chooses"}, 0, PACKET(src), ADDRESS},
	{{"to",        "ADDR",   "its destination"},            0,          PACKET(dst),       ADDRESS},
	{{"proto",     "P",      "tcp, udp, icmp, ... or 0-255"}, 255,      PACKET(proto),     PROTOCOL},
	{{"sport",     "N",      "its source port"},            UINT16_MAX, PACKET(sport),     NUMBER},
	{{"dport",     "N",      "its destination port"},       UINT16_MAX, PACKET(dport),     NUMBER},
	{{"mark",      "M",      "its mark"},                   UINT32_MAX, PACKET(mark),      NUMBER},
	{{"iif",       "DEV",    "it arrives there"},           0,          PACKET(iif),       DEVICE},
	{{"oif",       "DEV",    "its socket is bound to that"}, 0,         PACKET(oif),       DEVICE},
	{{"uid",       "U",      "whose socket it is"},         UINT32_MAX - 1, PACKET(uid),   NUMBER},
	{{"tos",       "T",      "its type of service, or traffic class"}, 255, PACKET(tos),   NUMBER},
	{{"flowlabel", "L",      "its flow label (IPv6)"},      0xfffff,    PACKET(flowlabel), NUMBER},
#undef PACKET
};

static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {
	{"tcp", IPPROTO_TCP},   {"udp", IPPROTO_UDP}, {"icmp", IPPROTO_ICMP}, {"icmpv6", IPPROTO_ICMPV6},
	{"sctp", IPPROTO_SCTP}, {"dccp", IPPROTO_DCCP}, {"gre", IPPROTO_GRE}, {"esp", IPPROTO_ESP},
};
/* clang-format on */
#define WORD_PROTO 2

const struct packet_word *packet_word(unsigned i)
{
	return i < ARRAY_SIZE(words) ? &words[i].w : NULL;
}

const char *packet_protocol_name(uint8_t proto)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].number == proto)
			return protocols[i].name;
	return NULL;
}

static int wrong(const char *word, struct err *e, const char *what)
{
	return err_set(e, -EINVAL, "\"%s\" %s", word, what);
}

/* Most are not. */
static inline bool is_word(const char *word, const char *text)
{
	return word[0] == text[0] && !strcmp(word, text);
}

static bool read_protocol(const char *text, uint64_t *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (is_word(protocols[i].name, text)) {
			*ret = protocols[i].number;
			return true;
		}
	return false;
}

static void store(struct fib_packet *p, const struct word *w, uint64_t v)
{
	uint8_t v8 = (uint8_t)v;
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;
	const void *from = w->size == 1 ? (void *)&v8 : w->size == 2 ? (void *)&v16 : (void *)&v32;

	memcpy((char *)p + w->offset, from, w->size);
}

static int read_value(struct devices *d, const struct word *w, const char *text,
		      struct fib_packet *p, struct err *e)
{
	struct ip_addr *a = (struct ip_addr *)((char *)p + w->offset);
	uint64_t v = 0;

	switch (w->kind) {
	case ADDRESS:
		return ip_addr_parse(text, 0, a) ? 0 : wrong(text, e, "is not an IP address");
	case DEVICE:
		v = (uint64_t)devices_index(d, text);
		if (!v)
			return err_set(e, -ENODEV, "there is no interface \"%s\"", text);
		break;
	case PROTOCOL:
		if (read_protocol(text, &v))
			break;
		if (!value_read_number(text, w->max, &v))
			return wrong(text, e, "is not a protocol (tcp, udp, icmp, ..., 0-255)");
		break;
	default:
		if (value_read_number(text, w->max, &v))
			break;
		return err_set(e, -EINVAL, "%s takes a number up to %u, not \"%s\"", w->w.name,
			       w->max, text);
	}
	store(p, w, v);
	return 0;
}

static int unknown(const char *word, struct err *e)
{
	struct suggest s = suggest_init(word);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		suggest_try(&s, words[i].w.name);
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		suggest_try(&s, protocols[i].name);
	wrong(word, e, "is neither an IP address nor a word of a packet");
	return s.best ? err_hint(e, "did you mean \"%s\"?", s.best) : -EINVAL;
}

static int find(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (is_word(words[i].w.name, text))
			return (int)i;
	return -1;
}

/* Words that stand for themselves: a protocol, the destination. */
static int read_bare(const char *text, uint32_t *seen, struct fib_packet *p, struct err *e)
{
	uint64_t v;

	if (read_protocol(text, &v)) {
		if (*seen & 1u << WORD_PROTO)
			return wrong(text, e, "is a second protocol");
		*seen |= 1u << WORD_PROTO;
		p->proto = (uint8_t)v;
		return 0;
	}
	struct ip_addr a;
	if (!ip_addr_parse(text, 0, &a))
		return unknown(text, e);
	if (p->dst.family)
		return wrong(text, e, "is a second destination");
	p->dst = a;
	return 0;
}

static int check(struct fib_packet *p, struct err *e)
{
	if (!p->dst.family)
		return err_set(e, -EINVAL, "where does the packet go?");
	p->family = p->dst.family;
	if (p->src.family && p->src.family != p->family)
		return err_set(e, -EINVAL, "source and destination are of two families");
	p->src.family = p->family;
	return 0;
}

int packet_words_read(struct devices *d, size_t n, char *const *word, struct fib_packet *ret,
		      struct err *e)
{
	struct fib_packet p = {0};
	uint32_t seen = 0;
	int rc = 0;

	for (size_t i = 0; i < n && rc >= 0; i++) {
		int k = find(word[i]);
		if (k < 0) {
			rc = read_bare(word[i], &seen, &p, e);
			continue;
		}
		if (seen & 1u << k || (words[k].kind == ADDRESS && k && p.dst.family))
			return wrong(word[i], e, "is given twice");
		seen |= 1u << k;
		if (++i == n)
			return wrong(word[i - 1], e, "needs a value");
		rc = read_value(d, &words[k], word[i], &p, e);
	}
	if (rc >= 0)
		rc = check(&p, e);
	if (rc >= 0)
		*ret = p;
	return rc;
}

/* Cuts a line into its words, in place; -1 if there are too many for a packet. */
static int split(char *line, char **word, int max)
{
	int n = 0;

	for (;;) {
		while (*line == ' ' || *line == '\t' || *line == '\r')
			*line++ = 0;
		if (!*line)
			return n;
		if (n == max)
			return -1;
		word[n++] = line;
		while (*line && *line != ' ' && *line != '\t' && *line != '\r')
			line++;
	}
}

int packet_line_read(struct devices *d, char *line, size_t len, struct fib_packet *ret,
		     struct err *e)
{
	char *word[2 * ARRAY_SIZE(words)];
	int n = memchr(line, 0, len) ? -1 : split(line, word, ARRAY_SIZE(word));

	if (n > 0 && word[0][0] == '#')
		n = 0;
	if (n < 0)
		return err_set(e, -EINVAL, "this is no packet");
	int rc = n ? packet_words_read(d, (size_t)n, word, ret, e) : 0;
	return rc < 0 ? rc : n > 0;
}

/* ── Back to words ──────────────────────────────────────────────────────────────────────────── */

const char *packet_words_text(const struct fib_packet *p, struct devices *d, struct arena *a)
{
	char src[IP_ADDR_STRLEN], dst[IP_ADDR_STRLEN];
	const char *proto = packet_protocol_name(p->proto), *s = "";

	if (!ip_addr_is_any(&p->src))
		s = arena_printf(a, "from %s ", ip_addr_str(&p->src, src));
	s = arena_printf(a, "%s%s", s, ip_addr_str(&p->dst, dst));
	if (proto)
		s = arena_printf(a, "%s %s", s, proto);
	else if (p->proto)
		s = arena_printf(a, "%s proto %u", s, p->proto);
	if (p->sport)
		s = arena_printf(a, "%s sport %u", s, p->sport);
	if (p->dport)
		s = arena_printf(a, "%s dport %u", s, p->dport);
	if (p->mark)
		s = arena_printf(a, "%s mark %#x", s, p->mark);
	if (p->iif)
		s = arena_printf(a, "%s iif %s", s, devices_name(d, p->iif));
	if (p->oif)
		s = arena_printf(a, "%s oif %s", s, devices_name(d, p->oif));
	if (p->uid)
		s = arena_printf(a, "%s uid %u", s, p->uid);
	if (p->tos)
		s = arena_printf(a, "%s tos %#x", s, p->tos);
	if (p->flowlabel)
		s = arena_printf(a, "%s flowlabel %#x", s, p->flowlabel);
	return s;
}
