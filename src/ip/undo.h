/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_UNDO_H
#define MH_IP_UNDO_H

#include "ip/context.h"

/*
 * How changes are taken back: a log of requests, each the opposite of one that was carried out,
 * sent last first. It lives in a temporary file without a name, so that its size does not matter.
 */
struct undo;

struct undo *undo_new(void);
void undo_free(struct undo *u); /* NULL is fine */

/* From what the opposite of a request can be had. */
enum undo_way {
	UNDO_IMPOSSIBLE,
	UNDO_KNOWN,    /* from the request itself: it adds what was not there */
	UNDO_HEARD,    /* from what the kernel says that it did (NLM_F_ECHO) */
	UNDO_PREPARED, /* from what the kernel has before */
};
enum undo_way undo_way(const struct nlmsghdr *req);
/* Notes the opposite of a request that has been carried out: UNDO_KNOWN. */
int undo_note(struct undo *u, const struct nlmsghdr *req, struct err *e);
/* Notes the opposite of what the kernel said: UNDO_HEARD. */
int undo_heard(struct undo *u, const struct nlmsghdr *heard, struct err *e);
/*
 * Notes the opposite of a request before it is sent, from what the kernel has now: UNDO_PREPARED.
 * -EOPNOTSUPP if it cannot be taken back.
 */
int undo_prepare(struct undo *u, struct ip *ip, const struct nlmsghdr *req, struct err *e);
/* The place in the log; and back to it: what was noted since is forgotten. */
uint64_t undo_mark(const struct undo *u);
void undo_forget(struct undo *u, uint64_t mark);

/* Appends a request to the log; and undo_prepare() for routes. For undo_prepare(). */
int undo_add(struct undo *u, const struct nlmsghdr *req, struct err *e);
int undo_prepare_route(struct undo *u, struct ip *ip, const struct nlmsghdr *req, struct err *e);

/*
 * Sends the log, and empties it. Returns how many requests the kernel refused, `e` saying why the
 * first of them; what is there already, or gone already, is no refusal.
 */
int undo_replay(struct undo *u, struct nl *nl, struct err *e);

#endif
