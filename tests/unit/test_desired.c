/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The desired state of machines made up in memory. */
#include "unit.h"

#include "machine.h"

#define ISP1 "[uplink isp1]\ninterface = eth0\n"
#define ISP2 "[uplink isp2]\ninterface = eth1\n"
#define GW1  "gateway = 192.168.1.1\n"
#define GW2  "gateway = 192.168.2.1\n"
#define V4   "family = ipv4\n"
#define TWO  ISP1 GW1 V4 ISP2 GW2 V4

struct made {
	struct config config;
	struct desired want;
	struct arena a;
	struct err e;
	char line[1024];
};

static int make(struct made *d, struct machine_made *m, const char *conf)
{
	*d = (struct made){0};
	if (config_parse("t.conf", conf, strlen(conf), &d->config, &d->e))
		fail_msg("%s", err_line(&d->e, d->line, sizeof(d->line)));
	return desired_make(&d->config, &m->machine, NULL, 0, &d->want, &d->e);
}

static void done(struct made *d)
{
	desired_free(&d->want);
	config_free(&d->config);
	arena_free(&d->a);
}

/* The commands that make the wanted state, of those that begin with `prefix`. */
static const char *text(struct made *d, struct machine_made *m, const char *prefix)
{
	struct owned none = {0};
	struct plan p;
	const char *ret = "";

	plan_make(&none, &d->want.owned, &p);
	char *all = machine_commands(m, &p, &d->a);
	for (char *line = strtok(all, "\n"); line; line = strtok(NULL, "\n"))
		if (!strncmp(line, prefix, strlen(prefix)))
			ret = arena_printf(&d->a, "%s%s\n", ret, line);
	plan_free(&p);
	return ret;
}

static void gives(struct machine_made *m, const char *conf, const char *prefix, const char *want)
{
	struct made d;

	if (make(&d, m, conf))
		fail_msg("%s", err_line(&d.e, d.line, sizeof(d.line)));
	assert_string_equal(text(&d, m, prefix), want);
	done(&d);
}

/* All of `wants` (ended by NULL) are lines that make the state. */
static void has_lines(struct machine_made *m, const char *conf, const char *const *wants)
{
	struct made d;

	if (make(&d, m, conf))
		fail_msg("%s", err_line(&d.e, d.line, sizeof(d.line)));
	const char *all = text(&d, m, "");
	for (; *wants; wants++)
		if (!strstr(all, *wants))
			fail_msg("no \"%s\" in:\n%s", *wants, all);
	done(&d);
}
#define HAS_LINES(m, conf, ...) has_lines(m, conf, (const char *const[]){__VA_ARGS__, NULL})

static void refuses(struct machine_made *m, const char *conf, const char *want)
{
	struct made d;

	if (!make(&d, m, conf))
		fail_msg("accepted, not \"%s\":\n%s", want, conf);
	assert_string_equal(err_line(&d.e, d.line, sizeof(d.line)), want);
	done(&d);
}

static void two_isps(void **state)
{
	struct machine_made m;

	(void)state;
	machine_two_isps(&m);
	gives(&m, TWO, "ip route",
	      "ip route add unreachable default table 1011 proto 77 metric 4294967295\n"
	      "ip route add unreachable default table 1012 proto 77 metric 4294967295\n"
	      "ip route add 192.168.1.0/24 dev eth0 table 1011 proto 77 scope 253 src "
	      "192.168.1.2\n"
	      "ip route add 192.168.2.0/24 dev eth1 table 1012 proto 77 scope 253 src "
	      "192.168.2.2\n"
	      "ip route add default table 1010 proto 77 nexthop via 192.168.1.1 dev eth0 weight 1 "
	      "nexthop via 192.168.2.1 dev eth1 weight 1\n"
	      "ip route add default via 192.168.1.1 dev eth0 table 1011 proto 77\n"
	      "ip route add default via 192.168.2.1 dev eth1 table 1012 proto 77\n");
	gives(&m, TWO, "ip rule",
	      "ip rule add pref 1010 lookup 254 suppress_prefixlength 1 suppress_ifgroup 77 "
	      "protocol 77\n"
	      "ip rule add pref 1020 from 192.168.1.2 lookup 1011 protocol 77\n"
	      "ip rule add pref 1020 from 192.168.2.2 lookup 1012 protocol 77\n"
	      "ip rule add pref 1030 fwmark 0x10000/0xff0000 lookup 1011 protocol 77\n"
	      "ip rule add pref 1030 fwmark 0x20000/0xff0000 lookup 1012 protocol 77\n"
	      "ip rule add pref 1040 lookup 254 suppress_prefixlength 1 protocol 77\n"
	      "ip rule add pref 1050 oif eth0 lookup 1011 protocol 77\n"
	      "ip rule add pref 1050 oif eth1 lookup 1012 protocol 77\n"
	      "ip rule add pref 32765 lookup 1010 protocol 77\n");
	gives(&m, TWO, "ip -6", "");
	machine_free(&m);
}

