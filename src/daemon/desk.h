/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_DESK_H
#define MH_DAEMON_DESK_H

#include "daemon/audit.h"
#include "daemon/converge.h"
#include "daemon/prober.h"
#include "daemon/view.h"

/*
 * Where people and programs turn to: the control socket and what it shows. It changes nothing by
 * itself: what is asked for becomes a file or a configuration, and a convergence.
 */
struct desk;

struct desk_calls {
	/*
	 * Reads the configuration again, or the file `path` in its place (NULL: none). 1: it is on
	 * trial, whose end desk_tried() tells.
	 */
	int (*reload)(void *arg, const char *path, bool prove, struct err *e);
	/* Something has changed: converge at once. */
	void (*again)(void *arg);
	void *arg;
};

/* `c`, `p` and `a` are to outlive it. */
int desk_open(struct desk **ret, struct starter *s, struct converge *c, const struct prober *p,
	      const struct audit *a, const struct desk_calls *calls, struct err *e);
/* Stops; the memory goes when the loop has run once more. NULL is fine. */
void desk_close(struct desk *d);

/* Another configuration is in force. */
void desk_configured(struct desk *d);
/* The configuration that was on trial is in force, or refused. */
void desk_tried(struct desk *d, const struct err *e);
/* A convergence that its view was told of has ended, after so many steps, or failed (`e`). */
void desk_converged(struct desk *d, size_t steps, const struct err *e);

/* What the status remembers (view.h). */
struct view *desk_view(const struct desk *d);

#endif
