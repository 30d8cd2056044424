/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Desired state and plan on a real kernel: the plan's own commands, run by a shell with the
 * distribution's ip, nft and sysctl, make what is wanted; a second plan then is empty.
 */
#include "unit.h"

#include "uplink/desired.h"
#include "uplink/plan.h"

#include <errno.h>
#include <unistd.h>

static struct nl *nl;

static void run(const char *command)
{
	if (system(command))
		fail_msg("%s", command);
}

/* A sysctl's value, in a buffer that lives until the next but 63. */
static const char *read_sysctl(void *arg, const char *name)
{
	static char buf[64][64];
	static unsigned at;
	char path[256], *ret = buf[at++ % 64];

	(void)arg;
	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	FILE *f = fopen(path, "r");
	if (!f)
		return NULL;
	if (!fgets(ret, 64, f))
		*ret = '\0';
	fclose(f);
	ret[strcspn(ret, "\n")] = '\0';
	return ret;
}

struct run {
	struct config config;
	struct snapshot snap;
	struct desired want;
	struct owned now;
	struct plan plan;
};

static void run_free(struct run *r)
{
	plan_free(&r->plan);
	owned_free(&r->now);
	desired_free(&r->want);
	snapshot_free(&r->snap);
	config_free(&r->config);
}

/* What multihome has now of all that `want` names. */
static void owned_now(struct owned *now, const struct snapshot *s, const struct owned *want,
		      const char *nft)
{
	owned_from_snapshot(now, s);
	for (size_t i = 0; i < want->sysctl_n; i++)
		owned_set_sysctl(now, want->sysctl[i].name,
				 read_sysctl(NULL, want->sysctl[i].name));
	for (size_t i = 0; i < want->group_n; i++) {
		const struct link *l = snapshot_link_named(s, want->group[i].name);
		owned_set_group(now, l->h.ifi_index, l->name, l->group);
	}
	now->nft = nft;
}

static void take(struct snapshot *s)
{
	struct err e = ERR_INIT;

	if (snapshot_take(nl, SNAPSHOT_ALL, s, &e))
		fail_msg("%s", e.msg);
}

static void make(struct run *r, const char *conf, const struct slot *slot, size_t slot_n,
		 const char *nft)
{
	struct err e = ERR_INIT;
	char line[1024];

	if (config_parse("test.conf", conf, strlen(conf), &r->config, &e))
		fail_msg("%s", err_line(&e, line, sizeof(line)));
	take(&r->snap);
	struct machine m = {.snap = &r->snap, .sysctl = read_sysctl};
	if (desired_make(&r->config, &m, slot, slot_n, &r->want, &e))
		fail_msg("%s", err_line(&e, line, sizeof(line)));
	owned_now(&r->now, &r->snap, &r->want.owned, nft);
	plan_make(&r->now, &r->want.owned, &r->plan);
}

static char *commands(const struct run *r)
{
	struct names *names = names_new(NULL, NULL);
	struct out o;
	struct print p = {.o = &o, .names = names, .devices = r->snap.devices};

	out_init(&o, -1);
	for (size_t i = 0; i < r->plan.n; i++)
		plan_step_command(&p, &r->plan.step[i]);
	char *ret = strdup(out_str(&o));
	out_free(&o);
	names_free(names);
	return ret;
}

static void run_plan(const struct run *r)
{
	char *text = commands(r);
	FILE *sh = popen("sh -e", "w");

	fputs(text, sh);
	if (getenv("MH_SHOW"))
		fputs(text, stderr);
	if (pclose(sh))
		fail_msg("the plan failed:\n%s", text);
	free(text);
}

/* Applies, looks that a second plan is empty, and takes all away again. */
static void apply_twice(const char *conf)
{
	struct run a = {0}, b = {0};

	make(&a, conf, NULL, 0, NULL);
	run_plan(&a);
	make(&b, conf, a.want.slot, a.want.slot_n, a.want.owned.nft);
	char *text = commands(&b);
	if (*text)
		fail_msg("the second plan is not empty:\n%s", text);
	free(text);
	run_free(&b);
	run_free(&a);
}

