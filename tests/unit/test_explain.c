/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is said of a packet besides its route: the marks and translations of the nftables table, by
 * whose uplink it leaves, how its answer comes back.
 */
#include "unit.h"

#include "machine.h"
#include "uplink/applied.h"
#include "uplink/explain.h"
#include "uplink/proof.h"

#include <net/if.h>
#include <netinet/in.h>

struct explained {
	struct machine_made made;
	struct config config;
	struct desired desired;
	struct snapshot snap;
	struct fib *f;
	struct prove_goal goal;
	struct arena a;
	struct explain_machine m;
	struct explanation x;
};

/* What the kernel has by itself: rules, and its own addresses. */
static void add_kernels_own(struct machine_made *m)
{
	char text[IP_PREFIX_STRLEN];

	for (unsigned i = 0; i < 2; i++) {
		uint8_t family = i ? AF_INET6 : AF_INET;
		machine_rule(m, family, 0, NULL, RT_TABLE_LOCAL, RTPROT_KERNEL);
		machine_rule(m, family, 32766, NULL, RT_TABLE_MAIN, RTPROT_KERNEL);
	}
	for (size_t i = 0; i < m->snap.address_n; i++) {
		const struct address *a = &m->snap.address[i];
		struct ip_prefix host = ip_prefix_host(a->local);
		struct route *r =
			machine_route(m, a->h.ifa_family, ip_prefix_str(&host, text), NULL,
				      (int)a->h.ifa_index, RT_TABLE_LOCAL, RTPROT_KERNEL, 0);
		r->h.rtm_type = RTN_LOCAL;
	}
}

/* The machine with the configuration in force; rp_filter as given, for all. */
static void compile(struct explained *x, const char *config, const char *rp_filter)
{
	struct err e = ERR_INIT;

	add_kernels_own(&x->made);
	machine_sysctl(&x->made, "net/ipv4/ip_forward", "1");
	if (config_parse("conf", config, strlen(config), &x->config, &e) ||
	    desired_make(&x->config, &x->made.machine, NULL, 0, &x->desired, &e))
		fail_msg("%s", e.msg);
	applied_make(&x->made.snap, &x->desired, &x->snap);
	for (const char *const *d = (const char *[]){"eth0", "eth1", "eth2", NULL}; *d; d++) {
		char name[64];
		snprintf(name, sizeof(name), "net.ipv4.conf.%s.forwarding", *d);
		settings_set(&x->snap.arena, &x->snap.settings, name, "1");
	}
	settings_set(&x->snap.arena, &x->snap.settings, "net.ipv4.conf.all.rp_filter", rp_filter);
	settings_set(&x->snap.arena, &x->snap.settings, "net.ipv6.conf.all.forwarding", "1");
	settings_set(&x->snap.arena, &x->snap.settings, "net.ipv4.fib_multipath_hash_seed", "1");
	assert_int_equal(0, fib_new(&x->f, &x->snap, &e));
	proof_goal(&x->config, &x->desired, &x->a, &x->goal);
	x->m = (struct explain_machine){x->f, x->goal.uplink, x->goal.uplink_n, &x->desired.nft};
}

/* eth0 and eth1 are uplinks, eth2 is the LAN. */
static void build(struct explained *x, const char *config, const char *rp_filter)
{
	machine_two_isps(&x->made);
	machine_address(&x->made, 4, "fd00:1::1/64", 0);
	compile(x, config, rp_filter);
}

static void destroy(struct explained *x)
{
	fib_free(x->f);
	applied_free(&x->snap);
	desired_free(&x->desired);
	config_free(&x->config);
	machine_free(&x->made);
	arena_free(&x->a);
}

static const struct explanation *explain(struct explained *x, const char *src, const char *dst,
					 int iif, uint32_t mark)
{
	struct fib_packet p = {.iif = iif, .mark = mark, .proto = IPPROTO_TCP, .dport = 80};

	assert_true(ip_addr_parse(dst, 0, &p.dst));
	p.family = p.src.family = p.dst.family;
	if (src)
		assert_true(ip_addr_parse(src, p.family, &p.src));
	explain_make(&x->m, &p, &x->a, &x->x);
	return &x->x;
}

static void assert_addr(const struct ip_addr *a, const char *want)
{
	char buf[IP_ADDR_STRLEN];

	assert_string_equal(want, ip_addr_str(a, buf));
}

static const char both[] = "[uplink isp1]\ninterface = eth0\n"
			   "gateway = 192.168.1.1 2001:db8:1::1\n"
			   "[uplink isp2]\ninterface = eth1\n"
			   "gateway = 192.168.2.1 2001:db8:2::1\nnat = snat 192.168.2.2\n";
enum { MARK1 = 0x10000, MARK2 = 0x20000 };