static void gateways_are_found(void **state)
{
	struct machine_made m;

	(void)state;
	machine_two_isps(&m);
	/* A higher metric loses, our own does not count, other tables and multipath legs do. */
	machine_route(&m, AF_INET, NULL, "192.168.1.7", 2, RT_TABLE_MAIN, RTPROT_DHCP, 100);
	machine_route(&m, AF_INET, NULL, "192.168.1.8", 2, RT_TABLE_MAIN, RTPROT_STATIC, 50);
	machine_route(&m, AF_INET, NULL, "192.168.1.9", 2, 1011, MULTIHOME_PROTOCOL, 0);
	machine_route(&m, AF_INET, NULL, "192.168.2.9", 3, 200, RTPROT_BOOT, 0);
	machine_route(&m, AF_INET6, NULL, "fe80::1", 2, RT_TABLE_MAIN, RTPROT_RA, 1024);
	HAS_LINES(&m, ISP1 ISP2,
		  "nexthop via 192.168.1.8 dev eth0 weight 1 nexthop via 192.168.2.9 dev eth1",
		  "ip -6 route add default via fe80::1 dev eth0 table 1010 proto 77 metric 1024\n",
		  "ip -6 rule add pref 1020 from 2001:db8:1::/64 lookup 1011 protocol 77\n");
	/* isp2 has IPv6 addresses, but nothing says that it is a way out. */
	gives(&m, ISP1 ISP2, "ip -6 rule add pref 1020",
	      "ip -6 rule add pref 1020 from 2001:db8:1::/64 lookup 1011 protocol 77\n");
	machine_free(&m);
}

static void vanished_gateway_keeps_its_rules(void **state)
{
	struct machine_made m;

	(void)state;
	machine_two_isps(&m);
	machine_route(&m, AF_INET, NULL, "192.168.1.1", 2, RT_TABLE_MAIN, RTPROT_DHCP, 0);
	gives(&m, ISP1 ISP2, "ip rule add pref 1020",
	      "ip rule add pref 1020 from 192.168.1.2 lookup 1011 protocol 77\n");
	machine_rule(&m, AF_INET, 1020, "192.168.2.2", 1012, MULTIHOME_PROTOCOL);
	HAS_LINES(&m, ISP1 ISP2, "ip rule add pref 1020 from 192.168.2.2 lookup 1012 protocol 77\n",
		  "ip route add unreachable default table 1012",
		  "ip route add default via 192.168.1.1 dev eth0 table 1010 proto 77\n");
	machine_free(&m);
}

static void not_usable(void **state)
{
	struct machine_made m;
	struct made d;

	(void)state;
	machine_two_isps(&m);
	m.snap.link[1].h.ifi_flags = IFF_UP;
	assert_int_equal(make(&d, &m, TWO), 0);
	assert_string_equal(text(&d, &m, "ip route add default"),
			    "ip route add default via 192.168.1.1 dev eth0 table 1010 proto 77\n"
			    "ip route add default via 192.168.1.1 dev eth0 table 1011 proto 77\n"
			    "ip route add default via 192.168.2.1 dev eth1 table 1012 proto 77\n");
	assert_int_equal(d.want.warning_n, 1);
	assert_string_equal(d.want.warning[0], "isp2: eth1 has no carrier");
	done(&d);
	m.snap.link[0].h.ifi_flags = m.snap.link[1].h.ifi_flags = 0;
	gives(&m, TWO, "ip route add default", "");
	gives(&m, TWO "[multihome]\nwhen-all-down = unreachable\n", "ip route add unreachable",
	      "ip route add unreachable default table 1010 proto 77\n"
	      "ip route add unreachable default table 1011 proto 77 metric 4294967295\n"
	      "ip route add unreachable default table 1012 proto 77 metric 4294967295\n");
	machine_free(&m);
}