static void take_down(void)
{
	struct run a = {0};

	take(&a.snap);
	owned_now(&a.now, &a.snap, &a.want.owned, "table");
	plan_make(&a.now, &a.want.owned, &a.plan);
	run_plan(&a);
	run_free(&a);
	take(&a.snap);
	owned_from_snapshot(&a.now, &a.snap);
	assert_int_equal(a.now.route_n, 0);
	assert_int_equal(a.now.rule_n, 0);
	run_free(&a);
}

/* From one configuration to another, and both settle. */
static void change(const char *from, const char *to)
{
	struct run a = {0}, b = {0}, c = {0};

	make(&a, from, NULL, 0, NULL);
	run_plan(&a);
	make(&b, to, a.want.slot, a.want.slot_n, a.want.owned.nft);
	run_plan(&b);
	make(&c, to, b.want.slot, b.want.slot_n, b.want.owned.nft);
	char *text = commands(&c);
	if (*text)
		fail_msg("the second plan is not empty:\n%s", text);
	free(text);
	run_free(&c);
	run_free(&b);
	run_free(&a);
}

#define ISP1 "[uplink isp1]\ninterface = eth0\n"
#define ISP2 "[uplink isp2]\ninterface = eth1\n"
#define TWO  ISP1 "gateway = 192.168.1.1\nweight = 3\n" ISP2 "gateway = 192.168.2.1\n"

static void two_isps(void **state)
{
	(void)state;
	run("ip addr add 192.168.1.2/24 dev eth0; ip addr add 192.168.2.2/24 dev eth1");
	apply_twice(TWO);
	take_down();
}

static void main_has_defaults(void **state)
{
	(void)state;
	run("ip addr add 192.168.1.2/24 dev eth0; ip addr add 192.168.2.2/24 dev eth1;"
	    "ip route add default via 192.168.1.1; ip route add 10.9.0.0/16 via 192.168.1.7;"
	    "ip route add default via 192.168.2.1 proto dhcp metric 100;"
	    "ip route add 10.8.0.0/16 nexthop via 192.168.1.3 nexthop via 192.168.2.3;"
	    "ip route add 10.7.0.0/16 via 10.66.0.1 dev eth1 onlink mtu 1400 metric 7");
	apply_twice(ISP1 ISP2);
	take_down();
}

static void shared_subnet(void **state)
{
	(void)state;
	run("ip addr add 192.168.12.104/24 dev eth0; ip addr add 192.168.12.111/24 dev eth1;"
	    "sysctl -qw net/ipv4/conf/eth0/rp_filter=1");
	apply_twice(ISP1 "gateway = 192.168.12.1\n" ISP2 "gateway = 192.168.12.254\n");
	take_down();
	run("sysctl -qw net/ipv4/conf/eth0/rp_filter=0");
}

static void dual_stack(void **state)
{
	(void)state;
	run("ip addr add 192.168.1.2/24 dev eth0; ip addr add 192.168.2.2/24 dev eth1;"
	    "ip addr add 2001:db8:1::2/64 dev eth0 nodad;"
	    "ip addr add 2001:db8:1::77/64 dev eth0 nodad;"
	    "ip addr add 2001:db8:2::2/64 dev eth1 nodad;"
	    "ip -6 route add default via fe80::1 dev eth0 proto ra metric 1024 expires 600 pref high;"
	    "ip -6 route add 2001:db8:99::/48 via fe80::2 dev eth0 proto ra expires 600 mtu 1400;"
	    "ip -6 route add default via 2001:db8:2::1 dev eth1 metric 2048");
	apply_twice(TWO "[multihome]\nwhen-all-down = unreachable\n");
	take_down();
}

static void one_interface(void **state)
{
	(void)state;
	run("ip addr add 192.168.1.2/24 dev eth0; ip addr add 192.168.1.3/24 dev eth0;"
	    "ip addr add 2001:db8:1::2/64 dev eth0 nodad; ip addr add 2001:db8:1::3/64 dev eth0 "
	    "nodad");
	apply_twice("[uplink a]\ninterface = eth0\naddress = 192.168.1.2\ngateway = 192.168.1.1\n"
		    "address = 2001:db8:1::2\ngateway = fe80::1\n"
		    "[uplink b]\ninterface = eth0\naddress = 192.168.1.3\ngateway = 192.168.1.9\n"
		    "address = 2001:db8:1::3\ngateway = fe80::1\n");
	take_down();
}

