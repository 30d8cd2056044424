/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_APPLY_APPLY_H
#define MH_APPLY_APPLY_H

#include "apply/kernel.h"
#include "uplink/desired.h"
#include "uplink/plan.h"

/*
 * A plan onto the kernel. Nothing is half done: on failure at any step the kernel is brought back
 * to what it had, which is once more a plan (from what is there to what was there), and a fresh
 * reading must equal the one from before.
 */

/*
 * The nftables table has two forms: as we wrote it, and as the kernel lists it then. They differ,
 * so whether what is there is what we wrote is told by comparing listings.
 */
struct nft_forms {
	const char *written, *listed; /* NULL: none */
};

/*
 * What multihome owns now: routes and rules by protocol number; the settings named in any of
 * `named` (NULLs are skipped) with their present values, those that are not there left out; the
 * nftables table, in its written form if its listing is the known one.
 */
int owned_now(struct kernel *k, const struct snapshot *snap, const struct owned *const *named,
	      size_t named_n, const struct nft_forms *forms, struct owned *ret, struct err *e);

/* Called before each step with the machine as it is then; a negative result stops and undoes. */
typedef int apply_check_fn(const struct snapshot *s, const struct step *step, void *arg,
			   struct err *e);

/* Makes the steps, stops at the first that fails, and leaves undoing to the caller. */
int apply_steps(struct kernel *k, const struct plan *p, apply_check_fn *check, void *arg,
		struct err *e);

/*
 * Makes the steps; on failure, undoes them. `before` is what multihome owned before the first.
 * Errors as those of apply_undo().
 */
int apply_plan(struct kernel *k, const struct plan *p, const struct owned *before,
	       apply_check_fn *check, void *arg, struct err *e);

/*
 * Brings the kernel to `want` from wherever it is, for undoing: what fails is tried again from a
 * fresh reading, for about a second. 0 only if a last reading equals `want`. `listed` is how the
 * kernel lists want->nft, if known.
 */
int apply_reach(struct kernel *k, const struct owned *want, const char *listed, struct err *e);

/*
 * After a failure that `code` and `e` tell of: apply_reach(), and `code` again; -ENOTRECOVERABLE,
 * with the message saying so and what is left, if that fails too.
 */
int apply_undo(struct kernel *k, const struct owned *before, const char *listed, int code,
	       struct err *e);

#endif
