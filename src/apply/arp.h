/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_APPLY_ARP_H
#define MH_APPLY_ARP_H

#include "uplink/desired.h"

/*
 * Tells the neighbours of uplinks that share a subnet which card has which IPv4 address
 * (RFC 5227's announcement, once each). By default every card answered for all of them, so that a
 * router may know an address by the wrong card, and would go on so for tens of seconds: under
 * strict rp_filter its packets are dropped, otherwise they count as having come by the wrong
 * uplink. IPv6 needs none of this. Failures are nobody's error: neighbours find out by themselves.
 */
void arp_announce(const struct desired *d);

#endif
