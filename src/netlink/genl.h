/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_NETLINK_GENL_H
#define MH_NETLINK_GENL_H

#include "netlink/nl.h"

#include <linux/genetlink.h>

/*
 * Generic netlink: a socket, and the message type under which the running kernel knows a family
 * (net/netlink/genetlink.c). `group` is the number of the multicast group that was asked for.
 */
struct genl {
	struct nl *nl;
	uint16_t family;
	uint32_t group;
};

/* `group` may be NULL. -ENOENT if this kernel has no such family or group. */
int genl_open(struct genl *ret, const char *family, const char *group, struct err *e);
void genl_close(struct genl *g);
static inline void free_genl(struct genl *g)
{
	genl_close(g);
}

#endif
