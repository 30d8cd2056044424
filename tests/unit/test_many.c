/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fib_many_lookup() against fib_lookup(): random machines in memory, as their own commands would
 * describe them, with what the machines of test_fib_kernel.c seldom or never have: only the
 * kernel's own rules, groups of devices that are suppressed, routes by source, many rules that
 * select by ports.
 */
#include "unit.h"

#include "base/cleanup.h"
#include "fib/dump.h"
#include "fib/many.h"
#include "same_result.h"

#include <errno.h>
#include <netinet/in.h>

#define PACKETS 600u
#define TIMES	4

static const char links[] =
	"[{\"ifindex\":1,\"ifname\":\"lo\",\"flags\":[\"LOOPBACK\",\"UP\",\"LOWER_UP\"]},"
	"{\"ifindex\":2,\"ifname\":\"eth0\",\"flags\":[\"UP\",\"LOWER_UP\"]},"
	"{\"ifindex\":3,\"ifname\":\"eth1\",\"flags\":[\"UP\",\"LOWER_UP\"],\"group\":\"77\"},"
	"{\"ifindex\":4,\"ifname\":\"eth2\",\"flags\":[\"UP\",\"LOWER_UP\"]}]";

/* Rules, and how great a table has to be to be a great one. */
static const struct {
	const char *rules;
	uint32_t great;
} kinds[] = {
	{"{\"priority\":0,\"table\":\"local\"},{\"priority\":32766,\"table\":\"main\"},"
	 "{\"priority\":32767,\"table\":\"default\"}",
	 1},
	{"{\"priority\":0,\"table\":\"local\"},{\"priority\":32766,\"table\":\"main\"},"
	 "{\"priority\":32767,\"table\":\"default\"}",
	 20},
	{"{\"priority\":1,\"table\":\"main\",\"suppress_ifgroup\":\"77\"},"
	 "{\"priority\":2,\"table\":\"100\",\"suppress_prefixlen\":9},"
	 "{\"priority\":3,\"table\":\"101\"}",
	 1},
	{"{\"priority\":1,\"table\":\"main\",\"suppress_ifgroup\":\"77\",\"suppress_prefixlen\":1},"
	 "{\"priority\":2,\"fwmark\":\"0x1\",\"fwmask\":\"0x1\",\"table\":\"100\"},"
	 "{\"priority\":3,\"table\":\"101\"}",
	 100},
	{"{\"priority\":0,\"table\":\"local\"},{\"priority\":1,\"dport_start\":1,\"dport_end\":3,\"table\":\"100\"},"
	 "{\"priority\":2,\"sport\":2,\"table\":\"101\"},"
	 "{\"priority\":3,\"uid_start\":1,\"uid_end\":2,\"table\":\"101\"},"
	 "{\"priority\":4,\"tos\":\"0x10\",\"ipproto\":\"udp\",\"table\":\"101\"},"
	 "{\"priority\":5,\"iif\":\"eth2\",\"table\":\"101\"},{\"priority\":9,\"table\":\"main\"}",
	 8},
};

static const char *random_prefix(uint8_t family, char buf[64])
{
	static const uint8_t lengths4[] = {0, 8, 15, 16, 22, 24, 32};
	static const uint8_t lengths6[] = {0, 32, 47, 48, 62, 64, 128};
	struct ip_prefix p = {{.family = family},
			      (family == AF_INET ? lengths4 : lengths6)[rnd_below(7)]};
	char text[IP_ADDR_STRLEN];

	if (family == AF_INET)
		memcpy(p.addr.b,
		       (uint8_t[]){10, (uint8_t)rnd_below(2), (uint8_t)rnd_below(4),
				   (uint8_t)rnd_below(4)},
		       4);
	else
		memcpy(p.addr.b,
		       (uint8_t[]){0x20, 1, 0x0d, 0xb8, 0, (uint8_t)rnd_below(2), 0,
				   (uint8_t)rnd_below(4), [15] = (uint8_t)rnd_below(4)},
		       16);
	p = ip_prefix_masked(p);
	if (!p.len)
		return "default";
	snprintf(buf, 64, "%s/%u", ip_addr_str(&p.addr, text), p.len);
	return buf;
}

static void put_route(FILE *o, uint8_t family)
{
	static const char *const types[] = {"unicast",	   "unicast", "unicast", "unicast",
					    "unreachable", "throw",   "local",	 "blackhole"};
	static const char *const tables[] = {"local", "main", "main", "main", "100", "101"};
	const char *type = types[rnd_below(8)], *lo = family == AF_INET6 ? "lo" : NULL;
	char buf[64], from[64];

	fprintf(o, ",{\"type\":\"%s\",\"dst\":\"%s\",\"table\":\"%s\",\"metric\":%u", type,
		random_prefix(family, buf), tables[rnd_below(6)], 1 + rnd_below(3));
	if (family == AF_INET6 && !rnd_below(5))
		fprintf(o, ",\"from\":\"%s\"", random_prefix(family, from));
	if (family == AF_INET && !rnd_below(8))
		fprintf(o, ",\"tos\":\"0x10\"");
	if (!strcmp(type, "local"))
		lo = "lo";
	if (strcmp(type, "unicast") != 0)
		fprintf(o, lo ? ",\"dev\":\"%s\"}" : "}", lo);
	else if (rnd_below(3))
		fprintf(o, ",\"dev\":\"eth%u\"}", rnd_below(3));
	else
		fprintf(o,
			",\"nexthops\":[{\"dev\":\"eth%u\",\"weight\":%u,\"flags\":[]},"
			"{\"dev\":\"eth%u\",\"weight\":%u,\"flags\":[]}]}",
			rnd_below(3), 1 + rnd_below(3), rnd_below(3), 1 + rnd_below(3));
}

