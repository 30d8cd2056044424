/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What checks may be written, kind by kind. Bad ones: tests/golden/config-errors/check-*.conf. */
#include "unit.h"

#include "uplink/config.h"

static struct config conf;

static const struct check_config *check(const char *value)
{
	char text[512], line[1024];
	struct err e = ERR_INIT;

	snprintf(text, sizeof(text), "[uplink a]\ninterface = eth0\ncheck = %s\n", value);
	config_free(&conf);
	if (config_parse("x.conf", text, strlen(text), &conf, &e) < 0)
		fail_msg("%s", err_line(&e, line, sizeof(line)));
	assert_int_equal(conf.uplink->check_n, 1);
	assert_string_equal(conf.uplink->check->text, value);
	return conf.uplink->check;
}

static void target(const struct check_config *c, size_t i, const char *want, unsigned port)
{
	struct ip_addr a = {.family = 0};

	assert_true(i < c->target_n);
	assert_true(!want || ip_addr_parse(want, 0, &a));
	assert_true(ip_addr_eq(&c->target[i].addr, &a));
	assert_int_equal(c->target[i].port, port);
}

static void pings(void **state)
{
	const struct check_config *c = check("ping 192.0.2.1, 2001:db8::1 loss 20% quorum 2");

	(void)state;
	assert_int_equal(c->kind, CHECK_PING);
	assert_int_equal(c->target_n, 2);
	target(c, 1, "2001:db8::1", 0);
	assert_int_equal(c->every, 500000);
	assert_int_equal(c->down, 3);
	assert_int_equal(c->up, 5);
	assert_int_equal(c->loss, 200);
	assert_int_equal(c->quorum, 2);
	assert_int_equal(c->window, 20);
}

static void gateways(void **state)
{
	const struct check_config *c = check("gateway every 200ms down 2");

	(void)state;
	assert_int_equal(c->kind, CHECK_GATEWAY);
	assert_int_equal(c->target_n, 1);
	target(c, 0, NULL, 0);
	assert_int_equal(c->every, 200000);
	assert_int_equal(c->down, 2);
	assert_int_equal(check("gateway")->every, 500000);
}

static void connections(void **state)
{
	const struct check_config *c = check("tcp 192.0.2.1:443 [2001:db8::1]:22 timeout 2s");

	(void)state;
	assert_int_equal(c->kind, CHECK_TCP);
	target(c, 0, "192.0.2.1", 443);
	target(c, 1, "2001:db8::1", 22);
	assert_int_equal(c->timeout, 2000000);
	assert_false(c->refused_ok);
	assert_true(check("tcp 192.0.2.1:443 refused ok")->refused_ok);
	c = check("tcp example.org:443 server 192.0.2.53 192.0.2.1:22");
	target(c, 0, NULL, 443);
	assert_string_equal(c->target[0].host, "example.org");
	target(c, 1, "192.0.2.1", 22);
	assert_null(c->target[1].host);
	assert_int_equal(c->server_n, 1);
}

static void name_servers(void **state)
{
	const struct check_config *c = check("dns 192.0.2.1 example.org 2001:db8::1 [::2]:54");

	(void)state;
	assert_int_equal(c->kind, CHECK_DNS);
	assert_int_equal(c->target_n, 3);
	target(c, 0, "192.0.2.1", 53);
	target(c, 1, "2001:db8::1", 53);
	target(c, 2, "::2", 54);
	assert_string_equal(c->name, "example.org");
	assert_false(c->ipv6_address);
	assert_false(c->nxdomain_ok);
	assert_int_equal(c->every, 1000000);
	c = check("dns 192.0.2.1:5353 _x.example.org. type AAAA nxdomain ok every 10s");
	target(c, 0, "192.0.2.1", 5353);
	assert_true(c->ipv6_address);
	assert_true(c->nxdomain_ok);
	assert_int_equal(c->every, 10000000);
}

static void urls(void **state)
{
	const struct check_config *c;

	(void)state;
	c = check("http http://example.org/generate_204 status 204");
	assert_int_equal(c->kind, CHECK_HTTP);
	target(c, 0, NULL, 80);
	assert_string_equal(c->target->host, "example.org");
	assert_string_equal(c->target->text, "http://example.org/generate_204");
	assert_int_equal(c->status_first, 204);
	assert_int_equal(c->status_last, 204);
	assert_int_equal(c->every, 5000000);
	assert_null(c->body);
	c = check("http https://[2001:db8::1]:8443/?a=b https://192.0.2.1 https://localhost:81 "
		  "status 200-399 server 192.0.2.53 server 2001:db8::53");
	target(c, 0, "2001:db8::1", 8443);
	assert_string_equal(c->target[0].host, "2001:db8::1");
	target(c, 1, "192.0.2.1", 443);
	target(c, 2, NULL, 81);
	assert_int_equal(c->status_last, 399);
	assert_int_equal(c->server_n, 2);
	c = check("http http://example.org/ncsi.txt body \"Microsoft NCSI\" every 1m");
	assert_string_equal(c->body, "Microsoft NCSI");
	assert_int_equal(c->every, 60000000);
	assert_int_equal(c->status_first, 200);
	assert_int_equal(c->status_last, 299);
	assert_string_equal(check("http http://a/ body Success")->body, "Success");
}

static int tear_down(void **state)
{
	(void)state;
	config_free(&conf);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pings),       cmocka_unit_test(gateways),
		cmocka_unit_test(connections), cmocka_unit_test(name_servers),
		cmocka_unit_test(urls),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
