/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of ip route add, change, replace, append, prepend, test, del and get.
 *
 * The family of a route is what an option says or what its first address is. Defaults that depend
 * on several words (scope from type and gateway, table from type) are settled at the end.
 */
#include "base/suggest.h"
#include "ip/complete.h"
#include "ip/encap.h"
#include "ip/route.h"
#include "ip/values.h"
#include "ip/vrf.h"
#include "model/encap.h"
#include "netlink/uapi.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void learn_family(struct parser *p, struct route *r, uint8_t family)
{
	if (!r->h.rtm_family)
		r->h.rtm_family = family;
	p->values.family = r->h.rtm_family;
}

int route_modify_begin(struct parser *p, struct err *e)
{
	struct route_request *q = p->obj;
	struct route *r = &q->route;

	(void)e;
	*r = route_init(p->ip->opt.family);
	r->has = HAS(ROUTE_TABLE);
	if (p->command->type == RTM_DELROUTE) {
		r->h.rtm_type = RTN_UNSPEC;
		r->h.rtm_protocol = RTPROT_UNSPEC;
		r->h.rtm_scope = RT_SCOPE_NOWHERE;
	}
	return 0;
}

/* What is no prefix may be a typing error in a word that stands for one, or in a type. */
static void suggest_destination(const char *word, struct err *e)
{
	struct suggest s = suggest_init(word);

	suggest_try(&s, "default");
	for (unsigned type = RTN_UNICAST; type < __RTN_MAX; type++)
		if (route_type_name(type))
			suggest_try(&s, route_type_name(type));
	if (s.best && !e->hint[0])
		err_hint(e, "did you mean \"%s\"?", s.best);
}

/* [to] [TYPE] PREFIX */
static int take_dst(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_request *q = p->obj;
	struct route *r = &q->route;
	const char *word = parse_peek(p);
	struct prefix_arg a;
	int type;

	(void)k;
	if (word && (*word < '0' || *word > '9') && (type = read_route_type(word)) >= 0) {
		p->at++;
		r->h.rtm_type = (uint8_t)type;
		q->type_given = true;
	}
	word = parse_peek(p);
	if (word && words_match("help", word))
		return ip_fail(p->ip, STATUS_USAGE, e, -ECANCELED, "help");
	int rc = parse_prefix(p, r->h.rtm_family, &a, e);
	if (rc < 0) {
		if (word)
			suggest_destination(word, e);
		return rc;
	}
	learn_family(p, r, a.prefix.addr.family);
	r->dst = a.prefix.addr;
	r->h.rtm_dst_len = a.prefix.len;
	set_has(r, ROUTE_DST);
	return 0;
}

static int take_from(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route *r = p->obj;
	struct prefix_arg a;
	int rc = parse_prefix(p, r->h.rtm_family, &a, e);

	(void)k;
	if (rc < 0)
		return rc;
	learn_family(p, r, a.prefix.addr.family);
	r->src = a.prefix.addr;
	r->h.rtm_src_len = a.prefix.len;
	set_has(r, ROUTE_SRC);
	return 0;
}

static int take_src(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route *r = p->obj;
	int rc = parse_host(p, r->h.rtm_family, &r->prefsrc, e);

	(void)k;
	if (rc < 0)
		return rc;
	learn_family(p, r, r->prefsrc.family);
	set_has(r, ROUTE_PREFSRC);
	return 0;
}

/* [FAMILY] ADDRESS; of another family than the route's it goes into another attribute. */
static int take_via(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_request *q = p->obj;
	struct route *r = &q->route;
	struct ip_addr via;

	(void)k;
	if (q->via_given)
		return parse_invalid(p, e,
				     "\"via\" is given twice; several next hops are written "
				     "\"nexthop via ... nexthop via ...\"");
	q->via_given = true;
	uint8_t family = parse_family(p);
	int rc = parse_host(p, family ? family : r->h.rtm_family, &via, e);
	if (rc < 0)
		return rc;
	learn_family(p, r, via.family);
	if (via.family == r->h.rtm_family) {
		r->gateway = via;
		set_has(r, ROUTE_GATEWAY);
	} else {
		r->via = via;
		set_has(r, ROUTE_VIA);
	}
	return 0;
}

static int take_table(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_request *q = p->obj;

	q->table_given = true;
	return parse_field(p, k->field, NULL, e);
}

