/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_WINDOW_H
#define MH_PROBE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What became of the last probes of one target: a ring of slots, one a probe, in the order sent.
 * Everything else (rows of losses, loss, latency, jitter) is a question to the ring. Times are
 * microseconds of one clock that does not go back; the window itself has none.
 */
#define WINDOW_MAX 1024 /* slots; sequence numbers are 16 bits, so far more would be ambiguous */

enum window_fate {
	PROBE_NONE,	/* no probe was sent in this slot yet */
	PROBE_WAITING,	/* sent, and its time is not over */
	PROBE_ANSWERED, /* in time */
	PROBE_LOST,	/* given up: not in time, or it could not be sent */
	PROBE_EXCUSED,	/* its silence says nothing */
};

struct window_slot {
	uint64_t sent;
	uint32_t rtt; /* of an answered one */
	uint8_t fate; /* enum window_fate */
};

/* One block without pointers, so that it may lie in memory that two processes share. */
struct window {
	uint16_t size; /* a power of two */
	uint16_t next; /* the sequence number that comes next; slot: next % size */
	uint16_t open; /* the oldest one that is waiting; next if none is */
	uint16_t unused;
	struct window_slot slot[];
};

struct window_stats {
	unsigned sent, answered, lost; /* of the probes whose fate is known */
	unsigned loss;		       /* per mille of those, rounded up */
	uint32_t latency;	       /* mean round trip of the answered, microseconds */
	uint32_t jitter; /* mean difference of successive round trips (as RFC 3550 means it) */
};

/* `wanted` slots, rounded up to a power of two, 8 to WINDOW_MAX; the bytes that so many take. */
unsigned window_slots(unsigned wanted);
size_t window_bytes(unsigned slots);
/* An empty window of as many slots as window_slots() says, in so many bytes of the caller's. */
struct window *window_place(void *memory, unsigned slots);
/* Forgets all; sequence numbers go on, so that late answers find nothing. */
void window_reset(struct window *w);

/* A probe goes out now; returns its sequence number. Whatever was in its slot is forgotten. */
uint16_t window_sent(struct window *w, uint64_t now);
/* It could not be sent: lost at once. */
void window_failed(struct window *w, uint16_t seq);
/* The same, for a reason that says nothing of the target. */
void window_withdrawn(struct window *w, uint16_t seq);
/*
 * An answer has come, less than `timeout` after its probe. One that was given up before counts as
 * answered after all: how soon probes are given up is a guess by their usual round trip, which may
 * grow. False if nobody wants it: never sent, answered before, too late, or forgotten.
 */
bool window_answered(struct window *w, uint16_t seq, uint64_t now, uint32_t timeout);
/* Those that have waited for `patience` are lost. Returns how many more are lost by this. */
unsigned window_expire(struct window *w, uint64_t now, uint32_t patience);
/*
 * How long to wait for an answer before the probe is given up, going by the last sixteen round
 * trips; from `least` to `most`, which is also the answer as long as
 * nothing is known.
 */
uint32_t window_patience(const struct window *w, uint32_t least, uint32_t most);
/*
 * The silence since the last answer says nothing (it was our own doing): neither what was lost nor
 * what still waits counts, unless it is answered after all.
 */
void window_excuse(struct window *w);
/* When the oldest waiting probe was sent; UINT64_MAX if none waits. */
uint64_t window_oldest(const struct window *w);

/*
 * How many of the last probes, in a row, met this fate (PROBE_ANSWERED or PROBE_LOST); those that
 * still wait, or are excused, are passed over.
 */
unsigned window_row(const struct window *w, enum window_fate fate);
/*
 * The round trips of the last probes whose fate is known, at most `n`, newest first; UINT32_MAX for
 * one that was lost. Returns how many.
 */
unsigned window_history(const struct window *w, uint32_t *rtt, unsigned n);
/* Over the last `n` probes whose fate is known, or as many as there are. */
struct window_stats window_stats(const struct window *w, unsigned n);

#endif
