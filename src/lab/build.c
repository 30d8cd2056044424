/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building a lab.
 *
 * The order is that of somebody who sets up machines: what a new interface is to inherit (sysctls
 * of `default`), the cables, which interfaces do what (sysctls of one interface), everything up,
 * and only then, with carrier everywhere, addresses, routes and router advertisements. An interface
 * without carrier would take an IPv6 address, but not use it before its next event.
 */
#include "lab/build.h"

#include "base/cleanup.h"
#include "lab/announce.h"
#include "model/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/veth.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FIRST_IFINDEX 10

#define PATIENCE 5000 /* ms for something that takes milliseconds */

/* What a lab must not inherit from the machine that it runs on, and what would take seconds. */
static const struct topology_sysctl plain[] = {
	{NULL, "net/ipv4/conf/%s/rp_filter", "0"},
	{NULL, "net/ipv4/conf/%s/arp_ignore", "0"},
	{NULL, "net/ipv4/conf/%s/arp_announce", "0"},
	{NULL, "net/ipv4/conf/%s/arp_filter", "0"},
	{NULL, "net/ipv4/conf/%s/src_valid_mark", "0"},
	{NULL, "net/ipv6/conf/%s/disable_ipv6", "0"},
	{NULL, "net/ipv6/conf/%s/accept_ra", "0"},
	{NULL, "net/ipv6/conf/%s/accept_dad", "0"},
	{NULL, "net/ipv6/conf/%s/dad_transmits", "0"},
	{NULL, "net/ipv6/conf/%s/use_tempaddr", "0"},
	{NULL, "net/ipv6/conf/%s/router_solicitations", "0"},
};

int site_enter(const struct site *s, struct err *e)
{
	if (setns(s->netns, CLONE_NEWNET) < 0)
		return err_errno(e, -errno, "namespace of host %s", s->name);
	return 0;
}

static struct site *site_of(const struct topology *t, struct site *site, const char *host)
{
	for (int i = 0; t->host[i]; i++)
		if (!strcmp(t->host[i], host))
			return &site[i];
	return NULL;
}

/* /proc/sys/net is that of the network namespace of whoever opens it. */
static int set_sysctl(const struct site *s, const char *name, const char *value, struct err *e)
{
	char path[128];

	int rc = site_enter(s, e);
	if (rc < 0)
		return rc;
	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	CLEANUP(free_fd) int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(value);
	if (fd < 0 || write(fd, value, len) != (ssize_t)len)
		return err_errno(e, -errno, "host %s: %s", s->name, path);
	return 0;
}

static int set_plain(const struct site *s, struct err *e)
{
	static const char *const conf[] = {"all", "default"};
	char name[96];

	for (size_t i = 0; i < 2 * ARRAY_SIZE(plain); i++) {
		const struct topology_sysctl *p = &plain[i / 2];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(name, sizeof(name), p->name, conf[i % 2]);
#pragma GCC diagnostic pop
		int rc = set_sysctl(s, name, p->value, e);
		if (rc < 0 && rc != -ENOENT)
			return rc;
	}
	return 0;
}

static int index_of(const struct site *s, const char *dev, struct err *e)
{
	struct devices *d = devices_new(s->nl);
	int index = d ? devices_index(d, dev) : 0;

	devices_free(d);
	return index ? index : err_set(e, -ENODEV, "host %s has no interface %s", s->name, dev);
}

static struct link named_link(const char *dev)
{
	struct link l = {.has = HAS(LINK_NAME)};

	snprintf(l.name, sizeof(l.name), "%s", dev);
	return l;
}

/*
 * A pair of interfaces in one request, each in its own namespace. Their indexes differ: where the
 * two ends of a pair have the same one, the kernel takes a change of carrier for nothing urgent and
 * tells it a second late (linkwatch_urgent_event(), net/core/link_watch.c).
 */
