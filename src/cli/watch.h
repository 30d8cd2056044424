/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_CLI_WATCH_H
#define MH_CLI_WATCH_H

#include "cli/cli.h"

#include <jansson.h>

/*
 * What `watch` shows, and how (watch_draw.c), apart from where it comes from and what keys do
 * (watch.c).
 */
#define WATCH_PAST   512 /* points of a sparkline */
#define WATCH_EVENTS 200

/* One family of one uplink, over the last seconds; -1: nothing is known of that one. */
struct watch_past {
	char name[40];
	unsigned family;
	double rtt[WATCH_PAST], loss[WATCH_PAST];
	size_t n; /* all that there were; the last is at (n - 1) % WATCH_PAST */
};

struct watch_event {
	char text[256];
	enum cli_color color;
};

struct watch {
	struct cli *cli;
	json_t *status; /* NULL: nothing came yet */
	bool lost;	/* the daemon does not answer */
	struct watch_past *past;
	size_t past_n, past_cap;
	struct watch_event event[WATCH_EVENTS];
	size_t event_n; /* all that there were */
	struct arena arena;
	char selected[40]; /* an uplink */
	bool may_change;
	char line[160]; /* the question or the answer at the bottom; "": the keys */
};

/* Takes the terminal; an error if there is none that can be drawn on. */
int watch_screen_open(struct err *e);
void watch_screen_close(void);
/* Draws everything, as large as the terminal is now. */
void watch_draw(struct watch *w);
/* A key, as ncurses numbers them; -1 if none is there. */
int watch_key(void);

/* What was seen of one family of an uplink; made if there is nothing yet. */
struct watch_past *watch_past_of(struct watch *w, const char *name, unsigned family);

#endif
