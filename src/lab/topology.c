/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The networks of the lab.
 *
 * All have the same people in them: `server`, with two uplinks eth0 and eth1 and a LAN on lan0;
 * `client` in that LAN; `isp1` and `isp2`; `internet`, where all of 203.0.113.0/24 and
 * 2001:db8:cafe::/64 answers. The server starts as a DHCP client (and RA, or a user for IPv6) would
 * leave it: an address on each uplink and a default route through each in the table main, the
 * second with the larger metric.
 *
 * ISPs forward what they get, from whatever source: what leaves by the wrong uplink is to be seen
 * and counted, not to vanish.
 */
#include "lab/topology.h"

#include "base/cleanup.h"
#include "base/suggest.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* Rows say what there is, and leave the rest out. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define ROWS(kind, rows) .kind = (rows), .kind##_n = ARRAY_SIZE(rows)

/* The LAN, the internet, and who forwards. */

static const struct topology_link common_links[] = {
	{"lan",
	 {"server", "lan0", {"10.2.0.1/24", "fd00:2::1/64"}},
	 {"client", "eth0", {"10.2.0.2/24", "fd00:2::2/64"}}},
	{"core1",
	 {"isp1", "core", {"10.255.1.2/30", "fd00:255:1::2/64"}},
	 {"internet", "isp1", {"10.255.1.1/30", "fd00:255:1::1/64"}}},
	{"core2",
	 {"isp2", "core", {"10.255.2.2/30", "fd00:255:2::2/64"}},
	 {"internet", "isp2", {"10.255.2.1/30", "fd00:255:2::1/64"}}},
};

static const struct topology_route common_routes[] = {
	{"client", "default", "10.2.0.1", "eth0", .protocol = RTPROT_DHCP},
	{"client", "default6", "fd00:2::1", "eth0", .protocol = RTPROT_RA},
	{"isp1", "default", "10.255.1.1", "core"},
	{"isp1", "default6", "fd00:255:1::1", "core"},
	{"isp2", "default", "10.255.2.1", "core"},
	{"isp2", "default6", "fd00:255:2::1", "core"},
	{"internet", "203.0.113.0/24", NULL, "lo", .type = RTN_LOCAL},
	{"internet", "2001:db8:cafe::/64", NULL, "lo", .type = RTN_LOCAL},
};

static const struct topology_local common_locals[] = {
	{"internet", "203.0.113.1/32"},
	{"internet", "2001:db8:cafe::1/128"},
};

static const struct topology_sysctl common_sysctls[] = {
	{"server", "net/ipv4/ip_forward", "1"},	  {"server", "net/ipv6/conf/all/forwarding", "1"},
	{"isp1", "net/ipv4/ip_forward", "1"},	  {"isp1", "net/ipv6/conf/all/forwarding", "1"},
	{"isp2", "net/ipv4/ip_forward", "1"},	  {"isp2", "net/ipv6/conf/all/forwarding", "1"},
	{"internet", "net/ipv4/ip_forward", "1"}, {"internet", "net/ipv6/conf/all/forwarding", "1"},
};

static const struct topology_part common = {
	ROWS(link, common_links),
	ROWS(route, common_routes),
	ROWS(local, common_locals),
	ROWS(sysctl, common_sysctls),
};

static const char *const hosts[] = {"server", "client", "isp1", "isp2", "internet", NULL};

/* Two separate ISPs: what the topologies that have them have in common, and IPv6 set up by hand. */

static const struct topology_route isps_routes[] = {
	{"server", "default", "192.0.2.1", "eth0", .protocol = RTPROT_DHCP, .metric = 100},
	{"server", "default", "198.51.100.1", "eth1", .protocol = RTPROT_DHCP, .metric = 200},
	{"internet", "192.0.2.0/24", "10.255.1.2", "isp1"},
	{"internet", "2001:db8:1::/64", "fd00:255:1::2", "isp1"},
	{"internet", "198.51.100.0/24", "10.255.2.2", "isp2"},
	{"internet", "2001:db8:2::/64", "fd00:255:2::2", "isp2"},
};

