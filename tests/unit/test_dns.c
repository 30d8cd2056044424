/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to name servers, and all that may come back. */
#include "unit.h"

#include "peer.h"
#include "probe/dns.h"
#include "probe/pin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* An answer under construction. */
struct message {
	uint8_t p[600];
	size_t len;
};

enum { POINTER_TO_QUESTION = 0xc00c, CNAME = 5 };

static void add16(struct message *m, unsigned v)
{
	m->p[m->len++] = (uint8_t)(v >> 8);
	m->p[m->len++] = (uint8_t)v;
}

/* The question sent back as an answer without records. */
static struct message begin(const uint8_t *query, size_t len, uint8_t rcode)
{
	struct message m = {.len = len};

	memcpy(m.p, query, len);
	m.p[2] |= 0x80;
	m.p[3] = 0x80 | rcode;
	return m;
}

/* One more record, of the name that a pointer leads to. Returns where its data begin. */
static size_t record(struct message *m, unsigned name, unsigned type, const void *data, size_t len)
{
	m->p[7]++;
	add16(m, name);
	add16(m, type);
	add16(m, 1);
	add16(m, 0);
	add16(m, 60);
	add16(m, (unsigned)len);
	memcpy(m->p + m->len, data, len);
	m->len += len;
	return m->len - len;
}

static enum dns_outcome read_message(const struct dns_query *q, const struct message *m, size_t len,
				     struct dns_addrs *ret)
{
	uint8_t *copy = malloc(len ? len : 1); /* so that a byte read behind the end is seen */
	enum dns_outcome o;

	assert_non_null(copy);
	memcpy(copy, m->p, len);
	o = dns_answer_read(q, copy, len, ret);
	free(copy);
	return o;
}

static const uint8_t v4[4] = {203, 0, 113, 7}, v6[16] = {0x20, 1, 0xd, 0xb8, [15] = 9};

static void names_are_written_as_labels(void **state)
{
	static const uint8_t want[] = {0x12, 0x34, 1,	0,   0,	  1,   0,   0,	 0,   0,
				       0,    0,	   7,	'e', 'x', 'a', 'm', 'p', 'l', 'e',
				       3,    'o',  'r', 'g', 0,	  0,   28,  0,	 1};
	char longest[300];
	struct dns_query q;

	(void)state;
	assert_true(dns_query_write(&q, 0x1234, "example.org", DNS_AAAA));
	assert_int_equal(q.len, sizeof(want));
	assert_memory_equal(q.bytes, want, sizeof(want));
	assert_true(dns_query_write(&q, 0x1234, "example.org.", DNS_AAAA));
	assert_int_equal(q.len, sizeof(want));
	assert_false(dns_query_write(&q, 1, "", DNS_A));
	assert_false(dns_query_write(&q, 1, ".", DNS_A));
	assert_false(dns_query_write(&q, 1, "a..b", DNS_A));
	memset(longest, 'a', sizeof(longest));
	longest[64] = 0;
	assert_false(dns_query_write(&q, 1, longest, DNS_A));
	longest[63] = 0;
	assert_true(dns_query_write(&q, 1, longest, DNS_A));
	/* 253 letters are as many as there may be. */
	longest[63] = '.';
	longest[64] = 'a';
	longest[127] = longest[191] = '.';
	longest[254] = 0;
	assert_false(dns_query_write(&q, 1, longest, DNS_A));
	longest[253] = 0;
	assert_true(dns_query_write(&q, 1, longest, DNS_A));
	assert_int_equal(q.len, DNS_QUERY_MAX);
}

