/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_LAB_TRAFFIC_H
#define MH_LAB_TRAFFIC_H

#include "lab/state.h"

/*
 * Real flows between the hosts of a lab, and what is seen of them at the far ends of the server's
 * uplinks. All in one process, without threads: a socket belongs to the namespace in which it was
 * opened, wherever its process goes. traffic_open() and traffic_run() leave the caller in some
 * namespace of the lab.
 */
struct traffic;

int traffic_open(struct traffic **ret, const struct lab *l, struct err *e);
void traffic_close(struct traffic *t); /* NULL is fine */

/*
 * Flows that are opened one after the other, up to 64 at a time: a TCP connection or a UDP socket
 * each. A flow is answered when one byte has come back.
 */
struct flows {
	uint8_t family, proto; /* AF_INET, AF_INET6; IPPROTO_TCP, IPPROTO_UDP */
	unsigned n;
	const char *from, *to;	    /* hosts */
	struct ip_addr source;	    /* family 0: none is chosen */
	unsigned source_n;	    /* so many addresses from there on are used in turn */
	struct ip_addr destination; /* likewise */
	unsigned destination_n;
	uint16_t port;	   /* what clients ask; each set of flows has its own */
	uint16_t listener; /* what the service listens on, where it is another (DNAT); else 0 */
	bool replies;	   /* count what comes back from the port, not what goes to it */
	bool onlink;	   /* the destination is a neighbour: no router in between */
	unsigned patience; /* ms without an answer after which the rest is given up */
};

/* What was seen of them at the uplinks' far ends. */
struct tally {
	unsigned answered;
	unsigned long packets;
	/*
	 * Packets with the uplink's own address as their source, handed to the uplink's own router
	 * (or to the destination itself).
	 */
	unsigned long right;
	/* Flows by the uplink on which they began; a SYN that had to be repeated counts again. */
	unsigned flows[TOPOLOGY_UPLINKS];
};

int traffic_run(struct traffic *t, const struct flows *f, struct tally *ret, struct err *e);

#endif
