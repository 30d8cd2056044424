/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_NETLINK_UAPI_H
#define MH_NETLINK_UAPI_H

/* What newer kernels know and Linux 6.1's headers do not name yet. */

/* linux/fib_rules.h; Linux 6.13 to 6.16 */
#define FRA_DSCP	   25
#define FRA_FLOWLABEL	   26
#define FRA_FLOWLABEL_MASK 27
#define FRA_SPORT_MASK	   28
#define FRA_DPORT_MASK	   29
#define FRA_DSCP_MASK	   30

/* linux/neighbour.h; Linux 6.2 */
#define NTF_EXT_LOCKED (1 << 1)
/* Linux 6.18 */
#define NTF_EXT_EXT_VALIDATED (1 << 2)

/* linux/nexthop.h; Linux 6.9 */
#define NHA_OP_FLAGS			 14
#define NHA_GROUP_STATS			 15
#define NHA_HW_STATS_ENABLE		 16
#define NHA_HW_STATS_USED		 17
#define NHA_OP_FLAG_DUMP_STATS		 (1 << 0)
#define NHA_OP_FLAG_DUMP_HW_STATS	 (1 << 1)
#define NHA_GROUP_STATS_ENTRY		 1
#define NHA_GROUP_STATS_ENTRY_ID	 1
#define NHA_GROUP_STATS_ENTRY_PACKETS	 2
#define NHA_GROUP_STATS_ENTRY_PACKETS_HW 3

/* linux/rtnetlink.h; Linux 6.7 */
#define RTAX_FEATURE_TCP_USEC_TS (1 << 4)

/* linux/rtnetlink.h; Linux 6.12 */
#define RTA_FLOWLABEL 31

/* linux/rtnetlink.h; Linux 6.13 */
#define RTM_NEWMULTICAST    56
#define RTM_DELMULTICAST    57
#define RTNLGRP_IPV4_MCADDR 37
#define RTNLGRP_IPV6_MCADDR 38

#endif
