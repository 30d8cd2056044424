/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proof, on machines made in memory that have what the configuration asks for: none fails on a
 * good one, and each planted fault is found, with a packet that does go wrong.
 */
#include "unit.h"

#include "base/cleanup.h"
#include "uplink/proof.h"
#include "whole.h"

#include <errno.h>
#include <netinet/in.h>

static const char *two_isps =
	"[uplink isp1]\ninterface = eth0\ngateway = 192.168.1.1\ngateway = 2001:db8:1::1\n"
	"[uplink isp2]\ninterface = eth1\ngateway = 192.168.2.1\ngateway = 2001:db8:2::1\n"
	"[policy guests]\nfrom = 10.0.0.128/25\nuse = isp2, isp1\n";

struct made {
	struct machine_made m;
	struct config config;
	struct desired d;
	struct fib *f;
	struct arena a;
	struct prove_failure *failure;
	struct prove_goal goal;
};

static void make(struct made *x, const char *text)
{
	whole_machine(&x->m);
	whole_config(&x->m, text, &x->config, &x->d);
	whole_obey(&x->m, &x->d.owned);
}

static long prove(struct made *x)
{
	struct err e = ERR_INIT;

	whole_sort_rules(&x->m.snap);
	if (fib_new(&x->f, &x->m.snap, &e) < 0)
		fail_msg("%s", e.msg);
	proof_goal(&x->config, &x->d, &x->a, &x->goal);
	long n = prove_machine(x->f, &x->goal, &x->a, &x->failure, NULL, &e);
	if (n < 0)
		fail_msg("%s", e.msg);
	return n;
}

static void unmake(struct made *x)
{
	fib_free(x->f);
	desired_free(&x->d);
	config_free(&x->config);
	machine_free(&x->m);
	arena_free(&x->a);
}

static void show(struct made *x, long n)
{
	char src[IP_ADDR_STRLEN], dst[IP_ADDR_STRLEN];

	for (long i = 0; i < n; i++) {
		const struct prove_failure *y = &x->failure[i];
		print_error("%s: %s, family %u, rule %u: from %s to %s mark %#x iif %d oif %d: %s "
			    "by %d (%s)\n",
			    y->uplink	? y->uplink->name
			    : y->policy ? y->policy->name
					: "-",
			    prove_kind_text(y->kind), y->family, y->rule ? y->rule->priority : 0,
			    ip_addr_str(&y->packet.src, src), ip_addr_str(&y->packet.dst, dst),
			    y->packet.mark, y->packet.iif, y->packet.oif,
			    fib_verdict_name(y->result.verdict), y->result.dev,
			    prove_remedy(x->f, y, &x->a));
	}
}

/* Faults */

static struct rule *rule_at(struct made *x, uint8_t family, uint32_t priority, uint32_t uplink)
{
	for (size_t i = 0; i < x->m.snap.rule_n; i++) {
		struct rule *r = &x->m.snap.rule[i];
		if (r->h.family == family && r->priority == priority &&
		    (uplink > 1 || r->table == x->d.uplink[uplink].table))
			return r;
	}
	fail_msg("there is no rule %u", priority);
	return NULL;
}

static struct route *default_of(struct made *x, uint8_t family, uint32_t uplink)
{
	for (size_t i = 0; i < x->m.snap.route_n; i++) {
		struct route *r = &x->m.snap.route[i];
		if (r->h.rtm_family == family && !r->h.rtm_dst_len &&
		    r->table == x->d.uplink[uplink].table && r->h.rtm_type == RTN_UNICAST)
			return r;
	}
	fail_msg("there is no default route");
	return NULL;
}

static void drop_rule(struct made *x, struct rule *r)
{
	struct snapshot *s = &x->m.snap;
	size_t i = (size_t)(r - s->rule);

	memmove(r, r + 1, (--s->rule_n - i) * sizeof(*r));
}

static void drop_route(struct made *x, struct route *r)
{
	struct snapshot *s = &x->m.snap;
	size_t i = (size_t)(r - s->route);

	memmove(r, r + 1, (--s->route_n - i) * sizeof(*r));
}

static struct rule *add_rule(struct made *x, uint8_t family, uint32_t priority, uint32_t table)
{
	machine_rule(&x->m, family, priority, NULL, table, RTPROT_STATIC);
	return &x->m.snap.rule[x->m.snap.rule_n - 1];
}

