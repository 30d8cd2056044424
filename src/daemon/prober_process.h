/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_PROBER_PROCESS_H
#define MH_DAEMON_PROBER_PROCESS_H

/*
 * The process that probes (starter.h). It is given its end of the channel, its end of the socket by
 * which it asks for pages, and the memory that it shares with the main process (prober_wire.h),
 * 2 * PROBER_HALF bytes. It sends probes when they are due, waits for answers, and
 * says so when its verdict on a target has changed. Of the system's means it keeps CAP_NET_RAW and
 * the network; it has no file system.
 */
#define PROBER_FDS 3
int prober_process(const int fd[]);

/* For tests: the process's lists without its sockets, and one message to them, as asked for. */
struct asking;
union wire_message;
struct asking *asking_new(void *memory); /* NULL: no memory */
void asking_free(struct asking *p);
/* -EBADMSG: not what may come now; -ENOMEM. */
int asking_hear(struct asking *p, const union wire_message *m);

#endif
