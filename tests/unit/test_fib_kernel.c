/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fib_lookup() against the kernel: machines made at random, each in a network namespace of its own,
 * and random packets, of which the kernel is asked (RTM_GETROUTE) what the model is asked.
 *
 * MH_LONG=1 asks ten million packets of each family, MH_PACKETS=N as many; MH_SEED begins
 * elsewhere, and a failure says with which seed its machine comes again alone.
 */
/* timeout: 3000 */
#include "unit.h"

#include "fib/answer.h"
#include "fib/walk.h"
#include "random_machine.h"
#include "same_result.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#define PACKETS_A_MACHINE 2048u

static uint32_t below(uint32_t n)
{
	return machine_random(n);
}
static bool one_in(uint32_t n)
{
	return !below(n);
}

/* ── Packets ────────────────────────────────────────────────────────────────────────────────── */

/*
 * Destinations that are no unicast addresses, or mean something on one link or machine only. Who
 * receives a multicast depends on what it has joined, which is not part of the model.
 */
static struct ip_addr special_addr(bool arrives)
{
	static const char *const to4[] = {"224.0.0.5", "239.1.1.1",   "255.255.255.255", "0.0.0.0",
					  "127.0.0.1", "169.254.1.1", "240.0.0.1",	 "0.1.2.3"};
	static const char *const to6[] = {"ff02::1", "ff05::1:3", "ff0e::1", "fe80::1",
					  "::1",     "::",	  "fd00::1", "64:ff9b::1"};
	struct ip_addr a;

	assert_true(
		ip_addr_parse((m.family == AF_INET ? to4 : to6)[arrives ? 3 + below(5) : below(8)],
			      m.family, &a));
	return a;
}

/* One that only default routes lead to. */
static struct ip_addr distant_addr(void)
{
	struct ip_addr a = machine_addr();

	if (m.family == AF_INET)
		memcpy(a.b, (uint8_t[]){203, 0, 113}, 3);
	else
		memcpy(a.b, (uint8_t[]){0x3f, 0xff}, 2);
	return a;
}

static int some_device(void)
{
	return m.vrf && one_in(5) ? MACHINE_VRF : MACHINE_IFINDEX + (int)below(MACHINE_DEVICES);
}

static struct fib_packet random_packet(void)
{
	static const uint8_t protocols4[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP};
	static const uint8_t protocols6[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMPV6};
	struct fib_packet p = {.family = m.family,
			       .src.family = m.family,
			       .dst = one_in(16) ? machine_own_addr() : machine_addr(),
			       .mark = below(4),
			       .query = true};

	if (one_in(3))
		p.iif = some_device();
	else if (one_in(4))
		p.oif = some_device();
	if (one_in(40))
		p.dst = special_addr(p.iif);
	else if (one_in(8))
		p.dst = distant_addr();
	if (p.iif)
		p.src = one_in(12) ? machine_own_addr() : machine_addr();
	else if (!one_in(3))
		p.src = m.family == AF_INET || one_in(2) ? machine_own_addr() : machine_addr();
	p.uid = p.iif ? 0 : below(5);
	if (!one_in(3)) {
		p.proto = m.family == AF_INET ? protocols4[below(3)] : protocols6[below(3)];
		if (p.proto != IPPROTO_ICMP && p.proto != IPPROTO_ICMPV6) {
			p.sport = (uint16_t)(1 + below(8));
			p.dport = (uint16_t)(1 + below(8));
		}
	}
	if (one_in(3))
		p.tos = (uint8_t)(4 * below(64));
	if (m.family == AF_INET6 && one_in(3) && m.s.settings.kernel >= 0x060e)
		p.flowlabel = below(8);
	return p;
}

/* ── The comparison ─────────────────────────────────────────────────────────────────────────── */

