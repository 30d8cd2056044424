/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A simulation as a picture: for each uplink a bar of its share of the flows, a tick where the
 * weights would have it, and a thin bar of its share of the bytes; below, what a failure makes of
 * them.
 */
#include "base/svg.h"
#include "cli/simulate.h"

#include <string.h>

#define EDGE  16
#define WIDTH 868 /* of the cards */
#define LEFT  40
#define BARS  170 /* where bars begin */
#define SPAN  480 /* how long a bar of everything is */
#define ROW   48
#define GAP   12

struct drawing {
	struct simulating *s;
	struct out *o;
	int y;
};

static void begin_card(struct drawing *d, int height, const char *heading, const char *more)
{
	svg_rect(d->o, EDGE, d->y, WIDTH, height, 8, "card");
	svg_text(d->o, LEFT, d->y + 26, "h", heading);
	if (more)
		svg_text(d->o, LEFT + svg_width_plain(heading) + 24, d->y + 26, "dim", more);
}

static double part(uint64_t n, uint64_t of)
{
	return of ? (double)n / (double)of : 0;
}

static void draw_share(struct drawing *d, const struct simulate_share *x, const char *name,
		       const char *look, bool ideal, int y)
{
	struct arena *a = &d->s->a;
	double flows = part(x->flows, d->s->r.flows), bytes = part(x->bytes, d->s->r.bytes);
	int mark = BARS + (int)(x->ideal / (double)d->s->r.flows * SPAN + 0.5);

	svg_text(d->o, BARS - 16, y + 15, "h end", name);
	svg_rect(d->o, BARS, y, SPAN, 20, 4, "soft");
	svg_rect(d->o, BARS, y, (int)(flows * SPAN + 0.5), 20, 4, look);
	svg_rect(d->o, BARS, y + 24, (int)(bytes * SPAN + 0.5), 5, 2, look);
	if (ideal)
		svg_rect(d->o, mark - 1, y - 4, 2, 28, 0, "ink");
	svg_text(d->o, BARS + SPAN + 16, y + 15, "t",
		 arena_printf(a, "%.2f %%  (%llu)", 100 * flows, (unsigned long long)x->flows));
	svg_text(d->o, BARS + SPAN + 16, y + 31, "small dim",
		 arena_printf(a, "%.2f %% of bytes", 100 * bytes));
}

static void draw_shares(struct drawing *d, const struct simulate_share *v, const char *heading,
			const char *more, bool ideal)
{
	size_t n = d->s->r.uplink_n;
	const struct {
		const struct simulate_share *x;
		const char *name;
	} others[] = {{&v[n + SIMULATE_ELSEWHERE], "elsewhere"},
		      {&v[n + SIMULATE_NOWHERE], "no way"}};
	int rows = (int)n + (others[0].x->flows > 0) + (others[1].x->flows > 0);
	int height = 48 + rows * ROW, y = d->y + 50;

	begin_card(d, height, heading, more);
	for (size_t i = 0; i < n; i++, y += ROW)
		draw_share(d, &v[i], v[i].name, svg_color((unsigned)i), ideal, y);
	for (size_t i = 0; i < 2; i++) {
		if (!others[i].x->flows)
			continue;
		draw_share(d, others[i].x, others[i].name, i ? "bad" : "dim", false, y);
		y += ROW;
	}
	d->y += height + GAP;
}

static const struct {
	const char *name, *look;
} fates[SIMULATE_FATES] = {
	[SIMULATE_STAYS] = {"stay", "soft"},
	[SIMULATE_MUST] = {"move because they must", "c6"},
	[SIMULATE_NEEDLESS] = {"move though they need not", "warn"},
	[SIMULATE_LOST] = {"are lost", "bad"},
};

static void draw_fate_bar(struct drawing *d, const char *name, const uint64_t *n, int y)
{
	int x = BARS, from = BARS;
	uint64_t sum = 0;

	svg_text(d->o, BARS - 16, y + 15, "end", name);
	for (unsigned i = 0; i < SIMULATE_FATES; i++) {
		sum += n[i];
		x = BARS + (int)(part(sum, d->s->r.flows) * SPAN + 0.5);
		if (x > from)
			svg_rect(d->o, from, y, x - from, 20, 0, fates[i].look);
		from = x;
	}
}

static void draw_fates(struct drawing *d)
{
	const struct simulation *r = &d->s->r;
	int height = 48 + 2 * 32 + 24 * SIMULATE_FATES + 8, y = d->y + 44;

	begin_card(d, height, "What becomes of the flows", NULL);
	draw_fate_bar(d, "begun before", r->old, y);
	draw_fate_bar(d, "begun after", r->new, y + 32);
	y += 2 * 32 + 8;
	svg_text(d->o, BARS + 330, y - 2, "small dim end", "begun before");
	svg_text(d->o, BARS + 450, y - 2, "small dim end", "begun after");
	for (unsigned i = 0; i < SIMULATE_FATES; i++, y += 24) {
		svg_rect(d->o, BARS, y + 4, 12, 12, 2, fates[i].look);
		svg_text(d->o, BARS + 22, y + 15, "t", fates[i].name);
		svg_text(d->o, BARS + 330, y + 15, "m end",
			 arena_printf(&d->s->a, "%llu", (unsigned long long)r->old[i]));
		svg_text(d->o, BARS + 450, y + 15, "m end",
			 arena_printf(&d->s->a, "%llu", (unsigned long long)r->new[i]));
	}
	d->y += height + GAP;
}

static void draw_title(struct drawing *d)
{
	struct simulating *s = d->s;

	svg_text(d->o, EDGE + 2, d->y + 16, "big",
		 s->fail ? arena_printf(&s->a, "Balance, and %s fails", s->fail) : "Balance");
	svg_text(d->o, EDGE + 2, d->y + 38, "t", simulate_words(s));
	svg_text(d->o, EDGE + 2, d->y + 56, "dim", simulate_verdict(s));
	d->y += 72;
}

void simulate_svg(struct simulating *s, struct out *o)
{
	struct drawing d = {s, NULL, EDGE};
	struct out body;

	out_init(&body, -1);
	d.o = &body;
	draw_title(&d);
	draw_shares(&d, s->r.share, "Flows",
		    arena_printf(&s->a, "%s in all; thin: bytes; tick: by the weights",
				 simulate_bytes(&s->a, s->r.bytes)),
		    true);
	if (s->fail) {
		draw_shares(&d, s->r.after, arena_printf(&s->a, "When %s has failed", s->fail),
			    "the same flows, begun then", false);
		draw_fates(&d);
	}
	svg_begin(o, WIDTH + 2 * EDGE, d.y + 4, simulate_words(s));
	out_mem(o, body.buf, body.len);
	svg_end(o);
	out_free(&body);
}
