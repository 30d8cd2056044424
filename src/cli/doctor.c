/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `doctor`: what is wrong with this machine, worst first, and the commands that mend it. */
#include "apply/facts.h"
#include "cli/cli.h"
#include "uplink/proof.h"

#include <string.h>

static void put_lines(struct cli *c, const char *label, const char *text)
{
	const char *end;

	for (; (end = strchr(text, '\n')); text = end + 1) {
		cli_put(c, CLI_DIM, label);
		out_mem(&c->out, text, (size_t)(end - text) + 1);
	}
}

static void put_text(struct cli *c, const struct doctor_finding *x, long n)
{
	static const enum cli_color color[] = {
		[DOCTOR_BAD] = CLI_BAD, [DOCTOR_WARNING] = CLI_WARN, [DOCTOR_NOTE] = CLI_BOLD};

	for (long i = 0; i < n; i++) {
		cli_put(c, color[x[i].severity], doctor_severity_name(x[i].severity));
		out_printf(&c->out, ": %s (%s)\n", x[i].title, x[i].id);
		put_lines(c, "    seen: ", x[i].evidence);
		put_lines(c, "    mend: ", x[i].remedy);
	}
	if (!n)
		cli_put(c, CLI_GOOD, "Nothing found.\n");
}

static void json_lines(struct json *j, const char *key, const char *text, struct arena *a)
{
	const char *end;

	jw_array(j, key);
	for (; (end = strchr(text, '\n')); text = end + 1)
		jw_str(j, NULL, arena_strndup(a, text, (size_t)(end - text)));
	jw_array_end(j);
}

static void put_json(struct cli *c, const struct doctor_finding *x, long n, struct arena *a)
{
	jw_object(&c->j, NULL);
	jw_array(&c->j, "findings");
	for (long i = 0; i < n; i++) {
		jw_object(&c->j, NULL);
		jw_str(&c->j, "id", x[i].id);
		jw_str(&c->j, "severity", doctor_severity_name(x[i].severity));
		jw_str(&c->j, "title", x[i].title);
		json_lines(&c->j, "evidence", x[i].evidence, a);
		json_lines(&c->j, "remedy", x[i].remedy, a);
		jw_object_end(&c->j);
	}
	jw_array_end(&c->j);
	jw_object_end(&c->j);
	out_putc(&c->out, '\n');
}

/*
 * The session; with a configuration that cannot be had on this machine it is a finding, and the
 * rest is looked at as without one.
 */
static int open_machine(struct session *s, struct cli *c, bool *configured, struct err *why,
			struct err *e)
{
	*configured = !access(c->config, F_OK);
	if (*configured && session_open(s, c, SESSION_STATE | SESSION_DESIRED, why) >= 0) {
		*why = ERR_INIT; /* of a file that need not be there */
		return 0;
	}
	if (*configured)
		session_close(s);
	*configured = false;
	return session_open(s, c, SESSION_KERNEL, e);
}

int cli_doctor(struct cli *c, struct err *e)
{
	struct session s = {.state.lock_fd = -1};
	struct err why = ERR_INIT;
	struct snapshot snap = {0};
	struct arena a = {0};
	struct doctor_facts facts = {0};
	struct doctor_finding *x = NULL;
	struct prove_goal goal;
	bool configured;
	long n = 0;
	int rc = cli_no_arguments(c, e);

	if (rc < 0)
		return rc;
	rc = open_machine(&s, c, &configured, &why, e);
	if (rc >= 0)
		rc = snapshot_take(kernel_nl(s.kernel), SNAPSHOT_ALL, &snap, e);
	if (rc >= 0)
		rc = facts_gather(s.kernel, &snap, &a, &facts, e);
	facts.config_error = why;
	if (rc >= 0 && configured) {
		facts.config_warning = s.desired.warning;
		facts.config_warning_n = s.desired.warning_n;
	}
	if (rc >= 0 && configured)
		proof_goal(&s.config, &s.desired, &a, &goal);
	if (rc >= 0)
		n = doctor_examine(&facts, configured ? &goal : NULL, &a, &x, e);
	if (rc >= 0 && n >= 0 && c->json)
		put_json(c, x, n, &a);
	else if (rc >= 0 && n >= 0)
		put_text(c, x, n);
	facts_free(&facts);
	snapshot_free(&snap);
	session_close(&s);
	arena_free(&a);
	return rc < 0 ? rc : n < 0 ? (int)n : n ? EXIT_UNPROVED : EXIT_DONE;
}
