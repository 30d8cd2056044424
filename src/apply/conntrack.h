/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_APPLY_CONNTRACK_H
#define MH_APPLY_CONNTRACK_H

#include "base/err.h"
#include "base/ipaddr.h"

#include <stdint.h>

/*
 * Forgets the tracked connections whose mark, under `mask`, is `mark`: those of an uplink that is
 * dead, so that their next packets are looked at anew (IPCTNL_MSG_CT_DELETE with CTA_MARK,
 * net/netfilter/nf_conntrack_netlink.c). Opens a socket of its own in the caller's namespace.
 * A kernel without connection tracking has nothing to forget.
 */
int conntrack_forget(uint8_t family, uint32_t mark, uint32_t mask, struct err *e);

/*
 * Of those, only what did not come in by the uplink: connections to anywhere but `own`, its `n`
 * addresses. One by one.
 */
int conntrack_forget_outgoing(uint8_t family, uint32_t mark, uint32_t mask,
			      const struct ip_prefix *own, size_t n, struct err *e);

#endif
