/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * route: the tables. IPv4's is the main table as the kernel dumps it, with the columns that
 * /proc/net/route would have: one next hop of a multipath route, no reference or use counts.
 *
 * IPv6's is every table, and how often each route is referred to, which netlink does not tell: it
 * is read from /proc/net/ipv6_route.
 */
#include "ip/classic_route.h"

#include "base/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/ipv6_route.h>
#include <linux/route.h>
#include <stdio.h>
#include <string.h>

/* A line of the table. */
struct row {
	const char *dst, *gateway, *mask, *dev;
	char flags[16];
	int32_t metric;
	uint32_t mss, window, rtt;
	bool reject;
};

static uint32_t metric_of(const struct route *r, unsigned type)
{
	uint32_t v = 0;

	if (has(r, ROUTE_METRICS))
		attr_each (a, r->metrics) {
			struct nl_ref ref = attr_payload(a);
			if (attr_type(a) == type && ref.len >= sizeof(v))
				memcpy(&v, ref.p, sizeof(v));
		}
	return v;
}

/* The way that is shown: a multipath route's first. An IPv6 gateway only leaves its flag. */
static void first_way(const struct route *r, struct ip_addr *gateway, bool *flag, int *oif)
{
	struct route_nexthop nh;
	size_t at = 0;
	bool multipath = has(r, ROUTE_MULTIPATH) && route_nexthop_next(r->multipath, &at, &nh);

	*gateway = (struct ip_addr){.family = AF_INET};
	if (multipath ? has(&nh, NEXTHOP_GATEWAY) : has(r, ROUTE_GATEWAY))
		*gateway = multipath ? nh.gateway : r->gateway;
	*flag = !ip_addr_is_any(gateway) || (multipath ? has(&nh, NEXTHOP_VIA) : has(r, ROUTE_VIA));
	*oif = multipath ? nh.h.rtnh_ifindex : has(r, ROUTE_OIF) ? (int)r->oif : 0;
}

static const char *cut(struct classic *c, const char *s)
{
	return arena_strndup(&c->arena, s, 15);
}

static void fill_row(struct classic *c, const struct route *r, struct row *row)
{
	bool host = r->h.rtm_dst_len == 32, via;
	struct ip_addr gateway, mask = classic_mask(r->h.rtm_dst_len);
	char buf[IP_ADDR_STRLEN];
	int oif;

	first_way(r, &gateway, &via, &oif);
	const char *dst = ip_addr_is_any(&r->dst) && !c->opt.numeric
				  ? "default"
				  : classic_name(c, &r->dst, r->h.rtm_dst_len, host);
	uint32_t mss = metric_of(r, RTAX_ADVMSS);
	*row = (struct row){
		.dst = cut(c, dst),
		.gateway = cut(c, classic_name(c, &gateway, 32, true)),
		.mask = arena_strdup(&c->arena, ip_addr_str(&mask, buf)),
		.dev = oif ? devices_name(c->ip->devices, oif) : "*",
		.metric = (int32_t)r->metric,
		.mss = mss ? mss + 40 : 0,
		.window = metric_of(r, RTAX_WINDOW),
		.rtt = metric_of(r, RTAX_RTT) >> 3,
		.reject = r->h.rtm_type == RTN_UNREACHABLE || r->h.rtm_type == RTN_PROHIBIT,
	};
	snprintf(row->flags, sizeof(row->flags), "%s%s",
		 row->reject ? "!"
		 : via	     ? "UG"
			     : "U",
		 host ? "H" : "");
}

static void print_row(struct classic *c, const struct row *r)
{
	struct out *o = &c->ip->out;

	out_printf(o, "%-15s %-15s %-15s %-5s ", r->dst, r->reject ? "-" : r->gateway, r->mask,
		   r->flags);
	if (c->opt.extend == 1) {
		if (r->reject)
			out_puts(o, "    - -          - -\n");
		else
			out_printf(o, "%5u %-5u %6u %s\n", r->mss, r->window, r->rtt, r->dev);
		return;
	}
	bool all = c->opt.extend > 1;
	out_printf(o, "%-6d ", r->metric);
	if (r->reject)
		out_printf(o, "-  %7d -%s\n", 0, all ? "        -     -      -" : "");
	else if (all)
		out_printf(o, "%-3d %6d %-6.6s   %-5u %-6u %u\n", 0, 0, r->dev, r->mss, r->window,
			   r->rtt);
	else
		out_printf(o, "%-2d %7d %s\n", 0, 0, r->dev);
}

static int show_route(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct classic *c = arg;
	struct route r;
	struct row row;
	int rc = route_decode(h, &r, e);

	if (rc < 0 || r.h.rtm_family != AF_INET || r.table != RT_TABLE_MAIN ||
	    r.h.rtm_type == RTN_BROADCAST || r.h.rtm_type == RTN_MULTICAST)
		return rc;
	fill_row(c, &r, &row);
	print_row(c, &row);
	return 0;
}

