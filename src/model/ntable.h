/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_NTABLE_H
#define MH_MODEL_NTABLE_H

#include "model/print.h"
#include "netlink/nl.h"

#include <linux/neighbour.h>

/*
 * The neighbour table of a family, or an interface's parameters in it: RTM_NEWNEIGHTBL
 * (net/core/neighbour.c). Times are in milliseconds. In the order of the text.
 */
enum ntable_field {
	NTABLE_NAME,
	NTABLE_THRESH1,
	NTABLE_THRESH2,
	NTABLE_THRESH3,
	NTABLE_GC_INTERVAL,
	NTABLE_CONFIG,
	NTABLE_PARMS,
	NTABLE_STATS,
	NTABLE_FIELDS
};

struct ntable {
	uint64_t has; /* enum ntable_field */
	struct ndtmsg h;
	char name[64];
	uint32_t thresh1, thresh2, thresh3;
	uint64_t gc_interval;
	struct ndt_config config;
	struct nl_ref parms; /* struct ntable_parms */
	struct ndt_stats stats;
};
extern const struct attr_set ntable_attrs;

enum ntable_parm {
	NTP_DEV,
	NTP_REFCNT,
	NTP_REACHABLE,
	NTP_BASE_REACHABLE,
	NTP_RETRANS,
	NTP_GC_STALE,
	NTP_DELAY_PROBE,
	NTP_QUEUE,
	NTP_APP_PROBES,
	NTP_UCAST_PROBES,
	NTP_MCAST_PROBES,
	NTP_ANYCAST_DELAY,
	NTP_PROXY_DELAY,
	NTP_PROXY_QUEUE,
	NTP_LOCKTIME,
	NTP_FIELDS
};

struct ntable_parms {
	uint64_t has; /* enum ntable_parm */
	uint32_t ifindex, refcnt, queue, app_probes, ucast_probes, mcast_probes, proxy_queue;
	uint64_t reachable, base_reachable, retrans, gc_stale, delay_probe, anycast_delay,
		proxy_delay, locktime;
};
extern const struct attr_set ntable_parm_attrs;

/* Reads both; `parms` is empty if the message has none. */
int ntable_decode(const struct nlmsghdr *h, struct ntable *ret, struct ntable_parms *parms,
		  struct err *e);
/* As `ip ntable show` has it, in several lines, or one JSON object. */
void ntable_print(struct print *p, const struct ntable *t, const struct ntable_parms *parms);

#endif
