/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which routes show and flush mean. The kernel filters by table, protocol and interface; what is
 * left is compared here. As with iproute2, what all shown routes have in common, because it was
 * selected by, is not printed.
 */
#include "ip/route.h"
#include "ip/values.h"
#include "ip/vrf.h"

#include <errno.h>
#include <string.h>

enum { PREFIX_ROOT = 1, PREFIX_MATCH = 2 };

int route_list_begin(struct parser *p, struct err *e)
{
	struct route_filter *f = p->obj;

	if (p->command->type == RTM_DELROUTE && !p->n)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
			       "\"ip route flush\" requires arguments");
	f->family = p->ip->opt.family;
	f->table = RT_TABLE_MAIN;
	f->protocol = f->scope = f->type = f->tos = -1;
	return 0;
}

static int take_table(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_filter *f = p->obj;
	const char *word = parse_peek(p);
	uint32_t table;

	(void)k;
	if (word && !names_find(p->values.names, NAMES_RT_TABLES, word, &table)) {
		p->at++;
		if (!strcmp(word, "all")) {
			f->table = 0;
			return 0;
		}
		if (!strcmp(word, "cache")) {
			f->cloned = true;
			return 0;
		}
		p->at--;
	}
	return parse_name(p, NAMES_RT_TABLES, UINT32_MAX, &f->table, e);
}

/* Of a VRF, what it says itself about where things are: not its own addresses. */
static int take_vrf(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_filter *f = p->obj;
	int ifindex;

	(void)k;
	f->not_local = true;
	return parse_vrf(p, &ifindex, &f->table, e);
}

static int take_cached(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	(void)e;
	((struct route_filter *)p->obj)->cloned = true;
	return 0;
}

/* A name from one of the files, or "all"; *ret is -1 for that. */
static int parse_name_or_all(struct parser *p, enum names_file file, int *ret, struct err *e)
{
	const char *word = parse_peek(p);
	uint32_t v;

	if (word && !strcmp(word, "all") && !names_find(p->values.names, file, word, &v)) {
		p->at++;
		*ret = -1;
		return 0;
	}
	int rc = parse_name(p, file, UINT8_MAX, &v, e);
	if (!rc)
		*ret = (int)v;
	return rc;
}

static int take_protocol(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_filter *f = p->obj;

	(void)k;
	return parse_name_or_all(p, NAMES_RT_PROTOS, &f->protocol, e);
}

static int take_scope(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_filter *f = p->obj;

	(void)k;
	return parse_name_or_all(p, NAMES_RT_SCOPES, &f->scope, e);
}

static int take_tos(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_filter *f = p->obj;
	struct route r = {.has = 0};
	struct parser q = *p;

	(void)k;
	q.obj = &r;
	int rc = parse_field(&q, ROUTE_TOS, NULL, e);
	p->at = q.at;
	f->tos = r.h.rtm_tos;
	return rc;
}

static int take_type(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_filter *f = p->obj;
	const char *word;
	int rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0)
		return rc;
	f->type = read_route_type(word);
	return f->type < 0 ? parse_invalid(p, e, "\"%s\" is not a type of routes", word) : 0;
}

static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_filter *f = p->obj;

	return parse_dev(p, k->field == ROUTE_IIF ? &f->iif : &f->oif, e);
}

static int take_number(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_filter *f = p->obj;
	uint64_t v;
	int rc = parse_number(p, UINT32_MAX, &v, e);

	if (rc < 0)
		return rc;
	if (k->field == ROUTE_MARK) {
		f->mark = (uint32_t)v;
		f->by_mark = true;
	} else {
		f->metric = (uint32_t)v;
		f->by_metric = true;
	}
	return 0;
}

static int take_realms(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_filter *f = p->obj;
	struct route r = {.has = 0};
	struct parser q = *p;
	const char *word = parse_peek(p);

	(void)k;
	q.obj = &r;
	int rc = parse_field(&q, ROUTE_REALMS, NULL, e);
	p->at = q.at;
	f->by_realms = true;
	f->realms = r.realms;
	f->realms_mask = (word && strchr(word, '/')) || r.realms >> 16 ? UINT32_MAX : 0xffff;
	return rc;
}

static int parse_selector(struct parser *p, uint8_t family, struct prefix_selector *s,
			  struct err *e)
{
	struct prefix_arg a;
	int rc = parse_prefix(p, family, &a, e);

	if (rc < 0)
		return rc;
	/* "all" and "any" of no family are all there is, "default" is the default routes. */
	bool all = a.any && !family && *p->word[p->at - 1] != 'd';
	*s = (struct prefix_selector){
		.given = !all, .family = a.prefix.addr.family, .prefix = a.prefix};
	return 0;
}

