/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply/confirm.h"
#include "apply/daemon.h"
#include "apply/history.h"
#include "cli/proving.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static int read_arguments(struct cli *c, unsigned *seconds, struct err *e)
{
	const char *time = NULL;
	int i = 1;

	*seconds = 0;
	if (c->argc > i && !strncmp(c->argv[i], "--confirm=", 10))
		time = c->argv[i++] + 10;
	else if (c->argc > i + 1 && !strcmp(c->argv[i], "--confirm"))
		time = c->argv[++i], i++;
	if (i < c->argc) {
		err_set(e, -EINVAL, "apply: unexpected argument \"%s\"", c->argv[i]);
		return err_hint(e, "multihome apply [--confirm 60s] [--no-prove]");
	}
	if (!time || cli_seconds(time, seconds))
		return 0;
	err_set(e, -EINVAL, "--confirm takes a time from 1s to 24h, not \"%s\"", time);
	return err_hint(e, "--confirm 60s");
}

/* The line at the end; as JSON one object. */
static void say(struct cli *c, const struct session *s, const char *verb, size_t steps,
		unsigned seconds)
{
	if (c->json) {
		jw_object(&c->j, NULL);
		jw_bool(&c->j, verb, true);
		jw_u64(&c->j, "steps", steps);
		if (seconds)
			jw_u64(&c->j, "confirm_seconds", seconds);
		jw_object_end(&c->j);
		out_putc(&c->out, '\n');
	} else if (!steps) {
		out_puts(&c->out, "Nothing to do.\n");
	} else {
		out_printf(&c->out, "Done: %zu step%s.\n", steps, steps == 1 ? "" : "s");
	}
	if (seconds && !c->json)
		out_printf(&c->out, "Taken back in %u s unless `multihome confirm`.\n", seconds);
	cli_notes(c, &s->state);
}

/* Before anything is changed. EXIT_UNPROVED if nothing is to be. */
static int prove(struct session *s, struct cli *c, const struct plan *plan, struct err *e)
{
	struct plan_proving x;
	int proved = proving_plan(s, plan, &x, e);

	if (!proved) {
		cli_progress(NULL);
		if (c->json)
			jw_object(&c->j, NULL);
		proving_plan_put(&x, c, plan);
		if (c->json)
			jw_object_end(&c->j);
		out_puts(&c->out,
			 c->json ? "\n" : "Nothing is changed; `apply --no-prove` would.\n");
	}
	proving_plan_free(&x);
	return proved < 0 ? proved : proved ? 0 : EXIT_UNPROVED;
}

static int make_plan(struct session *s, struct cli *c, struct plan *ret, struct err *e)
{
	int rc = session_open(s, c, SESSION_STATE | SESSION_DESIRED, e);

	return rc < 0 ? rc : state_plan(&s->state, s->kernel, &s->desired, ret, e);
}

static char *text_of(struct session *s, struct cli *c, const struct plan *plan, struct arena *a)
{
	struct print p = session_print(s, c);
	struct out o;

	out_init(&o, -1);
	p.o = &o;
	p.json = false;
	for (size_t i = 0; i < plan->n; i++)
		plan_step_command(&p, &plan->step[i]);
	char *text = arena_strdup(a, out_str(&o));
	out_free(&o);
	return text;
}

#define TRIES 3

/*
 * A proof takes its time, and multihomed may have to move traffic meanwhile: it is made without the
 * lock. Then the plan is made again, and if it is another one, so is the proof; at last with the
 * lock.
 */
static int prove_first(struct session *s, struct cli *c, struct plan *plan, struct err *e)
{
	struct arena a = {0};
	bool same = false;
	int rc = 0;

	for (unsigned i = 0; i < TRIES && !rc && !same; i++) {
		const char *proved = text_of(s, c, plan, &a);
		state_unlock(&s->state);
		rc = prove(s, c, plan, e);
		if (rc)
			break;
		plan_free(plan);
		session_close(s);
		rc = make_plan(s, c, plan, e);
		same = !rc && !strcmp(proved, text_of(s, c, plan, &a));
	}
	if (!rc && !same)
		rc = prove(s, c, plan, e);
	arena_free(&a);
	return rc;
}

/* That it was applied is true also if it cannot be remembered. */
static void remember(struct session *s)
{
	struct err e = ERR_INIT;
	char line[1024];

	if (history_record(s->state.dir, s->config.text, &e) < 0)
		fprintf(stderr, "multihome: warning: not in the history: %s\n",
			err_line(&e, line, sizeof(line)));
}

int cli_apply_as(struct cli *c, bool is_proved, struct err *e)
{
	struct session s;
	struct plan plan = {0};
	unsigned seconds;
	int rc = read_arguments(c, &seconds, e);

	if (rc < 0)
		return rc;
	cli_progress("applying");
	rc = make_plan(&s, c, &plan, e);
	if (!rc && is_proved)
		rc = prove_first(&s, c, &plan, e);
	if (!rc && seconds)
		rc = confirm_start(&s.state, seconds, e);
	if (!rc)
		rc = state_apply(&s.state, s.kernel, &s.desired, seconds != 0, e);
	cli_progress(NULL);
	if (!rc) {
		remember(&s);
		/* Where there was nothing to do, there is nothing to take back. */
		if (!s.state.unconfirmed)
			seconds = 0;
		daemon_tell(s.state.dir, SIGHUP);
		cli_warn(c, &s.desired);
		say(c, &s, "applied", plan.n, seconds);
	}
	plan_free(&plan);
	session_close(&s);
	return rc;
}

int cli_apply(struct cli *c, struct err *e)
{
	return cli_apply_as(c, !cli_word(c, "--no-prove"), e);
}

int cli_confirm(struct cli *c, struct err *e)
{
	struct session s;
	int rc = cli_no_arguments(c, e);

	if (rc < 0)
		return rc;
	rc = session_open(&s, c, SESSION_STATE, e);
	if (rc >= 0)
		rc = confirm_now(&s.state, e);
	if (rc >= 0)
		out_puts(&c->out, c->json ? "{\"confirmed\":true}\n" : "Confirmed: it stays.\n");
	session_close(&s);
	return rc < 0 ? rc : EXIT_DONE;
}

int cli_rollback(struct cli *c, struct err *e)
{
	struct session s;
	bool prove = !cli_word(c, "--no-prove");
	int rc = 0;

	if (c->argc > 1)
		return cli_rollback_to(c, prove, e);
	cli_progress("going back");
	rc = session_open(&s, c, SESSION_STATE, e);
	if (rc >= 0)
		rc = state_rollback(&s.state, s.kernel, e);
	if (rc >= 0)
		confirm_stop(s.state.dir);
	cli_progress(NULL);
	if (rc >= 0) {
		out_puts(&c->out, c->json ? "{\"rolled_back\":true}\n"
					  : "The machine is as it was before the apply.\n");
		cli_notes(c, &s.state);
	}
	session_close(&s);
	return rc < 0 ? rc : EXIT_DONE;
}
