/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply/confirm.h"
#include "cli/cli.h"

/* Needs no configuration: a broken one must not keep anybody from giving the machine back. */
int cli_down(struct cli *c, struct err *e)
{
	struct session s;
	int rc = cli_no_arguments(c, e);

	if (rc < 0)
		return rc;
	cli_progress("going back");
	rc = session_open(&s, c, SESSION_STATE, e);
	if (rc >= 0)
		rc = state_down(&s.state, s.kernel, e);
	if (rc >= 0)
		confirm_stop(s.state.dir);
	cli_progress(NULL);
	if (rc >= 0 && c->json)
		out_puts(&c->out, "{\"down\":true}\n");
	else if (rc >= 0)
		out_puts(&c->out, "The machine is as it was before.\n");
	if (rc >= 0)
		cli_notes(c, &s.state);
	session_close(&s);
	return rc;
}
