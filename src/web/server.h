/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_WEB_SERVER_H
#define MH_WEB_SERVER_H

#include "base/err.h"
#include "web/status.h"

/*
 * The status by HTTP: a page (/), /status.json, /events.json, /metrics; GET and HEAD alone. It
 * knows only what it was given, and changes nothing.
 *
 * libmicrohttpd brings much with it that a daemon without HTTP would carry in vain, so it is loaded
 * when this is: before the process gives up the file system.
 */
struct web;

#define WEB_EVENTS 64 /* so many of the last are shown */

/* `fd` listens. If `only_here`, names of other hosts are not answered for: whoever asks by such a
 * one was led here by somebody else's page. */
int web_open(struct web **ret, int fd, bool only_here, struct err *e);
/*
 * Waits until there is something to serve, or `fd` (below FD_SETSIZE) is readable, or, if
 * `writing`, writable; serves what there is. 0 or a negative errno.
 *
 * By select(), which says again what was not looked at yet: the library's epoll mode loses the end
 * of a connection that arrives with its last bytes, and with 64 such ones nobody else is served.
 */
int web_serve(struct web *w, int fd, bool writing);
/* Whether anybody asked for something since the last call. */
bool web_was_asked(struct web *w);
/* What there is to show, from now on. Takes the arrays over. */
void web_set(struct web *w, struct status *s);
void web_event(struct web *w, const struct status_event *e);

/* What is answered; pure. `method`, `path` and `host` (NULL: none) come from anybody. */
struct web_answer {
	unsigned code;
	const char *type; /* of the body */
	bool page;	  /* the body is web_page; else `o` has it */
};
void web_answer(const struct web *w, const char *method, const char *path, const char *host,
		struct web_answer *ret, struct out *o);

/* "localhost", "127.0.0.1:80", "[::1]": anything but the name of another host. */
bool web_is_here(const char *host);

extern const char web_page[]; /* page.html */
extern const unsigned long web_page_size;

#endif