static const struct topology_part isps = {ROWS(route, isps_routes)};

static const struct topology_link two_isp_links[] = {
	{"isp1",
	 {"server", "eth0", {"192.0.2.10/24", "2001:db8:1::10/64"}},
	 {"isp1", "cust", {"192.0.2.1/24", "2001:db8:1::1/64"}}},
	{"isp2",
	 {"server", "eth1", {"198.51.100.10/24", "2001:db8:2::10/64"}},
	 {"isp2", "cust", {"198.51.100.1/24", "2001:db8:2::1/64"}}},
};

static const struct topology_route two_isp_routes[] = {
	{"server", "default6", "2001:db8:1::1", "eth0", .protocol = RTPROT_RA, .metric = 100},
	{"server", "default6", "2001:db8:2::1", "eth1", .protocol = RTPROT_RA, .metric = 200},
};

static const struct topology_part two_isp_part = {
	ROWS(link, two_isp_links),
	ROWS(route, two_isp_routes),
};

static const struct topology two_isp = {
	.name = "two-isp",
	.title = "Two ISPs, a subnet each",
	.summary = "two ISPs, an address of each, IPv4 and IPv6, a LAN behind",
	.host = hosts,
	.part = {&two_isp_part, &isps, &common},
	.uplink = {{.name = "isp1",
		    .dev = "eth0",
		    .link = "isp1",
		    .address = {"192.0.2.10", "2001:db8:1::10"},
		    .router = {"isp1", "cust", {"192.0.2.1", "2001:db8:1::1"}}},
		   {.name = "isp2",
		    .dev = "eth1",
		    .link = "isp2",
		    .address = {"198.51.100.10", "2001:db8:2::10"},
		    .router = {"isp2", "cust", {"198.51.100.1", "2001:db8:2::1"}}}},
	.picture =
		"                       .10 eth0 --  192.0.2.0/24  -- .1 isp1\n"
		"client .2 --- .1 lan0 server                                internet 203.0.113.0/24\n"
		"     10.2.0.0/24       .10 eth1 -- 198.51.100.0/24 - .1 isp2\n",
};

/* Both uplinks on one subnet, as in the article: one switch, two routers. */

static const char *const shared_hosts[] = {"server", "client",	 "switch", "isp1",
					   "isp2",   "internet", NULL};

static const struct topology_link shared_links[] = {
	{"isp1",
	 {"server", "eth0", {"192.168.12.104/24", "2001:db8:12::104/64"}},
	 {"switch", "port1", .bridge = "br0"}},
	{"isp2",
	 {"server", "eth1", {"192.168.12.111/24", "2001:db8:12::111/64"}},
	 {"switch", "port2", .bridge = "br0"}},
	{"router1",
	 {"switch", "port3", .bridge = "br0"},
	 {"isp1", "cust", {"192.168.12.1/24", "2001:db8:12::1/64"}}},
	{"router2",
	 {"switch", "port4", .bridge = "br0"},
	 {"isp2", "cust", {"192.168.12.254/24", "2001:db8:12::254/64"}}},
};

/* The internet knows each address by its own ISP only, and each router by itself. */
static const struct topology_route shared_routes[] = {
	{"server", "default", "192.168.12.1", "eth0", .protocol = RTPROT_DHCP, .metric = 100},
	{"server", "default", "192.168.12.254", "eth1", .protocol = RTPROT_DHCP, .metric = 200},
	{"server", "default6", "2001:db8:12::1", "eth0", .protocol = RTPROT_RA, .metric = 100},
	{"server", "default6", "2001:db8:12::254", "eth1", .protocol = RTPROT_RA, .metric = 200},
	{"internet", "192.168.12.104/32", "10.255.1.2", "isp1"},
	{"internet", "192.168.12.1/32", "10.255.1.2", "isp1"},
	{"internet", "2001:db8:12::104/128", "fd00:255:1::2", "isp1"},
	{"internet", "2001:db8:12::1/128", "fd00:255:1::2", "isp1"},
	{"internet", "192.168.12.111/32", "10.255.2.2", "isp2"},
	{"internet", "192.168.12.254/32", "10.255.2.2", "isp2"},
	{"internet", "2001:db8:12::111/128", "fd00:255:2::2", "isp2"},
	{"internet", "2001:db8:12::254/128", "fd00:255:2::2", "isp2"},
};