static uint32_t table_of(struct made *x, unsigned uplink)
{
	return x->d.uplink[uplink].table;
}

static void from_wrong_table(struct made *x)
{
	rule_at(x, AF_INET, 1020, 0)->table = table_of(x, 1);
}
static void from_missing_1(struct made *x)
{
	drop_rule(x, rule_at(x, AF_INET, 1020, 0));
}
static void from_missing_2(struct made *x)
{
	drop_rule(x, rule_at(x, AF_INET, 1020, 1));
}
static void from6_missing_1(struct made *x)
{
	drop_rule(x, rule_at(x, AF_INET6, 1020, 0));
}
static void from6_missing_2(struct made *x)
{
	drop_rule(x, rule_at(x, AF_INET6, 1020, 1));
}
static void from6_wrong_table(struct made *x)
{
	rule_at(x, AF_INET6, 1020, 1)->table = table_of(x, 0);
}
static void default_other_device(struct made *x)
{
	struct route *r = default_of(x, AF_INET, 0);
	r->oif = 3;
	r->gateway = x->d.uplink[1].v4.gateway;
}
static void default6_other_device(struct made *x)
{
	struct route *r = default_of(x, AF_INET6, 1);
	r->oif = 2;
	r->gateway = x->d.uplink[0].v6.gateway;
}
static void gateway_swapped_1(struct made *x)
{
	default_of(x, AF_INET, 0)->gateway = x->d.uplink[1].v4.gateway;
}
static void gateway_swapped_2(struct made *x)
{
	default_of(x, AF_INET, 1)->gateway = x->d.uplink[0].v4.gateway;
}
static void gateway6_swapped(struct made *x)
{
	default_of(x, AF_INET6, 0)->gateway = x->d.uplink[1].v6.gateway;
}
static void gateway_in_foreign_net(struct made *x)
{
	default_of(x, AF_INET, 0)->gateway.b[2] = 2;
	default_of(x, AF_INET, 0)->gateway.b[3] = 77;
}
static void default_missing(struct made *x)
{
	drop_route(x, default_of(x, AF_INET, 0));
}
static void default6_missing(struct made *x)
{
	drop_route(x, default_of(x, AF_INET6, 1));
}
static void table_empty(struct made *x)
{
	struct snapshot *s = &x->m.snap;
	size_t n = 0;

	for (size_t i = 0; i < s->route_n; i++)
		if (s->route[i].table != table_of(x, 0) || s->route[i].h.rtm_family != AF_INET)
			s->route[n++] = s->route[i];
	s->route_n = n;
}
static void mark_before_from(struct made *x)
{
	rule_at(x, AF_INET, 1030, 1)->priority = 1015;
}
static void main_first(struct made *x)
{
	machine_route(&x->m, AF_INET, NULL, "192.168.1.1", 2, RT_TABLE_MAIN, RTPROT_DHCP, 100);
	add_rule(x, AF_INET, 1005, RT_TABLE_MAIN);
}
static void no_ifgroup(struct made *x)
{
	rule_at(x, AF_INET, 1010, 2)->has &= ~HAS(RULE_SUPPRESS_IFGROUP);
}
static void no_ifgroup6(struct made *x)
{
	rule_at(x, AF_INET6, 1010, 2)->has &= ~HAS(RULE_SUPPRESS_IFGROUP);
}
static void halves_in_main(struct made *x)
{
	machine_route(&x->m, AF_INET, "0.0.0.0/1", "192.168.2.1", 3, RT_TABLE_MAIN, RTPROT_BOOT, 0);
	rule_at(x, AF_INET, 1010, 2)->suppress_prefixlen = 0;
	rule_at(x, AF_INET, 1010, 2)->has &= ~HAS(RULE_SUPPRESS_IFGROUP);
}
static void thrown(struct made *x)
{
	default_of(x, AF_INET, 0)->h.rtm_type = RTN_THROW;
}
static void black_hole(struct made *x)
{
	struct route *r =
		machine_route(&x->m, AF_INET, NULL, NULL, 0, table_of(x, 1), RTPROT_STATIC, 0);
	default_of(x, AF_INET, 1)->metric = 50;
	set_has(default_of(x, AF_INET, 1), ROUTE_METRIC);
	for (r = x->m.snap.route; r->h.rtm_dst_len || r->table != table_of(x, 1) || r->metric ||
				  r->h.rtm_family != AF_INET;)
		r++;
	r->h.rtm_type = RTN_BLACKHOLE;
	r->has &= ~HAS(ROUTE_OIF);
}
static void prohibited(struct made *x)
{
	struct rule *r = add_rule(x, AF_INET, 1012, 0);
	rule_set_src(r, x->d.uplink[0].v4.from[0]);
	r->h.action = FR_ACT_PROHIBIT;
}
static void all_unreachable(struct made *x)
{
	add_rule(x, AF_INET6, 1011, 0)->h.action = FR_ACT_UNREACHABLE;
}
static void link_route_elsewhere(struct made *x)
{
	machine_route(&x->m, AF_INET, "192.168.2.0/24", NULL, 3, table_of(x, 0), RTPROT_STATIC, 0);
}
static void half_elsewhere(struct made *x)
{
	machine_route(&x->m, AF_INET, "128.0.0.0/1", "192.168.2.1", 3, table_of(x, 0),
		      RTPROT_STATIC, 0);
}
static void wrong_source(struct made *x)
{
	struct route *r = machine_route(&x->m, AF_INET, "198.51.100.0/24", "192.168.1.1", 2,
					x->d.table_default, RTPROT_STATIC, 0);
	r->prefsrc = x->d.uplink[1].v4.from[0].addr;
	set_has(r, ROUTE_PREFSRC);
}
static void mark_missing(struct made *x)
{
	drop_rule(x, rule_at(x, AF_INET, 1030, 0));
}
static void mark_wrong_table(struct made *x)
{
	rule_at(x, AF_INET, 1030, 1)->table = table_of(x, 0);
}
static void marks_swapped(struct made *x)
{
	struct rule *a = rule_at(x, AF_INET, 1030, 0), *b = rule_at(x, AF_INET, 1030, 1);
	uint32_t mark = a->fwmark;
	a->fwmark = b->fwmark;
	b->fwmark = mark;
}
static void shadowed(struct made *x)
{
	struct ip_prefix p;

	ip_prefix_parse("10.0.0.0/16", AF_INET, &p);
	rule_set_src(add_rule(x, AF_INET, 1200, table_of(x, 1)), p);
	p.len = 24;
	rule_set_src(add_rule(x, AF_INET, 1210, table_of(x, 0)), p);
}
static void names_nothing(struct made *x)
{
	struct ip_prefix p;

	ip_prefix_parse("10.9.0.0/16", AF_INET, &p);
	rule_set_src(add_rule(x, AF_INET, 1205, 4711), p);
}
static void names_nothing6(struct made *x)
{
	add_rule(x, AF_INET6, 1205, 4711)->fwmark = 5;
	set_has(&x->m.snap.rule[x->m.snap.rule_n - 1], RULE_FWMARK);
}
static void jumps_over(struct made *x)
{
	struct rule *r = add_rule(x, AF_INET, 1011, 0);
	r->h.action = FR_ACT_GOTO;
	r->goto_target = 1040;
	set_has(r, RULE_GOTO);
}
static void dead_and_open(struct made *x)
{
	struct snapshot *s = &x->m.snap;

	for (size_t i = 0; i < s->route_n; i++)
		if (s->route[i].table == table_of(x, 0) && s->route[i].h.rtm_family == AF_INET &&
		    s->route[i].h.rtm_type == RTN_UNREACHABLE) {
			drop_route(x, &s->route[i]);
			break;
		}
	default_of(x, AF_INET, 0)->h.rtm_flags |= RTNH_F_DEAD | RTNH_F_LINKDOWN;
}
static void inverted(struct made *x)
{
	rule_at(x, AF_INET, 1020, 0)->h.flags |= FIB_RULE_INVERT;
	set_has(rule_at(x, AF_INET, 1020, 0), RULE_NOT);
}
static void only_forwarded(struct made *x)
{
	struct rule *r = rule_at(x, AF_INET, 1020, 0);
	strcpy(r->iif, "eth2");
	set_has(r, RULE_IIF);
}
static void one_user(struct made *x)
{
	struct rule *r = add_rule(x, AF_INET, 1011, table_of(x, 1));
	r->uid = (struct fib_rule_uid_range){1000, 1000};
	set_has(r, RULE_UIDRANGE);
}
static void one_port(struct made *x)
{
	struct rule *r = add_rule(x, AF_INET, 1011, table_of(x, 0));
	r->ipproto = IPPROTO_TCP;
	r->dport = (struct fib_rule_port_range){25, 25};
	r->has |= HAS(RULE_IPPROTO) | HAS(RULE_DPORT);
}
static void one_service(struct made *x)
{
	add_rule(x, AF_INET, 1011, table_of(x, 0))->h.tos = 0x10;
	set_has(&x->m.snap.rule[x->m.snap.rule_n - 1], RULE_TOS);
}
static void one_destination(struct made *x)
{
	struct ip_prefix p;

	ip_prefix_parse("203.0.113.77/32", AF_INET, &p);
	rule_set_dst(add_rule(x, AF_INET, 1011, table_of(x, 0)), p);
}
static void strict_one_way(struct made *x)
{
	struct snapshot *s = &x->m.snap;

	/* The balanced default has only isp1 left; isp2 is strict. */
	for (size_t i = 0; i < s->route_n; i++)
		if (s->route[i].table == x->d.table_default &&
		    s->route[i].h.rtm_family == AF_INET && has(&s->route[i], ROUTE_MULTIPATH)) {
			struct route *r = &s->route[i];
			r->has &= ~HAS(ROUTE_MULTIPATH);
			r->has |= HAS(ROUTE_OIF) | HAS(ROUTE_GATEWAY);
			r->oif = 2;
			r->gateway = x->d.uplink[0].v4.gateway;
		}
	whole_setting(&x->m, "net/ipv4/conf/eth1/rp_filter", "1");
	whole_setting(&x->m, "net/ipv4/conf/eth1/src_valid_mark", "0");
}

