/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lab's topologies make sense: every name leads somewhere, every text is what it should be,
 * addresses are unique, and every gateway is on its link.
 */
#include "lab/state.h"
#include "lab/topology.h"
#include "unit.h"

#include <linux/if.h>

static void each(void (*fn)(const struct topology *t))
{
	for (const struct topology *const *t = topologies; *t; t++)
		fn(*t);
}

static const struct topology_end *find_end(const struct topology *t, const char *host,
					   const char *dev)
{
	const struct topology_link *l;

	for (unsigned i = 0; (l = topology_link(t, i)); i++) {
		if (!strcmp(l->a.host, host) && !strcmp(l->a.dev, dev))
			return &l->a;
		if (!strcmp(l->b.host, host) && !strcmp(l->b.dev, dev))
			return &l->b;
	}
	return NULL;
}

static bool known_host(const struct topology *t, const char *host)
{
	return topology_find_host(t, host, NULL) >= 0;
}

static void end_is_sound(const struct topology *t, const struct topology_end *e)
{
	assert_true(known_host(t, e->host));
	assert_in_range(strlen(e->dev), 1, IFNAMSIZ - 1);
	assert_ptr_equal(find_end(t, e->host, e->dev), e);
	for (int i = 0; i < TOPOLOGY_ADDRESSES && e->address[i]; i++) {
		struct ip_prefix p;
		assert_true(ip_prefix_parse(e->address[i], 0, &p));
		assert_true(p.len < ip_bits(p.addr.family));
	}
}

static void names_and_ends(const struct topology *t)
{
	const struct topology *found;
	const struct topology_link *l, *same;
	unsigned hosts = 0;

	assert_int_equal(topology_find(t->name, &found, NULL), 0);
	assert_ptr_equal(found, t);
	assert_int_equal(lab_check_name(t->name, NULL), 0);
	for (; t->host[hosts]; hosts++)
		assert_int_equal(topology_find_host(t, t->host[hosts], NULL), (int)hosts);
	assert_in_range(hosts, 3, LAB_HOSTS);
	for (unsigned i = 0; (l = topology_link(t, i)); i++) {
		assert_int_equal(topology_find_link(t, l->name, &same, NULL), 0);
		assert_ptr_equal(same, l);
		end_is_sound(t, &l->a);
		end_is_sound(t, &l->b);
	}
}

/* The two ends of a cable that have addresses share their subnets. */
static void cables(const struct topology *t)
{
	const struct topology_link *l;

	for (unsigned i = 0; (l = topology_link(t, i)); i++)
		for (int k = 0; k < TOPOLOGY_ADDRESSES; k++) {
			struct ip_prefix a, b;
			if (!l->a.address[k] || !l->b.address[k])
				continue;
			assert_true(ip_prefix_parse(l->a.address[k], 0, &a));
			assert_true(ip_prefix_parse(l->b.address[k], 0, &b));
			a = ip_prefix_masked(a);
			b = ip_prefix_masked(b);
			assert_true(ip_prefix_eq(&a, &b));
		}
}

