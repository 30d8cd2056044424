/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_HTTP_CHILD_H
#define MH_DAEMON_HTTP_CHILD_H

#include "daemon/channel.h"

/*
 * multihome-http (src/http) as a child of multihomed: `socket` is its end of the socket that the
 * process that probes asks it by. It is the one in the folder of the running program if there is
 * one, else the one that was installed.
 */
int http_child_open(struct channel **ret, uv_loop_t *loop, int socket, struct err *e);

#endif
