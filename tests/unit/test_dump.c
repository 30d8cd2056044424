/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saved states: what `ip -j` printed becomes the same model; damaged ones are refused in words. */
#include "unit.h"

#include "base/cleanup.h"
#include "fib/dump.h"
#include "random_machine.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>

static const char link_json[] =
	"[{\"ifindex\":1,\"ifname\":\"lo\",\"flags\":[\"LOOPBACK\",\"UP\",\"LOWER_UP\"],\"group\":"
	"\"default\"},{},{\"ifindex\":2,\"link\":null,\"ifname\":\"eth0\",\"flags\":[\"UP\"],"
	"\"group\":\"77\",\"master\":\"red\"},{\"ifindex\":3,\"ifname\":\"eth1\",\"flags\":[\"UP\","
	"\"LOWER_UP\"]},{\"ifindex\":4,\"ifname\":\"red\",\"linkinfo\":{\"info_kind\":\"vrf\","
	"\"info_data\":{\"table\":10}},\"flags\":[\"UP\"]}]\n";
static const char address_json[] =
	"[{\"ifindex\":3,\"ifname\":\"eth1\",\"addr_info\":[{\"family\":\"inet\",\"local\":"
	"\"192.0.2.7\",\"prefixlen\":24,\"scope\":\"global\",\"label\":\"eth1\"},{\"family\":"
	"\"inet6\",\"local\":\"2001:db8::7\",\"prefixlen\":64,\"scope\":\"global\","
	"\"deprecated\":true}]}]";
static const char rule_json[] =
	"[{\"priority\":0,\"src\":\"all\",\"table\":\"local\"},{\"priority\":10,\"not\":null,"
	"\"src\":\"192.0.2.0\",\"srclen\":24,\"fwmark\":\"0x1\",\"fwmask\":\"0xff\",\"ipproto\":"
	"\"tcp\",\"dport_start\":80,\"dport_end\":90,\"action\":\"unreachable\"},{\"priority\":"
	"32766,\"src\":\"all\",\"table\":\"main\"}]";
static const char route_json[] =
	"[{\"dst\":\"default\",\"flags\":[],\"nexthops\":[{\"gateway\":\"192.0.2.1\",\"dev\":"
	"\"eth1\",\"weight\":3,\"flags\":[\"onlink\"]},{\"via\":{\"family\":\"inet6\",\"host\":"
	"\"fe80::1\"},\"dev\":\"eth1\",\"weight\":1,\"flags\":[\"dead\",\"linkdown\"]}]},"
	"{\"type\":\"local\",\"dst\":\"192.0.2.7\",\"dev\":\"eth1\",\"table\":\"local\","
	"\"scope\":\"host\",\"prefsrc\":\"192.0.2.7\",\"flags\":[]}]";

static int add(struct snapshot *s, const char *file, const char *text, struct err *e)
{
	return dump_add(s, NULL, file, text, strlen(text), e);
}

static void load(struct snapshot *s)
{
	struct err e = ERR_INIT;

	*s = (struct snapshot){.settings = SETTINGS_INIT};
	if (add(s, "link.json", link_json, &e) || add(s, "address.json", address_json, &e) ||
	    add(s, "rule.json", rule_json, &e) || add(s, "route.json", route_json, &e) ||
	    add(s, "sysctl.txt", "net.ipv4.conf.eth1.rp_filter = 2\nfoo\n", &e) ||
	    add(s, "kernel.txt", "6.12.9-amd64\n", &e))
		fail_msg("%s: %s", e.where, e.msg);
}

