/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_PINGER_H
#define MH_PROBE_PINGER_H

#include "base/err.h"
#include "base/ipaddr.h"

/*
 * Echo requests for any number of uplinks and targets, through two raw sockets, one a family. Each
 * request is bound by itself to an interface and a source address (IP_PKTINFO, RFC 3542), so its
 * route is that of a socket bound to the device: the uplink's own table, whether traffic is sent
 * there at the moment or not. Many go out with one system call.
 */
struct pinger;

struct ping {
	struct ip_addr src; /* the uplink's; family 0 leaves it to the kernel */
	struct ip_addr dst;
	int ifindex;
	uint32_t target; /* comes back with the answer */
	uint16_t seq;
	int error; /* set by pinger_send(): 0, or a negative errno if it did not go out */
};

/*
 * In the caller's network namespace; needs CAP_NET_RAW. A machine without IPv6 has no socket of it
 * (pinger_fd() is -1), which is no error.
 */
int pinger_open(struct pinger **ret, struct err *e);
void pinger_close(struct pinger *p); /* NULL is fine */

/* To wait for answers with. */
int pinger_fd(const struct pinger *p, uint8_t family);

/* Sends `n` requests. Returns how many went out; the others have their error. */
size_t pinger_send(struct pinger *p, struct ping *v, size_t n);

/* An answer: which target's, to which request, from where and by which interface it came. */
typedef void pinger_fn(void *arg, uint32_t target, uint16_t seq, const struct ip_addr *from,
		       int ifindex);

/*
 * Calls `fn` for every answer that is there, and does not wait. What is no echo reply with this
 * pinger's cookie is passed over and counted. Whether the answer comes from whom was asked is for
 * `fn` to see.
 */
int pinger_read(struct pinger *p, pinger_fn *fn, void *arg, struct err *e);
/* How many messages were none of ours: forged, damaged, or another program's. */
uint64_t pinger_strangers(const struct pinger *p);

#endif
