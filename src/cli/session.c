/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply/confirm.h"
#include "apply/daemon.h"
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

static int read_machine(struct session *s, struct err *e)
{
	snapshot_free(&s->snap);
	int rc = kernel_snapshot(s->kernel, &s->snap, e);
	s->machine = (struct machine){
		.snap = &s->snap, .sysctl = kernel_sysctl, .sysctl_arg = s->kernel};
	return rc;
}

static int open_state(struct session *s, const struct cli *c, struct err *e)
{
	int rc = kernel_need_admin(s->kernel, c->argv[0], e);

	if (rc < 0)
		return rc;
	const char *dir = c->state ? c->state : state_default_dir(&s->state.arena, s->kernel);
	rc = state_open(&s->state, dir, e);

	s->state_is_open = rc >= 0;
	/* What was to be taken back by a process that died meanwhile. */
	return rc < 0 ? rc : confirm_overdue(&s->state, s->kernel, e);
}

/* Where a daemon runs, the machine is as its checks found it; what was said holds in any case. */
static int read_health(struct session *s, struct err *e)
{
	struct way_health *health;

	if (!s->state_is_open || s->machine.health)
		return 0;
	int rc = daemon_read_health(s->state.dir, &s->config.arena, &health, NULL,
				    &s->machine.health_n, e);
	s->machine.health = health;
	struct way_said *said;
	if (rc >= 0)
		rc = daemon_read_said(s->state.dir, &s->config.arena, &said, &s->machine.said_n, e);
	if (rc < 0)
		return rc;
	s->machine.said = said;
	/* Nor does it stop at an interface that is not there. */
	s->machine.absent_ok = daemon_pid(s->state.dir);
	return 0;
}

static int make_desired(struct session *s, struct err *e)
{
	int rc = read_health(s, e);

	if (rc < 0)
		return rc;
	desired_free(&s->desired);
	return desired_make(&s->config, &s->machine, s->state.slot, s->state.slot_n, &s->desired,
			    e);
}

int session_reread(struct session *s, struct err *e)
{
	int rc = read_machine(s, e);

	return rc < 0 ? rc : make_desired(s, e);
}

int session_open(struct session *s, const struct cli *c, unsigned parts, struct err *e)
{
	int rc = 0;

	memset(s, 0, sizeof(*s));
	s->state.lock_fd = -1;
	s->names = names_new(NULL, NULL);
	if (parts & (SESSION_CONFIG | SESSION_DESIRED))
		rc = config_read(c->config, &s->config, e);
	if (rc >= 0 && (parts & (SESSION_KERNEL | SESSION_STATE | SESSION_DESIRED)))
		rc = kernel_open(&s->kernel, e);
	if (rc >= 0 && (parts & SESSION_STATE))
		rc = open_state(s, c, e);
	if (rc >= 0 && s->kernel)
		rc = read_machine(s, e);
	if (rc >= 0 && (parts & SESSION_DESIRED))
		rc = make_desired(s, e);
	return rc < 0 ? rc : 0;
}

void session_close(struct session *s)
{
	desired_free(&s->desired);
	snapshot_free(&s->snap);
	if (s->state_is_open)
		state_close(&s->state);
	kernel_close(s->kernel);
	config_free(&s->config);
	names_free(s->names);
}

struct print session_print(struct session *s, struct cli *c)
{
	struct print p = {
		.o = &c->out, .json = c->json, .names = s->names, .devices = s->snap.devices};

	p.j = c->j;
	return p;
}
