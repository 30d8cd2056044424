/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_AUDIT_H
#define MH_DAEMON_AUDIT_H

#include "daemon/converge.h"
#include "daemon/proving.h"

#include <uv.h>

/*
 * Whether what is configured holds on the machine as it is. Failovers, and putting right what
 * others change, cannot wait for a proof as a configuration does (trial.h): packets wait for them.
 * So what there is then is proved a moment later, by a process of its own, and it is said
 * (EVENT_PROOF) if it does not hold, and when it holds again.
 */
struct audit;

/* `c` is to outlive it. */
int audit_open(struct audit **ret, uv_loop_t *loop, const struct converge *c, struct err *e);
/* Stops; the memory goes when the loop has run once more. NULL is fine. */
void audit_close(struct audit *a);

/* A convergence has ended well: what there is then is to be proved, in a moment. */
void audit_begin(struct audit *a);
/* The machine, or what is wanted of it, is becoming another: what is under way is given up. */
void audit_stop(struct audit *a);

struct audit_found {
	enum audit_state { AUDIT_NONE, AUDIT_HOLDS, AUDIT_FAILS, AUDIT_UNKNOWN } state;
	uint32_t number;	 /* of proofs until now */
	char text[PROVING_TEXT]; /* FAILS: what; UNKNOWN: why; else "" */
};
/* What the last proof found. */
const struct audit_found *audit_found(const struct audit *a);

#endif
