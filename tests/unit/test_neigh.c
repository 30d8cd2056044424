/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ARP and neighbour discovery: with the kernel as the gateway, and with an enemy in its place. */
#include "unit.h"

#include "peer.h"
#include "probe/neigh.h"
#include "probe/neigh_message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

static const uint8_t mac[6] = {2, 0, 0, 0, 0, 0x99};

static void arp_is_read_as_it_is_written(void **state)
{
	struct ip_addr a = addr("192.0.2.2"), b = addr("192.0.2.1");
	uint8_t p[ARP_SIZE + 18];
	struct neigh_answer got;

	(void)state;
	memset(p, 0, sizeof(p));
	arp_ask_write(&a, mac, &b, p);
	assert_false(arp_answer_read(p, ARP_SIZE, &got)); /* a request */
	p[7] = 2;
	for (size_t len = 0; len < ARP_SIZE; len++)
		assert_false(arp_answer_read(p, len, &got));
	assert_true(arp_answer_read(p, sizeof(p), &got)); /* padded, as short frames are */
	assert_true(ip_addr_eq(&got.addr, &a));
	assert_true(ip_addr_eq(&got.to, &b));
	assert_memory_equal(got.mac, mac, 6);
	for (size_t i = 0; i < 8; i++) {
		p[i] ^= 0x10;
		assert_false(arp_answer_read(p, ARP_SIZE, &got));
		p[i] ^= 0x10;
	}
}

/* An advertisement of `target` with the option for `mac`. */
static void advertise(uint8_t p[static ND_ASK_SIZE], const struct ip_addr *target)
{
	nd_ask_write(mac, target, p);
	p[0] = 136;
	p[4] = 0x60;
	p[24] = 2;
}

static void advertisements_are_read_strictly(void **state)
{
	struct ip_addr gw = addr("fe80::1"), group = addr("ff02::1:ff00:1"), got_group;
	uint8_t p[ND_ASK_SIZE];
	struct neigh_answer got;

	(void)state;
	got_group = nd_group(&gw);
	assert_true(ip_addr_eq(&got_group, &group));
	advertise(p, &gw);
	assert_true(nd_answer_read(p, sizeof(p), &got));
	assert_true(ip_addr_eq(&got.addr, &gw));
	assert_true(got.has_mac);
	assert_memory_equal(got.mac, mac, 6);
	/* The option may be left out, but not be cut. */
	for (size_t len = 0; len < sizeof(p); len++)
		assert_int_equal(nd_answer_read(p, len, &got), len == 24);
	assert_true(nd_answer_read(p, 24, &got));
	assert_false(got.has_mac);
	p[25] = 0; /* would be read for ever */
	assert_false(nd_answer_read(p, sizeof(p), &got));
	p[25] = 2;
	assert_false(nd_answer_read(p, sizeof(p), &got));
	p[25] = 1;
	p[4] = 0x20; /* to everybody */
	assert_false(nd_answer_read(p, sizeof(p), &got));
	p[4] = 0x60;
	p[0] = 135;
	assert_false(nd_answer_read(p, sizeof(p), &got));
	p[0] = 136;
	p[8] = 0xff;
	assert_false(nd_answer_read(p, sizeof(p), &got));
}

static struct neigh_asker *asker;

static void set_up(void)
{
	peer_new();
	if (!asker)
		assert_int_equal(neigh_open(&asker, NULL), 0);
	neigh_forget(asker);
}

/* The kernel joins the group of a new address at some later time: only then it hears questions. */
static void gateway_comes(const char *address)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "ip addr add %s/64 dev vb nodad && "
		 "until grep -q ' ff0200000000000000000001ff000001 ' /proc/net/igmp6; do "
		 "sleep 0.01; done",
		 address);
	peer_run(command);
}

static void ask(const char *gateway, uint16_t seq)
{
	struct probe p = probe_to(gateway, 0, seq);

	assert_int_equal(neigh_send(asker, &p, 1), 1);
	assert_int_equal(p.error, 0);
}

static void listen_for(struct told *t, unsigned n)
{
	while (t->n < n) {
		wait_readable(neigh_fd(asker));
		neigh_read(asker, tell, t);
	}
}

static void expect(const char *gateway, uint16_t seq, bool moved)
{
	struct told t = {0};

	ask(gateway, seq);
	listen_for(&t, 1);
	assert_int_equal(t.n, 1);
	assert_int_equal(t.v[0].seq, seq);
	assert_int_equal(t.v[0].target, 7);
	assert_int_equal(t.v[0].fault, FAULT_NONE);
	assert_int_equal(t.v[0].moved, moved);
}

/* Hears questions over there. */
static int ear(uint16_t protocol)
{
	struct sockaddr_ll ll = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(protocol),
				 .sll_ifindex = peer_there()};
	int fd = peer_socket(AF_PACKET, SOCK_DGRAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&ll, sizeof(ll)), 0);
	return fd;
}

