/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Made-up flows are what they say they are; the balance is judged rightly, also where it is not
 * even; and a failure moves what it must.
 */
#include "unit.h"

#include "base/cleanup.h"
#include "fib/prefix_list.h"
#include "machine.h"
#include "uplink/applied.h"
#include "uplink/proof.h"
#include "uplink/simulate.h"

#include <math.h>
#include <net/if.h>
#include <netinet/in.h>

static void same_seed_same_flows(void **state)
{
	struct arena a = {0};
	struct flows f, g, h;
	struct fib_packet p, q, r;
	uint64_t n, m, k;
	unsigned differ = 0;

	(void)state;
	flows_begin(&f, 7, AF_INET, NULL, 0, 0, &a);
	flows_begin(&g, 7, AF_INET, NULL, 0, 0, &a);
	flows_begin(&h, 8, AF_INET, NULL, 0, 0, &a);
	for (unsigned i = 0; i < 1000; i++) {
		flows_next(&f, &p, &n);
		flows_next(&g, &q, &m);
		flows_next(&h, &r, &k);
		assert_memory_equal(&p, &q, sizeof(p));
		assert_int_equal(n, m);
		assert_false(p.dst.b[0] == 10 || p.dst.b[0] == 127 || p.dst.b[0] >= 224);
		assert_true(n >= 500);
		differ += !ip_addr_eq(&p.dst, &r.dst);
	}
	assert_true(differ > 990);
	arena_free(&a);
}

static void flows_keep_to_their_networks(void **state)
{
	struct ip_prefix to[3];
	struct arena a = {0};
	struct flows f;
	struct fib_packet p;
	uint64_t bytes;
	unsigned seen[3] = {0};

	(void)state;
	assert_true(ip_prefix_parse("192.0.2.128/25", 0, &to[0]));
	assert_true(ip_prefix_parse("198.51.100.7", 0, &to[1]));
	assert_true(ip_prefix_parse("203.0.112.0/21", 0, &to[2]));
	flows_begin(&f, 1, AF_INET, to, 3, 0, &a);
	assert_true(ip_prefix_parse("10.0.0.0/29", 0, &f.from));
	assert_true(ip_addr_parse("10.0.0.1", 0, &f.router));
	for (unsigned i = 0; i < 3000; i++) {
		flows_next(&f, &p, &bytes);
		unsigned k = 0;
		while (k < 3 && !ip_prefix_contains(&to[k], &p.dst))
			k++;
		assert_true(k < 3);
		seen[k]++;
		/* 2 to 6: no network's address, no router, no broadcast. */
		assert_int_equal(10, p.src.b[0]);
		assert_in_range(p.src.b[3], 2, 6);
	}
	for (unsigned k = 0; k < 3; k++)
		assert_in_range(seen[k], 900, 1100);
	arena_free(&a);
}

/* Of 1000 prefixes the most wanted has 1/H(1000) of the flows, the second half as many. */
static void zipf_is_zipf(void **state)
{
	struct ip_prefix to[1000];
	struct arena a = {0};
	struct flows f;
	struct fib_packet p;
	uint64_t bytes;
	unsigned seen[1000] = {0}, first = 0, second = 0;
	double h = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		to[i] = (struct ip_prefix){{AF_INET, {20, (uint8_t)(i >> 8), (uint8_t)i}}, 24};
		h += 1.0 / (i + 1);
	}
	flows_begin(&f, 3, AF_INET, to, 1000, 1, &a);
	for (unsigned i = 0; i < 200000; i++) {
		flows_next(&f, &p, &bytes);
		seen[p.dst.b[1] << 8 | p.dst.b[2]]++;
	}
	for (unsigned i = 0; i < 1000; i++) {
		if (seen[i] > first) {
			second = first;
			first = seen[i];
		} else if (seen[i] > second) {
			second = seen[i];
		}
	}
	assert_true(fabs(first - 200000 / h) < 4 * sqrt(200000 / h));
	assert_true(fabs(second - 100000 / h) < 4 * sqrt(100000 / h));
	arena_free(&a);
}

/* Tables of the chi-square distribution. */
static void chances_are_right(void **state)
{
	(void)state;
	assert_true(fabs(simulate_chance(3.841, 1) - 0.05) < 0.005);
	assert_true(fabs(simulate_chance(9.210, 2) - 0.01) < 0.002);
	assert_true(fabs(simulate_chance(18.307, 10) - 0.05) < 0.002);
	assert_true(fabs(simulate_chance(9.342, 10) - 0.5) < 0.005);
	assert_true(simulate_chance(1000, 1) < 1e-9);
	assert_true(simulate_chance(0, 0) == 1);
}