static void an_answer_is_one_to_the_question(void **state)
{
	struct dns_query q;
	struct dns_addrs got;
	struct message m;

	(void)state;
	assert_true(dns_query_write(&q, 0xbeef, "wWw.example.org", DNS_A));
	m = begin(q.bytes, q.len, 0);
	assert_int_equal(read_message(&q, &m, m.len, &got), DNS_NO_RECORD);
	record(&m, POINTER_TO_QUESTION, DNS_A, v4, 4);
	assert_int_equal(read_message(&q, &m, m.len, &got), DNS_FOUND);
	assert_int_equal(got.n, 1);
	assert_memory_equal(got.v[0].b, v4, 4);
	for (size_t len = 0; len < m.len; len++)
		assert_int_equal(read_message(&q, &m, len, &got), DNS_STRANGER);
	m.p[13] = 'W'; /* letters may come back in another case */
	assert_int_equal(read_message(&q, &m, m.len, &got), DNS_FOUND);
	/* The identifier, the response bit, the name, type and class: each must be right. */
	static const size_t off[] = {0, 1, 2, 5, 12, 15, 16, 29};
	for (size_t i = 0; i < sizeof(off) / sizeof(*off); i++) {
		m.p[off[i]] ^= 0x80;
		assert_int_equal(read_message(&q, &m, m.len, &got), DNS_STRANGER);
		m.p[off[i]] ^= 0x80;
	}
	m.p[q.len - 3] = DNS_AAAA;
	assert_int_equal(read_message(&q, &m, m.len, &got), DNS_STRANGER);
	m.p[q.len - 3] = DNS_A;
	m.p[3] = 3;
	assert_int_equal(read_message(&q, &m, m.len, &got), DNS_NO_NAME);
	for (uint8_t rcode = 1; rcode < 16; rcode++) {
		m.p[3] = rcode;
		assert_int_equal(read_message(&q, &m, m.len, &got),
				 rcode == 3 ? DNS_NO_NAME : DNS_FAILED);
	}
}

static void other_names_are_followed(void **state)
{
	static const uint8_t b[] = {1, 'b', 0}, c[] = {1, 'c', 0};
	struct dns_query q;
	struct dns_addrs got;
	struct message m;
	size_t to_b, to_c;

	(void)state;
	assert_true(dns_query_write(&q, 1, "example.org", DNS_AAAA));
	m = begin(q.bytes, q.len, 0);
	to_b = record(&m, POINTER_TO_QUESTION, CNAME, b, 3);
	assert_int_equal(read_message(&q, &m, m.len, &got), DNS_NO_RECORD);
	to_c = record(&m, 0xc000 | (unsigned)to_b, CNAME, c, 3);
	record(&m, 0xc000 | (unsigned)to_c, DNS_A, v4, 4); /* of another type */
	assert_int_equal(read_message(&q, &m, m.len, &got), DNS_NO_RECORD);
	record(&m, 0xc000 | (unsigned)to_c, DNS_AAAA, v6, 16);
	assert_int_equal(read_message(&q, &m, m.len, &got), DNS_FOUND);
	assert_int_equal(got.n, 1);
	/* A record of a name that nobody asked for is none. */
	m = begin(q.bytes, q.len, 0);
	to_c = record(&m, POINTER_TO_QUESTION, CNAME, c, 3);
	record(&m, POINTER_TO_QUESTION + 8, DNS_AAAA, v6, 16);
	assert_int_equal(read_message(&q, &m, m.len, &got), DNS_NO_RECORD);
	/* A name that is its own other name. */
	m = begin(q.bytes, q.len, 0);
	record(&m, POINTER_TO_QUESTION, CNAME, "\xc0\x0c", 2);
	assert_int_equal(read_message(&q, &m, m.len, &got), DNS_NO_RECORD);
}

static void damage_is_seen(void **state)
{
	struct dns_query q;
	struct dns_addrs got;
	struct message m;

	(void)state;
	assert_true(dns_query_write(&q, 1, "example.org", DNS_A));
	/* A pointer to itself, one forward, and labels of the two kinds that there are none of. */
	static const unsigned names[] = {0xc01d, 0xc01f, 0xffff, 0x4000, 0x8001};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		m = begin(q.bytes, q.len, 0);
		record(&m, names[i], DNS_A, v4, 4);
		assert_int_equal(read_message(&q, &m, m.len, &got), DNS_STRANGER);
	}
	/* Data of the wrong length are no address; more answers said than there are. */
	m = begin(q.bytes, q.len, 0);
	record(&m, POINTER_TO_QUESTION, DNS_A, v6, 5);
	assert_int_equal(read_message(&q, &m, m.len, &got), DNS_NO_RECORD);
	m.p[7] = 2;
	assert_int_equal(read_message(&q, &m, m.len, &got), DNS_STRANGER);
	/* Unless the server says that it has cut them: what there is counts. */
	m = begin(q.bytes, q.len, 0);
	record(&m, POINTER_TO_QUESTION, DNS_A, v4, 4);
	m.p[7] = 9;
	m.p[2] |= 2;
	assert_int_equal(read_message(&q, &m, m.len, &got), DNS_FOUND);
	/* More than there is room for. */
	m = begin(q.bytes, q.len, 0);
	for (unsigned i = 0; i < 2 * DNS_ADDRS; i++)
		record(&m, POINTER_TO_QUESTION, DNS_A, v4, 4);
	assert_int_equal(read_message(&q, &m, m.len, &got), DNS_FOUND);
	assert_int_equal(got.n, DNS_ADDRS);
}

