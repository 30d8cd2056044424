/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_NETLINK_SOCKET_H
#define MH_NETLINK_SOCKET_H

#include "netlink/nl.h"

/* What the socket is to those who send and read over it: nl.c, and the pipeline. */
struct nl {
	int fd;
	uint32_t seq;
	bool busy; /* reading an answer */
	int nsid;  /* of the last block, see nl_nsid() */
	uint8_t *rbuf;
};

int nl_send(struct nl *nl, void *p, size_t len, struct err *e);
/*
 * One datagram from the kernel into nl->rbuf; its length, or 0 if `flags` has MSG_DONTWAIT and
 * there is none.
 */
int nl_recv(struct nl *nl, int flags, int *ret, struct err *e);
/* The result in an NLMSG_ERROR or NLMSG_DONE message: fills in `e`, returns the code. */
int nl_read_ack(const struct nlmsghdr *h, struct err *e);

#endif
