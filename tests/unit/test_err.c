/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors: the parts and their order, and that no length of text breaks them. */
#include "base/err.h"
#include "unit.h"

#include <errno.h>

static char *line(const struct err *e)
{
	static char buf[1024];

	return err_line(e, buf, sizeof(buf));
}

static void parts(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_string_equal(line(&e), "");
	assert_int_equal(err_set(&e, -ENOENT, "no uplink \"%s\"", "isp3"), -ENOENT);
	assert_int_equal(e.code, -ENOENT);
	assert_string_equal(line(&e), "no uplink \"isp3\"");
	assert_int_equal(err_prefix(&e, "policy %d", 7), -ENOENT);
	assert_string_equal(line(&e), "policy 7: no uplink \"isp3\"");
	assert_int_equal(err_where(&e, "%s:%d", "a.conf", 3), -ENOENT);
	assert_int_equal(err_where(&e, "outer"), -ENOENT); /* the innermost is kept */
	assert_int_equal(err_hint(&e, "did you mean \"%s\"?", "isp2"), -ENOENT);
	assert_string_equal(line(&e),
			    "a.conf:3: policy 7: no uplink \"isp3\" (did you mean \"isp2\"?)");
	/* Set anew, nothing of the old one is left. */
	e.ext_off = 5;
	e.ext_attr = "x";
	assert_int_equal(err_errno(&e, -EPERM, "open"), -EPERM);
	assert_string_equal(line(&e), "open: Operation not permitted");
	assert_int_equal(e.ext_off, 0);
	assert_null(e.ext_attr);
}

static void without_err(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, -EINVAL, "x"), -EINVAL);
	assert_int_equal(err_errno(NULL, -EINVAL, "x"), -EINVAL);
	assert_true(err_prefix(NULL, "x") < 0);
	assert_true(err_where(NULL, "x") < 0);
	assert_true(err_hint(NULL, "x") < 0);
}

/* A new message may quote the one that it replaces. */
static void quotes_itself(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	err_set(&e, -EINVAL, "inner");
	err_set(&e, -EIO, "outer (%s)", e.msg);
	assert_string_equal(e.msg, "outer (inner)");
	err_errno(&e, -EIO, "last (%s)", e.msg);
	assert_string_equal(e.msg, "last (outer (inner)): Input/output error");
}

static void truncates(void **state)
{
	char text[2048], buf[1200];

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		struct err e = ERR_INIT;
		memset(text, 'm', n);
		text[n] = 0;

		assert_int_equal(err_set(&e, -EINVAL, "%s", text), -EINVAL);
		assert_int_equal(strlen(e.msg), n < sizeof(e.msg) ? n : sizeof(e.msg) - 1);
		assert_int_equal(err_prefix(&e, "%s", text), -EINVAL);
		assert_non_null(memchr(e.msg, 0, sizeof(e.msg)));
		assert_int_equal(err_errno(&e, -EINVAL, "%s", text), -EINVAL);
		assert_non_null(memchr(e.msg, 0, sizeof(e.msg)));
		assert_int_equal(err_where(&e, "%s", text), -EINVAL);
		assert_int_equal(strlen(e.where), n < sizeof(e.where) ? n : sizeof(e.where) - 1);
		assert_int_equal(err_hint(&e, "%s", text), -EINVAL);
		assert_int_equal(strlen(e.hint), n < sizeof(e.hint) ? n : sizeof(e.hint) - 1);
		assert_int_equal(e.code, -EINVAL);

		unsigned size = rnd_below(sizeof(buf) - 1) + 1;
		memset(buf, '#', sizeof(buf));
		assert_ptr_equal(err_line(&e, buf, size), buf);
		assert_non_null(memchr(buf, 0, size));
		assert_int_equal(buf[size], '#');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts),
		cmocka_unit_test(without_err),
		cmocka_unit_test(quotes_itself),
		cmocka_unit_test(truncates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