static int take_via(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_filter *f = p->obj;
	uint8_t family = parse_family(p);

	(void)k;
	return parse_selector(p, family ? family : f->family, &f->via, e);
}

static int take_src(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_filter *f = p->obj;

	(void)k;
	return parse_selector(p, f->family, &f->prefsrc, e);
}

/* [ root | match | exact ] PREFIX */
static int take_prefixes(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_filter *f = p->obj;
	const char *word = parse_peek(p);
	bool src = k->field == ROUTE_SRC;
	struct prefix_selector *root = src ? &f->root_src : &f->root_dst;
	struct prefix_selector *match = src ? &f->match_src : &f->match_dst;

	if (word && words_match("root", word)) {
		p->at++;
		return parse_selector(p, f->family, root, e);
	}
	if (word && words_match("match", word)) {
		p->at++;
		return parse_selector(p, f->family, match, e);
	}
	if (word && words_match("exact", word))
		p->at++;
	int rc = parse_selector(p, f->family, match, e);
	*root = *match;
	return rc;
}

#define PREFIXES "[ root | match | exact ] PREFIX"
const struct keyword route_list_words[] = {
	{"table", take_table, ROUTE_TABLE, 0, "{ TABLE | all | cache }", 0},
	{"vrf", take_vrf, ROUTE_TABLE, 0, "NAME", 0},
	{"cached cloned", take_cached, ROUTE_CACHEINFO, 0, NULL, 0},
	{"=tos dsfield", take_tos, ROUTE_TOS, 0, "TOS", 0},
	{"protocol", take_protocol, ROUTE_PROTOCOL, 0, "{ PROTO | all }", 0},
	{"scope", take_scope, ROUTE_SCOPE, 0, "{ SCOPE | all }", 0},
	{"type", take_type, ROUTE_TYPE, 0, "TYPE", 0},
	{"=dev =oif", take_dev, ROUTE_OIF, 0, "DEVICE", 0},
	{"=iif", take_dev, ROUTE_IIF, 0, "DEVICE", 0},
	{"=mark", take_number, ROUTE_MARK, 0, "NUMBER", 0},
	{"metric priority =preference", take_number, ROUTE_METRIC, 0, "NUMBER", 0},
	{"=via", take_via, ROUTE_GATEWAY, 0, "[FAMILY] PREFIX", 0},
	{"=src", take_src, ROUTE_PREFSRC, 0, "PREFIX", 0},
	{"realms", take_realms, ROUTE_REALMS, 0, "[FROM/]TO", 0},
	{"from", take_prefixes, ROUTE_SRC, 0, PREFIXES, 0},
	{"to", take_prefixes, ROUTE_DST, KW_BARE, PREFIXES, 0},
	{0},
};

static bool is_host(const struct prefix_selector *s)
{
	return s->given && s->prefix.len && s->prefix.len == ip_bits(s->family);
}

/* "default" is of the dump's family. */
static void name_default(struct prefix_selector *s, uint8_t family)
{
	if (s->given && !s->family && !s->prefix.len)
		s->family = s->prefix.addr.family = family;
}

int route_list_finish(struct parser *p, struct err *e)
{
	struct route_filter *f = p->obj;

	(void)e;
	if (!f->family && f->table)
		f->family = AF_INET;
	name_default(&f->root_dst, f->family);
	name_default(&f->match_dst, f->family);
	f->hide = (f->table ? HAS(ROUTE_TABLE) : 0) | (f->tos >= 0 ? HAS(ROUTE_TOS) : 0) |
		  (f->protocol >= 0 ? HAS(ROUTE_PROTOCOL) : 0) |
		  (f->scope >= 0 ? HAS(ROUTE_SCOPE) : 0) | (f->oif ? HAS(ROUTE_OIF) : 0) |
		  (f->iif ? HAS(ROUTE_IIF) : 0) | (f->by_metric ? HAS(ROUTE_METRIC) : 0) |
		  (f->by_mark ? HAS(ROUTE_MARK) : 0) |
		  (f->by_realms && f->realms_mask == UINT32_MAX ? HAS(ROUTE_REALMS) : 0) |
		  (is_host(&f->via) ? HAS(ROUTE_GATEWAY) : 0) |
		  (is_host(&f->prefsrc) ? HAS(ROUTE_PREFSRC) : 0);
	return 0;
}