/* Waits for a question that went to everybody, or to this one alone. The kernel asks for itself,
 * too. */
static void hear(int fd, int whom)
{
	struct sockaddr_ll from;
	socklen_t len = sizeof(from);
	uint8_t p[128];

	do {
		wait_readable(fd);
		assert_true(recvfrom(fd, p, sizeof(p), 0, (struct sockaddr *)&from, &len) > 0);
	} while (from.sll_pkttype != whom ||
		 (from.sll_protocol == htons(ETH_P_ARP) ? p[7] != 1 : p[6] != 58 || p[40] != 135));
}

static void the_gateway_answers(const char *gateway, int protocol, int everybody)
{
	int fd;

	set_up();
	fd = ear((uint16_t)protocol);
	expect(gateway, 1, false);
	hear(fd, everybody);
	expect(gateway, 2, false);
	hear(fd, PACKET_HOST);
	close(fd);
}

/* Another card behind the same address: one question is lost, then it is found, and told. */
static void the_gateway_moves(const char *gateway, const char *address)
{
	uint8_t want[6] = {2, 0, 0, 0, 0, 0};
	char command[128];
	struct told t = {0};

	want[5] = (uint8_t)strtoul(address, NULL, 16);
	snprintf(command, sizeof(command), "ip link set vb address 02:00:00:00:00:%s", address);
	peer_run(command);
	ask(gateway, 3);
	ask(gateway, 4);
	listen_for(&t, 1);
	assert_int_equal(t.v[0].seq, 4);
	assert_true(t.v[0].moved);
	assert_memory_equal(t.v[0].mac, want, 6);
	expect(gateway, 5, false);
}

static void arp_is_answered(void **state)
{
	(void)state;
	NEED_NAMESPACES();
	set_up();
	peer_run("ip addr add 192.0.2.1/24 dev vb");
	the_gateway_answers("192.0.2.1", ETH_P_ARP, PACKET_BROADCAST);
	the_gateway_moves("192.0.2.1", "51");
	peer_run("ip addr del 192.0.2.1/24 dev vb");
}

static void solicitations_are_answered(void **state)
{
	(void)state;
	NEED_NAMESPACES();
	set_up();
	gateway_comes("2001:db8:1::1");
	the_gateway_answers("2001:db8:1::1", ETH_P_IPV6, PACKET_MULTICAST);
	the_gateway_moves("2001:db8:1::1", "61");
	peer_run("ip addr del 2001:db8:1::1/64 dev vb");
	gateway_comes("fe80::1");
	the_gateway_answers("fe80::1", ETH_P_IPV6, PACKET_MULTICAST);
	peer_run("ip addr del fe80::1/64 dev vb");
}

static void what_cannot_be_asked_is_said(void **state)
{
	struct probe v[2];

	(void)state;
	NEED_NAMESPACES();
	set_up();
	v[0] = v[1] = probe_to("192.0.2.1", 0, 1);
	v[0].ifindex = (int)if_nametoindex("lo");
	v[1].ifindex = 4711;
	assert_int_equal(neigh_send(asker, v, 2), 0);
	assert_int_equal(v[1].error, -ENODEV);
	/* The loopback interface has no link-layer addresses. */
	assert_int_equal(v[0].error, -EAFNOSUPPORT);
}

/* The enemy */

static int mouth;

static void say_arp(const uint8_t *p, size_t len, bool to_all)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ARP),
				 .sll_ifindex = peer_there(),
				 .sll_halen = 6};
	FILE *f = fopen("/sys/class/net/va/address", "r");
	uint8_t *a = to.sll_addr;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &a[0], &a[1], &a[2], &a[3],
				&a[4], &a[5]),
			 6);
	fclose(f);
	if (to_all)
		memset(to.sll_addr, 0xff, 6);
	assert_int_equal(sendto(mouth, p, len, 0, (struct sockaddr *)&to, sizeof(to)), len);
}

static void reply(uint8_t p[static ARP_SIZE], const char *from, const char *to)
{
	struct ip_addr a = addr(from), b = addr(to);

	arp_ask_write(&a, mac, &b, p);
	p[7] = 2;
}

/* Nothing of what was said was taken, all of it was heard. */
static void all_strangers(uint64_t *before, unsigned n)
{
	struct told t = {0};

	while (neigh_strangers(asker) < *before + n) {
		wait_readable(neigh_fd(asker));
		neigh_read(asker, tell, &t);
		assert_int_equal(t.n, 0);
	}
	*before = neigh_strangers(asker);
}