/* With a server on the other side of a cable. */

static struct dns *dns;
static int server;
static const struct probe_terms terms = {.name = "example.org", .type = DNS_A};
static uint64_t now = 1;

static int server_at(const char *at, uint16_t port)
{
	struct ip_addr a = addr(at);
	union pin_addr sa;
	int fd = peer_socket(a.family, SOCK_DGRAM, 0);
	socklen_t len = pin_addr(&a, port, 0, &sa);

	assert_int_equal(bind(fd, &sa.sa, len), 0);
	return fd;
}

static void set_up(void)
{
	peer_new();
	if (dns)
		return;
	assert_int_equal(dns_open(&dns, NULL), 0);
	peer_run("ip addr add 192.0.2.1/24 dev vb && ip addr add 192.0.2.66/24 dev vb && "
		 "ip addr add 2001:db8:1::1/64 dev vb nodad");
	server = server_at("192.0.2.1", 53);
}

/* A question as it arrives, and from where. */
struct asked {
	uint8_t p[600];
	size_t len;
	union pin_addr from;
	socklen_t from_len;
};

static struct asked ask(int fd, const char *at, const struct probe_terms *t)
{
	struct probe p = probe_to(at, 53, 21);
	struct asked q = {.from_len = sizeof(q.from)};

	p.terms = t;
	assert_int_equal(dns_send(dns, &p, 1, now), 1);
	wait_readable(fd);
	ssize_t n = recvfrom(fd, q.p, sizeof(q.p), 0, &q.from.sa, &q.from_len);
	assert_true(n > 12);
	q.len = (size_t)n;
	return q;
}

static void say(int fd, const struct asked *q, const struct message *m, size_t len)
{
	assert_int_equal(sendto(fd, m->p, len, 0, &q->from.sa, q->from_len), len);
}

static struct told listen_for_one(void)
{
	struct told t = {0};

	while (!t.n) {
		wait_readable(dns_fd(dns));
		dns_read(dns, tell, &t);
	}
	assert_int_equal(t.n, 1);
	assert_int_equal(t.v[0].seq, 21);
	assert_int_equal(t.v[0].target, 7);
	return t;
}

static void strangers(unsigned n)
{
	struct told t = {0};
	uint64_t want = dns_strangers(dns) + n;

	while (dns_strangers(dns) < want) {
		wait_readable(dns_fd(dns));
		dns_read(dns, tell, &t);
		assert_int_equal(t.n, 0);
	}
}

static void a_server_answers(void **state)
{
	const struct probe_terms six = {.name = "example.org", .type = DNS_AAAA};
	struct asked q, again;
	struct message m;

	(void)state;
	NEED_NAMESPACES();
	set_up();
	q = ask(server, "192.0.2.1", &terms);
	m = begin(q.p, q.len, 0);
	record(&m, POINTER_TO_QUESTION, DNS_A, v4, 4);
	say(server, &q, &m, m.len);
	assert_int_equal(listen_for_one().v[0].fault, FAULT_NONE);
	assert_int_equal(dns_addrs(dns)->n, 1);
	/* Neither the identifier nor the port is the same a second time, but for chance. */
	again = ask(server, "192.0.2.1", &terms);
	assert_false(!memcmp(q.p, again.p, 2) && !memcmp(&q.from, &again.from, sizeof(q.from)));
	dns_forget(dns);
	int fd = server_at("2001:db8:1::1", 53);
	q = ask(fd, "2001:db8:1::1", &six);
	m = begin(q.p, q.len, 0);
	record(&m, POINTER_TO_QUESTION, DNS_AAAA, v6, 16);
	say(fd, &q, &m, m.len);
	assert_int_equal(listen_for_one().v[0].fault, FAULT_NONE);
	close(fd);
}

