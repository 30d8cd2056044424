/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_APPLY_STATE_H
#define MH_APPLY_STATE_H

#include "apply/apply.h"
#include "apply/kernel.h"
#include "uplink/desired.h"

/*
 * What has to be remembered between two runs, one folder per network namespace (`--state DIR`, by
 * default /run/multihome/<network namespace cookie>): state.json, replaced as a whole. While a
 * `struct state` is open, a lock on the folder keeps other runs out.
 *
 * It holds: the slots; the settings' values from before multihome touched them (`original`) and
 * those that we gave them (`given`), so that a value that somebody else has set since is known;
 * the nftables table in its two forms; while an apply is under way, or waits to be confirmed, what
 * was owned before it.
 *
 * The order is what makes it safe to be killed at any moment: `before` and new originals are on
 * disk before the first change of the kernel, and `before` goes only after the last. An original
 * that is recorded is not overwritten by what one of our own runs left behind.
 *
 * A reboot takes what was in the kernel, so a state from an earlier boot (in a folder that lasts)
 * gives its slots only. A folder serves one network namespace.
 */
#define STATE_MODE                                                                                 \
	0711 /* what is in it has modes of its own; the daemon's socket is for others, too */

#define STATE_BOOT 40 /* bytes of a boot's id */

struct state_before {
	struct owned owned;
	const char *nft_listed; /* how the kernel listed owned.nft; NULL: not known */
	struct slot *slot;
	size_t slot_n, slot_cap;
};

struct state {
	struct arena arena;
	const char *dir;
	int lock_fd;
	char boot[STATE_BOOT]; /* this boot's id, "" if it is not known */
	char *text;	       /* state.json as it is on disk; NULL: there is none */
	bool unsure;	/* a save failed: what is on disk may be something else than `text` */
	uint64_t netns; /* the cookie of the namespace that it is about; 0: not known */
	struct slot *slot;
	size_t slot_n, slot_cap;
	struct owned original, given; /* only sysctl and group are used */
	struct nft_forms nft;
	bool applying;	    /* an apply began and has not ended: `before` tells where to go back */
	bool unconfirmed;   /* applied with --confirm, waiting */
	int64_t confirm_by; /* CLOCK_BOOTTIME, milliseconds; 0: never (see confirm.h) */
	int confirm_pid;    /* the process that will roll back */
	struct state_before before; /* meaningful if applying or unconfirmed */

	/* Not remembered: */
	bool no_wait;	       /* set before state_open(): do not wait for another run */
	apply_check_fn *check; /* asked before each step; NULL: nobody is */
	void *check_arg;
	const char **note; /* what a verb found worth saying, one line each */
	size_t note_n, note_cap;
};

/* This boot's id, "" if it is not known. */
int state_boot(char ret[static STATE_BOOT], struct err *e);

/*
 * Creates the folder if needed (mode STATE_MODE), locks, reads. `s` is zeroed by the caller, but
 * its arena may be in use (for `dir`); after an error it is given back. -EWOULDBLOCK: another run
 * has the lock. -EBADMSG: state.json is damaged.
 */
int state_open(struct state *s, const char *dir, struct err *e);
/* Atomic, durable; a state with nothing to remember is no file, and an unchanged one no write. */
int state_save(struct state *s, struct err *e);
void state_close(struct state *s);
/*
 * Other runs may go on from now, as a failover that must not wait: what `s` says is old then, and
 * it can only be read and closed.
 */
void state_unlock(struct state *s);
/* The default folder of this network namespace. */
char *state_default_dir(struct arena *a, struct kernel *k);

/* Forgets everything that is remembered (in memory). */
void state_forget(struct state *s);
/* What is remembered, from text and to text; for state_open(), state_save(), tests and fuzzing. */
int state_parse(struct state *s, const char *text, size_t len, struct err *e);
int state_print(const struct state *s, struct out *o, struct err *e);
/* Goes back to `text` (as s->text was) in memory and, if that is possible, on disk. */
void state_revert(struct state *s, const char *text);
/*
 * Settings belong to an interface, and go with it when it is renamed (rename.c): those remembered
 * under the old name are, from now on, under the new.
 */
void state_follow_names(struct state *s, const struct snapshot *snap);
void state_set_slots(struct state *s, const struct slot *slot, size_t n);
/*
 * The settings have these values now. `before` is of no use any more, and originals that equal
 * them need not be remembered.
 */
void state_settle(struct state *s, const struct owned *values);

/* owned_now() with the settings named in `s->original` or `want` (may be NULL). */
int state_owned_now(struct state *s, struct kernel *k, const struct snapshot *snap,
		    const struct owned *want, struct owned *ret, struct err *e);

/*
 * The verbs (verbs.c). Each leaves the kernel and the state as they should be, or as they were;
 * -ENOTRECOVERABLE if not even that could be done: the state then knows the way back, and
 * state_rollback() tries again. Signals that end a process wait until it is done.
 *
 * state_apply(): from what is there to `d`. Settings that are newly touched get their present value
 * recorded first; settings no longer wanted go back to their original, unless somebody else has
 * changed them since (then that value is the original, and a note says so). An apply that was
 * killed half-way is just a machine that differs; what is found after it is taken to be ours.
 * `confirm` keeps `before` for a later state_rollback(); over an earlier unconfirmed or killed
 * apply, the oldest `before` stays. Without it, an earlier unconfirmed apply counts as confirmed.
 */
int state_apply(struct state *s, struct kernel *k, const struct desired *d, bool confirm,
		struct err *e);
/*
 * Settings go back (as above), everything owned goes away, the state is emptied. Without a state,
 * what bears our numbers goes all the same.
 */
int state_down(struct state *s, struct kernel *k, struct err *e);
/* Back to `before`: of an apply that was killed, or that nobody confirmed. -ENOENT: nothing to do.
 */
int state_rollback(struct state *s, struct kernel *k, struct err *e);
/* The steps that state_apply() would make. */
int state_plan(struct state *s, struct kernel *k, const struct desired *d, struct plan *ret,
	       struct err *e);

#endif
