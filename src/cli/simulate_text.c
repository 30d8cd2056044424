/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/simulate.h"
#include "cli/table.h"

#include <stdio.h>
#include <string.h>

const char *simulate_bytes(struct arena *a, uint64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
	double v = (double)bytes;
	unsigned i = 0;

	for (; v >= 1000 && i < 5; i++)
		v /= 1000;
	return arena_printf(a, i ? "%.1f %s" : "%.0f %s", v, units[i]);
}

const char *simulate_words(struct simulating *s)
{
	char buf[IP_PREFIX_STRLEN];
	const char *to = s->to_n ? arena_printf(&s->a, "to %ld prefixes", s->to_n) : "to anywhere";
	const char *of = s->iif ? arena_printf(&s->a, "from %s behind %s",
					       ip_prefix_str(&s->from, buf), s->iif)
				: "of this machine";

	if (s->zipf > 0)
		to = arena_printf(&s->a, "%s (Zipf, %g)", to, s->zipf);
	return arena_printf(&s->a, "%llu flows %s %s, %s", (unsigned long long)s->n, of, to,
			    s->v.configured && !s->as_is ? "as the configuration wants it"
							 : "as the machine is");
}

const char *simulate_verdict(struct simulating *s)
{
	const struct simulation *r = &s->r;
	const char *how = r->chance >= 0.01	? "as even as chance makes it"
			  : r->deviation < 0.02 ? "even, but less so than by chance"
						: "uneven: more than chance would make it";

	if (!r->freedom)
		return "no flow had a choice of uplinks";
	return arena_printf(&s->a,
			    "%s (chi-square %.1f, %u degree%s of freedom, p %.2g; greatest "
			    "deviation %.2f %%)",
			    how, r->chi_square, r->freedom, r->freedom == 1 ? "" : "s", r->chance,
			    r->deviation * 100);
}

/* ── Text ───────────────────────────────────────────────────────────────────────────────────── */

#define BAR 40

enum { COL_NAME, COL_FLOWS, COL_SHARE, COL_IDEAL, COL_BAR, COL_BYTES };

static const char *percent(struct arena *a, double part, double whole)
{
	return arena_printf(a, "%.2f %%", whole > 0 ? 100 * part / whole : 0);
}

static const char *bar(struct arena *a, double part, double whole)
{
	static const char full[BAR + 1] = "########################################";
	double n = whole > 0 ? BAR * part / whole : 0;

	return arena_printf(a, "%.*s", (int)(n + 0.5), full);
}

static void share_row(struct simulating *s, struct table *t, const struct simulate_share *x,
		      const char *name, bool ideal)
{
	struct arena *a = &t->arena;
	double n = (double)s->r.flows;

	table_row(t);
	table_cell_in(t, COL_NAME, CLI_BOLD, name);
	table_cell(t, COL_FLOWS, arena_printf(a, "%llu", (unsigned long long)x->flows));
	table_cell(t, COL_SHARE, percent(a, (double)x->flows, n));
	if (ideal)
		table_cell(t, COL_IDEAL, percent(a, x->ideal, n));
	table_cell_in(t, COL_BAR, CLI_GOOD, bar(a, (double)x->flows, n));
	table_cell(t, COL_BYTES, percent(a, (double)x->bytes, (double)s->r.bytes));
}

static void put_shares(struct simulating *s, struct cli *c, const struct simulate_share *v,
		       bool ideal)
{
	static const char *const headings[] = {"uplink", "flows", "share", "ideal", "", "bytes"};
	struct table t = {0};
	size_t n = s->r.uplink_n;

	table_row(&t);
	for (unsigned i = 0; i < ARRAY_SIZE(headings); i++)
		if (ideal || i != COL_IDEAL)
			table_cell(&t, i, headings[i]);
	for (size_t i = 0; i < n; i++)
		share_row(s, &t, &v[i], v[i].name, ideal);
	if (v[n + SIMULATE_ELSEWHERE].flows)
		share_row(s, &t, &v[n + SIMULATE_ELSEWHERE], "elsewhere", false);
	if (v[n + SIMULATE_NOWHERE].flows)
		share_row(s, &t, &v[n + SIMULATE_NOWHERE], "no way", false);
	table_write(&t, c);
}

