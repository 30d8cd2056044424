/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_VRF_H
#define MH_IP_VRF_H

#include "ip/context.h"

/* True if the interface is a VRF; *table (may be NULL) is then its routing table. */
bool vrf_table(struct ip *ip, int ifindex, uint32_t *table);

#endif
