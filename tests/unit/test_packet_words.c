/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packet in words: what is read, what is refused and how, and words back from a packet. */
#include "unit.h"

#include "base/cleanup.h"
#include "fib/packet_words.h"

#include <errno.h>
#include <netinet/in.h>

static struct devices *devices;

/* Reads a line of words; the error's text, or NULL. */
static const char *read_line(const char *line, struct fib_packet *p)
{
	static struct err e;
	char text[256], *word[32], *save, *w;
	size_t n = 0;

	snprintf(text, sizeof(text), "%s", line);
	for (w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	e = ERR_INIT;
	return packet_words_read(devices, n, word, p, &e) < 0 ? e.msg : NULL;
}

static void reads_every_word(void **state)
{
	struct fib_packet p;

	(void)state;
	assert_null(read_line("from 10.0.0.1 to 192.0.2.1 proto udp sport 1 dport 0xffff mark 0x7 "
			      "iif eth0 oif eth1 uid 1000 tos 0x10",
			      &p));
	assert_int_equal(AF_INET, p.family);
	assert_int_equal(10, p.src.b[0]);
	assert_int_equal(192, p.dst.b[0]);
	assert_int_equal(IPPROTO_UDP, p.proto);
	assert_int_equal(1, p.sport);
	assert_int_equal(65535, p.dport);
	assert_int_equal(7, p.mark);
	assert_int_equal(2, p.iif);
	assert_int_equal(3, p.oif);
	assert_int_equal(1000, p.uid);
	assert_int_equal(16, p.tos);
	assert_null(read_line("2001:db8::1 flowlabel 0xfffff icmpv6", &p));
	assert_int_equal(AF_INET6, p.family);
	assert_int_equal(0xfffff, p.flowlabel);
	assert_int_equal(IPPROTO_ICMPV6, p.proto);
	assert_true(ip_addr_is_any(&p.src));
	assert_int_equal(AF_INET6, p.src.family);
}

static void says_what_is_wrong(void **state)
{
	static const char *const cases[][2] = {
		{"", "where does the packet go?"},
		{"tcp", "where does the packet go?"},
		{"192.0.2.1 from", "\"from\" needs a value"},
		{"192.0.2.1 from 2001:db8::1", "source and destination are of two families"},
		{"192.0.2.1 192.0.2.2", "\"192.0.2.2\" is a second destination"},
		{"192.0.2.1 to 192.0.2.2", "\"to\" is given twice"},
		{"192.0.2.1 tcp udp", "\"udp\" is a second protocol"},
		{"192.0.2.1 tcp proto udp", "\"proto\" is given twice"},
		{"192.0.2.1 mark 1 mark 2", "\"mark\" is given twice"},
		{"192.0.2.1 sport 65536", "sport takes a number up to 65535, not \"65536\""},
		{"192.0.2.1 sport -1", "sport takes a number up to 65535, not \"-1\""},
		{"192.0.2.1 uid 4294967295",
		 "uid takes a number up to 4294967294, not \"4294967295\""},
		{"192.0.2.1 proto 256", "\"256\" is not a protocol (tcp, udp, icmp, ..., 0-255)"},
		{"192.0.2.1 iif eth9", "there is no interface \"eth9\""},
		{"192.0.2.300", "\"192.0.2.300\" is neither an IP address nor a word of a packet"},
		{"from 192.0.2.1/24 192.0.2.1", "\"192.0.2.1/24\" is not an IP address"},
	};
	struct fib_packet p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *got = read_line(cases[i][0], &p);
		assert_non_null(got);
		assert_string_equal(cases[i][1], got);
	}
}

static void words_come_back(void **state)
{
	static const char *const lines[] = {
		"192.0.2.1",
		"from 10.0.0.1 192.0.2.1 tcp sport 1 dport 2 mark 0x3 iif eth0 uid 5 tos 0x8",
		"2001:db8::1 proto 200 oif eth1 flowlabel 0x1",
	};
	struct arena a = {0};
	struct fib_packet p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_null(read_line(lines[i], &p));
		assert_string_equal(lines[i], packet_words_text(&p, devices, &a));
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_word),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(words_come_back),
	};

	devices = devices_new(NULL);
	devices_add(devices, 2, "eth0");
	devices_add(devices, 3, "eth1");
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	devices_free(devices);
	return rc;
}
