/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections to peers that accept, refuse, are silent, or are spoken for by others. */
#include "unit.h"

#include "peer.h"
#include "probe/flight.h"
#include "probe/pin.h"
#include "probe/tcp.h"

#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

static struct tcp *tcp;
static uint64_t now = 1;

static void set_up(void)
{
	peer_new();
	if (tcp)
		return;
	assert_int_equal(tcp_open(&tcp, NULL), 0);
	peer_run("ip addr add 192.0.2.1/24 dev vb && ip addr add 2001:db8:1::1/64 dev vb nodad");
}

static int listener(const char *at, uint16_t port, int backlog)
{
	struct ip_addr a = addr(at);
	union pin_addr sa;
	int fd = peer_socket(a.family, SOCK_STREAM, 0), one = 1;
	socklen_t len = pin_addr(&a, port, 0, &sa);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(fd, &sa.sa, len), 0);
	assert_int_equal(listen(fd, backlog), 0);
	return fd;
}

static enum probe_fault outcome(struct probe p, const struct probe_terms *terms)
{
	struct told t = {0};

	p.terms = terms;
	assert_int_equal(tcp_send(tcp, &p, 1, now), 1);
	while (!t.n) {
		wait_readable(tcp_fd(tcp));
		tcp_read(tcp, tell, &t);
	}
	assert_int_equal(t.n, 1);
	assert_int_equal(t.v[0].seq, p.seq);
	assert_int_equal(t.v[0].target, p.target);
	return t.v[0].fault;
}

static void who_accepts_lives(const char *at)
{
	char c;
	int fd = listener(at, 443, 10);

	assert_int_equal(outcome(probe_to(at, 443, 9), NULL), FAULT_NONE);
	/* And it is left at once, for good, with nothing waiting to time out on either side. */
	int conn = accept(fd, NULL, NULL);
	assert_true(conn >= 0);
	assert_int_equal(read(conn, &c, 1), -1);
	assert_int_equal(errno, ECONNRESET);
	close(conn);
	close(fd);
}

static void accepted(void **state)
{
	(void)state;
	NEED_NAMESPACES();
	set_up();
	who_accepts_lives("192.0.2.1");
	who_accepts_lives("2001:db8:1::1");
}

static void refused(void **state)
{
	const struct probe_terms ok = {.refused_ok = true};

	(void)state;
	NEED_NAMESPACES();
	set_up();
	assert_int_equal(outcome(probe_to("192.0.2.1", 444, 1), NULL), FAULT_REFUSED);
	assert_int_equal(outcome(probe_to("192.0.2.1", 444, 1), &ok), FAULT_NONE);
	assert_int_equal(outcome(probe_to("2001:db8:1::1", 444, 1), NULL), FAULT_REFUSED);
	assert_int_equal(outcome(probe_to("2001:db8:1::1", 444, 1), &ok), FAULT_NONE);
}

/* What a router on the way says is no word of the target's, even if a refusal would do. */
static void an_icmp_error_is_no_refusal(void **state)
{
	const struct probe_terms ok = {.refused_ok = true};

	(void)state;
	NEED_NAMESPACES();
	set_up();
	peer_run(
		"nft 'add table inet t; add chain inet t i { type filter hook input priority 0; }; "
		"add rule inet t i tcp dport 445 reject with icmpx port-unreachable; "
		"add rule inet t i tcp dport 446 reject with icmpx host-unreachable'");
	assert_int_equal(outcome(probe_to("192.0.2.1", 445, 1), &ok), FAULT_UNREACHABLE);
	assert_int_equal(outcome(probe_to("192.0.2.1", 446, 1), &ok), FAULT_UNREACHABLE);
	assert_int_equal(outcome(probe_to("2001:db8:1::1", 445, 1), &ok), FAULT_UNREACHABLE);
	assert_int_equal(outcome(probe_to("2001:db8:1::1", 446, 1), &ok), FAULT_UNREACHABLE);
	peer_run("nft delete table inet t");
}

static void addresses_come_and_go(void **state)
{
	const struct ip_addr four = addr("192.0.2.77"), six = addr("2001:db8:1::77");

	(void)state;
	NEED_NAMESPACES();
	set_up();
	assert_false(pin_has(&four, peer_here()) || pin_has(&six, peer_here()));
	here_run("ip addr add 192.0.2.77/24 dev va && ip addr add 2001:db8:1::77/64 dev va nodad");
	assert_true(pin_has(&four, peer_here()) && pin_has(&six, peer_here()));
	assert_false(pin_has(&six, 4711));
	here_run("ip addr del 192.0.2.77/24 dev va && ip addr del 2001:db8:1::77/64 dev va");
	assert_false(pin_has(&four, peer_here()) || pin_has(&six, peer_here()));
}

