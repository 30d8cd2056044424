/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_BASE_SVG_H
#define MH_BASE_SVG_H

#include "base/out.h"

/*
 * Pictures: SVG as it is written, shape by shape, straight to the `out`. Coordinates are pixels
 *from the upper left corner. `look` is one or more classes of the style sheet below, which all
 *pictures share, so that they look alike; text is escaped, what is not ASCII becomes "?".
 *
 *	fills   page card band accent soft good bad warn dim ink
 *	lines   line (accent), rule (thin), dash (with arrow), and good, bad, dim behind them
 *	text    t (plain), m (fixed width), h (heading), big, small; dim, good, bad, white; mid, end
 */
void svg_begin(struct out *o, int width, int height, const char *title);
void svg_end(struct out *o);
void svg_rect(struct out *o, int x, int y, int width, int height, int radius, const char *look);
void svg_circle(struct out *o, int x, int y, int radius, const char *look);
void svg_path(struct out *o, const char *look, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* `y` is the base line. */
void svg_text(struct out *o, int x, int y, const char *look, const char *text);

/* About how wide a text is; a little more than most fonts make it. */
int svg_width_plain(const char *text);
int svg_width_fixed(const char *text);

/* A colour for the n-th of several things: "c0" to "c7", a class for fills. */
const char *svg_color(unsigned n);

#endif
