/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and prefixes against two models: libc's inet_ntop() and inet_pton(), and addresses as
 * arrays of single bits.
 */
#include "base/cleanup.h"
#include "base/ipaddr.h"
#include "unit.h"

#include <arpa/inet.h>

enum { ROUNDS = 100000 };

/* Random, but with the shapes that matter: runs of zero groups, the IPv4-in-IPv6 forms. */
static struct ip_addr any_addr(uint8_t family)
{
	struct ip_addr a = {.family = family};

	rnd_bytes(a.b, ip_bytes(family));
	if (family == AF_INET6) {
		uint32_t zero_bytes = rnd_below(4) ? 0 : (uint32_t)rnd();
		uint32_t zero_groups = rnd_below(256);
		for (int i = 0; i < 16; i++)
			if (zero_bytes >> i & 1 || zero_groups >> i / 2 & 1)
				a.b[i] = 0;
		switch (rnd_below(8)) {
		case 0: /* compatible, or ::1 and its like */
			memset(a.b, 0, rnd_below(2) ? 12 : 14);
			break;
		case 1: /* mapped */
			memset(a.b, 0, 10);
			memset(a.b + 10, 0xff, 2);
			break;
		}
	} else if (rnd_below(4) == 0) {
		a.b[rnd_below(4)] = rnd_below(2) ? 0 : 255;
	}
	return a;
}

static uint8_t any_family(void)
{
	return rnd_below(2) ? AF_INET : AF_INET6;
}

static struct ip_prefix any_prefix(uint8_t family)
{
	return (struct ip_prefix){any_addr(family), (uint8_t)rnd_below(ip_bits(family) + 1u)};
}

static int bit(const struct ip_addr *a, unsigned i)
{
	return a->b[i / 8] >> (7 - i % 8) & 1;
}

static unsigned common_bits(const struct ip_addr *a, const struct ip_addr *b)
{
	unsigned n = 0;

	while (n < ip_bits(a->family) && bit(a, n) == bit(b, n))
		n++;
	return n;
}

static void same_as_libc(const struct ip_addr *a)
{
	char want[INET6_ADDRSTRLEN], got[IP_ADDR_STRLEN];
	struct ip_addr back;

	assert_non_null(inet_ntop(a->family, a->b, want, sizeof(want)));
	memset(got, '#', sizeof(got));
	size_t n = ip_addr_text(a, got);
	assert_int_equal(n, strlen(want));
	assert_memory_equal(got, want, n);
	for (size_t i = n; i < sizeof(got); i++)
		assert_int_equal(got[i], '#');
	assert_string_equal(ip_addr_str(a, got), want);

	assert_true(ip_addr_parse(got, 0, &back));
	assert_true(ip_addr_eq(&back, a));
	assert_memory_equal(back.b, a->b, sizeof(a->b));
	assert_true(ip_addr_parse(got, a->family, &back));
	assert_false(ip_addr_parse(got, a->family == AF_INET ? AF_INET6 : AF_INET, &back));
}

static void text_random(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct ip_addr a = any_addr(any_family());
		same_as_libc(&a);
	}
}

static void text_tricky(void **state)
{
	static const char *const text[] = {
		"0.0.0.0",
		"255.255.255.255",
		"1.10.100.0",
		"::",
		"::1",
		"::2",
		"::ffff",
		"::1:0",
		"::0.1.0.0",
		"::1.2.3.4",
		"::ffff:1.2.3.4",
		"::ffff:0.0.0.0",
		"::ffff:0:1.2.3.4",
		"::fffe:1.2.3.4",
		"::1:ffff:1.2.3.4",
		"64:ff9b::1.2.3.4",
		"1::",
		"1:0:0:2::",
		"1:0:0:2:0:0:0:3",
		"1:0:0:2:3:0:0:4",
		"1:2:3:4:5:6:7:8",
		"0:2:3:4:5:6:7:8",
		"0:0:3:4:5:6:7:8",
		"1:2:3:4:5:6:7:0",
		"1:2:3:4:5:6:0:0",
		"1:0:3:0:5:0:7:0",
		"0:1:0:1:0:1:0:1",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"fe80::200:ff:fe00:1",
		"2001:db8::a:b:c:d",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(text); i++) {
		struct ip_addr a;
		assert_true(ip_addr_parse(text[i], 0, &a));
		same_as_libc(&a);
	}
	/* Every pattern of zero groups, with ones and with ffff between them. */
	for (unsigned pattern = 0; pattern < 256; pattern++) {
		for (int fill = 0; fill < 2; fill++) {
			struct ip_addr a = {.family = AF_INET6};
			for (int i = 0; i < 16; i++)
				if (pattern >> i / 2 & 1)
					a.b[i] = fill ? 0xff : (uint8_t)(i & 1);
			same_as_libc(&a);
		}
	}
}

