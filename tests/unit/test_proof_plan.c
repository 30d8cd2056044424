/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plans, proved before they are made: those that plan_make() gives are, step by step; the same
 * steps in another order, or an end that is not good, are not.
 */
#include "unit.h"

#include "base/cleanup.h"
#include "uplink/proof_plan.h"
#include "whole.h"

static const char *two_isps =
	"[uplink isp1]\ninterface = eth0\ngateway = 192.168.1.1\ngateway = 2001:db8:1::1\n"
	"[uplink isp2]\ninterface = eth1\ngateway = 192.168.2.1\ngateway = 2001:db8:2::1\n"
	"[policy guests]\nfrom = 10.0.0.128/25\nuse = isp2, isp1\n";

static const char *moved =
	"[multihome]\nrule-base = 2000\ntable-base = 3000\n"
	"[uplink isp1]\ninterface = eth0\ngateway = 192.168.1.1\ngateway = 2001:db8:1::1\n"
	"[uplink isp2]\ninterface = eth1\ngateway = 192.168.2.9\ngateway = 2001:db8:2::1\n"
	"[policy guests]\nfrom = 10.0.0.128/25\nuse = isp1\n";

struct made {
	struct machine_made m;
	struct config config;
	struct desired d;
	struct plan plan;
	struct plan_proof proof;
};

/* From what the machine has to what the text wants. */
static void plan_for(struct made *x, const char *text)
{
	struct owned now = {0};

	whole_config(&x->m, text, &x->config, &x->d);
	owned_from_snapshot(&now, &x->m.snap);
	for (size_t i = 0; i < x->d.owned.sysctl_n; i++)
		owned_set_sysctl(&now, x->d.owned.sysctl[i].name, "?");
	/* What is no uplink any more goes back, as state.h has it. */
	for (size_t i = 0; i < x->m.snap.link_n; i++) {
		const struct link *l = &x->m.snap.link[i];
		if (l->group == MULTIHOME_GROUP && !owned_group(&x->d.owned, l->name))
			owned_set_group(&x->d.owned, l->h.ifi_index, l->name, 0);
	}
	for (size_t i = 0; i < x->d.owned.group_n; i++) {
		const struct link_group *g = &x->d.owned.group[i];
		owned_set_group(&now, g->ifindex, g->name,
				snapshot_link(&x->m.snap, g->ifindex)->group);
	}
	plan_make(&now, &x->d.owned, &x->plan);
	owned_free(&now);
}

static void prove(struct made *x)
{
	struct err e = ERR_INIT;

	if (proof_plan(&x->config, &x->d, &x->m.snap, &x->plan, &x->proof, &e) < 0)
		fail_msg("%s", e.msg);
}

static void unplan(struct made *x)
{
	proof_plan_free(&x->proof);
	plan_free(&x->plan);
	desired_free(&x->d);
	config_free(&x->config);
}

static void fail_with(struct made *x, const char *why)
{
	struct arena a = {0};

	print_error("%s", machine_commands(&x->m, &x->plan, &a));
	if (x->proof.failure_n)
		print_error("%s\n", proof_plan_line(&x->proof, &x->plan, &a));
	fail_msg("%s", why);
}

static void test_first(void **state)
{
	struct made x = {0};

	(void)state;
	machine_two_isps(&x.m);
	whole_machine(&x.m);
	plan_for(&x, two_isps);
	prove(&x);
	if (!x.proof.proved)
		fail_with(&x, "the first plan is good");
	assert_in_range(x.proof.states, 10, x.plan.n);
	unplan(&x);
	machine_free(&x.m);
}

/* Tables and priorities move, an uplink's gateway changes, a policy goes elsewhere. */
static void begin_moved(struct made *x)
{
	machine_two_isps(&x->m);
	whole_machine(&x->m);
	plan_for(x, two_isps);
	whole_obey(&x->m, &x->d.owned);
	unplan(x);
	*x = (struct made){.m = x->m};
	x->m.machine.snap = &x->m.snap;
	plan_for(x, moved);
}

static void test_moved(void **state)
{
	struct made x = {0};

	(void)state;
	begin_moved(&x);
	prove(&x);
	if (!x.proof.proved)
		fail_with(&x, "the plan is good");
	unplan(&x);
	machine_free(&x.m);
}

/* The same steps, last one first. */
static void test_backwards(void **state)
{
	struct made x = {0};

	(void)state;
	begin_moved(&x);
	for (size_t i = 0, k = x.plan.n; i + 1 < k; i++) {
		struct step swap = x.plan.step[i];
		x.plan.step[i] = x.plan.step[--k];
		x.plan.step[k] = swap;
	}
	prove(&x);
	assert_false(x.proof.proved);
	assert_true(x.proof.step < x.plan.n);
	unplan(&x);
	machine_free(&x.m);
}

