/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `status` and `check` show the same thing, the uplinks as found on this machine: check asks
 * whether the configuration fits it, status also whether it is in force.
 */
#include "cli/status.h"
#include "apply/confirm.h"
#include "cli/table.h"

#include <stdio.h>
#include <string.h>

enum { COL_NAME, COL_DEVICE, COL_STATE, COL_SHARE, COL_ADDRESS, COL_GATEWAY, COL_TABLE, COL_MARK };

static const struct uplink_family *family_of(const struct uplink_state *u, int v6)
{
	return v6 ? &u->v6 : &u->v4;
}

/* The uplink's part of what goes the default way, in tenths of a percent; -1 if there is none. */
static int share_of(const struct desired *d, unsigned uplink, int v6)
{
	uint64_t total = 0, mine = 0;

	for (size_t i = 0; i < d->share_n[v6]; i++) {
		total += d->share[v6][i].weight;
		if (d->share[v6][i].uplink == uplink)
			mine += d->share[v6][i].weight;
	}
	return total ? (int)((mine * 1000 + total / 2) / total) : -1;
}

static const char *share_text(struct arena *a, int tenths)
{
	if (tenths < 0)
		return "-";
	return tenths % 10 ? arena_printf(a, "%d.%d %%", tenths / 10, tenths % 10)
			   : arena_printf(a, "%d %%", tenths / 10);
}

static const char *gateway_text(struct arena *a, const struct uplink_family *f)
{
	char text[IP_ADDR_STRLEN];

	if (f->gateway.family)
		return arena_strdup(a, ip_addr_str(&f->gateway, text));
	return f->usable ? "point-to-point" : "-";
}

static void family_rows(struct table *t, const struct desired *d, unsigned i, int v6, bool *named)
{
	const struct uplink_state *u = &d->uplink[i];
	const struct uplink_family *f = family_of(u, v6);
	struct arena *a = &t->arena;
	char text[IP_PREFIX_STRLEN];

	for (size_t k = 0; k < f->address_n; k++) {
		table_row(t);
		table_cell(t, COL_ADDRESS, arena_strdup(a, ip_prefix_str(&f->address[k], text)));
		if (k)
			continue;
		table_cell_in(t, COL_STATE, f->usable ? CLI_GOOD : CLI_BAD,
			      f->usable ? "up" : "down");
		table_cell(t, COL_SHARE, share_text(a, share_of(d, i, v6)));
		table_cell(t, COL_GATEWAY, gateway_text(a, f));
		if (*named)
			continue;
		*named = true;
		table_cell_in(t, COL_NAME, CLI_BOLD, u->config->name);
		table_cell(t, COL_DEVICE, u->config->interface);
		table_cell(t, COL_TABLE, arena_printf(a, "%u", u->table));
		table_cell(t, COL_MARK, arena_printf(a, "%#x", u->mark));
	}
}

static void uplink_table(struct cli *c, const struct desired *d)
{
	static const char *const headings[] = {"uplink",  "interface", "state", "share",
					       "address", "gateway",   "table", "mark"};
	struct table t = {0};

	table_row(&t);
	for (unsigned i = 0; i < ARRAY_SIZE(headings); i++)
		table_cell(&t, i, headings[i]);
	for (unsigned i = 0; i < d->uplink_n; i++) {
		bool named = false;
		family_rows(&t, d, i, 0, &named);
		family_rows(&t, d, i, 1, &named);
		if (named)
			continue;
		table_row(&t);
		table_cell_in(&t, COL_NAME, CLI_BOLD, d->uplink[i].config->name);
		table_cell(&t, COL_DEVICE, d->uplink[i].config->interface);
		table_cell_in(&t, COL_STATE, CLI_BAD, "down");
		table_cell(&t, COL_SHARE, "-");
	}
	table_write(&t, c);
	for (unsigned i = 0; i < d->uplink_n; i++)
		for (int v6 = 0; v6 < 2; v6++) {
			const char *why = family_of(&d->uplink[i], v6)->why;
			if (why)
				out_printf(&c->out, "%s %s: %s\n", d->uplink[i].config->name,
					   v6 ? "IPv6" : "IPv4", why);
		}
}

