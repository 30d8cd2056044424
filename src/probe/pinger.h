/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_PINGER_H
#define MH_PROBE_PINGER_H

#include "base/err.h"
#include "probe/probe.h"

/*
 * Echo requests for any number of uplinks and targets, through two raw sockets, one a family. Each
 * request is bound by itself to an interface and a source address (IP_PKTINFO, RFC 3542), so its
 * route is that of a socket bound to the device: the uplink's own table, whether traffic is sent
 * there at the moment or not. Many go out with one system call.
 */
struct pinger;

/*
 * In the caller's network namespace; needs CAP_NET_RAW. A machine without IPv6 has no socket of it,
 * which is no error; probes of it fail.
 */
int pinger_open(struct pinger **ret, struct err *e);
void pinger_close(struct pinger *p); /* NULL is fine */

/* To wait for answers with. */
int pinger_fd(const struct pinger *p);

/* Sends `n` requests. Returns how many went out; the others have their error. */
size_t pinger_send(struct pinger *p, struct probe *v, size_t n, uint64_t now);

/*
 * Tells every answer that is there, and does not wait. An answer bears this pinger's cookie, and
 * comes from the address that was asked last for its target, by the interface that it was asked by.
 * All else is passed over and counted: forged, damaged, or another program's.
 */
void pinger_read(struct pinger *p, probe_fn *fn, void *arg);
/* Nothing that was asked before is answered any more. */
void pinger_forget(struct pinger *p);
uint64_t pinger_strangers(const struct pinger *p);

#endif
