/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `ip monitor` shows of each message. Names of interfaces are learned from the changes
 * themselves, as one that is gone cannot be asked for.
 */
#include "base/cleanup.h"
#include "ip/monitor.h"
#include "ip/netns.h"
#include "model/address.h"
#include "model/link_print.h"
#include "model/mroute.h"
#include "model/neigh.h"
#include "model/netconf.h"
#include "model/nexthop.h"
#include "model/route.h"
#include "model/rule.h"
#include "netlink/uapi.h"

#include <linux/if_link.h>
#include <netinet/icmp6.h>
#include <string.h>

/* In JSON, the object that is printed next is the member `key`. */
static void monitor_object(struct print *p, const char *key)
{
	if (!p->json)
		return;
	jw_raw(&p->j, key);
	p->j.comma = false;
}

static int show_link(struct ip *ip, const struct nlmsghdr *h, int ifindex, struct err *e)
{
	static const struct link_style style = {.no_qlen = true};
	struct print *p = &ip->print;
	struct link l;
	int rc = link_decode(h, &l, e);

	if (rc < 0)
		return rc;
	if (has(&l, LINK_NAME))
		devices_add_flags(p->devices, l.h.ifi_index, l.name, l.h.ifi_flags);
	if (ifindex && ifindex != l.h.ifi_index)
		return 1;
	if (h->nlmsg_type == RTM_DELLINK)
		print_true(p, "Deleted", "deleted");
	monitor_object(p, "link");
	if (p->json)
		jw_object(&p->j, NULL);
	link_print(p, &l, &style);
	if (p->json)
		jw_object_end(&p->j);
	return 0;
}

static int show_address(struct ip *ip, const struct nlmsghdr *h, int ifindex, struct err *e)
{
	struct print *p = &ip->print;
	struct address a;
	int rc = address_decode(h, &a, e);

	if (rc < 0 || (ifindex && (uint32_t)ifindex != a.h.ifa_index))
		return rc < 0 ? rc : 1;
	if (h->nlmsg_type == RTM_DELADDR)
		print_true(p, "Deleted", "deleted");
	monitor_object(p, "address");
	if (p->json)
		jw_object(&p->j, NULL);
	address_print(p, &a, true);
	if (p->json)
		jw_object_end(&p->j);
	return 0;
}

static int show_route(struct ip *ip, const struct nlmsghdr *h, int ifindex, struct err *e)
{
	struct print *p = &ip->print;
	struct route r;
	int rc = route_decode(h, &r, e);

	/* What is only remembered, not made. */
	if (!rc && (r.h.rtm_flags & RTM_F_CLONED))
		return 1;
	if (rc < 0 || (ifindex && (!has(&r, ROUTE_OIF) || r.oif != (uint32_t)ifindex)))
		return rc < 0 ? rc : 1;
	if (h->nlmsg_type == RTM_DELROUTE)
		print_true(p, "Deleted", "deleted");
	monitor_object(p, "route");
	/* The interface that was asked for goes without saying. */
	if (ifindex)
		r.has &= ~HAS(ROUTE_OIF);
	route_print(p, &r);
	print_text(p, "\n");
	return 0;
}

static int show_neigh(struct ip *ip, const struct nlmsghdr *h, int ifindex, struct err *e)
{
	struct print *p = &ip->print;
	struct neigh n;
	int rc = neigh_decode(h, &n, e);

	/* There is one group for all families. */
	if (rc < 0 || (ifindex && ifindex != n.h.ndm_ifindex) ||
	    (ip->opt.family && ip->opt.family != n.h.ndm_family))
		return rc < 0 ? rc : 1;
	if (h->nlmsg_type == RTM_DELNEIGH)
		print_true(p, "Deleted", "deleted");
	else if (h->nlmsg_type == RTM_GETNEIGH)
		print_true(p, "miss", "miss");
	monitor_object(p, "neigh");
	neigh_print(p, &n, 0);
	print_text(p, "\n");
	return 0;
}

