/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_TRAFFIC_H
#define MH_DAEMON_TRAFFIC_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What the interfaces have carried (RTM_GETSTATS, net/core/rtnetlink.c), and how much a second
 * between the last two samples. Times are milliseconds of a clock that does not go back.
 */
struct traffic;

struct traffic_counters {
	uint64_t rx_bytes, tx_bytes;
	uint64_t rx_rate, tx_rate; /* bytes a second */
};

int traffic_open(struct traffic **ret, struct err *e);
void traffic_close(struct traffic *t); /* NULL is fine */
/* Reads the counters, unless they were read less than `least` ago. */
int traffic_sample(struct traffic *t, uint64_t now, uint64_t least, struct err *e);
/* False if there is no such interface. */
bool traffic_of(const struct traffic *t, int ifindex, struct traffic_counters *ret);

#endif
