/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_CHANNEL_H
#define MH_DAEMON_CHANNEL_H

#include "base/err.h"
#include "daemon/starter.h"
#include "daemon/wire.h"

#include <uv.h>

/*
 * A child process of multihomed (children.h), and the socket between it and the main process
 * (wire.h). If it dies, that is logged, and it is started again, ever later if it dies again and
 * again; so is one that sends what is no message, or leaves what it is sent.
 */
struct channel;

struct channel_role {
	unsigned kind;		 /* of the starter's (starter.h) */
	int give[WIRE_FDS - 1];	 /* descriptors that it is given beside its end of the channel */
	unsigned give_n;	 /* they are to stay open for as long as the channel is */
	struct wire_protocol in; /* what may come from the child */
	/* A message, checked; what is said in `started` reaches the child first. */
	void (*heard)(void *arg, const union wire_message *m);
	void (*started)(void *arg, struct channel *c); /* each time; NULL is fine */
	void (*died)(void *arg);		       /* each time; NULL is fine */
	void *arg;				       /* of all of these */
};

/*
 * Starts it. `role` is copied, its tables are not. `started` is called from inside. Errors: no
 * socket, no starter. That there was no process is as if it had died at once.
 */
int channel_open(struct channel **ret, struct starter *s, const struct channel_role *role,
		 struct err *e);
/*
 * To the child; never waits. A child that is not there at the moment hears nothing: what it must
 * know it is told by `started`.
 */
void channel_send(struct channel *c, const void *message);
/*
 * Closes the socket, waits a tenth of a second for the child to leave, and has it killed if it has
 * not; the memory goes with the loop's next turn. NULL is fine.
 */
void channel_close(struct channel *c);

#endif