static void a_dump_is_a_machine(void **state)
{
	struct snapshot s;
	struct fib *f;
	struct fib_result r;
	struct fib_packet p = {.family = AF_INET, .proto = IPPROTO_TCP, .dport = 80, .mark = 1};

	(void)state;
	load(&s);
	assert_int_equal(4, s.link_n);
	assert_int_equal(4, s.link[1].master);
	assert_int_equal(77, s.link[1].group);
	assert_int_equal(0x060c, s.settings.kernel);
	assert_int_equal(2, settings_dev(&s.settings, "eth1")->rp_filter);
	assert_true(s.address[1].flags & IFA_F_DEPRECATED);
	assert_int_equal(0, fib_new(&f, &s, NULL));
	assert_true(ip_addr_parse("198.51.100.1", 0, &p.dst));
	assert_true(ip_addr_parse("192.0.2.7", 0, &p.src));
	fib_lookup(f, &p, &r);
	assert_int_equal(FIB_FORWARD, r.verdict);
	assert_int_equal(3, r.dev);
	assert_int_equal(2, r.nexthops);
	assert_int_equal(0, r.nexthop); /* the other one is dead */
	p.mark = 2;
	fib_lookup(f, &p, &r);
	assert_int_equal(FIB_UNREACHABLE, r.verdict);
	p.dst = p.src;
	fib_lookup(f, &p, &r);
	assert_int_equal(FIB_LOCAL, r.verdict);
	fib_free(f);
	snapshot_free(&s);
}

static void netconf_is_as_good_as_sysctl(void **state)
{
	struct err e = ERR_INIT;
	struct snapshot s;

	(void)state;
	load(&s);
	if (add(&s, "netconf.json",
		"[{\"family\":\"inet\",\"interface\":\"all\",\"forwarding\":true,\"rp_filter\":"
		"\"off\"},{\"family\":\"inet\",\"interface\":\"eth0\",\"forwarding\":true,"
		"\"rp_filter\":\"strict\",\"ignore_routes_with_linkdown\":true},{\"family\":\"inet6\","
		"\"interface\":\"eth0\",\"forwarding\":false,\"ignore_routes_with_linkdown\":true},"
		"{\"family\":\"mpls\",\"interface\":\"eth0\",\"input\":false}]",
		&e) < 0)
		fail_msg("%s", e.msg);
	const struct settings_dev *d = settings_dev(&s.settings, "eth0");
	assert_true(s.settings.all.forwarding[SETTINGS_IPV4]);
	assert_non_null(d);
	assert_int_equal(1, d->rp_filter);
	assert_int_equal(1, d->forwarding[SETTINGS_IPV4]);
	assert_int_equal(0, d->forwarding[SETTINGS_IPV6]);
	assert_int_equal(1, d->linkdown[SETTINGS_IPV4]);
	assert_int_equal(1, d->linkdown[SETTINGS_IPV6]);
	snapshot_free(&s);
}

static void damage_is_told(void **state)
{
	static const struct {
		const char *file, *text, *say;
	} bad[] = {
		{"route.json", "[{\"dst\":\"default\",\"dev\":\"eth9\"}]", "eth9"},
		{"route6.json", "[{\"dst\":\"10.0.0.0/8\",\"dev\":\"eth1\"}]", "dst"},
		{"route.json", "[{\"dst\":\"10.0.0.0/33\",\"dev\":\"eth1\"}]", "dst"},
		{"route.json", "[{\"dst\":\"default\",\"metric\":-1}]", "metric"},
		{"route.json", "[{\"dst\":\"default\",\"type\":\"odd\"}]", "type"},
		{"route.json", "[{\"dst\":\"default\",\"table\":\"isp1\"}]", "isp1"},
		{"route.json", "[{\"dst\":\"default\"}", "bracket"},
		{"route.json", "{\"dst\":\"default\"}", "array"},
		{"route.json", "[7]", "object"},
		{"rule.json", "[{\"priority\":1,\"ipproto\":\"odd\"}]", "ipproto"},
		{"link.json", "[{\"ifindex\":3,\"ifname\":\"x\"}]", "already"},
		{"link.json", "[{\"ifindex\":9,\"ifname\":\"x\",\"master\":\"y\"}]", "master"},
		{"netconf.json", "[{\"family\":\"inet\",\"interface\":\"eth1\",\"rp_filter\":9}]",
		 "rp_filter"},
		{"netconf.json", "[{\"family\":\"inet\",\"interface\":\"\"}]", "interface"},
		{"odd.json", "[]", "none of"},
	};
	struct snapshot s;

	(void)state;
	load(&s);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = ERR_INIT;
		assert_true(add(&s, bad[i].file, bad[i].text, &e) < 0);
		if (!strstr(e.msg, bad[i].say))
			fail_msg("%s: %s", bad[i].text, e.msg);
	}
	snapshot_free(&s);
}

