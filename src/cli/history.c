/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history, diff [N], rollback N: what was applied before, by how many applies ago that was. A
 * remembered configuration is a file like any other, so that applying it again is nothing new.
 */
#include "apply/history.h"

#include "cli/ask.h"
#include "cli/diff.h"
#include "cli/table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int read_back(const char *text, uint64_t *ret, struct err *e)
{
	char *end;

	*ret = strtoul(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && *ret < 1000)
		return 0;
	err_set(e, -EINVAL, "\"%s\" is no number of applies ago", text);
	return err_hint(e, "`multihome history` lists what there is");
}

static int arguments(const struct cli *c, uint64_t *back, struct err *e)
{
	if (c->argc > 2) {
		err_set(e, -EINVAL, "%s: unexpected argument \"%s\"", c->argv[0], c->argv[2]);
		return err_hint(e, "multihome %s [N]", c->argv[0]);
	}
	return c->argc == 2 ? read_back(c->argv[1], back, e) : 0;
}

static const char *time_text(struct arena *a, int64_t seconds)
{
	time_t t = (time_t)seconds;
	char text[32];
	struct tm tm;

	strftime(text, sizeof(text), "%F %T", localtime_r(&t, &tm));
	return arena_strdup(a, text);
}

static size_t count(const char *text, const char *what)
{
	size_t n = !strncmp(text, what, strlen(what));

	for (const char *at = text; (at = strstr(at, "\n"));
	     n += !strncmp(++at, what, strlen(what)))
		;
	return n;
}

static void write_history(struct cli *c, const struct history_entry *v, size_t n)
{
	static const char *const headings[] = {"ago", "applied", "uplinks", "policies", "file"};
	struct table t = {0};

	table_row(&t);
	for (unsigned i = 0; i < ARRAY_SIZE(headings); i++)
		table_cell(&t, i, headings[i]);
	for (size_t i = 0; i < n; i++) {
		table_row(&t);
		table_cell(&t, 0, arena_printf(&t.arena, "%zu", i));
		table_cell(&t, 1, time_text(&t.arena, v[i].time));
		table_cell(&t, 2, arena_printf(&t.arena, "%zu", count(v[i].text, "[uplink ")));
		table_cell(&t, 3, arena_printf(&t.arena, "%zu", count(v[i].text, "[policy ")));
		table_cell(&t, 4, v[i].path);
	}
	table_write(&t, c);
}

static void write_history_json(struct cli *c, const struct history_entry *v, size_t n)
{
	jw_array(&c->j, NULL);
	for (size_t i = 0; i < n; i++) {
		jw_object(&c->j, NULL);
		jw_u64(&c->j, "ago", i);
		jw_s64(&c->j, "time", v[i].time);
		jw_str(&c->j, "file", v[i].path);
		jw_object_end(&c->j);
	}
	jw_array_end(&c->j);
	out_putc(&c->out, '\n');
}

int cli_history(struct cli *c, struct err *e)
{
	struct history_entry *v;
	struct session s;
	size_t n;
	int rc = cli_no_arguments(c, e);

	if (rc < 0)
		return rc;
	rc = session_open(&s, c, SESSION_STATE, e);
	if (rc >= 0)
		rc = history_read(s.state.dir, &s.state.arena, &v, &n, e);
	if (rc >= 0 && c->json)
		write_history_json(c, v, n);
	else if (rc >= 0)
		write_history(c, v, n);
	session_close(&s);
	return rc;
}

/* A configuration that is in error has a text all the same. */
static const char *text_now(struct cli *c, struct config *config, struct err *e)
{
	char line[1024];
	int rc = config_read(c->config, config, e);

	if (rc < 0 && config->text)
		fprintf(stderr, "multihome: warning: %s\n", err_line(e, line, sizeof(line)));
	return config->text;
}

int cli_diff(struct cli *c, struct err *e)
{
	struct config config = {0};
	struct history_entry old;
	struct session s;
	uint64_t back = 0;
	int rc = arguments(c, &back, e);

	if (rc < 0)
		return rc;
	rc = session_open(&s, c, SESSION_STATE, e);
	if (rc >= 0)
		rc = history_find(s.state.dir, back, &s.state.arena, &old, e);
	if (rc >= 0) {
		const char *now = text_now(c, &config, e);
		if (!now)
			rc = e->code;
		else if (diff_write(c, old.path, old.text, c->config, now))
			rc = EXIT_PENDING;
	}
	config_free(&config);
	session_close(&s);
	return rc;
}

static int apply_it(struct cli *c, const char *path, uint64_t back, bool prove, struct err *e)
{
	struct ask *a = NULL;
	char request[64];
	const char *line;
	int rc = ask_open(&a, c, e);

	if (rc > 0) {
		snprintf(request, sizeof(request), "restore %llu%s", (unsigned long long)back,
			 prove ? "" : " no-prove");
		rc = ask_line(a, request, &line, e);
		if (!rc && c->json)
			out_printf(&c->out, "%s\n", line);
	} else if (!rc) {
		c->config = path;
		c->argc = 1;
		rc = cli_apply_as(c, prove, e);
	}
	ask_close(a);
	return rc;
}

int cli_rollback_to(struct cli *c, bool prove, struct err *e)
{
	struct history_entry old;
	struct arena a = {0};
	struct session s;
	uint64_t back = 0;
	const char *config = c->config;
	int rc = arguments(c, &back, e);

	if (rc < 0)
		return rc;
	rc = session_open(&s, c, SESSION_STATE, e);
	if (rc >= 0)
		rc = history_find(s.state.dir, back, &a, &old, e);
	session_close(&s); /* and with it the lock */
	if (rc >= 0)
		rc = apply_it(c, old.path, back, prove, e);
	if (rc >= 0 && !c->json)
		out_printf(&c->out, "In force, until %s is read again. To keep it: cp %s %s\n",
			   config, old.path, config);
	arena_free(&a);
	return rc;
}