static void cloud_and_tunnel(void **state)
{
	(void)state;
	run("ip addr add 10.1.2.3/32 dev eth0; ip tuntap add tun0 mode tun; ip link set tun0 up;"
	    "ip addr add 10.64.0.2 peer 10.64.0.1 dev tun0; ip addr add 2001:db8:3::1/128 dev "
	    "tun0;"
	    "ip addr add 2001:db8:1::2/64 dev eth0 nodad");
	apply_twice(ISP1 "gateway = 172.31.1.1\ngateway = 2001:db8:1::1\nonlink = yes\n"
			 "[uplink ppp]\ninterface = tun0\ngateway = none\n");
	take_down();
	run("ip link del tun0");
}

static void down_and_unplugged(void **state)
{
	(void)state;
	run("ip addr add 192.168.1.2/24 dev eth0; ip addr add 192.168.2.2/24 dev eth1;"
	    "ip link set eth1 down");
	apply_twice(TWO);
	run("ip link set eth1 up; ip link set peer0 down");
	apply_twice(TWO);
	run("ip link set peer1 down");
	apply_twice(TWO);
	apply_twice(TWO "[multihome]\nwhen-all-down = unreachable\n");
	run("ip link set peer0 up; ip link set peer1 up");
	take_down();
}

static void policies(void **state)
{
	(void)state;
	run("ip addr add 192.168.1.2/24 dev eth0; ip addr add 192.168.2.2/24 dev eth1;"
	    "ip addr add 2001:db8:1::2/64 dev eth0 nodad");
	static const char a[] =
		TWO "gateway = 2001:db8:1::1\nonlink = yes\n"
		    "[policy guests]\nfrom = 10.2.0.0/24, 10.3.0.0/24, 2001:db8:5::/48\n"
		    "to = 10.99.0.0/16, 2001:db8:7::/48\nuse = isp2, isp1\n"
		    "[policy mail]\nproto = tcp\ndport = 25\nuse = isp1\n"
		    "[policy range]\nproto = udp\nsport = 1000-2000\niif = lo\nuse = isp1:2 + "
		    "isp2:5\n"
		    "[policy user]\nuid = 1000\nuse = isp2, isp1\n"
		    "[policy mark]\nmark = 0x7/0xff\nuse = isp2\n";
	apply_twice(a);
	change(a, TWO "[policy mail]\nproto = tcp\ndport = 25\nuse = isp2\n"
		      "[policy mark]\nmark = 0x7\nuse = isp2\n");
	take_down();
}

static void changes(void **state)
{
	(void)state;
	run("ip addr add 192.168.1.2/24 dev eth0; ip addr add 192.168.2.2/24 dev eth1;"
	    "ip addr add 192.168.1.3/24 dev eth0; ip addr add 192.168.2.3/24 dev eth1");
	change(TWO, ISP1 "gateway = 192.168.1.254\n");
	change(TWO, TWO "[multihome]\nrule-base = 2000\ntable-base = 1011\n");
	change(TWO "[multihome]\nrule-base = 2000\ntable-base = 1011\n", TWO);
	change(TWO, "[uplink isp2]\ninterface = eth0\ngateway = 192.168.1.1\n"
		    "[uplink isp1]\ninterface = eth1\ngateway = 192.168.2.1\n");
	change(TWO, "[uplink isp3]\ninterface = eth0\ngateway = 192.168.1.1\ntable = 4000\n" ISP2
		    "gateway = 192.168.2.1\n[multihome]\nmark-mask = 0xff\n");
	take_down();
}

/* Deleting */

static void kernel_rule(unsigned type, const struct rule *r)
{
	struct nl_msg m;
	struct err e = ERR_INIT;

	if (rule_message(&m, type, NLM_F_ACK | (type == RTM_NEWRULE ? NLM_F_CREATE : 0), r, &e) ||
	    nl_talk(nl, &m.h, NULL, NULL, &e))
		fail_msg("%s", e.msg);
}

/* Selectors that are often part of one another's. */
static struct rule random_rule(uint8_t family)
{
	struct rule r = {.h = {.family = family, .action = FR_ACT_TO_TBL},
			 .priority = 1100,
			 .table = 1011 + rnd_below(2),
			 .protocol = MULTIHOME_PROTOCOL};
	struct ip_prefix p;

