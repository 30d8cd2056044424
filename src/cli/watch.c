/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `multihome watch`: once a second the daemon is asked how things are and what has happened since.
 * Figures of the past are what this has seen itself.
 */
#include "cli/watch.h"

#include "cli/ask.h"
#include "cli/status.h"

#include <errno.h>
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define EVERY 1000 /* milliseconds */

static const char *text_of(const json_t *j, const char *key)
{
	const char *text = json_string_value(json_object_get(j, key));

	return text ? text : "";
}

/* What is known */

struct watch_past *watch_past_of(struct watch *w, const char *name, unsigned family)
{
	for (size_t i = 0; i < w->past_n; i++)
		if (w->past[i].family == family && !strcmp(w->past[i].name, name))
			return &w->past[i];
	struct watch_past *p = ARENA_PUSH(&w->arena, w->past, w->past_n, w->past_cap);
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->family = family;
	return p;
}

static double figure(const json_t *f, const char *key)
{
	const json_t *v = json_object_get(f, key);

	return v ? json_number_value(v) : -1;
}

static void remember(struct watch *w, const json_t *u, unsigned family)
{
	const json_t *f = json_object_get(u, family ? "ipv6" : "ipv4");
	struct watch_past *p = watch_past_of(w, text_of(u, "name"), family);
	size_t at = p->n++ % WATCH_PAST;

	p->rtt[at] = figure(f, "rtt_ms");
	p->loss[at] = figure(f, "loss");
}

static void take_status(struct watch *w, const char *line)
{
	json_t *j = json_loads(line, 0, NULL);
	bool there = false;
	const json_t *u;
	size_t i;

	if (!j)
		return;
	json_decref(w->status);
	w->status = j;
	json_array_foreach(json_object_get(j, "uplinks"), i, u)
	{
		remember(w, u, 0);
		remember(w, u, 1);
		there = there || !strcmp(text_of(u, "name"), w->selected);
	}
	u = json_array_get(json_object_get(j, "uplinks"), 0);
	if (!there)
		snprintf(w->selected, sizeof(w->selected), "%s", text_of(u, "name"));
}

static void take_event(struct watch *w, const json_t *j)
{
	struct watch_event *e = &w->event[w->event_n++ % WATCH_EVENTS];
	const char *family = text_of(j, "family"), *uplink = text_of(j, "uplink");
	json_int_t level = json_integer_value(json_object_get(j, "level"));
	struct tm utc = {0}, here;
	char when[16] = "";

	if (strptime(text_of(j, "time"), "%Y-%m-%dT%H:%M:%S", &utc)) {
		time_t t = timegm(&utc);
		strftime(when, sizeof(when), "%T", localtime_r(&t, &here));
	}
	e->color = !strcmp(text_of(j, "event"), "up") ? CLI_GOOD
		   : level <= 3			      ? CLI_BAD
		   : level == 4			      ? CLI_WARN
						      : CLI_DIM;
	snprintf(e->text, sizeof(e->text), "%s %s%s%s%s%s", when, uplink,
		 *uplink && *family ? " " : "",
		 !*family		   ? ""
		 : !strcmp(family, "ipv4") ? "IPv4"
					   : "IPv6",
		 *uplink || *family ? ": " : "", text_of(j, "text"));
}

static uint64_t take_events(struct watch *w, const char *line, uint64_t from)
{
	json_t *all = json_loads(line, 0, NULL);
	const json_t *one;
	size_t i;

	json_array_foreach(all, i, one)
	{
		uint64_t number = (uint64_t)json_integer_value(json_object_get(one, "number"));
		if (number < from)
			continue;
		take_event(w, one);
		from = number + 1;
	}
	json_decref(all);
	return from;
}

/* Asking */

struct source {
	struct ask *ask;
	uint64_t next_event;
};

static void lose(struct watch *w, struct source *s)
{
	ask_close(s->ask);
	s->ask = NULL;
	s->next_event = 0; /* of a new daemon, from its first */
	w->lost = true;
}

