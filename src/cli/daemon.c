/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is asked of the daemon: reload, uplink. It answers when it is done.
 */
#include "apply/daemon.h"
#include "cli/ask.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Asks for a change, waits for its outcome, and says it. */
static int ask_for(struct cli *c, struct ask *a, const char *request, const char *done,
		   struct err *e)
{
	const char *line;

	cli_progress("multihomed is at it");
	int rc = ask_line(a, request, &line, e);
	cli_progress(NULL);
	if (rc < 0)
		return rc;
	json_t *j = json_loads(line, 0, NULL);
	long long steps = json_integer_value(json_object_get(j, "steps"));
	json_decref(j);
	if (c->json)
		out_printf(&c->out, "%s\n", line);
	else
		out_printf(&c->out, "%s: %lld further step%s.\n", done, steps,
			   steps == 1 ? "" : "s");
	return EXIT_DONE;
}

/* Without a daemon it is written down, and applied. */
static int without_daemon(struct cli *c, const char *name, enum way_hand hand, struct err *e)
{
	struct session s;
	int rc = session_open(&s, c, SESSION_CONFIG | SESSION_STATE, e);
	size_t i = 0;

	while (rc >= 0 && i < s.config.uplink_n && strcmp(s.config.uplink[i].name, name) != 0)
		i++;
	if (rc >= 0 && i == s.config.uplink_n)
		rc = err_set(e, -ENOENT, "there is no uplink \"%s\"", name);
	if (rc >= 0)
		rc = daemon_say(s.state.dir, name, hand, e);
	session_close(&s);
	if (rc < 0)
		return rc;
	c->argc = 1;
	return cli_apply_as(c, true, e);
}

static int read_hand(const struct cli *c, enum way_hand *ret, struct err *e)
{
	static const struct {
		const char *word;
		enum way_hand hand;
	} hands[] = {{"up", WAY_BY_ITSELF}, {"down", WAY_DOWN}, {"drain", WAY_DRAIN}};

	for (size_t i = 0; c->argc == 3 && i < ARRAY_SIZE(hands); i++)
		if (!strcmp(hands[i].word, c->argv[2])) {
			*ret = hands[i].hand;
			return 0;
		}
	if (c->argc > 2)
		err_set(e, -EINVAL, "uplink: \"%s\" is neither up, down nor drain", c->argv[2]);
	else
		err_set(e, -EINVAL, "uplink: which one, and what of it?");
	return err_hint(e, "multihome uplink NAME up|down|drain");
}

int cli_uplink(struct cli *c, struct err *e)
{
	struct arena a = {0};
	struct ask *ask = NULL;
	enum way_hand hand = WAY_BY_ITSELF;
	int rc = read_hand(c, &hand, e);

	if (!rc)
		rc = ask_open(&ask, c, e);
	if (rc < 0)
		return rc;
	if (ask)
		rc = ask_for(c, ask, arena_printf(&a, "uplink %s %s", c->argv[1], c->argv[2]),
			     arena_printf(&a, "%s: %s", c->argv[1], c->argv[2]), e);
	else
		rc = without_daemon(c, c->argv[1], hand, e);
	ask_close(ask);
	arena_free(&a);
	return rc;
}

int cli_reload(struct cli *c, struct err *e)
{
	struct ask *a = NULL;
	bool prove = !cli_word(c, "--no-prove");
	/* With a way back it is the work of `apply`, which tells the daemon; here it is asked. */
	int rc = c->argc > 1 ? cli_apply_as(c, prove, e) : 0;

	if (rc)
		return rc;
	rc = ask_need(&a, c, e);
	if (!rc && c->argc > 1) {
		const char *line;
		rc = ask_line(a, "reload", &line, e);
	} else if (!rc) {
		rc = ask_for(c, a, prove ? "reload" : "reload no-prove", "In force", e);
	}
	ask_close(a);
	return rc;
}
