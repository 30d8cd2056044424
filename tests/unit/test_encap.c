/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Encapsulations of routes, for kernels that have them or not: what is typed is encoded, decoded
 * and printed again in iproute2's words, and what is printed can be typed. Headers as whole are
 * compared byte by byte with RFC 8754 and RFC 6554; damaged ones are printed as far as they go.
 */
#include "typed.h"
#include "unit.h"

#include "model/encap.h"
#include "model/route.h"

#include <linux/lwtunnel.h>

static int parse(struct ip *ip, const char *options, struct parser *p)
{
	struct err e = ERR_INIT;
	char line[4096];

	snprintf(line, sizeof(line), "route add 2001:db8::/64 encap %s dev eth0", options);
	return typed_parse(ip, line, p, &e);
}

/* The route through a message, printed. */
static const char *printed(struct ip *ip, const char *options, bool json)
{
	static char text[4096];
	struct parser p;
	struct nl_msg m;
	struct route r;

	if (parse(ip, options, &p) < 0)
		return "not accepted";
	assert_int_equal(route_message(&m, RTM_NEWROUTE, 0, p.obj, NULL), 0);
	assert_int_equal(route_decode(&m.h, &r, NULL), 0);
	struct print *print = &ip->print;
	*print = (struct print){.o = &ip->out, .json = json, .stats = 1};
	print->names = ip->names;
	print->devices = ip->devices;
	ip->out.len = 0;
	jw_init(&print->j, &ip->out, false);
	route_print(print, &r);
	assert_true(ip->out.len < sizeof(text));
	memcpy(text, ip->out.buf, ip->out.len);
	text[ip->out.len] = 0;
	ip->out.len = 0;
	arena_reset(&ip->arena);
	return text;
}