static int show_rule(struct ip *ip, const struct nlmsghdr *h, int ifindex, struct err *e)
{
	struct print *p = &ip->print;
	struct rule r;
	int rc = rule_decode(h, &r, e);

	(void)ifindex;
	if (rc < 0)
		return rc;
	if (h->nlmsg_type == RTM_DELRULE)
		print_true(p, "Deleted", "deleted");
	monitor_object(p, "rule");
	rule_print(p, &r);
	print_text(p, "\n");
	return 0;
}

static int show_netconf(struct ip *ip, const struct nlmsghdr *h, int ifindex, struct err *e)
{
	struct print *p = &ip->print;
	struct netconf n;
	int rc = netconf_decode(h, &n, e);

	if (rc < 0 || (ifindex && (!has(&n, NETCONF_IFINDEX) || n.ifindex != (uint32_t)ifindex)))
		return rc < 0 ? rc : 1;
	if (h->nlmsg_type == RTM_DELNETCONF)
		print_true(p, "Deleted", "deleted");
	monitor_object(p, "netconf");
	netconf_print(p, &n);
	print_text(p, "\n");
	return 0;
}

static int show_nexthop(struct ip *ip, const struct nlmsghdr *h, int ifindex, struct err *e)
{
	struct print *p = &ip->print;
	struct nh n;
	int rc = nh_decode(h, &n, e);

	(void)ifindex;
	if (rc < 0)
		return rc;
	if (h->nlmsg_type == RTM_DELNEXTHOP || h->nlmsg_type == RTM_DELNEXTHOPBUCKET)
		print_true(p, "Deleted", "deleted");
	monitor_object(p, "nexthop");
	nh_print(p, NULL, &n);
	print_text(p, "\n");
	return 0;
}

static int show_nsid(struct ip *ip, const struct nlmsghdr *h, int ifindex, struct err *e)
{
	struct print *p = &ip->print;

	(void)ifindex;
	if (h->nlmsg_type == RTM_DELNSID)
		print_true(p, "Deleted", "deleted");
	monitor_object(p, "nsid");
	return nsid_print(p, h, e);
}

static int show_mroute(struct ip *ip, const struct nlmsghdr *h, int ifindex, struct err *e)
{
	struct print *p = &ip->print;
	struct mroute m;
	int rc = mroute_decode(h, &m, e);

	if (rc < 0 || (ifindex && m.iif != (uint32_t)ifindex))
		return rc < 0 ? rc : 1;
	if (h->nlmsg_type == RTM_DELROUTE)
		print_true(p, "Deleted", "deleted");
	monitor_object(p, "mroute");
	if (p->json)
		jw_object(&p->j, NULL);
	mroute_print(p, &m, true);
	if (p->json)
		jw_object_end(&p->j);
	return 0;
}

/* A group that an interface listens to. */
enum { MADDR_ADDR, MADDR_FIELDS };
struct maddr {
	uint64_t has;
	struct ifaddrmsg h;
	struct ip_addr addr;
};
static const struct attr maddr_rows[MADDR_FIELDS] = {
	[MADDR_ADDR] = {ATTR_ROW_ADDR(IFA_MULTICAST, struct maddr, addr), "mcast", "address", NULL},
};
ATTR_SET(maddr_attrs, "maddress", struct maddr, h, maddr_rows, IFA_MAX);