static int take_vrf(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_request *q = p->obj;
	int ifindex;

	(void)k;
	q->table_given = true;
	return parse_vrf(p, &ifindex, &q->route.table, e);
}

static int take_scope(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_request *q = p->obj;

	q->scope_given = true;
	return parse_field(p, k->field, NULL, e);
}

static int take_onlink(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route *r = p->obj;

	(void)e;
	r->h.rtm_flags |= k->num;
	return 0;
}

static int take_pref(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route *r = p->obj;
	const char *word;
	uint64_t v;
	int rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0)
		return rc;
	if (!strcmp(word, "low"))
		v = 3;
	else if (!strcmp(word, "medium"))
		v = 0;
	else if (!strcmp(word, "high"))
		v = 1;
	else if (!value_read_number(word, UINT8_MAX, &v))
		return parse_invalid(p, e, "\"%s\" is not low, medium or high", word);
	r->pref = (uint8_t)v;
	set_has(r, ROUTE_PREF);
	return 0;
}

static int take_ttl_propagate(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route *r = p->obj;
	const char *word;
	int rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0)
		return rc;
	bool on = words_match("enabled", word);
	if (!on && !words_match("disabled", word))
		return parse_invalid(p, e, "\"%s\" is neither enabled nor disabled", word);
	r->ttl_propagate = on;
	set_has(r, ROUTE_TTL_PROPAGATE);
	return 0;
}

/* Milliseconds, or seconds with "s"; the kernel keeps multiples of `scale`. */
static bool read_time(const char *word, uint32_t scale, uint32_t *ret)
{
	char *end;
	double t = strtod(word, &end);

	if (end == word || t < 0)
		return false;
	bool whole = !*end;
	if (!strcmp(end, "s") || !strcmp(end, "sec") || !strcmp(end, "secs"))
		t *= 1000;
	else if (!whole && strcmp(end, "ms") != 0 && strcmp(end, "msec") != 0 &&
		 strcmp(end, "msecs") != 0)
		return false;
	if (t * scale > UINT32_MAX)
		return false;
	/* Without a unit it is what the kernel keeps. */
	*ret = (uint32_t)(whole ? t : t * scale);
	return true;
}

static bool read_features(const char *word, uint32_t *ret)
{
	if (!strcmp(word, "ecn"))
		*ret |= RTAX_FEATURE_ECN;
	else if (!strcmp(word, "tcp_usec_ts"))
		*ret |= RTAX_FEATURE_TCP_USEC_TS;
	else
		return false;
	return true;
}

/* NUMBER | lock NUMBER; some in other units */
static int take_metric(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_request *q = p->obj;
	struct metrics_arg *m = &q->metrics;
	const char *word = parse_peek(p);
	uint64_t v = 0;
	int rc;

	if (word && !strcmp(word, "lock") && !(k->num & 0x100)) {
		m->lock |= 1u << (k->num & 31);
		p->at++;
	}
	unsigned n = k->num & 31;
	m->set |= 1u << n;
	if (n == RTAX_RTO_MIN)
		m->lock |= 1u << n; /* has no meaning unless it is locked */
	switch (n) {
	case RTAX_RTT:
	case RTAX_RTTVAR:
	case RTAX_RTO_MIN:
		rc = parse_next(p, &word, e);
		if (rc >= 0 && !read_time(word,
					  n == RTAX_RTT	     ? 8
					  : n == RTAX_RTTVAR ? 4
							     : 1,
					  &m->value[n]))
			rc = parse_invalid(p, e, "\"%s\" is not a time (20ms, 1s)", word);
		return rc;
	case RTAX_QUICKACK:
	case RTAX_FASTOPEN_NO_COOKIE:
		rc = parse_number(p, 1, &v, e);
		m->value[n] = (uint32_t)v;
		return rc;
	case RTAX_FEATURES:
		rc = parse_next(p, &word, e);
		if (rc >= 0 && !read_features(word, &m->value[n]))
			rc = parse_invalid(p, e, "\"%s\" is not a feature (ecn, tcp_usec_ts)",
					   word);
		return rc;
	case RTAX_CC_ALGO:
		rc = parse_next(p, &word, e);
		if (rc >= 0)
			snprintf(m->congctl, sizeof(m->congctl), "%s", word);
		return rc;
	default:
		rc = parse_number(p, n == RTAX_HOPLIMIT ? UINT8_MAX : UINT32_MAX, &v, e);
		m->value[n] = (uint32_t)v;
		return rc;
	}
}