static void forwarded_flows_are_marked_and_translated(void **state)
{
	struct explained x = {0};
	const struct explanation *e;

	(void)state;
	build(&x, both, "0");
	/* Of a connection that is remembered as an uplink's. */
	e = explain(&x, "10.0.0.7", "203.0.113.9", 4, MARK1);
	assert_string_equal("isp1", e->uplink->name);
	assert_int_equal(MARK1, e->flow_mark);
	assert_string_equal("isp1", e->flow_owner->name);
	assert_int_equal(NFT_DO_MASQUERADE, e->nat->action);
	assert_addr(&e->nat_source, "192.168.1.2");
	assert_true(e->back.asked && e->back.well && !e->back.sent);
	assert_int_equal(2, e->back.packet.iif);
	assert_int_equal(MARK1, e->back.packet.mark);
	assert_addr(&e->back.packet.dst, "10.0.0.7");
	assert_addr(&e->back.on_wire, "192.168.1.2");
	assert_int_equal(4, e->back.result.dev);

	e = explain(&x, "10.0.0.7", "203.0.113.9", 4, MARK2);
	assert_int_equal(NFT_DO_SNAT, e->nat->action);
	assert_addr(&e->nat_source, "192.168.2.2");

	/* A new one is the uplink's that it leaves by. */
	e = explain(&x, "10.0.0.7", "203.0.113.9", 4, 0);
	assert_int_equal(0, e->packet.mark);
	assert_int_equal(e->result.dev == 2 ? MARK1 : MARK2, e->flow_mark);

	/* IPv6: a private source is translated, any other leaves as it is. */
	e = explain(&x, "fd00:1::7", "2001:db8:ff::1", 4, MARK1);
	assert_addr(&e->nat_source, "2001:db8:1::2");
	e = explain(&x, "2001:db8:77::7", "2001:db8:ff::1", 4, MARK1);
	assert_null(e->nat);
	destroy(&x);
}

static void own_packets_are_not_marked(void **state)
{
	struct explained x = {0};
	const struct explanation *e;

	(void)state;
	build(&x, both, "1");
	e = explain(&x, "192.168.2.2", "203.0.113.9", 0, 0);
	assert_string_equal("isp2", e->uplink->name);
	assert_int_equal(0, e->flow_mark);
	assert_null(e->nat);
	assert_true(e->back.well);
	assert_int_equal(3, e->back.packet.iif);
	assert_int_equal(0, e->back.packet.mark);
	assert_int_equal(FIB_LOCAL, e->back.result.verdict);

	/* With an address of the LAN it is translated. */
	e = explain(&x, "10.0.0.1", "203.0.113.9", 0, 0);
	assert_non_null(e->nat);
	assert_true(e->back.on_wire.family == AF_INET);
	destroy(&x);
}

static void what_arrives_is_its_uplinks(void **state)
{
	struct explained x = {0};
	const struct explanation *e;

	(void)state;
	build(&x, both, "0");
	e = explain(&x, "203.0.113.9", "10.0.0.7", 3, 0x5);
	assert_int_equal(0x5, e->given.mark);
	assert_int_equal(MARK2 | 0x5, e->packet.mark);
	assert_int_equal(FIB_FORWARD, e->result.verdict);
	assert_null(e->nat);
	/* Its answer comes in from the LAN, and is sent by the same uplink for its mark. */
	assert_int_equal(4, e->back.packet.iif);
	assert_int_equal(MARK2, e->back.packet.mark);
	assert_int_equal(3, e->back.result.dev);
	assert_true(e->back.well);
	assert_string_equal("isp2", e->back.uplink->name);

	/* For this machine: it answers by its source, without a mark. */
	e = explain(&x, "203.0.113.9", "192.168.2.2", 3, 0);
	assert_int_equal(FIB_LOCAL, e->result.verdict);
	assert_true(e->back.sent && e->back.well);
	assert_int_equal(0, e->back.packet.mark);
	/* What was sent to the other uplink's address goes back by that one: not well. */
	e = explain(&x, "203.0.113.9", "192.168.1.2", 3, 0);
	assert_int_equal(FIB_LOCAL, e->result.verdict);
	assert_int_equal(2, e->back.result.dev);
	assert_false(e->back.well);
	destroy(&x);
}

/* A host whose way back is the LAN's, whatever it is sent by. */
static void a_strict_check_drops_the_answer(void **state)
{
	struct explained x = {0};
	const struct explanation *e;

	(void)state;
	for (unsigned strict = 0; strict < 2; strict++) {
		build(&x, both, strict ? "1" : "2");
		struct route *r =
			ARENA_PUSH(&x.snap.arena, x.snap.route, x.snap.route_n, x.snap.route_cap);
		struct ip_prefix to;
		*r = route_init(AF_INET);
		assert_true(ip_prefix_parse("203.0.113.9/32", 0, &to));
		route_set_dst(r, to);
		r->oif = 4;
		set_has(r, ROUTE_OIF);
		fib_free(x.f);
		assert_int_equal(0, fib_new(&x.f, &x.snap, NULL));
		x.m.f = x.f;
		e = explain(&x, "203.0.113.9", "192.168.2.2", 3, 0);
		assert_int_equal(strict ? FIB_RPF : FIB_LOCAL, e->result.verdict);
		assert_int_equal(!strict, e->back.asked);
		destroy(&x);
		x = (struct explained){0};
	}
}