static void main_not_first(struct made *x)
{
	drop_rule(x, rule_at(x, AF_INET, 1010, 2));
}
static void tunnel_takes_all(struct made *x)
{
	machine_route(&x->m, AF_INET, "0.0.0.0/1", NULL, 4, RT_TABLE_MAIN, RTPROT_BOOT, 0);
	add_rule(x, AF_INET, 1009, RT_TABLE_MAIN)->suppress_prefixlen = 0;
	set_has(&x->m.snap.rule[x->m.snap.rule_n - 1], RULE_SUPPRESS_PREFIXLEN);
}
static void policy_missing(struct made *x)
{
	drop_rule(x, rule_at(x, AF_INET, 1100, 2));
}
static void policy_elsewhere(struct made *x)
{
	rule_at(x, AF_INET, 1100, 2)->table = table_of(x, 0);
}
static void policy_too_late(struct made *x)
{
	struct ip_prefix p;

	ip_prefix_parse("10.0.0.192/26", AF_INET, &p);
	rule_set_src(add_rule(x, AF_INET, 1055, table_of(x, 0)), p);
}
static void policy_to_nowhere(struct made *x)
{
	rule_at(x, AF_INET, 1100, 2)->h.action = FR_ACT_UNREACHABLE;
}
static void default_elsewhere(struct made *x)
{
	rule_at(x, AF_INET, 32765, 2)->h.action = FR_ACT_PROHIBIT;
}

