/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "apply/owned_json.h"
#include "uplink/plan.h"

#include <errno.h>
#include <jansson.h>

/* As text, and back. */
static char *to_text(const struct owned *o)
{
	struct names *names = names_new("/nonexistent", "/nonexistent");
	struct devices *devices = devices_new(NULL);
	struct out out;
	struct print p = {.o = &out, .json = true, .names = names, .devices = devices};

	out_init(&out, -1);
	jw_init(&p.j, &out, true);
	assert_int_equal(owned_to_json(&p, NULL, o, NULL), 0);
	char *text = strdup(out_str(&out));
	assert_non_null(text);
	out_free(&out);
	devices_free(devices);
	names_free(names);
	return text;
}

static int from_text(const char *text, struct owned *ret, struct err *e)
{
	json_t *j = json_loads(text, 0, NULL);

	*ret = (struct owned){0};
	assert_non_null(j);
	int rc = owned_from_json(j, ret, e);
	json_decref(j);
	return rc;
}

static struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p;

	assert_true(ip_prefix_parse(text, 0, &p));
	return p;
}

static struct ip_addr addr(const char *text)
{
	return prefix(text).addr;
}

static struct route route(const char *dst, uint32_t table)
{
	struct ip_prefix p = prefix(dst);
	struct route r = route_init(p.addr.family);

	route_set_dst(&r, p);
	r.table = table;
	r.h.rtm_protocol = MULTIHOME_PROTOCOL;
	return r;
}

static void add_routes(struct owned *o)
{
	struct arena a = {0};
	struct route r = route("10.1.0.0/16", 1011);

	r.oif = 3;
	r.prefsrc = addr("10.1.2.3");
	r.h.rtm_scope = RT_SCOPE_LINK;
	r.has |= HAS(ROUTE_OIF) | HAS(ROUTE_PREFSRC);
	owned_add_route(o, &r);

	r = route("2001:db8::/32", 254);
	r.gateway = addr("fe80::1");
	r.oif = 4;
	r.metric = 1024;
	r.pref = 1;
	r.has |= HAS(ROUTE_GATEWAY) | HAS(ROUTE_OIF) | HAS(ROUTE_METRIC) | HAS(ROUTE_PREF);
	owned_add_route(o, &r);

	r = route("0.0.0.0/0", 1010);
	for (int i = 0; i < 3; i++) {
		struct route_nexthop nh = {
			.has = HAS(NEXTHOP_GATEWAY),
			.h = {.rtnh_hops = (uint8_t)i,
			      .rtnh_flags = RTNH_F_ONLINK | RTNH_F_DEAD | RTNH_F_LINKDOWN,
			      .rtnh_ifindex = 3 + i},
			.gateway = addr("192.0.2.1")};
		route_nexthop_add(&a, &r, &nh);
	}
	owned_add_route(o, &r);

	r = route("::/0", 1012);
	r.h.rtm_type = RTN_UNREACHABLE;
	r.metric = UINT32_MAX;
	set_has(&r, ROUTE_METRIC);
	owned_add_route(o, &r);
	arena_free(&a);
}

static void add_rules(struct owned *o)
{
	struct rule r = {.has = HAS(RULE_PRIORITY) | HAS(RULE_SRC) | HAS(RULE_TABLE) |
				HAS(RULE_PROTOCOL) | HAS(RULE_FWMARK) | HAS(RULE_FWMASK),
			 .h = {.family = AF_INET, .action = FR_ACT_TO_TBL},
			 .priority = 1030,
			 .table = 1011,
			 .protocol = MULTIHOME_PROTOCOL,
			 .fwmark = 0x10000,
			 .fwmask = 0xff0000};

	owned_add_rule(o, &r);
	r.h.family = AF_INET6;
	r.has = HAS(RULE_PRIORITY) | HAS(RULE_TABLE) | HAS(RULE_PROTOCOL) |
		HAS(RULE_SUPPRESS_PREFIXLEN) | HAS(RULE_OIF);
	r.suppress_prefixlen = 1;
	snprintf(r.oif, sizeof(r.oif), "wan1");
	rule_set_src(&r, prefix("2001:db8:1::/64"));
	owned_add_rule(o, &r);
}

static void fill(struct owned *o)
{
	add_routes(o);
	add_rules(o);
	owned_set_sysctl(o, "net/ipv4/conf/eth0.100/arp_ignore", "1");
	owned_set_sysctl(o, "net/ipv4/tcp_rmem", "4096\t131072\t6291456");
	owned_set_group(o, 3, "eth0", UINT32_MAX);
	owned_set_group(o, INT32_MAX, "fifteen-letters", 0);
	o->nft = arena_strdup(&o->arena, "table inet multihome {\n\tchain \"q\" { }\n}\n");
}

static void round_trip(void **state)
{
	struct owned o = {0}, back;
	struct plan plan = {0};
	struct err e = ERR_INIT;

	(void)state;
	fill(&o);
	char *text = to_text(&o);
	assert_int_equal(from_text(text, &back, &e), 0);
	assert_int_equal(back.route_n, o.route_n);
	for (size_t i = 0; i < o.route_n; i++)
		assert_true(route_eq(&o.route[i], &back.route[i]));
	size_t at = 0;
	for (struct route_nexthop nh; route_nexthop_next(back.route[2].multipath, &at, &nh);)
		assert_int_equal(nh.h.rtnh_flags,
				 RTNH_F_ONLINK); /* not dead: see route_message() */
	assert_int_equal(back.rule_n, o.rule_n);
	for (size_t i = 0; i < o.rule_n; i++)
		assert_true(rule_eq(&o.rule[i], &back.rule[i]));
	assert_string_equal(owned_sysctl(&back, "net/ipv4/tcp_rmem"), "4096\t131072\t6291456");
	assert_int_equal(owned_group(&back, "fifteen-letters")->ifindex, INT32_MAX);
	assert_int_equal(owned_group(&back, "eth0")->group, UINT32_MAX);
	assert_string_equal(back.nft, o.nft);
	plan_make(&back, &o, &plan);
	assert_int_equal(plan.n, 0);

	char *again = to_text(&back);
	assert_string_equal(again, text);
	plan_free(&plan);
	owned_free(&back);
	owned_free(&o);
	free(again);
	free(text);
}