static void add(struct snapshot *s, const char *file, const char *text)
{
	struct err e = ERR_INIT;

	if (dump_add(s, NULL, file, text, strlen(text), &e) < 0)
		fail_msg("%s: %s", file, e.msg);
}

static void make_machine(struct snapshot *s, uint8_t family, const char *rules)
{
	char text[1024], *routes = NULL;
	unsigned n = 10 + rnd_below(60);
	size_t len;

	*s = (struct snapshot){.settings = SETTINGS_INIT};
	add(s, "link.json", links);
	add(s, "address.json",
	    "[{\"ifindex\":2,\"ifname\":\"eth0\",\"addr_info\":[{\"family\":\"inet\",\"local\":"
	    "\"10.0.0.1\",\"prefixlen\":24,\"scope\":\"global\"},{\"family\":\"inet6\",\"local\":"
	    "\"2001:db8::1\",\"prefixlen\":64,\"scope\":\"global\"}]}]");
	snprintf(text, sizeof(text), "[%s]", rules);
	add(s, family == AF_INET ? "rule.json" : "rule6.json", text);
	FILE *o = open_memstream(&routes, &len);
	assert_non_null(o);
	fprintf(o, "[{\"type\":\"local\",\"dst\":\"%s\",\"dev\":\"lo\",\"table\":\"local\"}",
		family == AF_INET ? "10.0.0.1" : "2001:db8::1");
	for (unsigned i = 0; i < n; i++)
		put_route(o, family);
	fputc(']', o);
	assert_int_equal(0, fclose(o));
	add(s, family == AF_INET ? "route.json" : "route6.json", routes);
	free(routes);
	s->settings.hash_policy[family == AF_INET ? SETTINGS_IPV4 : SETTINGS_IPV6] =
		(uint8_t)(2 * rnd_below(2) + 1);
	s->settings.all.forwarding[0] = s->settings.all.forwarding[1] = true;
	s->settings.hash_seed = 7;
	s->settings.all.rp_filter = rnd_below(3);
	s->settings.all.src_valid_mark = rnd_below(2);
}

static struct ip_addr random_addr(uint8_t family)
{
	static const char *const odd4[] = {"224.0.0.1", "255.255.255.255", "127.0.0.1", "0.0.0.0"};
	static const char *const odd6[] = {"ff02::1", "fe80::1", "::1", "::"};
	struct ip_addr a = {.family = family};

	if (!rnd_below(12))
		assert_true(
			ip_addr_parse((family == AF_INET ? odd4 : odd6)[rnd_below(4)], family, &a));
	else if (family == AF_INET)
		memcpy(a.b,
		       (uint8_t[]){10, (uint8_t)rnd_below(2), (uint8_t)rnd_below(4),
				   (uint8_t)rnd_below(4)},
		       4);
	else
		memcpy(a.b,
		       (uint8_t[]){0x20, 1, 0x0d, 0xb8, 0, (uint8_t)rnd_below(2), 0,
				   (uint8_t)rnd_below(4), [15] = (uint8_t)rnd_below(4)},
		       16);
	return a;
}

static struct fib_packet random_packet(uint8_t family)
{
	return (struct fib_packet){.family = family,
				   .src = random_addr(family),
				   .dst = random_addr(family),
				   .proto = rnd_below(2) ? IPPROTO_TCP : IPPROTO_UDP,
				   .sport = (uint16_t)rnd_below(5),
				   .dport = (uint16_t)rnd_below(5),
				   .mark = rnd_below(4),
				   .uid = rnd_below(4),
				   .tos = (uint8_t)(8 * rnd_below(4)),
				   .iif = rnd_below(3) ? 2 + (int)rnd_below(3) : 0,
				   .oif = rnd_below(8) ? 0 : 2 + (int)rnd_below(3),
				   .query = rnd_below(2)};
}

static void compare(const struct fib *f, struct fib_many *many, uint8_t family, unsigned kind)
{
	static struct fib_packet p[PACKETS];
	static struct fib_result r[PACKETS];
	char a[2][IP_ADDR_STRLEN];
	struct fib_result alone;

	for (unsigned i = 0; i < PACKETS; i++)
		p[i] = random_packet(family);
	fib_many_lookup(many, p, r, PACKETS);
	for (unsigned i = 0; i < PACKETS; i++) {
		fib_lookup(f, &p[i], &alone);
		if (!same_result(&alone, &r[i]))
			fail_msg("kind %u, IPv%u, from %s to %s iif %d oif %d mark %u: %s by %d, "
				 "remembered %s by %d",
				 kind, family == AF_INET ? 4 : 6, ip_addr_str(&p[i].src, a[0]),
				 ip_addr_str(&p[i].dst, a[1]), p[i].iif, p[i].oif, p[i].mark,
				 fib_verdict_name(alone.verdict), alone.dev,
				 fib_verdict_name(r[i].verdict), r[i].dev);
	}
}

static void one_machine(uint8_t family, unsigned kind)
{
	struct err e = ERR_INIT;
	struct fib_many *many;
	struct snapshot s;
	struct fib *f;

	make_machine(&s, family, kinds[kind].rules);
	if (fib_new(&f, &s, &e) < 0 || fib_many_new_great(f, kinds[kind].great, &many, &e) < 0)
		fail_msg("%s", e.msg);
	for (int i = 0; i < TIMES; i++)
		compare(f, many, family, kind);
	fib_many_free(many);
	fib_free(f);
	snapshot_free(&s);
}

static void as_alone(void **state)
{
	unsigned n = getenv("MH_LONG") ? 2000 : 60;

	(void)state;
	for (unsigned i = 0; i < n; i++)
		for (unsigned kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
			one_machine(AF_INET, kind);
			one_machine(AF_INET6, kind);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(as_alone)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
