/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_HTTP_CHILD_H
#define MH_DAEMON_HTTP_CHILD_H

/*
 * multihome-http (src/http) as a child of multihomed: it is given its end of the channel, by which
 * nothing comes but its end, and of the socket that the process that probes asks it by. It is the
 * program in the folder of the running one if there is one, else the one that was installed.
 */
#define HTTP_CHILD_FDS 2
int http_child(const int fd[]);

#endif
