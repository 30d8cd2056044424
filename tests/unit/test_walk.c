/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fib_walk() against the kernel: random rules and routes, random packets, the same answer. */
#include "unit.h"

#include "base/cleanup.h"
#include "fib/walk.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

static struct nl *nl;

static void run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void run(const char *fmt, ...)
{
	char command[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (system(command))
		fail_msg("%s", command);
}

static struct ip_addr random_addr(uint8_t family)
{
	struct ip_addr a = {.family = family};

	/* Few distinct bits, so that prefixes nest and packets hit them. */
	if (family == AF_INET) {
		a.b[0] = 10;
		a.b[1] = (uint8_t)rnd_below(2);
		a.b[2] = (uint8_t)rnd_below(4);
		a.b[3] = (uint8_t)rnd_below(8);
	} else {
		memcpy(a.b, "\x20\x01\x0d\xb8", 4);
		a.b[5] = (uint8_t)rnd_below(2);
		a.b[7] = (uint8_t)rnd_below(4);
		a.b[15] = (uint8_t)(1 + rnd_below(8));
	}
	return a;
}

static struct ip_prefix random_prefix(uint8_t family)
{
	static const uint8_t lengths4[] = {0, 8, 15, 16, 22, 24, 30, 32};
	static const uint8_t lengths6[] = {0, 32, 47, 48, 62, 64, 126, 128};
	uint32_t i = rnd_below(8);

	return ip_prefix_masked((struct ip_prefix){random_addr(family),
						   family == AF_INET ? lengths4[i] : lengths6[i]});
}

static void add_random_route(uint8_t family)
{
	static const uint8_t types[] = {RTN_UNICAST,	 RTN_UNICAST,	RTN_UNICAST, RTN_UNICAST,
					RTN_UNREACHABLE, RTN_BLACKHOLE, RTN_THROW,   RTN_PROHIBIT};
	struct route r = route_init(family);
	struct nl_msg m;
	char dev[] = "ifb0";

	route_set_dst(&r, random_prefix(family));
	r.table = rnd_below(3) ? 100 + rnd_below(4) : (uint32_t)RT_TABLE_MAIN;
	r.h.rtm_type = types[rnd_below(8)];
	if (family == AF_INET && r.h.rtm_type == RTN_UNICAST)
		r.h.rtm_scope = RT_SCOPE_LINK;
	r.metric = 1 + rnd_below(3);
	set_has(&r, ROUTE_METRIC);
	if (r.h.rtm_type == RTN_UNICAST) {
		dev[3] = (char)('0' + rnd_below(3));
		r.oif = if_nametoindex(dev);
		set_has(&r, ROUTE_OIF);
	}
	assert_int_equal(0, route_message(&m, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &r, NULL));
	int rc = nl_talk(nl, &m.h, NULL, NULL, NULL);
	assert_true(rc == 0 || rc == -EEXIST);
}

static void random_selectors(struct rule *r)
{
	static const char *const devices[] = {"ifb0", "ifb1", "lo"};

	if (!rnd_below(2))
		rule_set_src(r, random_prefix(r->h.family));
	if (!rnd_below(3))
		rule_set_dst(r, random_prefix(r->h.family));
	if (!rnd_below(4)) {
		r->fwmark = rnd_below(4);
		r->fwmask = 3;
		r->has |= HAS(RULE_FWMARK) | HAS(RULE_FWMASK);
	}
	if (!rnd_below(6)) {
		snprintf(r->oif, sizeof(r->oif), "%s", devices[rnd_below(2)]);
		set_has(r, RULE_OIF);
	}
	if (!rnd_below(8)) {
		snprintf(r->iif, sizeof(r->iif), "lo");
		set_has(r, RULE_IIF);
	}
	if (!rnd_below(6)) {
		r->uid = (struct fib_rule_uid_range){rnd_below(3), 2 + rnd_below(3)};
		set_has(r, RULE_UIDRANGE);
	}
	if (!rnd_below(4)) {
		r->ipproto = rnd_below(2) ? IPPROTO_TCP : IPPROTO_UDP;
		set_has(r, RULE_IPPROTO);
		r->dport = (struct fib_rule_port_range){(uint16_t)(1 + rnd_below(4)),
							(uint16_t)(4 + rnd_below(4))};
		set_has(r, RULE_DPORT);
	}
	if (!rnd_below(6))
		r->h.flags |= FIB_RULE_INVERT;
}

static void add_random_rule(uint8_t family, uint32_t priority)
{
	struct rule r = {.h = {.family = family, .action = FR_ACT_TO_TBL},
			 .priority = priority,
			 .has = HAS(RULE_PRIORITY)};
	struct nl_msg m;

	random_selectors(&r);
	switch (rnd_below(10)) {
	case 0:
		r.h.action = rnd_below(2) ? FR_ACT_UNREACHABLE : FR_ACT_PROHIBIT;
		break;
	case 1:
		r.h.action = FR_ACT_GOTO;
		r.goto_target = priority + 1 + rnd_below(20);
		set_has(&r, RULE_GOTO);
		break;
	default:
		r.table = rnd_below(4) ? 100 + rnd_below(4) : (uint32_t)RT_TABLE_MAIN;
		set_has(&r, RULE_TABLE);
		if (!rnd_below(3)) {
			r.suppress_prefixlen = rnd_below(3) * 16;
			set_has(&r, RULE_SUPPRESS_PREFIXLEN);
		}
		if (!rnd_below(4)) {
			r.suppress_ifgroup = 5;
			set_has(&r, RULE_SUPPRESS_IFGROUP);
		}
	}
	assert_int_equal(0, rule_message(&m, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, &r, NULL));
	int rc = nl_talk(nl, &m.h, NULL, NULL, NULL);
	assert_true(rc == 0 || rc == -EEXIST);
}

struct answer {
	struct route route;
	uint8_t copy[512];
};

static int keep(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct answer *a = arg;

	if (h->nlmsg_type != RTM_NEWROUTE || h->nlmsg_len > sizeof(a->copy))
		return 0;
	memcpy(a->copy, h, h->nlmsg_len);
	return route_decode((const void *)a->copy, &a->route, e);
}

static int ask_kernel(const struct fib_packet *p, struct answer *a)
{
	struct route r = route_init(p->family);
	struct nl_msg m;

	route_set_dst(&r, ip_prefix_host(p->dst));
	if (!ip_addr_is_any(&p->src)) {
		r.src = p->src;
		r.h.rtm_src_len = ip_bits(p->family);
		set_has(&r, ROUTE_SRC);
	}
	r.mark = p->mark;
	r.uid = p->uid;
	r.oif = (uint32_t)p->oif;
	r.ip_proto = p->proto;
	r.sport = p->sport;
	r.dport = p->dport;
	r.has |= HAS(ROUTE_UID) | HAS(ROUTE_MARK) | (p->oif ? HAS(ROUTE_OIF) : 0) |
		 (p->proto ? HAS(ROUTE_IP_PROTO) | HAS(ROUTE_SPORT) | HAS(ROUTE_DPORT) : 0);
	assert_int_equal(0,
			 route_lookup_message(&m, RTM_F_LOOKUP_TABLE | RTM_F_FIB_MATCH, &r, NULL));
	return nl_talk(nl, &m.h, keep, a, NULL);
}

static struct fib_packet random_packet(const struct snapshot *s, uint8_t family)
{
	struct fib_packet p = {.family = family,
			       .src.family = family,
			       .dst = random_addr(family),
			       .mark = rnd_below(4),
			       .query = true,
			       .uid = rnd_below(5)};

	/* The source of a local packet must be this machine's. */
	if (rnd_below(3))
		for (size_t i = rnd_below((uint32_t)s->address_n); i < s->address_n; i++)
			if (s->address[i].h.ifa_family == family &&
			    !ip_addr_is_linklocal(&s->address[i].local) &&
			    !ip_addr_is_loopback(&s->address[i].local)) {
				p.src = s->address[i].local;
				break;
			}
	if (rnd_below(2)) {
		p.proto = rnd_below(2) ? IPPROTO_TCP : IPPROTO_UDP;
		p.sport = (uint16_t)(1 + rnd_below(8));
		p.dport = (uint16_t)(1 + rnd_below(8));
	}
	return p;
}

static bool is_error(unsigned type)
{
	return type == RTN_UNREACHABLE || type == RTN_BLACKHOLE || type == RTN_PROHIBIT;
}

/* For the one who has to find out why: the rules and how each fared. */
static void show(const struct snapshot *s, const struct fib_step *step, size_t n)
{
	struct out o;
	struct print p = {.o = &o, .names = names_new(NULL, NULL), .devices = s->devices};

	out_init(&o, STDERR_FILENO);
	for (size_t i = 0; i < n; i++) {
		rule_print(&p, step[i].rule);
		out_puts(&o, step[i].why);
		if (step[i].route) {
			out_puts(&o, " | ");
			route_print(&p, step[i].route);
		}
		out_putc(&o, '\n');
	}
	out_flush(&o);
	out_free(&o);
	names_free(p.names);
}

static void compare(const struct fib *f, const struct fib_packet *p)
{
	const struct snapshot *s = fib_snapshot(f);
	struct arena a = {0};
	struct fib_step *step;
	struct answer k = {0};
	char src[IP_ADDR_STRLEN], dst[IP_ADDR_STRLEN];
	struct fib_result result;
	size_t n = fib_walk(f, p, &a, &step, &result);
	const struct fib_step *last = n ? &step[n - 1] : NULL;
	const struct route *ours =
		last && last->outcome == FIB_ROUTE && !is_error(last->route->h.rtm_type)
			? last->route
			: NULL;
	int rc = ask_kernel(p, &k);
	bool theirs = rc >= 0 && !is_error(k.route.h.rtm_type);

	if (theirs != !!ours ||
	    (ours &&
	     (ours->table != k.route.table || ours->h.rtm_dst_len != k.route.h.rtm_dst_len ||
	      !ip_addr_eq(&ours->dst, &k.route.dst) || ours->metric != k.route.metric))) {
		show(s, step, n);
		fail_msg(
			"from %s to %s mark %u uid %u proto %u: ours table %u /%u, kernel %d table "
			"%u /%u",
			ip_addr_str(&p->src, src), ip_addr_str(&p->dst, dst), p->mark, p->uid,
			p->proto, ours ? ours->table : 0, ours ? ours->h.rtm_dst_len : 0, rc,
			k.route.table, k.route.h.rtm_dst_len);
	}
	arena_free(&a);
}

static void against_kernel(uint8_t family)
{
	const char *f = family == AF_INET ? "-4" : "-6";

	for (int machine = 0; machine < 12; machine++) {
		struct snapshot s;
		run("ip %s rule flush; ip %s rule add pref 32766 table main; "
		    "ip %s route flush table 100 "
		    "2>/dev/null; true",
		    f, f, f);
		run("for t in main 100 101 102 103; do ip %s route flush table $t 2>/dev/null; "
		    "done; true",
		    f);
		for (int i = 0; i < 60; i++)
			add_random_route(family);
		for (uint32_t i = 0; i < 20; i++)
			add_random_rule(family, 100 + 3 * i);
		assert_int_equal(0, snapshot_take(nl, SNAPSHOT_ALL, &s, NULL));
		struct fib *model;
		assert_int_equal(0, fib_new(&model, &s, NULL));
		for (int i = 0; i < 1500; i++) {
			struct fib_packet p = random_packet(&s, family);
			compare(model, &p);
		}
		fib_free(model);
		snapshot_free(&s);
	}
}

static void walk_agrees_with_the_kernel_ipv4(void **state)
{
	(void)state;
	NEED_NAMESPACES();
	against_kernel(AF_INET);
}

static void walk_agrees_with_the_kernel_ipv6(void **state)
{
	(void)state;
	NEED_NAMESPACES();
	against_kernel(AF_INET6);
}

/* A route without carrier is taken, unless ignore_routes_with_linkdown says otherwise. */
static void no_carrier(void **state)
{
	static const char *const dst[] = {"10.99.0.5", "2001:db8:99::5"};

	(void)state;
	NEED_NAMESPACES();
	run("ip -4 rule flush; ip -4 rule add pref 32766 table main; "
	    "ip -6 rule flush; ip -6 rule add pref 32766 table main");
	run("ip link add dark type veth peer name other; ip link set dark up; "
	    "ip addr add 10.99.0.1/24 dev dark; ip addr add 2001:db8:99::1/64 dev dark nodad");
	for (int ignore = 0; ignore < 2; ignore++) {
		struct snapshot s;
		run("sysctl -qw net.ipv4.conf.dark.ignore_routes_with_linkdown=%d "
		    "net.ipv6.conf.dark.ignore_routes_with_linkdown=%d",
		    ignore, ignore);
		assert_int_equal(0, snapshot_take(nl, SNAPSHOT_ALL, &s, NULL));
		struct fib *f;
		assert_int_equal(0, fib_new(&f, &s, NULL));
		for (size_t i = 0; i < ARRAY_SIZE(dst); i++) {
			struct fib_packet p = {.query = true};
			assert_true(ip_addr_parse(dst[i], 0, &p.dst));
			p.family = p.src.family = p.dst.family;
			compare(f, &p);
		}
		fib_free(f);
		snapshot_free(&s);
	}
	run("ip link del dark");
}

static int set_up(void **state)
{
	const char *root = getenv("MH_ROOT");

	(void)state;
	if (!root || !strcmp(root, "none"))
		return 0;
	run("ip link set lo up; sysctl -qw net.ipv6.conf.all.accept_dad=0 "
	    "net.ipv6.conf.default.accept_dad=0; for i in 0 1 2; do "
	    "ip link add name ifb$i type ifb; ip link set ifb$i up; "
	    "ip addr add 10.$i.0.7/32 dev ifb$i; ip addr add 2001:db8:$i::7/128 dev ifb$i nodad; done; "
	    "ip link set ifb1 group 5");
	return nl_open(&nl, NETLINK_ROUTE, 0, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	nl_close(nl);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walk_agrees_with_the_kernel_ipv4),
		cmocka_unit_test(walk_agrees_with_the_kernel_ipv6),
		cmocka_unit_test(no_carrier),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