static void look(struct watch *w, struct source *s)
{
	struct err e = ERR_INIT;
	char request[64];
	const char *line;

	if (!s->ask && ask_open(&s->ask, w->cli, &e) <= 0) {
		w->lost = true;
		return;
	}
	int rc = ask_line(s->ask, "status", &line, &e);
	if (!rc)
		take_status(w, line);
	snprintf(request, sizeof(request), "events %llu", (unsigned long long)s->next_event);
	if (!rc)
		rc = ask_line(s->ask, request, &line, &e);
	if (!rc)
		s->next_event = take_events(w, line, s->next_event);
	w->lost = rc < 0;
	if (rc < 0)
		lose(w, s);
}

/* Keys */

static void choose(struct watch *w, int by)
{
	const json_t *all = json_object_get(w->status, "uplinks"), *u;
	int n = (int)json_array_size(all), at = 0;
	size_t i;

	json_array_foreach(all, i, u) if (!strcmp(text_of(u, "name"), w->selected)) at = (int)i;
	if (!n)
		return;
	u = json_array_get(all, (size_t)((at + by + n) % n));
	snprintf(w->selected, sizeof(w->selected), "%s", text_of(u, "name"));
}

static bool sure(struct watch *w, const char *what)
{
	int key;

	snprintf(w->line, sizeof(w->line), "%s %s? y: yes, any other key: no", w->selected, what);
	watch_draw(w);
	while ((key = watch_key()) < 0 || key == KEY_RESIZE) {
		struct pollfd p = {STDIN_FILENO, POLLIN, 0};
		if (key == KEY_RESIZE)
			watch_draw(w);
		else if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return false;
	}
	w->line[0] = 0;
	return key == 'y' || key == 'Y';
}

static void change(struct watch *w, struct source *s, const char *what)
{
	struct err e = ERR_INIT;
	char request[96];
	const char *line;

	if (!w->may_change || !s->ask || !*w->selected || !sure(w, what))
		return;
	snprintf(request, sizeof(request), "uplink %s %s", w->selected, what);
	if (ask_line(s->ask, request, &line, &e) < 0)
		snprintf(w->line, sizeof(w->line), "%s", e.msg);
}

/* False: it is over. */
static bool handle(struct watch *w, struct source *s, int key)
{
	w->line[0] = 0;
	switch (key) {
	case 'q':
	case 'Q':
	case 27:
		return false;
	case KEY_UP:
	case 'k':
		choose(w, -1);
		break;
	case KEY_DOWN:
	case 'j':
		choose(w, 1);
		break;
	case 'd':
		change(w, s, "down");
		break;
	case 'u':
		change(w, s, "up");
		break;
	case 'r':
		change(w, s, "drain");
		break;
	default:
		return true;
	}
	look(w, s);
	return true;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void run(struct watch *w, struct source *s)
{
	int64_t due = now_ms();

	for (;;) {
		int64_t left = due - now_ms();
		int key;
		if (left <= 0) {
			look(w, s);
			due = now_ms() + EVERY;
			left = EVERY;
		}
		watch_draw(w);
		struct pollfd p = {STDIN_FILENO, POLLIN, 0};
		/* A signal (of another size) is a key, too. */
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return;
		if (p.revents & (POLLHUP | POLLERR))
			return;
		while ((key = watch_key()) >= 0)
			if (!handle(w, s, key))
				return;
	}
}

static int check(const struct cli *c, struct err *e)
{
	int rc = cli_no_arguments(c, e);

	if (rc < 0)
		return rc;
	if (c->json || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		err_set(e, -ENOTTY, "watch draws on a terminal");
		return err_hint(e, "multihome -j status; multihome -j events -f");
	}
	return 0;
}

int cli_watch(struct cli *c, struct err *e)
{
	struct watch w = {.cli = c, .may_change = geteuid() == 0};
	struct source s = {0};
	int rc = check(c, e);

	if (!rc)
		rc = ask_need(&s.ask, c, e);
	setlocale(LC_ALL, "");
	if (!rc)
		rc = watch_screen_open(e);
	if (!rc) {
		run(&w, &s);
		watch_screen_close();
	}
	ask_close(s.ask);
	json_decref(w.status);
	arena_free(&w.arena);
	return rc;
}
