/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_VRF_H
#define MH_IP_VRF_H

#include "ip/words.h"
#include "model/link.h"

/* True if the interface is a VRF; *table (may be NULL) is then its routing table. */
bool vrf_table(struct ip *ip, int ifindex, uint32_t *table);
/* The routing table of an interface that is a VRF, else 0. */
uint32_t vrf_link_table(const struct link *l);
/* Every socket made by a process of the control group is bound to the interface from now on. */
int vrf_bind_group(const char *folder, int ifindex, struct err *e);
/*
 * The next word as the name of a VRF: its interface and its table. Anything else is exit status
 * 255. Without a socket (only parsing) every known interface passes for one, with table 0.
 */
int parse_vrf(struct parser *p, int *ret_ifindex, uint32_t *ret_table, struct err *e);

#endif