/* Rules that lead back, out of order, or prefixes that cannot be. */
static void contradictions_are_told(void **state)
{
	static const char *const bad[] = {
		"[{\"priority\":5,\"goto\":5}]",
		"[{\"priority\":5,\"goto\":4}]",
		"[{\"priority\":5,\"table\":\"main\"},{\"priority\":4,\"table\":\"main\"}]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct snapshot s = {.settings = SETTINGS_INIT};
		struct err e = ERR_INIT;
		struct fib *f;
		assert_int_equal(0, add(&s, "rule.json", bad[i], &e));
		assert_int_equal(-EINVAL, fib_new(&f, &s, &e));
		assert_true(e.msg[0]);
		snapshot_free(&s);
	}
}

/* However a file is cut off, it is refused or read; nothing worse. */
static void cut_off_anywhere(void **state)
{
	struct snapshot s;

	(void)state;
	for (size_t n = 1; n < strlen(route_json) - 1; n++) {
		load(&s);
		assert_true(dump_add(&s, NULL, "route.json", route_json, n, NULL) < 0);
		snapshot_free(&s);
	}
}

/* ── Great ones ─────────────────────────────────────────────────────────────────────────────── */

static enum fib_verdict way_to(const struct fib *f, const char *to, struct fib_result *r)
{
	struct fib_packet p = {.family = AF_INET, .src.family = AF_INET};

	assert_true(ip_addr_parse(to, AF_INET, &p.dst));
	fib_lookup(f, &p, r);
	return r->verdict;
}