static void ipv6_sources(void **state)
{
	struct machine_made m;

	(void)state;
	machine_two_isps(&m);
	machine_address(&m, 2, "2001:db8:1::9/64", IFA_F_DEPRECATED | IFA_F_TEMPORARY);
	machine_address(&m, 2, "2001:db8:5::1/64", IFA_F_DADFAILED);
	machine_address(&m, 2, "2001:db8:6::1/128", 0);
	machine_address(&m, 2, "2001:db8:7::1/64", 0);
	machine_address(&m, 3, "2001:db8:7::2/64", 0);
	gives(&m, ISP1 "gateway = fe80::1\n" ISP2 "gateway = fe80::2\n", "ip -6 rule add pref 1020",
	      "ip -6 rule add pref 1020 from 2001:db8:1::/64 lookup 1011 protocol 77\n"
	      "ip -6 rule add pref 1020 from 2001:db8:6::1 lookup 1011 protocol 77\n"
	      "ip -6 rule add pref 1020 from 2001:db8:7::1 lookup 1011 protocol 77\n"
	      "ip -6 rule add pref 1020 from 2001:db8:2::/64 lookup 1012 protocol 77\n"
	      "ip -6 rule add pref 1020 from 2001:db8:7::2 lookup 1012 protocol 77\n");
	/* Written: just that one. */
	gives(&m, ISP1 "address = 2001:db8:1::2\ngateway = fe80::1\n", "ip -6 rule add pref 1020",
	      "ip -6 rule add pref 1020 from 2001:db8:1::2 lookup 1011 protocol 77\n");
	/* Addresses are automatic still, and a delegated prefix is the uplink's, too. */
	gives(&m, ISP1 "address = 2001:db8:100::/56\ngateway = fe80::1\n",
	      "ip -6 rule add pref 1020",
	      "ip -6 rule add pref 1020 from 2001:db8:1::/64 lookup 1011 protocol 77\n"
	      "ip -6 rule add pref 1020 from 2001:db8:6::1 lookup 1011 protocol 77\n"
	      "ip -6 rule add pref 1020 from 2001:db8:7::/64 lookup 1011 protocol 77\n"
	      "ip -6 rule add pref 1020 from 2001:db8:100::/56 lookup 1011 protocol 77\n");
	machine_free(&m);
}

static void links_routes(void **state)
{
	struct machine_made m;

	(void)state;
	machine_two_isps(&m);
	machine_route(&m, AF_INET, "172.16.0.0/12", "192.168.1.77", 2, RT_TABLE_MAIN, RTPROT_STATIC,
		      5);
	machine_route(&m, AF_INET, "10.5.0.0/16", "192.168.2.77", 3, RT_TABLE_MAIN, RTPROT_STATIC,
		      0);
	machine_route(&m, AF_INET, "172.20.0.0/16", "192.168.1.77", 2, 300, RTPROT_STATIC, 0);
	/* The second of two that differ in their next hop only is never used. */
	machine_route(&m, AF_INET, "172.16.0.0/12", "192.168.1.78", 2, RT_TABLE_MAIN, RTPROT_STATIC,
		      5);
	gives(&m, ISP1 GW1 V4, "ip route",
	      "ip route add unreachable default table 1011 proto 77 metric 4294967295\n"
	      "ip route add 192.168.1.0/24 dev eth0 table 1011 proto 77 scope 253 src "
	      "192.168.1.2\n"
	      "ip route add 172.16.0.0/12 via 192.168.1.77 dev eth0 table 1011 proto 77 metric 5\n"
	      "ip route add default via 192.168.1.1 dev eth0 table 1010 proto 77\n"
	      "ip route add default via 192.168.1.1 dev eth0 table 1011 proto 77\n");
	machine_free(&m);
}