static int take_encap(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route *r = p->obj;

	r->has |= HAS(k->field) | HAS(ROUTE_ENCAP_TYPE);
	return parse_encap(p, &r->encap_type, &r->encap, e);
}

static int read_newdst(struct parser *p, uint8_t family, struct nl_ref *ret, struct err *e)
{
	const char *word = parse_peek(p);
	struct ip_addr a;

	p->at += word && !strcmp(word, "to");
	if (family != AF_MPLS) {
		int rc = parse_address(p, family, &a, e);
		if (rc >= 0)
			*ret = (struct nl_ref){arena_dup(&p->ip->arena, a.b, sizeof(a.b)),
					       (uint16_t)ip_bytes(a.family)};
		return rc;
	}
	int rc = parse_next(p, &word, e);
	if (rc >= 0)
		rc = mpls_labels_parse(&p->ip->arena, word, ret, e);
	if (rc < 0)
		p->ip->blame = p->at - 1;
	return rc;
}

int route_take_newdst(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route *r = p->obj;

	set_has(r, k->field);
	return read_newdst(p, r->h.rtm_family, &r->newdst, e);
}

static const struct keyword nexthop_words[];

/* A next hop within its route. */
struct nexthop_request {
	struct route_nexthop nh;
	struct route *route;
};

static int take_nexthop_via(struct parser *p, const struct keyword *k, struct err *e)
{
	struct nexthop_request *q = p->obj;
	struct ip_addr via;
	uint8_t family = parse_family(p);
	int rc = parse_host(p, family ? family : q->route->h.rtm_family, &via, e);

	(void)k;
	if (rc < 0)
		return rc;
	learn_family(p, q->route, via.family);
	if (via.family == q->route->h.rtm_family) {
		q->nh.gateway = via;
		set_has(&q->nh, NEXTHOP_GATEWAY);
	} else {
		q->nh.via = via;
		set_has(&q->nh, NEXTHOP_VIA);
	}
	return 0;
}

static int take_nexthop_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	struct nexthop_request *q = p->obj;

	(void)k;
	return parse_dev(p, &q->nh.h.rtnh_ifindex, e);
}

static int take_weight(struct parser *p, const struct keyword *k, struct err *e)
{
	struct nexthop_request *q = p->obj;
	uint64_t v;
	const char *word;
	int rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0)
		return rc;
	if (!value_read_number(word, 256, &v) || !v)
		return parse_invalid(p, e, "\"%s\" is not a weight, a number from 1 to 256", word);
	q->nh.h.rtnh_hops = (uint8_t)(v - 1);
	return 0;
}

static int take_nexthop_encap(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_nexthop *nh = &((struct nexthop_request *)p->obj)->nh;

	nh->has |= HAS(k->field) | HAS(NEXTHOP_ENCAP_TYPE);
	return parse_encap(p, &nh->encap_type, &nh->encap, e);
}

static int take_nexthop_newdst(struct parser *p, const struct keyword *k, struct err *e)
{
	struct nexthop_request *q = p->obj;

	set_has(&q->nh, k->field);
	return read_newdst(p, q->route->h.rtm_family, &q->nh.newdst, e);
}

static int take_nexthop_flag(struct parser *p, const struct keyword *k, struct err *e)
{
	struct nexthop_request *q = p->obj;

	(void)e;
	q->nh.h.rtnh_flags |= (uint8_t)k->num;
	return 0;
}

static const struct keyword nexthop_words[] = {
	{"=via", take_nexthop_via, NEXTHOP_GATEWAY, 0, "[FAMILY] ADDRESS", 0},
	{"=dev", take_nexthop_dev, 0, 0, "DEVICE", 0},
	{"=weight", take_weight, 0, 0, "NUMBER", 0},
	{"=onlink", take_nexthop_flag, 0, 0, NULL, RTNH_F_ONLINK},
	{"=encap", take_nexthop_encap, NEXTHOP_ENCAP, 0, ENCAP_METAVAR, 0},
	{"=as", take_nexthop_newdst, NEXTHOP_NEWDST, 0, "[to] LABELS", 0},
	{"realms", NULL, NEXTHOP_REALMS, 0, "[FROM/]TO", 0},
	{0},
};

