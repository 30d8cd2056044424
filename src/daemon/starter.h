/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_STARTER_H
#define MH_DAEMON_STARTER_H

#include "base/err.h"
#include "daemon/wire.h"

#include <sys/types.h>
#include <uv.h>

/*
 * The starter: a process that is forked first thing, before the main process has opened anything,
 * and keeps the rights that multihomed was started with, so that the main process can give up its
 * own (confine.h) and there can still be new children later. It starts them, ends them, and says
 * how they ended; that is all it does, and all it reads are the two messages below. It dies with
 * the main process, and its children with it.
 */

/* What it can start: a row each, known to both sides since before the fork. */
struct child_kind {
	const char *name; /* in the log, and of the process ("mh-NAME", 15 characters) */
	unsigned fds;	  /* descriptors that it is given, WIRE_FDS at most */
	/*
	 * The child's life. It has these descriptors and standard input, output and error, no
	 * others. Enters its sandbox (sandbox.h) as soon as it can. What it returns is the exit
	 * status.
	 */
	int (*life)(const int fd[]);
};

/* To the starter; it ends if there is anything that is not so. */
enum { STARTER_START, STARTER_END };
struct starter_start {
	struct wire_head head;
	uint32_t id;   /* of none that is there */
	uint32_t kind; /* a row; as many descriptors come along as it says */
};
struct starter_end {
	struct wire_head head;
	uint32_t id;	/* one that has ended already is fine */
	uint32_t grace; /* milliseconds until it is killed */
};
#define STARTER_GRACE_MAX 1000
/* From it: once for each that was to be started. */
enum { STARTER_ENDED };
struct starter_ended {
	struct wire_head head;
	uint32_t id;
	int32_t status; /* as wait(2) has it; below 0: it could not be started, an errno */
};
#define STARTER_CHILDREN 8 /* so many at a time */

extern const struct wire_protocol starter_in, starter_out;
/* Whether `m`, a sound message, may be with so many descriptors. Pure. */
bool starter_may(const struct child_kind *kind, size_t kinds, const union wire_message *m,
		 unsigned fds);
/* The starter's life, until the other end of `fd` is closed or sends nonsense: its exit status. */
int starter_process(int fd, const struct child_kind *kind, size_t kinds);

/* The main process's side. */
struct starter;

/* Forks it. `kind` is not copied. */
int starter_open(struct starter **ret, const struct child_kind *kind, size_t kinds, struct err *e);
/* To be called once, before the first child. `lost`: it has ended, and with it all children. */
void starter_watch(struct starter *s, uv_loop_t *loop, void (*lost)(void *arg), void *arg);
/* It ends, and all children that are left; the memory goes with the loop's next turn. */
void starter_close(struct starter *s);

uv_loop_t *starter_loop(const struct starter *s);
const char *starter_name(const struct starter *s, unsigned kind);
/*
 * Starts a child with those descriptors, which stay the caller's, too. Returns its id, above 0, or
 * an error. `ended(arg, status)` is called when it has ended, from the loop or from inside
 * starter_end().
 */
typedef void starter_fn(void *arg, int status);
int64_t starter_start(struct starter *s, unsigned kind, const int *fd, unsigned fds,
		      starter_fn *ended, void *arg, struct err *e);
/* Ends it, in `grace` milliseconds at the latest; with `wait`, returns when it has ended. */
void starter_end(struct starter *s, uint32_t id, unsigned grace, bool wait);

#endif
