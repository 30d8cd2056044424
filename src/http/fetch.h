/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_HTTP_FETCH_H
#define MH_HTTP_FETCH_H

#include "base/err.h"
#include "probe/http_wire.h"

#include <poll.h>

/*
 * Fetches of pages, many at once, over libcurl: from an uplink's address, by its interface, from
 * the address that is given. No proxy, no redirection, no cache, no connection that is used again,
 * no other protocol than HTTP/1.1 and TLS with the machine's own authorities; nothing longer than
 * FETCH_MAX.
 */
#define FETCH_MAX 65536 /* bytes, of the head and of the body each */

struct fetcher;

/* What came of a fetch. */
typedef void fetch_fn(void *arg, const struct http_ask *ask, enum probe_fault fault);

/* Reads the certificates of the authorities, of which the system has a file. */
int fetcher_open(struct fetcher **ret, fetch_fn *fn, void *arg, struct err *e);
void fetcher_close(struct fetcher *f); /* NULL is fine */
/* Begins one; `ask` is copied. What is wrong at once is told as any end is, from fetcher_wait(). */
int fetch(struct fetcher *f, const struct http_ask *ask, const struct ip_addr *addr);
/* Waits for the fetches, and for `n` other descriptors (poll), `most` milliseconds; tells the ends.
 */
int fetcher_wait(struct fetcher *f, struct pollfd *fds, unsigned n, int most);

#endif
