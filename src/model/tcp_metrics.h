/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_TCP_METRICS_H
#define MH_MODEL_TCP_METRICS_H

#include "model/print.h"
#include "netlink/genl.h"

#include <linux/tcp_metrics.h>

/* What TCP has learned about a peer: the family "tcp_metrics" (net/ipv4/tcp_metrics.c). */
enum tcp_metrics_field {
	TCPM_DST4,
	TCPM_DST6,
	TCPM_AGE,
	TCPM_VALS,
	TCPM_FO_MSS,
	TCPM_FO_DROPS,
	TCPM_FO_DROP_AGE,
	TCPM_FO_COOKIE,
	TCPM_SRC4,
	TCPM_SRC6,
	TCPM_FIELDS
};

struct tcp_metrics {
	uint64_t has; /* enum tcp_metrics_field */
	struct genlmsghdr h;
	struct ip_addr dst, src;
	uint64_t age; /* milliseconds */
	struct nl_ref vals;
	uint16_t fo_mss, fo_drops;
	uint64_t fo_drop_age;
	struct nl_ref fo_cookie;
};

extern const struct attr_set tcp_metrics_attrs;

int tcp_metrics_decode(const struct nlmsghdr *h, struct tcp_metrics *ret, struct err *e);
/* One line as `ip tcp_metrics show` has it, without its end, or one JSON object. */
void tcp_metrics_print(struct print *p, const struct tcp_metrics *t);

#endif