static unsigned descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* A target that says nothing costs a socket until its time is over, and never too many. */
static void the_silent_do_not_pile_up(void **state)
{
	struct probe p;
	unsigned before;

	(void)state;
	NEED_NAMESPACES();
	set_up();
	peer_run(
		"nft 'add table inet t; add chain inet t i { type filter hook input priority 0; }; "
		"add rule inet t i tcp dport 447 drop'");
	before = descriptors();
	for (uint16_t i = 0; i < 2 * FLIGHT_MAX; i++) {
		p = probe_to("192.0.2.1", 447, i);
		assert_int_equal(tcp_send(tcp, &p, 1, now + i), 1);
		assert_true(descriptors() <= before + FLIGHT_MAX);
	}
	assert_int_equal(descriptors(), before + FLIGHT_MAX);
	now += 2 * FLIGHT_MAX + 1000000;
	assert_int_equal(tcp_send(tcp, NULL, 0, now), 0);
	assert_int_equal(descriptors(), before);
	/* The same, when nobody wants to know any more. */
	assert_int_equal(tcp_send(tcp, &p, 1, now), 1);
	tcp_forget(tcp);
	assert_int_equal(descriptors(), before);
	peer_run("nft delete table inet t");
}

/* A peer whose program hangs: the kernel takes some for it, and then no more. */
static void who_never_accepts_is_dead_in_the_end(void **state)
{
	struct probe p;
	struct told t = {0};
	int fd;

	(void)state;
	NEED_NAMESPACES();
	set_up();
	fd = listener("192.0.2.1", 448, 0);
	for (uint16_t i = 0; i < 20; i++) {
		struct pollfd wait = {tcp_fd(tcp), POLLIN, 0};
		p = probe_to("192.0.2.1", 448, i);
		assert_int_equal(tcp_send(tcp, &p, 1, now), 1);
		unsigned answered = t.n;
		while (t.n == answered && poll(&wait, 1, 200) == 1)
			tcp_read(tcp, tell, &t);
		if (t.n == answered)
			break;
		assert_int_equal(t.v[answered].fault, FAULT_NONE);
	}
	assert_in_range(t.n, 1, 10);
	tcp_forget(tcp);
	close(fd);
}

static void what_has_no_way_is_said(void **state)
{
	struct probe v[3];

	(void)state;
	NEED_NAMESPACES();
	set_up();
	v[0] = probe_to("2001:db8:9::1", 443, 1); /* no route by this interface */
	v[1] = probe_to("192.0.2.1", 443, 1);
	v[1].src = addr("198.51.100.1"); /* not ours */
	v[2] = probe_to("192.0.2.1", 443, 1);
	v[2].ifindex = 4711;
	assert_int_equal(tcp_send(tcp, v, 3, now), 0);
	assert_int_equal(v[0].error, -ENETUNREACH);
	assert_int_equal(v[1].error, -EADDRNOTAVAIL);
	assert_int_equal(v[2].error, -ENODEV);
}

/* Whatever the tables say of the target, the probe goes by its uplink. */
static void a_probe_keeps_to_its_uplink(void **state)
{
	int fd;

	(void)state;
	NEED_NAMESPACES();
	set_up();
	here_run("ip link add vc type veth peer name vd && ip link set vc up && "
		 "ip link set vd up && ip addr add 198.51.100.2/24 dev vc && "
		 "ip route add 192.0.2.1/32 via 198.51.100.1 dev vc");
	fd = listener("192.0.2.1", 443, 10);
	assert_int_equal(outcome(probe_to("192.0.2.1", 443, 2), NULL), FAULT_NONE);
	close(fd);
	here_run("ip link del vc");
}

static void tear_down(void **state)
{
	(void)state;
	tcp_close(tcp);
	tcp_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_come_and_go),
		cmocka_unit_test(accepted),
		cmocka_unit_test(refused),
		cmocka_unit_test(an_icmp_error_is_no_refusal),
		cmocka_unit_test(the_silent_do_not_pile_up),
		cmocka_unit_test(who_never_accepts_is_dead_in_the_end),
		cmocka_unit_test(what_has_no_way_is_said),
		cmocka_unit_test(a_probe_keeps_to_its_uplink),
		cmocka_unit_test(tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