/* `s` holds all of addr/len. */
static bool within(const struct prefix_selector *s, const struct ip_addr *addr, uint8_t len)
{
	if (!s->given)
		return true;
	if (!s->family)
		return s->prefix.len <= len;
	return s->family == addr->family && s->prefix.len <= len &&
	       (!s->prefix.len || ip_prefix_contains(&s->prefix, addr));
}

/* addr/len holds all of `s`. */
static bool around(const struct prefix_selector *s, const struct ip_addr *addr, uint8_t len)
{
	struct ip_prefix p = {*addr, len};

	if (!s->given)
		return true;
	if (!s->family)
		return s->prefix.len >= len;
	return s->family == addr->family && s->prefix.len >= len &&
	       (!len || ip_prefix_contains(&p, &s->prefix.addr));
}

static bool address_in(const struct prefix_selector *s, bool present, const struct ip_addr *addr,
		       uint8_t family)
{
	struct ip_addr none = {.family = family};

	if (!s->given || !s->family)
		return true;
	if (!present)
		addr = &none;
	return s->family == addr->family &&
	       (!s->prefix.len || ip_prefix_contains(&s->prefix, addr));
}

bool route_is_prefix(const struct route_filter *f)
{
	const struct prefix_selector *dst = &f->root_dst;

	return f->table && !f->cloned && !f->not_local && dst->given && f->match_dst.given &&
	       dst->family == f->family && dst->family && f->match_dst.family == f->family &&
	       ip_prefix_eq(&dst->prefix, &f->match_dst.prefix) && f->protocol < 0 &&
	       f->scope < 0 && f->type < 0 && f->tos < 0 && !f->iif && !f->oif && !f->by_mark &&
	       !f->by_metric && !f->by_realms && !f->root_src.given && !f->match_src.given &&
	       !f->via.given && !f->prefsrc.given;
}

bool route_lies_behind(const struct ip_prefix *p, const struct route *r)
{
	struct ip_prefix end = ip_prefix_masked((struct ip_prefix){r->dst, p->len});
	struct ip_prefix masked = ip_prefix_masked(*p);

	return end.addr.family == masked.addr.family && ip_addr_cmp(&end.addr, &masked.addr) > 0;
}

bool route_is_behind(const struct route_filter *f, const struct route *r)
{
	if (!f->table || f->cloned)
		return false;
	if (f->root_dst.given && f->root_dst.family && route_lies_behind(&f->root_dst.prefix, r))
		return true;
	/* Those around a prefix begin before it does. */
	const struct ip_prefix first = ip_prefix_host(f->match_dst.prefix.addr);
	return f->match_dst.given && f->match_dst.family == AF_INET && route_lies_behind(&first, r);
}

bool route_selects(const struct route_filter *f, const struct route *r)
{
	if (f->not_local && (r->h.rtm_type == RTN_LOCAL || r->h.rtm_type == RTN_BROADCAST))
		return false;
	if (f->family && f->family != r->h.rtm_family) /* a saved one */
		return false;
	if (f->cloned != !!(r->h.rtm_flags & RTM_F_CLONED))
		return false;
	if ((f->table && f->table != r->table) ||
	    (f->protocol >= 0 && f->protocol != r->h.rtm_protocol) ||
	    (f->scope >= 0 && f->scope != r->h.rtm_scope) ||
	    (f->type >= 0 && f->type != r->h.rtm_type) || (f->tos >= 0 && f->tos != r->h.rtm_tos))
		return false;
	if ((f->oif && (!has(r, ROUTE_OIF) || r->oif != (uint32_t)f->oif)) ||
	    (f->iif && (!has(r, ROUTE_IIF) || r->iif != (uint32_t)f->iif)) ||
	    (f->by_mark && f->mark != (has(r, ROUTE_MARK) ? r->mark : 0)) ||
	    (f->by_metric && f->metric != r->metric) ||
	    (f->by_realms && (f->realms ^ (has(r, ROUTE_REALMS) ? r->realms : 0)) & f->realms_mask))
		return false;
	uint8_t family = r->h.rtm_family;
	return within(&f->root_dst, &r->dst, r->h.rtm_dst_len) &&
	       around(&f->match_dst, &r->dst, r->h.rtm_dst_len) &&
	       within(&f->root_src, &r->src, r->h.rtm_src_len) &&
	       around(&f->match_src, &r->src, r->h.rtm_src_len) &&
	       address_in(&f->via, has(r, ROUTE_GATEWAY) || has(r, ROUTE_VIA),
			  has(r, ROUTE_VIA) ? &r->via : &r->gateway, family) &&
	       address_in(&f->prefsrc, has(r, ROUTE_PREFSRC), &r->prefsrc, family);
}
