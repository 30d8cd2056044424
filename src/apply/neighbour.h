/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_APPLY_NEIGHBOUR_H
#define MH_APPLY_NEIGHBOUR_H

#include "base/ipaddr.h"
#include "netlink/nl.h"

/*
 * Forgets the link-layer address of a neighbour, so that the next packet to it asks who has it: of
 * a gateway that may have been replaced. The kernel itself would go on believing it for up to 45 s
 * (RFC 4861's ReachableTime, of ARP, too). What was entered by hand stays. An entry that is not
 * there is no error.
 */
int neighbour_forget(struct nl *nl, int ifindex, const struct ip_addr *addr, struct err *e);

#endif