static void one_interface(void **state)
{
	struct machine_made m;

	(void)state;
	machine_two_isps(&m);
	machine_address(&m, 2, "192.168.1.3/24", IFA_F_SECONDARY);
	HAS_LINES(
		&m,
		"[uplink a]\ninterface = eth0\naddress = 192.168.1.2\ngateway = 192.168.1.1\n"
		"[uplink b]\ninterface = eth0\naddress = 192.168.1.3\ngateway = 192.168.1.9\n",
		"ip route add 192.168.1.0/24 dev eth0 table 1012 proto 77 scope 253 src 192.168.1.3\n",
		"ip route add default via 192.168.1.1 dev eth0 table 1011 proto 77\n",
		"ip route add default via 192.168.1.9 dev eth0 table 1012 proto 77 src 192.168.1.3\n",
		"ip rule add pref 1050 oif eth0 lookup 1011 protocol 77\n",
		"iifname \"eth0\" ip daddr { 192.168.1.3 } ct direction original ct mark and "
		"0x00ff0000 == 0x0 ct mark set ct mark and 0xff00ffff or 0x00020000",
		"oifname \"eth0\" rt ip nexthop 192.168.1.9 ct direction original",
		"oifname \"eth0\" rt ip nexthop 192.168.1.9 ip saddr != { 0.0.0.0, 192.168.1.3 } "
		"snat ip to 192.168.1.3",
		"oifname \"eth0\" rt ip nexthop 192.168.1.1 ip saddr != { 0.0.0.0, 192.168.1.2 } masquerade",
		"oifname \"eth0\" ip saddr != { 0.0.0.0, 192.168.1.2, 192.168.1.3 } masquerade");
	/* One gateway for both is one leg of the default. */
	HAS_LINES(&m,
		  "[uplink a]\ninterface = eth0\naddress = 192.168.1.2\ngateway = 192.168.1.1\n"
		  "[uplink b]\ninterface = eth0\naddress = 192.168.1.3\ngateway = 192.168.1.1\n",
		  "ip route add default via 192.168.1.1 dev eth0 table 1010 proto 77\n");
	/* Together they may weigh more than the kernel can say. */
	HAS_LINES(&m,
		  "[uplink a]\ninterface = eth0\naddress = 192.168.1.2\ngateway = 192.168.1.1\n"
		  "weight = 256\n"
		  "[uplink b]\ninterface = eth0\naddress = 192.168.1.3\ngateway = 192.168.1.1\n"
		  "weight = 256\n" ISP2 GW2 "weight = 128\n",
		  "table 1010 proto 77 nexthop via 192.168.1.1 dev eth0 weight 256 "
		  "nexthop via 192.168.2.1 dev eth1 weight 64\n");
	machine_free(&m);
}

static void addresses_not_in_full_use_stand_behind(void **state)
{
	struct machine_made m;
	struct made d;

	(void)state;
	machine_init(&m);
	machine_link(&m, 2, "eth0", UP, 0);
	machine_address(&m, 2, "2001:db8:1::9/64", IFA_F_DEPRECATED);
	machine_address(&m, 2, "2001:db8:2::9/64", IFA_F_DADFAILED);
	machine_address(&m, 2, "2001:db8:3::9/64", IFA_F_TENTATIVE);
	machine_address(&m, 2, "2001:db8:4::9/64", 0);
	assert_int_equal(make(&d, &m, ISP1 "gateway = fe80::1\n"), 0);
	const struct uplink_family *f = &d.want.uplink[0].v6;
	assert_int_equal(f->address_n, 3);
	assert_int_equal(f->address[0].addr.b[5], 4);
	assert_int_equal(f->address[1].addr.b[5], 1);
	assert_int_equal(f->address[2].addr.b[5], 3);
	done(&d);
	machine_free(&m);
}