static int add_veth(const struct topology *t, unsigned i, const struct site *a,
		    const struct site *b, struct err *e)
{
	const struct topology_link *l = topology_link(t, i);
	struct link end = named_link(l->a.dev), peer = named_link(l->b.dev);
	struct nl_msg m;

	end.h.ifi_index = (int)(FIRST_IFINDEX + 2 * i);
	peer.h.ifi_index = end.h.ifi_index + 1;
	end.address = topology_lladdr(i, 0);
	end.has |= HAS(LINK_ADDRESS);
	peer.address = topology_lladdr(i, 1);
	peer.net_ns_fd = (uint32_t)b->netns;
	peer.has |= HAS(LINK_ADDRESS) | HAS(LINK_NET_NS_FD);
	int rc = link_message(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &end, e);
	if (rc < 0)
		return rc;
	struct nlattr *info = mnl_attr_nest_start(&m.h, IFLA_LINKINFO);
	mnl_attr_put_strz(&m.h, IFLA_INFO_KIND, "veth");
	struct nlattr *data = mnl_attr_nest_start(&m.h, IFLA_INFO_DATA);
	struct nlattr *other = mnl_attr_nest_start(&m.h, VETH_INFO_PEER);
	rc = attr_encode_msg(&link_attrs, &peer, &m.h, sizeof(m.buf), e);
	mnl_attr_nest_end(&m.h, other);
	mnl_attr_nest_end(&m.h, data);
	mnl_attr_nest_end(&m.h, info);
	if (!rc)
		rc = nl_talk(a->nl, &m.h, NULL, NULL, e);
	return rc < 0 ? err_prefix(e, "link %s", l->name) : 0;
}

static int add_bridge(const struct site *s, const char *name, struct err *e)
{
	struct link l = named_link(name);
	struct nl_msg m;

	l.h.ifi_flags = l.h.ifi_change = IFF_UP;
	int rc = link_message(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &l, e);
	if (rc < 0)
		return rc;
	struct nlattr *info = mnl_attr_nest_start(&m.h, IFLA_LINKINFO);
	mnl_attr_put_strz(&m.h, IFLA_INFO_KIND, "bridge");
	struct nlattr *data = mnl_attr_nest_start(&m.h, IFLA_INFO_DATA);
	mnl_attr_put_u8(&m.h, IFLA_BR_MCAST_SNOOPING, 0);
	mnl_attr_nest_end(&m.h, data);
	mnl_attr_nest_end(&m.h, info);
	rc = nl_talk(s->nl, &m.h, NULL, NULL, e);
	return rc == -EEXIST ? 0 : rc < 0 ? err_prefix(e, "bridge %s of %s", name, s->name) : 0;
}

static int set_up(const struct site *s, const char *dev, bool up, struct err *e)
{
	struct link l = {.h = {.ifi_change = IFF_UP, .ifi_flags = up ? IFF_UP : 0}};
	struct nl_msg m;
	int rc = index_of(s, dev, e);

	if (rc < 0)
		return rc;
	l.h.ifi_index = rc;
	rc = link_message(&m, RTM_NEWLINK, 0, &l, e);
	if (!rc)
		rc = nl_talk(s->nl, &m.h, NULL, NULL, e);
	return rc < 0 ? err_prefix(e, "interface %s of %s", dev, s->name) : 0;
}

static int set_master(const struct site *s, const char *dev, const char *bridge, struct err *e)
{
	struct link l = {.has = HAS(LINK_MASTER)};
	struct nl_msg m;
	int port = index_of(s, dev, e), master = index_of(s, bridge, e);

	if (port < 0 || master < 0)
		return port < 0 ? port : master;
	l.h.ifi_index = port;
	l.master = (uint32_t)master;
	int rc = link_message(&m, RTM_NEWLINK, 0, &l, e);
	if (!rc)
		rc = nl_talk(s->nl, &m.h, NULL, NULL, e);
	return rc < 0 ? err_prefix(e, "port %s of %s", dev, s->name) : 0;
}