static void what_a_server_says_against_it(void **state)
{
	static const struct {
		uint8_t rcode;
		bool lenient;
		enum probe_fault want;
	} cases[] = {
		{2, true, FAULT_RCODE}, {5, false, FAULT_RCODE},    {3, false, FAULT_NO_NAME},
		{3, true, FAULT_NONE},	{0, true, FAULT_NO_RECORD},
	};

	(void)state;
	NEED_NAMESPACES();
	set_up();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe_terms t = terms;
		t.nxdomain_ok = cases[i].lenient;
		struct asked q = ask(server, "192.0.2.1", &t);
		struct message m = begin(q.p, q.len, cases[i].rcode);
		say(server, &q, &m, m.len);
		assert_int_equal(listen_for_one().v[0].fault, cases[i].want);
	}
}

/* Rubbish is passed over, and what comes from others is not even seen: the answer still counts. */
static void forged_answers_are_not_taken(void **state)
{
	struct asked q;
	struct message m, bad;
	uint8_t large[5000] = {0};
	int other;

	(void)state;
	NEED_NAMESPACES();
	set_up();
	other = server_at("192.0.2.66", 53);
	q = ask(server, "192.0.2.1", &terms);
	m = bad = begin(q.p, q.len, 0);
	record(&m, POINTER_TO_QUESTION, DNS_A, v4, 4);
	say(other, &q, &m, m.len);
	close(other);
	other = server_at("192.0.2.1", 54);
	say(other, &q, &m, m.len);
	close(other);
	record(&bad, POINTER_TO_QUESTION, DNS_A, v4, 4);
	bad.p[0] ^= 1; /* another question's */
	say(server, &q, &bad, bad.len);
	say(server, &q, &m, m.len - 1);
	say(server, &q, &m, 0);
	memcpy(large, m.p, m.len);
	assert_int_equal(sendto(server, large, sizeof(large), 0, &q.from.sa, q.from_len),
			 sizeof(large));
	strangers(4);
	say(server, &q, &m, m.len);
	say(server, &q, &m, m.len);
	assert_int_equal(listen_for_one().v[0].fault, FAULT_NONE);
	/* The second one comes to a port where nobody is any more. */
	struct pollfd nothing = {dns_fd(dns), POLLIN, 0};
	assert_int_equal(poll(&nothing, 1, 0), 0);
}

/* An ICMP error is no answer; the server may come back before the time is over. */
static void an_icmp_error_is_passed_over(void **state)
{
	struct asked q;
	struct message m;
	struct told t = {0};

	(void)state;
	NEED_NAMESPACES();
	set_up();
	q = ask(server, "192.0.2.1", &terms);
	peer_run(
		"nft 'add table inet t; add chain inet t i { type filter hook input priority 0; }; "
		"add rule inet t i udp dport 53 reject with icmpx port-unreachable'");
	struct probe p = probe_to("192.0.2.1", 53, 22);
	p.terms = &terms;
	assert_int_equal(dns_send(dns, &p, 1, now), 1);
	wait_readable(dns_fd(dns));
	dns_read(dns, tell, &t);
	assert_int_equal(t.n, 0);
	peer_run("nft delete table inet t");
	m = begin(q.p, q.len, 0);
	record(&m, POINTER_TO_QUESTION, DNS_A, v4, 4);
	say(server, &q, &m, m.len);
	assert_int_equal(listen_for_one().v[0].fault, FAULT_NONE);
	dns_forget(dns);
}

/* When its time is over, or nobody wants to know, an answer comes to nobody. */
static void late_answers_are_not_taken(void **state)
{
	struct pollfd nothing;
	struct asked q;
	struct message m;

	(void)state;
	NEED_NAMESPACES();
	set_up();
	q = ask(server, "192.0.2.1", &terms);
	now += 1000000;
	assert_int_equal(dns_send(dns, NULL, 0, now), 0);
	m = begin(q.p, q.len, 0);
	record(&m, POINTER_TO_QUESTION, DNS_A, v4, 4);
	say(server, &q, &m, m.len);
	nothing = (struct pollfd){dns_fd(dns), POLLIN, 0};
	assert_int_equal(poll(&nothing, 1, 0), 0);
}

static void tear_down(void **state)
{
	(void)state;
	dns_close(dns);
	dns_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_written_as_labels),
		cmocka_unit_test(an_answer_is_one_to_the_question),
		cmocka_unit_test(other_names_are_followed),
		cmocka_unit_test(damage_is_seen),
		cmocka_unit_test(a_server_answers),
		cmocka_unit_test(what_a_server_says_against_it),
		cmocka_unit_test(forged_answers_are_not_taken),
		cmocka_unit_test(an_icmp_error_is_passed_over),
		cmocka_unit_test(late_answers_are_not_taken),
		cmocka_unit_test(tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