static const struct topology_part shared_part = {
	ROWS(link, shared_links),
	ROWS(route, shared_routes),
};

static const struct topology shared_subnet = {
	.name = "shared-subnet",
	.title = "Two ISPs on one subnet",
	.summary = "both uplinks on one switch and one subnet, two gateways",
	.host = shared_hosts,
	.part = {&shared_part, &common},
	.uplink = {{.name = "isp1",
		    .dev = "eth0",
		    .link = "isp1",
		    .address = {"192.168.12.104", "2001:db8:12::104"},
		    .router = {"isp1", "cust", {"192.168.12.1", "2001:db8:12::1"}}},
		   {.name = "isp2",
		    .dev = "eth1",
		    .link = "isp2",
		    .address = {"192.168.12.111", "2001:db8:12::111"},
		    .router = {"isp2", "cust", {"192.168.12.254", "2001:db8:12::254"}}}},
	.picture =
		"                    .104 eth0 --.                  .-- .1   isp1\n"
		"client --- lan0 server          switch 192.168.12.0/24          internet 203.0.113.0/24\n"
		"   10.2.0.0/24      .111 eth1 --'                  '-- .254 isp2\n",
};

/* As two-isp, but IPv6 comes by router advertisements: addresses (SLAAC) and gateways (fe80::). */

static const struct topology_link dual_links[] = {
	{"isp1",
	 {"server", "eth0", {"192.0.2.10/24"}},
	 {"isp1", "cust", {"192.0.2.1/24", "2001:db8:1::1/64"}}},
	{"isp2",
	 {"server", "eth1", {"198.51.100.10/24"}},
	 {"isp2", "cust", {"198.51.100.1/24", "2001:db8:2::1/64"}}},
};

/* A machine that forwards takes advertisements only where it is told so. */
static const struct topology_sysctl dual_sysctls[] = {
	{"server", "net/ipv6/conf/eth0/accept_ra", "2"},
	{"server", "net/ipv6/conf/eth1/accept_ra", "2"},
};

static const struct topology_announce dual_announce[] = {
	{"isp1", "cust", "2001:db8:1::/64"},
	{"isp2", "cust", "2001:db8:2::/64"},
};

static const struct topology_part dual_part = {
	ROWS(link, dual_links),
	ROWS(sysctl, dual_sysctls),
	ROWS(announce, dual_announce),
};

static const struct topology dual_stack = {
	.name = "dual-stack",
	.title = "Two ISPs, IPv6 by router advertisements",
	.summary = "two ISPs, IPv4 by DHCP, IPv6 by router advertisements",
	.host = hosts,
	.part = {&dual_part, &isps, &common},
	.uplink = {{.name = "isp1",
		    .dev = "eth0",
		    .link = "isp1",
		    /* RFC 4291's interface identifier of 02:6d:68:00:00:00 */
		    .address = {"192.0.2.10", "2001:db8:1:0:6d:68ff:fe00:0"},
		    .router = {"isp1", "cust", {"192.0.2.1", "2001:db8:1::1"}}},
		   {.name = "isp2",
		    .dev = "eth1",
		    .link = "isp2",
		    .address = {"198.51.100.10", "2001:db8:2:0:6d:68ff:fe00:100"},
		    .router = {"isp2", "cust", {"198.51.100.1", "2001:db8:2::1"}}}},
	.picture =
		"                        eth0 -- RA 2001:db8:1::/64 -- fe80:: isp1\n"
		"client --- lan0 server                                      internet 2001:db8:cafe::/64\n"
		"   fd00:2::/64          eth1 -- RA 2001:db8:2::/64 -- fe80:: isp2\n",
};

