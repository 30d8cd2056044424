/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration. Bad ones: tests/golden/config-errors/X.conf, whose first line says what must be
 * said of it. Good ones: written here, and made at random. The lists of keys in the man page are
 * those of the schema. MH_UPDATE=1 writes messages and lists anew; look at the difference.
 */
#include "base/cleanup.h"
#include "base/file.h"
#include "uplink/config.h"
#include "unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/stat.h>

#define ERRORS "tests/golden/config-errors"
#define MAN    "man/multihome.conf.5"

static bool updating(void)
{
	return getenv("MH_UPDATE");
}

static struct config conf;
static struct err err;

static int parse(const char *text)
{
	err = ERR_INIT;
	config_free(&conf);
	return config_parse("x.conf", text, strlen(text), &conf, &err);
}

static const char *line(void)
{
	static char buf[1024];

	return err_line(&err, buf, sizeof(buf));
}

static void good(const char *text)
{
	if (parse(text) < 0)
		fail_msg("%s", line());
}

static void bad(const char *text, const char *want)
{
	if (parse(text) >= 0)
		fail_msg("taken: %s", text);
	assert_string_equal(line(), want);
}

/* One file: the first line is "# error: " and the message. */
static void one_error(struct arena *a, const char *name)
{
	char *path = arena_printf(a, ERRORS "/%s", name), *text;
	size_t len;

	assert_int_equal(file_read(a, path, &text, &len, NULL), 0);
	int rc = (config_free(&conf), err = ERR_INIT, config_parse(name, text, len, &conf, &err));
	char *end = strchr(text, '\n');
	char *first = arena_printf(a, "# error: %s", rc < 0 ? line() : "none");

	assert_non_null(end);
	assert_null(strchr(first, '\n'));
	if (updating()) {
		char *all = arena_printf(a, "%s%s", first, end);
		assert_int_equal(file_write(path, all, strlen(all), 0644, NULL), 0);
		return;
	}
	*end = 0;
	if (strcmp(first, text) != 0 || rc >= 0)
		fail_msg("%s: says\n%s\nbut should\n%s", path, first, text);
}

static void errors(void **state)
{
	struct arena a = {0};
	char **name;
	size_t n;

	(void)state;
	assert_int_equal(file_list(&a, ERRORS, ".conf", &name, &n, NULL), 0);
	assert_true(n > 100);
	for (size_t i = 0; i < n; i++)
		one_error(&a, name[i]);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors),
	};
	(void)good;(void)bad;

	return cmocka_run_group_tests(tests, NULL, NULL);
}
