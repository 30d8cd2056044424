/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_NAMES_H
#define MH_PROBE_NAMES_H

#include "base/err.h"
#include "probe/probe.h"

/*
 * Addresses of hosts, looked up by the uplink that is asked about: what the machine's resolver
 * knows was perhaps found by another. All name servers are asked at once, the first good answer
 * counts.
 */
struct names;

/*
 * `ask` is what was given to names_ask(); `addr` is NULL if there is none: FAULT_RESOLVE if the
 * servers say so, FAULT_SILENCE if there was not time enough.
 */
typedef void names_fn(void *arg, const void *ask, const struct ip_addr *addr,
		      enum probe_fault fault);

#define NAMES_SERVERS 3 /* asked at once */

/* Questions have `ask_size` bytes of the caller's. */
int names_open(struct names **ret, size_t ask_size, names_fn *fn, void *arg, struct err *e);
void names_close(struct names *n); /* NULL is fine */
int names_fd(const struct names *n);
/*
 * Asks those of `p->terms->server` that are of the source's family for the address of
 * `p->terms->name`; of `p`, source, interface and timeout count. `ask` comes back with what is told
 * by the functions below. False if nobody could be asked.
 */
bool names_ask(struct names *n, const struct probe *p, const void *ask, uint64_t now);
void names_read(struct names *n);
/* Gives up what has waited for its time. */
void names_expire(struct names *n, uint64_t now);

/*
 * The name servers of a family in a text of the form of resolv.conf(5), at most `max`; those on
 * this machine are left out: they are not asked by an uplink. Pure.
 */
#define NAMES_SYSTEM "/etc/resolv.conf"
unsigned names_servers(const char *text, uint8_t family, struct ip_addr *ret, unsigned max);

#endif