static void prefixes_are_read(void **state)
{
	static const char lines[] = "# a table\n10.0.0.0/8\n\n  2001:db8::/32 via fe80::1\n"
				    "default via 10.0.0.1 dev eth0\nunreachable 192.0.2.1\n";
	static const char json[] = " [{\"dst\":\"default\",\"dev\":\"a\"},{\"type\":\"blackhole\","
				   "\"dst\":\"10.1.2.3/8\"},{\"dst\":\"192.0.2.1\"}]";
	static const char *const bad[] = {"10.0.0.0/33",   "1.2.3.4\nnonsense here\n", "[{}]",
					  "[{\"dst\":7}]", "[{\"dst\":\"x\"}",	       "blackhole"};
	struct arena a = {0};
	struct ip_prefix *v;
	char buf[IP_PREFIX_STRLEN];
	struct err e;

	(void)state;
	assert_int_equal(4, prefix_list_read(lines, strlen(lines), &a, &v, &e));
	assert_string_equal("2001:db8::/32", ip_prefix_str(&v[1], buf));
	assert_string_equal("0.0.0.0/0", ip_prefix_str(&v[2], buf));
	assert_string_equal("192.0.2.1/32", ip_prefix_str(&v[3], buf));
	assert_int_equal(3, prefix_list_read(json, strlen(json), &a, &v, &e));
	assert_string_equal("10.0.0.0/8", ip_prefix_str(&v[1], buf));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_true(prefix_list_read(bad[i], strlen(bad[i]), &a, &v, &e) < 0);
	assert_int_equal(0, prefix_list_read("", 0, &a, &v, &e));
	arena_free(&a);
}

/* ── On a machine with two providers, and a LAN ─────────────────────────────────────────────── */

static const char config_text[] = "[uplink isp1]\ninterface = eth0\ngateway = 192.168.1.1\n"
				  "weight = 3\n"
				  "[uplink isp2]\ninterface = eth1\ngateway = 192.168.2.1\n";

struct simulated {
	struct machine_made made;
	struct config config;
	struct desired desired;
	struct snapshot snap;
	struct fib *f;
	struct prove_goal goal;
	struct arena a;
	struct explain_machine m;
};

static void build(struct simulated *x, const char *failed)
{
	struct way_health health = {failed, "failed", "failed"};
	struct err e = ERR_INIT;

	machine_two_isps(&x->made);
	x->made.machine.health = failed ? &health : NULL;
	x->made.machine.health_n = failed ? 1 : 0;
	assert_int_equal(0, config_parse("conf", config_text, strlen(config_text), &x->config, &e));
	assert_int_equal(0, desired_make(&x->config, &x->made.machine, NULL, 0, &x->desired, &e));
	applied_make(&x->made.snap, &x->desired, &x->snap);
	settings_set(&x->snap.arena, &x->snap.settings, "net.ipv4.conf.eth2.forwarding", "1");
	assert_int_equal(0, fib_new(&x->f, &x->snap, &e));
	proof_goal(&x->config, &x->desired, &x->a, &x->goal);
	x->m = (struct explain_machine){x->f, x->goal.uplink, x->goal.uplink_n, &x->desired.nft};
}

static void destroy(struct simulated *x)
{
	fib_free(x->f);
	applied_free(&x->snap);
	desired_free(&x->desired);
	config_free(&x->config);
	machine_free(&x->made);
	arena_free(&x->a);
}

/* What an earlier configuration left goes; what is others' stays. */
static void applied_machines_have_what_is_wanted_only(void **state)
{
	struct simulated x = {0};
	struct snapshot again;
	size_t ours = 0, others = 0, routes = 0;

	(void)state;
	build(&x, NULL);
	machine_rule(&x.made, AF_INET, 1020, "10.9.9.9", 999, MULTIHOME_PROTOCOL);
	machine_rule(&x.made, AF_INET, 500, "10.9.9.9", 998, RTPROT_STATIC);
	machine_route(&x.made, AF_INET, "203.0.113.0/24", "192.168.1.7", 2, 1011,
		      MULTIHOME_PROTOCOL, 0);
	applied_make(&x.made.snap, &x.desired, &again);
	for (size_t i = 0; i < again.rule_n; i++) {
		ours += owned_is_rule(&again.rule[i]);
		others += again.rule[i].table == 998;
		assert_int_not_equal(999, again.rule[i].table);
		if (i && again.rule[i].h.family == again.rule[i - 1].h.family)
			assert_true(again.rule[i].priority >= again.rule[i - 1].priority);
	}
	for (size_t i = 0; i < again.route_n; i++)
		routes += again.route[i].h.rtm_protocol == MULTIHOME_PROTOCOL;
	assert_int_equal(x.desired.owned.rule_n, ours);
	assert_int_equal(x.desired.owned.route_n, routes);
	assert_int_equal(1, others);
	applied_free(&again);
	destroy(&x);
}

