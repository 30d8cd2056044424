/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_WEB_H
#define MH_DAEMON_WEB_H

#include "daemon/starter.h"
#include "daemon/view.h"
#include "daemon/wire.h"
#include "web/status.h"

/*
 * HTTP, where `http = ` is configured: a child of the daemon (web_child.c) that has no rights at
 * all, no files, and the listening socket. It is sent what there is to show.
 */
struct http;

/* `c` and `v` are to outlive it. */
int http_open(struct http **ret, struct starter *s, const struct converge *c, struct view *v,
	      struct err *e);
void http_close(struct http *h); /* NULL is fine */
/* Another configuration is in force. */
void http_configured(struct http *h);
/* To be called after each convergence and every few seconds: sends what there is to show. */
void http_refresh(struct http *h);

/* The messages. A whole status is a daemon, its uplinks and warnings, and an end. */
enum { WEB_DAEMON, WEB_UPLINK, WEB_WARNING, WEB_END, WEB_EVENT, WEB_KINDS };
enum { WEB_ASKED }; /* from the child: what is shown should be fresh */

struct web_daemon {
	struct wire_head head;
	struct status_daemon daemon;
};
struct web_uplink {
	struct wire_head head;
	struct status_uplink uplink;
};
struct web_warning {
	struct wire_head head;
	struct status_warning warning;
};
struct web_event {
	struct wire_head head;
	struct status_event event;
};
struct web_word { /* WEB_END, WEB_ASKED */
	struct wire_head head;
};

/* What the child may be sent. */
extern const struct wire_protocol web_protocol;
/* Puts messages together; true when they are a whole status, which is then in `ret`. */
struct web_gather {
	struct status next;
	uint32_t uplink_n, warning_n;
};
bool web_gather(struct web_gather *g, const union wire_message *m, struct status *ret);

/* The child's life (starter.h): its end of the channel, and the socket that listens. */
#define WEB_FDS 2
int web_child(const int fd[]);

#endif