/* Ten thousand, each of which jumps: to the next but one, or all the way to the last. */
static void ten_thousand_rules(void **state)
{
	enum { RULES = 10000 };
	struct snapshot s = {.settings = SETTINGS_INIT};
	struct err e = ERR_INIT;
	struct fib_result r;
	struct fib *f = NULL;
	char *text = NULL;
	size_t len;

	(void)state;
	FILE *o = open_memstream(&text, &len);
	assert_non_null(o);
	for (unsigned i = 1; i < RULES; i++)
		fprintf(o, "%c{\"priority\":%u,\"goto\":%u}", i == 1 ? '[' : ',', i,
			i % 3 && i + 2 < RULES ? i + 2 : RULES);
	fprintf(o, ",{\"priority\":%u,\"action\":\"prohibit\"}]", RULES);
	assert_int_equal(0, fclose(o));
	if (dump_add(&s, NULL, "rule.json", text, len, &e) < 0 || fib_new(&f, &s, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(FIB_PROHIBIT, way_to(f, "192.0.2.1", &r));
	assert_int_equal(RULES, r.rule->priority);
	fib_free(f);
	snapshot_free(&s);
	free(text);
}

/* So many routes as a full table has, and every one is found again. */
static void a_great_table(void **state)
{
	unsigned n = getenv("MH_LONG") ? 1000000 : 200000;
	struct snapshot s = {.settings = SETTINGS_INIT};
	struct err e = ERR_INIT;
	struct fib_result r;
	struct fib *f;
	char *text = NULL, to[32];
	size_t len;

	(void)state;
	assert_int_equal(0, add(&s, "link.json", link_json, &e));
	assert_int_equal(0, add(&s, "rule.json", "[{\"priority\":9,\"table\":\"main\"}]", &e));
	FILE *o = open_memstream(&text, &len);
	assert_non_null(o);
	for (unsigned i = 0; i < n; i++)
		fprintf(o, "%c{\"dst\":\"%u.%u.%u.0/24\",\"dev\":\"eth1\",\"metric\":%u}",
			i ? ',' : '[', 20 + (i >> 16), i >> 8 & 255, i & 255, 1 + i % 7);
	fputc(']', o);
	assert_int_equal(0, fclose(o));
	if (dump_add(&s, NULL, "route.json", text, len, &e) < 0 || fib_new(&f, &s, &e) < 0)
		fail_msg("%s", e.msg);
	for (unsigned i = 0; i < n; i += 997) {
		snprintf(to, sizeof(to), "%u.%u.%u.9", 20 + (i >> 16), i >> 8 & 255, i & 255);
		assert_int_equal(FIB_FORWARD, way_to(f, to, &r));
		assert_int_equal(1 + i % 7, r.route->metric);
	}
	fib_free(f);
	snapshot_free(&s);
	free(text);
}

/* ── What this machine's own ip prints ──────────────────────────────────────────────────────── */

static struct fib_packet random_packet(void)
{
	struct fib_packet p = {.family = m.family,
			       .src = machine_own_addr(),
			       .dst = machine_addr(),
			       .mark = machine_random(4),
			       .proto = machine_random(2) ? IPPROTO_TCP : IPPROTO_UDP,
			       .sport = (uint16_t)(1 + machine_random(8)),
			       .dport = (uint16_t)(1 + machine_random(8)),
			       .uid = machine_random(5)};

	if (!machine_random(3))
		p.iif = MACHINE_IFINDEX + (int)machine_random(MACHINE_DEVICES);
	return p;
}

static void same_answers(const char *dir)
{
	struct snapshot s;
	struct fib *f;
	struct err e = ERR_INIT;

	if (dump_read(dir, &s, &e) < 0 || fib_new(&f, &s, &e) < 0)
		fail_msg("seed %#llx: %s: %s", (unsigned long long)m.seed, e.where, e.msg);
	for (int i = 0; i < 4000; i++) {
		struct fib_packet p = random_packet();
		struct fib_result a, b;
		fib_lookup(m.f, &p, &a);
		fib_lookup(f, &p, &b);
		if (a.verdict != b.verdict || a.table != b.table || a.dev != b.dev ||
		    a.nexthop != b.nexthop || !ip_addr_eq(&a.via, &b.via) ||
		    !ip_addr_eq(&a.src, &b.src))
			fail_msg("seed %#llx: %s %u %d, dump %s %u %d", (unsigned long long)m.seed,
				 fib_verdict_name(a.verdict), a.table, a.dev,
				 fib_verdict_name(b.verdict), b.table, b.dev);
	}
	fib_free(f);
	snapshot_free(&s);
}

static void a_dump_answers_as_the_machine(void **state)
{
	char dir[] = "/run/mh-dump-XXXXXX", command[256], path[64];
	const char *how;

	(void)state;
	NEED_NAMESPACES();
	assert_non_null(mkdtemp(dir));
	for (unsigned n = 0; n < 6; n++) {
		machine_plain = true; /* what an older ip does not print */
		machine_make(rnd(), n % 2 ? AF_INET6 : AF_INET);
		for (unsigned i = 0; dump_file(i, &how); i++) {
			snprintf(command, sizeof(command), "%s > %s/%s 2>/dev/null", how, dir,
				 dump_file(i, &how));
			assert_true(system(command) != -1);
		}
		same_answers(dir);
		machine_drop();
	}
	for (unsigned i = 0; dump_file(i, &how); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, dump_file(i, &how));
		remove(path);
	}
	remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dump_is_a_machine),
		cmocka_unit_test(damage_is_told),
		cmocka_unit_test(netconf_is_as_good_as_sysctl),
		cmocka_unit_test(ten_thousand_rules),
		cmocka_unit_test(a_great_table),
		cmocka_unit_test(contradictions_are_told),
		cmocka_unit_test(cut_off_anywhere),
		cmocka_unit_test(a_dump_answers_as_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
