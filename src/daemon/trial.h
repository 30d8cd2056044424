/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_TRIAL_H
#define MH_DAEMON_TRIAL_H

#include "daemon/converge.h"
#include "daemon/prober.h"

#include <uv.h>

/*
 * A configuration on trial: read, but in force only when the plan to go there is proved, as
 * `multihome apply` has it. The one before it stays in force until then, and the machine is kept
 * as that says; uplinks fail over meanwhile. What happens to the machine between the proof and the
 * first step is no change of configuration, and is looked at afterwards like any other.
 */
struct trial;

struct trial_calls {
	/*
	 * A plan is to be made: the machine is to be as the configuration in force says by the next
	 * turn of the loop. What is missing of ours would be found wrong on the plan's way.
	 */
	void (*before)(void *arg);
	/* How it ended: proved (NULL), or not (PROOF_REFUSED), or there is no plan to prove. */
	void (*done)(void *arg, const struct err *e);
	void *arg;
};

/* `c` and `p` are to outlive it. */
int trial_open(struct trial **ret, uv_loop_t *loop, struct converge *c, struct prober *p,
	       const struct trial_calls *calls, struct err *e);
/* Stops; the memory goes when the loop has run once more. NULL is fine. */
void trial_close(struct trial *t);

/* Of c->next; anew, if one is under way. `done` follows, from the loop. */
void trial_begin(struct trial *t);
/* The machine has changed: a plan that was made before is not refused for what is there now. */
void trial_disturb(struct trial *t);
/* It is given up, if one is under way: `done` is not called. */
void trial_end(struct trial *t);

#endif
