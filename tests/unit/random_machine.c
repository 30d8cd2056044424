/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "random_machine.h"

#include "unit.h"

#include "base/cleanup.h"
#include "netlink/uapi.h"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#define VRF_TABLE 150

/* ── The machine ────────────────────────────────────────────────────────────────────────────── */

struct machine m;
bool machine_plain;
pid_t machine_far;

static uint64_t rng;
static uint32_t below(uint32_t n)
{
	rng ^= rng >> 12;
	rng ^= rng << 25;
	rng ^= rng >> 27;
	return (uint32_t)(((rng * 0x2545f4914f6cdd1d) >> 32) * n >> 32);
}
static bool one_in(uint32_t n)
{
	return !below(n);
}

static bool set(const char *key, uint32_t value)
{
	char path[128], text[16];

	snprintf(path, sizeof(path), "/proc/sys/net/%s", key);
	snprintf(text, sizeof(text), "%u", value);
	CLEANUP(free_fd) int fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, text, strlen(text)) > 0;
}

static void set_dev(const char *family, unsigned dev, const char *key, uint32_t value)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/conf/v%u/%s", family, dev, key);
	set(path, value);
}

/* Few distinct bits, so that prefixes nest and packets hit them. */
static struct ip_addr random_addr(void)
{
	struct ip_addr a = {.family = m.family};

	if (m.family == AF_INET) {
		a.b[0] = 10;
		a.b[1] = (uint8_t)below(2);
		a.b[2] = (uint8_t)below(4);
		a.b[3] = (uint8_t)below(8);
	} else {
		memcpy(a.b, "\x20\x01\x0d\xb8", 4);
		a.b[5] = (uint8_t)below(2);
		a.b[7] = (uint8_t)below(4);
		a.b[15] = (uint8_t)(1 + below(8));
	}
	return a;
}

static struct ip_prefix random_prefix(void)
{
	static const uint8_t lengths4[] = {0, 8, 15, 16, 22, 24, 30, 32};
	static const uint8_t lengths6[] = {0, 32, 47, 48, 62, 64, 126, 128};

	return ip_prefix_masked((struct ip_prefix){
		random_addr(), m.family == AF_INET ? lengths4[below(8)] : lengths6[below(8)]});
}

static uint32_t random_table(void)
{
	if (m.vrf && one_in(5))
		return VRF_TABLE;
	return one_in(4) ? (uint32_t)RT_TABLE_MAIN : 100 + below(4);
}

#define ip(...) fprintf(m.ip, __VA_ARGS__)

/*
 * A line that the kernel refuses is left out of the machine; one that ip does not understand ends
 * it there, with a status of its own.
 */
static void open_ip(void)
{
	m.ip = popen("ip -force -batch - >/dev/null 2>&1", "w");
	assert_non_null(m.ip);
}

static void close_ip(void)
{
	int rc = pclose(m.ip);

	if (!WIFEXITED(rc) || WEXITSTATUS(rc) > 1)
		fail_msg("seed %#llx: ip ends with %#x", (unsigned long long)m.seed, (unsigned)rc);
}

static const char *addr(void)
{
	static char text[4][IP_ADDR_STRLEN];
	static unsigned i;
	struct ip_addr a = random_addr();

	return ip_addr_str(&a, text[i++ % 4]);
}

/* A gateway; few, so that neighbours are known of them. */
static const char *gateway(void)
{
	static char text[4][IP_ADDR_STRLEN];
	static unsigned i;
	char *t = text[i++ % 4];

	snprintf(t, IP_ADDR_STRLEN, m.family == AF_INET ? "192.0.2.%u" : "fe80::%u", 1 + below(6));
	return t;
}

/* Its ports are the last devices. A kernel without VRFs refuses. */
static void make_vrf(void)
{
	ip("link add vrf0 index %u type vrf table %u\n", MACHINE_VRF, VRF_TABLE);
	ip("link set vrf0 up\n");
	for (unsigned i = 1 + below(2); i; i--)
		ip("link set v%u master vrf0\n", MACHINE_DEVICES - i);
}

static void far_up(unsigned i)
{
	char command[96];

	snprintf(command, sizeof(command), "nsenter -t %d -n ip link set w%u up", (int)machine_far,
		 i);
	assert_int_equal(0, system(command));
}

