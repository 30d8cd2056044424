/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_HEALTH_H
#define MH_PROBE_HEALTH_H

#include "probe/probe.h"
#include "probe/window.h"

/*
 * Is a way out alive? Pure judgement over the windows of a check's targets: no clock, no
 * descriptors. A check's targets vote, and the checks of an uplink must all pass.
 */

/* How a check judges. Times in microseconds; a limit of 0 is none. */
struct check_limits {
	uint32_t every, timeout;
	uint16_t down, up; /* so many in a row turn a target */
	uint16_t loss;	   /* per mille over `window` probes, more is bad */
	uint32_t latency, jitter;
	uint16_t window;
	uint16_t quorum; /* so many targets must be good; 0: one */
};

enum health {
	HEALTH_UNKNOWN, /* too few probes as yet */
	HEALTH_UP,
	HEALTH_DOWN,
};

/* Why it is so, for people and for the log. */
enum health_why {
	WHY_NOTHING, /* unknown */
	WHY_ANSWERS,
	WHY_SILENCE, /* `down` in a row were lost */
	WHY_LOSS,
	WHY_LATENCY,
	WHY_JITTER,
	WHY_RECOVERING, /* it answers, but not yet `up` times in a row */
	WHY_FAULT,	/* + enum probe_fault: the last answer was no good one */
};

struct verdict {
	enum health health;
	unsigned why;	 /* enum health_why */
	uint32_t figure; /* what is over its limit: per mille, or microseconds */
};

/*
 * What a target is now, `was` being what it was: it takes `down` losses in a row, or a limit that
 * is passed over a full window, to go down; `up` answers in a row, and every limit kept by a
 * tenth, to come back. Between the two it stays what it was.
 */
struct verdict target_judge(const struct window *w, const struct check_limits *l, enum health was);
/*
 * A check of `n` targets. Unknown as long as the unknown ones could decide either way. If it fails,
 * the reason is that of the first target that does.
 */
struct verdict check_judge(const struct verdict *target, size_t n, unsigned quorum);

/* "3 in a row without an answer", "loss 31 % over 20 %", ...: for messages. */
void verdict_text(const struct verdict *v, const struct check_limits *l, char *ret, size_t size);
const char *health_text(enum health h); /* "up" */

/*
 * Flaps. A penalty of FLAP_POINTS for each time that an uplink goes down; it halves every
 * `half_life`. Over FLAP_SUPPRESS the uplink is held back until it is under FLAP_REUSE again
 * (RFC 2439's figures, scaled).
 */
#define FLAP_POINTS   1000
#define FLAP_SUPPRESS 3500
#define FLAP_REUSE    1500
#define FLAP_CEILING  8000

struct flap {
	double penalty;
	uint64_t at; /* when `penalty` was right */
	bool held;
};

void flap_down(struct flap *f, uint64_t now, uint64_t half_life);
/* True as long as the uplink is to be held back. */
bool flap_held(struct flap *f, uint64_t now, uint64_t half_life);
/* Microseconds until it is not; 0 if it is not. */
uint64_t flap_remaining(struct flap *f, uint64_t now, uint64_t half_life);

#endif
