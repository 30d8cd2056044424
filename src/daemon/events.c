/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/events.h"

#include "base/cleanup.h"
#include "daemon/journal.h"
#include "web/status.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* There is one log in a process, and so one ring. An entry and its texts are one block. */
static struct {
	struct event *ring[EVENTS_KEPT];
	uint64_t last;
	struct {
		event_fn *fn;
		void *arg;
	} listener[EVENTS_LISTENERS];
} events;

static const char *const kinds[EVENT_KINDS] = {
	[EVENT_NOTE] = "note",	   [EVENT_ERROR] = "error",	[EVENT_START] = "start",
	[EVENT_STOP] = "stop",	   [EVENT_UP] = "up",		[EVENT_DOWN] = "down",
	[EVENT_CHANGE] = "change", [EVENT_SUSPECT] = "suspect", [EVENT_FOREIGN] = "foreign",
	[EVENT_RELOAD] = "reload", [EVENT_HAND] = "hand",	[EVENT_TAKEN_BACK] = "taken-back",
	[EVENT_HOOK] = "hook",	   [EVENT_REFUSED] = "refused", [EVENT_PROOF] = "proof",
};

const char *event_kind_text(enum event_kind kind)
{
	return kind < EVENT_KINDS ? kinds[kind] : "";
}

const char *event_family_text(uint8_t family)
{
	return family == AF_INET ? "IPv4" : family == AF_INET6 ? "IPv6" : "";
}

void event_line(const struct event *e, char *buf, size_t size)
{
	const char *family = event_family_text(e->family);
	const char *about = *e->uplink || *family ? ": " : "";

	snprintf(buf, size, "%s%s%s%s%s", e->uplink, *e->uplink && *family ? " " : "", family,
		 about, e->text);
}

void event_json(struct json *j, const struct event *e)
{
	jw_object(j, NULL);
	jw_u64(j, "number", e->number);
	status_time_json(j, "time", e->time);
	jw_str(j, "event", event_kind_text(e->kind));
	jw_u64(j, "level", e->level);
	if (*e->uplink)
		jw_str(j, "uplink", e->uplink);
	if (e->family)
		jw_str(j, "family", e->family == AF_INET ? "ipv4" : "ipv6");
	if (*e->who)
		jw_str(j, "who", e->who);
	jw_str(j, "text", e->text);
	jw_object_end(j);
}

/* The ring */

static char *put(char **at, const char *text)
{
	size_t n = strlen(text) + 1;
	char *ret = memcpy(*at, text, n);

	*at += n;
	return ret;
}

/* Without memory for it, an event is only not remembered. */
static void remember(const struct event *e)
{
	struct event **slot = &events.ring[e->number % EVENTS_KEPT];
	size_t texts = strlen(e->uplink) + strlen(e->who) + strlen(e->text) + 3;
	struct event *own = malloc(sizeof(*own) + texts);

	free(*slot);
	*slot = own;
	if (!own)
		return;
	char *at = (char *)(own + 1);
	*own = *e;
	own->uplink = put(&at, e->uplink);
	own->who = put(&at, e->who);
	own->text = put(&at, e->text);
}

const struct event *events_from(uint64_t number)
{
	uint64_t oldest = events.last < EVENTS_KEPT ? 1 : events.last - EVENTS_KEPT + 1;

	for (uint64_t i = number > oldest ? number : oldest; i <= events.last; i++)
		if (events.ring[i % EVENTS_KEPT])
			return events.ring[i % EVENTS_KEPT];
	return NULL;
}

uint64_t events_last(void)
{
	return events.last;
}

void events_in_child(void)
{
	memset(events.listener, 0, sizeof(events.listener));
	unsetenv("JOURNAL_STREAM");
}

void events_forget(void)
{
	for (size_t i = 0; i < EVENTS_KEPT; i++) {
		free(events.ring[i]);
		events.ring[i] = NULL;
	}
}

/* Listeners */

void events_listen(event_fn *fn, void *arg)
{
	for (size_t i = 0; i < EVENTS_LISTENERS; i++)
		if (!events.listener[i].fn) {
			events.listener[i].fn = fn;
			events.listener[i].arg = arg;
			return;
		}
	abort(); /* EVENTS_LISTENERS is too small for this program */
}

void events_deafen(void *arg)
{
	for (size_t i = 0; i < EVENTS_LISTENERS; i++)
		if (events.listener[i].arg == arg)
			events.listener[i].fn = NULL;
}

static int64_t wall_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Names come from files and other programs; a line stays one line. */
static void one_line(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = ' ';
}

void event_emit(struct event e, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	one_line(text);
	e.number = ++events.last;
	e.time = wall_clock();
	e.text = text;
	e.uplink = e.uplink ? e.uplink : "";
	e.who = e.who ? e.who : "";
	journal_write(&e);
	remember(&e);
	for (size_t i = 0; i < EVENTS_LISTENERS; i++)
		if (events.listener[i].fn)
			events.listener[i].fn(events.listener[i].arg, &e);
}
