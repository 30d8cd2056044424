/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_ANSWER_H
#define MH_FIB_ANSWER_H

#include "fib/fib.h"

/*
 * What the kernel says of a packet (RTM_GETROUTE, with RTM_F_LOOKUP_TABLE), beside what the engine
 * says: `code` is the kernel's error, 0 with a `route`. `p` is a query (fib_packet.query). NULL if
 * the two agree, else what differs, one word. What only the kernel can know may be any that it
 * could be: a next hop that depends on an unknown seed, whose turn it is among equal defaults.
 */
const char *fib_answer_differs(const struct fib *f, const struct fib_packet *p,
			       const struct fib_result *r, int code, const struct route *route);
/* The same of RTM_F_FIB_MATCH's answer: the route that decided. */
const char *fib_match_differs(const struct fib *f, const struct fib_packet *p,
			      const struct fib_result *r, int code, const struct route *route);

/* The gateway of a route of one next hop; family 0: it has none. */
struct ip_addr fib_route_via(const struct route *r);

#endif
