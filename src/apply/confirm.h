/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_APPLY_CONFIRM_H
#define MH_APPLY_CONFIRM_H

#include "apply/state.h"

/*
 * `apply --confirm 60s`: a process of its own rolls back when nobody confirms in time.
 *
 * It is started before the change is made, is in a session of its own, and so outlives the shell
 * and the connection that the change may have cut. It waits on CLOCK_BOOTTIME (a suspended machine
 * does not get more time) and on a FIFO in the state's folder, DIR/confirm, which it alone reads: a
 * byte in it ends the wait. No process number has to be trusted.
 *
 * What it does when the time is up depends on the state alone, under the state's lock: roll back if
 * an apply is unconfirmed (or was killed) and its time has passed. If the waiting process dies, the
 * next run that opens the state and calls confirm_overdue() does the same.
 */

/*
 * Starts the process, and notes in the state when it will act. To be called before state_apply();
 * over an earlier one, which it ends.
 */
int confirm_start(struct state *s, unsigned seconds, struct err *e);

/* Confirms: what was applied stays. -ENOENT: nothing waits to be confirmed. */
int confirm_now(struct state *s, struct err *e);

/* The seconds left (rounded up), 0 if nothing waits or the time has passed. */
unsigned confirm_pending(const struct state *s);

/* Rolls back if an unconfirmed apply's time has passed. 1 if it did, 0 if there was no need. */
int confirm_overdue(struct state *s, struct kernel *k, struct err *e);

/* Ends the waiting process of the folder, if there is one. */
void confirm_stop(const char *dir);

#endif
