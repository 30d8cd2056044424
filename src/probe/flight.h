/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_FLIGHT_H
#define MH_PROBE_FLIGHT_H

#include "base/err.h"
#include "probe/probe.h"

/*
 * The sockets of probes under way, one a probe, and one descriptor to wait for all of them. There
 * are never more than FLIGHT_MAX: a new one then takes the place of the oldest, which by then has
 * waited far longer than an answer takes.
 */
#define FLIGHT_MAX 384

struct flight_slot {
	int fd; /* -1: free */
	uint16_t seq;
	uint32_t target;
	uint64_t until;
	bool lenient; /* the kind's own: what is not plainly good is good enough */
};

struct flight {
	int epoll;
	struct flight_slot slot[FLIGHT_MAX];
};

int flight_open(struct flight *f, struct err *e);
void flight_close(struct flight *f);

/*
 * Puts a probe's socket, which it takes over, into a slot. `events` are epoll's. Returns the slot's
 * number, or a negative errno (and the socket is closed).
 */
int flight_add(struct flight *f, int fd, uint32_t events, const struct probe *p, uint64_t now);
/* Closes a slot's socket. */
void flight_end(struct flight *f, unsigned slot);
/* Closes all whose time is over: those with UINT64_MAX are all. */
void flight_expire(struct flight *f, uint64_t now);
/* Slots that have news: their number, at most `n`. Does not wait. */
unsigned flight_news(struct flight *f, unsigned *slot, unsigned n);

#endif
