/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `prove`: the properties of fib/prove.h on this machine as it is, or on one that is in a folder;
 * for the configuration's uplinks and policies, or for the uplinks that the default routes show.
 */
#include "cli/proving.h"
#include "fib/dump.h"
#include "uplink/proof.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void put_text(struct proving *x, struct cli *c)
{
	char line[128];

	for (long i = 0; i < x->failure_n; i++)
		proving_put(x, c, &x->failure[i]);
	snprintf(line, sizeof(line),
		 "%s: %zu uplinks, %llu packets of all classes, %ld failure%s.\n",
		 x->failure_n ? "Not proved" : "Proved", x->goal.uplink_n,
		 (unsigned long long)x->looked, x->failure_n, x->failure_n == 1 ? "" : "s");
	cli_put(c, x->failure_n ? CLI_BAD : CLI_GOOD, line);
}

static void put_json(struct proving *x, struct cli *c)
{
	jw_object(&c->j, NULL);
	jw_bool(&c->j, "proved", !x->failure_n);
	jw_u64(&c->j, "packets", x->looked);
	jw_array(&c->j, "uplinks");
	for (size_t i = 0; i < x->goal.uplink_n; i++)
		jw_str(&c->j, NULL, x->goal.uplink[i].name);
	jw_array_end(&c->j);
	jw_array(&c->j, "failures");
	for (long i = 0; i < x->failure_n; i++)
		proving_json(x, c, &x->failure[i]);
	jw_array_end(&c->j);
	jw_object_end(&c->j);
	out_putc(&c->out, '\n');
}

static int prove(struct proving *x, struct cli *c, const struct snapshot *s,
		 const struct prove_goal *goal, struct err *e)
{
	int rc = proving_run(x, s, goal, e);

	if (rc < 0)
		return rc;
	if (!x->goal.uplink_n) {
		err_set(e, -ENODEV, "there is no way out to prove anything of");
		return err_hint(e, "write a configuration, or make a default route");
	}
	if (c->json)
		put_json(x, c);
	else
		put_text(x, c);
	return x->failure_n ? EXIT_UNPROVED : EXIT_DONE;
}

/* This machine; whole, as settings and next-hop objects count here. */
static int prove_here(struct cli *c, struct err *e)
{
	struct session s;
	struct snapshot snap = {0};
	struct proving x = {0};
	struct prove_goal goal;
	bool configured = !access(c->config, F_OK);
	int rc = session_open(&s, c, configured ? SESSION_STATE | SESSION_DESIRED : SESSION_KERNEL,
			      e);

	x.names = s.names;
	if (rc >= 0)
		rc = snapshot_take(kernel_nl(s.kernel), SNAPSHOT_ALL, &snap, e);
	if (rc >= 0 && configured)
		proof_goal(&s.config, &s.desired, &x.a, &goal);
	if (rc >= 0)
		rc = prove(&x, c, &snap, configured ? &goal : NULL, e);
	proving_free(&x);
	snapshot_free(&snap);
	session_close(&s);
	return rc;
}

static const char *no_sysctl(void *arg, const char *name)
{
	(void)arg, (void)name;
	return NULL;
}

/* Another machine, from the folder; its configuration is there, too, if it has one. */
static int prove_dump(struct cli *c, const char *dir, struct err *e)
{
	struct snapshot snap = {0};
	struct machine m = {.snap = &snap, .sysctl = no_sysctl, .absent_ok = true};
	struct config config = {0};
	struct desired d = {0};
	struct proving x = {.names = names_new(NULL, NULL)};
	struct prove_goal goal;
	const char *file = arena_printf(&x.a, "%s/multihome.conf", dir);
	bool configured = !access(file, F_OK);
	int rc = dump_read(dir, &snap, e);

	if (rc >= 0 && configured)
		rc = config_read(file, &config, e);
	if (rc >= 0 && configured)
		rc = desired_make(&config, &m, NULL, 0, &d, e);
	if (rc >= 0 && configured)
		proof_goal(&config, &d, &x.a, &goal);
	if (rc >= 0)
		rc = prove(&x, c, &snap, configured ? &goal : NULL, e);
	names_free(x.names);
	proving_free(&x);
	desired_free(&d);
	config_free(&config);
	snapshot_free(&snap);
	return rc;
}

int cli_prove(struct cli *c, struct err *e)
{
	if (c->argc == 3 && !strcmp(c->argv[1], "--dump"))
		return prove_dump(c, c->argv[2], e);
	if (c->argc > 1 && !strncmp(c->argv[1], "--dump", 6)) {
		err_set(e, -EINVAL, "prove: --dump takes one folder");
		return err_hint(e, "multihome prove --dump DIR");
	}
	int rc = cli_no_arguments(c, e);
	return rc < 0 ? rc : prove_here(c, e);
}
