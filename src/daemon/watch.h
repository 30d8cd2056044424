/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_WATCH_H
#define MH_DAEMON_WATCH_H

#include "base/err.h"

#include <stdint.h>
#include <uv.h>

/*
 * Notifications of the kernel: links, addresses, routes, rules, and nftables' generations. They say
 * that something has changed, not what is: the kernel is silent about some changes (a route that
 * goes with an address) and drops notifications when we are slow, so whoever hears of one reads
 * again.
 */
enum watch_news {
	WATCH_LINK = 1,	 /* a link, or its carrier */
	WATCH_OTHER = 2, /* an address, route or rule */
	WATCH_OURS = 4,	 /* something of ours was taken away or changed by somebody else */
	WATCH_NFT = 8,
	WATCH_LOST = 16, /* notifications were lost */
};

struct watch;

/*
 * `news` is a set of the above, of one block of notifications. What `own_port` (the port of the
 * netlink socket that our changes go by) has changed is no news.
 */
typedef void watch_fn(void *arg, unsigned news);

int watch_open(struct watch **ret, uv_loop_t *loop, uint32_t own_port, watch_fn *fn, void *arg,
	       struct err *e);
/* Stops; the memory goes when the loop has run once more. NULL is fine. */
void watch_close(struct watch *w);

#endif
