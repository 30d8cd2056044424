/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_CONTROL_H
#define MH_DAEMON_CONTROL_H

#include "base/json.h"
#include "daemon/request.h"

#include <uv.h>

/*
 * The control socket, DIR/control: a stream of requests (request.h), a line each, and of answers.
 *
 * Who may connect is the matter of the socket's owner and mode: root, and the group that the
 * configuration names. Who may change something, that of the peer's credentials as the kernel knows
 * them (SO_PEERCRED): root, or whoever the daemon runs as.
 *
 * Nobody can hold up the daemon. A line is short and comes soon or the connection ends; there are
 * CONTROL_CLIENTS connections at most, the last CONTROL_ROOMS of them for root alone; whoever does
 * not read what was asked for is dropped. What is refused is logged, a line for many.
 */
#define CONTROL_CLIENTS 64
#define CONTROL_ROOMS	16

struct control;

struct control_calls {
	/* One value, to be written as the answer to `status`. */
	int (*status)(void *arg, struct json *j, struct err *e);
	/*
	 * A request that changes something, `who` having been found to be allowed to. What comes of
	 * it is told by control_done(), unless this fails; 1: and by control_tried() before that.
	 */
	int (*change)(void *arg, const struct request *r, const char *who, struct err *e);
	void *arg;
};

int control_open(struct control **ret, uv_loop_t *loop, const char *dir,
		 const struct control_calls *calls, struct err *e);
/* The group that may connect and read; UINT32_MAX: none. */
int control_set_group(struct control *c, uint32_t gid, struct err *e);
/* What was on trial is a change that is under way; or, with an error, is refused. */
void control_tried(struct control *c, const struct err *e);
/* All changes that were asked for are made, in so many steps; or, with an error, are not. */
void control_done(struct control *c, size_t steps, const struct err *e);
/* Stops; the memory goes when the loop has run once more. NULL is fine. */
void control_close(struct control *c);

#endif