/* A copy that expires by itself would leave the uplink's table with less than main has. */
static void copies_do_not_expire(void **state)
{
	struct machine_made m;
	struct made d;
	size_t n = 0;

	(void)state;
	machine_two_isps(&m);
	struct route *r = machine_route(&m, AF_INET6, "2001:db8:77::/48", "fe80::1", 2,
					RT_TABLE_MAIN, RTPROT_RA, 1024);
	r->expires = 1800;
	r->cacheinfo.rta_expires = 180000;
	r->has |= HAS(ROUTE_EXPIRES) | HAS(ROUTE_CACHEINFO);
	assert_int_equal(make(&d, &m, ISP1 "gateway = fe80::1\n"), 0);
	for (size_t i = 0; i < d.want.owned.route_n; i++) {
		const struct route *x = &d.want.owned.route[i];
		assert_false(has(x, ROUTE_EXPIRES) || has(x, ROUTE_CACHEINFO));
		n += x->h.rtm_dst_len == 48;
	}
	assert_int_equal(n, 1);
	done(&d);
	machine_free(&m);
}

static void point_to_point(void **state)
{
	struct machine_made m;

	(void)state;
	machine_two_isps(&m);
	machine_link(&m, 9, "tun0", IFF_UP | IFF_LOWER_UP | IFF_POINTOPOINT | IFF_NOARP, 0);
	machine_address(&m, 9, "10.64.0.2/32", 0);
	machine_address(&m, 9, "2001:db8:9::2/128", 0);
	HAS_LINES(
		&m,
		ISP1 "gateway = 192.168.1.1\ngateway = 2001:db8:1::1\n"
		     "[uplink ppp]\ninterface = tun0\nweight = 4\n",
		"ip route add default dev tun0 table 1012 proto 77 scope 253\n",
		"ip route add default table 1010 proto 77 nexthop via 192.168.1.1 dev eth0 weight 1 "
		"nexthop dev tun0 weight 4\n",
		"ip -6 route add default dev tun0 table 1012 proto 77 metric 1024\n",
		"nexthop via fe80::1 dev tun0 weight 4\n");
	/* Neighbours have to be found there, and no gateway says which. */
	struct made d;
	assert_int_equal(
		make(&d, &m, ISP1 "gateway = 2001:db8:1::1\n" ISP2 "gateway = none\nweight = 4\n"),
		0);
	assert_int_equal(d.want.share_n[1], 1);
	assert_int_equal(d.want.share[1]->uplink, 0);
	assert_int_equal(d.want.warning_n, 1);
	assert_string_equal(d.want.warning[0],
			    "isp2: IPv6 without a gateway cannot be balanced over "
			    "eth1: the others have its share");
	assert_non_null(strstr(text(&d, &m, "ip -6 route add default via"), "eth0 table 1010"));
	done(&d);
	machine_free(&m);
}

static void policies(void **state)
{
	struct machine_made m;

	(void)state;
	machine_two_isps(&m);
	gives(&m,
	      TWO
	      "[policy a]\nfrom = 10.2.0.0/24, 10.3.0.0/24\nto = 10.9.0.0/16\nuse = isp2, isp1\n"
	      "[policy b]\nproto = tcp\ndport = 25\nuse = isp1\n"
	      "[policy c]\nuid = 1000-1999\nuse = isp2, isp1\n"
	      "[policy d]\nmark = 0x7\nuse = isp1 + isp2:3\n"
	      "[policy e]\nproto = ipv6-icmp\nuse = isp1\n",
	      "ip rule add pref 11",
	      "ip rule add pref 1100 from 10.2.0.0/24 to 10.9.0.0/16 lookup 1266 protocol 77\n"
	      "ip rule add pref 1100 from 10.3.0.0/24 to 10.9.0.0/16 lookup 1266 protocol 77\n"
	      "ip rule add pref 1101 ipproto tcp dport 25 lookup 1011 protocol 77\n"
	      "ip rule add pref 1102 uidrange 1000-1999 lookup 1266 protocol 77\n"
	      "ip rule add pref 1103 fwmark 0x7/0xff00ffff lookup 1267 protocol 77\n");
	HAS_LINES(&m, TWO "[policy a]\nfrom = 10.2.0.0/24\nuse = isp2, isp1\n",
		  "ip route add unreachable default table 1266 proto 77 metric 4294967295\n",
		  "ip route add default via 192.168.2.1 dev eth1 table 1266 proto 77\n");
	m.snap.link[1].h.ifi_flags = IFF_UP;
	HAS_LINES(&m, TWO "[policy a]\nfrom = 10.2.0.0/24\nuse = isp2, isp1\n",
		  "ip route add default via 192.168.1.1 dev eth0 table 1266 proto 77\n");
	machine_free(&m);
}