static int show_maddress(struct ip *ip, const struct nlmsghdr *h, int ifindex, struct err *e)
{
	struct print *p = &ip->print;
	struct maddr m;
	int rc = attr_decode_msg(&maddr_attrs, h, &m, e);

	if (rc < 0 || (ifindex && (uint32_t)ifindex != m.h.ifa_index))
		return rc < 0 ? rc : 1;
	const char *family = m.h.ifa_family == AF_INET ? "inet" : "inet6";
	if (h->nlmsg_type == RTM_DELMULTICAST)
		print_true(p, "Deleted", "deleted");
	monitor_object(p, "maddress");
	if (p->json) {
		jw_object(&p->j, NULL);
		jw_u64(&p->j, "ifindex", m.h.ifa_index);
		jw_str(&p->j, "ifname", devices_name(p->devices, (int)m.h.ifa_index));
		jw_str(&p->j, "family", family);
	} else {
		out_printf(p->o, "%u: %-10s %s ", m.h.ifa_index,
			   devices_name(p->devices, (int)m.h.ifa_index), family);
	}
	if (has(&m, MADDR_ADDR))
		print_addr(p, "mcast", "address", &m.addr);
	print_name(p, "scope", "scope", NAMES_RT_SCOPES, m.h.ifa_scope);
	print_text(p, "\n");
	if (p->json)
		jw_object_end(&p->j);
	return 0;
}

/* A prefix in a router's advertisement. */
enum { PREFIX_ADDR, PREFIX_TIMES, PREFIX_FIELDS };
struct prefix {
	uint64_t has;
	struct prefixmsg h;
	struct ip_addr addr;
	struct prefix_cacheinfo times; /* seconds */
};
static const struct attr prefix_rows[PREFIX_FIELDS] = {
	[PREFIX_ADDR] = {ATTR_ROW_ADDR(PREFIX_ADDRESS, struct prefix, addr), "prefix", "address",
			 NULL},
	[PREFIX_TIMES] = {ATTR_ROW_FIXED(PREFIX_CACHEINFO, struct prefix, times), NULL, "times",
			  NULL},
};
ATTR_SET(prefix_attrs, "prefix", struct prefix, h, prefix_rows, PREFIX_MAX);

/* linux/if_addr.h has none of these (include/net/if_inet6.h). */
enum { PREFIX_ONLINK = 1, PREFIX_AUTOCONF = 2 };

static void prefix_print(struct print *p, const struct prefix *x)
{
	char text[IP_PREFIX_STRLEN] = "";
	const struct ip_prefix prefix = {x->addr, x->h.prefix_len};

	if (has(x, PREFIX_ADDR))
		ip_prefix_str(&prefix, text);
	print_str(p, "prefix", "prefix", text);
	print_dev(p, "dev", "dev", x->h.prefix_ifindex);
	if (x->h.prefix_flags & PREFIX_ONLINK)
		print_true(p, "onlink", "onlink");
	if (x->h.prefix_flags & PREFIX_AUTOCONF)
		print_true(p, "autoconf", "autoconf");
	if (has(x, PREFIX_TIMES)) {
		print_u64(p, "valid", "valid", x->times.valid_time);
		print_u64(p, "preferred", "preferred", x->times.preferred_time);
	}
}

static int show_prefix(struct ip *ip, const struct nlmsghdr *h, int ifindex, struct err *e)
{
	struct print *p = &ip->print;
	struct prefix x;
	int rc = attr_decode_msg(&prefix_attrs, h, &x, e);

	if (rc < 0)
		return rc;
	if (x.h.prefix_family != AF_INET6 || x.h.prefix_type != ND_OPT_PREFIX_INFORMATION ||
	    (ifindex && ifindex != x.h.prefix_ifindex))
		return 1;
	monitor_object(p, "prefix");
	if (p->json)
		jw_object(&p->j, NULL);
	prefix_print(p, &x);
	print_text(p, "\n");
	if (p->json)
		jw_object_end(&p->j);
	return 0;
}

/* Statistics that hardware keeps have changed; whose, which is what there is to do something about.
 */
enum { STATS_FIELDS = 1 };
struct stats {
	uint64_t has;
	struct if_stats_msg h;
};
static const struct attr stats_rows[STATS_FIELDS] = {{.key = "stats"}};
ATTR_SET(stats_attrs, "stats", struct stats, h, stats_rows, IFLA_STATS_MAX);