static void each_kind_is_printed_as_iproute2_does(void **state)
{
	static const struct {
		const char *options, *text, *json;
	} cases[] = {
		{"ip id 5 src 10.0.0.1 dst 10.0.0.2 ttl 5 tos 4 key csum seq",
		 "ip id 5 src 10.0.0.1 dst 10.0.0.2 ttl 5 tos 4 key csum seq",
		 "\"ip\",\"id\":5,\"src\":\"10.0.0.1\",\"dst\":\"10.0.0.2\",\"ttl\":5,\"tos\":4,"
		 "\"key\":true,\"csum\":true,\"seq\":true"},
		{"ip6 id 18446744073709551615 dst 2001:db8::2 hoplimit 3 tc 0x10",
		 "ip6 id 18446744073709551615 dst 2001:db8::2 hoplimit 3 tc 16",
		 "\"ip6\",\"id\":18446744073709551615,\"dst\":\"2001:db8::2\",\"hoplimit\":3,"
		 "\"tc\":16"},
		{"mpls 100/200 ttl 7", "mpls  100/200 ttl 7",
		 "\"mpls\",\"dst\":\"100/200\",\"ttl\":7"},
		{"mpls 1048575", "mpls  1048575", "\"mpls\",\"dst\":\"1048575\""},
		{"seg6 mode encap segs 2001:db8::5,2001:db8::6",
		 "seg6 mode encap segs 2 [ 2001:db8::5 2001:db8::6 ]",
		 "\"seg6\",\"mode\":\"encap\",\"segs\":[\"2001:db8::5\",\"2001:db8::6\"]"},
		{"seg6 mode inline segs 2001:db8::5", "seg6 mode inline segs 2 [ 2001:db8::5 :: ]",
		 "\"seg6\",\"mode\":\"inline\",\"segs\":[\"2001:db8::5\",\"::\"]"},
		{"seg6 mode l2encap.red segs 2001:db8::5 hmac 0xab",
		 "seg6 mode l2encap.red segs 1 [ 2001:db8::5 ] hmac AB",
		 "\"seg6\",\"mode\":\"l2encap.red\",\"segs\":[\"2001:db8::5\"],\"hmac\":\"0xab\""},
		{"seg6local action End", "seg6local action End",
		 "\"seg6local\",\"action\":\"End\""},
		{"seg6local action End.X nh6 2001:db8::5 count",
		 "seg6local action End.X nh6 2001:db8::5 packets 0 bytes 0 errors 0",
		 "\"seg6local\",\"action\":\"End.X\",\"nh6\":\"2001:db8::5\","
		 "\"stats64\":{\"packets\":0,\"bytes\":0,\"errors\":0}"},
		{"seg6local action End.DX4 nh4 10.0.0.9 table 100 vrftable 101 iif lo oif eth0",
		 "seg6local action End.DX4 table 100 vrftable 101 nh4 10.0.0.9 iif lo oif eth0",
		 "\"seg6local\",\"action\":\"End.DX4\",\"table\":\"100\",\"vrftable\":\"101\","
		 "\"nh4\":\"10.0.0.9\",\"iif\":\"lo\",\"oif\":\"eth0\""},
		{"seg6local action End flavors psp,usd", "seg6local action End flavors psp,usd",
		 "\"seg6local\",\"action\":\"End\",\"flavors\":[\"psp\",\"usd\"]"},
		{"seg6local action End.B6.Encaps srh segs 2001:db8::5,2001:db8::6",
		 "seg6local action End.B6.Encaps segs 2 [ 2001:db8::5 2001:db8::6 ]",
		 "\"seg6local\",\"action\":\"End.B6.Encaps\",\"srh\":{\"segs\":[\"2001:db8::5\","
		 "\"2001:db8::6\"]}"},
		{"rpl segs 2001:db8::5,2001:db8::6", "rpl segs 2 [ 2001:db8::5 2001:db8::6 ]",
		 "\"rpl\",\"segs\":[\"2001:db8::5\",\"2001:db8::6\"]"},
		{"ioam6 trace prealloc type 0x800000 ns 1 size 12",
		 "ioam6 freq 1/1 mode inline trace prealloc type 0x800000 ns 1 size 12", NULL},
		{"ioam6 freq 2/5 mode encap tundst 2001:db8::7 trace prealloc type 0xc00000 ns 9 "
		 "size 16",
		 "ioam6 freq 2/5 mode encap tundst 2001:db8::7 trace prealloc type 0xc00000 ns 9 "
		 "size 16",
		 NULL},
		{"xfrm if_id 7 link_dev eth0", "xfrm if_id 7 link_dev eth0",
		 "\"xfrm\",\"if_id\":7,\"link_dev\":\"eth0\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char want[512];
		snprintf(want, sizeof(want), "2001:db8::/64  encap %s dev eth0 ", cases[i].text);
		const char *got = printed(*state, cases[i].options, false);
		if (strncmp(got, want, strlen(want)) != 0)
			fail_msg("\"%s\" is \"%s\", not \"%s\"", cases[i].options, got, want);
		if (!cases[i].json)
			continue;
		snprintf(want, sizeof(want), "\"encap\":%s,\"dev\"", cases[i].json);
		got = printed(*state, cases[i].options, true);
		if (!strstr(got, want))
			fail_msg("\"%s\" is \"%s\", without \"%s\"", cases[i].options, got, want);
	}
}

static void what_makes_no_encapsulation_is_refused(void **state)
{
	static const char *const bad[] = {
		"nosuch 1",
		"bpf out",
		"ila 1:2:3:4",
		"ip id x",
		"ip id 1 id 2",
		"ip ttl 256",
		"ip dst 2001:db8::1",
		"ip6 dst 10.0.0.1",
		"mpls x",
		"mpls 1/",
		"mpls 1048576",
		"mpls 1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17",
		"seg6 mode encap",
		"seg6 segs 2001:db8::5 mode encap",
		"seg6 mode nosuch segs 2001:db8::5",
		"seg6 mode encap segs 2001:db8::5,",
		"seg6 mode encap segs 10.0.0.1",
		"seg6local nh6 2001:db8::5",
		"seg6local action End.Y",
		"seg6local action End flavors psp,psp",
		"seg6local action End flavors nosuch",
		"rpl",
		"ioam6 trace prealloc type 0x800000 ns 1",
		"ioam6 trace prealloc type 0x800000 ns 1 size 13",
		"ioam6 trace prealloc type 0x800000 ns 1 size 1000",
		"ioam6 freq 3/2 trace prealloc type 0x800000 ns 1 size 12",
		"ioam6 mode encap trace prealloc type 0x800000 ns 1 size 12",
		"ioam6 tundst 2001:db8::1 trace prealloc type 0x800000 ns 1 size 12",
		"xfrm link_dev eth9",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct parser p;
		if (parse(*state, bad[i], &p) >= 0)
			fail_msg("\"%s\" is accepted", bad[i]);
	}
}

static void headers_are_as_in_packets(void **state)
{
	static const uint8_t last[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 6};
	struct parser p;

	assert_int_equal(parse(*state, "seg6 mode encap segs 2001:db8::5,2001:db8::6", &p), 0);
	const struct route *r = p.obj;
	assert_int_equal(r->encap_type, LWTUNNEL_ENCAP_SEG6);
	/* An attribute, the mode, and a header of 40 bytes whose first segment is the last one. */
	static const uint8_t head[] = {0, 4, 4, 1, 1, 0, 0, 0};
	const uint8_t *b = r->encap.p;
	assert_int_equal(r->encap.len, 4 + 4 + 40);
	assert_int_equal(b[4], 1);
	assert_memory_equal(b + 8, head, sizeof(head));
	assert_memory_equal(b + 16, last, sizeof(last));

	static const uint8_t rpl[] = {0, 4, 3, 2, 0, 0, 0, 0};
	assert_int_equal(parse(*state, "rpl segs 2001:db8::5,2001:db8::6", &p), 0);
	r = p.obj;
	assert_int_equal(r->encap.len, 4 + 40);
	b = r->encap.p;
	assert_memory_equal(b + 4, rpl, sizeof(rpl));
	assert_memory_equal(b + 12, last, sizeof(last));
}

/* Cut at every length, and with every count of segments. */
static void damaged_headers_do_no_harm(void **state)
{
	struct ip *ip = *state;
	struct parser p;

	static const char *const kinds[] = {
		"seg6 mode encap segs 2001:db8::5,2001:db8::6 hmac 7",
		"seg6local action End.B6 segs 2001:db8::5 hmac 9",
		"rpl segs 2001:db8::5",
		"ioam6 trace prealloc type 0x800000 ns 1 size 12",
		"mpls 1/2/3",
		"seg6local action End count flavors psp",
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		assert_int_equal(parse(ip, kinds[i], &p), 0);
		const struct route *r = p.obj;
		ip->print = (struct print){.o = &ip->out, .stats = 1};
		ip->print.devices = ip->devices;
		for (uint16_t len = 0; len <= r->encap.len; len++) {
			uint8_t *copy = malloc(len ? len : 1);
			memcpy(copy, r->encap.p, len);
			encap_print(&ip->print, r->encap_type, (struct nl_ref){copy, len});
			/* The attribute's own length, and what it holds, are lies. */
			for (unsigned at = 0; at < len && at < 16; at++) {
				uint8_t kept = copy[at];
				copy[at] = 0xff;
				encap_print(&ip->print, r->encap_type, (struct nl_ref){copy, len});
				copy[at] = kept;
			}
			free(copy);
			ip->out.len = 0;
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_printed_as_iproute2_does),
		cmocka_unit_test(what_makes_no_encapsulation_is_refused),
		cmocka_unit_test(headers_are_as_in_packets),
		cmocka_unit_test(damaged_headers_do_no_harm),
	};

	return cmocka_run_group_tests(tests, typed_setup, typed_teardown);
}
