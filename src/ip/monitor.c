/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip monitor: what changes, as it changes. In JSON each change is a line of its own:
 * {"event":"route","deleted":true,"route":{...}}, the object under the keys that `show` has.
 *
 * Names of interfaces are learned at the start and from the changes themselves, as one that is gone
 * cannot be asked for.
 */
#include "base/cleanup.h"
#include "ip/netns.h"
#include "ip/objects.h"
#include "ip/values.h"
#include "model/address.h"
#include "model/link_print.h"
#include "model/neigh.h"
#include "model/netconf.h"
#include "model/nexthop.h"
#include "model/nsid.h"
#include "model/route.h"
#include "model/rule.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

struct monitor {
	uint64_t has;	 /* nothing of `set` */
	uint32_t wanted; /* bits of kinds[] */
	bool labels;
	int ifindex; /* 0: any */
};

/* In JSON, the object that is printed next is the member `key`. */
static void monitor_object(struct print *p, const char *key)
{
	if (!p->json)
		return;
	jw_raw(&p->j, key);
	p->j.comma = false;
}

/* Prints one object, in text with its line's end; 1 if it is of another interface. */
typedef int show_fn(struct ip *ip, const struct nlmsghdr *h, int ifindex, struct err *e);

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

	if (rc < 0 || (ifindex && (!has(&r, ROUTE_OIF) || r.oif != (uint32_t)ifindex)))
		return rc < 0 ? rc : 1;
	if (h->nlmsg_type == RTM_DELROUTE)
		print_true(p, "Deleted", "deleted");
	monitor_object(p, "route");
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
	if (h->nlmsg_type == RTM_DELNEXTHOP)
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

/* What can be watched; the words' order is iproute2's. Groups of IPv4, IPv6, and of no family. */
static const struct kind {
	const char *label;
	unsigned group, group4, group6;
	uint16_t type[3];
	show_fn *show;
} kinds[] = {
	{"LINK", RTNLGRP_LINK, 0, 0, {RTM_NEWLINK, RTM_DELLINK}, show_link},
	{"ADDR",
	 0,
	 RTNLGRP_IPV4_IFADDR,
	 RTNLGRP_IPV6_IFADDR,
	 {RTM_NEWADDR, RTM_DELADDR},
	 show_address},
	{"ROUTE",
	 0,
	 RTNLGRP_IPV4_ROUTE,
	 RTNLGRP_IPV6_ROUTE,
	 {RTM_NEWROUTE, RTM_DELROUTE},
	 show_route},
	{"NEIGH", RTNLGRP_NEIGH, 0, 0, {RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH}, show_neigh},
	{"NETCONF",
	 0,
	 RTNLGRP_IPV4_NETCONF,
	 RTNLGRP_IPV6_NETCONF,
	 {RTM_NEWNETCONF, RTM_DELNETCONF},
	 show_netconf},
	{"RULE", 0, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE, {RTM_NEWRULE, RTM_DELRULE}, show_rule},
	{"NSID", RTNLGRP_NSID, 0, 0, {RTM_NEWNSID, RTM_DELNSID}, show_nsid},
	{"NEXTHOP", RTNLGRP_NEXTHOP, 0, 0, {RTM_NEWNEXTHOP, RTM_DELNEXTHOP}, show_nexthop},
};
enum { LINK, ADDR, ROUTE, NEIGH, NETCONF, RULE, NSID, NEXTHOP, KINDS };

static void print_time(struct ip *ip)
{
	struct print *p = &ip->print;
	char buf[64];
	struct timeval now;
	struct tm tm;

	if (!ip->opt.timestamp && !ip->opt.short_time)
		return;
	gettimeofday(&now, NULL);
	localtime_r(&now.tv_sec, &tm);
	strftime(buf, sizeof(buf),
		 ip->opt.short_time || p->json ? "%Y-%m-%dT%H:%M:%S" : "%a %b %e %H:%M:%S %Y", &tm);
	if (p->json)
		jw_printf(&p->j, "timestamp", "%s.%06ld", buf, (long)now.tv_usec);
	else if (ip->opt.short_time)
		out_printf(p->o, "[%s.%06ld] ", buf, (long)now.tv_usec);
	else
		out_printf(p->o, "Timestamp: %s %06ld usec\n", buf, (long)now.tv_usec);
}

static const struct kind *kind_of(const struct nlmsghdr *h)
{
	for (unsigned i = 0; i < KINDS; i++)
		for (unsigned k = 0; k < ARRAY_SIZE(kinds[i].type); k++)
			if (kinds[i].type[k] == h->nlmsg_type)
				return &kinds[i];
	return NULL;
}