static void shares_follow_the_weights(void **state)
{
	struct simulated x = {0};
	struct simulation s;
	struct flows f;

	(void)state;
	build(&x, NULL);
	flows_begin(&f, 1, AF_INET, NULL, 0, 0, &x.a);
	simulate_run(&x.m, NULL, 0, &f, 20000, &x.a, &s);
	assert_int_equal(20000, s.share[0].flows + s.share[1].flows);
	assert_int_equal(20000, s.balanced);
	assert_true(fabs(s.share[0].ideal - 15000) < 0.5);
	assert_in_range(s.share[0].flows, 14800, 15200);
	assert_int_equal(1, s.freedom);
	assert_true(s.chance > 0.001);

	/* One destination, hashed by addresses alone, has one way: that is not even. */
	struct ip_prefix one;
	assert_true(ip_prefix_parse("198.51.100.1", 0, &one));
	fib_free(x.f);
	x.snap.settings.hash_policy[SETTINGS_IPV4] = 0;
	assert_int_equal(0, fib_new(&x.f, &x.snap, NULL));
	x.m.f = x.f;
	flows_begin(&f, 1, AF_INET, &one, 1, 0, &x.a);
	simulate_run(&x.m, NULL, 0, &f, 20000, &x.a, &s);
	assert_true(s.share[0].flows == 20000 || s.share[1].flows == 20000);
	assert_true(s.chance < 1e-6);
	destroy(&x);
}

static void a_failure_moves_what_it_must(void **state)
{
	struct simulated x = {0}, y = {0};
	struct simulation s;
	struct flows f;
	const uint64_t n = 20000;

	(void)state;
	build(&x, NULL);
	build(&y, "isp2");

	/* Of this machine: a flow's source is the uplink's, and fails with it. */
	flows_begin(&f, 1, AF_INET, NULL, 0, 0, &x.a);
	simulate_run(&x.m, &y.m, 1, &f, n, &x.a, &s);
	assert_int_equal(n, s.after[0].flows);
	assert_int_equal(s.share[0].flows, s.old[SIMULATE_STAYS]);
	assert_int_equal(s.share[1].flows, s.old[SIMULATE_LOST]);
	assert_int_equal(s.share[1].flows, s.new[SIMULATE_MUST]);
	assert_int_equal(0, s.old[SIMULATE_NEEDLESS] + s.new[SIMULATE_NEEDLESS]);

	/* Forwarded: its mark is forgotten, it goes by the other, and is translated anew. */
	flows_begin(&f, 1, AF_INET, NULL, 0, 0, &x.a);
	assert_true(ip_prefix_parse("10.0.0.0/24", 0, &f.from));
	f.iif = 4;
	simulate_run(&x.m, &y.m, 1, &f, n, &x.a, &s);
	assert_int_equal(s.share[0].flows, s.old[SIMULATE_STAYS]);
	assert_int_equal(s.share[1].flows, s.old[SIMULATE_MUST]);
	assert_int_equal(s.share[1].flows, s.renumbered);

	/* The same the other way round: what comes back would move flows, but for their marks. */
	flows_begin(&f, 1, AF_INET, NULL, 0, 0, &x.a);
	assert_true(ip_prefix_parse("10.0.0.0/24", 0, &f.from));
	f.iif = 4;
	simulate_run(&y.m, &x.m, SIZE_MAX, &f, n, &x.a, &s);
	assert_int_equal(n, s.old[SIMULATE_STAYS]);
	assert_true(s.new[SIMULATE_NEEDLESS] > n / 5);
	destroy(&x);
	destroy(&y);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_seed_same_flows),
		cmocka_unit_test(flows_keep_to_their_networks),
		cmocka_unit_test(zipf_is_zipf),
		cmocka_unit_test(chances_are_right),
		cmocka_unit_test(prefixes_are_read),
		cmocka_unit_test(applied_machines_have_what_is_wanted_only),
		cmocka_unit_test(shares_follow_the_weights),
		cmocka_unit_test(a_failure_moves_what_it_must),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