/* nexthop NH [ nexthop NH ]..., to the end of the command */
static int take_nexthops(struct parser *p, const struct keyword *k, struct err *e)
{
	struct route_request *q = p->obj;

	(void)k;
	q->nexthops_given = true;
	for (;;) {
		struct nexthop_request nq = {.route = &q->route};
		bool none = !parse_peek(p);
		int rc = parse_nested(p, nexthop_words, &nexthop_attrs, &nq, e);
		if (none)
			return parse_invalid(p, e, "a next hop is expected behind \"nexthop\"");
		if (rc < 0)
			return rc;
		route_nexthop_add(&p->ip->arena, &q->route, &nq.nh);
		const char *word = parse_peek(p);
		if (!word) {
			complete_argument(p->ip, "nexthop", NULL);
			return 0;
		}
		p->at++;
		if (strcmp(word, "nexthop") != 0)
			return parse_invalid(p, e,
					     "\"%s\" is not known here, \"nexthop\" or the "
					     "end is expected",
					     word);
	}
}

#define METRIC	"[lock] NUMBER"
#define NO_LOCK 0x100

const struct keyword route_modify_words[] = {
	{"=src", take_src, ROUTE_PREFSRC, 0, "ADDRESS", 0},
	{"=as", route_take_newdst, ROUTE_NEWDST, 0, "[to] LABELS", 0},
	{"=via", take_via, ROUTE_GATEWAY, 0, "[FAMILY] ADDRESS", 0},
	{"=from", take_from, ROUTE_SRC, 0, "PREFIX", 0},
	{"=tos dsfield", NULL, ROUTE_TOS, 0, NULL, 0},
	{"=expires", NULL, ROUTE_EXPIRES, 0, "SECONDS", 0},
	{"metric priority =preference", NULL, ROUTE_METRIC, 0, "NUMBER", 0},
	{"=scope", take_scope, ROUTE_SCOPE, 0, "SCOPE", 0},
	{"=mtu", take_metric, ROUTE_METRICS, 0, METRIC, RTAX_MTU},
	{"=hoplimit", take_metric, ROUTE_METRICS, 0, METRIC, RTAX_HOPLIMIT},
	{"=advmss", take_metric, ROUTE_METRICS, 0, METRIC, RTAX_ADVMSS},
	{"reordering", take_metric, ROUTE_METRICS, 0, METRIC, RTAX_REORDERING},
	{"=rtt", take_metric, ROUTE_METRICS, 0, "[lock] TIME", RTAX_RTT},
	{"=rto_min", take_metric, ROUTE_METRICS, 0, "TIME", RTAX_RTO_MIN},
	{"window", take_metric, ROUTE_METRICS, 0, METRIC, RTAX_WINDOW},
	{"cwnd", take_metric, ROUTE_METRICS, 0, METRIC, RTAX_CWND},
	{"initcwnd", take_metric, ROUTE_METRICS, 0, METRIC, RTAX_INITCWND},
	{"initrwnd", take_metric, ROUTE_METRICS, 0, METRIC, RTAX_INITRWND},
	{"features", take_metric, ROUTE_METRICS, 0, "{ ecn | tcp_usec_ts }",
	 RTAX_FEATURES | NO_LOCK},
	{"quickack", take_metric, ROUTE_METRICS, 0, "{ 0 | 1 }", RTAX_QUICKACK | NO_LOCK},
	{"congctl", take_metric, ROUTE_METRICS, 0, "[lock] NAME", RTAX_CC_ALGO},
	{"rttvar", take_metric, ROUTE_METRICS, 0, "[lock] TIME", RTAX_RTTVAR},
	{"ssthresh", take_metric, ROUTE_METRICS, 0, METRIC, RTAX_SSTHRESH},
	{"realms", NULL, ROUTE_REALMS, 0, "[FROM/]TO", 0},
	{"=onlink", take_onlink, ROUTE_FLAGS, 0, NULL, RTNH_F_ONLINK},
	{"=nexthop", take_nexthops, ROUTE_MULTIPATH, 0,
	 "[via [FAMILY] ADDRESS] [dev DEVICE] [weight NUMBER] [onlink] ...", 0},
	{"=nhid", NULL, ROUTE_NHID, 0, "ID", 0},
	{"protocol", NULL, ROUTE_PROTOCOL, 0, NULL, 0},
	{"table", take_table, ROUTE_TABLE, 0, "TABLE", 0},
	{"=vrf", take_vrf, ROUTE_TABLE, 0, "NAME", 0},
	{"=dev =oif", NULL, ROUTE_OIF, 0, NULL, 0},
	{"pervasive", take_onlink, ROUTE_FLAGS, 0, NULL, RTNH_F_PERVASIVE},
	{"=pref", take_pref, ROUTE_PREF, 0, "{ low | medium | high }", 0},
	{"=encap", take_encap, ROUTE_ENCAP, 0, ENCAP_METAVAR, 0},
	{"=ttl-propagate", take_ttl_propagate, ROUTE_TTL_PROPAGATE, 0, "{ enabled | disabled }", 0},
	{"=fastopen_no_cookie", take_metric, ROUTE_METRICS, 0, "{ 0 | 1 }",
	 RTAX_FASTOPEN_NO_COOKIE | NO_LOCK},
	{"=to", take_dst, ROUTE_DST, KW_BARE | KW_ONCE, "[TYPE] PREFIX", 0},
	{0},
};

