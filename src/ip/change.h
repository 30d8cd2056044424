/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_CHANGE_H
#define MH_IP_CHANGE_H

#include "ip/context.h"

/*
 * Requests that change something, on their way to the kernel. A command alone sends its request and
 * waits. In a batch they are collected and sent about a hundred at a time, so that a line's failure
 * may be heard when later lines have been read; `failed` is told the line's number, and whether the
 * batch ends there is decided here: lines behind a failed one that had gone out with it are taken
 * back, unless -force was given.
 */
struct changes;

typedef void change_failed_fn(void *arg, uint64_t line, const struct nlmsghdr *req,
			      const struct err *why);

/* From now on changes belong to a batch. */
int changes_open(struct ip *ip, change_failed_fn *failed, void *arg, struct err *e);
/* The line that the following changes are of: any number that `failed` makes sense of. */
void changes_line(struct ip *ip, uint64_t line);
/* True if there are changes that have not been sent. */
bool changes_wait(const struct ip *ip);
/* For those who delete over a socket of their own: notes that the object is about to be deleted. */
int changes_delete(struct ip *ip, const struct nlmsghdr *object, struct err *e);
/* The same for what they have made. */
int changes_made(struct ip *ip, const struct nlmsghdr *req, struct err *e);
/* Takes everything back that was changed; only with -atomic. */
int changes_undo(struct ip *ip, struct err *e);
void changes_close(struct ip *ip);

/*
 * Sends a request that changes something, or puts it into the queue; shows it instead with
 * -dry-run, and what the kernel made of it with -echo. Negative with e->code 0 if a line has failed
 * that `failed` was told of.
 */
int ip_change(struct ip *ip, struct nlmsghdr *req, struct err *e);
/*
 * For those who change something by other means than a request of rtnetlink (an ioctl(), a mount):
 * 1 if they are to do so now, when the changes before it have been carried out; 0 with -dry-run,
 * which shows the command. An error with -atomic, for nobody knows how to take it back.
 */
int ip_act(struct ip *ip, struct err *e);
/* Waits until the changes before this one have been carried out; as ip_change(). */
int ip_settle(struct ip *ip, struct err *e);

#endif
