/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_HTTP_NAMES_H
#define MH_HTTP_NAMES_H

#include "base/err.h"
#include "probe/http_wire.h"

/*
 * Addresses of hosts, looked up by the uplink that will carry the fetch: what the machine's
 * resolver knows was perhaps found by another. All name servers are asked at once, the first good
 * answer counts.
 */
struct names;

/* `addr` is NULL if there is none: fault says why. */
typedef void names_fn(void *arg, const struct http_ask *ask, const struct ip_addr *addr,
		      enum probe_fault fault);

int names_open(struct names **ret, names_fn *fn, void *arg, struct err *e);
void names_close(struct names *n); /* NULL is fine */
int names_fd(const struct names *n);
/* The answer is told by names_read() or, if nobody could be asked, by this function. */
void names_ask(struct names *n, const struct http_ask *ask, uint64_t now);
void names_read(struct names *n);
/* Gives up what has waited for its time. */
void names_expire(struct names *n, uint64_t now);

/*
 * The name servers of a family in a text of the form of resolv.conf(5), at most HTTP_SERVERS; those
 * on this machine are left out: they are not asked by an uplink. Pure.
 */
unsigned names_servers(const char *text, uint8_t family, struct ip_addr ret[static HTTP_SERVERS]);

#endif
