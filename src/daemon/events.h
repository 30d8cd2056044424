/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_EVENTS_H
#define MH_DAEMON_EVENTS_H

#include "base/json.h"

#include <stdint.h>

/*
 * What happens, said once: an event is a line of the log, fields in the journal, an entry of the
 * ring that `multihome events` shows, and what hooks are about. log.h is the short way to say one
 * that has nothing but a text.
 */
enum event_kind {
	EVENT_NOTE,	  /* worth a line, and nothing more */
	EVENT_ERROR,	  /* something could not be done */
	EVENT_START,	  /* the daemon is at work */
	EVENT_STOP,	  /* and has ended */
	EVENT_UP,	  /* an uplink came into use, in one family */
	EVENT_DOWN,	  /* and went out of it; the text says why */
	EVENT_CHANGE,	  /* other addresses, or another gateway */
	EVENT_SUSPECT,	  /* every check fails: the targets are suspect */
	EVENT_FOREIGN,	  /* somebody changed or deleted what is ours; `who` */
	EVENT_RELOAD,	  /* another configuration is in force */
	EVENT_REFUSED,	  /* another one is not: its plan cannot be made, or is not proved */
	EVENT_PROOF,	  /* what is configured does not hold on the machine; or holds again */
	EVENT_TAKEN_BACK, /* and the one before it again */
	EVENT_HAND,	  /* an uplink was put up, down or aside by hand; `who` */
	EVENT_HOOK,	  /* a hook failed, or took too long */
	EVENT_KINDS
};

enum event_level { EVENT_IS_ERROR = 3, EVENT_IS_WARNING, EVENT_IS_NOTICE, EVENT_IS_FACT };

/* Texts belong to whoever made the event; those that there are none of are "". */
struct event {
	uint64_t number; /* from 1, in their order */
	int64_t time;	 /* CLOCK_REALTIME, microseconds: for people, nothing is reckoned by it */
	enum event_kind kind;
	enum event_level level;
	uint8_t family; /* AF_INET, AF_INET6; 0: neither in particular */
	const char *uplink, *who, *text;
};

/* Fills in number and time, cuts the text to one line, and passes it on to all that follow. */
void event_emit(struct event e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

const char *event_kind_text(enum event_kind kind); /* "down" */
const char *event_family_text(uint8_t family);	   /* "IPv4", "IPv6", "" */
/* "isp1 IPv4: out of use: no carrier": the whole event as people read it. */
void event_line(const struct event *e, char *buf, size_t size);
void event_json(struct json *j, const struct event *e);

/* The last EVENTS_KEPT are remembered. */
#define EVENTS_KEPT 512
/* The oldest that is remembered and has at least this number; NULL if there is none. */
const struct event *events_from(uint64_t number);
uint64_t events_last(void); /* the number of the newest; 0: none happened yet */

/* Called with each event, once it is remembered. At most EVENTS_LISTENERS. */
#define EVENTS_LISTENERS 4
typedef void event_fn(void *arg, const struct event *e);
void events_listen(event_fn *fn, void *arg);
void events_deafen(void *arg); /* calls with `arg` end */
void events_forget(void);      /* the ring is emptied, its memory given back */
/* In a child process: nobody of the parent's listens, and all goes to standard error. */
void events_in_child(void);

#endif
