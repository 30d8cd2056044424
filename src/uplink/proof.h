/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_PROOF_H
#define MH_UPLINK_PROOF_H

#include "fib/prove.h"
#include "uplink/desired.h"

/* What the configuration wants to hold, as a proof takes it: uplinks and policies; the arena's. */
void proof_goal(const struct config *c, const struct desired *d, struct arena *a,
		struct prove_goal *ret);

#endif
