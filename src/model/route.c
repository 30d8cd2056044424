/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes. What makes them harder than the other objects: the address family decides how much a
 * prefix holds, a default route has no destination attribute at all, next hops are an array of
 * small messages (RTA_MULTIPATH), and metrics are a nested table of their own. Both nested ones
 * stay encoded, so that reading a million routes allocates nothing.
 */
#include "model/route.h"

#include <errno.h>
#include <string.h>

int route_decode(const struct nlmsghdr *h, struct route *r, struct err *e)
{
	int rc = attr_decode_msg(&route_attrs, h, r, e);

	if (rc < 0)
		return rc;
	uint8_t family = r->h.rtm_family;
	if (!has(r, ROUTE_TABLE))
		r->table = r->h.rtm_table;
	if (!has(r, ROUTE_DST))
		r->dst = (struct ip_addr){.family = family};
	if (!has(r, ROUTE_SRC))
		r->src = (struct ip_addr){.family = family};
	if (!has(r, ROUTE_METRIC))
		r->metric = 0;
	if (family == AF_MPLS && r->dst.family == AF_INET) /* four bytes, too */
		r->dst.family = AF_MPLS;
	if (family != AF_INET && family != AF_INET6 && family != AF_MPLS)
		return 0;
	if (r->dst.family != family || r->src.family != family ||
	    r->h.rtm_dst_len > ip_bits(family) || r->h.rtm_src_len > ip_bits(family))
		return err_set(e, -EBADMSG, "damaged netlink message: prefix length of route");
	r->has |= HAS(ROUTE_TYPE) | HAS(ROUTE_DST) | HAS(ROUTE_TABLE) | HAS(ROUTE_PROTOCOL) |
		  HAS(ROUTE_SCOPE) | HAS(ROUTE_FLAGS);
	if (r->h.rtm_src_len)
		set_has(r, ROUTE_SRC);
	if (r->h.rtm_tos)
		set_has(r, ROUTE_TOS);
	if (has(r, ROUTE_NHID))
		set_has(r, ROUTE_NH_INFO);
	if (r->h.rtm_flags & RTM_F_CLONED && family == AF_INET)
		set_has(r, ROUTE_CACHED);
	return 0;
}

/*
 * The next hops' states in an encoded route: a request that has them is refused, and a route that
 * was read while a link was down is to be written back as it is.
 */
static void clear_nexthop_states(struct nl_msg *m)
{
	const size_t head = NLMSG_LENGTH(sizeof(struct rtmsg));
	const struct nl_ref attrs = {m->buf + head, (uint16_t)(m->h.nlmsg_len - head)};

	attr_each (a, attrs) {
		struct nl_ref mp = attr_payload(a);
		struct route_nexthop nh;
		size_t at = 0, next = 0;
		while (attr_type(a) == RTA_MULTIPATH && route_nexthop_next(mp, &next, &nh)) {
			size_t off = (size_t)((const uint8_t *)mp.p - m->buf) + at;
			nh.h.rtnh_flags &= RTNH_F_ONLINK | RTNH_F_PERVASIVE;
			memcpy(m->buf + off, &nh.h, sizeof(nh.h));
			at = next;
		}
	}
}

int route_message(struct nl_msg *m, unsigned type, unsigned flags, const struct route *route,
		  struct err *e)
{
	struct route r = *route;

	if (!r.h.rtm_dst_len && ip_addr_is_any(&r.dst))
		r.has &= ~HAS(ROUTE_DST);
	if (!r.h.rtm_src_len)
		r.has &= ~HAS(ROUTE_SRC);
	if (r.table < 256) {
		r.h.rtm_table = (uint8_t)r.table;
		r.has &= ~HAS(ROUTE_TABLE);
	} else {
		r.h.rtm_table = RT_TABLE_UNSPEC;
		r.has |= HAS(ROUTE_TABLE);
	}
	/* What only the kernel says. */
	r.has &= ~HAS(ROUTE_CACHEINFO);
	r.h.rtm_flags &= RTNH_F_ONLINK | RTNH_F_PERVASIVE;
	int rc = nl_msg_object(m, type, flags, &route_attrs, &r, e);
	if (!rc && has(&r, ROUTE_MULTIPATH))
		clear_nexthop_states(m);
	return rc;
}

