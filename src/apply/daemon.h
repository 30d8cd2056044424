/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_APPLY_DAEMON_H
#define MH_APPLY_DAEMON_H

#include "uplink/desired.h"

#include <sys/types.h>

/*
 * What multihomed and the verbs know of each other, in the state's folder: DIR/daemon is locked by
 * the daemon for as long as it runs, and holds its process number; DIR/health is what its checks
 * found, so that `plan`, `apply` and `status` see the machine as the daemon sees it.
 */

/* Locks DIR/daemon for this process, which keeps `ret_fd` open. -EALREADY: another one runs. */
int daemon_lock(const char *dir, int *ret_fd, struct err *e);
/* Whether what daemon_lock() locked is still in a folder; if not, nobody sees the lock. */
bool daemon_is_locked(int fd);
/* The process number of the daemon of this folder; 0: none runs. */
pid_t daemon_pid(const char *dir);
/*
 * Tells it, if one runs and is not the caller, by a signal: SIGHUP that the configuration is to be
 * read again, SIGUSR1 that a change was taken back, so that the configuration before the last
 * reading is the right one.
 */
void daemon_tell(const char *dir, int sig);

/*
 * What else is remembered of an uplink, for the next daemon: how often it has gone down lately
 * (struct flap of probe/health.h; nothing: a penalty of 0), and, per family, whether it is in use,
 * since when, and how often it went out of use. Times are CLOCK_MONOTONIC's, which a clock that is
 * set does not touch, and a boot begins anew.
 */
struct daemon_past {
	uint64_t penalty, at; /* points; microseconds */
	bool held;
	struct daemon_use {
		bool known, usable;
		uint64_t since; /* milliseconds */
		uint32_t failovers;
	} use[2]; /* IPv4, IPv6 */
};

/* `past` has as many as `health`. */
int daemon_write_health(const char *dir, const struct way_health *health,
			const struct daemon_past *past, size_t n, struct err *e);
/*
 * Nothing if no daemon runs, or if it was in another boot: what was found once is worth nothing
 * then. The arena has the result.
 */
int daemon_read_health(const char *dir, struct arena *a, struct way_health **ret,
		       struct daemon_past **past, size_t *n,
		       struct err *e); /* `past` may be NULL */

/*
 * What a person said about uplinks (`multihome uplink NAME down`), DIR/said: it holds until it is
 * taken back, whether a daemon runs or not. -ENOENT is no error: nothing was said.
 */
int daemon_read_said(const char *dir, struct arena *a, struct way_said **ret, size_t *n,
		     struct err *e);
/* Says it of one uplink; WAY_BY_ITSELF takes back what was said. */
int daemon_say(const char *dir, const char *uplink, enum way_hand hand, struct err *e);

/* Where the daemon listens: DIR/control. */
#define DAEMON_SOCKET "control"

#endif