/* A policy that names an uplink without IPv6 has its backstop there all the same. */
static void policy_without_family(void **state)
{
	struct machine_made m;

	(void)state;
	machine_two_isps(&m);
	gives(&m,
	      ISP1 "gateway = 2001:db8:1::1\ngateway = 192.168.1.1\n" ISP2 GW2 V4
		   "[policy u]\nuid = 7\nuse = isp2\n",
	      "ip -6 route add unreachable",
	      "ip -6 route add unreachable default table 1011 proto 77 metric 4294967295\n"
	      "ip -6 route add unreachable default table 1012 proto 77 metric 4294967295\n");
	machine_free(&m);
}

static void sysctls(void **state)
{
	struct machine_made m;
	static const char lines[] = "sysctl -q -w net/ipv4/fib_multipath_hash_policy=1\n"
				    "sysctl -q -w net/ipv4/conf/eth0/src_valid_mark=1\n"
				    "sysctl -q -w net/ipv4/conf/eth0/arp_ignore=1\n"
				    "sysctl -q -w net/ipv4/conf/eth0/arp_announce=2\n"
				    "sysctl -q -w net/ipv6/conf/eth0/accept_ra=2\n";

	(void)state;
	machine_two_isps(&m);
	machine_address(&m, 2, "192.168.2.9/24", 0);
	machine_sysctl(&m, "net/ipv4/fib_multipath_hash_policy", "0");
	machine_sysctl(&m, "net/ipv6/fib_multipath_hash_policy", "3");
	machine_sysctl(&m, "net/ipv4/conf/all/rp_filter", "0");
	machine_sysctl(&m, "net/ipv4/conf/eth0/rp_filter", "1");
	machine_sysctl(&m, "net/ipv4/conf/eth0/src_valid_mark", "0");
	machine_sysctl(&m, "net/ipv4/conf/eth0/arp_ignore", "0");
	machine_sysctl(&m, "net/ipv4/conf/eth0/arp_announce", "0");
	machine_sysctl(&m, "net/ipv4/conf/eth1/arp_ignore", "3");
	machine_sysctl(&m, "net/ipv6/conf/eth0/accept_ra", "1");
	machine_sysctl(&m, "net/ipv6/conf/eth1/accept_ra", "0");
	struct made d;
	assert_int_equal(make(&d, &m, ISP1 GW1 ISP2 GW2), 0);
	struct owned now = {0};
	for (size_t i = 0; i < m.sysctl.sysctl_n; i++)
		owned_set_sysctl(&now, m.sysctl.sysctl[i].name, m.sysctl.sysctl[i].value);
	struct plan p;
	plan_make(&now, &d.want.owned, &p);
	char *all = machine_commands(&m, &p, &d.a);
	assert_memory_equal(all, lines, strlen(lines));
	assert_null(strstr(all + strlen(lines), "sysctl")); /* accept_ra=0 means none */
	/* What is wanted is the same once it is there. */
	size_t n = d.want.owned.sysctl_n;
	for (size_t i = 0; i < n; i++)
		machine_sysctl(&m, d.want.owned.sysctl[i].name, d.want.owned.sysctl[i].value);
	plan_free(&p);
	owned_free(&now);
	done(&d);
	assert_int_equal(make(&d, &m, ISP1 GW1 ISP2 GW2), 0);
	assert_int_equal(d.want.owned.sysctl_n, n);
	done(&d);
	machine_free(&m);
}