int route_lookup_message(struct nl_msg *m, uint32_t rtm_flags, const struct route *route,
			 struct err *e)
{
	struct route r = *route;

	/*
	 * Strict checking refuses all other header fields and attributes, and only IPv4 knows the
	 * flag that asks for the table, which IPv6 always says.
	 */
	if (route->h.rtm_family != AF_INET)
		rtm_flags &= ~(uint32_t)RTM_F_LOOKUP_TABLE;
	r.h = (struct rtmsg){.rtm_family = route->h.rtm_family,
			     .rtm_dst_len = route->h.rtm_dst_len,
			     .rtm_src_len = route->h.rtm_src_len,
			     .rtm_tos = route->h.rtm_tos,
			     .rtm_flags = rtm_flags};
	r.has &= HAS(ROUTE_DST) | HAS(ROUTE_SRC) | HAS(ROUTE_IIF) | HAS(ROUTE_OIF) |
		 HAS(ROUTE_NEWDST) | HAS(ROUTE_MARK) | HAS(ROUTE_UID) | HAS(ROUTE_IP_PROTO) |
		 HAS(ROUTE_SPORT) | HAS(ROUTE_DPORT) | HAS(ROUTE_FLOWLABEL);
	return nl_msg_object(m, RTM_GETROUTE, 0, &route_attrs, &r, e);
}

struct route route_init(uint8_t family)
{
	struct route r = {.h = {.rtm_family = family,
				.rtm_type = RTN_UNICAST,
				.rtm_protocol = RTPROT_BOOT,
				.rtm_scope = RT_SCOPE_UNIVERSE,
				.rtm_table = RT_TABLE_MAIN},
			  .table = RT_TABLE_MAIN,
			  .dst.family = family,
			  .src.family = family};

	r.has = HAS(ROUTE_TYPE) | HAS(ROUTE_DST) | HAS(ROUTE_TABLE) | HAS(ROUTE_PROTOCOL) |
		HAS(ROUTE_SCOPE) | HAS(ROUTE_FLAGS);
	return r;
}

void route_set_dst(struct route *r, struct ip_prefix p)
{
	r->dst = p.addr;
	r->h.rtm_dst_len = p.len;
	r->h.rtm_family = p.addr.family;
	set_has(r, ROUTE_DST);
}

bool route_nexthop_next(struct nl_ref mp, size_t *at, struct route_nexthop *nh)
{
	if (*at + sizeof(nh->h) > mp.len)
		return false;
	const char *p = (const char *)mp.p + *at;
	memcpy(&nh->h, p, sizeof(nh->h));
	size_t len = nh->h.rtnh_len;
	if (len < sizeof(nh->h) || len > mp.len - *at)
		return false;
	*at += ATTR_ALIGN(len);
	nh->has = 0;
	return attr_decode(&nexthop_attrs, p + sizeof(nh->h), len - sizeof(nh->h), nh, NULL) == 0;
}

void route_nexthop_add(struct arena *a, struct route *r, const struct route_nexthop *nh)
{
	struct nl_msg m;

	/* The attributes are written behind a scratch message header. */
	nl_msg_init(&m, 0, 0);
	uint32_t start = m.h.nlmsg_len;
	if (attr_encode(&nexthop_attrs, nh, &m.h, sizeof(m.buf), NULL) < 0)
		return;
	size_t attrs = m.h.nlmsg_len - start;
	struct rtnexthop h = nh->h;
	h.rtnh_len = (uint16_t)(sizeof(h) + attrs);
	uint16_t old = has(r, ROUTE_MULTIPATH) ? r->multipath.len : 0;
	char *bytes = arena_alloc(a, old + sizeof(h) + attrs);
	if (old)
		memcpy(bytes, r->multipath.p, old);
	memcpy(bytes + old, &h, sizeof(h));
	memcpy(bytes + old + sizeof(h), m.buf + start, attrs);
	r->multipath = (struct nl_ref){bytes, (uint16_t)(old + sizeof(h) + attrs)};
	set_has(r, ROUTE_MULTIPATH);
}

