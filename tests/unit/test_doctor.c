/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The doctor on machines in memory: what depends on the kernel's version, and what a machine at
 * hand does not have. scenario/doctor has the rest, on real ones.
 */
#include "unit.h"

#include "base/cleanup.h"
#include "uplink/doctor.h"
#include "whole.h"

#include <stdio.h>

#define MAN "man/multihome.8"

struct made {
	struct machine_made m;
	struct config config;
	struct desired d;
	struct arena a;
	struct doctor_facts facts;
	struct doctor_finding *found;
	long n;
};

static const char *two_isps =
	"[uplink isp1]\ninterface = eth0\ngateway = 192.168.1.1\ngateway = 2001:db8:1::1\n"
	"[uplink isp2]\ninterface = eth1\ngateway = 192.168.2.1\ngateway = 2001:db8:2::1\n";

/* A machine that has what the configuration wants. */
static void make(struct made *x)
{
	machine_two_isps(&x->m);
	whole_machine(&x->m);
	whole_config(&x->m, two_isps, &x->config, &x->d);
	whole_obey(&x->m, &x->d.owned);
	whole_setting(&x->m, "net/ipv4/fib_multipath_hash_policy", "1");
	whole_setting(&x->m, "net/ipv6/fib_multipath_hash_policy", "1");
	machine_sysctl(&x->m, "net/ipv4/conf/eth0/ignore_routes_with_linkdown", "1");
	machine_sysctl(&x->m, "net/ipv4/conf/eth1/ignore_routes_with_linkdown", "1");
	machine_sysctl(&x->m, "net/ipv6/conf/eth0/ignore_routes_with_linkdown", "1");
	machine_sysctl(&x->m, "net/ipv6/conf/eth1/ignore_routes_with_linkdown", "1");
	x->m.machine.snap = &x->m.snap;
}

static const struct doctor_finding *examine(struct made *x, const char *id)
{
	struct err e = ERR_INIT;

	x->facts.snap = &x->m.snap;
	x->facts.sysctl = x->m.machine.sysctl;
	x->facts.sysctl_arg = x->m.machine.sysctl_arg;
	x->facts.names = names_new(NULL, NULL);
	x->n = doctor_examine(&x->facts, NULL, &x->a, &x->found, &e);
	names_free(x->facts.names);
	if (x->n < 0)
		fail_msg("%s", e.msg);
	for (long i = 0; id && i < x->n; i++)
		if (!strcmp(x->found[i].id, id))
			return &x->found[i];
	return NULL;
}

static void unmake(struct made *x)
{
	desired_free(&x->d);
	config_free(&x->config);
	machine_free(&x->m);
	arena_free(&x->a);
}

static void test_healthy(void **state)
{
	struct made x = {0};

	(void)state;
	make(&x);
	examine(&x, NULL);
	for (long i = 0; i < x.n; i++)
		print_error("%s: %s\n%s", x.found[i].id, x.found[i].title, x.found[i].evidence);
	assert_int_equal(x.n, 0);
	unmake(&x);
}

static void test_dscp(void **state)
{
	struct made x = {0};
	struct rule *r;

	(void)state;
	make(&x);
	machine_rule(&x.m, AF_INET, 1200, NULL, x.d.uplink[0].table, RTPROT_STATIC);
	r = &x.m.snap.rule[x.m.snap.rule_n - 1];
	r->dscp = 10;
	set_has(r, RULE_DSCP);
	whole_sort_rules(&x.m.snap);
	x.m.snap.settings.kernel = 0x060d;
	assert_null(examine(&x, "dscp"));
	x.m.snap.settings.kernel = 0x060c;
	const struct doctor_finding *f = examine(&x, "dscp");
	assert_non_null(f);
	assert_int_equal(f->severity, DOCTOR_BAD);
	assert_string_equal(f->remedy, "ip rule del priority 1200\n");
	unmake(&x);
}

static void test_tcp_hash(void **state)
{
	struct made x = {0};

	(void)state;
	make(&x);
	x.m.snap.settings.kernel = 0x0612;
	assert_null(examine(&x, "tcp_hash"));
	x.m.snap.settings.kernel = 0x0601;
	assert_non_null(examine(&x, "tcp_hash"));
	unmake(&x);
}

static void test_accept_ra(void **state)
{
	struct made x = {0};

	(void)state;
	make(&x);
	machine_sysctl(&x.m, "net/ipv6/conf/eth0/accept_ra", "1");
	assert_null(examine(&x, "accept_ra"));
	machine_route(&x.m, AF_INET6, NULL, "fe80::1", 2, RT_TABLE_MAIN, RTPROT_RA, 1024);
	const struct doctor_finding *f = examine(&x, "accept_ra");
	assert_non_null(f);
	assert_string_equal(f->remedy, "sysctl -w net/ipv6/conf/eth0/accept_ra=2\n");
	unmake(&x);
}

/* Worst first, whatever the order of the checks. */
static void test_order(void **state)
{
	struct made x = {0};

	(void)state;
	make(&x);
	x.m.snap.settings.kernel = 0x0601;
	whole_setting(&x.m, "net/ipv4/fib_multipath_hash_policy", "0");
	x.m.snap.rule_n = 1; /* the local table's */
	machine_rule(&x.m, AF_INET, 32766, NULL, RT_TABLE_MAIN, RTPROT_KERNEL);
	machine_route(&x.m, AF_INET, NULL, "192.168.1.1", 2, RT_TABLE_MAIN, RTPROT_DHCP, 100);
	examine(&x, NULL);
	assert_true(x.n > 3);
	assert_int_equal(x.found[0].severity, DOCTOR_BAD);
	for (long i = 1; i < x.n; i++)
		assert_true(x.found[i - 1].severity <= x.found[i].severity);
	unmake(&x);
}

/* The manual tells of each check. */
static void test_manual(void **state)
{
	const char *id, *title;
	char text[65536], word[64];

	(void)state;
	CLEANUP(free_file) FILE *f = fopen(MAN, "re");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	for (unsigned i = 0; doctor_check_name(i, &id, &title); i++) {
		snprintf(word, sizeof(word), ".B %s\n", id);
		if (!strstr(text, word))
			fail_msg("man/multihome.8 does not have the check %s (%s)", id, title);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_healthy),	 cmocka_unit_test(test_dscp),
		cmocka_unit_test(test_tcp_hash), cmocka_unit_test(test_accept_ra),
		cmocka_unit_test(test_order),	 cmocka_unit_test(test_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