static void show(const struct fib_packet *p)
{
	struct arena a = {0};
	struct fib_step *step;
	struct fib_result result;
	struct out o;
	struct print pr = {.o = &o, .names = names_new(NULL, NULL), .devices = m.s.devices};
	size_t n = fib_walk(m.f, p, &a, &step, &result);

	out_init(&o, STDERR_FILENO);
	for (size_t i = 0; i < n; i++) {
		rule_print(&pr, step[i].rule);
		out_puts(&o, step[i].why);
		if (step[i].route) {
			out_puts(&o, " | ");
			route_print(&pr, step[i].route);
		}
		out_putc(&o, '\n');
	}
	out_flush(&o);
	out_free(&o);
	names_free(pr.names);
	arena_free(&a);
}

struct run {
	const struct fib_packet *p;
	bool match;
	size_t forwarded, local, refused, multipath, turns, wrong;
	unsigned bad; /* the first that differs, and how */
	const char *what;
	struct ask_answer answer;
};

static void compare(unsigned i, const struct ask_answer *a, void *arg)
{
	struct run *run = arg;
	const struct fib_packet *p = &run->p[i];
	struct fib_result r;
	const char *what;

	fib_lookup(m.f, p, &r);
	run->forwarded += r.verdict == FIB_FORWARD;
	run->local += r.verdict == FIB_LOCAL;
	run->refused += a->code < 0;
	run->multipath += r.nexthops > 1;
	run->turns += r.turns;
	what = run->match ? fib_match_differs(m.f, p, &r, a->code, &a->route)
			  : fib_answer_differs(m.f, p, &r, a->code, &a->route);
	run->wrong += what != NULL;
	if (what && !run->what) {
		run->what = what;
		run->bad = i;
		run->answer = *a;
	}
}

static void report(const struct run *run)
{
	const struct fib_packet *p = &run->p[run->bad];
	const struct route *k = &run->answer.route;
	struct fib_result r;
	char a[8][IP_ADDR_STRLEN];
	struct ip_addr kvia = fib_route_via(k);

	fib_lookup(m.f, p, &r);
	show(p);
	/* What the machine has, for the one who has to find out why. */
	if (getenv("MH_SHOW"))
		assert_int_equal(
			0,
			system("exec >&2; ip rule; (cd /proc/sys/net/ipv4/conf; grep . all/rp_filter v?/rp_filter v?/accept_local v?/send_redirects v?/src_valid_mark); cat /proc/sys/net/ipv[46]/fib_multipath*; ip link; ip addr; ip neigh; ip nexthop; ip -6 route "
			       "show table all; ip route show table all"));
	fail_msg(
		"MH_SEED=%#llx IPv%u, %zu wrong, %s%s: from %s to %s mark %u uid %u proto %u %u>%u tos %#x "
		"iif %d oif %d label %u: ours %s (%s) table %u /%u metric %u dev %d via %s src "
		"%s hop %u of %u; kernel %d table %u /%u metric %u dev %u via %s src %s",
		(unsigned long long)m.seed, m.family == AF_INET ? 4 : 6, run->wrong, run->what,
		run->match ? " (match)" : "", ip_addr_str(&p->src, a[0]),
		ip_addr_str(&p->dst, a[1]), p->mark, p->uid, p->proto, p->sport, p->dport, p->tos,
		p->iif, p->oif, p->flowlabel, fib_verdict_name(r.verdict), r.why ? r.why : "",
		r.table, r.route ? r.route->h.rtm_dst_len : 0, r.route ? r.route->metric : 0, r.dev,
		ip_addr_str(&r.via, a[2]), ip_addr_str(&r.src, a[3]), r.nexthop, r.nexthops,
		run->answer.code, k->table, k->h.rtm_dst_len, k->metric, k->oif,
		ip_addr_str(&kvia, a[4]),
		has(k, ROUTE_PREFSRC) ? ip_addr_str(&k->prefsrc, a[5]) : "-");
}

/* ── Many at once ───────────────────────────────────────────────────────────────────────────── */

