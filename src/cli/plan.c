/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"

#include "uplink/plan.h"

static void print_plan(struct session *s, struct cli *c, const struct plan *plan)
{
	struct print p = session_print(s, c);

	if (!c->json) {
		if (!plan->n)
			out_puts(&c->out, "Nothing to do.\n");
		for (size_t i = 0; i < plan->n; i++)
			plan_step_command(&p, &plan->step[i]);
		return;
	}
	jw_object(&p.j, NULL);
	jw_u64(&p.j, "pending", plan->n);
	jw_array(&p.j, "steps");
	for (size_t i = 0; i < plan->n; i++)
		plan_step_json(&p, &plan->step[i]);
	jw_array_end(&p.j);
	jw_object_end(&p.j);
	out_putc(&c->out, '\n');
}

int cli_plan(struct cli *c, struct err *e)
{
	struct session s;
	struct plan plan = {0};
	int rc = cli_no_arguments(c, e);

	if (rc < 0)
		return rc;
	rc = session_open(&s, c, SESSION_STATE | SESSION_DESIRED, e);
	if (rc >= 0)
		rc = state_plan(&s.state, s.kernel, &s.desired, &plan, e);
	if (rc >= 0) {
		cli_warn(c, &s.desired);
		print_plan(&s, c, &plan);
		rc = plan.n ? EXIT_PENDING : EXIT_DONE;
	}
	plan_free(&plan);
	session_close(&s);
	return rc;
}
