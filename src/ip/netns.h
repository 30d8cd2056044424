/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_NETNS_H
#define MH_IP_NETNS_H

#include "base/err.h"

/*
 * Enters a network namespace: a name in /run/netns, or a path. As with iproute2, what stands in
 * /etc/netns/NAME then stands over /etc's.
 */
int netns_enter(const char *name, struct err *e);
/* A file descriptor of the namespace with that name, path or process number. */
int netns_fd(const char *name, struct err *e);

#endif
