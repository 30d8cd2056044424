/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_APPLIED_H
#define MH_UPLINK_APPLIED_H

#include "uplink/desired.h"

/*
 * Machines that are not, but could be: for the engine, to ask what would happen. The result shares
 * what it can with the snapshot (and the desired state), which must outlive it; it goes back with
 * applied_free().
 */

/* The machine as it is when the desired state is in force: routes, rules, settings, link groups. */
void applied_make(const struct snapshot *s, const struct desired *d, struct snapshot *ret);

/* The machine with an interface that is down: its routes are gone, its next hops dead. */
void applied_without(const struct snapshot *s, int ifindex, struct snapshot *ret);

void applied_free(struct snapshot *s);

#endif
