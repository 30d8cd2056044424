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
/*
 * The message at *at of the `len` bytes that nl_recv() has read, and *at moves behind it; NULL if
 * none is there whole. Not mnl_nlmsg_ok(): it takes a length over 2 GiB for a negative one, and so
 * for one that fits.
 */
static inline const struct nlmsghdr *nl_next(const struct nl *nl, int len, size_t *at)
{
	const struct nlmsghdr *h = (const void *)(nl->rbuf + *at);
	size_t left = (size_t)len > *at ? (size_t)len - *at : 0;

	if (left < sizeof(*h) || h->nlmsg_len < sizeof(*h) || h->nlmsg_len > left)
		return NULL;
	*at += NLMSG_ALIGN((size_t)h->nlmsg_len);
	return h;
}
/* The result in an NLMSG_ERROR or NLMSG_DONE message: fills in `e`, returns the code. */
int nl_read_ack(const struct nlmsghdr *h, struct err *e);

#endif
