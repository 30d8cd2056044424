/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts that probes know by name: when they are looked up, and what is known of them meanwhile. */
#include "unit.h"

#include "peer.h"
#include "probe/dns_message.h"
#include "probe/hosts.h"
#include "probe/pin.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000)

static struct hosts *hosts;
static int server4, server6;
static uint64_t now = 10 * SECOND;

static int server_at(const char *at)
{
	struct ip_addr a = addr(at);
	union pin_addr sa;
	int fd = peer_socket(a.family, SOCK_DGRAM, 0);
	socklen_t len = pin_addr(&a, 53, 0, &sa);

	assert_int_equal(bind(fd, &sa.sa, len), 0);
	return fd;
}

/* Nothing is known yet. */
static void set_up(void)
{
	peer_new();
	hosts_close(hosts);
	assert_int_equal(hosts_open(&hosts, NULL), 0);
	if (server4)
		return;
	peer_run("ip addr add 192.0.2.1/24 dev vb && ip addr add 2001:db8:1::1/64 dev vb nodad");
	server4 = server_at("192.0.2.1");
	server6 = server_at("2001:db8:1::1");
}

/* What a probe learns that leaves now, by the family of the server. */
static int find_by(const char *server, struct ip_addr *ret)
{
	const struct ip_addr s = addr(server);
	const struct probe_terms terms = {.name = "example.org", .server = &s, .server_n = 1};
	struct probe p = probe_to(server, 443, 1);

	p.terms = &terms;
	p.dst = (struct ip_addr){.family = p.dst.family};
	p.timeout = SECOND;
	return hosts_find(hosts, &p, now, ret);
}

static int find(struct ip_addr *ret)
{
	return find_by("192.0.2.1", ret);
}

/* Probes leave, at one and the same time, until one goes to this address. */
static void find_until(const char *server, const char *want)
{
	const struct ip_addr a = addr(want);
	struct ip_addr got = {0};

	for (unsigned i = 0; i < 1000000 && !ip_addr_eq(&got, &a); i++)
		find_by(server, &got);
	assert_true(ip_addr_eq(&got, &a));
}

static bool is_asked(int fd)
{
	uint8_t q[600];

	return recv(fd, q, sizeof(q), MSG_DONTWAIT) > 0;
}

/* The next question is answered with an address of its family, or (NULL) that there is no such
 * name. */
static void serve(int fd, const char *answer)
{
	static const uint8_t head[] = {0xc0, 0x0c, 0, DNS_A, 0, 1, 0, 0, 0, 60, 0};
	struct ip_addr a = answer ? addr(answer) : (struct ip_addr){.family = AF_INET};
	uint8_t q[600], len = a.family == AF_INET ? 4 : 16;
	union pin_addr from;
	socklen_t from_len = sizeof(from);

	wait_readable(fd);
	ssize_t n = recvfrom(fd, q, 500, 0, &from.sa, &from_len);
	assert_true(n > 12);
	q[2] |= 0x80;
	q[3] = answer ? 0x80 : 0x83;
	q[7] = answer != NULL;
	memcpy(q + n, head, sizeof(head));
	q[n + 3] = q[n - 3]; /* the type that is asked for */
	q[n + 11] = len;
	memcpy(q + n + 12, a.b, len);
	n += answer ? 12 + len : 0;
	assert_int_equal(sendto(fd, q, (size_t)n, 0, &from.sa, from_len), n);
}

static void an_address_is_looked_up_beside_the_probes(void **state)
{
	struct ip_addr a;

	(void)state;
	NEED_NAMESPACES();
	set_up();
	assert_int_equal(find(&a), -EAGAIN);
	serve(server4, "203.0.113.1");
	find_until("192.0.2.1", "203.0.113.1");
	/* What is known is not asked again for a minute, */
	now += 59 * SECOND;
	hosts_answered(hosts, find(&a));
	assert_false(is_asked(server4));
	/* and then no probe waits for it. */
	now += SECOND;
	hosts_answered(hosts, find(&a));
	assert_int_equal(a.b[3], 1);
	serve(server4, "203.0.113.2");
	find_until("192.0.2.1", "203.0.113.2");
}

static void a_host_that_is_silent_is_looked_up_again(void **state)
{
	struct ip_addr a;

	(void)state;
	NEED_NAMESPACES();
	set_up();
	find(&a);
	serve(server4, "203.0.113.1");
	find_until("192.0.2.1", "203.0.113.1");
	now += SECOND;
	assert_true(find(&a) >= 0);
	assert_true(find(&a) >= 0);
	/* A name server that is silent as well: perhaps it is the way, so what is known holds. */
	wait_readable(server4);
	assert_true(is_asked(server4));
	now += SECOND;
	assert_true(find(&a) >= 0);
	assert_int_equal(a.b[3], 1);
	/* One that knows no such host is believed. */
	serve(server4, NULL);
	for (unsigned i = 0; i < 1000000 && find(&a) >= 0; i++)
		;
	assert_int_equal(find(&a), -ENOENT);
	assert_false(is_asked(server4));
	now += SECOND;
	assert_int_equal(find(&a), -ENOENT);
	serve(server4, "203.0.113.3");
	find_until("192.0.2.1", "203.0.113.3");
}

static void without_a_name_server_there_is_no_host(void **state)
{
	struct ip_addr a;

	(void)state;
	NEED_NAMESPACES();
	set_up();
	assert_int_equal(find(&a), -EAGAIN);
	now += SECOND / 2;
	assert_int_equal(find(&a), -EAGAIN);
	/* Its time is over; while it is asked once more, that holds. */
	now += SECOND / 2;
	assert_int_equal(find(&a), -ENOENT);
	assert_int_equal(find(&a), -ENOENT);
	serve(server4, NULL);
	serve(server4, "203.0.113.1");
	find_until("192.0.2.1", "203.0.113.1");
}

/* Who is asked of what, by which uplink, is another host each time. */
static void each_sees_its_own(void **state)
{
	struct ip_addr a;

	(void)state;
	NEED_NAMESPACES();
	set_up();
	assert_int_equal(find(&a), -EAGAIN);
	assert_int_equal(find_by("2001:db8:1::1", &a), -EAGAIN);
	serve(server6, "2001:db8::7");
	find_until("2001:db8:1::1", "2001:db8::7");
	assert_int_equal(find(&a), -EAGAIN);
	serve(server4, "203.0.113.1");
	find_until("192.0.2.1", "203.0.113.1");
	/* A name server that cannot be asked from there. */
	const struct ip_addr six = addr("2001:db8:1::1");
	const struct probe_terms terms = {.name = "example.org", .server = &six, .server_n = 1};
	struct probe p = probe_to("192.0.2.1", 443, 1);
	p.terms = &terms;
	assert_int_equal(hosts_find(hosts, &p, now, &a), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_looked_up_beside_the_probes),
		cmocka_unit_test(a_host_that_is_silent_is_looked_up_again),
		cmocka_unit_test(without_a_name_server_there_is_no_host),
		cmocka_unit_test(each_sees_its_own),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	hosts_close(hosts);
	return rc;
}
