/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An explanation as a picture: a line down the left side, as on a map of the underground, with a
 * stop for each thing that the packet meets: rules, routes, next hops as shares of the hash, the
 * way out. The way back is a broken line on the right. Everything is drawn from top to bottom; the
 * height is known in the end, and goes before it.
 */
#include "base/svg.h"
#include "cli/explain.h"

#include <string.h>

#define EDGE   16 /* around everything */
#define RAIL   44 /* where the line is */
#define LEFT   68 /* where text begins */
#define ROW    22
#define GAP    12  /* between cards */
#define RIGHT  52  /* room for the way back */
#define LEAST  760 /* width */
#define SHOWN  24  /* rows of a card, at most */
#define COLUMN 96  /* characters of a row's text, at most */

/* Two layers, and the line between them: boxes below it, stops and text above. */
struct drawing {
	struct explaining *e;
	struct out boxes, o;
	int y, width;	/* of the cards */
	int packet_mid; /* where the way back ends */
};

static const char *shortened(struct drawing *d, const char *s)
{
	size_t n = strlen(s);

	return n <= COLUMN ? s : arena_printf(&d->e->a, "%.*s...", COLUMN - 3, s);
}

/* ── Width ──────────────────────────────────────────────────────────────────────────────────── */

static int rows_width(const struct explain_row *v, size_t n, int *ret_column)
{
	int why = 0;

	*ret_column = 0;
	for (size_t i = 0; i < n; i++) {
		int w = svg_width_fixed(v[i].text);
		if (v[i].why[0] && svg_width_plain(v[i].why) > why)
			why = svg_width_plain(v[i].why);
		if (w > *ret_column)
			*ret_column = w;
	}
	return LEFT + *ret_column + (why ? 20 + why : 0) + EDGE;
}

static void widen(struct drawing *d, const char *text)
{
	int w = text ? LEFT + svg_width_plain(text) + 90 : 0;

	if (w > d->width)
		d->width = w;
}

static void shorten_rows(struct drawing *d, struct explain_row *v, size_t n)
{
	int column;

	for (size_t i = 0; i < n; i++)
		v[i].text = shortened(d, v[i].text);
	int w = rows_width(v, n, &column);
	if (w > d->width)
		d->width = w;
}

/* ── Cards ──────────────────────────────────────────────────────────────────────────────────── */

/* The card's box, and its stop on the line; d->y is then its first row's. */
static void begin_card(struct drawing *d, int rows, const char *look, const char *heading,
		       const char *more)
{
	int height = 36 + rows * ROW + (rows ? 8 : 0);

	svg_rect(&d->boxes, EDGE, d->y, d->width, height, 8, look);
	svg_text(&d->o, LEFT, d->y + 23, "h", heading);
	if (more)
		svg_text(&d->o, LEFT + svg_width_plain(heading) + 22, d->y + 23, "dim", more);
	svg_circle(&d->o, RAIL, d->y + 18, 7, "stop");
	d->y += 36;
}

static void end_card(struct drawing *d, int rows)
{
	d->y += rows * ROW + (rows ? 8 : 0) + GAP;
}

static void draw_rows(struct drawing *d, const struct explain_row *v, size_t n)
{
	int column;

	rows_width(v, n, &column);
	for (size_t i = 0; i < n; i++) {
		int y = d->y + (int)i * ROW;
		if (v[i].chosen) {
			svg_rect(&d->boxes, RAIL, y, d->width - RAIL + EDGE - 10, ROW, 6, "band");
			svg_circle(&d->o, RAIL, y + ROW / 2, 5, "accent");
		} else {
			svg_circle(&d->o, RAIL, y + ROW / 2, 4, "dot");
		}
		svg_text(&d->o, LEFT, y + 15, v[i].chosen ? "m" : "m dim", v[i].text);
		if (v[i].why[0])
			svg_text(&d->o, LEFT + column + 20, y + 15, "dim", v[i].why);
	}
}

static void draw_list(struct drawing *d, const char *heading, const char *more,
		      const struct explain_row *v, size_t n)
{
	size_t shown = n < SHOWN ? n : SHOWN, from = n - shown;

	if (!n)
		return;
	if (from)
		more = arena_printf(&d->e->a, "%zu before are left out", from);
	begin_card(d, (int)shown, "card", heading, more);
	draw_rows(d, v + from, shown);
	end_card(d, (int)shown);
}

