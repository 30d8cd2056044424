/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_HOSTS_H
#define MH_PROBE_HOSTS_H

#include "base/err.h"
#include "probe/probe.h"

/*
 * Addresses of the hosts that probes know by name, each as its uplink finds it. They are looked up
 * (names.h) beside the probes, so that it costs these no time: first, after a minute, and when
 * probes go unanswered. What is known holds until there is something better, or the name servers
 * say that there is no such host.
 */
struct hosts;

int hosts_open(struct hosts **ret, struct err *e);
void hosts_close(struct hosts *h); /* NULL is fine */
/*
 * The address of `p->terms->name`, for a probe that goes out now. Returns the host's number, for
 * hosts_answered(). -EAGAIN: not known yet; -ENOENT: it has none.
 */
int hosts_find(struct hosts *h, const struct probe *p, uint64_t now, struct ip_addr *ret);
void hosts_answered(struct hosts *h, int host);

#endif
