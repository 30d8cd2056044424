/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fib_lookup() against real packets: machines made at random, whose cables end in a second network
 * namespace. There packets are put on the cables, and those that come out of the machine are looked
 * at: which cable, or none, and whether the machine took them for its own. So the reverse path
 * check (strict, loose, with marks), forwarding, and the way out of what the machine sends itself
 * are those that happen, not those that RTM_GETROUTE tells.
 *
 * MH_PACKETS=N sends as many, MH_SEED begins elsewhere.
 */
/* timeout: 600 */
#include "unit.h"

#include "base/cleanup.h"
#include "random_machine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BATCH	 128u
#define NOWHERE	 0
#define PATIENCE 2000 /* ms, for a packet that must come */

static uint32_t below(uint32_t n)
{
	return machine_random(n);
}

/* ── The other end ────────────────────────────────────────────────────────────────────────────────
 */

static struct {
	pid_t keeper;
	int ns, home;		  /* namespaces */
	int wire;		  /* AF_PACKET, of all cables' ends */
	int end[MACHINE_DEVICES]; /* their ifindexes there */
	int own;		  /* what the machine takes for its own */
} far_side;

static void enter(int ns)
{
	assert_int_equal(0, setns(ns, CLONE_NEWNET));
}

static int namespace_of(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* A process that only holds the namespace. */
static void start_keeper(void)
{
	int ready[2];
	char c;

	assert_int_equal(0, pipe(ready));
	far_side.keeper = fork();
	assert_true(far_side.keeper >= 0);
	if (!far_side.keeper) {
		if (unshare(CLONE_NEWNET) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(1, read(ready[0], &c, 1));
	close(ready[0]);
	close(ready[1]);
	far_side.ns = namespace_of(far_side.keeper);
}

static void big_queue(int fd)
{
	int room = 16 << 20;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
}

/* A device whose cable is plugged in at both ends. */
static bool carries(int ifindex)
{
	const struct link *l = snapshot_link(&m.s, ifindex);

	return l && (l->h.ifi_flags & IFF_UP) && (l->h.ifi_flags & IFF_LOWER_UP);
}

static bool runs(const char *what, unsigned i)
{
	struct ifreq r = {0};
	CLEANUP(free_fd) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s%u", what, i);
	assert_int_equal(0, ioctl(fd, SIOCGIFFLAGS, &r));
	return r.ifr_flags & IFF_RUNNING;
}

/* A device drops what it is to send until the kernel, some time after the carrier came, has
 * noticed. */
static void wait_for_carrier(const char *what)
{
	for (unsigned i = 0; i < MACHINE_DEVICES; i++)
		for (unsigned tries = 0; carries(MACHINE_IFINDEX + (int)i) && !runs(what, i);
		     tries++) {
			assert_true(tries < 5000);
			usleep(1000);
		}
}

static void open_ends(void)
{
	far_side.home = namespace_of(getpid());
	wait_for_carrier("v");
	enter(far_side.ns);
	wait_for_carrier("w");
	for (unsigned i = 0; i < MACHINE_DEVICES; i++) {
		char name[16];
		snprintf(name, sizeof(name), "w%u", i);
		far_side.end[i] = (int)if_nametoindex(name);
		assert_true(far_side.end[i] > 0);
	}
	far_side.wire =
		socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
	assert_true(far_side.wire >= 0);
	big_queue(far_side.wire);
	enter(far_side.home);
	far_side.own = socket(m.family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
	assert_true(far_side.own >= 0);
	big_queue(far_side.own);
}

static void close_ends(void)
{
	close(far_side.wire);
	close(far_side.own);
	close(far_side.ns);
	close(far_side.home);
	kill(far_side.keeper, SIGKILL);
	waitpid(far_side.keeper, NULL, 0);
}

/* ── Packets ──────────────────────────────────────────────────────────────────────────────────────
 */

/* Marks are put on what arrives by its port, as no packet bears one on a cable. */
static uint32_t mark_of(uint16_t dport)
{
	return dport % 4;
}

static void mark_by_port(void)
{
	assert_int_equal(0, system("nft -f - <<'END'\n"
				   "table inet marks { chain pre { type filter hook prerouting "
				   "priority -300; meta mark set udp dport map "
				   "{ 1 : 1, 2 : 2, 3 : 3, 5 : 1, 6 : 2, 7 : 3 }; }; }\nEND\n"));
}

/* An address of the machine's by which a packet may leave, without a device; "any" if none is
 * found. */
static struct ip_addr source_to_bind(void)
{
	struct ip_addr a;

	for (unsigned i = 0; i < 16; i++) {
		a = machine_own_addr();
		if (m.family == AF_INET || (a.b[0] && a.b[0] != 0xfe))
			return a;
	}
	return (struct ip_addr){.family = m.family};
}

static struct fib_packet random_packet(void)
{
	bool arrives = below(3);
	struct fib_packet p = {.family = m.family,
			       .src.family = m.family,
			       .dst = below(12) ? machine_addr() : machine_own_addr(),
			       .proto = IPPROTO_UDP,
			       .sport = (uint16_t)(1 + below(8)),
			       .dport = (uint16_t)(1 + below(8))};

	if (!below(3))
		p.tos = (uint8_t)(4 * below(64));
	if (arrives) {
		p.iif = MACHINE_IFINDEX + (int)below(MACHINE_DEVICES);
		p.src = below(12) ? machine_addr() : machine_own_addr();
		p.mark = mark_of(p.dport);
		return p;
	}
	p.mark = below(4);
	if (!below(4))
		p.oif = MACHINE_IFINDEX + (int)below(MACHINE_DEVICES);
	if (m.family == AF_INET6 || below(2))
		p.src = source_to_bind();
	return p;
}

static size_t ip_header(const struct fib_packet *p, uint8_t *b, size_t payload)
{
	if (p->family == AF_INET) {
		struct iphdr h = {.version = 4,
				  .ihl = 5,
				  .tos = p->tos,
				  .tot_len = htons((uint16_t)(sizeof(h) + payload)),
				  .ttl = 64,
				  .protocol = IPPROTO_UDP};
		uint32_t sum = 0;
		uint16_t w[sizeof(h) / 2];
		memcpy(&h.saddr, p->src.b, 4);
		memcpy(&h.daddr, p->dst.b, 4);
		memcpy(w, &h, sizeof(h));
		for (size_t i = 0; i < sizeof(w) / sizeof(*w); i++)
			sum += w[i];
		sum = (sum & 0xffff) + (sum >> 16);
		h.check = (uint16_t) ~(sum + (sum >> 16));
		memcpy(b, &h, sizeof(h));
		return sizeof(h);
	}
	struct ip6_hdr h = {.ip6_flow = htonl(6u << 28 | (uint32_t)p->tos << 20),
			    .ip6_plen = htons((uint16_t)payload),
			    .ip6_nxt = IPPROTO_UDP,
			    .ip6_hlim = 64};
	memcpy(&h.ip6_src, p->src.b, 16);
	memcpy(&h.ip6_dst, p->dst.b, 16);
	memcpy(b, &h, sizeof(h));
	return sizeof(h);
}

/* By which a packet is known again; the same number is in no other. */
#define MAGIC 0x6d686f6d
struct tag {
	uint32_t magic, number;
};

static const uint8_t *mac_of(int ifindex)
{
	const struct link *l = snapshot_link(&m.s, ifindex);

	assert_true(l && l->address.len == ETH_ALEN);
	return l->address.b;
}

/* Put on the cable whose other end is the device that it arrives by. */
static void inject(const struct fib_packet *p, uint32_t number)
{
	uint8_t b[128] = {0};
	struct tag tag = {MAGIC, number};
	struct udphdr u = {.uh_sport = htons(p->sport),
			   .uh_dport = htons(p->dport),
			   .uh_ulen = htons(sizeof(u) + sizeof(tag))};
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_ifindex = far_side.end[p->iif - MACHINE_IFINDEX]};
	struct ether_header eth = {
		.ether_shost = {2, 0, 0, 0, 0, 1},
		.ether_type = htons(p->family == AF_INET ? ETHERTYPE_IP : ETHERTYPE_IPV6)};
	size_t n = sizeof(eth);

	memcpy(eth.ether_dhost, mac_of(p->iif), ETH_ALEN);
	memcpy(b, &eth, sizeof(eth));
	n += ip_header(p, b + n, sizeof(u) + sizeof(tag));
	memcpy(b + n, &u, sizeof(u));
	memcpy(b + n + sizeof(u), &tag, sizeof(tag));
	/* A cable that is not up takes none. */
	(void)!sendto(far_side.wire, b, n + sizeof(u) + sizeof(tag), 0, (void *)&to, sizeof(to));
}

static socklen_t address(struct sockaddr_storage *ret, const struct ip_addr *a, uint16_t port)
{
	struct sockaddr_in *four = (void *)ret;
	struct sockaddr_in6 *six = (void *)ret;

	memset(ret, 0, sizeof(*ret));
	ret->ss_family = a->family;
	if (a->family == AF_INET) {
		four->sin_port = htons(port);
		memcpy(&four->sin_addr, a->b, 4);
		return sizeof(*four);
	}
	six->sin6_port = htons(port);
	memcpy(&six->sin6_addr, a->b, 16);
	return sizeof(*six);
}

/* Sent by a socket; returns whether the kernel let it. */
static bool send_own(const struct fib_packet *p, uint32_t number)
{
	CLEANUP(free_fd) int fd = socket(p->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct tag tag = {MAGIC, number};
	struct sockaddr_storage a;
	int on = 1, tos = p->tos;
	char name[IFNAMSIZ];

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	assert_int_equal(0, setsockopt(fd, SOL_SOCKET, SO_MARK, &p->mark, sizeof(p->mark)));
	if (p->family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	if (p->oif) {
		assert_non_null(if_indextoname((unsigned)p->oif, name));
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name) + 1);
	}
	socklen_t n = address(&a, &p->src, p->sport);
	if (bind(fd, (void *)&a, n))
		return false;
	n = address(&a, &p->dst, p->dport);
	return sendto(fd, &tag, sizeof(tag), 0, (void *)&a, n) == sizeof(tag);
}

/* ── What became of them ──────────────────────────────────────────────────────────────────────────
 */

struct fate {
	int dev; /* the machine's, that it left by; NOWHERE */
	bool own;
};

static int device_of_end(int ifindex)
{
	for (unsigned i = 0; i < MACHINE_DEVICES; i++)
		if (far_side.end[i] == ifindex)
			return MACHINE_IFINDEX + (int)i;
	return NOWHERE;
}

/* The number in a packet that begins with its IP header; false if it is none of ours. */
static bool number_in(const uint8_t *b, size_t n, uint32_t first, uint32_t *ret)
{
	size_t head = m.family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ip6_hdr);
	struct tag tag;

	if (n < head + sizeof(struct udphdr) + sizeof(tag) ||
	    b[m.family == AF_INET ? 9 : 6] != IPPROTO_UDP)
		return false;
	memcpy(&tag, b + head + sizeof(struct udphdr), sizeof(tag));
	*ret = tag.number - first;
	return tag.magic == MAGIC && *ret < BATCH;
}

static unsigned read_wire(struct fate *fate, uint32_t first)
{
	uint8_t b[2048];
	struct sockaddr_ll from;
	socklen_t len = sizeof(from);
	unsigned seen = 0;
	uint32_t i;

	for (ssize_t n; (n = recvfrom(far_side.wire, b, sizeof(b), 0, (void *)&from, &len)) > 0;) {
		if (from.sll_pkttype == PACKET_OUTGOING || n < ETH_HLEN ||
		    !number_in(b + ETH_HLEN, (size_t)n - ETH_HLEN, first, &i))
			continue;
		fate[i].dev = device_of_end(from.sll_ifindex);
		seen++;
	}
	return seen;
}

static unsigned read_own(struct fate *fate, uint32_t first)
{
	uint8_t b[2048];
	struct tag tag;
	unsigned seen = 0;

	for (ssize_t n; (n = recv(far_side.own, b, sizeof(b), 0)) > 0;) {
		size_t head = m.family == AF_INET ? sizeof(struct iphdr) : 0;
		if ((size_t)n < head + sizeof(struct udphdr) + sizeof(tag))
			continue;
		memcpy(&tag, b + head + sizeof(struct udphdr), sizeof(tag));
		if (tag.magic == MAGIC && tag.number - first < BATCH) {
			fate[tag.number - first].own = true;
			seen++;
		}
	}
	return seen;
}

/* One of several default routes of a table: they take turns once a gateway has been asked for. */
static bool may_take_turns(const struct fib_result *r)
{
	unsigned n = 0;

	for (size_t i = 0; r->route && !r->route->h.rtm_dst_len && i < m.s.route_n; i++)
		n += m.s.route[i].h.rtm_family == m.family && m.s.route[i].table == r->table &&
		     !m.s.route[i].h.rtm_dst_len;
	return n > 1;
}

/* A broadcast is heard by the machine, too. */
static bool foretold(const struct fib_packet *p, const struct fib_result *r)
{
	if (may_take_turns(r) || (p->iif && !carries(p->iif)))
		return false;
	/* Without a source, IPv6 looks again when the first look has led to nothing. */
	if (p->family == AF_INET6 && !p->iif && ip_addr_is_any(&p->src) &&
	    r->verdict != FIB_FORWARD && r->verdict != FIB_LOCAL)
		return false;
	if (r->route && r->route->h.rtm_type != RTN_UNICAST && r->route->h.rtm_type != RTN_LOCAL &&
	    r->verdict != FIB_UNREACHABLE && r->verdict != FIB_BLACKHOLE &&
	    r->verdict != FIB_PROHIBIT)
		return false;
	/* A port of several next hops is chosen by a hash, which not every kernel lets be known. */
	return r->nexthops < 2 || m.seedable;
}

static struct fate expected(const struct fib_result *r)
{
	return (struct fate){r->verdict == FIB_FORWARD && carries(r->dev) ? r->dev : NOWHERE,
			     r->verdict == FIB_LOCAL};
}

static const char *differs(const struct fate *want, const struct fate *got)
{
	return want->dev != got->dev ? "device" : want->own != got->own ? "own" : NULL;
}

static void wait_for(struct fate *got, const struct fate *want, uint32_t first)
{
	unsigned missing = 1;

	for (int waited = 0; missing && waited < PATIENCE; waited += 10) {
		read_wire(got, first);
		read_own(got, first);
		missing = 0;
		for (unsigned i = 0; i < BATCH; i++)
			missing += (want[i].dev && !got[i].dev) || (want[i].own && !got[i].own);
		if (missing) {
			struct pollfd fds[] = {{far_side.wire, POLLIN, 0},
					       {far_side.own, POLLIN, 0}};
			poll(fds, 2, 10);
		}
	}
}

struct sum {
	unsigned sent, forwarded, own, rpf, refused;
};

static void batch(uint32_t first, struct sum *sum)
{
	static struct fib_packet p[BATCH];
	struct fib_result r[BATCH];
	struct fate want[BATCH], got[BATCH] = {0};
	char a[3][IP_ADDR_STRLEN];

	for (unsigned i = 0; i < BATCH; i++)
		p[i] = random_packet();
	fib_many_lookup(m.many, p, r, BATCH);
	for (unsigned i = 0; i < BATCH; i++) {
		want[i] = foretold(&p[i], &r[i]) ? expected(&r[i]) : (struct fate){0};
		if (p[i].iif)
			inject(&p[i], first + i);
		else
			send_own(&p[i], first + i);
	}
	wait_for(got, want, first);
	for (unsigned i = 0; i < BATCH; i++) {
		if (!foretold(&p[i], &r[i]))
			continue;
		const char *what = differs(&want[i], &got[i]);
		if (what)
			fail_msg("MH_SEED=%#llx IPv%u, %s: from %s to %s mark %u %u>%u tos %#x iif "
				 "%d oif %d: ours %s (%s) dev %d via %s; it left by %d%s",
				 (unsigned long long)m.seed, m.family == AF_INET ? 4 : 6, what,
				 ip_addr_str(&p[i].src, a[0]), ip_addr_str(&p[i].dst, a[1]),
				 p[i].mark, p[i].sport, p[i].dport, p[i].tos, p[i].iif, p[i].oif,
				 fib_verdict_name(r[i].verdict), r[i].why ? r[i].why : "", r[i].dev,
				 ip_addr_str(&r[i].via, a[2]), got[i].dev,
				 got[i].own ? ", and was taken" : "");
		sum->sent++;
		sum->forwarded += got[i].dev != NOWHERE;
		sum->own += got[i].own;
		sum->rpf += r[i].verdict == FIB_RPF;
		sum->refused += !got[i].dev && !got[i].own;
	}
}

static void real_packets(uint8_t family)
{
	const char *n = getenv("MH_PACKETS"), *seed = getenv("MH_SEED");
	unsigned wanted = n ? (unsigned)atoi(n) : getenv("MH_LONG") ? 200000 : 6000, machines = 0;
	struct sum sum = {0};
	uint32_t number = 0;

	for (; sum.sent < wanted; machines++) {
		start_keeper();
		machine_far = far_side.keeper;
		machine_make(seed && !machines ? strtoull(seed, NULL, 0) : rnd(), family);
		open_ends();
		mark_by_port();
		for (unsigned i = 0; i < 8; i++, number += BATCH)
			batch(number, &sum);
		close_ends();
		machine_drop();
	}
	print_message(
		"# %u packets on %u machines: %u left, %u were the machine's, %u neither; %u by "
		"rp_filter\n",
		sum.sent, machines, sum.forwarded, sum.own, sum.refused, sum.rpf);
	assert_true(sum.forwarded > sum.sent / 10 && sum.own > sum.sent / 50);
	assert_true(family == AF_INET6 || sum.rpf > sum.sent / 50);
}

static void real_packets_ipv4(void **state)
{
	(void)state;
	NEED_NAMESPACES();
	real_packets(AF_INET);
}

static void real_packets_ipv6(void **state)
{
	(void)state;
	NEED_NAMESPACES();
	real_packets(AF_INET6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_packets_ipv4),
		cmocka_unit_test(real_packets_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
