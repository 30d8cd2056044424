/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen: a line about the whole, the uplinks, the events, a line about the keys. A narrow one
 * goes without the columns that matter least; what is left over is the sparklines'.
 */
#include "cli/status.h"
#include "cli/watch.h"

#include <errno.h>
#include <langinfo.h>
#include <ncurses.h>
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
	COL_RTT_PAST,
	COL_LOSS,
	COL_LOSS_PAST,
	COL_IN,
	COL_OUT,
	COLUMNS
};

/* Widths with a blank behind them; `least` is for those that grow. The larger, the sooner left out.
 */
static const struct {
	const char *head;
	int width, least, needless;
} columns[COLUMNS] = {
	[COL_NAME] = {"uplink", 12, 0, 0}, [COL_DEVICE] = {"interface", 10, 0, 4},
	[COL_FAMILY] = {"", 5, 0, 0},	   [COL_STATE] = {"state", 8, 0, 0},
	[COL_SINCE] = {"for", 12, 0, 5},   [COL_SHARE] = {"share", 6, 0, 2},
	[COL_RTT] = {"rtt", 8, 0, 0},	   [COL_RTT_PAST] = {"", 0, 12, 1},
	[COL_LOSS] = {"loss", 7, 0, 0},	   [COL_LOSS_PAST] = {"", 0, 8, 1},
	[COL_IN] = {"in", 12, 0, 3},	   [COL_OUT] = {"out", 12, 0, 3},
};

struct layout {
	int x[COLUMNS], width[COLUMNS]; /* width 0: left out */
};

static bool utf8;

int watch_screen_open(struct err *e)
{
	/* initscr() would end the program. */
	if (!newterm(NULL, stdout, stdin)) {
		err_set(e, -ENOTTY, "the terminal \"%s\" is not known", getenv("TERM"));
		return err_hint(e, "set TERM to one that is, such as xterm or linux");
	}
	utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	if (has_colors() && start_color() == OK && use_default_colors() == OK) {
		init_pair(CLI_GOOD + 1, COLOR_GREEN, -1);
		init_pair(CLI_BAD + 1, COLOR_RED, -1);
		init_pair(CLI_WARN + 1, COLOR_YELLOW, -1);
		init_pair(CLI_DIM + 1, COLOR_CYAN, -1);
	}
	return 0;
}

void watch_screen_close(void)
{
	endwin();
}

int watch_key(void)
{
	int key = getch();

	return key == ERR ? -1 : key;
}

/* Parts */

static void put(int y, int x, int width, attr_t attr, const char *text)
{
	if (width <= 0 || y < 0 || y >= LINES || x >= COLS)
		return;
	attron(attr);
	mvaddnstr(y, x, text, width);
	attroff(attr);
}

static attr_t color(enum cli_color c)
{
	return has_colors() ? (attr_t)COLOR_PAIR(c + 1) : c == CLI_BAD ? A_BOLD : A_NORMAL;
}

static struct layout lay_out(int total)
{
	struct layout l = {0};
	int sum = 0, grow = 0, out = 6;