static void forged_arp_is_not_taken(void **state)
{
	uint64_t strangers;
	uint8_t p[512];
	struct told t = {0};

	(void)state;
	NEED_NAMESPACES();
	set_up();
	mouth = peer_socket(AF_PACKET, SOCK_DGRAM, 0);
	strangers = neigh_strangers(asker);
	memset(p, 0, sizeof(p));
	/* Before anything was asked. */
	reply(p, "192.0.2.1", "192.0.2.2");
	say_arp(p, ARP_SIZE, false);
	all_strangers(&strangers, 1);
	ask("192.0.2.1", 40);
	say_arp(p, 27, false);
	say_arp(p, 9, false);
	say_arp(p, ARP_SIZE, true);
	reply(p, "192.0.2.9", "192.0.2.2");
	say_arp(p, ARP_SIZE, false);
	reply(p, "192.0.2.1", "192.0.2.3");
	say_arp(p, ARP_SIZE, false);
	all_strangers(&strangers, 5);
	/* As large as they come, with rubbish behind it: still an answer; the second one is not. */
	reply(p, "192.0.2.1", "192.0.2.2");
	memset(p + ARP_SIZE, 0xff, sizeof(p) - ARP_SIZE);
	say_arp(p, sizeof(p), false);
	say_arp(p, sizeof(p), false);
	listen_for(&t, 1);
	assert_int_equal(t.v[0].seq, 40);
	assert_int_equal(t.n, 1);
	all_strangers(&strangers, neigh_strangers(asker) == strangers);
	close(mouth);
}

static void say_nd(int hops, const char *target, uint8_t flags, size_t len)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_scope_id = (unsigned)peer_there()};
	struct ip_addr a = addr(target);
	uint8_t p[ND_ASK_SIZE];

	advertise(p, &a);
	p[4] = flags;
	inet_pton(AF_INET6, "2001:db8:1::2", &to.sin6_addr);
	assert_int_equal(setsockopt(mouth, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof(hops)),
			 0);
	assert_int_equal(sendto(mouth, p, len, 0, (struct sockaddr *)&to, sizeof(to)), len);
}

static void forged_advertisements_are_not_taken(void **state)
{
	uint64_t strangers;
	struct told t = {0};

	(void)state;
	NEED_NAMESPACES();
	set_up();
	peer_run("ip addr add 2001:db8:1::66/64 dev vb nodad");
	mouth = peer_socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
	strangers = neigh_strangers(asker);
	ask("2001:db8:1::7", 50);
	say_nd(254, "2001:db8:1::7", 0x60, ND_ASK_SIZE); /* from beyond the link */
	say_nd(255, "2001:db8:1::8", 0x60, ND_ASK_SIZE); /* another's */
	say_nd(255, "2001:db8:1::7", 0x20, ND_ASK_SIZE); /* unasked */
	say_nd(255, "2001:db8:1::7", 0x60, 23);
	say_nd(255, "2001:db8:1::7", 0x60, 31);
	all_strangers(&strangers, 5);
	say_nd(255, "2001:db8:1::7", 0x60, ND_ASK_SIZE);
	say_nd(255, "2001:db8:1::7", 0x60, ND_ASK_SIZE);
	listen_for(&t, 1);
	assert_int_equal(t.v[0].seq, 50);
	assert_int_equal(t.n, 1);
	all_strangers(&strangers, neigh_strangers(asker) == strangers);
	close(mouth);
}

/* An answer that comes by another interface says nothing about this one. */
static void answers_by_another_interface_are_not_taken(void **state)
{
	uint64_t strangers;
	uint8_t p[ARP_SIZE];
	struct probe q;

	(void)state;
	NEED_NAMESPACES();
	set_up();
	here_run("ip link add vc type veth peer name vd && ip link set vc up && "
		 "ip link set vd up");
	q = probe_to("192.0.2.1", 0, 60);
	q.ifindex = (int)if_nametoindex("vc");
	assert_int_equal(neigh_send(asker, &q, 1), 1);
	mouth = peer_socket(AF_PACKET, SOCK_DGRAM, 0);
	strangers = neigh_strangers(asker);
	reply(p, "192.0.2.1", "192.0.2.2");
	say_arp(p, ARP_SIZE, false);
	all_strangers(&strangers, 1);
	close(mouth);
	here_run("ip link del vc");
}

static void tear_down(void **state)
{
	(void)state;
	neigh_close(asker);
	neigh_close(NULL);
	asker = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arp_is_read_as_it_is_written),
		cmocka_unit_test(advertisements_are_read_strictly),
		cmocka_unit_test(arp_is_answered),
		cmocka_unit_test(solicitations_are_answered),
		cmocka_unit_test(what_cannot_be_asked_is_said),
		cmocka_unit_test(forged_arp_is_not_taken),
		cmocka_unit_test(forged_advertisements_are_not_taken),
		cmocka_unit_test(answers_by_another_interface_are_not_taken),
		cmocka_unit_test(tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
