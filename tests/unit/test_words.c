/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grammar of commands: which row a word means, what is blamed, what is proposed. */
#include "unit.h"

#include "ip/explain.h"
#include "ip/run.h"
#include "ip/values.h"
#include "model/route.h"
#include "model/rule.h"

#include <errno.h>

static int setup(void **state)
{
	static struct ip ip;

	ip_init(&ip, -1);
	names_free(ip.names);
	ip.names = names_new("/nonexistent", "/nonexistent");
	ip.devices = devices_new(NULL);
	devices_add(ip.devices, 1, "lo");
	devices_add(ip.devices, 2, "eth0");
	devices_add(ip.devices, 3, "eth1");
	*state = &ip;
	return 0;
}

static int teardown(void **state)
{
	ip_free(*state);
	return 0;
}

#define MAX_WORDS 64

/* Splits `line` (kept in `room`) and reads it. */
static int parse(struct ip *ip, const char *line, struct parser *p, struct err *e)
{
	static char room[4096], *word[MAX_WORDS];
	char *at = NULL;
	int n = 0;

	snprintf(room, sizeof(room), "%s", line);
	for (char *w = strtok_r(room, " \t\n", &at); w && n < MAX_WORDS;
	     w = strtok_r(NULL, " \t\n", &at))
		word[n++] = w;
	*e = ERR_INIT;
	return ip_parse(ip, word, n, p, e);
}

static void what_an_error_quotes_is_found(void **state)
{
	char *word[] = {"link", "set", "eth7", "up"};
	struct err e = ERR_INIT;

	err_set(&e, -ENODEV, "there is no interface \"eth7\"");
	assert_int_equal(explain_word(*state, &e, word, 4), 2);
	assert_int_equal(explain_word(*state, &e, word, 2), -1);
	err_set(&e, -EINVAL, "\"eth\" is not known here");
	assert_int_equal(explain_word(*state, &e, word, 4), -1);
	err_set(&e, -EINVAL, "an unclosed \"up");
	assert_int_equal(explain_word(*state, &e, word, 4), 3);
	assert_string_equal(explain_foreign("gw"), "via");
	assert_null(explain_foreign("via"));
}

static void a_word_may_be_shortened(void **state)
{
	(void)state;
	assert_true(words_match("preference order priority", "p"));
	assert_true(words_match("preference order priority", "pri"));
	assert_true(words_match("preference order priority", "order"));
	assert_false(words_match("preference order priority", "orders"));
	assert_false(words_match("preference order priority", ""));
	assert_false(words_match("preference order priority", "x"));
	assert_true(words_match("=dev =oif", "oif"));
	assert_false(words_match("=dev =oif", "oi"));
	assert_true(words_match("change =chg", "chan"));
	assert_false(words_match("change =chg", "chgx"));
}

static void the_first_row_that_matches_wins(void **state)
{
	struct parser p;
	struct err e;

	/* "s" is set, not show; "m" of a route is metric, not mtu. */
	assert_int_equal(parse(*state, "link s eth0 up", &p, &e), 0);
	assert_int_equal(p.command->type, RTM_NEWLINK);
	assert_int_equal(parse(*state, "l l", &p, &e), 0);
	assert_int_equal(p.command->type, RTM_GETLINK);
	assert_int_equal(parse(*state, "r a 10/8 dev eth0 m 7", &p, &e), 0);
	assert_int_equal(((struct route *)p.obj)->metric, 7);
}