static void make_links(void)
{
	const char *f = m.family == AF_INET ? "ipv4" : "ipv6";
	bool up[MACHINE_DEVICES];

	ip("link set lo up\n");
	for (unsigned i = 0; i < MACHINE_DEVICES; i++) {
		up[i] = !one_in(4);
		ip("link add v%u index %u type veth peer name w%u", i, MACHINE_IFINDEX + i, i);
		if (machine_far)
			ip(" netns %d\nlink set v%u arp off\n", (int)machine_far, i);
		else
			ip("\n");
		/* Without its other end a device has no carrier. */
		if (up[i] && !machine_far)
			ip("link set w%u up\n", i);
		if (one_in(3))
			ip("link set v%u group 5\n", i);
	}
	if (m.vrf)
		make_vrf();
	close_ip();
	open_ip();
	for (unsigned i = 0; machine_far && i < MACHINE_DEVICES; i++)
		if (up[i])
			far_up(i);
	for (unsigned i = 0; i < MACHINE_DEVICES; i++) {
		set_dev(f, i, "ignore_routes_with_linkdown", below(2));
		set_dev("ipv4", i, "rp_filter", one_in(2) ? 0 : below(3));
		set_dev("ipv4", i, "src_valid_mark", below(2));
		set_dev("ipv4", i, "accept_local", one_in(4));
		set_dev(f, i, "forwarding", !one_in(4));
		set_dev("ipv4", i, "send_redirects", below(2));
		if (!one_in(6))
			ip("link set v%u up\n", i);
	}
}

static void make_addresses(void)
{
	static const char *const scopes[] = {"global", "global", "link", "host"};

	for (unsigned i = 0; i < MACHINE_DEVICES; i++)
		for (unsigned n = below(4); n; n--)
			if (m.family == AF_INET)
				ip("addr add %s/%u dev v%u scope %s\n", addr(), 22 + 2 * below(6),
				   i, scopes[below(4)]);
			else
				ip("addr add %s/%u dev v%u nodad%s\n", addr(), one_in(2) ? 64 : 128,
				   i, one_in(4) ? " preferred_lft 0" : "");
}

static void make_neighbours(void)
{
	if (machine_far)
		return;
	static const char *const states[] = {"permanent", "failed", "stale", "noarp"};

	for (unsigned i = 0; i < MACHINE_DEVICES; i++)
		for (unsigned n = below(8); n; n--)
			ip("neigh replace %s dev v%u lladdr 02:00:00:00:00:01 nud %s\n", gateway(),
			   i, states[below(4)]);
}

static void put_way(bool weight)
{
	if (m.family == AF_INET && one_in(12))
		ip(" via inet6 fe80::%u dev v%u onlink", 1 + below(6), below(MACHINE_DEVICES));
	else if (m.family == AF_INET ? !one_in(3) : !one_in(4) || weight)
		ip(" via %s dev v%u onlink", gateway(), below(MACHINE_DEVICES));
	else
		ip(" dev v%u", below(MACHINE_DEVICES));
	if (weight)
		ip(" weight %u", 1 + below(4));
}

static void make_nexthop(unsigned id)
{
	ip("nexthop add id %u", id);
	if (one_in(8))
		ip(" blackhole");
	else
		put_way(false);
	ip("\n");
}

static void make_group(unsigned id, unsigned first)
{
	unsigned n = 1 + below(3);

	ip("nexthop add id %u group", id);
	for (unsigned i = 0; i < n; i++)
		ip("%c%u,%u", i ? '/' : ' ', first + i, 1 + below(5));
	if (one_in(2))
		ip(" type resilient buckets %u", 4 << below(3));
	ip("\n");
}

static void make_nexthops(void)
{
	for (unsigned id = 1; id <= 6; id++)
		make_nexthop(id);
	for (unsigned id = 10; id < 14; id++)
		make_group(id, 1 + below(3));
}

/*
 * The object for a route. IPv6 routes get one of their own each: the kernel keeps what it makes of
 * a route (struct rt6_info) with the next hop, and takes it for that of whichever other route
 * shares it, the prefix length that a rule suppresses by included.
 */
static unsigned object_for_route(void)
{
	static unsigned fresh;

	if (m.family == AF_INET)
		return one_in(2) ? 1 + below(6) : 10 + below(4);
	fresh += 4;
	for (unsigned i = 0; i < 3; i++)
		make_nexthop(100 + fresh + i);
	if (one_in(2))
		return 100 + fresh;
	make_group(100 + fresh + 3, 100 + fresh);
	return 100 + fresh + 3;
}

