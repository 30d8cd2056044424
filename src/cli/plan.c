/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/proving.h"

static void put_steps(struct session *s, struct cli *c, const struct plan *plan)
{
	struct print p = session_print(s, c);

	if (!plan->n)
		out_puts(&c->out, "Nothing to do.\n");
	for (size_t i = 0; i < plan->n; i++)
		plan_step_command(&p, &plan->step[i]);
}

static void json_steps(struct session *s, struct cli *c, const struct plan *plan)
{
	struct print p = session_print(s, c);

	jw_object(&p.j, NULL);
	jw_u64(&p.j, "pending", plan->n);
	jw_array(&p.j, "steps");
	for (size_t i = 0; i < plan->n; i++)
		plan_step_json(&p, &plan->step[i]);
	jw_array_end(&p.j);
	c->j = p.j;
}

/* The steps, and whether they are proved. */
static int print_plan(struct session *s, struct cli *c, const struct plan *plan, bool prove,
		      struct err *e)
{
	struct plan_proving x = {0};
	int proved = prove ? proving_plan(s, plan, &x, e) : 1;

	if (proved >= 0 && c->json) {
		json_steps(s, c, plan);
		if (proved && prove && !x.unknown)
			jw_bool(&c->j, "proved", true);
	} else if (proved >= 0) {
		put_steps(s, c, plan);
	}
	if (!proved)
		proving_plan_put(&x, c, plan);
	if (c->json) {
		jw_object_end(&c->j);
		out_putc(&c->out, '\n');
	}
	proving_plan_free(&x);
	return proved < 0 ? proved : !proved ? EXIT_UNPROVED : plan->n ? EXIT_PENDING : EXIT_DONE;
}

int cli_plan(struct cli *c, struct err *e)
{
	struct session s;
	struct plan plan = {0};
	bool prove = !cli_word(c, "--no-prove");
	int rc = cli_no_arguments(c, e);

	if (rc < 0)
		return rc;
	rc = session_open(&s, c, SESSION_STATE | SESSION_DESIRED, e);
	if (rc >= 0)
		rc = state_plan(&s.state, s.kernel, &s.desired, &plan, e);
	if (rc >= 0) {
		cli_warn(c, &s.desired);
		state_unlock(&s.state); /* a proof takes its time */
		rc = print_plan(&s, c, &plan, prove, e);
	}
	plan_free(&plan);
	session_close(&s);
	return rc;
}