static const struct fault {
	const char *name;
	void (*plant)(struct made *x);
	enum prove_kind kind;
	const char *uplink; /* NULL: none */
} faults[] = {
	{"the from rule looks up the other table", from_wrong_table, PROVE_LEAK, "isp1"},
	{"isp1's from rule is missing", from_missing_1, PROVE_LEAK, "isp1"},
	{"isp2's from rule is missing", from_missing_2, PROVE_LEAK, "isp2"},
	{"IPv6 forgotten for isp1", from6_missing_1, PROVE_LEAK, "isp1"},
	{"IPv6 forgotten for isp2", from6_missing_2, PROVE_LEAK, "isp2"},
	{"IPv6's from rule looks up the other table", from6_wrong_table, PROVE_LEAK, "isp2"},
	{"the default is through the other device", default_other_device, PROVE_LEAK, "isp1"},
	{"IPv6's default is through the other device", default6_other_device, PROVE_LEAK, "isp2"},
	{"isp1's gateway is swapped", gateway_swapped_1, PROVE_GATEWAY, "isp1"},
	{"isp2's gateway is swapped", gateway_swapped_2, PROVE_GATEWAY, "isp2"},
	{"IPv6's gateway is swapped", gateway6_swapped, PROVE_GATEWAY, "isp1"},
	{"a gateway in the other network", gateway_in_foreign_net, PROVE_GATEWAY, "isp1"},
	{"the default is missing", default_missing, PROVE_DROPPED, "isp1"},
	{"IPv6's default is missing", default6_missing, PROVE_DROPPED, "isp2"},
	{"the table is empty", table_empty, PROVE_TABLE, NULL},
	{"the table is empty", table_empty, PROVE_LEAK, "isp1"},
	{"marks come before sources", mark_before_from, PROVE_LEAK, "isp1"},
	{"main comes first, with a default", main_first, PROVE_LEAK, "isp2"},
	{"the other uplink's network is not suppressed", no_ifgroup, PROVE_LEAK, "isp1"},
	{"IPv6: it is not suppressed", no_ifgroup6, PROVE_LEAK, "isp2"},
	{"half of everything in main", halves_in_main, PROVE_LEAK, "isp1"},
	{"a throw route for the default", thrown, PROVE_LEAK, "isp1"},
	{"a black hole before the default", black_hole, PROVE_DROPPED, "isp2"},
	{"a rule prohibits", prohibited, PROVE_DROPPED, "isp1"},
	{"a rule for everything says unreachable", all_unreachable, PROVE_DROPPED, "isp2"},
	{"the other link's route", link_route_elsewhere, PROVE_LEAK, "isp1"},
	{"half of everything goes elsewhere", half_elsewhere, PROVE_LEAK, "isp1"},
	{"a route's source is the other's", wrong_source, PROVE_SOURCE, "isp1"},
	{"isp1's mark has no rule", mark_missing, PROVE_REPLY, "isp1"},
	{"isp2's mark looks up the other table", mark_wrong_table, PROVE_REPLY, "isp2"},
	{"the marks are swapped", marks_swapped, PROVE_REPLY, "isp1"},
	{"a rule behind one that takes all of its packets", shadowed, PROVE_RULE, NULL},
	{"a rule for a table without routes", names_nothing, PROVE_TABLE, NULL},
	{"the same in IPv6", names_nothing6, PROVE_TABLE, NULL},
	{"goto jumps over the from rules", jumps_over, PROVE_LEAK, "isp1"},
	{"a dead default and no backstop", dead_and_open, PROVE_LEAK, "isp1"},
	{"a from rule is inverted", inverted, PROVE_LEAK, "isp1"},
	{"a from rule for forwarded packets only", only_forwarded, PROVE_LEAK, "isp1"},
	{"one user's packets go elsewhere", one_user, PROVE_LEAK, "isp1"},
	{"one port's packets go elsewhere", one_port, PROVE_LEAK, "isp2"},
	{"one type of service goes elsewhere", one_service, PROVE_LEAK, "isp2"},
	{"one destination goes elsewhere", one_destination, PROVE_LEAK, "isp2"},
	{"main's networks come not first", main_not_first, PROVE_LINK, "isp1"},
	{"a tunnel takes half of everything", tunnel_takes_all, PROVE_LEAK, "isp2"},
	{"a policy has no rule", policy_missing, PROVE_POLICY, NULL},
	{"a policy looks up another table", policy_elsewhere, PROVE_POLICY, NULL},
	{"a rule takes some of a policy's packets", policy_too_late, PROVE_POLICY, NULL},
	{"a policy ends in unreachable", policy_to_nowhere, PROVE_POLICY, NULL},
	{"what no policy selects goes nowhere", default_elsewhere, PROVE_POLICY, NULL},
	{"strict rp_filter with marks", strict_one_way, PROVE_RPF, "isp2"},
};

