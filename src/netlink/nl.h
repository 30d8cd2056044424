/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_NETLINK_NL_H
#define MH_NETLINK_NL_H

#include "base/err.h"
#include "netlink/attr.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/*
 * A netlink socket: requests with acknowledgements (one at a time or pipelined), dumps, and
 * notifications. It belongs to the network namespace it was opened in, for good. Strict checking
 * (NETLINK_GET_STRICT_CHK, so that the kernel filters dumps) and extended acknowledgements are on.
 */
struct nl;

/* `protocol` is NETLINK_ROUTE, ...; `groups` a mask of legacy multicast groups (RTMGRP_*), or 0. */
int nl_open(struct nl **ret, int protocol, uint32_t groups, struct err *e);
void nl_close(struct nl *nl); /* NULL is fine */
static inline void free_nl(struct nl **nl)
{
	nl_close(*nl);
}
int nl_fd(const struct nl *nl);
/* The socket's port: what notifications of changes made through it bear as their nlmsg_pid. */
uint32_t nl_port(const struct nl *nl);
/* True inside the `fn` of nl_dump() and nl_talk(): nothing else can be asked now. */
bool nl_is_busy(const struct nl *nl);
/* Joins a multicast group by number (RTNLGRP_*). */
int nl_join(struct nl *nl, unsigned group, struct err *e);
/* Hears other network namespaces too: those that this one has a number for. */
int nl_listen_all_nsid(struct nl *nl, struct err *e);
/* Which of them the last block of notifications came from; -1: this one. */
int nl_nsid(const struct nl *nl);

/* A request is built in a buffer of the caller's. */
#define NL_MSG_SIZE 32768
struct nl_msg {
	union {
		struct nlmsghdr h;
		uint8_t buf[NL_MSG_SIZE];
	};
};

/* Starts the message anew: header only, NLM_F_REQUEST and `flags`. */
void nl_msg_init(struct nl_msg *m, unsigned type, unsigned flags);
/* The same, with header and attributes of an object. */
int nl_msg_object(struct nl_msg *m, unsigned type, unsigned flags, const struct attr_set *s,
		  const void *obj, struct err *e);

/*
 * Called for each message. A negative result stops the calls (the answer is still read to its end,
 * so that the socket stays in step) and becomes the result of the whole. NL_ENOUGH ends the reading
 * as if that had been the last message: the socket can then only be closed.
 */
#define NL_ENOUGH 0x454e4f
typedef int nl_fn(const struct nlmsghdr *h, void *arg, struct err *e);

/*
 * Sends a dump request (NLM_F_DUMP is added) and calls `fn` for every object. Returns 0, or 1 if
 * the kernel's tables changed meanwhile (NLM_F_DUMP_INTR: what was seen may be inconsistent, ask
 * again), or a negative errno.
 */
int nl_dump(struct nl *nl, struct nlmsghdr *req, nl_fn *fn, void *arg, struct err *e);

/* Sends one request and waits for its acknowledgement; `fn` (may be NULL) sees what comes before.
 */
int nl_talk(struct nl *nl, struct nlmsghdr *req, nl_fn *fn, void *arg, struct err *e);

/*
 * A pipeline: requests are collected and sent about a hundred at a time, then the answers are read.
 * `done` hears of each request in order, with the cookie it was queued
 * under and the request itself; err->code is 0 for success. A negative result of `done` stops the
 * sending of later blocks (the block at hand is finished) and is returned by nl_pipe_*().
 */
typedef int nl_done_fn(uint64_t cookie, const struct nlmsghdr *req, const struct err *result,
		       void *arg, struct err *e);
struct nl_pipe;
int nl_pipe_open(struct nl_pipe **ret, struct nl *nl, nl_done_fn *done, void *arg, struct err *e);
int nl_pipe_add(struct nl_pipe *p, const struct nlmsghdr *req, uint64_t cookie, struct err *e);
int nl_pipe_flush(struct nl_pipe *p, struct err *e);
/* True if nothing waits to be sent. */
bool nl_pipe_is_empty(const struct nl_pipe *p);
void nl_pipe_close(struct nl_pipe *p); /* does not flush; NULL is fine */

/*
 * Reads one block of notifications without waiting. Returns the number of messages, 0 if there was
 * nothing, -ENOBUFS if notifications were lost (re-read everything), or another negative errno.
 */
int nl_receive(struct nl *nl, nl_fn *fn, void *arg, struct err *e);

#endif