static void slots(void **state)
{
	static const struct slot known[] = {{"isp2", 1}, {"gone", 2}, {"isp1", 5}, {"far", 9999}};
	struct machine_made m;
	struct made d;
	struct err e = ERR_INIT;

	(void)state;
	machine_two_isps(&m);
	assert_int_equal(make(&d, &m, TWO "[uplink far]\ninterface = eth2\ngateway = none\n"), 0);
	desired_free(&d.want);
	assert_int_equal(desired_make(&d.config, &m.machine, known, 4, &d.want, &e), 0);
	assert_int_equal(d.want.uplink[0].slot, 5);
	assert_int_equal(d.want.uplink[0].table, 1015);
	assert_int_equal(d.want.uplink[0].mark, 0x50000);
	assert_int_equal(d.want.uplink[1].slot, 1);
	assert_int_equal(d.want.uplink[2].slot, 2);
	assert_int_equal(d.want.slot_n, 3);
	/* Names that change places: the tables stay where they lead. */
	desired_free(&d.want);
	machine_route(&m, AF_INET, NULL, "192.168.1.1", 2, 1011, MULTIHOME_PROTOCOL, 0);
	machine_route(&m, AF_INET, NULL, "192.168.2.1", 3, 1015, MULTIHOME_PROTOCOL, 0);
	assert_int_equal(desired_make(&d.config, &m.machine, known, 4, &d.want, &e), 0);
	assert_int_equal(d.want.uplink[0].slot, 1);
	assert_int_equal(d.want.uplink[1].slot, 5);
	done(&d);
	machine_free(&m);
}

static void refusals(void **state)
{
	struct machine_made m;

	(void)state;
	machine_two_isps(&m);
	machine_link(&m, 7, "grouped", UP, 5);
	machine_address(&m, 7, "192.168.1.2/24", 0);
	refuses(&m, "[uplink a]\ninterface = eht0\n",
		"t.conf:2:13: there is no interface eht0 (did you mean eth0?)");
	refuses(&m, ISP1 "address = 192.168.1.99\n",
		"t.conf:3:11: 192.168.1.99 is no address of eth0, which has 192.168.1.2/24");
	refuses(&m, ISP1 "address = 192.168.1.0/24\n",
		"t.conf:3:11: 192.168.1.0/24 is the network on the link of eth0, which has "
		"192.168.1.2/24 (write the address; a network here is one that is routed to this "
		"machine)");
	refuses(&m, ISP1 "gateway = 192.168.1.2\n",
		"t.conf:3:11: gateway 192.168.1.2 is an address of this machine itself (write the "
		"address of the provider's router)");
	refuses(&m, ISP1 "gateway = 192.168.1.255\n",
		"t.conf:3:11: gateway 192.168.1.255 is the broadcast address of the link (write the "
		"address of the provider's router)");
	refuses(&m, ISP1 "onlink = yes\ngateway = 2001:db8:2::2\n",
		"t.conf:4:11: gateway 2001:db8:2::2 is an address of this machine itself (write the "
		"address of the provider's router)");
	refuses(&m, ISP1 "gateway = 192.168.9.1\n",
		"t.conf:3:11: gateway 192.168.9.1 is not on the link of eth0, which has "
		"192.168.1.2/24 (if it is reachable there all the same: onlink = yes)");
	refuses(&m, ISP1 GW1 V4 "[uplink b]\ninterface = eth0\ngateway = 192.168.1.9\n" V4,
		"t.conf:5:9: 192.168.1.2 belongs to isp1 and to b: nothing tells their packets apart "
		"(both are on eth0: give each its own `address = `)");
	refuses(&m, ISP1 GW1 V4 "[uplink b]\ninterface = grouped\ngateway = 192.168.1.9\n" V4,
		"t.conf:5:9: 192.168.1.2 belongs to isp1 and to b: nothing tells their packets apart "
		"(give one of the two interfaces another address)");
	refuses(&m, "[uplink b]\ninterface = grouped\ngateway = 192.168.1.9\n",
		"t.conf:2:13: grouped is in link group 5, but uplinks have to be in group 77 (if "
		"nothing needs that group: ip link set dev grouped group default)");
	machine_rule(&m, AF_INET, 1020, "10.0.0.0/8", 5, RTPROT_STATIC);
	refuses(&m, TWO,
		"rule \"1020: from 10.0.0.0/8 lookup 5 proto 4\" has a priority that is ours (set "
		"`rule-base = ` in [multihome] to where 90 priorities are free)");
	machine_route(&m, AF_INET, NULL, "192.168.1.9", 2, 1012, RTPROT_STATIC, 0);
	refuses(&m, TWO,
		"table 1012 is in use: it has a route to default of protocol 4 (set `table-base = ` "
		"in [multihome] to where 256 tables are free)");
	machine_free(&m);
}

