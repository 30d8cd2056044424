/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_CLASSIC_ROUTE_H
#define MH_IP_CLASSIC_ROUTE_H

#include "ip/classic.h"

/* The tables of `route`, of IPv4 and of IPv6 (classic_route_view.c). */
int route_view(struct classic *c, struct err *e);
int route_view6(struct classic *c, struct err *e);

#endif