static void prefixes_are_translated_both_ways(void **state)
{
	static const char config[] = "[uplink isp1]\ninterface = eth0\n"
				     "gateway = 192.168.1.1 2001:db8:1::1\n"
				     "npt = fd00:1::/64 2001:db8:1:1::/64\n"
				     "[uplink isp2]\ninterface = eth1\n"
				     "gateway = 192.168.2.1 2001:db8:2::1\n";
	struct explained x = {0};
	const struct explanation *e;

	(void)state;
	build(&x, config, "0");
	e = explain(&x, "fd00:1::7", "2001:db8:ff::1", 4, MARK1);
	assert_int_equal(NFT_DO_SNAT_PREFIX, e->nat->action);
	assert_addr(&e->nat_source, "2001:db8:1:1::7");
	assert_addr(&e->back.on_wire, "2001:db8:1:1::7");
	assert_true(e->back.well);
	e = explain(&x, "2001:db8:ff::1", "2001:db8:1:1::7", 2, 0);
	assert_addr(&e->given.dst, "2001:db8:1:1::7");
	assert_addr(&e->packet.dst, "fd00:1::7");
	assert_int_equal(4, e->result.dev);
	assert_true(e->back.well);
	destroy(&x);
}

/* Two modems behind one card: the gateway tells them apart. */
static void uplinks_that_share_a_card_are_told_apart(void **state)
{
	static const char config[] =
		"[uplink one]\ninterface = eth0\naddress = 192.168.1.2\ngateway = 192.168.1.1\n"
		"[uplink two]\ninterface = eth0\naddress = 192.168.1.3\ngateway = 192.168.1.254\n";
	struct explained x = {0};
	const struct explanation *e;
	struct ip_addr gateway;

	(void)state;
	machine_two_isps(&x.made);
	machine_address(&x.made, 2, "192.168.1.3/24", 0);
	compile(&x, config, "0");
	e = explain(&x, "192.168.1.3", "203.0.113.9", 0, 0);
	assert_string_equal("two", e->uplink->name);
	e = explain(&x, "192.168.1.2", "203.0.113.9", 0, 0);
	assert_string_equal("one", e->uplink->name);
	e = explain(&x, "10.0.0.7", "203.0.113.9", 4, MARK2);
	assert_string_equal("two", e->uplink->name);
	assert_addr(&e->nat_source, "192.168.1.3");
	/* By a gateway that is nobody's, it is the card's first. */
	assert_true(ip_addr_parse("192.168.1.77", 0, &gateway));
	assert_string_equal("one", explain_uplink(x.m.uplink, 2, 2, &gateway)->name);
	assert_null(explain_uplink(x.m.uplink, 2, 4, NULL));
	destroy(&x);
}

static void the_kernels_word_is_followed(void **state)
{
	struct explained x = {0};
	struct ip_addr via1, via2, src = {0}, wrong;
	struct explanation e;

	(void)state;
	build(&x, both, "0");
	assert_true(ip_addr_parse("192.168.1.1", 0, &via1));
	assert_true(ip_addr_parse("192.168.2.1", 0, &via2));
	assert_true(ip_addr_parse("192.168.9.1", 0, &wrong));
	e = *explain(&x, "10.0.0.7", "203.0.113.9", 4, 0);
	assert_false(e.guessed);
	assert_true(explain_settle(&x.m, 2, &via1, &src, &x.a, &e));
	assert_string_equal("isp1", e.uplink->name);
	assert_int_equal(MARK1, e.flow_mark);
	assert_addr(&e.nat_source, "192.168.1.2");
	assert_true(explain_settle(&x.m, 3, &via2, &src, &x.a, &e));
	assert_string_equal("isp2", e.uplink->name);
	assert_int_equal(MARK2, e.flow_mark);
	assert_addr(&e.nat_source, "192.168.2.2");
	assert_false(explain_settle(&x.m, 3, &wrong, &src, &x.a, &e));
	destroy(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forwarded_flows_are_marked_and_translated),
		cmocka_unit_test(own_packets_are_not_marked),
		cmocka_unit_test(what_arrives_is_its_uplinks),
		cmocka_unit_test(a_strict_check_drops_the_answer),
		cmocka_unit_test(prefixes_are_translated_both_ways),
		cmocka_unit_test(uplinks_that_share_a_card_are_told_apart),
		cmocka_unit_test(the_kernels_word_is_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