static void wrong_words_are_blamed(void **state)
{
	static const struct {
		const char *line;
		int status, blame;
		const char *hint; /* a part of it */
	} cases[] = {
		{"rotue", STATUS_SYNTAX, 0, "route"},
		{"route ad 10/8", 0, -1, ""},
		{"route adx 10/8", STATUS_USAGE, 1, "add"},
		{"route add 10.0.0.0/33 dev eth0", STATUS_SYNTAX, 2, ""},
		{"route add 10/8 dev eth9", STATUS_SYNTAX, 4, ""},
		{"route add 10/8 dv eth0", STATUS_USAGE, 3, "dev"},
		{"route add 10/8 dev eth0 metric x", STATUS_USAGE, 6, ""},
		{"route add 10/8 dev", STATUS_USAGE, 4, ""},
		{"route add 10/8 table mian dev eth0", STATUS_USAGE, 4, "main"},
		{"route add 10/8 via 10.0.0.1 via 10.0.0.2", STATUS_USAGE, 5, ""},
		{"route add default nexthop via 10.0.0.1 wieght 3", STATUS_USAGE, 6, ""},
		{"rule add frm 10/8", STATUS_USAGE, 2, "from"},
		{"rule add", STATUS_SYNTAX, -1, ""},
		{"link set eth0 mtu 1400 mtu 1500", STATUS_USAGE, 5, ""},
		{"link add v0 type bridge stp_stat 1", 0, -1, ""},
		{"link add v0 type bridge spt_state 1", STATUS_SYNTAX, 5, "stp_state"},
		{"address add 10.0.0.1/24", STATUS_SYNTAX, -1, ""},
		{"neigh add 10.0.0.1 lladdr zz dev eth0", STATUS_SYNTAX, 4, ""},
		{"tunnel add t0 mode gre remote 10.0.0.1 mode ipip", STATUS_USAGE, 8, ""},
		{"tunnel add t0 mode ipip key 5", STATUS_SYNTAX, -1, ""},
		{"tunnel add t0 mode gre encaplimit 3", STATUS_USAGE, 5, ""},
		{"tunnel add t0 mode ip6gre encaplimit x", STATUS_USAGE, 6, ""},
		{"tunnel add t0 remote 10.0.0.1", STATUS_SYNTAX, -1, ""},
		{"tunnel add gre1 ipip1", STATUS_USAGE, 3, ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ip *ip = *state;
		struct parser p;
		struct err e;
		int rc = parse(ip, cases[i].line, &p, &e);
		if ((rc < 0) != (cases[i].status != 0) || ip->status != cases[i].status ||
		    (rc < 0 && ip->blame != cases[i].blame) || !strstr(e.hint, cases[i].hint))
			fail_msg("\"%s\": %d, status %d, word %d, \"%s\", hint \"%s\"",
				 cases[i].line, rc, ip->status, ip->blame, e.msg, e.hint);
		arena_free(&ip->arena);
	}
}

static void prefixes_as_iproute2_takes_them(void **state)
{
	static const struct {
		const char *text, *is;
	} cases[] = {
		{"10/8", "10.0.0.0/8"},
		{"10.1", "10.1.0.0/32"},
		{"10.1.2.3/255.255.255.0", "10.1.2.3/24"},
		{"0/0", "0.0.0.0/0"},
		{"2001:db8::/32", "2001:db8::/32"},
		{"::1", "::1/128"},
		{"10.0.0.0/33", NULL},
		{"10.0.0.0/255.0.255.0", NULL},
		{"10.0.0.256", NULL},
		{"10.0.0.1.1", NULL},
		{"10.", NULL},
		{"", NULL},
		{"/8", NULL},
		{"2001:db8::/129", NULL},
	};
	struct prefix_arg a;
	char buf[IP_PREFIX_STRLEN];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool ok = read_prefix(cases[i].text, AF_UNSPEC, &a);
		if (ok != !!cases[i].is ||
		    (ok && strcmp(ip_prefix_str(&a.prefix, buf), cases[i].is)))
			fail_msg("\"%s\" is read as %s", cases[i].text, ok ? buf : "none");
	}
	assert_true(read_prefix("default", AF_INET6, &a));
	assert_true(a.any && a.prefix.addr.family == AF_INET6 && !a.prefix.len);
	assert_false(read_prefix("10/8", AF_INET6, &a));
	assert_false(read_prefix("::/0", AF_INET, &a));
}

static struct ip_prefix random_prefix(uint8_t family)
{
	struct ip_prefix p = {.addr.family = family};

	p.len = (uint8_t)(rnd() % (ip_bits(family) + 1u));
	for (size_t i = 0; i < ip_bytes(family); i++)
		p.addr.b[i] = (uint8_t)rnd();
	return ip_prefix_masked(p);
}

static struct ip_addr random_addr(uint8_t family)
{
	struct ip_prefix p = random_prefix(family);

	p.addr.b[0] = family == AF_INET ? 10 : 0x20;
	return p.addr;
}

static bool maybe(void)
{
	return rnd() % 3 == 0;
}

static struct rule random_rule(void)
{
	uint8_t family = maybe() ? AF_INET6 : AF_INET;
	struct rule r = {.h = {.family = family, .action = FR_ACT_TO_TBL}};

	r.priority = (uint32_t)rnd();
	r.table = (uint32_t)rnd() % 1000 + 1;
	r.src.family = r.dst.family = family;
	r.has = HAS(RULE_PRIORITY) | HAS(RULE_SRC) | HAS(RULE_TABLE);
	if (maybe())
		rule_set_src(&r, random_prefix(family));
	if (maybe())
		rule_set_dst(&r, random_prefix(family));
	if (maybe()) {
		r.fwmark = (uint32_t)rnd() | 1;
		r.fwmask = (uint32_t)rnd();
		r.has |= HAS(RULE_FWMARK) | HAS(RULE_FWMASK);
	}
	if (maybe()) {
		strcpy(r.iif, "eth0");
		set_has(&r, RULE_IIF);
	}
	if (maybe()) {
		r.sport = (struct fib_rule_port_range){(uint16_t)(rnd() | 1), UINT16_MAX};
		r.dport = (struct fib_rule_port_range){80, 80};
		r.has |= HAS(RULE_SPORT) | HAS(RULE_DPORT);
	}
	if (maybe()) {
		r.uid = (struct fib_rule_uid_range){(uint32_t)rnd() % 1000, UINT32_MAX};
		r.suppress_prefixlen = (uint32_t)rnd() % 33;
		r.has |= HAS(RULE_UIDRANGE) | HAS(RULE_SUPPRESS_PREFIXLEN);
	}
	if (maybe()) {
		r.protocol = (uint8_t)(rnd() | 4);
		r.flow = 3 << 16 | 4;
		r.has |= HAS(RULE_PROTOCOL) | HAS(RULE_FLOW);
	}
	if (maybe()) {
		r.h.flags |= FIB_RULE_INVERT;
		set_has(&r, RULE_NOT);
	}
	return r;
}

