/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_LAB_BUILD_H
#define MH_LAB_BUILD_H

#include "lab/topology.h"
#include "netlink/nl.h"

/*
 * From a topology to kernel objects, over netlink. These functions change the network namespace of
 * the calling process: they are for a child of its own.
 */

/* A host while it is being worked on; in the order of topology.host. */
struct site {
	const char *name;
	int netns;
	struct nl *nl;
};

/* Makes everything. Comes back when every interface is up and every address usable. */
int build_network(const struct topology *t, struct site *site, struct err *e);
/* Sets a link's end b down, or up again with the addresses, routes and announcements it lost. */
int build_cut(const struct topology *t, struct site *site, const struct topology_link *l,
	      struct err *e);
int build_heal(const struct topology *t, struct site *site, const struct topology_link *l,
	       struct err *e);

/* Goes into a site's network namespace. */
int site_enter(const struct site *s, struct err *e);

#endif