	do {
		out--;
		sum = grow = 0;
		for (int i = 0; i < COLUMNS; i++) {
			bool in = columns[i].needless <= out;
			l.width[i] = !in		? 0
				     : columns[i].least ? columns[i].least
							: columns[i].width;
			sum += l.width[i];
			grow += in && columns[i].least;
		}
	} while (sum > total && out > 0);
	for (int i = 0, left = total - sum; grow && left > 0 && i < COLUMNS; i++)
		if (l.width[i] && columns[i].least)
			l.width[i] += i == COL_RTT_PAST ? left * 2 / 3 : left - left * 2 / 3;
	for (int i = 1; i < COLUMNS; i++)
		l.x[i] = l.x[i - 1] + l.width[i - 1];
	return l;
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

/* Eight steps from nothing to `top`. */
static const char *bar(double v, double top)
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const ascii[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
	int step = top > 0 ? (int)(v / top * 8) : 0;

	step = step < 0 ? 0 : step > 7 ? 7 : step;
	return utf8 ? blocks[step] : ascii[step];
}

static double largest(const double *v, size_t n, size_t shown, double least)
{
	for (size_t i = n - shown; i < n; i++)
		if (v[i % WATCH_PAST] > least)
			least = v[i % WATCH_PAST];
	return least;
}

/* The newest at the right. What is not known is a gap; of losses, so is none. */
static void sparkline(int y, int x, int width, const double *v, size_t n, bool loss)
{
	size_t shown = width > 1 ? (size_t)(width - 1) : 0;

	shown = shown < n ? shown : n;
	shown = shown < WATCH_PAST ? shown : WATCH_PAST;
	double top = loss ? 1 : largest(v, n, shown, 0) * 1.1;
	for (size_t i = 0; i < shown; i++) {
		double one = v[(n - shown + i) % WATCH_PAST];
		int at = x + width - 1 - (int)(shown - i);
		if (one < 0 || (loss && one <= 0))
			continue;
		put(y, at, 4, color(loss ? CLI_BAD : CLI_DIM), bar(one, top));
	}
}

static void cell(const struct layout *l, int y, int column, attr_t attr, const char *text)
{
	put(y, l->x[column], l->width[column] - 1, attr, text);
}

static void figures(struct watch *w, const struct layout *l, int y, const json_t *u,
		    const json_t *f, unsigned family)
{
	const struct watch_past *p = watch_past_of(w, text_of(u, "name"), family);
	const char *state = text_of(f, "state");
	struct arena a = {0};

	cell(l, y, COL_FAMILY, 0, family ? "IPv6" : "IPv4");
	cell(l, y, COL_STATE,
	     A_BOLD | color(!strcmp(state, "up")	? CLI_GOOD
			    : !strcmp(state, "drained") ? CLI_WARN
							: CLI_BAD),
	     state);
	cell(l, y, COL_SINCE, 0, text_time(&a, number_of(f, "seconds")));
	if (json_object_get(f, "share"))
		cell(l, y, COL_SHARE, 0, text_part(&a, number_of(f, "share")));
	if (json_object_get(f, "rtt_ms"))
		cell(l, y, COL_RTT, 0, text_ms(&a, number_of(f, "rtt_ms")));
	if (json_object_get(f, "loss"))
		cell(l, y, COL_LOSS, number_of(f, "loss") > 0 ? color(CLI_BAD) : 0,
		     text_part(&a, number_of(f, "loss")));
	if (l->width[COL_RTT_PAST]) {
		sparkline(y, l->x[COL_RTT_PAST], l->width[COL_RTT_PAST], p->rtt, p->n, false);
		sparkline(y, l->x[COL_LOSS_PAST], l->width[COL_LOSS_PAST], p->loss, p->n, true);
	}
	arena_free(&a);
}

/* Returns the next free line. */
static int draw_uplink(struct watch *w, const struct layout *l, int y, const json_t *u)
{
	const json_t *f[] = {json_object_get(u, "ipv4"), json_object_get(u, "ipv6")};
	bool selected = w->may_change && !strcmp(w->selected, text_of(u, "name"));
	bool none = !json_is_true(json_object_get(f[0], "present")) &&
		    !json_is_true(json_object_get(f[1], "present"));
	struct arena a = {0};

	cell(l, y, COL_NAME, A_BOLD | (selected ? A_REVERSE : 0), text_of(u, "name"));
	cell(l, y, COL_DEVICE, 0, text_of(u, "interface"));
	if (json_object_get(u, "rx_rate")) {
		cell(l, y, COL_IN, 0, text_rate(&a, number_of(u, "rx_rate")));
		cell(l, y, COL_OUT, 0, text_rate(&a, number_of(u, "tx_rate")));
	}
	for (unsigned i = 0; i < 2; i++) {
		if (!json_is_true(json_object_get(f[i], "present")) && (i || !none))
			continue;
		figures(w, l, y++, u, f[i], i);
		if (!*text_of(f[i], "why"))
			continue;
		put(y, l->x[COL_STATE], COLS - l->x[COL_STATE], color(CLI_WARN),
		    text_of(f[i], "why"));
		y++;
	}
	arena_free(&a);
	return y;
}

static void draw_head(struct watch *w)
{
	const json_t *d = json_object_get(w->status, "daemon");
	const json_t *p = json_object_get(w->status, "proof");
	bool unproved = !strcmp(text_of(p, "state"), "fails");
	const char *failure = text_of(d, "failure");
	struct arena a = {0};
	char *text = arena_printf(&a, "at work for %s", text_time(&a, number_of(d, "seconds")));

	put(0, 0, COLS, A_BOLD, "multihome");
	if (w->lost)
		put(0, 11, COLS - 11, A_BOLD | color(CLI_BAD), "multihomed does not answer");
	else if (*failure)
		put(0, 11, COLS - 11, color(CLI_BAD), failure);
	else if (unproved)
		put(0, 11, COLS - 11, color(CLI_BAD),
		    arena_printf(&a, "not proved: %s", text_of(p, "text")));
	else
		put(0, 11, COLS - 11, color(CLI_GOOD), "in force");
	if (!w->lost && !*failure && !unproved && COLS > 40)
		put(0, COLS - (int)strlen(text), COLS, 0, text);
	arena_free(&a);
}

/* The newest at the bottom, in what is left. */
static void draw_events(const struct watch *w, int from, int to)
{
	size_t n = w->event_n < WATCH_EVENTS ? w->event_n : WATCH_EVENTS;
	size_t room = to > from ? (size_t)(to - from) : 0;
	size_t shown = n < room ? n : room;

	for (size_t i = 0; i < shown; i++) {
		const struct watch_event *e = &w->event[(w->event_n - shown + i) % WATCH_EVENTS];
		put(from + (int)i, 0, COLS, color(e->color), e->text);
	}
}

static void draw_keys(const struct watch *w)
{
	put(LINES - 1, 0, COLS, *w->line ? A_BOLD : A_REVERSE,
	    *w->line	    ? w->line
	    : w->may_change ? " q quit   up/down choose   d put down   r drain   u put up "
			    : " q quit ");
}

void watch_draw(struct watch *w)
{
	struct layout l = lay_out(COLS);
	int y = 2;
	const json_t *u;
	size_t i;

	erase();
	draw_head(w);
	for (int k = 0; k < COLUMNS; k++)
		cell(&l, y, k, A_BOLD, columns[k].head);
	y++;
	json_array_foreach(json_object_get(w->status, "uplinks"), i, u) y =
		draw_uplink(w, &l, y, u);
	/* Some lines for the events, however many uplinks there are. */
	int events = y + 1 < LINES - 6 ? y + 1 : LINES - 6;
	if (events > 3) {
		for (int k = events - 1; k < LINES; k++) {
			move(k, 0);
			clrtoeol();
		}
		draw_events(w, events, LINES - 1);
	}
	draw_keys(w);
	refresh();
}