static void family_json(struct cli *c, const struct desired *d, unsigned i, int v6)
{
	const struct uplink_family *f = family_of(&d->uplink[i], v6);
	struct json *j = &c->j;
	char text[IP_PREFIX_STRLEN];

	jw_object(j, v6 ? "ipv6" : "ipv4");
	jw_bool(j, "present", f->present);
	jw_bool(j, "usable", f->usable);
	if (f->why)
		jw_str(j, "why", f->why);
	jw_array(j, "addresses");
	for (size_t k = 0; k < f->address_n; k++)
		jw_str(j, NULL, ip_prefix_str(&f->address[k], text));
	jw_array_end(j);
	if (f->gateway.family)
		jw_addr(j, "gateway", &f->gateway);
	int share = share_of(d, i, v6);
	if (share >= 0)
		jw_double(j, "share", share / 1000.0);
	jw_object_end(j);
}

static void uplinks_json(struct cli *c, const struct desired *d)
{
	struct json *j = &c->j;

	jw_array(j, "uplinks");
	for (unsigned i = 0; i < d->uplink_n; i++) {
		const struct uplink_state *u = &d->uplink[i];
		jw_object(j, NULL);
		jw_str(j, "name", u->config->name);
		jw_str(j, "interface", u->config->interface);
		jw_u64(j, "table", u->table);
		jw_printf(j, "mark", "%#x", u->mark);
		jw_u64(j, "weight", u->config->weight);
		family_json(c, d, i, 0);
		family_json(c, d, i, 1);
		jw_object_end(j);
	}
	jw_array_end(j);
	jw_array(j, "warnings");
	for (size_t i = 0; i < d->warning_n; i++)
		jw_str(j, NULL, d->warning[i]);
	jw_array_end(j);
}

int cli_check(struct cli *c, struct err *e)
{
	struct session s;
	int rc = cli_no_arguments(c, e);

	if (rc < 0)
		return rc;
	rc = session_open(&s, c, SESSION_DESIRED, e);
	if (rc >= 0 && c->json) {
		jw_object(&c->j, NULL);
		jw_bool(&c->j, "ok", true);
		uplinks_json(c, &s.desired);
		jw_object_end(&c->j);
		out_putc(&c->out, '\n');
	} else if (rc >= 0) {
		uplink_table(c, &s.desired);
		cli_warn(c, &s.desired);
		out_printf(&c->out, "%s is good: ", c->config);
		out_printf(&c->out, "%zu uplink%s, %zu polic%s.\n", s.config.uplink_n,
			   s.config.uplink_n == 1 ? "" : "s", s.config.policy_n,
			   s.config.policy_n == 1 ? "y" : "ies");
	}
	session_close(&s);
	return rc;
}

static void in_force(struct cli *c, struct session *s, size_t pending)
{
	unsigned left = confirm_pending(&s->state);

	if (s->state.applying)
		cli_put(c, CLI_BAD,
			"An apply was interrupted: run `multihome apply` or "
			"`multihome rollback`.\n");
	else if (!pending)
		cli_put(c, CLI_GOOD, "In force.\n");
	else if (!s->state.slot_n)
		cli_put(c, CLI_WARN, "Not applied: `multihome apply` puts it in force.\n");
	else
		out_printf(&c->out, "%zu change%s pending: see `multihome plan`.\n", pending,
			   pending == 1 ? "" : "s");
	if (left)
		out_printf(&c->out, "Unconfirmed: taken back in %u s unless `multihome confirm`.\n",
			   left);
}

static int without_daemon(struct cli *c, struct err *e)
{
	struct session s;
	struct plan plan = {0};
	int rc = session_open(&s, c, SESSION_STATE | SESSION_DESIRED, e);
	if (rc >= 0)
		rc = state_plan(&s.state, s.kernel, &s.desired, &plan, e);
	if (rc >= 0 && c->json) {
		jw_object(&c->j, NULL);
		uplinks_json(c, &s.desired);
		jw_u64(&c->j, "pending", plan.n);
		jw_bool(&c->j, "interrupted", s.state.applying);
		jw_u64(&c->j, "confirm_seconds", confirm_pending(&s.state));
		jw_object_end(&c->j);
		out_putc(&c->out, '\n');
	} else if (rc >= 0) {
		uplink_table(c, &s.desired);
		in_force(c, &s, plan.n);
		out_puts(&c->out, "multihomed is not at work: nothing is watched.\n");
		cli_warn(c, &s.desired);
	}
	plan_free(&plan);
	session_close(&s);
	return rc;
}

int cli_status(struct cli *c, struct err *e)
{
	struct ask *a = NULL;
	int rc = cli_no_arguments(c, e);

	if (!rc)
		rc = ask_open(&a, c, e);
	if (rc < 0)
		return rc;
	rc = a ? status_of_daemon(c, a, e) : without_daemon(c, e);
	ask_close(a);
	return rc;
}
