/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply/confirm.h"
#include "apply/daemon.h"
#include "cli/cli.h"

#include <errno.h>

static int nobody_puts_it_back(const struct session *s, struct err *e)
{
	pid_t pid = daemon_pid(s->state.dir);

	if (!pid)
		return 0;
	err_set(e, -EBUSY, "multihomed (process %d) is at work and would put it back", (int)pid);
	return err_hint(e, "stop it first: systemctl stop multihomed");
}

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
		rc = nobody_puts_it_back(&s, e);
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
