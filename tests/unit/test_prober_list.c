/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is to probe, made of a configuration and of a machine in memory. */
#include "unit.h"

#include "base/cleanup.h"
#include "daemon/prober_list.h"

static struct config conf;
static struct ip_prefix address;
static const struct link wan = {.h = {.ifi_index = 7, .ifi_type = 1}};
static struct uplink_state uplink;
static const struct desired desired = {.uplink = &uplink, .uplink_n = 1};
static struct prober_list list;
static const char *resolv = "";

/* One uplink with these keys, and 192.0.2.2 on it; nothing is known of it. */
static void set_up(const char *keys)
{
	char text[512], line[1024];
	struct err e = ERR_INIT;

	snprintf(text, sizeof(text), "[uplink a]\ninterface = eth0\n%s\n", keys);
	prober_list_free(&list);
	config_free(&conf);
	if (config_parse("x.conf", text, strlen(text), &conf, &e) < 0)
		fail_msg("%s", err_line(&e, line, sizeof(line)));
	assert_true(ip_prefix_parse("192.0.2.2/24", 0, &address));
	uplink = (struct uplink_state){
		.config = conf.uplink,
		.link = &wan,
		.v4 = {.present = true, .usable = true, .address = &address, .address_n = 1}};
}

/* The list of the machine as it is now takes the place of the one before. */
static void make(void)
{
	struct prober_list next;

	assert_int_equal(prober_list_make(&next, &list, &desired, resolv), 0);
	prober_list_free(&list);
	list = next;
}

static void an_uplinks_limits_are_those_of_checks_without(void **state)
{
	const struct check_limits *l;

	(void)state;
	set_up("check = ping 203.0.113.1\ncheck = tcp 203.0.113.1:1 loss 50% latency 1s jitter 2s\n"
	       "max-loss = 20%\nmax-latency = 300ms\nmax-jitter = 50ms");
	make();
	assert_int_equal(list.judge.target_n, 2);
	l = &list.target[0].limits;
	assert_int_equal(l->loss, 200);
	assert_int_equal(l->latency, 300000);
	assert_int_equal(l->jitter, 50000);
	l = &list.target[1].limits;
	assert_int_equal(l->loss, 500);
	assert_int_equal(l->latency, 1000000);
	assert_int_equal(l->jitter, 2000000);
	set_up("check = ping 203.0.113.1");
	make();
	l = &list.target[0].limits;
	assert_int_equal(l->loss | l->latency | l->jitter, 0);
}

/* A new address begins as trusted as its uplink is. */
static void a_new_address_is_not_dead(void **state)
{
	static const struct verdict dead = {HEALTH_DOWN, WHY_SILENCE, 0},
				    good = {HEALTH_UP, WHY_ANSWERS, 0};
	const struct {
		struct verdict was;
		bool moves;
		const char *why; /* held against the uplink */
		enum health want;
	} v[] = {
		{good, false, "", HEALTH_UP},	    {good, true, "", HEALTH_UP},
		{dead, false, "", HEALTH_DOWN},	    {dead, true, "", HEALTH_UNKNOWN},
		{dead, true, "check", HEALTH_DOWN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		set_up("check = ping 203.0.113.1");
		make();
		list.judge.target->verdict = v[i].was;
		strcpy(list.judge.way->why[0], v[i].why);
		assert_true(
			ip_prefix_parse(v[i].moves ? "192.0.2.3/24" : "192.0.2.2/24", 0, &address));
		make();
		assert_int_equal(list.judge.target->verdict.health, v[i].want);
	}
}

static void named(const char *keys, size_t n, const char *const *want)
{
	set_up(keys);
	uplink.v4.gateway = address.addr;
	make();
	assert_int_equal(list.judge.target_n, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(list.judge.target[i].name, want[i]);
}

static void targets_have_names_for_people(void **state)
{
	(void)state;
	named("check = ping 203.0.113.1, 203.0.113.2 every 1s\ncheck = gateway\n"
	      "check = tcp\t203.0.113.1:443\ncheck = dns 9.9.9.9 example.org\n"
	      "check = http https://example.org/x status 204",
	      6,
	      (const char *[]){"ping 203.0.113.1", "ping 203.0.113.2", "gateway 192.0.2.2",
			       "tcp 203.0.113.1:443", "dns 9.9.9.9 example.org",
			       "https://example.org/x"});
}

/* Who resolves a name may change, as resolv.conf does: what is known of the target goes on. */
static void name_servers_are_the_systems(void **state)
{
	uint32_t id;

	(void)state;
	resolv = "nameserver 127.0.0.53\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n";
	set_up("check = tcp example.org:443 192.0.2.1:1");
	make();
	assert_string_equal(list.terms[0].name, "example.org");
	assert_int_equal(list.terms[0].server_n, 1);
	assert_true(
		ip_addr_eq(&list.terms[0].server[0], &(struct ip_addr){AF_INET, {192, 0, 2, 53}}));
	assert_true(ip_addr_is_any(&list.target[0].dst));
	assert_int_equal(list.target[0].dst.family, AF_INET);
	assert_string_equal(list.terms[1].name, "");
	assert_int_equal(list.terms[1].server_n, 0);
	list.judge.target->verdict = (struct verdict){HEALTH_DOWN, WHY_SILENCE, 0};
	id = list.target->id;
	resolv = "nameserver 192.0.2.54\n";
	make();
	assert_int_equal(list.terms[0].server[0].b[3], 54);
	assert_int_equal(list.target->id, id);
	assert_int_equal(list.judge.target->verdict.health, HEALTH_DOWN);
	set_up("check = tcp example.org:443 server 192.0.2.55");
	make();
	assert_int_equal(list.terms[0].server[0].b[3], 55);
	/* Without IPv4 it is the host's IPv6 address that is asked for. */
	resolv = "nameserver 192.0.2.53\nnameserver 2001:db8::53\n";
	set_up("check = tcp example.org:443");
	assert_true(ip_prefix_parse("2001:db8:1::2/64", 0, &address));
	uplink.v6 = uplink.v4;
	uplink.v4 = (struct uplink_family){.present = false};
	make();
	assert_int_equal(list.target[0].dst.family, AF_INET6);
	assert_int_equal(list.terms[0].server_n, 1);
	assert_int_equal(list.terms[0].server[0].family, AF_INET6);
	resolv = "";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_have_names_for_people),
		cmocka_unit_test(name_servers_are_the_systems),
		cmocka_unit_test(a_new_address_is_not_dead),
		cmocka_unit_test(an_uplinks_limits_are_those_of_checks_without),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	prober_list_free(&list);
	config_free(&conf);
	return rc;
}