static const char *columns(const struct classic *c)
{
	switch (c->opt.extend) {
	case 0:
		return "Flags Metric Ref    Use Iface";
	case 1:
		return "Flags   MSS Window  irtt Iface";
	default:
		return "Flags Metric Ref    Use Iface    MSS   Window irtt";
	}
}

int route_view(struct classic *c, struct err *e)
{
	struct route all = {.h = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN}};
	struct out *o = &c->ip->out;
	struct nl_msg m;
	int rc = 0;

	if (c->opt.fib || !c->opt.cache) {
		out_printf(o, "Kernel IP routing table\n%-16s%-16s%-16s%s\n", "Destination",
			   "Gateway", "Genmask", columns(c));
		rc = nl_msg_object(&m, RTM_GETROUTE, 0, &route_attrs, &all, e);
		if (!rc)
			rc = ip_dump(c->ip, &m.h, show_route, c, e);
	}
	/* The kernel has had no such cache since Linux 3.6. */
	if (!rc && c->opt.cache)
		out_printf(o, "Kernel IP routing cache\n%-16s%-16s%-16s%s%s\n", "Source",
			   "Destination", "Gateway", columns(c),
			   c->opt.extend > 1 ? "  TOS HHRef HHUptod     SpecDst" : "");
	return rc;
}

/* In the order in which they are shown. */
static const struct {
	uint32_t bit;
	char letter;
} flags6[] = {
	{RTF_UP, 'U'},	    {RTF_REJECT, '!'},	 {RTF_GATEWAY, 'G'},   {RTF_HOST, 'H'},
	{RTF_DEFAULT, 'D'}, {RTF_ADDRCONF, 'A'}, {RTF_CACHE, 'C'},     {RTF_ALLONLINK, 'a'},
	{RTF_EXPIRES, 'e'}, {RTF_MODIFIED, 'm'}, {RTF_NONEXTHOP, 'n'}, {RTF_FLOW, 'f'},
};

/* A line of /proc/net/ipv6_route. */
struct row6 {
	struct ip_addr dst, gateway;
	unsigned len;
	uint32_t metric, ref, use, flags;
	char dev[IFNAMSIZ];
};

static bool hex_address(const char *s, struct ip_addr *ret)
{
	*ret = (struct ip_addr){.family = AF_INET6};
	for (unsigned i = 0; i < 16; i++)
		if (sscanf(s + 2 * i, "%2" SCNx8, &ret->b[i]) != 1)
			return false;
	return true;
}

static bool read_row6(const char *line, struct row6 *r)
{
	char dst[33], gateway[33];

	return sscanf(line,
		      "%32[0-9a-f] %2x %*32[0-9a-f] %*2x %32[0-9a-f] %8" SCNx32 " %8" SCNx32
		      " %8" SCNx32 " %8" SCNx32 " %15s",
		      dst, &r->len, gateway, &r->metric, &r->ref, &r->use, &r->flags,
		      r->dev) == 8 &&
	       strlen(dst) == 32 && strlen(gateway) == 32 && hex_address(dst, &r->dst) &&
	       hex_address(gateway, &r->gateway);
}

static void print_row6(struct classic *c, const struct row6 *r)
{
	char flags[ARRAY_SIZE(flags6) + 1], dst[1100];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(flags6); i++)
		if (r->flags & flags6[i].bit)
			flags[n++] = flags6[i].letter;
	flags[n] = '\0';
	snprintf(dst, sizeof(dst), "%s/%u", classic_name6(c, &r->dst), r->len);
	out_printf(&c->ip->out, "%-30s %-26s %-4s %-3d %-1d %6d %s\n", dst,
		   classic_name6(c, &r->gateway), flags, (int)r->metric, (int)r->ref, (int)r->use,
		   r->dev);
}

/* Routes, or what the kernel learned of them. */
static int view6(struct classic *c, const char *title, bool cached, struct err *e)
{
	CLEANUP(free_file) FILE *f = fopen("/proc/net/ipv6_route", "re");
	CLEANUP(free_ptr) char *line = NULL;
	size_t size = 0;
	struct row6 r;

	if (!f)
		return err_errno(e, -errno, "cannot read /proc/net/ipv6_route");
	out_printf(&c->ip->out, "%s\n%-31s%-27s%s\n", title, "Destination", "Next Hop",
		   "Flag Met Ref  Use If");
	while (getline(&line, &size, f) > 0)
		if (read_row6(line, &r) && !!(r.flags & RTF_CACHE) == cached)
			print_row6(c, &r);
	return 0;
}

int route_view6(struct classic *c, struct err *e)
{
	int rc = 0;

	if (c->opt.fib || !c->opt.cache)
		rc = view6(c, "Kernel IPv6 routing table", false, e);
	if (!rc && c->opt.cache)
		rc = view6(c, "Kernel IPv6 routing cache", true, e);
	return rc;
}