static void warnings(void **state)
{
	struct machine_made m;
	struct made d;

	(void)state;
	machine_two_isps(&m);
	machine_rule(&m, AF_INET, 0, NULL, RT_TABLE_LOCAL, RTPROT_KERNEL);
	machine_rule(&m, AF_INET, 99, "10.0.0.0/8", 5, RTPROT_STATIC);
	machine_rule(&m, AF_INET, 5210, "10.0.0.0/8", 5, RTPROT_STATIC);
	assert_int_equal(make(&d, &m, TWO), 0);
	assert_int_equal(d.want.warning_n, 1);
	assert_string_equal(
		d.want.warning[0],
		"rule \"99: from 10.0.0.0/8 lookup 5 proto 4\" comes before ours: what it "
		"matches does not follow the uplinks");
	done(&d);
	machine_free(&m);
}

/* Traffic must not leave a tunnel without a word. */
static void ways_that_are_no_uplinks(void **state)
{
	struct machine_made m;
	struct made d;

	(void)state;
	machine_two_isps(&m);
	machine_route(&m, AF_INET, NULL, "192.168.1.1", 2, RT_TABLE_MAIN, RTPROT_DHCP, 100);
	machine_route(&m, AF_INET, NULL, "10.0.0.9", 4, RT_TABLE_MAIN, RTPROT_DHCP, 600);
	assert_int_equal(make(&d, &m, TWO), 0);
	assert_int_equal(d.want.warning_n, 0); /* was not taken before either */
	done(&d);
	machine_route(&m, AF_INET, NULL, "10.0.0.9", 4, RT_TABLE_MAIN, RTPROT_STATIC, 50);
	machine_route(&m, AF_INET, "0.0.0.0/1", "10.0.0.9", 4, RT_TABLE_MAIN, RTPROT_STATIC, 0);
	assert_int_equal(make(&d, &m, TWO), 0);
	assert_int_equal(d.want.warning_n, 2);
	assert_string_equal(
		d.want.warning[0],
		"the default route through eth2, which is no uplink, is passed over: if "
		"eth2 is the way out, make it an uplink and name it in `default = `");
	assert_memory_equal(d.want.warning[1], "0.0.0.0/1 through eth2, ", 24);
	done(&d);
	assert_int_equal(make(&d, &m, TWO "[uplink vpn]\ninterface = eth2\n"), 0);
	assert_int_equal(d.want.warning_n, 0);
	done(&d);
	machine_free(&m);
}

static void older_kernels(void **state)
{
	struct machine_made m;
	struct made d;

	(void)state;
	machine_two_isps(&m);
	machine_sysctl(&m, "kernel/osrelease", "6.12.3-amd64");
	refuses(&m, TWO "[policy voice]\ndscp = 46\nuse = isp1\n",
		"t.conf:9:9: policy voice: rules by dscp need Linux 6.13, this is 6.12 (let "
		"nftables set a mark by dscp and use `mark = `)");
	assert_int_equal(make(&d, &m, TWO), 0);
	assert_int_equal(d.want.warning_n, 1);
	assert_non_null(strstr(d.want.warning[0], "own TCP connections to one address and port"));
	done(&d);
	machine_sysctl(&m, "kernel/osrelease", "6.18.0");
	assert_int_equal(make(&d, &m, TWO "[policy voice]\ndscp = 46\nuse = isp1\n"), 0);
	assert_int_equal(d.want.warning_n, 0);
	done(&d);
	machine_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_isps),
		cmocka_unit_test(gateways_are_found),
		cmocka_unit_test(vanished_gateway_keeps_its_rules),
		cmocka_unit_test(not_usable),
		cmocka_unit_test(ipv6_sources),
		cmocka_unit_test(links_routes),
		cmocka_unit_test(one_interface),
		cmocka_unit_test(addresses_not_in_full_use_stand_behind),
		cmocka_unit_test(copies_do_not_expire),
		cmocka_unit_test(point_to_point),
		cmocka_unit_test(policies),
		cmocka_unit_test(policy_without_family),
		cmocka_unit_test(sysctls),
		cmocka_unit_test(slots),
		cmocka_unit_test(refusals),
		cmocka_unit_test(warnings),
		cmocka_unit_test(ways_that_are_no_uplinks),
		cmocka_unit_test(older_kernels),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