static void for_people(void **state)
{
	struct owned o = {0};

	(void)state;
	fill(&o);
	char *text = to_text(&o);
	assert_non_null(strstr(text, "10.1.0.0/16 dev if3 table 1011 proto 77 scope link"));
	assert_non_null(strstr(text, "1030:\\tfrom all fwmark 0x10000/0xff0000 lookup 1011"));
	free(text);
	owned_free(&o);
}

static void nothing(void **state)
{
	struct owned o = {0}, back;

	(void)state;
	char *text = to_text(&o);
	assert_int_equal(from_text(text, &back, NULL), 0);
	assert_int_equal(back.route_n + back.rule_n + back.sysctl_n + back.group_n, 0);
	assert_null(back.nft);
	owned_free(&back);
	free(text);
}

#define LISTS(routes, rules, sysctls, groups, nft)                                                 \
	"{\"routes\":" routes ",\"rules\":" rules ",\"sysctls\":" sysctls ",\"groups\":" groups    \
	",\"nft\":" nft "}"

static void damaged(void **state)
{
	static const char *const bad[] = {
		"[]",
		"{}",
		"{\"nft\":null}",
		LISTS("{}", "[]", "[]", "[]", "null"),
		LISTS("[]", "[]", "[]", "[]", "1"),
		LISTS("[1]", "[]", "[]", "[]", "null"),
		LISTS("[{\"netlink\":\"\"}]", "[]", "[]", "[]", "null"),
		LISTS("[{\"netlink\":\"zz\"}]", "[]", "[]", "[]", "null"),
		LISTS("[{\"netlink\":\"1000000018000000000000000000000\"}]", "[]", "[]", "[]",
		      "null"),
		/* a header alone, of a route; a length that is too large */
		LISTS("[{\"netlink\":\"10000000180000000000000000000000\"}]", "[]", "[]", "[]",
		      "null"),
		LISTS("[{\"netlink\":\"ff000000180000000000000000000000\"}]", "[]", "[]", "[]",
		      "null"),
		LISTS("[]", "[]", "[{\"name\":\"x\"}]", "[]", "null"),
		LISTS("[]", "[]", "[{\"name\":1,\"value\":\"\"}]", "[]", "null"),
		LISTS("[]", "[]", "[]", "[{\"ifindex\":0,\"name\":\"a\",\"group\":0}]", "null"),
		LISTS("[]", "[]", "[]", "[{\"ifindex\":2147483648,\"name\":\"a\",\"group\":0}]",
		      "null"),
		LISTS("[]", "[]", "[]",
		      "[{\"ifindex\":1,\"name\":\"sixteen--letters\",\"group\":0}]", "null"),
		LISTS("[]", "[]", "[]", "[{\"ifindex\":1,\"name\":\"a\",\"group\":-1}]", "null"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct owned o;
		struct err e = ERR_INIT;
		assert_int_equal(from_text(bad[i], &o, &e), -EBADMSG);
		assert_int_equal(e.code, -EBADMSG);
		assert_non_null(strstr(e.msg, "damaged"));
		owned_free(&o);
	}
}

/* Any bytes as a message: taken or refused, never a crash. */
static void random_messages(void **state)
{
	(void)state;
	for (int n = 0; n < 20000; n++) {
		uint8_t bytes[96];
		char text[400], *p = text;
		size_t len = 16 + rnd_below(sizeof(bytes) - 15);
		bool rule = n & 1;
		struct owned o;

		rnd_bytes(bytes, len);
		memcpy(bytes, &(uint32_t){(uint32_t)len}, 4);
		memcpy(bytes + 4, &(uint16_t){rule ? RTM_NEWRULE : RTM_NEWROUTE}, 2);
		if (len > 16)
			bytes[16] = n & 2 ? AF_INET : AF_INET6;
		/* Attributes that may be right: short, of a low type. */
		for (size_t i = 28; i + 4 <= len; i += 8) {
			bytes[i] = (uint8_t)(4 + rnd_below(6));
			bytes[i + 1] = bytes[i + 3] = 0;
			bytes[i + 2] = (uint8_t)rnd_below(32);
		}
		p += sprintf(p, "{\"routes\":[],\"sysctls\":[],\"groups\":[],\"nft\":null,");
		p += sprintf(p, "\"rules\":[{\"netlink\":\"");
		if (!rule) {
			p = text;
			p += sprintf(p, "{\"rules\":[],\"sysctls\":[],\"groups\":[],\"nft\":null,");
			p += sprintf(p, "\"routes\":[{\"netlink\":\"");
		}
		for (size_t i = 0; i < len; i++)
			p += sprintf(p, "%02x", bytes[i]);
		sprintf(p, "\"}]}");
		if (!from_text(text, &o, NULL))
			free(to_text(&o));
		owned_free(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),	   cmocka_unit_test(for_people),
		cmocka_unit_test(nothing),	   cmocka_unit_test(damaged),
		cmocka_unit_test(random_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
