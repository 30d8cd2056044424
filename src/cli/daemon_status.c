/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/status.h"
#include "cli/table.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum {
	COL_NAME,
	COL_DEVICE,
	COL_FAMILY,
	COL_STATE,
	COL_SINCE,
	COL_SHARE,
	COL_RTT,
	COL_LOSS,
	COL_JITTER,
	COL_IN,
	COL_OUT,
	COL_FAILOVERS
};

static const char *const headings[] = {"uplink", "interface", "",    "state",
				       "for",	 "share",     "rtt", "loss",
				       "jitter", "in",	      "out", "failovers"};

const char *text_ms(struct arena *a, double ms)
{
	return arena_printf(a, ms < 10 ? "%.2f ms" : ms < 100 ? "%.1f ms" : "%.0f ms", ms);
}

const char *text_rate(struct arena *a, double bytes)
{
	static const char *const units[] = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"};
	double v = bytes * 8;
	size_t i = 0;

	for (; v >= 1000 && i + 1 < ARRAY_SIZE(units); i++)
		v /= 1000;
	return arena_printf(a, i && v < 10 ? "%.1f %s" : "%.0f %s", v, units[i]);
}

const char *text_time(struct arena *a, double seconds)
{
	unsigned long long s = seconds > 0 ? (unsigned long long)seconds : 0;

	if (s < 60)
		return arena_printf(a, "%llu s", s);
	if (s < 3600)
		return arena_printf(a, "%llu min", s / 60);
	if (s < 86400)
		return arena_printf(a, "%llu h %llu min", s / 3600, s / 60 % 60);
	return arena_printf(a, "%llu d %llu h", s / 86400, s / 3600 % 24);
}

const char *text_part(struct arena *a, double part)
{
	double v = part * 100;

	return arena_printf(a, v > 0 && v < 10 && v != (int)v ? "%.1f %%" : "%.0f %%", v);
}

static const char *text_of(const json_t *j, const char *key)
{
	const char *text = json_string_value(json_object_get(j, key));

	return text ? text : "";
}

static double number_of(const json_t *j, const char *key)
{
	return json_number_value(json_object_get(j, key));
}

static enum cli_color state_color(const char *state)
{
	return !strcmp(state, "up") ? CLI_GOOD : !strcmp(state, "drained") ? CLI_WARN : CLI_BAD;
}

/* What each family of an uplink has of its own. */
static void family_cells(struct table *t, const json_t *f, const char *family)
{
	struct arena *a = &t->arena;
	const char *state = text_of(f, "state");

	table_cell(t, COL_FAMILY, family);
	table_cell_in(t, COL_STATE, state_color(state), arena_strdup(a, state));
	table_cell(t, COL_SINCE, text_time(a, number_of(f, "seconds")));
	if (json_object_get(f, "share"))
		table_cell(t, COL_SHARE, text_part(a, number_of(f, "share")));
	if (json_object_get(f, "loss"))
		table_cell(t, COL_LOSS, text_part(a, number_of(f, "loss")));
	if (json_object_get(f, "rtt_ms")) {
		table_cell(t, COL_RTT, text_ms(a, number_of(f, "rtt_ms")));
		table_cell(t, COL_JITTER, text_ms(a, number_of(f, "jitter_ms")));
	}
	table_cell(t, COL_FAILOVERS, arena_printf(a, "%.0f", number_of(f, "failovers")));
}

static void uplink_rows(struct table *t, const json_t *u)
{
	static const char *const names[] = {"IPv4", "IPv6"};
	const json_t *f[] = {json_object_get(u, "ipv4"), json_object_get(u, "ipv6")};
	struct arena *a = &t->arena;
	bool named = false;

	for (unsigned i = 0; i < 2; i++) {
		/* One row at least. */
		if (!strcmp(text_of(f[i], "state"), "absent") && (!i || named) &&
		    !(i == 0 && !strcmp(text_of(f[1], "state"), "absent")))
			continue;
		table_row(t);
		family_cells(t, f[i], names[i]);
		if (named)
			continue;
		named = true;
		table_cell_in(t, COL_NAME, CLI_BOLD, arena_strdup(a, text_of(u, "name")));
		table_cell(t, COL_DEVICE, arena_strdup(a, text_of(u, "interface")));
		if (json_object_get(u, "rx_rate")) {
			table_cell(t, COL_IN, text_rate(a, number_of(u, "rx_rate")));
			table_cell(t, COL_OUT, text_rate(a, number_of(u, "tx_rate")));
		}
	}
}