/* An address that is there already is what was wanted. */
static int add_address(const struct site *s, const char *dev, const char *text, struct err *e)
{
	struct address a = {.has = HAS(ADDRESS_LOCAL) | HAS(ADDRESS_ADDRESS)};
	struct ip_prefix p;
	struct nl_msg m;
	int rc = index_of(s, dev, e);

	if (rc < 0)
		return rc;
	if (!ip_prefix_parse(text, 0, &p))
		return err_set(e, -EINVAL, "topology: \"%s\" is no address", text);
	a.h = (struct ifaddrmsg){
		.ifa_family = p.addr.family, .ifa_prefixlen = p.len, .ifa_index = (uint32_t)rc};
	a.local = a.address = p.addr;
	rc = address_message(&m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &a, e);
	if (!rc)
		rc = nl_talk(s->nl, &m.h, NULL, NULL, e);
	return rc < 0 ? err_prefix(e, "%s: address %s dev %s", s->name, text, dev) : 0;
}

static int add_route(const struct site *s, const struct topology_route *r, struct err *e)
{
	struct route route;
	struct ip_prefix dst;
	struct nl_msg m;
	int rc = index_of(s, r->dev, e);

	if (rc < 0)
		return rc;
	if (!topology_prefix_parse(r->dst, &dst))
		return err_set(e, -EINVAL, "topology: \"%s\" is no prefix", r->dst);
	route = route_init(dst.addr.family);
	route_set_dst(&route, dst);
	route.oif = (uint32_t)rc;
	route.metric = r->metric;
	route.has |= HAS(ROUTE_OIF) | (r->metric ? HAS(ROUTE_METRIC) : 0);
	route.h.rtm_protocol = r->protocol ? r->protocol : RTPROT_STATIC;
	route.h.rtm_type = r->type ? r->type : RTN_UNICAST;
	if (r->type == RTN_LOCAL) {
		route.table = RT_TABLE_LOCAL;
		route.h.rtm_scope = RT_SCOPE_HOST;
	}
	if (r->via) {
		if (!ip_addr_parse(r->via, dst.addr.family, &route.gateway))
			return err_set(e, -EINVAL, "topology: \"%s\" is no gateway", r->via);
		route.has |= HAS(ROUTE_GATEWAY);
	}
	rc = route_message(&m, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &route, e);
	if (!rc)
		rc = nl_talk(s->nl, &m.h, NULL, NULL, e);
	return rc < 0 ? err_prefix(e, "%s: route %s dev %s", s->name, r->dst, r->dev) : 0;
}

/*
 * Waiting for the kernel: `ready` is asked again after every notification.
 */
typedef bool ready_fn(const struct topology *t, const struct site *s, const struct snapshot *snap);