	r.has = HAS(RULE_PRIORITY) | HAS(RULE_TABLE) | HAS(RULE_PROTOCOL);
	ip_prefix_parse(family == AF_INET ? "10.0.0.0/8" : "2001:db8::/32", 0, &p);
	if (rnd_below(2))
		rule_set_src(&r, p);
	if (!rnd_below(4))
		rule_set_dst(&r, p);
	if (!rnd_below(3)) {
		r.fwmark = rnd_below(2);
		r.fwmask = 0xff;
		r.has |= HAS(RULE_FWMARK) | HAS(RULE_FWMASK);
	}
	if (!rnd_below(3)) {
		strcpy(r.iif, "eth0");
		set_has(&r, RULE_IIF);
	}
	if (!rnd_below(3)) {
		r.uid = (struct fib_rule_uid_range){0, rnd_below(2)};
		set_has(&r, RULE_UIDRANGE);
	}
	if (!rnd_below(3)) {
		r.ipproto = 6;
		r.dport.start = 80;
		r.dport.end = (uint16_t)(80 + rnd_below(2));
		r.has |= HAS(RULE_IPPROTO) | HAS(RULE_DPORT);
	}
	if (!rnd_below(4)) {
		r.suppress_prefixlen = 1;
		set_has(&r, RULE_SUPPRESS_PREFIXLEN);
	}
	return r;
}

static void same_as_kernel(const struct rule *list, size_t n)
{
	struct snapshot s;
	struct owned now = {0};

	take(&s);
	owned_from_snapshot(&now, &s);
	assert_int_equal(now.rule_n, n);
	for (size_t i = 0; i < n; i++)
		assert_true(rule_eq(&now.rule[i], &list[i]));
	owned_free(&now);
	snapshot_free(&s);
}

/* plan_rule_matches() is the kernel's idea of which rule a request to delete means. */
static void deleting(void **state)
{
	struct rule list[32];

	(void)state;
	for (int round = 0; round < 40; round++) {
		size_t n = 2 + rnd_below(30);
		uint8_t family = rnd_below(2) ? AF_INET : AF_INET6;
		for (size_t i = 0; i < n; i++) {
			list[i] = random_rule(family);
			kernel_rule(RTM_NEWRULE, &list[i]);
		}
		same_as_kernel(list, n);
		while (n) {
			struct rule r = list[rnd_below((uint32_t)n)];
			size_t i = 0;
			while (!plan_rule_matches(&r, &list[i]))
				i++;
			kernel_rule(RTM_DELRULE, &r);
			memmove(&list[i], &list[i + 1], (--n - i) * sizeof(*list));
			same_as_kernel(list, n);
		}
	}
}

/* Links are there before the first test, and without addresses again after each. */
static int flush(void **state)
{
	(void)state;
	run("ip route flush table main; ip -6 route flush default; "
	    "for d in eth0 eth1; do ip addr flush dev $d; ip link set $d up; ip link set $d group 0; "
	    "done");
	return 0;
}

static int setup(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	run("ip link set lo up; ip link add eth0 type veth peer name peer0; "
	    "ip link add eth1 type veth peer name peer1; "
	    "ip link set peer0 up; ip link set peer1 up");
	return nl_open(&nl, NETLINK_ROUTE, 0, &e);
}

static int teardown(void **state)
{
	(void)state;
	nl_close(nl);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(two_isps, flush, flush),
		cmocka_unit_test_setup_teardown(main_has_defaults, flush, flush),
		cmocka_unit_test_setup_teardown(shared_subnet, flush, flush),
		cmocka_unit_test_setup_teardown(dual_stack, flush, flush),
		cmocka_unit_test_setup_teardown(one_interface, flush, flush),
		cmocka_unit_test_setup_teardown(cloud_and_tunnel, flush, flush),
		cmocka_unit_test_setup_teardown(down_and_unplugged, flush, flush),
		cmocka_unit_test_setup_teardown(policies, flush, flush),
		cmocka_unit_test_setup_teardown(changes, flush, flush),
		cmocka_unit_test_setup_teardown(deleting, flush, flush),
	};
	const char *root = getenv("MH_ROOT");

	if (!root || !strcmp(root, "none") || access("/usr/sbin/nft", X_OK)) {
		puts("1..0 # SKIP needs namespaces, ip and nft");
		return 0;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