static const char *addresses_of(struct arena *a, const json_t *f)
{
	const char *text = "";
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(f, "addresses"), i, one) text =
		arena_printf(a, "%s%s%s", text, i ? ", " : "", json_string_value(one));
	if (*text_of(f, "gateway"))
		text = arena_printf(a, "%s via %s", text, text_of(f, "gateway"));
	return text;
}

static void address_rows(struct table *t, const json_t *u)
{
	const char *v4 = addresses_of(&t->arena, json_object_get(u, "ipv4"));
	const char *v6 = addresses_of(&t->arena, json_object_get(u, "ipv6"));

	table_row(t);
	table_cell_in(t, 0, CLI_BOLD, arena_strdup(&t->arena, text_of(u, "name")));
	table_cell(t, 1, arena_printf(&t->arena, "%.0f", number_of(u, "table")));
	table_cell(t, 2, arena_strdup(&t->arena, text_of(u, "mark")));
	table_cell(t, 3, *v4 ? v4 : v6);
	if (!*v4 || !*v6)
		return;
	table_row(t);
	table_cell(t, 3, v6);
}

static void tables(struct cli *c, const json_t *uplinks)
{
	static const char *const second[] = {"uplink", "table", "mark", "addresses"};
	struct table t = {0};
	const json_t *u;
	size_t i;

	table_row(&t);
	for (unsigned k = 0; k < ARRAY_SIZE(headings); k++)
		table_cell(&t, k, headings[k]);
	json_array_foreach(uplinks, i, u) uplink_rows(&t, u);
	table_write(&t, c);
	out_putc(&c->out, '\n');
	table_row(&t);
	for (unsigned k = 0; k < ARRAY_SIZE(second); k++)
		table_cell(&t, k, second[k]);
	json_array_foreach(uplinks, i, u) address_rows(&t, u);
	table_write(&t, c);
}

static void reasons(struct cli *c, const json_t *uplinks)
{
	const json_t *u;
	size_t i;

	json_array_foreach(uplinks, i, u) for (unsigned k = 0; k < 2; k++)
	{
		const char *why = text_of(json_object_get(u, k ? "ipv6" : "ipv4"), "why");
		if (*why)
			out_printf(&c->out, "%s %s: %s\n", text_of(u, "name"), k ? "IPv6" : "IPv4",
				   why);
	}
}

static void proof(struct cli *c, const json_t *p)
{
	const char *state = text_of(p, "state"), *text = text_of(p, "text");

	if (!strcmp(state, "holds"))
		out_puts(&c->out, "Proved: every packet takes the way that it should.\n");
	if (!strcmp(state, "fails"))
		cli_put(c, CLI_BAD, "Not proved: ");
	else if (*text)
		out_puts(&c->out, "Whether it is proved is not known: ");
	if (*text)
		out_printf(&c->out, "%s\n", text);
}

static void in_force(struct cli *c, const json_t *j)
{
	const json_t *d = json_object_get(j, "daemon");
	const char *failure = text_of(d, "failure");
	double left = number_of(j, "confirm_seconds");
	struct arena a = {0};

	if (*failure) {
		cli_put(c, CLI_BAD, "Not as configured: ");
		out_printf(&c->out, "%s\n", failure);
	} else {
		cli_put(c, CLI_GOOD, "In force.");
		out_printf(&c->out, " multihomed (process %.0f) has been at work for %s.\n",
			   number_of(d, "pid"), text_time(&a, number_of(d, "seconds")));
	}
	proof(c, json_object_get(j, "proof"));
	if (left > 0)
		out_printf(&c->out,
			   "Unconfirmed: taken back in %.0f s unless `multihome confirm`.\n", left);
	arena_free(&a);
}

static void warnings(struct cli *c, const json_t *j)
{
	const json_t *one;
	size_t i;

	out_flush(&c->out);
	json_array_foreach(json_object_get(j, "warnings"), i, one)
		fprintf(stderr, "multihome: warning: %s\n", json_string_value(one));
}

int status_of_daemon(struct cli *c, struct ask *a, struct err *e)
{
	const char *line;
	int rc = ask_line(a, "status", &line, e);

	if (rc < 0)
		return rc;
	if (c->json) {
		out_printf(&c->out, "%s\n", line);
		return EXIT_DONE;
	}
	json_t *j = json_loads(line, 0, NULL);
	if (!j)
		return err_set(e, -EBADMSG, "multihomed's answer is no JSON");
	const json_t *uplinks = json_object_get(j, "uplinks");
	tables(c, uplinks);
	reasons(c, uplinks);
	in_force(c, j);
	warnings(c, j);
	json_decref(j);
	return EXIT_DONE;
}