static int cmp_u32(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

int route_key_cmp(const struct route *a, const struct route *b)
{
	int rc = cmp_u32(a->h.rtm_family, b->h.rtm_family);

	if (!rc)
		rc = cmp_u32(a->table, b->table);
	if (!rc)
		rc = ip_addr_cmp(&a->dst, &b->dst);
	if (!rc)
		rc = cmp_u32(a->h.rtm_dst_len, b->h.rtm_dst_len);
	if (!rc)
		rc = ip_addr_cmp(&a->src, &b->src);
	if (!rc)
		rc = cmp_u32(a->h.rtm_src_len, b->h.rtm_src_len);
	if (!rc)
		rc = cmp_u32(a->h.rtm_tos, b->h.rtm_tos);
	if (!rc)
		rc = cmp_u32(a->metric, b->metric);
	return rc;
}

static bool addr_field_eq(const struct route *a, const struct route *b, unsigned f,
			  const struct ip_addr *x, const struct ip_addr *y)
{
	return has(a, f) == has(b, f) && (!has(a, f) || ip_addr_eq(x, y));
}

static bool nexthop_eq(const struct route_nexthop *a, const struct route_nexthop *b)
{
	return a->h.rtnh_ifindex == b->h.rtnh_ifindex && a->h.rtnh_hops == b->h.rtnh_hops &&
	       !((a->h.rtnh_flags ^ b->h.rtnh_flags) & RTNH_F_ONLINK) && a->has == b->has &&
	       (!has(a, NEXTHOP_GATEWAY) || ip_addr_eq(&a->gateway, &b->gateway)) &&
	       (!has(a, NEXTHOP_VIA) || ip_addr_eq(&a->via, &b->via));
}

static bool multipath_eq(struct nl_ref a, struct nl_ref b)
{
	struct route_nexthop x, y;
	size_t i = 0, k = 0;

	for (;;) {
		bool more = route_nexthop_next(a, &i, &x);
		if (more != route_nexthop_next(b, &k, &y))
			return false;
		if (!more)
			return true;
		if (!nexthop_eq(&x, &y))
			return false;
	}
}

/* An IPv6 error route is shown with "dev lo" that nobody gave it. */
static bool has_device(const struct route *r)
{
	return has(r, ROUTE_OIF) && r->h.rtm_type != RTN_UNREACHABLE &&
	       r->h.rtm_type != RTN_BLACKHOLE && r->h.rtm_type != RTN_PROHIBIT &&
	       r->h.rtm_type != RTN_THROW;
}

static struct nl_ref ref_or_none(const struct route *r, unsigned f, struct nl_ref ref)
{
	return has(r, f) ? ref : (struct nl_ref){NULL, 0};
}

bool route_eq(const struct route *a, const struct route *b)
{
	struct nl_ref ma = ref_or_none(a, ROUTE_METRICS, a->metrics);
	struct nl_ref mb = ref_or_none(b, ROUTE_METRICS, b->metrics);

	return !route_key_cmp(a, b) && a->h.rtm_type == b->h.rtm_type &&
	       a->h.rtm_protocol == b->h.rtm_protocol &&
	       (a->h.rtm_family == AF_INET6 || a->h.rtm_scope == b->h.rtm_scope) &&
	       !((a->h.rtm_flags ^ b->h.rtm_flags) & RTNH_F_ONLINK) &&
	       has_device(a) == has_device(b) && (!has_device(a) || a->oif == b->oif) &&
	       addr_field_eq(a, b, ROUTE_GATEWAY, &a->gateway, &b->gateway) &&
	       addr_field_eq(a, b, ROUTE_VIA, &a->via, &b->via) &&
	       addr_field_eq(a, b, ROUTE_PREFSRC, &a->prefsrc, &b->prefsrc) &&
	       (has(a, ROUTE_NHID) ? a->nhid : 0) == (has(b, ROUTE_NHID) ? b->nhid : 0) &&
	       multipath_eq(ref_or_none(a, ROUTE_MULTIPATH, a->multipath),
			    ref_or_none(b, ROUTE_MULTIPATH, b->multipath)) &&
	       ma.len == mb.len && (!ma.len || !memcmp(ma.p, mb.p, ma.len));
}

void route_print(struct print *p, const struct route *r)
{
	if (p->json)
		jw_object(&p->j, NULL);
	print_object(p, &route_attrs, r);
	if (p->json)
		jw_object_end(&p->j);
}