/* What libc takes is taken, with the same bytes, and nothing else is. */
static void parse_like_libc(void **state)
{
	static const char alphabet[] = "0123456789abcfFG:.:.:.x/ %";

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		char s[IP_ADDR_STRLEN + 4];
		struct ip_addr base = any_addr(any_family()), got;

		ip_addr_str(&base, s);
		for (uint32_t n = rnd_below(3); n; n--)
			s[rnd_below((uint32_t)strlen(s) + 1)] =
				alphabet[rnd_below(sizeof(alphabet))];
		s[sizeof(s) - 1] = 0;
		s[IP_ADDR_STRLEN - 1] = 0;

		uint8_t b4[4], b6[16];
		bool is4 = inet_pton(AF_INET, s, b4) == 1;
		bool is6 = inet_pton(AF_INET6, s, b6) == 1;
		assert_int_equal(ip_addr_parse(s, AF_INET, &got), is4);
		assert_int_equal(ip_addr_parse(s, AF_INET6, &got), is6);
		assert_int_equal(ip_addr_parse(s, 0, &got), is4 || is6);
		if (is4 || is6)
			assert_memory_equal(got.b, is4 ? b4 : b6, is4 ? 4 : 16);
	}
}

static void prefix_fixpoint(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct ip_prefix p = any_prefix(any_family()), q;
		char s[IP_PREFIX_STRLEN], t[IP_PREFIX_STRLEN];

		assert_true(ip_prefix_parse(ip_prefix_str(&p, s), 0, &q));
		assert_true(ip_prefix_eq(&p, &q));
		assert_string_equal(ip_prefix_str(&q, t), s);

		*strchr(s, '/') = 0;
		assert_true(ip_prefix_parse(s, p.addr.family, &q));
		assert_int_equal(q.len, ip_bits(p.addr.family));
		q = ip_prefix_host(p.addr);
		assert_int_equal(q.len, ip_bits(p.addr.family));
	}
}

static void prefix_refused(void **state)
{
	static const char *const text[] = {
		"",
		"/",
		"/8",
		"1.2.3.4/",
		"1.2.3.4/33",
		"1.2.3.4/-1",
		"1.2.3.4/+1",
		"1.2.3.4/ 8",
		"1.2.3.4/8 ",
		"1.2.3.4/8/8",
		"1.2.3.4/0x8",
		"1.2.3.4/4294967304",
		"1.2.3.4/18446744073709551624",
		"1.2.3.4/99999999999999999999999999",
		"1.2.3/8",
		"::/129",
		"::1/",
		":/0",
		"default",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/64",
	};
	struct ip_prefix p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(text); i++) {
		if (ip_prefix_parse(text[i], 0, &p))
			fail_msg("\"%s\" was taken for a prefix", text[i]);
	}
	assert_false(ip_prefix_parse("1.2.3.4/8", AF_INET6, &p));
	assert_false(ip_prefix_parse("::/8", AF_INET, &p));
}

static void masks_bitwise(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct ip_prefix p = any_prefix(any_family());
		struct ip_prefix m = ip_prefix_masked(p);

		assert_int_equal(m.len, p.len);
		assert_int_equal(m.addr.family, p.addr.family);
		for (unsigned k = 0; k < ip_bits(p.addr.family); k++)
			assert_int_equal(bit(&m.addr, k), k < p.len ? bit(&p.addr, k) : 0);
		for (size_t k = ip_bytes(p.addr.family); k < 16; k++)
			assert_int_equal(m.addr.b[k], 0);
	}
}