/* ── Next hops ──────────────────────────────────────────────────────────────────────────────── */

#define HASHES 2147483648.0

/* As much of its name as there is room for. */
static void draw_share(struct drawing *d, const struct fib_choice *c, int x0, int span)
{
	struct explaining *e = d->e;
	const struct prove_uplink *u = explain_uplink(e->m.uplink, e->m.uplink_n, c->dev, &c->via);
	int x = x0 + (int)(c->first / HASHES * span);
	int w = x0 + (int)((c->last + 1.0) / HASHES * span) - x;
	int percent = (int)((c->last - c->first + 1.0) / HASHES * 100 + 0.5);
	const char *dev = arena_strdup(&e->a, devices_name(e->v.snap.devices, c->dev));
	const char *name = arena_printf(&e->a, "%s  %d %%", u ? u->name : dev, percent);
	const char *text = arena_printf(&e->a, "%s  weight %u", name, c->weight);

	svg_rect(&d->o, x, d->y, w > 2 ? w - 2 : 1, 28, 5, c->chosen ? "accent" : "soft");
	text = svg_width_plain(text) + 20 < w ? text : svg_width_plain(name) + 20 < w ? name : "";
	svg_text(&d->o, x + 10, d->y + 18, c->chosen ? "white" : "t", text);
}

static void draw_hash(struct drawing *d, int x0, int span)
{
	uint32_t hash = d->e->x.result.hash;
	int x = x0 + (int)(hash / HASHES * span);
	const char *text = arena_printf(&d->e->a, "hash %u", hash);
	bool late = x + svg_width_plain(text) + 10 > x0 + span;

	svg_path(&d->o, "ink", "M%d %dl-6 9h12z", x, d->y + 30);
	svg_text(&d->o, late ? x - 10 : x + 10, d->y + 43, late ? "small end" : "small", text);
}

/* The bar of hashes, and below it, as rows, those next hops that have none, or are passed over. */
static void draw_hops(struct drawing *d)
{
	const struct explanation *x = &d->e->x;
	int x0 = LEFT, span = d->width - LEFT - EDGE;
	struct explain_row *v;
	size_t n = explain_hops(d->e, &v), rest = 0;
	bool bar = false;

	if (n < 2)
		return;
	for (size_t i = 0; i < n; i++)
		bar |= x->choice[i].takes;
	for (size_t i = 0; i < n; i++)
		if (!x->choice[i].takes || (v[i].why[0] && !v[i].chosen))
			v[rest++] = v[i];
	int bar_rows = bar ? 2 : 0, rows = bar_rows + (int)rest;
	begin_card(d, rows, "card", "Next hop", explain_hash(d->e));
	for (size_t i = 0; i < n; i++)
		if (x->choice[i].takes)
			draw_share(d, &x->choice[i], x0, span);
	if (bar && fib_hash_is_known(d->e->v.f))
		draw_hash(d, x0, span);
	d->y += bar_rows * ROW;
	draw_rows(d, v, rest);
	d->y -= bar_rows * ROW;
	end_card(d, rows);
}

/* ── Beginning and end ──────────────────────────────────────────────────────────────────────── */

struct detail {
	const char *label, *text;
};

static int count(const struct detail *v, int n)
{
	int rows = 0;

	for (int i = 0; i < n; i++)
		rows += v[i].text != NULL;
	return rows;
}

static void draw_details(struct drawing *d, const struct detail *v, int n)
{
	int y = d->y;

	for (int i = 0; i < n; i++) {
		if (!v[i].text)
			continue;
		svg_text(&d->o, LEFT, y + 15, "dim", v[i].label);
		svg_text(&d->o, LEFT + 76, y + 15, "t", v[i].text);
		y += ROW;
	}
}

static void draw_packet(struct drawing *d)
{
	struct explaining *e = d->e;
	struct detail v[] = {{"mark", explain_arrival(e)},
			     {"flow", explain_arrival(e) ? explain_flow(e) : NULL}};
	int rows = count(v, 2);

	d->packet_mid = d->y + 18;
	begin_card(d, rows, "card", "Packet", NULL);
	svg_text(&d->o, LEFT + 76, d->y - 13, "m", explain_packet(e));
	draw_details(d, v, 2);
	end_card(d, rows);
}