static const struct prove_failure *find(const struct made *x, long n, const struct fault *fault)
{
	for (long i = 0; i < n; i++) {
		const struct prove_failure *y = &x->failure[i];
		if (y->kind == fault->kind && !y->uplink == !fault->uplink &&
		    (!y->uplink || !strcmp(y->uplink->name, fault->uplink)))
			return y;
	}
	return NULL;
}

/* The witness once more: it does what the failure says. */
static bool is_witness(const struct made *x, const struct prove_failure *y)
{
	struct fib_result r;

	fib_lookup(x->f, &y->packet, &r);
	switch (y->kind) {
	case PROVE_LEAK:
	case PROVE_REPLY:
		return r.nexthops > 1 || (r.verdict == FIB_FORWARD && r.dev != y->uplink->ifindex);
	case PROVE_DROPPED:
		return r.verdict != FIB_FORWARD;
	case PROVE_LINK:
	case PROVE_GATEWAY:
		return r.dev == y->uplink->ifindex;
	case PROVE_RPF:
		return r.verdict == FIB_RPF;
	case PROVE_SOURCE:
		return r.dev == y->uplink->ifindex && y->other->from_n;
	case PROVE_POLICY:
		return r.verdict == y->result.verdict && r.dev == y->result.dev;
	case PROVE_TABLE:
		return !r.rule || r.rule->priority > y->rule->priority;
	default:
		return r.rule && r.rule->priority < y->rule->priority;
	}
}