static void contains_bitwise(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		uint8_t family = any_family();
		struct ip_prefix p = any_prefix(family), q = any_prefix(family);

		/* Most pairs shall have much in common: one bit turned, often at the edge. */
		if (rnd_below(4)) {
			unsigned k = rnd_below(2) ? p.len : rnd_below(ip_bits(family));
			q.addr = p.addr;
			if (k < ip_bits(family))
				q.addr.b[k / 8] ^= (uint8_t)(0x80 >> k % 8);
		}
		unsigned common = common_bits(&p.addr, &q.addr);
		assert_int_equal(ip_prefix_contains(&p, &q.addr), common >= p.len);
		assert_int_equal(ip_prefix_overlaps(&p, &q),
				 common >= (p.len < q.len ? p.len : q.len));
		assert_int_equal(ip_prefix_overlaps(&p, &q), ip_prefix_overlaps(&q, &p));
	}
	/* Two families share nothing, not even at length 0. */
	struct ip_prefix p = {.addr.family = AF_INET}, q = {.addr.family = AF_INET6};
	assert_false(ip_prefix_contains(&p, &q.addr));
	assert_false(ip_prefix_overlaps(&p, &q));
}

static void cmp_orders(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct ip_addr a = any_addr(any_family());
		struct ip_addr b = rnd_below(2) ? a : any_addr(any_family());
		int want = a.family - b.family;

		if (rnd_below(2))
			b.b[rnd_below((uint32_t)ip_bytes(b.family))] ^= 1;
		for (unsigned k = 0; !want && k < ip_bits(a.family); k++)
			want = bit(&a, k) - bit(&b, k);
		int got = ip_addr_cmp(&a, &b);
		assert_int_equal((got > 0) - (got < 0), (want > 0) - (want < 0));
		assert_int_equal(ip_addr_eq(&a, &b), want == 0);
	}
}

static void classes(void **state)
{
	static const struct {
		const char *text;
		bool any, linklocal, multicast, loopback;
	} row[] = {
		{"0.0.0.0", .any = true},
		{"::", .any = true},
		{.text = "0.0.0.1"},
		{"169.254.0.0", .linklocal = true},
		{"169.254.255.255", .linklocal = true},
		{.text = "169.253.255.255"},
		{.text = "169.255.0.0"},
		{"fe80::", .linklocal = true},
		{"febf:ffff::1", .linklocal = true},
		{.text = "fec0::1"},
		{.text = "fe7f::1"},
		{.text = "a9fe::1"},
		{.text = "223.255.255.255"},
		{"224.0.0.0", .multicast = true},
		{"239.255.255.255", .multicast = true},
		{.text = "240.0.0.0"},
		{.text = "255.255.255.255"},
		{"ff02::1", .multicast = true},
		{.text = "feff::1"},
		{.text = "e000::1"},
		{"127.0.0.0", .loopback = true},
		{"127.255.255.255", .loopback = true},
		{.text = "128.0.0.0"},
		{"::1", .loopback = true},
		{.text = "::2"},
		{.text = "1::1"},
		{.text = "7f00::1"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct ip_addr a;
		assert_true(ip_addr_parse(row[i].text, 0, &a));
		if (ip_addr_is_any(&a) != row[i].any ||
		    ip_addr_is_linklocal(&a) != row[i].linklocal ||
		    ip_addr_is_multicast(&a) != row[i].multicast ||
		    ip_addr_is_loopback(&a) != row[i].loopback)
			fail_msg("%s is in the wrong class", row[i].text);
	}
}

static void none(void **state)
{
	struct ip_addr a = {0};
	char s[IP_PREFIX_STRLEN];

	(void)state;
	assert_string_equal(ip_addr_str(&a, s), "none");
	assert_false(ip_addr_parse("none", 0, &a));
	assert_true(ip_addr_is_any(&a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_random),	    cmocka_unit_test(text_tricky),
		cmocka_unit_test(parse_like_libc),  cmocka_unit_test(prefix_fixpoint),
		cmocka_unit_test(prefix_refused),   cmocka_unit_test(masks_bitwise),
		cmocka_unit_test(contains_bitwise), cmocka_unit_test(cmp_orders),
		cmocka_unit_test(classes),	    cmocka_unit_test(none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
