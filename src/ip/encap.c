/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words behind "encap": one table for each kind of encapsulation. They end where a word is none
 * of them, and the route goes on.
 */
#include "ip/encap.h"
#include "ip/values.h"
#include "model/encap.h"

#include <errno.h>
#include <linux/if_tunnel.h>
#include <linux/lwtunnel.h>
#include <linux/seg6_local.h>
#include <string.h>

static int take_flag(struct parser *p, const struct keyword *k, struct err *e)
{
	struct encap *x = p->obj;

	(void)e;
	x->flags |= (uint16_t)k->num;
	set_has(x, k->field);
	return 0;
}

/* "segs" is read by what "mode" says. */
static int take_segs(struct parser *p, const struct keyword *k, struct err *e)
{
	struct encap *x = p->obj;

	if (!has(x, ENCAP_MODE))
		return parse_invalid(p, e, "\"mode\" comes before \"segs\"");
	return parse_field(p, k->field, k->metavar, e);
}

/* The kernel counts from zero, whatever it is told. */
static int take_count(struct parser *p, const struct keyword *k, struct err *e)
{
	static const struct {
		struct nlattr h;
		uint32_t zero[2];
	} counters[] = {
		{{12, SEG6_LOCAL_CNT_PACKETS}, {0}},
		{{12, SEG6_LOCAL_CNT_BYTES}, {0}},
		{{12, SEG6_LOCAL_CNT_ERRORS}, {0}},
	};
	struct encap *x = p->obj;

	(void)e;
	x->counters = (struct nl_ref){counters, sizeof(counters)};
	set_has(x, k->field);
	return 0;
}

static int take_word(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)p;
	(void)k;
	(void)e;
	return 0;
}

#define ROW(word, field)                                                                           \
	{                                                                                          \
		"=" word, NULL, field, KW_ONCE, NULL, 0                                            \
	}
#define FLAGS                                                                                      \
	{"=key", take_flag, ENCAP_FLAGS, KW_ONCE, NULL, TUNNEL_KEY},                               \
		{"=csum", take_flag, ENCAP_FLAGS, KW_ONCE, NULL, TUNNEL_CSUM},                     \
	{                                                                                          \
		"=seq", take_flag, ENCAP_FLAGS, KW_ONCE, NULL, TUNNEL_SEQ                          \
	}

static const struct keyword ip_words[] = {
	ROW("id", ENCAP_ID),
	ROW("dst", ENCAP_DST),
	ROW("src", ENCAP_SRC),
	ROW("tos", ENCAP_TOS),
	ROW("ttl", ENCAP_TTL),
	FLAGS,
	{0},
};
static const struct keyword ip6_words[] = {
	ROW("id", ENCAP_ID),
	ROW("dst", ENCAP_DST),
	ROW("src", ENCAP_SRC),
	ROW("tc", ENCAP_TOS),
	ROW("hoplimit", ENCAP_TTL),
	FLAGS,
	{0},
};
static const struct keyword mpls_words[] = {
	ROW("ttl", ENCAP_TTL),
	{0},
};
static const struct keyword seg6_words[] = {
	ROW("mode", ENCAP_MODE),
	{"=segs", take_segs, ENCAP_SEGS, KW_ONCE, NULL, 0},
	ROW("hmac", ENCAP_HMAC),
	{0},
};
static const struct keyword local_words[] = {
	ROW("action", ENCAP_ACTION),
	ROW("table", ENCAP_TABLE),
	ROW("vrftable", ENCAP_VRFTABLE),
	ROW("nh4", ENCAP_NH4),
	ROW("nh6", ENCAP_NH6),
	ROW("iif", ENCAP_IIF),
	ROW("oif", ENCAP_OIF),
	{"=count", take_count, ENCAP_COUNTERS, KW_ONCE, NULL, 0},
	ROW("flavors", ENCAP_FLAVORS),
	{"=srh", take_word, ENCAP_SRH, KW_ONCE, NULL, 0},
	ROW("segs", ENCAP_SEGS),
	ROW("hmac", ENCAP_HMAC),
	{0},
};
static const struct keyword rpl_words[] = {
	ROW("segs", ENCAP_SEGS),
	{0},
};
static const struct keyword ioam6_words[] = {
	ROW("freq", ENCAP_FREQ_K),
	ROW("mode", ENCAP_MODE),
	ROW("tundst", ENCAP_DST),
	{"=trace", take_word, ENCAP_TRACE, KW_ONCE, NULL, 0},
	{"=prealloc", take_word, ENCAP_TRACE, KW_ONCE, NULL, 0},
	ROW("type", ENCAP_TRACE_TYPE),
	ROW("ns", ENCAP_TRACE_NS),
	ROW("size", ENCAP_TRACE_SIZE),
	{0},
};
static const struct keyword xfrm_words[] = {
	ROW("if_id", ENCAP_IF_ID),
	ROW("link_dev", ENCAP_LINK),
	{0},
};

static const struct {
	const char *name;
	const struct keyword *words;
} tables[] = {
	{"ip", ip_words},	    {"ip6", ip6_words},	  {"mpls", mpls_words},
	{"seg6", seg6_words},	    {"rpl", rpl_words},	  {"ioam6", ioam6_words},
	{"seg6local", local_words}, {"xfrm", xfrm_words},
};

static const struct keyword *words_of(const char *kind)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		if (!strcmp(tables[i].name, kind))
			return tables[i].words;
	return NULL;
}

static int find_kind(struct parser *p, const struct encap_kind **ret, struct err *e)
{
	const char *word;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	if (!strcmp(word, "help"))
		return ip_fail(p->ip, STATUS_USAGE, e, -ECANCELED, "help");
	*ret = encap_kind_named(word);
	if (!*ret)
		return parse_invalid(p, e,
				     "\"%s\" is not a kind of encapsulation: mpls, ip, ip6, seg6, "
				     "seg6local, rpl, ioam6, xfrm",
				     word);
	if (!(*ret)->set)
		return parse_invalid(p, e, "encap %s is not supported by multihome-ip", word);
	if (!parse_peek(p))
		return parse_invalid(p, e, "more is expected behind \"encap %s\"", word);
	return 0;
}

static int take_labels(struct parser *p, struct encap *x, struct err *e)
{
	const char *word;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	set_has(x, ENCAP_LABELS);
	rc = mpls_labels_parse(&p->ip->arena, word, &x->labels, e);
	if (rc < 0) {
		p->ip->blame = p->at - 1;
		p->ip->status = STATUS_SYNTAX;
	}
	return rc;
}

int parse_encap(struct parser *p, uint16_t *ret_type, struct nl_ref *ret, struct err *e)
{
	const struct encap_kind *kind = NULL;
	struct encap x = {.has = 0};
	int rc = find_kind(p, &kind, e);

	if (!rc && kind->type == LWTUNNEL_ENCAP_MPLS)
		rc = take_labels(p, &x, e);
	if (!rc)
		rc = parse_nested(p, words_of(kind->name), kind->set, &x, e);
	if (!rc && (rc = encap_finish(&p->ip->arena, kind, &x, e)) < 0)
		p->ip->status = STATUS_USAGE;
	if (rc)
		return rc;
	*ret_type = kind->type;
	return parse_nest(p, kind->set, &x, ret, e);
}