static void put_fates(struct simulating *s, struct cli *c, const char *who, const uint64_t *n)
{
	out_puts(&c->out,
		 arena_printf(&s->a,
			      "%s: %llu stay, %llu move because they must, %llu move though they "
			      "need not, %llu are lost.\n",
			      who, (unsigned long long)n[SIMULATE_STAYS],
			      (unsigned long long)n[SIMULATE_MUST],
			      (unsigned long long)n[SIMULATE_NEEDLESS],
			      (unsigned long long)n[SIMULATE_LOST]));
}

void simulate_text(struct simulating *s, struct cli *c)
{
	out_printf(&c->out, "%s; %s in all.\n\n", simulate_words(s),
		   simulate_bytes(&s->a, s->r.bytes));
	put_shares(s, c, s->r.share, true);
	out_printf(&c->out, "\nBalance: %s.\n", simulate_verdict(s));
	if (!s->fail)
		return;
	out_printf(&c->out, "\nWhen %s has failed, the same flows, begun then:\n\n", s->fail);
	put_shares(s, c, s->r.after, false);
	out_putc(&c->out, '\n');
	put_fates(s, c, "Flows from before the failure", s->r.old);
	if (s->r.renumbered)
		out_printf(&c->out,
			   "%llu of those that move get another source address, and begin anew.\n",
			   (unsigned long long)s->r.renumbered);
	put_fates(s, c, "Flows from after it, beside those from before", s->r.new);
}

/* ── JSON ───────────────────────────────────────────────────────────────────────────────────── */

static void json_share(struct json *j, const char *key, const struct simulating *s,
		       const struct simulate_share *x, bool ideal)
{
	jw_object(j, key);
	if (x->name)
		jw_str(j, "name", x->name);
	jw_u64(j, "flows", x->flows);
	jw_u64(j, "bytes", x->bytes);
	jw_double(j, "share", (double)x->flows / (double)s->r.flows);
	if (ideal)
		jw_double(j, "ideal", x->ideal / (double)s->r.flows);
	jw_object_end(j);
}

static void json_shares(struct json *j, const struct simulating *s, const struct simulate_share *v,
			bool ideal)
{
	size_t n = s->r.uplink_n;

	jw_array(j, "uplinks");
	for (size_t i = 0; i < n; i++)
		json_share(j, NULL, s, &v[i], ideal);
	jw_array_end(j);
	json_share(j, "elsewhere", s, &v[n + SIMULATE_ELSEWHERE], false);
	json_share(j, "nowhere", s, &v[n + SIMULATE_NOWHERE], false);
}

static void json_fates(struct json *j, const char *key, const uint64_t *n)
{
	jw_object(j, key);
	jw_u64(j, "stay", n[SIMULATE_STAYS]);
	jw_u64(j, "must_move", n[SIMULATE_MUST]);
	jw_u64(j, "move_needlessly", n[SIMULATE_NEEDLESS]);
	jw_u64(j, "lost", n[SIMULATE_LOST]);
	jw_object_end(j);
}

void simulate_json(struct simulating *s, struct cli *c)
{
	const struct simulation *r = &s->r;
	struct json *j = &c->j;

	jw_object(j, NULL);
	jw_u64(j, "flows", r->flows);
	jw_u64(j, "bytes", r->bytes);
	jw_u64(j, "seed", s->seed);
	jw_str(j, "machine", s->v.configured && !s->as_is ? "as configured" : "as it is");
	json_shares(j, s, r->share, true);
	jw_u64(j, "balanced", r->balanced);
	jw_double(j, "chi_square", r->chi_square);
	jw_u64(j, "degrees_of_freedom", r->freedom);
	jw_double(j, "chance", r->chance);
	jw_double(j, "deviation", r->deviation);
	if (s->fail) {
		jw_object(j, "failure");
		jw_str(j, "uplink", s->fail);
		json_shares(j, s, r->after, false);
		json_fates(j, "begun_before", r->old);
		jw_u64(j, "renumbered", r->renumbered);
		json_fates(j, "begun_after", r->new);
		jw_object_end(j);
	}
	jw_object_end(j);
	out_putc(&c->out, '\n');
}
