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

static void two_isps(void **state)
{
	(void)state;
	run("ip addr add 192.168.1.2/24 dev eth0; ip addr add 192.168.2.2/24 dev eth1");
	apply_twice("[uplink isp1]\ninterface = eth0\ngateway = 192.168.1.1\nweight = 3\n"
		    "[uplink isp2]\ninterface = eth1\ngateway = 192.168.2.1\n");
	take_down();
}

/* Links are there before the first test, and without addresses again after each. */
static int flush(void **state)
{
	(void)state;
	run("for d in eth0 eth1; do ip addr flush dev $d; ip link set $d up; ip link set $d group 0; "
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
	};
	const char *root = getenv("MH_ROOT");

	if (!root || !strcmp(root, "none") || access("/usr/sbin/nft", X_OK)) {
		puts("1..0 # SKIP needs namespaces, ip and nft");
		return 0;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
