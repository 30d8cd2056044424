/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_APPLY_STATE_H
#define MH_APPLY_STATE_H

#include "apply/kernel.h"
#include "uplink/desired.h"
#include "uplink/plan.h"

/*
 * What has to be remembered between two runs, one folder per network namespace (`--state DIR`, by
 * default /run/multihome/<network namespace cookie>): state.json, replaced as a whole. While a
 * `struct state` is open, a lock on the folder keeps other runs out.
 *
 * It holds: the slots; the settings' values from before multihome touched them (`original`); the
 * nftables table as we wrote it and as the kernel listed it then (the two forms differ, and a
 * comparison with the second tells whether somebody changed it); while an apply is under way, or
 * waits to be confirmed, what was owned before it.
 */
struct state {
	struct arena arena;
	const char *dir;
	int lock_fd;
	struct slot *slot;
	size_t slot_n, slot_cap;
	struct owned original;		      /* only sysctl and group are used */
	const char *nft_written, *nft_listed; /* NULL: none */
	bool applying;	     /* an apply began and has not ended: `before` tells where to go back */
	bool unconfirmed;    /* applied with --confirm, waiting */
	int64_t confirm_by;  /* CLOCK_BOOTTIME, milliseconds */
	int confirm_pid;     /* the process that will roll back */
	struct owned before; /* meaningful if applying or unconfirmed */
};

/* Creates the folder if needed (mode 0700), locks, reads. -EWOULDBLOCK: another run has the lock.
 */
int state_open(struct state *s, const char *dir, struct err *e);
int state_save(struct state *s, struct err *e); /* atomic, durable against a killed process */
void state_close(struct state *s);
/* The default folder of this network namespace. */
char *state_default_dir(struct arena *a, struct kernel *k);

/*
 * What multihome owns now: routes and rules by protocol number; the settings named in
 * `state->original` or `want` (may be NULL) with their present values; the nftables table.
 */
int state_owned_now(struct state *s, struct kernel *k, const struct snapshot *snap,
		    const struct owned *want, struct owned *ret, struct err *e);

/*
 * The verbs. Each leaves the kernel and the state as they should be, or as they were.
 *
 * state_apply(): from what is there to `d`. Settings that are newly touched get their present value
 * recorded first; settings no longer wanted go back to their original. An apply that was killed
 * half-way is just a machine that differs. `confirm` keeps `before` for a later state_rollback().
 */
int state_apply(struct state *s, struct kernel *k, const struct desired *d, bool confirm,
		struct err *e);
/* Settings go back, everything owned goes away, the state is emptied. */
int state_down(struct state *s, struct kernel *k, struct err *e);
/* Back to `before`: of an apply that was killed, or that nobody confirmed. -ENOENT: nothing to do.
 */
int state_rollback(struct state *s, struct kernel *k, struct err *e);
/* The steps that state_apply() would make. */
int state_plan(struct state *s, struct kernel *k, const struct desired *d, struct plan *ret,
	       struct err *e);

#endif
