/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_VIEW_H
#define MH_DAEMON_VIEW_H

#include "apply/daemon.h"
#include "daemon/audit.h"
#include "daemon/converge.h"
#include "daemon/prober.h"
#include "web/status.h"

/*
 * What the daemon shows of itself: the desired state, what the checks measure, the interfaces'
 * counters, and what only a memory tells: since when, how often. Times are CLOCK_MONOTONIC, so a
 * clock that is set changes none of it.
 */
struct view;

/* `c`, `p` and `a` are to outlive it. */
int view_open(struct view **ret, const struct converge *c, const struct prober *p,
	      const struct audit *a, struct err *e);
void view_close(struct view *v); /* NULL is fine */

/*
 * To be called after each convergence, with the reason why the machine is not as configured, or "".
 * Says (EVENT_CHANGE) where an uplink has got other addresses or another gateway.
 */
void view_converged(struct view *v, const char *failure);
/*
 * What the next daemon is to know, and what the last one knew, of whether uplinks are in use, since
 * when and how often they were not: struct daemon_past's `use`. To be recalled before the first
 * convergence. -ENOMEM.
 */
void view_past(const struct view *v, const char *uplink, struct daemon_past *ret);
int view_recall(struct view *v, const struct way_health *health, const struct daemon_past *past,
		size_t n, struct err *e);
/* Keeps the rates of traffic fresh; to be called every few seconds. */
void view_sample(struct view *v);
/* `ret` is to be given back by status_free(). -ENOMEM. */
int view_status(struct view *v, struct status *ret, struct err *e);

#endif
