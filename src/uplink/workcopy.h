/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_WORKCOPY_H
#define MH_UPLINK_WORKCOPY_H

#include "model/snapshot.h"

/*
 * A copy of a machine on which changes are made in memory. Lists that may change are its own, and
 * have room for so many more; everything else is the original's, which must outlive it. Links and
 * settings are copied; of routes and rules there are none yet.
 */
void workcopy_begin(const struct snapshot *from, size_t routes, size_t rules, struct snapshot *ret);

/* Where the kernel would put it: behind those of its family and priority. */
void workcopy_add_rule(struct snapshot *s, const struct rule *r);
/* `path` as in struct sysctl: "net/ipv4/conf/eth0.100/rp_filter". */
void workcopy_set_sysctl(struct snapshot *s, const char *path, const char *value);
void workcopy_set_group(struct snapshot *s, int ifindex, uint32_t group);

#endif
