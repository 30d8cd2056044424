/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_APPLY_APPLY_H
#define MH_APPLY_APPLY_H

#include "apply/kernel.h"
#include "apply/state.h"
#include "uplink/desired.h"
#include "uplink/plan.h"

/*
 * A plan onto the kernel. Nothing is half done: on failure at any step the kernel is brought back
 * to what it had, which is once more a plan (from what is there to what was there), and a fresh
 * reading must equal the one from before.
 */

/* Called before each step with the machine as it is then; a negative result stops and undoes. */
typedef int apply_check_fn(const struct snapshot *s, const struct step *step, void *arg,
			   struct err *e);

/*
 * Makes the steps. `before` is what multihome owned before the first (for undoing). If undoing
 * fails too, the message says so, and what is left.
 */
int apply_plan(struct kernel *k, const struct plan *p, const struct owned *before,
	       apply_check_fn *check, void *arg, struct err *e);

#endif