static void draw_way(struct drawing *d)
{
	struct explaining *e = d->e;
	const struct fib_result *r = &e->x.result;
	bool good = r->verdict == FIB_FORWARD || r->verdict == FIB_LOCAL;
	const char *name = e->x.uplink		    ? e->x.uplink->name
			   : good		    ? devices_name(e->v.snap.devices, r->dev)
			   : r->verdict == FIB_NONE ? "no way"
						    : fib_verdict_name(r->verdict);
	struct detail v[] = {{"way", explain_way(e)},
			     {"source", explain_source(e)},
			     {"flow", explain_arrival(e) ? NULL : explain_flow(e)},
			     {"NAT", explain_nat(e)}};
	int rows = count(v, 4);

	svg_rect(&d->boxes, EDGE, d->y, d->width, 46 + rows * ROW + 8, 8,
		 good ? "goodcard" : "badcard");
	svg_circle(&d->o, RAIL, d->y + 24, 9, good ? "good" : "bad");
	svg_text(&d->o, LEFT, d->y + 30, "big", arena_strdup(&e->a, name));
	d->y += 46;
	draw_details(d, v, 4);
	end_card(d, rows);
}

static void draw_back(struct drawing *d)
{
	const char *text = explain_back(d->e);
	bool well = d->e->x.back.well;
	int right = EDGE + d->width, mid = d->y + 18;

	if (!text)
		return;
	svg_rect(&d->boxes, EDGE, d->y, d->width, 36, 8, well ? "card" : "badcard");
	svg_text(&d->o, LEFT, d->y + 23, "h", "Answer");
	svg_text(&d->o, LEFT + 76, d->y + 23, well ? "t" : "bad", text);
	svg_path(&d->o, well ? "dash" : "dash bad", "M%d %dh16q10 0 10 -10V%dq0 -10 -10 -10h-10",
		 right, mid, d->packet_mid + 10);
	svg_path(&d->o, well ? "good" : "bad", "M%d %dl11 -6v12z", right, d->packet_mid);
	d->y += 36 + GAP;
}

static void draw_kernel(struct drawing *d)
{
	const struct explain_kernel *k = &d->e->kernel;

	if (!k->asked)
		return;
	svg_text(&d->o, LEFT, d->y + 10, k->differs ? "bad" : "good",
		 k->differs ? arena_printf(&d->e->a,
					   "The kernel does not agree (%s); its word counts.",
					   k->differs)
			    : "The kernel agrees.");
	d->y += 18;
}

static void measure(struct drawing *d)
{
	struct explaining *e = d->e;

	d->width = LEAST;
	widen(d, explain_packet(e));
	widen(d, explain_way(e));
	widen(d, explain_nat(e));
	widen(d, explain_back(e));
	widen(d, explain_hash(e));
}

void explain_svg(struct explaining *e, struct out *o)
{
	struct drawing d = {.e = e, .y = EDGE};
	struct explain_row *rules, *routes;
	size_t rule_n = explain_rules(e, &rules), route_n = explain_routes(e, &routes);

	out_init(&d.o, -1);
	out_init(&d.boxes, -1);
	measure(&d);
	shorten_rows(&d, rules, rule_n);
	shorten_rows(&d, routes, route_n);
	draw_packet(&d);
	draw_list(&d, "Rules", NULL, rules, rule_n);
	draw_list(&d, arena_printf(&e->a, "Table %s", explain_table(e)), NULL, routes, route_n);
	draw_hops(&d);
	int end = d.y + 24;
	draw_way(&d);
	draw_back(&d);
	draw_kernel(&d);
	svg_begin(o, d.width + EDGE + (e->x.back.asked ? RIGHT : EDGE), d.y + 4,
		  arena_printf(&e->a, "The way of %s", explain_packet(e)));
	out_mem(o, d.boxes.buf, d.boxes.len);
	svg_path(o, "line", "M%d %dV%d", RAIL, d.packet_mid, end);
	out_mem(o, d.o.buf, d.o.len);
	svg_end(o);
	out_free(&d.boxes);
	out_free(&d.o);
}
