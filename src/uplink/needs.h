/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_NEEDS_H
#define MH_UPLINK_NEEDS_H

#include "uplink/config.h"

#include "model/snapshot.h"

/*
 * Which routes of a machine desired_make() looks at: ours, what is in tables that are to be ours,
 * defaults and halves of one, and all that lead through an interface of an uplink. The others, such
 * as a full table that a routing daemon has learned on the LAN, need not be kept.
 */
struct needs {
	const struct config *config;
	size_t seen; /* how many routes were asked about */
	/* The last answer about an interface. */
	int ifindex;
	bool is_uplinks;
};

/* A `keep` of struct snapshot_routes; `arg` is a struct needs. */
bool needs_route(const struct snapshot *s, const struct route *r, void *arg);

#endif