static int ignore(const struct nlmsghdr *h, void *arg, struct err *e)
{
	(void)h;
	(void)arg;
	(void)e;
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

static int wait_ready(const struct topology *t, const struct site *s, ready_fn *ready,
		      const char *what, struct err *e)
{
	CLEANUP(free_nl) struct nl *events = NULL;
	int64_t end = now_ms() + PATIENCE;
	int rc = site_enter(s, e);

	if (!rc)
		rc = nl_open(&events, NETLINK_ROUTE, RTMGRP_LINK | RTMGRP_IPV6_IFADDR, e);
	while (!rc) {
		CLEANUP(snapshot_free) struct snapshot snap = {0};
		rc = snapshot_take(s->nl, SNAPSHOT_LINKS | SNAPSHOT_ADDRESSES, &snap, e);
		if (rc < 0 || ready(t, s, &snap))
			break;
		int64_t left = end - now_ms();
		if (left <= 0)
			return err_set(e, -ETIMEDOUT, "host %s: %s did not come within %d s",
				       s->name, what, PATIENCE / 1000);
		struct pollfd p = {.fd = nl_fd(events), .events = POLLIN};
		poll(&p, 1, (int)left);
		while ((rc = nl_receive(events, ignore, NULL, NULL)) > 0 || rc == -ENOBUFS)
			;
		if (rc < 0)
			err_errno(e, rc, "host %s: notifications", s->name);
	}
	return rc;
}

static bool dev_operational(const struct snapshot *snap, const char *dev)
{
	const struct link *l = snapshot_link_named(snap, dev);

	return l && has(l, LINK_OPERSTATE) && l->operstate == IF_OPER_UP;
}

static bool links_up(const struct topology *t, const struct site *s, const struct snapshot *snap)
{
	const struct topology_link *l;

	for (unsigned i = 0; (l = topology_link(t, i)); i++) {
		if (!strcmp(l->a.host, s->name) && !dev_operational(snap, l->a.dev))
			return false;
		if (!strcmp(l->b.host, s->name) && !dev_operational(snap, l->b.dev))
			return false;
	}
	return true;
}

static bool has_address_in(const struct snapshot *snap, int ifindex, const struct ip_prefix *p)
{
	for (size_t i = 0; i < snap->address_n; i++) {
		const struct address *a = &snap->address[i];
		if ((int)a->h.ifa_index == ifindex && !(a->flags & IFA_F_TENTATIVE) &&
		    ip_prefix_contains(p, &a->local))
			return true;
	}
	return false;
}

/* A router needs a link-local address to announce from. */
static bool linklocal_there(const struct topology *t, const struct site *s,
			    const struct snapshot *snap)
{
	const struct topology_announce *an;
	struct ip_prefix p;

	if (!ip_prefix_parse("fe80::/10", AF_INET6, &p))
		return false;
	for (unsigned i = 0; (an = topology_announce(t, i)); i++) {
		const struct link *l = snapshot_link_named(snap, an->dev);
		if (!strcmp(an->host, s->name) && (!l || !has_address_in(snap, l->h.ifi_index, &p)))
			return false;
	}
	return true;
}

/* Whoever is at the other end has made itself an address. */
static bool announced_there(const struct topology *t, const struct site *s,
			    const struct snapshot *snap)
{
	const struct topology_announce *an;
	const struct topology_link *l;
	struct ip_prefix p;

	for (unsigned i = 0; (an = topology_announce(t, i)); i++)
		for (unsigned k = 0; (l = topology_link(t, k)); k++) {
			if (strcmp(l->b.host, an->host) || strcmp(l->b.dev, an->dev) ||
			    strcmp(l->a.host, s->name))
				continue;
			const struct link *dev = snapshot_link_named(snap, l->a.dev);
			/* A cut cable has nothing to wait for. */
			if (dev && !link_has_carrier(dev))
				continue;
			if (!dev || !ip_prefix_parse(an->prefix, AF_INET6, &p) ||
			    !has_address_in(snap, dev->h.ifi_index, &p))
				return false;
		}
	return true;
}

static int each_site(const struct topology *t, struct site *site, ready_fn *ready, const char *what,
		     struct err *e)
{
	int rc = 0;

	for (int i = 0; !rc && t->host[i]; i++)
		rc = wait_ready(t, &site[i], ready, what, e);
	return rc;
}

static int make_links(const struct topology *t, struct site *site, struct err *e)
{
	const struct topology_link *l;
	int rc = 0;

	for (unsigned i = 0; !rc && (l = topology_link(t, i)); i++) {
		struct site *a = site_of(t, site, l->a.host), *b = site_of(t, site, l->b.host);
		rc = add_veth(t, i, a, b, e);
		const struct topology_end *end[] = {&l->a, &l->b};
		for (int k = 0; k < 2 && !rc; k++) {
			struct site *s = k ? b : a;
			if (end[k]->bridge)
				rc = add_bridge(s, end[k]->bridge, e);
			if (!rc && end[k]->bridge)
				rc = set_master(s, end[k]->dev, end[k]->bridge, e);
		}
	}
	return rc;
}

static int set_sysctls(const struct topology *t, struct site *site, struct err *e)
{
	const struct topology_sysctl *c;
	int rc = 0;

	for (unsigned i = 0; !rc && (c = topology_sysctl(t, i)); i++)
		rc = set_sysctl(site_of(t, site, c->host), c->name, c->value, e);
	return rc;
}

static int set_links_up(const struct topology *t, struct site *site, struct err *e)
{
	const struct topology_link *l;
	int rc = 0;

	for (int i = 0; !rc && t->host[i]; i++)
		rc = set_up(&site[i], "lo", true, e);
	for (unsigned i = 0; !rc && (l = topology_link(t, i)); i++) {
		rc = set_up(site_of(t, site, l->a.host), l->a.dev, true, e);
		if (!rc)
			rc = set_up(site_of(t, site, l->b.host), l->b.dev, true, e);
	}
	return rc ? rc : each_site(t, site, links_up, "carrier", e);
}

static int add_end_addresses(struct site *s, const struct topology_end *end, struct err *e)
{
	int rc = 0;

	for (int i = 0; !rc && i < TOPOLOGY_ADDRESSES && end->address[i]; i++)
		rc = add_address(s, end->dev, end->address[i], e);
	return rc;
}

static int add_addresses(const struct topology *t, struct site *site, struct err *e)
{
	const struct topology_link *l;
	const struct topology_local *local;
	int rc = 0;

	for (unsigned i = 0; !rc && (l = topology_link(t, i)); i++) {
		rc = add_end_addresses(site_of(t, site, l->a.host), &l->a, e);
		if (!rc)
			rc = add_end_addresses(site_of(t, site, l->b.host), &l->b, e);
	}
	for (unsigned i = 0; !rc && (local = topology_local(t, i)); i++)
		rc = add_address(site_of(t, site, local->host), "lo", local->address, e);
	return rc;
}

/* All routes, or those of one interface. */
static int add_routes(const struct topology *t, struct site *site, const struct topology_end *only,
		      struct err *e)
{
	const struct topology_route *r;
	int rc = 0;

	for (unsigned i = 0; !rc && (r = topology_route(t, i)); i++)
		if (!only || (!strcmp(r->host, only->host) && !strcmp(r->dev, only->dev)))
			rc = add_route(site_of(t, site, r->host), r, e);
	return rc;
}

static int announce(const struct topology *t, struct site *site, const struct topology_end *only,
		    struct err *e)
{
	const struct topology_announce *an;
	int rc = each_site(t, site, linklocal_there, "a link-local address", e);

	for (unsigned i = 0; !rc && (an = topology_announce(t, i)); i++) {
		if (only && (strcmp(an->host, only->host) || strcmp(an->dev, only->dev)))
			continue;
		rc = site_enter(site_of(t, site, an->host), e);
		if (!rc)
			rc = announce_send(an, e);
	}
	return rc ? rc : each_site(t, site, announced_there, "an address by RA", e);
}

int build_network(const struct topology *t, struct site *site, struct err *e)
{
	int rc = 0;

	for (int i = 0; !rc && t->host[i]; i++)
		rc = set_plain(&site[i], e);
	if (!rc)
		rc = make_links(t, site, e);
	if (!rc)
		rc = set_sysctls(t, site, e);
	if (!rc)
		rc = set_links_up(t, site, e);
	if (!rc)
		rc = add_addresses(t, site, e);
	if (!rc)
		rc = add_routes(t, site, NULL, e);
	if (!rc)
		rc = announce(t, site, NULL, e);
	return rc;
}

int build_cut(const struct topology *t, struct site *site, const struct topology_link *l,
	      struct err *e)
{
	return set_up(site_of(t, site, l->b.host), l->b.dev, false, e);
}

int build_heal(const struct topology *t, struct site *site, const struct topology_link *l,
	       struct err *e)
{
	struct site *b = site_of(t, site, l->b.host);
	int rc = set_up(b, l->b.dev, true, e);

	/* The interface's own carrier is enough: other cables may be cut. */
	struct topology just = {.host = t->host, .part = {&(struct topology_part){l, .link_n = 1}}};
	if (!rc)
		rc = each_site(&just, site, links_up, "carrier", e);
	if (!rc)
		rc = add_end_addresses(b, &l->b, e);
	if (!rc)
		rc = add_routes(t, site, &l->b, e);
	if (!rc)
		rc = announce(t, site, &l->b, e);
	return rc;
}