static int show_stats(struct ip *ip, const struct nlmsghdr *h, int ifindex, struct err *e)
{
	struct print *p = &ip->print;
	struct stats s;
	int rc = attr_decode_msg(&stats_attrs, h, &s, e);

	if (rc < 0 || (ifindex && (uint32_t)ifindex != s.h.ifindex))
		return rc < 0 ? rc : 1;
	monitor_object(p, "stats");
	if (p->json) {
		jw_object(&p->j, NULL);
		jw_u64(&p->j, "ifindex", s.h.ifindex);
		jw_str(&p->j, "ifname", devices_name(p->devices, (int)s.h.ifindex));
		jw_object_end(&p->j);
	} else {
		out_printf(p->o, "%u: %s\n", s.h.ifindex,
			   devices_name(p->devices, (int)s.h.ifindex));
	}
	return 0;
}

/* What can be watched; the labels are iproute2's. */
const struct monitor_kind monitor_kinds[MONITOR_KINDS] = {
	[MONITOR_LINK] = {"LINK", RTNLGRP_LINK, 0, 0, {RTM_NEWLINK, RTM_DELLINK}, 0, show_link},
	[MONITOR_ADDR] = {"ADDR",
			  0,
			  RTNLGRP_IPV4_IFADDR,
			  RTNLGRP_IPV6_IFADDR,
			  {RTM_NEWADDR, RTM_DELADDR},
			  0,
			  show_address},
	[MONITOR_ROUTE] = {"ROUTE",
			   0,
			   RTNLGRP_IPV4_ROUTE,
			   RTNLGRP_IPV6_ROUTE,
			   {RTM_NEWROUTE, RTM_DELROUTE},
			   0,
			   show_route},
	[MONITOR_MROUTE] = {"MROUTE",
			    0,
			    RTNLGRP_IPV4_MROUTE,
			    RTNLGRP_IPV6_MROUTE,
			    {RTM_NEWROUTE, RTM_DELROUTE},
			    RTNL_FAMILY_IPMR,
			    show_mroute},
	[MONITOR_MADDR] = {"MADDR",
			   0,
			   RTNLGRP_IPV4_MCADDR,
			   RTNLGRP_IPV6_MCADDR,
			   {RTM_NEWMULTICAST, RTM_DELMULTICAST},
			   0,
			   show_maddress},
	[MONITOR_PREFIX] = {"PREFIX", 0, 0, RTNLGRP_IPV6_PREFIX, {RTM_NEWPREFIX}, 0, show_prefix},
	[MONITOR_NEIGH] = {"NEIGH",
			   RTNLGRP_NEIGH,
			   0,
			   0,
			   {RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH},
			   0,
			   show_neigh},
	[MONITOR_NETCONF] = {"NETCONF",
			     0,
			     RTNLGRP_IPV4_NETCONF,
			     RTNLGRP_IPV6_NETCONF,
			     {RTM_NEWNETCONF, RTM_DELNETCONF},
			     0,
			     show_netconf},
	[MONITOR_RULE] = {"RULE",
			  0,
			  RTNLGRP_IPV4_RULE,
			  RTNLGRP_IPV6_RULE,
			  {RTM_NEWRULE, RTM_DELRULE},
			  0,
			  show_rule},
	[MONITOR_NSID] = {"NSID", RTNLGRP_NSID, 0, 0, {RTM_NEWNSID, RTM_DELNSID}, 0, show_nsid},
	[MONITOR_NEXTHOP] = {"NEXTHOP",
			     RTNLGRP_NEXTHOP,
			     0,
			     0,
			     {RTM_NEWNEXTHOP, RTM_DELNEXTHOP},
			     0,
			     show_nexthop},
	[MONITOR_BUCKET] = {"NEXTHOPBUCKET",
			    RTNLGRP_NEXTHOP,
			    0,
			    0,
			    {RTM_NEWNEXTHOPBUCKET, RTM_DELNEXTHOPBUCKET},
			    0,
			    show_nexthop},
	[MONITOR_STATS] = {"STATS", RTNLGRP_STATS, 0, 0, {RTM_NEWSTATS}, 0, show_stats},
};
