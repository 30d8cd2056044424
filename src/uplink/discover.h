/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_DISCOVER_H
#define MH_UPLINK_DISCOVER_H

#include "uplink/desired.h"

/*
 * What an uplink has on a machine: its interface, addresses and gateway, per family. Errors as
 * desired_make() says. `u` has config and table set; everything else is filled in, `from` aside.
 */
int discover_uplink(struct arena *a, const struct machine *m, struct uplink_state *u,
		    struct err *e);

/* What the `from` rules of each uplink select, once all uplinks' addresses are known. */
void discover_sources(struct arena *a, struct uplink_state *u, size_t n);

/* "IPv4", "IPv6" */
const char *discover_family_name(uint8_t family);

#endif