static void make_special(const char *prefix, uint32_t table)
{
	static const char *const types4[] = {"local", "broadcast", "multicast"};
	static const char *const types6[] = {"local", "anycast", "multicast"};

	ip("route add %s %s dev %s table %u\n", (m.family == AF_INET ? types4 : types6)[below(3)],
	   prefix, one_in(2) ? "lo" : "v1", table);
}

/* Default routes that are equals, which take turns. */
static void make_equals(void)
{
	uint32_t table = one_in(2) ? (uint32_t)RT_TABLE_MAIN : random_table(),
		 metric = 1 + below(3), n = 2 + below(3);

	if (m.family != AF_INET || one_in(2))
		return;
	while (n--)
		ip("route append default via %s dev v%u onlink table %u metric %u%s\n", gateway(),
		   below(MACHINE_DEVICES), table, metric, one_in(6) ? " tos 0x04" : "");
}

/*
 * The parts of an IPv6 multipath route may have a preference each, but the kernel tells one: what
 * is appended has the same here.
 */
static void make_route(void)
{
	static const char *const prefs[] = {"medium", "medium", "high", "medium", "low"};
	static const char *const errors[] = {"unreachable", "blackhole", "throw", "prohibit"};
	struct ip_prefix p = random_prefix();
	char text[IP_PREFIX_STRLEN];
	uint32_t kind = below(16), table = random_table(), metric = 1 + below(3);
	unsigned object = kind >= 4 && kind < 7 ? object_for_route() : 0;

	if (one_in(24)) {
		make_special(ip_prefix_str(&p, text), random_table());
		return;
	}
	ip("route %s", one_in(8) ? "append" : "add");
	if (kind < 4)
		ip(" %s", errors[kind]);
	ip(" %s table %u metric %u", ip_prefix_str(&p, text), table, metric);
	if (m.family == AF_INET && one_in(8))
		ip(" tos %#x", 4 * below(8));
	if (m.family == AF_INET6 && one_in(6)) {
		struct ip_prefix from = random_prefix();
		ip(" from %s", ip_prefix_str(&from, text));
	}
	if (kind < 4) {
		ip("\n");
		return;
	}
	if (object) {
		ip(" nhid %u\n", object);
		return;
	}
	if (m.family == AF_INET6)
		ip(" pref %s", prefs[(table + metric + p.len) % 5]);
	/* Behind next hops ip takes it for a mistake, and ends, -force or not. */
	if (one_in(6))
		ip(" src %s", addr());
	if (kind < 10) {
		for (uint32_t n = 2 + below(3); n; n--) {
			ip(" nexthop");
			put_way(true);
		}
	} else {
		put_way(false);
	}
	ip("\n");
}

/* ── Rules ──────────────────────────────────────────────────────────────────────────────────── */

static void random_ports(struct rule *r)
{
	struct fib_rule_port_range range = {(uint16_t)(1 + below(4)), (uint16_t)(4 + below(4))};

	if (one_in(2)) {
		r->dport = range;
		set_has(r, RULE_DPORT);
	} else {
		r->sport = range;
		set_has(r, RULE_SPORT);
	}
	if (one_in(3) && m.s.settings.kernel >= 0x060e) {
		r->dport.start = r->dport.end = (uint16_t)(1 + below(4));
		r->dport_mask = 0xff07;
		r->has |= HAS(RULE_DPORT) | HAS(RULE_DPORT_MASK);
	}
}

static void random_dscp(struct rule *r)
{
	if (one_in(2) || m.s.settings.kernel < 0x060d) {
		r->h.tos = (uint8_t)(4 * (1 + below(7)));
		set_has(r, RULE_TOS);
		return;
	}
	r->dscp = (uint8_t)below(16);
	set_has(r, RULE_DSCP);
	if (one_in(2) && m.s.settings.kernel >= 0x0610) {
		r->dscp_mask = (uint8_t)(r->dscp | below(64));
		set_has(r, RULE_DSCP_MASK);
	}
}

/* One of them is not there. */
static void random_device(char *name, size_t size)
{
	if (m.vrf && one_in(4))
		snprintf(name, size, "vrf0");
	else
		snprintf(name, size, "v%u", below(MACHINE_DEVICES + 1));
}