const struct topology *const topologies[] = {&two_isp, &shared_subnet, &dual_stack, NULL};

static int unknown(const char *what, struct suggest *s, struct err *e)
{
	err_set(e, -ENOENT, "no %s \"%s\"", what, s->word);
	if (s->best)
		err_hint(e, "did you mean %s?", s->best);
	return -ENOENT;
}

int topology_find(const char *name, const struct topology **ret, struct err *e)
{
	struct suggest s = suggest_init(name);

	for (const struct topology *const *t = topologies; *t; t++) {
		if (!strcmp((*t)->name, name)) {
			*ret = *t;
			return 0;
		}
		suggest_try(&s, (*t)->name);
	}
	unknown("topology", &s, e);
	if (!s.best)
		err_hint(e, "there are two-isp, shared-subnet, dual-stack");
	return -ENOENT;
}

int topology_find_link(const struct topology *t, const char *name, const struct topology_link **ret,
		       struct err *e)
{
	struct suggest s = suggest_init(name);
	const struct topology_link *l;

	for (unsigned i = 0; (l = topology_link(t, i)); i++) {
		if (!strcmp(l->name, name)) {
			*ret = l;
			return 0;
		}
		suggest_try(&s, l->name);
	}
	return unknown("link", &s, e);
}

int topology_find_host(const struct topology *t, const char *name, struct err *e)
{
	struct suggest s = suggest_init(name);

	for (int i = 0; t->host[i]; i++) {
		if (!strcmp(t->host[i], name))
			return i;
		suggest_try(&s, t->host[i]);
	}
	return unknown("host", &s, e);
}

/* Row number `i`, when the rows of all parts stand in one line. */
#define ROW(t, i, kind)                                                                            \
	for (unsigned p_ = 0; p_ < TOPOLOGY_PARTS && (t)->part[p_]; p_++) {                        \
		if ((i) < (t)->part[p_]->kind##_n)                                                 \
			return &(t)->part[p_]->kind[(i)];                                          \
		(i) -= (t)->part[p_]->kind##_n;                                                    \
	}                                                                                          \
	return NULL

const struct topology_link *topology_link(const struct topology *t, unsigned i)
{
	ROW(t, i, link);
}

const struct topology_route *topology_route(const struct topology *t, unsigned i)
{
	ROW(t, i, route);
}

const struct topology_local *topology_local(const struct topology *t, unsigned i)
{
	ROW(t, i, local);
}

const struct topology_sysctl *topology_sysctl(const struct topology *t, unsigned i)
{
	ROW(t, i, sysctl);
}

const struct topology_announce *topology_announce(const struct topology *t, unsigned i)
{
	ROW(t, i, announce);
}

struct lladdr topology_lladdr(unsigned i, unsigned end)
{
	/* Locally administered; "mh". */
	return (struct lladdr){6, {0x02, 'm', 'h', 0, (uint8_t)i, (uint8_t)end}};
}

struct lladdr topology_dev_lladdr(const struct topology *t, const char *host, const char *dev)
{
	const struct topology_link *l;

	for (unsigned i = 0; (l = topology_link(t, i)); i++) {
		if (!strcmp(l->a.host, host) && !strcmp(l->a.dev, dev))
			return topology_lladdr(i, 0);
		if (!strcmp(l->b.host, host) && !strcmp(l->b.dev, dev))
			return topology_lladdr(i, 1);
	}
	return (struct lladdr){.len = 0};
}

bool topology_prefix_parse(const char *s, struct ip_prefix *ret)
{
	if (!strcmp(s, "default"))
		s = "0.0.0.0/0";
	else if (!strcmp(s, "default6"))
		s = "::/0";
	return ip_prefix_parse(s, 0, ret);
}