/* A plan without one of its rules ends in a machine that is not good. */
static void test_incomplete(void **state)
{
	struct made x = {0};

	(void)state;
	machine_two_isps(&x.m);
	whole_machine(&x.m);
	plan_for(&x, two_isps);
	for (size_t i = 0; i < x.plan.n; i++)
		if (x.plan.step[i].kind == STEP_RULE_ADD && x.plan.step[i].rule.h.src_len) {
			x.plan.n--;
			memmove(&x.plan.step[i], &x.plan.step[i + 1],
				(x.plan.n - i) * sizeof(*x.plan.step));
			break;
		}
	prove(&x);
	assert_false(x.proof.proved);
	assert_int_equal(x.proof.step, x.plan.n);
	const char *line = proof_plan_line(&x.proof, &x.plan, &x.proof.arena);
	const char *begin =
		"in the end, isp1: a packet from its address leaves by another way out, isp2: "
		"from 192.168.1.2 ";
	if (strncmp(line, begin, strlen(begin)) != 0 || !strstr(line, ": forward dev eth1"))
		fail_msg("%s", line);
	unplan(&x);
	machine_free(&x.m);
}

/* Main refuses what it has no route for: our rule for main would end every way there. */
static void test_refusing_main(void **state)
{
	struct made x = {0};
	struct route *r;

	(void)state;
	machine_two_isps(&x.m);
	r = machine_route(&x.m, AF_INET, NULL, NULL, 0, RT_TABLE_MAIN, RTPROT_STATIC, 9);
	r->h.rtm_type = RTN_PROHIBIT;
	r->has &= ~HAS(ROUTE_OIF);
	whole_machine(&x.m);
	plan_for(&x, two_isps);
	prove(&x);
	assert_false(x.proof.proved);
	assert_int_equal(x.proof.step, x.plan.n);
	unplan(&x);
	machine_free(&x.m);
}

/* Somebody else's rule is his matter; and so is what it does to packets on the way. */
static void test_others(void **state)
{
	struct made x = {0};

	(void)state;
	machine_two_isps(&x.m);
	machine_rule(&x.m, AF_INET, 500, "192.168.1.2", 4711, RTPROT_STATIC);
	machine_route(&x.m, AF_INET, NULL, "192.168.2.1", 3, 4711, RTPROT_STATIC, 0);
	whole_machine(&x.m);
	plan_for(&x, two_isps);
	prove(&x);
	if (!x.proof.proved)
		fail_with(&x, "this is good enough");
	unplan(&x);
	machine_free(&x.m);
}

/* The machine as it is, with the configuration in force and a rule of others' before it. */
static bool holds_with(const char *table_gateway, int dev, uint8_t type)
{
	struct made x = {0};
	struct err e = ERR_INIT;
	struct route *r;

	machine_two_isps(&x.m);
	machine_rule(&x.m, AF_INET, 500, "192.168.1.2", 4711, RTPROT_STATIC);
	r = machine_route(&x.m, AF_INET, NULL, table_gateway, dev, 4711, RTPROT_STATIC, 0);
	r->h.rtm_type = type;
	if (!table_gateway)
		r->has &= ~HAS(ROUTE_OIF);
	whole_machine(&x.m);
	plan_for(&x, two_isps);
	whole_obey(&x.m, &x.d.owned);
	unplan(&x);
	x = (struct made){.m = x.m};
	x.m.machine.snap = &x.m.snap;
	plan_for(&x, two_isps);
	assert_int_equal(proof_now(&x.config, &x.d, &x.m.snap, &x.proof, &e), 0);
	bool proved = x.proof.proved;
	if (!proved) {
		assert_int_equal(x.proof.failure->kind, PROVE_LEAK);
		assert_memory_equal(proof_plan_line(&x.proof, NULL, &x.proof.arena), "isp1: ", 6);
	}
	unplan(&x);
	machine_free(&x.m);
	return proved;
}

/* Others' rules may do anything, but lead packets of one uplink's out by another. */
static void test_now(void **state)
{
	(void)state;
	assert_true(holds_with("192.168.1.1", 2, RTN_UNICAST));
	assert_true(holds_with(NULL, 0, RTN_BLACKHOLE));
	assert_false(holds_with("192.168.2.1", 3, RTN_UNICAST));
}

/* From any configuration to any other. */
static void test_random(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 30; round++) {
		struct made x = {0};
		struct out old, new;
		out_init(&old, -1);
		out_init(&new, -1);
		unsigned a = whole_random_config(&old), b = whole_random_config(&new);
		whole_random_machine(&x.m, a > b ? a : b);
		whole_machine(&x.m);
		plan_for(&x, out_str(&old));
		whole_obey(&x.m, &x.d.owned);
		unplan(&x);
		x = (struct made){.m = x.m};
		x.m.machine.snap = &x.m.snap;
		plan_for(&x, out_str(&new));
		prove(&x);
		if (!x.proof.proved) {
			print_error("from\n%s\nto\n%s\n", out_str(&old), out_str(&new));
			fail_with(&x, "the plan is good");
		}
		out_free(&old);
		out_free(&new);
		unplan(&x);
		machine_free(&x.m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first),	      cmocka_unit_test(test_moved),
		cmocka_unit_test(test_backwards),     cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_refusing_main), cmocka_unit_test(test_others),
		cmocka_unit_test(test_now),	      cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