static void add_metrics(struct parser *p, struct route_request *q)
{
	const struct metrics_arg *m = &q->metrics;
	struct nl_msg scratch;

	if (!m->set)
		return;
	nl_msg_init(&scratch, 0, 0);
	uint32_t start = scratch.h.nlmsg_len;
	for (uint16_t i = 0; i <= RTAX_MAX; i++)
		if (m->set & 1u << i) {
			if (i == RTAX_CC_ALGO)
				mnl_attr_put_strz(&scratch.h, i, m->congctl);
			else
				mnl_attr_put_u32(&scratch.h, i, m->value[i]);
		}
	if (m->lock)
		mnl_attr_put_u32(&scratch.h, RTAX_LOCK, m->lock);
	size_t len = scratch.h.nlmsg_len - start;
	q->route.metrics =
		(struct nl_ref){arena_dup(&p->ip->arena, scratch.buf + start, len), (uint16_t)len};
	set_has(&q->route, ROUTE_METRICS);
}

/* Those that only this machine uses are in its table of local addresses. */
static bool is_local_type(uint8_t type)
{
	return type == RTN_LOCAL || type == RTN_BROADCAST || type == RTN_NAT || type == RTN_ANYCAST;
}

static uint8_t default_scope(const struct parser *p, const struct route_request *q)
{
	const struct route *r = &q->route;

	if (r->h.rtm_family == AF_INET6 || r->h.rtm_family == AF_MPLS)
		return RT_SCOPE_UNIVERSE;
	switch (r->h.rtm_type) {
	case RTN_LOCAL:
	case RTN_NAT:
		return RT_SCOPE_HOST;
	case RTN_BROADCAST:
	case RTN_MULTICAST:
	case RTN_ANYCAST:
		return RT_SCOPE_LINK;
	case RTN_UNICAST:
	case RTN_UNSPEC:
		if (p->command->type == RTM_DELROUTE)
			return RT_SCOPE_NOWHERE;
		if (!q->via_given && !q->nexthops_given && !has(r, ROUTE_NHID))
			return RT_SCOPE_LINK;
		return RT_SCOPE_UNIVERSE;
	default:
		return r->h.rtm_scope;
	}
}

int route_modify_finish(struct parser *p, struct err *e)
{
	struct route_request *q = p->obj;
	struct route *r = &q->route;

	if (!has(r, ROUTE_DST))
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL,
			       "which route? A destination is missing (\"default\", or a prefix)");
	add_metrics(p, q);
	if (!r->h.rtm_family)
		r->h.rtm_family = AF_INET;
	r->dst.family = r->dst.family ? r->dst.family : r->h.rtm_family;
	if (!q->type_given && r->h.rtm_family == AF_MPLS)
		r->h.rtm_type = RTN_UNICAST; /* also to delete one */
	if (!q->table_given && is_local_type(r->h.rtm_type))
		r->table = RT_TABLE_LOCAL;
	if (!q->scope_given)
		r->h.rtm_scope = default_scope(p, q);
	return 0;
}