static void addresses_are_unique(const struct topology *t)
{
	struct ip_prefix seen[64];
	size_t n = 0;
	const struct topology_link *l;
	const struct topology_local *local;

	for (unsigned i = 0; (l = topology_link(t, i)); i++) {
		const struct topology_end *end[] = {&l->a, &l->b};
		for (int k = 0; k < 2 * TOPOLOGY_ADDRESSES; k++) {
			const char *s = end[k & 1]->address[k / 2];
			assert_true(n < 63);
			if (s)
				assert_true(ip_prefix_parse(s, 0, &seen[n++]));
		}
	}
	for (unsigned i = 0; (local = topology_local(t, i)); i++) {
		assert_true(known_host(t, local->host));
		assert_true(n < 63);
		assert_true(ip_prefix_parse(local->address, 0, &seen[n++]));
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			assert_false(ip_addr_eq(&seen[i].addr, &seen[k].addr));
}

static bool on_link(const struct topology_end *e, const struct ip_addr *a)
{
	for (int i = 0; i < TOPOLOGY_ADDRESSES && e->address[i]; i++) {
		struct ip_prefix p;
		if (ip_prefix_parse(e->address[i], 0, &p) && ip_prefix_contains(&p, a))
			return true;
	}
	return false;
}

static void gateways_are_on_link(const struct topology *t)
{
	const struct topology_route *r;

	for (unsigned i = 0; (r = topology_route(t, i)); i++) {
		struct ip_prefix dst, masked;
		struct ip_addr via;

		assert_true(known_host(t, r->host));
		assert_true(topology_prefix_parse(r->dst, &dst));
		masked = ip_prefix_masked(dst);
		assert_true(ip_prefix_eq(&dst, &masked));
		if (!strcmp(r->dev, "lo"))
			continue;
		const struct topology_end *e = find_end(t, r->host, r->dev);
		assert_non_null(e);
		if (r->via) {
			assert_true(ip_addr_parse(r->via, dst.addr.family, &via));
			assert_true(on_link(e, &via));
		}
	}
}

static void settings(const struct topology *t)
{
	const struct topology_sysctl *c;
	const struct topology_announce *an;
	struct ip_prefix p;

	for (unsigned i = 0; (c = topology_sysctl(t, i)); i++) {
		assert_true(known_host(t, c->host));
		assert_int_equal(strncmp(c->name, "net/", 4), 0);
	}
	for (unsigned i = 0; (an = topology_announce(t, i)); i++) {
		assert_non_null(find_end(t, an->host, an->dev));
		assert_true(ip_prefix_parse(an->prefix, AF_INET6, &p));
		assert_int_equal(p.len, 64);
	}
}

/* An uplink's address is on its interface, or is one that RA makes there (EUI-64). */
static void uplinks(const struct topology *t)
{
	for (int i = 0; i < TOPOLOGY_UPLINKS; i++) {
		const struct topology_uplink *u = &t->uplink[i];
		const struct topology_end *e = find_end(t, TOPOLOGY_SERVER, u->dev);
		const struct topology_link *l;
		struct ip_addr a;

		assert_non_null(e);
		assert_int_equal(topology_find_link(t, u->link, &l, NULL), 0);
		assert_ptr_equal(&l->a, e);
		assert_int_equal(topology_dev_lladdr(t, u->router.host, u->router.dev).len, 6);
		const struct topology_end *r = find_end(t, u->router.host, u->router.dev);
		for (int k = 0; k < 2; k++) {
			assert_true(ip_addr_parse(u->router.address[k], 0, &a));
			assert_int_equal(a.family, k ? AF_INET6 : AF_INET);
			assert_true(on_link(r, &a));
		}
		assert_true(ip_addr_parse(u->address[0], AF_INET, &a));
		assert_true(on_link(e, &a));
		assert_true(ip_addr_parse(u->address[1], AF_INET6, &a));
		if (on_link(e, &a))
			continue;
		struct lladdr ll = topology_dev_lladdr(t, TOPOLOGY_SERVER, u->dev);
		assert_int_equal(a.b[8] ^ 2, ll.b[0]);
		assert_memory_equal(a.b + 9, ll.b + 1, 2);
		assert_memory_equal(a.b + 13, ll.b + 3, 3);
	}
}

#define EACH(name)                                                                                 \
	static void all_##name(void **state)                                                       \
	{                                                                                          \
		(void)state;                                                                       \
		each(name);                                                                        \
	}
EACH(names_and_ends)
EACH(cables)
EACH(addresses_are_unique)
EACH(gateways_are_on_link)
EACH(settings)
EACH(uplinks)

static void wrong_names(void **state)
{
	const struct topology *t;
	const struct topology_link *l;
	struct err e;

	(void)state;
	assert_true(topology_find("two-ips", &t, &e) < 0);
	assert_string_equal(e.hint, "did you mean two-isp?");
	assert_true(topology_find("", &t, &e) < 0);
	assert_true(topology_find_link(topologies[0], "ips1", &l, &e) < 0);
	assert_true(topology_find_host(topologies[0], "sever", &e) < 0);
	assert_string_equal(e.hint, "did you mean server?");
	static const char *const bad[] = {"",	 ".",	     "..",
					  "a/b", "-x",	     "a b",
					  "\n",	 "\xc3\xa9", "12345678901234567890123456789012"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_true(lab_check_name(bad[i], &e) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_names_and_ends),
		cmocka_unit_test(all_cables),
		cmocka_unit_test(all_addresses_are_unique),
		cmocka_unit_test(all_gateways_are_on_link),
		cmocka_unit_test(all_settings),
		cmocka_unit_test(all_uplinks),
		cmocka_unit_test(wrong_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
