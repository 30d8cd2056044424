/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/view.h"

#include "fib/dump.h"
#include "uplink/proof.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A saved machine's settings are read as far as the engine needs them; the recipe has none. */
static const char *no_sysctl(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return NULL;
}

static void warn(struct cli *c, const struct err *e)
{
	char line[1024];

	out_flush(&c->out);
	fprintf(stderr, "multihome: warning: %s\n", err_line(e, line, sizeof(line)));
}

static int open_live(struct view *v, struct cli *c, struct err *e)
{
	struct err why = ERR_INIT;
	int rc = -ENOENT;

	if (c->config_given || !access(c->config, F_OK)) {
		/* Nothing that is remembered: the tables in use show whose they are. */
		rc = session_open(&v->s, c, SESSION_DESIRED, &why);
		v->configured = rc >= 0;
		if (rc < 0) {
			session_close(&v->s);
			warn(c, &why);
		}
	}
	if (rc < 0)
		rc = session_open(&v->s, c, SESSION_KERNEL, e);
	v->names = v->s.names;
	return rc < 0 ? rc : snapshot_take(kernel_nl(v->s.kernel), SNAPSHOT_ALL, &v->snap, e);
}

static int open_dump(struct view *v, struct cli *c, const char *dir, struct err *e)
{
	const char *config =
		c->config_given ? c->config : arena_printf(&v->a, "%s/multihome.conf", dir);
	struct err why = ERR_INIT;
	int rc = dump_read(dir, &v->snap, e);

	if (rc < 0)
		return rc;
	v->names = names_new(dir, NULL);
	if (!c->config_given && access(config, F_OK))
		return 0;
	rc = config_read(config, &v->s.config, e);
	if (rc < 0)
		return rc;
	v->s.machine = (struct machine){.snap = &v->snap, .sysctl = no_sysctl, .absent_ok = true};
	v->configured =
		desired_make(&v->s.config, &v->s.machine, NULL, 0, &v->s.desired, &why) >= 0;
	if (!v->configured)
		warn(c, &why);
	return 0;
}

static bool any_rule_of_ours(const struct snapshot *s)
{
	for (size_t i = 0; i < s->rule_n; i++)
		if (owned_is_rule(&s->rule[i]))
			return true;
	return false;
}

int view_open(struct view *v, struct cli *c, const char *dump, struct err *e)
{
	*v = (struct view){0};
	int rc = dump ? open_dump(v, c, dump, e) : open_live(v, c, e);

	if (rc >= 0)
		rc = fib_new(&v->f, &v->snap, e);
	if (rc < 0)
		return rc;
	if (v->configured)
		proof_goal(&v->s.config, &v->s.desired, &v->a, &v->goal);
	else
		prove_discover(v->f, &v->a, &v->goal);
	v->in_force = v->configured && any_rule_of_ours(&v->snap);
	return 0;
}

void view_close(struct view *v)
{
	fib_free(v->f);
	snapshot_free(&v->snap);
	arena_free(&v->a);
	if (v->names != v->s.names)
		names_free(v->names);
	session_close(&v->s);
}

struct explain_machine view_machine(const struct view *v)
{
	return (struct explain_machine){.f = v->f,
					.uplink = v->goal.uplink,
					.uplink_n = v->goal.uplink_n,
					.nft = v->in_force ? &v->s.desired.nft : NULL};
}

struct print view_print(struct view *v, struct cli *c)
{
	struct print p = {
		.o = &c->out, .json = c->json, .names = v->names, .devices = v->snap.devices};

	p.j = c->j;
	return p;
}
