/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_LAB_MEASURE_H
#define MH_LAB_MEASURE_H

#include "lab/traffic.h"

/*
 * What a machine with several uplinks promises, as measurements on packets. Each adds its flows to
 * a sum, over uplinks and over TCP and UDP where it does not name one.
 */
enum measure {
	MEASURE_REPLIES,      /* from the internet to each uplink's address: what comes back */
	MEASURE_OWN,	      /* from each uplink's address to the internet */
	MEASURE_OTHER_SUBNET, /* from each uplink's address to the other uplink's router */
	MEASURE_TCP_ONE,      /* without a source: one destination, many; TCP, UDP */
	MEASURE_TCP_MANY,
	MEASURE_UDP_ONE,
	MEASURE_UDP_MANY,
	MEASURE_LAN,	 /* from the LAN to the internet */
	MEASURE_SERVICE, /* from the internet to MEASURE_SERVICE_PORT of each uplink's address */
	MEASURES
};

/* The server passes this TCP port of its uplinks' addresses on to the client (set up elsewhere). */
#define MEASURE_SERVICE_PORT 8080

/* How many flows to take: `few` of each kind, `many` where they are shared out. */
struct measure_size {
	unsigned few, many;
	unsigned patience; /* ms, see struct flows */
};

struct measure_sum {
	unsigned flows, answered;
	unsigned long packets, right; /* see struct tally */
	unsigned by_uplink[TOPOLOGY_UPLINKS];
};

static inline bool measure_is_split(enum measure m)
{
	return m >= MEASURE_TCP_ONE && m <= MEASURE_UDP_MANY;
}

/* `family` is AF_INET or AF_INET6. Adds to `sum`. */
int measure(struct traffic *t, const struct topology *topo, enum measure m, uint8_t family,
	    const struct measure_size *size, struct measure_sum *sum, struct err *e);

#endif