static void random_selectors(struct rule *r)
{
	static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP};

	if (!one_in(3))
		rule_set_src(r, random_prefix());
	if (one_in(3))
		rule_set_dst(r, random_prefix());
	if (one_in(4)) {
		r->fwmark = below(4);
		r->fwmask = 3;
		r->has |= HAS(RULE_FWMARK) | HAS(RULE_FWMASK);
	}
	if (one_in(6)) {
		random_device(r->oif, sizeof(r->oif));
		set_has(r, RULE_OIF);
	}
	if (one_in(6)) {
		random_device(r->iif, sizeof(r->iif));
		if (one_in(2))
			strcpy(r->iif, "lo");
		set_has(r, RULE_IIF);
	}
	if (one_in(6)) {
		r->uid = (struct fib_rule_uid_range){below(3), 2 + below(3)};
		set_has(r, RULE_UIDRANGE);
	}
	if (one_in(5)) {
		r->ipproto = protocols[below(3)];
		set_has(r, RULE_IPPROTO);
	}
	if (one_in(5))
		random_ports(r);
	if (one_in(6))
		random_dscp(r);
	if (one_in(12)) {
		r->tun_id = htobe64(below(2));
		set_has(r, RULE_TUN_ID);
	}
	if (m.family == AF_INET6 && one_in(8) && m.s.settings.kernel >= 0x060e) {
		r->flowlabel = below(4);
		r->flowlabel_mask = r->flowlabel | below(8);
		r->has |= HAS(RULE_FLOWLABEL) | HAS(RULE_FLOWLABEL_MASK);
	}
	if (m.family == AF_INET6 && r->h.src_len && one_in(4))
		r->h.flags |= FIB_RULE_FIND_SADDR;
	if (m.family == AF_INET && one_in(24)) {
		r->flow = 1 + below(4);
		set_has(r, RULE_FLOW);
	}
	if (one_in(6))
		r->h.flags |= FIB_RULE_INVERT;
}

static void random_action(struct rule *r)
{
	static const uint8_t refusals[] = {FR_ACT_UNREACHABLE, FR_ACT_PROHIBIT, FR_ACT_BLACKHOLE,
					   FR_ACT_NOP};

	switch (below(12)) {
	case 0:
		r->h.action = refusals[below(4)];
		break;
	case 1:
	case 2:
		r->h.action = FR_ACT_GOTO;
		r->goto_target = r->priority + 1 + below(12);
		set_has(r, RULE_GOTO);
		break;
	case 3:
		if (m.vrf) {
			r->h.action = FR_ACT_TO_TBL;
			r->l3mdev = 1;
			/* What "not" leads to here depends on which rules were asked before. */
			r->h.flags &= ~(uint32_t)FIB_RULE_INVERT;
			set_has(r, RULE_L3MDEV);
			break;
		}
		/* fall through */
	default:
		r->h.action = FR_ACT_TO_TBL;
		r->table = random_table();
		set_has(r, RULE_TABLE);
		if (one_in(3)) {
			r->suppress_prefixlen = below(3) * 16;
			set_has(r, RULE_SUPPRESS_PREFIXLEN);
		}
		/* IPv6 looks at the device that the hash chose. */
		if (one_in(4) && (m.family == AF_INET || m.seedable)) {
			r->suppress_ifgroup = 5;
			set_has(r, RULE_SUPPRESS_IFGROUP);
		}
	}
}

static int ignore_done(uint64_t cookie, const struct nlmsghdr *req, const struct err *how,
		       void *arg, struct err *e)
{
	(void)cookie, (void)req, (void)how, (void)arg, (void)e;
	return 0;
}

static void make_rules(uint32_t n)
{
	struct nl_pipe *pipe;
	struct nl_msg msg;

	assert_int_equal(0, nl_pipe_open(&pipe, m.nl, ignore_done, NULL, NULL));
	for (uint32_t i = 0; i < n; i++) {
		struct rule r = {.h = {.family = m.family},
				 .priority = 100 + 2 * i + below(2),
				 .has = HAS(RULE_PRIORITY)};
		random_selectors(&r);
		random_action(&r);
		assert_int_equal(
			0, rule_message(&msg, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, &r, NULL));
		assert_int_equal(0, nl_pipe_add(pipe, &msg.h, 0, NULL));
	}
	assert_int_equal(0, nl_pipe_flush(pipe, NULL));
	nl_pipe_close(pipe);
}