static void test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		struct made x = {0};
		machine_two_isps(&x.m);
		make(&x, two_isps);
		faults[i].plant(&x);
		long n = prove(&x);
		const struct prove_failure *y = find(&x, n, &faults[i]);
		if (!y) {
			show(&x, n);
			fail_msg("not found: %s", faults[i].name);
		}
		if (!is_witness(&x, y)) {
			show(&x, n);
			fail_msg("no witness: %s", faults[i].name);
		}
		assert_true(prove_remedy(x.f, y, &x.a)[0]);
		unmake(&x);
	}
}

/* Good configurations */

static void test_good(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		struct made x = {0};
		struct out o;
		out_init(&o, -1);
		whole_random_machine(&x.m, whole_random_config(&o));
		make(&x, out_str(&o));
		long failures = prove(&x);
		if (failures) {
			show(&x, failures);
			fail_msg("round %u: this is good:\n%s", round, out_str(&o));
		}
		out_free(&o);
		unmake(&x);
	}
}

/* Rules without end: an answer, or that there is none, but no hanging. */
static void test_many_rules(void **state)
{
	struct made x = {0};
	struct err e = ERR_INIT;
	struct ip_prefix p;
	uint64_t budget = PROVE_BUDGET / 20;

	(void)state;
	machine_two_isps(&x.m);
	make(&x, two_isps);
	ip_prefix_parse("10.0.0.0/32", AF_INET, &p);
	for (unsigned i = 0; i < 10000; i++) {
		p.addr.b[2] = (uint8_t)(i >> 8);
		p.addr.b[3] = (uint8_t)i;
		rule_set_src(add_rule(&x, AF_INET, 2000 + i, table_of(&x, i & 1)), p);
	}
	whole_sort_rules(&x.m.snap);
	assert_int_equal(fib_new(&x.f, &x.m.snap, &e), 0);
	proof_goal(&x.config, &x.d, &x.a, &x.goal);
	x.goal.budget = &budget;
	assert_int_equal(prove_machine(x.f, &x.goal, &x.a, &x.failure, NULL, &e), -E2BIG);
	assert_non_null(strstr(e.msg, "too many"));
	unmake(&x);
}

/* Without a configuration: the devices of the default routes. */
static void test_discover(void **state)
{
	struct made x = {0};
	struct prove_goal g;

	(void)state;
	machine_two_isps(&x.m);
	machine_route(&x.m, AF_INET, NULL, "192.168.1.1", 2, RT_TABLE_MAIN, RTPROT_DHCP, 100);
	machine_route(&x.m, AF_INET, NULL, "192.168.2.1", 3, RT_TABLE_MAIN, RTPROT_DHCP, 200);
	x.m.snap.settings = SETTINGS_INIT;
	whole_kernels_own(&x.m);
	whole_sort_rules(&x.m.snap);
	assert_int_equal(fib_new(&x.f, &x.m.snap, NULL), 0);
	prove_discover(x.f, &x.a, &g);
	assert_int_equal(g.uplink_n, 2);
	assert_string_equal(g.uplink[0].name, "eth0");
	assert_int_equal(g.uplink[0].from_n, 2);
	/* One default shadows the other: packets from the second address leave by the first. */
	long n = prove_machine(x.f, &g, &x.a, &x.failure, NULL, NULL);
	static const struct fault leak = {"", NULL, PROVE_LEAK, "eth1"};
	assert_non_null(find(&x, n, &leak));
	unmake(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_discover),
		cmocka_unit_test(test_many_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
