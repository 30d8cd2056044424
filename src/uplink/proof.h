/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_PROOF_H
#define MH_UPLINK_PROOF_H

#include "fib/prove.h"
#include "uplink/desired.h"

/* The configuration's uplinks as a proof takes them; the arena's. Returns their number. */
size_t proof_uplinks(const struct desired *d, struct arena *a, struct prove_uplink **ret);

#endif
