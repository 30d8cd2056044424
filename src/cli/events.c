/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/ask.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

static int read_arguments(const struct cli *c, bool *follow, struct err *e)
{
	for (int i = 1; i < c->argc; i++) {
		if (strcmp(c->argv[i], "-f") != 0 && strcmp(c->argv[i], "--follow") != 0) {
			err_set(e, -EINVAL, "events: unexpected argument \"%s\"", c->argv[i]);
			return err_hint(e, "multihome events [-f] [-j]");
		}
		*follow = true;
	}
	return 0;
}

static const char *text_of(const json_t *j, const char *key)
{
	const char *text = json_string_value(json_object_get(j, key));

	return text ? text : "";
}

/* "2026-12-01T02:46:57.123Z" as the clock on the wall has it here. */
static void put_time(struct cli *c, const char *iso)
{
	struct tm utc = {0}, here;
	char text[32] = "";

	if (strptime(iso, "%Y-%m-%dT%H:%M:%S", &utc)) {
		time_t t = timegm(&utc);
		strftime(text, sizeof(text), "%F %T", localtime_r(&t, &here));
	}
	cli_put(c, CLI_DIM, text);
	out_putc(&c->out, ' ');
}

static enum cli_color color_of(const json_t *j)
{
	json_int_t level = json_integer_value(json_object_get(j, "level"));

	return !strcmp(text_of(j, "event"), "up") ? CLI_GOOD
	       : level <= 3			  ? CLI_BAD
	       : level == 4			  ? CLI_WARN
						  : CLI_BOLD;
}

static void put_event(struct cli *c, const json_t *j)
{
	const char *uplink = text_of(j, "uplink"), *family = text_of(j, "family");

	put_time(c, text_of(j, "time"));
	cli_put(c, color_of(j), text_of(j, "event"));
	cli_pad(c, strlen(text_of(j, "event")), 11);
	if (*uplink)
		out_printf(&c->out, "%s%s", uplink, *family ? " " : ": ");
	if (*family)
		out_printf(&c->out, "%s: ", !strcmp(family, "ipv4") ? "IPv4" : "IPv6");
	out_printf(&c->out, "%s\n", text_of(j, "text"));
}

static void put_line(struct cli *c, const char *line)
{
	json_t *j = json_loads(line, 0, NULL), *one;
	size_t i;

	if (c->json)
		out_printf(&c->out, "%s\n", line);
	else if (json_is_object(j))
		put_event(c, j);
	else
		json_array_foreach(j, i, one) put_event(c, one);
	json_decref(j);
}

static int follow_events(struct cli *c, struct ask *a, struct err *e)
{
	const char *line;
	int rc = ask_send(a, "follow", e);

	while (!rc && (rc = ask_next(a, &line, e)) > 0) {
		put_line(c, line);
		rc = ask_has_line(a) ? 0 : out_flush(&c->out);
	}
	return rc;
}

int cli_events(struct cli *c, struct err *e)
{
	struct ask *a = NULL;
	bool follow = false;
	const char *line;
	int rc = read_arguments(c, &follow, e);

	if (!rc)
		rc = ask_need(&a, c, e);
	if (!rc && follow) {
		rc = follow_events(c, a, e);
	} else if (!rc) {
		rc = ask_line(a, "events", &line, e);
		if (!rc)
			put_line(c, line);
	}
	ask_close(a);
	return rc;
}
