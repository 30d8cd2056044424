/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_OBJECTS_H
#define MH_IP_OBJECTS_H

#include "ip/words.h"

/* The commands of each object; the first is what the object's name alone does. */
extern const struct command address_commands[];
extern const struct command addrlabel_commands[];
extern const struct command link_commands[];
extern const struct command maddress_commands[];
extern const struct command monitor_commands[];
extern const struct command mptcp_commands[];
extern const struct command mroute_commands[];
extern const struct command mrule_commands[];
extern const struct command neigh_commands[];
extern const struct command netconf_commands[];
extern const struct command netns_commands[];
extern const struct command nexthop_commands[];
extern const struct command ntable_commands[];
extern const struct command route_commands[];
extern const struct command rule_commands[];
extern const struct command tcp_metrics_commands[];
extern const struct command token_commands[];
extern const struct command tunnel_commands[];
extern const struct command tuntap_commands[];
extern const struct command vrf_commands[];

#endif
