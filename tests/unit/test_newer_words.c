/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words that iproute2 6.1 does not have, so that there is nothing to compare them with: what is
 * typed is in the request under the kernel's number, and is printed as it can be typed again.
 */
#include "typed.h"
#include "unit.h"

#include "model/mptcp.h"

#include "model/neigh.h"
#include "model/route.h"
#include "model/rule.h"
#include "netlink/uapi.h"
#include <linux/mptcp.h>

static int parse(struct ip *ip, const char *line, struct parser *p)
{
	struct err e = ERR_INIT;

	return typed_parse(ip, line, p, &e);
}

static struct print *printer(struct ip *ip, bool json)
{
	ip->out.len = 0;
	ip->print = (struct print){.o = &ip->out, .json = json};
	ip->print.names = ip->names;
	ip->print.devices = ip->devices;
	jw_init(&ip->print.j, &ip->out, false);
	return &ip->print;
}

static void expect(struct ip *ip, const char *part, const char *line)
{
	char text[1024];

	assert_true(ip->out.len < sizeof(text));
	memcpy(text, ip->out.buf, ip->out.len);
	text[ip->out.len] = 0;
	if (!strstr(text, part))
		fail_msg("\"%s\": \"%s\" is not in \"%s\"", line, part, text);
}

static void rules(void **state)
{
	static const struct {
		const char *words, *text, *json;
	} cases[] = {
		{"dscp 10", "dscp 10 ", "\"dscp\":10"},
		{"dscp 0x0a/0x3c", "dscp 0xa/0x3c ", "\"dscp\":\"0xa\",\"dscp_mask\":\"0x3c\""},
		{"flowlabel 0x12345", "flowlabel 0x12345 ", "\"flowlabel\":\"0x12345\""},
		{"flowlabel 0x12300/0xfff00", "flowlabel 0x12300/0xfff00 ",
		 "\"flowlabel\":\"0x12300\",\"flowlabel_mask\":\"0xfff00\""},
		{"sport 80/0xfff0", "sport 80/0xfff0 ", NULL},
		{"dport 8080", "dport 8080 ", "\"dport\":8080"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ip *ip = *state;
		struct parser p;
		struct nl_msg m;
		struct rule r;
		char line[128];
		snprintf(line, sizeof(line), "rule add pref 5 %s table 100", cases[i].words);
		assert_int_equal(parse(ip, line, &p), 0);
		assert_int_equal(rule_message(&m, RTM_NEWRULE, 0, p.obj, NULL), 0);
		assert_int_equal(rule_decode(&m.h, &r, NULL), 0);
		rule_print(printer(ip, false), &r);
		expect(ip, cases[i].text, line);
		if (cases[i].json) {
			rule_print(printer(ip, true), &r);
			expect(ip, cases[i].json, line);
		}
		/* What was printed selects it. */
		snprintf(line, sizeof(line), "rule show %s", cases[i].text);
		assert_int_equal(parse(ip, line, &p), 0);
	}
}

static void masks_are_checked(void **state)
{
	static const char *const bad[] = {
		"rule add dscp 64 table 1",
		"rule add dscp 1/64 table 1",
		"rule add dscp x table 1",
		"rule add dscp 1/ table 1",
		"rule add flowlabel 0x100000 table 1",
		"rule add flowlabel 1/0x100000 table 1",
		"rule add flowlabel -1 table 1",
		"route get 10.0.0.1 flowlabel 0x100000",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct parser p;
		if (parse(*state, bad[i], &p) >= 0)
			fail_msg("\"%s\" is accepted", bad[i]);
	}
}

static void the_kernels_numbers(void **state)
{
	struct parser p;

	assert_int_equal(parse(*state,
			       "neigh add 10.0.0.1 lladdr 00:00:5e:00:53:01 extern_valid dev eth0",
			       &p),
			 0);
	const struct neigh *n = p.obj;
	assert_true(has(n, NEIGH_FLAGS_EXT));
	assert_int_equal(n->flags_ext, NTF_EXT_EXT_VALIDATED);
	struct nl_msg m;
	struct neigh back;
	assert_int_equal(neigh_message(&m, RTM_NEWNEIGH, 0, n, NULL), 0);
	assert_int_equal(neigh_decode(&m.h, &back, NULL), 0);
	neigh_print(printer(*state, false), &back, 0);
	expect(*state, " extern_valid ", "neigh");

	assert_int_equal(parse(*state, "route get 2001:db8::1 flowlabel 0x12345", &p), 0);
	const struct route *r = p.obj;
	assert_true(has(r, ROUTE_FLOWLABEL));
	assert_int_equal(r->flowlabel, 0x12345);

	assert_int_equal(parse(*state, "route add 10.0.0.0/24 dev eth0 features tcp_usec_ts", &p),
			 0);
	route_print(printer(*state, false), p.obj);
	expect(*state, "features tcp_usec_ts ", "route");
}

/* As iproute2 writes it: no kernel at hand need have Multipath TCP. */
static void events_of_multipath_tcp(void **state)
{
	struct mptcp_event x = {.h.cmd = MPTCP_EVENT_SUB_ESTABLISHED,
				.token = 0xabc,
				.remid = 1,
				.locid = 2,
				.sport = 4000,
				.dport = 80,
				.backup = 0,
				.ifindex = 2};
	struct nl_msg m;

	assert_true(ip_addr_parse("10.0.0.1", AF_INET, &x.saddr));
	assert_true(ip_addr_parse("10.0.0.2", AF_INET, &x.daddr));
	x.has = HAS(MPTCP_EVENT_TOKEN) | HAS(MPTCP_EVENT_REMID) | HAS(MPTCP_EVENT_LOCID) |
		HAS(MPTCP_EVENT_SADDR4) | HAS(MPTCP_EVENT_DADDR4) | HAS(MPTCP_EVENT_SPORT) |
		HAS(MPTCP_EVENT_DPORT) | HAS(MPTCP_EVENT_BACKUP) | HAS(MPTCP_EVENT_IFINDEX);
	assert_int_equal(nl_msg_object(&m, 30, 0, &mptcp_event_attrs, &x, NULL), 0);
	assert_int_equal(mptcp_event_print(printer(*state, false), &m.h, NULL), 0);
	expect(*state,
	       "[SF_ESTABLISHED] token=00000abc remid=1 locid=2 saddr4=10.0.0.1 daddr4=10.0.0.2 "
	       "sport=4000 dport=80 backup=0 ifindex=2\n",
	       "an event");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(masks_are_checked),
		cmocka_unit_test(the_kernels_numbers),
		cmocka_unit_test(events_of_multipath_tcp),
	};

	return cmocka_run_group_tests(tests, typed_setup, typed_teardown);
}
