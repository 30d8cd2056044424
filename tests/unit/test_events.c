/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events: the ring, the line, the JSON, who listens; and what a line of the control socket means.
 */
#include "unit.h"

#include "daemon/events.h"
#include "daemon/request.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

static int quiet(void **state)
{
	(void)state;
	/* The log goes to standard error. */
	return freopen("/dev/null", "w", stderr) ? 0 : -1;
}

static const char *json_of(const struct event *e)
{
	static struct out o;
	struct json j;

	out_free(&o);
	jw_init(&j, &o, false);
	event_json(&j, e);
	return out_str(&o);
}

static void one(void **state)
{
	char line[200];

	(void)state;
	event_emit((struct event){.kind = EVENT_DOWN,
				  .level = EVENT_IS_WARNING,
				  .uplink = "isp1",
				  .family = AF_INET6,
				  .who = "ip"},
		   "out of use: %s", "two\nlines");
	const struct event *e = events_from(0);
	assert_non_null(e);
	event_line(e, line, sizeof(line));
	assert_string_equal(line, "isp1 IPv6: out of use: two lines");
	assert_non_null(strstr(json_of(e), "\"event\":\"down\",\"level\":4,\"uplink\":\"isp1\","
					   "\"family\":\"ipv6\",\"who\":\"ip\","
					   "\"text\":\"out of use: two lines\"}"));
	event_emit((struct event){.kind = EVENT_START, .level = EVENT_IS_NOTICE}, "at work");
	e = events_from(e->number + 1);
	event_line(e, line, sizeof(line));
	assert_string_equal(line, "at work");
	assert_null(events_from(e->number + 1));
}

/* Of more than are kept, the last ones are there, each once and in order. */
static void ring(void **state)
{
	uint64_t first = events_last() + 1, n = 0;

	(void)state;
	for (unsigned i = 0; i < 3 * EVENTS_KEPT + 7; i++)
		event_emit((struct event){.kind = EVENT_NOTE, .level = EVENT_IS_FACT}, "%u", i);
	uint64_t next = events_last() - EVENTS_KEPT + 1;
	for (const struct event *e; (e = events_from(n ? next : 0)); next++, n++) {
		assert_int_equal(e->number, next);
		assert_int_equal(strtoul(e->text, NULL, 10), next - first);
	}
	assert_int_equal(n, EVENTS_KEPT);
	events_forget();
	assert_null(events_from(0));
}

static void count(void *arg, const struct event *e)
{
	*(unsigned *)arg += e->kind == EVENT_HOOK;
}

static void listeners(void **state)
{
	unsigned a = 0, b = 0;

	(void)state;
	events_listen(count, &a);
	events_listen(count, &b);
	event_emit((struct event){.kind = EVENT_HOOK}, "x");
	events_deafen(&a);
	event_emit((struct event){.kind = EVENT_HOOK}, "x");
	assert_int_equal(a, 1);
	assert_int_equal(b, 2);
	events_deafen(&b);
	events_forget();
}

static int parse(const char *line, struct request *r)
{
	return request_parse(line, strlen(line), r, NULL);
}

static void requests(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"stat",
		"status 1",
		"status\r",
		"uplink",
		"uplink isp1",
		"uplink a up b",
		"events -1",
		"events 1 2",
		"restore",
		"reload 1",
		"reload no-prove no-prove",
		"restore no-prove",
		"restore 1 prove",
		"events no-prove",
		"uplink a UP",
		"events 0x1",
		"status\tx",
		"restore 99999999999999999999",
	};
	struct request r;

	(void)state;
	assert_int_equal(parse("status", &r), 0);
	assert_int_equal(r.kind, REQUEST_STATUS);
	assert_false(request_changes(&r));
	assert_int_equal(parse(" follow  17 ", &r), 0);
	assert_int_equal(r.kind, REQUEST_FOLLOW);
	assert_int_equal(r.number, 17);
	assert_int_equal(parse("uplink isp-1.a drain", &r), 0);
	assert_string_equal(r.uplink, "isp-1.a");
	assert_int_equal(r.hand, WAY_DRAIN);
	assert_true(request_changes(&r));
	assert_int_equal(parse("reload", &r), 0);
	assert_true(request_configures(&r) && !r.no_prove);
	assert_int_equal(parse("reload no-prove", &r), 0);
	assert_true(r.kind == REQUEST_RELOAD && r.no_prove);
	assert_int_equal(parse("restore 3 no-prove", &r), 0);
	assert_true(r.kind == REQUEST_RESTORE && r.number == 3 && r.no_prove);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(parse(bad[i], &r), -EINVAL);
	assert_int_equal(request_parse("status\0", 7, &r, NULL), -EINVAL);
	char longest[REQUEST_SIZE + 1];
	memset(longest, ' ', sizeof(longest));
	memcpy(longest, "status", 6);
	assert_int_equal(request_parse(longest, REQUEST_SIZE - 1, &r, NULL), 0);
	assert_int_equal(request_parse(longest, REQUEST_SIZE, &r, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one),
		cmocka_unit_test(ring),
		cmocka_unit_test(listeners),
		cmocka_unit_test(requests),
	};

	return cmocka_run_group_tests(tests, quiet, NULL);
}
