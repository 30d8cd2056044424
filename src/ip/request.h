/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_REQUEST_H
#define MH_IP_REQUEST_H

#include "model/route.h"

/*
 * Requests made of what the kernel said of an object (in a dump or a notification), or of a request
 * to add it: to have it again, and to be rid of it. Routes, rules, addresses, neighbours, next hop
 * objects but groups; to be rid of, also groups and interfaces. -EOPNOTSUPP for others.
 */
int request_add(const struct nlmsghdr *object, unsigned flags, struct nl_msg *m, struct err *e);
int request_delete(const struct nlmsghdr *object, struct nl_msg *m, struct err *e);
/*
 * Routes are made in this order, as one needs the other: 0 are addresses of this machine, 1 its
 * networks, 2 what is reached through them.
 */
#define ROUTE_PASSES 3
unsigned request_route_pass(const struct route *r);

#endif
