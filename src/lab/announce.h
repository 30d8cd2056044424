/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_LAB_ANNOUNCE_H
#define MH_LAB_ANNOUNCE_H

#include "lab/topology.h"

/*
 * Sends one router advertisement (RFC 4861, section 4.2) from the network namespace of the caller:
 * a default router for the longest time there is (18 hours), and a prefix for addresses that last
 * for ever (RFC 4862). The interface must have a link-local address.
 */
int announce_send(const struct topology_announce *an, struct err *e);

#endif
