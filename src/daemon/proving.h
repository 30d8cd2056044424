/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_PROVING_H
#define MH_DAEMON_PROVING_H

#include "daemon/wire.h"
#include "uplink/proof_plan.h"

#include <uv.h>

/*
 * A proof, made by a child that lives for it alone. It reads the whole machine (routes, settings,
 * next-hop objects), which the main process does not keep, and may think for seconds; the loop goes
 * on meanwhile. What was to be proved it has from the fork; it answers with one message.
 */
struct proving;

struct proving_job {
	const struct config *config;
	const struct desired *desired; /* what is to hold */
	const struct plan
		*plan; /* in the end, and that on its way; NULL: on the machine as it is */
};

enum proving_outcome {
	PROVING_PROVED,
	PROVING_UNPROVED, /* the text says what is wrong, and where */
	PROVING_UNKNOWN,  /* it would take too long, and nothing wrong was found until then */
	PROVING_FAILED,	  /* there is no answer: the machine could not be read, the process died */
	PROVING_OUTCOMES
};

#define PROVING_TEXT 480

struct proving_answer {
	struct wire_head head;
	uint32_t outcome; /* enum proving_outcome */
	char text[PROVING_TEXT];
	char what[PROVING_TEXT]; /* UNPROVED: the failure without the packet that shows it */
};

/* Called once, from the loop, unless proving_stop() comes first. The process is gone soon. */
typedef void proving_fn(void *arg, const struct proving_answer *a);

/* What is in `job` may go as soon as this has returned. Errors: no process. */
int proving_start(struct proving **ret, uv_loop_t *loop, const struct proving_job *job,
		  proving_fn *done, void *arg, struct err *e);
/* Gives it up; does not wait. NULL is fine. Not to be called after `done` was. */
void proving_stop(struct proving *p);

#endif