/* What is remembered of packets that were alike is what is found of each alone. */
static void same_as_alone(const struct fib_packet *p, unsigned n)
{
	static struct fib_result many[PACKETS_A_MACHINE];
	char a[6][IP_ADDR_STRLEN];
	struct fib_result r;

	fib_many_lookup(m.many, p, many, n);
	for (unsigned i = 0; i < n; i++) {
		fib_lookup(m.f, &p[i], &r);
		if (same_result(&r, &many[i]))
			continue;
		show(&p[i]);
		fail_msg("MH_SEED=%#llx IPv%u: from %s to %s mark %u uid %u proto %u %u>%u tos "
			 "%#x iif %d oif %d label %u: alone %s dev %d via %s src %s hop %u of %u "
			 "hash %u, remembered %s dev %d via %s src %s hop %u of %u hash %u",
			 (unsigned long long)m.seed, m.family == AF_INET ? 4 : 6,
			 ip_addr_str(&p[i].src, a[0]), ip_addr_str(&p[i].dst, a[1]), p[i].mark,
			 p[i].uid, p[i].proto, p[i].sport, p[i].dport, p[i].tos, p[i].iif, p[i].oif,
			 p[i].flowlabel, fib_verdict_name(r.verdict), r.dev,
			 ip_addr_str(&r.via, a[2]), ip_addr_str(&r.src, a[3]), r.nexthop,
			 r.nexthops, r.hash, fib_verdict_name(many[i].verdict), many[i].dev,
			 ip_addr_str(&many[i].via, a[4]), ip_addr_str(&many[i].src, a[5]),
			 many[i].nexthop, many[i].nexthops, many[i].hash);
	}
}

static void try_packets(const struct fib_packet *p, unsigned n, bool match, struct run *sum)
{
	struct run run = {.p = p, .match = match};

	ask_all(m.ask, p, n, match, compare, &run);
	if (run.what) {
		/* The kernel finishes some things later than it says: look again. */
		machine_refresh();
		run = (struct run){.p = p, .match = match};
		ask_all(m.ask, p, n, match, compare, &run);
	}
	if (run.what)
		report(&run);
	sum->forwarded += run.forwarded;
	sum->local += run.local;
	sum->refused += run.refused;
	sum->multipath += run.multipath;
	sum->turns += run.turns;
}

static unsigned wanted(void)
{
	const char *n = getenv("MH_PACKETS"), *all = getenv("MH_LONG");

	return n ? (unsigned)atoi(n) : all && strcmp(all, "0") ? 10000000 : 240000;
}

static void against_kernel(uint8_t family)
{
	static struct fib_packet p[PACKETS_A_MACHINE];
	const char *seed = getenv("MH_SEED");
	struct run sum = {0};
	unsigned asked = 0, machines = 0, per = wanted() / 2;

	for (; asked < per; machines++) {
		unsigned rounds = per > 1000000 ? 8 : 4;
		machine_make(seed && !machines ? strtoull(seed, NULL, 0) : rnd(), family);
		for (unsigned k = 0; k < rounds; k++) {
			for (unsigned i = 0; i < PACKETS_A_MACHINE; i++)
				p[i] = random_packet();
			same_as_alone(p, PACKETS_A_MACHINE);
			try_packets(p, PACKETS_A_MACHINE, false, &sum);
			try_packets(p, PACKETS_A_MACHINE / 4, true, &sum);
			asked += PACKETS_A_MACHINE;
		}
		machine_drop();
	}
	print_message("# %u packets on %u machines: %zu forwarded, %zu local, %zu refused, %zu by "
		      "multipath, %zu in turns\n",
		      asked, machines, sum.forwarded, sum.local, sum.refused, sum.multipath,
		      sum.turns);
	assert_true(sum.forwarded > asked / 10 && sum.refused > asked / 10 && sum.multipath > 0);
}

static void agrees_with_the_kernel_ipv4(void **state)
{
	(void)state;
	NEED_NAMESPACES();
	against_kernel(AF_INET);
}

static void agrees_with_the_kernel_ipv6(void **state)
{
	(void)state;
	NEED_NAMESPACES();
	against_kernel(AF_INET6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_kernel_ipv4),
		cmocka_unit_test(agrees_with_the_kernel_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
