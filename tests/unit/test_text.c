/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The writers (text, JSON) and the reader of names, and "did you mean". */
#include "unit.h"

#include "base/json.h"
#include "base/suggest.h"
#include "model/names.h"

#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

static void numbers_are_written_as_printf_would(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t v = rnd() >> rnd_below(64);
		char want[96];
		struct out o;
		out_init(&o, -1);
		out_u64(&o, v);
		out_putc(&o, ' ');
		out_s64(&o, (int64_t)v);
		out_putc(&o, ' ');
		out_hex(&o, v);
		snprintf(want, sizeof(want), "%llu %lld %#llx", (unsigned long long)v, (long long)v,
			 (unsigned long long)v);
		assert_string_equal(want, out_str(&o));
		out_free(&o);
	}
}

static void a_file_gets_everything_in_order(void **state)
{
	int fd[2];
	char *got = calloc(1, 3000001);
	size_t n = 0, want = 0;

	(void)state;
	FILE *f = tmpfile();
	fd[0] = dup(fileno(f));
	struct out o;
	out_init(&o, fd[0]);
	for (int i = 0; i < 300000; i++) {
		out_u64(&o, (uint64_t)i);
		out_putc(&o, '\n');
		want += (size_t)snprintf(NULL, 0, "%d\n", i);
	}
	assert_int_equal(0, out_flush(&o));
	out_free(&o);
	rewind(f);
	n = fread(got, 1, 3000000, f);
	assert_int_equal(want, n);
	char *at = got;
	for (long i = 0; i < 300000; i++)
		assert_int_equal(i, strtol(at, &at, 10));
	close(fd[0]);
	fclose(f);
	free(got);
}

/* A random document, written by ours and built in jansson's memory. */
static json_t *random_json(struct json *j, const char *key, int depth)
{
	char text[40];
	size_t n = rnd_below(sizeof(text) - 1);

	switch (rnd_below(depth > 4 ? 4 : 6)) {
	case 0:
		jw_u64(j, key, n * 7919);
		return json_integer((json_int_t)(n * 7919));
	case 1:
		jw_bool(j, key, n & 1);
		return json_boolean(n & 1);
	case 2:
		jw_null(j, key);
		return json_null();
	case 3:
		for (size_t i = 0; i < n; i++)
			text[i] = (char)(1 + rnd_below(126));
		text[n] = 0;
		jw_str(j, key, text);
		return json_string(text);
	case 4: {
		json_t *a = json_array();
		jw_array(j, key);
		for (uint32_t i = rnd_below(4); i; i--)
			json_array_append_new(a, random_json(j, NULL, depth + 1));
		jw_array_end(j);
		return a;
	}
	default: {
		json_t *o = json_object();
		char name[] = "k0";
		jw_object(j, key);
		for (uint32_t i = rnd_below(4); i; i--) {
			name[1] = (char)('0' + i);
			json_object_set_new(o, name, random_json(j, name, depth + 1));
		}
		jw_object_end(j);
		return o;
	}
	}
}

static void json_is_what_a_reader_reads(void **state)
{
	(void)state;
	for (int i = 0; i < 4000; i++) {
		struct out o;
		struct json j;
		json_error_t error;
		out_init(&o, -1);
		jw_init(&j, &o, i & 1);
		jw_array(&j, NULL);
		json_t *want = random_json(&j, NULL, 0);
		jw_array_end(&j);
		json_t *got = json_loads(out_str(&o), 0, &error);
		if (!got)
			fail_msg("%s: %s", error.text, out_str(&o));
		assert_true(json_equal(json_array_get(got, 0), want));
		json_decref(got);
		json_decref(want);
		out_free(&o);
	}
}

static void bytes_that_are_no_text_do_not_break_json(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		char bytes[12];
		struct out o;
		out_init(&o, -1);
		rnd_bytes(bytes, sizeof(bytes));
		out_json_quoted(&o, bytes, sizeof(bytes));
		json_t *got = json_loads(out_str(&o), JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		assert_non_null(got);
		json_decref(got);
		out_free(&o);
	}
}