static void make_settings(void)
{
	set("ipv6/conf/all/accept_dad", 0);
	set("ipv6/conf/default/accept_dad", 0);
	set("ipv6/conf/default/router_solicitations", 0);
	set("ipv4/conf/all/rp_filter", one_in(3) ? below(3) : 0);
	set("ipv6/conf/all/forwarding", below(2));
	set("ipv4/fib_multipath_hash_policy", below(4));
	set("ipv6/fib_multipath_hash_policy", below(4));
	set("ipv4/fib_multipath_hash_fields", 1 + below(63));
	set("ipv6/fib_multipath_hash_fields", 1 + below(63));
	set("ipv4/fib_multipath_use_neigh", below(2));
	m.seedable = set("ipv4/fib_multipath_hash_seed", 1 + below(UINT32_MAX - 1));
}

static bool has_local_route(const struct address *a)
{
	for (size_t i = 0; i < m.s.route_n; i++) {
		const struct route *r = &m.s.route[i];
		if (r->h.rtm_type == RTN_LOCAL && r->oif == a->h.ifa_index &&
		    ip_addr_eq(&r->dst, &a->local))
			return true;
	}
	return false;
}

/* The kernel makes IPv6's local routes some time after it has said that there is an address. */
static bool settled(void)
{
	for (size_t i = 0; i < m.s.address_n; i++)
		if (m.s.address[i].h.ifa_family == AF_INET6 && !has_local_route(&m.s.address[i]))
			return false;
	return true;
}

static void take_snapshot(void)
{
	struct err e = ERR_INIT;

	for (unsigned tries = 0;; tries++) {
		assert_int_equal(0, snapshot_take(m.nl, SNAPSHOT_ALL, &m.s, &e));
		if (m.family == AF_INET || settled())
			break;
		assert_true(tries < 5000);
		snapshot_free(&m.s);
		usleep(1000);
	}
	if (fib_new(&m.f, &m.s, &e) < 0 ||
	    fib_many_new_great(m.f, 1 + machine_random(16), &m.many, &e) < 0)
		fail_msg("seed %#llx: %s", (unsigned long long)m.seed, e.msg);
}

static void drop_snapshot(void)
{
	fib_many_free(m.many);
	fib_free(m.f);
	snapshot_free(&m.s);
}

/* Whether the kernel has VRFs; asked once. */
static bool kernel_has_vrf(void)
{
	static int known = -1;

	if (known < 0)
		known = !system(
			"ip link add vrf0 type vrf table 150 2>/dev/null && ip link del vrf0");
	return known;
}

void machine_make(uint64_t seed, uint8_t family)
{
	m = (struct machine){.seed = seed, .family = family};
	rng = seed;
	assert_int_equal(0, unshare(CLONE_NEWNET));
	assert_int_equal(0, nl_open(&m.nl, NETLINK_ROUTE, 0, NULL));
	m.s.settings = SETTINGS_INIT;
	settings_read(&m.s.arena, &m.s.settings, NULL, 0);
	if (machine_plain)
		m.s.settings.kernel = 0x0601;
	m.vrf = kernel_has_vrf() && one_in(3);
	open_ip();
	make_settings();
	make_links();
	make_addresses();
	make_neighbours();
	make_nexthops();
	make_equals();
	for (uint32_t n = 20 + below(80); n; n--)
		make_route();
	/* With it the kernel forgets the source addresses that its next-hop objects came with. */
	ip("addr add 127.0.0.2/32 dev lo\n");
	close_ip();
	make_rules(below(24));
	m.ask = ask_open();
	take_snapshot();
}

void machine_drop(void)
{
	drop_snapshot();
	ask_close(m.ask);
	nl_close(m.nl);
}

struct ip_addr machine_own_addr(void)
{
	size_t n = m.s.address_n;

	for (size_t i = 0, at = n ? below((uint32_t)n) : 0; i < n; i++) {
		const struct address *a = &m.s.address[(at + i) % n];
		if (a->h.ifa_family == m.family)
			return a->local;
	}
	return (struct ip_addr){.family = m.family};
}

uint32_t machine_random(uint32_t n)
{
	return below(n);
}

struct ip_addr machine_addr(void)
{
	return random_addr();
}

void machine_refresh(void)
{
	drop_snapshot();
	take_snapshot();
}