static const char *shown(struct ip *ip, struct out *o, void (*show)(struct print *, const void *),
			 const void *obj)
{
	struct print p = {.o = o, .names = ip->names, .devices = ip->devices};

	o->len = 0;
	show(&p, obj);
	return out_str(o);
}

static void show_rule(struct print *p, const void *obj)
{
	rule_print(p, obj);
}

static void show_route(struct print *p, const void *obj)
{
	route_print(p, obj);
}

/* What `ip rule show` prints makes the same rule again, when it is given to `ip rule add`. */
static void a_rule_that_is_shown_can_be_added(void **state)
{
	struct ip *ip = *state;
	struct out first, second;

	out_init(&first, -1);
	out_init(&second, -1);
	for (int i = 0; i < 2000; i++) {
		struct rule r = random_rule();
		char line[1024];
		struct parser p;
		struct err e;
		ip->opt.family = r.h.family;
		const char *text = shown(ip, &first, show_rule, &r);
		snprintf(line, sizeof(line), "rule add pref %u %s", r.priority,
			 strchr(text, '\t') + 1);
		if (parse(ip, line, &p, &e) < 0)
			fail_msg("%s: %s", line, e.msg);
		struct rule *again = p.obj;
		again->has |= HAS(RULE_SRC); /* "from all" */
		if (again->h.flags & FIB_RULE_INVERT)
			set_has(again, RULE_NOT);
		assert_string_equal(shown(ip, &second, show_rule, again), text);
		arena_free(&ip->arena);
	}
	out_free(&first);
	out_free(&second);
	ip->opt.family = 0;
}

static struct route random_route(struct arena *a)
{
	uint8_t family = maybe() ? AF_INET6 : AF_INET;
	struct route r = route_init(family);

	route_set_dst(&r, random_prefix(family));
	r.table = (uint32_t)rnd() % 1000 + 1;
	r.h.rtm_protocol = (uint8_t)(rnd() % 250 + 3);
	if (family == AF_INET6)
		r.h.rtm_scope = RT_SCOPE_UNIVERSE;
	if (maybe()) {
		r.metric = (uint32_t)rnd();
		set_has(&r, ROUTE_METRIC);
	}
	if (maybe()) {
		r.prefsrc = random_addr(family);
		r.realms = 7;
		r.has |= HAS(ROUTE_PREFSRC) | HAS(ROUTE_REALMS);
	}
	if (maybe()) {
		r.h.rtm_type = RTN_UNREACHABLE;
		return r;
	}
	if (!maybe()) {
		r.gateway = random_addr(family);
		r.oif = 2;
		r.has |= HAS(ROUTE_GATEWAY) | HAS(ROUTE_OIF);
		r.h.rtm_flags = maybe() ? RTNH_F_ONLINK : 0;
		return r;
	}
	for (int i = 0; i < 3; i++) {
		struct route_nexthop nh = {
			.h = {.rtnh_ifindex = 2 + i % 2, .rtnh_hops = (uint8_t)rnd()}};
		nh.gateway = random_addr(family);
		set_has(&nh, NEXTHOP_GATEWAY);
		route_nexthop_add(a, &r, &nh);
	}
	return r;
}

static void a_route_that_is_shown_can_be_added(void **state)
{
	struct ip *ip = *state;
	struct arena arena = {NULL};
	struct out first, second;

	out_init(&first, -1);
	out_init(&second, -1);
	for (int i = 0; i < 2000; i++) {
		struct route r = random_route(&arena);
		char line[2048];
		struct parser p;
		struct err e;
		ip->opt.family = r.h.rtm_family;
		const char *text = shown(ip, &first, show_route, &r);
		snprintf(line, sizeof(line), "route add %s", text);
		if (parse(ip, line, &p, &e) < 0)
			fail_msg("%s: %s", line, e.msg);
		struct route *again = p.obj;
		again->has |= HAS(ROUTE_TYPE) | HAS(ROUTE_TABLE) | HAS(ROUTE_PROTOCOL) |
			      HAS(ROUTE_SCOPE) | HAS(ROUTE_FLAGS);
		assert_string_equal(shown(ip, &second, show_route, again), text);
		arena_free(&ip->arena);
		arena_free(&arena);
	}
	out_free(&first);
	out_free(&second);
	ip->opt.family = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_error_quotes_is_found),
		cmocka_unit_test(a_word_may_be_shortened),
		cmocka_unit_test(the_first_row_that_matches_wins),
		cmocka_unit_test(wrong_words_are_blamed),
		cmocka_unit_test(prefixes_as_iproute2_takes_them),
		cmocka_unit_test(a_rule_that_is_shown_can_be_added),
		cmocka_unit_test(a_route_that_is_shown_can_be_added),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
