/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The metrics of a route (RTA_METRICS): numbers that TCP and IP start from, some of them locked
 * against what the kernel learns later. Times are kept in eighths and quarters of a millisecond.
 */
#include "model/route.h"
#include "netlink/uapi.h"

#include <string.h>

static const char *const names[RTAX_MAX + 1] = {
	[RTAX_MTU] = "mtu",	      [RTAX_WINDOW] = "window",
	[RTAX_RTT] = "rtt",	      [RTAX_RTTVAR] = "rttvar",
	[RTAX_SSTHRESH] = "ssthresh", [RTAX_CWND] = "cwnd",
	[RTAX_ADVMSS] = "advmss",     [RTAX_REORDERING] = "reordering",
	[RTAX_HOPLIMIT] = "hoplimit", [RTAX_INITCWND] = "initcwnd",
	[RTAX_FEATURES] = "features", [RTAX_RTO_MIN] = "rto_min",
	[RTAX_INITRWND] = "initrwnd", [RTAX_QUICKACK] = "quickack",
	[RTAX_CC_ALGO] = "congctl",   [RTAX_FASTOPEN_NO_COOKIE] = "fastopen_no_cookie",
};

static void time_print(struct print *p, unsigned i, uint32_t v)
{
	v /= i == RTAX_RTT ? 8 : i == RTAX_RTTVAR ? 4 : 1;
	if (p->json)
		jw_u64(&p->j, names[i], v);
	else if (v >= 1000)
		out_printf(p->o, "%gs ", v / 1e3);
	else
		out_printf(p->o, "%ums ", v);
}

static void features_print(struct print *p, uint32_t v)
{
	if (v & RTAX_FEATURE_ECN)
		print_flag(p, "ecn", "ecn");
	if (v & RTAX_FEATURE_TCP_USEC_TS)
		print_flag(p, "tcp_usec_ts", "tcp_usec_ts");
	v &= ~(uint32_t)(RTAX_FEATURE_ECN | RTAX_FEATURE_TCP_USEC_TS);
	if (v)
		print_hex(p, "", "features", v);
}

static void metric_print(struct print *p, unsigned i, struct nl_ref ref, bool locked)
{
	uint32_t v = 0;

	if (i != RTAX_CC_ALGO && ref.len >= sizeof(v))
		memcpy(&v, ref.p, sizeof(v));
	if (i == RTAX_HOPLIMIT && v == UINT32_MAX)
		return;
	if (!p->json) {
		print_flag(p, names[i], NULL);
		if (locked)
			print_flag(p, "lock", NULL);
	}
	switch (i) {
	case RTAX_RTT:
	case RTAX_RTTVAR:
	case RTAX_RTO_MIN:
		time_print(p, i, v);
		break;
	case RTAX_FEATURES:
		features_print(p, v);
		break;
	case RTAX_CC_ALGO:
		if (ref.len && !((const char *)ref.p)[ref.len - 1])
			print_str(p, "", "congestion", ref.p);
		break;
	default:
		print_u64(p, "", names[i], v);
	}
}

void route_metrics_print(struct print *p, struct nl_ref metrics)
{
	struct nl_ref found[RTAX_MAX + 1] = {{NULL, 0}};
	uint32_t lock = 0;

	attr_each (a, metrics) {
		if (attr_type(a) <= RTAX_MAX)
			found[attr_type(a)] = attr_payload(a);
	}
	if (found[RTAX_LOCK].len >= sizeof(lock))
		memcpy(&lock, found[RTAX_LOCK].p, sizeof(lock));
	if (p->json) {
		jw_array(&p->j, "metrics");
		jw_object(&p->j, NULL);
	}
	for (unsigned i = RTAX_LOCK + 1; i <= RTAX_MAX; i++)
		if (names[i] && (found[i].p || lock & 1u << i))
			metric_print(p, i, found[i], lock & 1u << i);
	if (p->json) {
		jw_object_end(&p->j);
		jw_array_end(&p->j);
	}
}
