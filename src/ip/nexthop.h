/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_NEXTHOP_H
#define MH_IP_NEXTHOP_H

#include "ip/context.h"

/* For struct print's nh_info; its argument is the struct ip. */
void nexthop_info(struct print *print, uint32_t id);

#endif