static void pretty_json_is_laid_out_as_iproute2_does(void **state)
{
	struct out o;
	struct json j;

	(void)state;
	out_init(&o, -1);
	jw_init(&j, &o, true);
	jw_array(&j, NULL);
	for (int i = 0; i < 2; i++) {
		jw_object(&j, NULL);
		jw_u64(&j, "a", 1);
		jw_array(&j, "flags");
		if (i) {
			jw_str(&j, NULL, "x");
			jw_str(&j, NULL, "y");
		}
		jw_array_end(&j);
		jw_object_end(&j);
	}
	jw_array_end(&j);
	assert_string_equal(
		"[ {\n        \"a\": 1,\n        \"flags\": [ ]\n    },{\n        \"a\": 1,\n"
		"        \"flags\": [ \"x\",\"y\" ]\n    } ]",
		out_str(&o));
	out_free(&o);
}

static void the_nearest_word_is_suggested(void **state)
{
	static const char *const words[] = {"interface", "address", "gateway", "weight"};
	static const struct {
		const char *word, *want;
	} cases[] = {{"gatway", "gateway"},	  {"wieght", "weight"}, {"adress", "address"},
		     {"interfaces", "interface"}, {"colour", NULL},	{"x", NULL}};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct suggest s = suggest_init(cases[i].word);
		for (unsigned k = 0; k < 4; k++)
			suggest_try(&s, words[k]);
		if (cases[i].want)
			assert_string_equal(cases[i].want, s.best);
		else
			assert_null(s.best);
	}
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void make_dir(const char *dir, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(0, mkdir(path, 0700));
}

static void names_come_from_their_files(void **state)
{
	char dir[] = "/tmp/names.XXXXXX", etc[64], share[64], buf[16], command[64];
	uint32_t v;

	(void)state;
	assert_non_null(mkdtemp(dir));
	make_dir(dir, "etc");
	make_dir(dir, "share");
	snprintf(etc, sizeof(etc), "%s/etc", dir);
	snprintf(share, sizeof(share), "%s/share", dir);
	make_dir(etc, "rt_tables.d");
	make_dir(share, "rt_tables.d");
	write_file(etc, "rt_tables",
		   "200 rt2 # ours\n#9 no\n0x12c hex\n4294967295 last\n"
		   "4294967296 over\nword word\n");
	write_file(share, "rt_tables", "200 hidden\n");
	write_file(share, "rt_tables.d/a.conf", "301 shared\n");
	write_file(share, "rt_tables.d/b.conf", "302 masked\n");
	write_file(etc, "rt_tables.d/b.conf", "303 mine\n");
	write_file(etc, "rt_tables.d/c.txt", "304 no\n");
	struct names *n = names_new(etc, share);
	assert_string_equal("rt2", names_get(n, NAMES_RT_TABLES, 200));
	assert_string_equal("hex", names_get(n, NAMES_RT_TABLES, 300));
	assert_string_equal("last", names_get(n, NAMES_RT_TABLES, UINT32_MAX));
	assert_string_equal("main", names_get(n, NAMES_RT_TABLES, 254));
	assert_string_equal("shared", names_get(n, NAMES_RT_TABLES, 301));
	assert_null(names_get(n, NAMES_RT_TABLES, 302));
	assert_string_equal("mine", names_get(n, NAMES_RT_TABLES, 303));
	assert_null(names_get(n, NAMES_RT_TABLES, 304));
	assert_null(names_get(n, NAMES_RT_TABLES, 9));
	assert_true(names_find(n, NAMES_RT_TABLES, "rt2", &v) && v == 200);
	assert_true(names_find(n, NAMES_RT_TABLES, "0x10", &v) && v == 16);
	assert_false(names_find(n, NAMES_RT_TABLES, "rt3", &v));
	assert_false(names_find(n, NAMES_RT_TABLES, "12x", &v));
	assert_string_equal("77", names_str(n, NAMES_RT_SCOPES, 77, buf, sizeof(buf)));
	names_free(n);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(0, system(command));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_written_as_printf_would),
		cmocka_unit_test(a_file_gets_everything_in_order),
		cmocka_unit_test(json_is_what_a_reader_reads),
		cmocka_unit_test(bytes_that_are_no_text_do_not_break_json),
		cmocka_unit_test(pretty_json_is_laid_out_as_iproute2_does),
		cmocka_unit_test(the_nearest_word_is_suggested),
		cmocka_unit_test(names_come_from_their_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
