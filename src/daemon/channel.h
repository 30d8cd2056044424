/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_CHANNEL_H
#define MH_DAEMON_CHANNEL_H

#include "base/err.h"
#include "daemon/wire.h"

#include <uv.h>

/*
 * A child process of multihomed, and the socket between the two (wire.h). The child is a fork: it
 * keeps no descriptors but its end of the socket, standard input, output and error, and those that
 * its role names. It dies with the parent. If it dies first, that is logged, and it is started
 * again, ever later if it dies again and again; so is one that sends what is no message, or leaves
 * what it is sent.
 */
struct channel;

struct channel_role {
	const char *name; /* in the log, and the process's name ("mh-NAME", 15 characters) */
	/*
	 * The child's life: `fd` is its end, not blocking. Enters its sandbox (sandbox.h) as soon
	 * as it can, leaves when the other end is closed. What it returns is the exit status. The
	 * parent's event loop is not to be touched; a loop of its own is fine.
	 */
	int (*child)(int fd, void *arg);
	int keep[4];		 /* further descriptors that it keeps; unused ones are 0 */
	struct wire_protocol in; /* what may come from the child */
	/* In the parent. A message, checked; what is said in `started` reaches the child first. */
	void (*heard)(void *arg, const union wire_message *m);
	void (*started)(void *arg, struct channel *c); /* each time; NULL is fine */
	void (*died)(void *arg);		       /* each time; NULL is fine */
	void *arg;				       /* of all of these */
};

/*
 * Starts it. `role` is copied, its name and tables are not. `started` is called from inside.
 * Errors: no socket, no process.
 */
int channel_open(struct channel **ret, uv_loop_t *loop, const struct channel_role *role,
		 struct err *e);
/*
 * To the child; never waits. A child that is not there at the moment hears nothing: what it must
 * know it is told by `started`.
 */
void channel_send(struct channel *c, const void *message);
/*
 * Closes the socket, waits a tenth of a second for the child to leave, and kills it if it has not;
 * the memory goes with the loop's next turn. NULL is fine.
 */
void channel_close(struct channel *c);
/* The process number; 0: it is not there at the moment. */
pid_t channel_pid(const struct channel *c);

#endif
