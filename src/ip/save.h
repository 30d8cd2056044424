/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_SAVE_H
#define MH_IP_SAVE_H

#include "ip/words.h"

/*
 * What `save` writes to standard output, and `showdump` and `restore` read from standard input: a
 * number that says what it is, then the kernel's messages as they came. iproute2's format. Nothing
 * of it is kept in memory; what comes through a pipe goes to a temporary file first, as it is read
 * more than once.
 */
struct saved_kind {
	uint32_t magic;
	uint16_t type;	  /* RTM_NEWROUTE, ... */
	const char *what; /* "routes" */
	/* Restored in this order, as one needs the other: 0 to passes - 1, others not at all.
	 * May be NULL. */
	unsigned passes;
	unsigned (*pass)(const struct nlmsghdr *h);
	/* What is there already is no error; otherwise it is made a second time. */
	bool once;
	/* In JSON, what is shown is the array of this name in one object. May be NULL. */
	const char *key;
};

/* Those of a dump that are `wanted` (all, if that is NULL); not to a terminal. */
int saved_write(struct ip *ip, const struct saved_kind *kind, struct nlmsghdr *req,
		bool (*wanted)(const struct nlmsghdr *h, void *arg), void *arg, struct err *e);
int saved_show(struct ip *ip, const struct saved_kind *kind, nl_fn *show, void *arg, struct err *e);
int saved_restore(struct ip *ip, const struct saved_kind *kind, struct err *e);

#endif