/* What is not to be shown is unwritten. */
static int show(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct parser *p = arg;
	const struct monitor *q = p->obj;
	const struct kind *k = kind_of(h);
	struct out *o = &p->ip->out;
	size_t start = o->len;

	if (!k)
		return 0;
	jw_init(&p->ip->print.j, o, p->ip->opt.pretty);
	if (p->ip->print.json)
		jw_object(&p->ip->print.j, NULL);
	print_time(p->ip);
	if (q->labels && !p->ip->print.json)
		out_printf(o, "[%s]", k->label);
	int rc = k->show(p->ip, h, q->ifindex, e);
	if (p->ip->print.json) {
		jw_object_end(&p->ip->print.j);
		out_putc(o, '\n');
	}
	if (rc)
		o->len = start;
	return rc < 0 ? rc : 0;
}

static int join(struct nl *nl, const struct monitor *q, uint8_t family, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < KINDS && !rc; i++) {
		const struct kind *k = &kinds[i];
		if (!(q->wanted & 1u << i))
			continue;
		if (k->group)
			rc = nl_join(nl, k->group, e);
		if (!rc && k->group4 && (!family || family == AF_INET))
			rc = nl_join(nl, k->group4, e);
		if (!rc && k->group6 && (!family || family == AF_INET6))
			rc = nl_join(nl, k->group6, e);
	}
	return rc;
}

static int learn(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct link l;
	int rc = link_decode(h, &l, e);

	if (!rc && has(&l, LINK_NAME))
		devices_add_flags(arg, l.h.ifi_index, l.name, l.h.ifi_flags);
	return rc;
}

static int run_monitor(struct parser *p, struct err *e)
{
	struct monitor *q = p->obj;
	CLEANUP(free_nl) struct nl *nl = NULL;
	struct link all = {.has = 0};
	struct nl_msg m;
	int rc = nl_open(&nl, NETLINK_ROUTE, 0, e);

	if (!rc)
		rc = join(nl, q, p->ip->opt.family, e);
	if (!rc)
		rc = link_message(&m, RTM_GETLINK, 0, &all, e);
	if (!rc)
		rc = ip_dump(p->ip, &m.h, learn, p->ip->devices, e);
	while (rc >= 0) {
		struct pollfd poll_fd = {.fd = nl_fd(nl), .events = POLLIN};
		if (poll(&poll_fd, 1, -1) < 0 && errno != EINTR)
			return err_errno(e, -errno, "poll");
		rc = nl_receive(nl, show, p, e);
		if (rc == -ENOBUFS) {
			fputs("Changes came faster than they were read: some are not shown.\n",
			      stderr);
			rc = 0;
		}
		if (out_flush(&p->ip->out) < 0)
			return p->ip->out.error;
	}
	p->ip->status = STATUS_KERNEL;
	return rc;
}

static int take_kind(struct parser *p, const struct keyword *k, struct err *e)
{
	struct monitor *q = p->obj;

	(void)e;
	q->wanted |= 1u << k->num;
	return 0;
}

static int take_all(struct parser *p, const struct keyword *k, struct err *e)
{
	struct monitor *q = p->obj;

	(void)e;
	q->labels = true;
	if (k->num)
		q->wanted = UINT32_MAX;
	return 0;
}

static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	return parse_dev(p, &((struct monitor *)p->obj)->ifindex, e);
}

static const struct keyword words[] = {
	{"=label", take_all, 0, 0, NULL, 0},	     {"=all", take_all, 0, 0, NULL, 1},
	{"=dev", take_dev, 0, 0, "DEVICE", 0},	     {"link", take_kind, 0, 0, NULL, LINK},
	{"address", take_kind, 0, 0, NULL, ADDR},    {"route", take_kind, 0, 0, NULL, ROUTE},
	{"neigh", take_kind, 0, 0, NULL, NEIGH},     {"netconf", take_kind, 0, 0, NULL, NETCONF},
	{"rule", take_kind, 0, 0, NULL, RULE},	     {"nsid", take_kind, 0, 0, NULL, NSID},
	{"nexthop", take_kind, 0, 0, NULL, NEXTHOP}, {0},
};

static int finish(struct parser *p, struct err *e)
{
	struct monitor *q = p->obj;

	(void)e;
	if (!q->wanted)
		q->wanted = UINT32_MAX;
	return 0;
}

const struct command monitor_commands[] = {
	{"", "shows changes", NULL, sizeof(struct monitor), words, NULL, finish, run_monitor, 0, 0,
	 NULL},
	{0},
};
