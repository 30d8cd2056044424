/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unlike other objects' lines, this one's words have their blank in front.
 */
#include "model/tcp_metrics.h"

#include <string.h>

#define T struct tcp_metrics
static const struct attr rows[TCPM_FIELDS] = {
	[TCPM_DST4] = {ATTR_ROW_ADDR(TCP_METRICS_ATTR_ADDR_IPV4, T, dst), .key = "dst"},
	[TCPM_DST6] = {ATTR_ROW_ADDR(TCP_METRICS_ATTR_ADDR_IPV6, T, dst), .key = "dst"},
	[TCPM_AGE] = {ATTR_ROW_U64(TCP_METRICS_ATTR_AGE, T, age), .key = "age"},
	[TCPM_VALS] = {ATTR_ROW_NESTED(TCP_METRICS_ATTR_VALS, T, vals), .key = "vals"},
	[TCPM_FO_MSS] = {ATTR_ROW_U16(TCP_METRICS_ATTR_FOPEN_MSS, T, fo_mss), .key = "fo_mss"},
	[TCPM_FO_DROPS] = {ATTR_ROW_U16(TCP_METRICS_ATTR_FOPEN_SYN_DROPS, T, fo_drops),
			   .key = "fo_syn_drops"},
	[TCPM_FO_DROP_AGE] = {ATTR_ROW_U64(TCP_METRICS_ATTR_FOPEN_SYN_DROP_TS, T, fo_drop_age),
			      .key = "fo_syn_drop_ts"},
	[TCPM_FO_COOKIE] = {ATTR_ROW_REF(TCP_METRICS_ATTR_FOPEN_COOKIE, T, fo_cookie),
			    .key = "fo_cookie"},
	[TCPM_SRC4] = {ATTR_ROW_ADDR(TCP_METRICS_ATTR_SADDR_IPV4, T, src), .key = "source"},
	[TCPM_SRC6] = {ATTR_ROW_ADDR(TCP_METRICS_ATTR_SADDR_IPV6, T, src), .key = "source"},
};
#undef T
ATTR_SET(tcp_metrics_attrs, "tcp_metrics", struct tcp_metrics, h, rows, TCP_METRICS_ATTR_MAX);

int tcp_metrics_decode(const struct nlmsghdr *h, struct tcp_metrics *t, struct err *e)
{
	return attr_decode_msg(&tcp_metrics_attrs, h, t, e);
}

static void seconds_print(struct print *p, const char *key, uint64_t ms)
{
	if (p->json)
		jw_double(&p->j, key, (double)ms / 1000);
	else
		out_printf(p->o, " %s %.3fsec", key, (double)ms / 1000);
}

static void number_print(struct print *p, const char *key, uint64_t v)
{
	if (p->json)
		jw_u64(&p->j, key, v);
	else
		out_printf(p->o, " %s %llu", key, (unsigned long long)v);
}

/* Microseconds, or if those are not said, milliseconds; TCP keeps them times 2^shift. */
static void rtt_print(struct print *p, const char *key, uint32_t us, uint32_t ms, unsigned shift)
{
	uint64_t v = (us ? us : (uint64_t)ms * 1000) >> shift;

	if (v && p->json)
		jw_double(&p->j, key, (double)v / 1000000);
	else if (v)
		out_printf(p->o, " %s %lluus", key, (unsigned long long)v);
}

/* Attribute n + 1 is metric n. */
static void vals_print(struct print *p, struct nl_ref vals)
{
	static const char *const names[] = {[TCP_METRIC_SSTHRESH] = "ssthresh",
					    [TCP_METRIC_CWND] = "cwnd",
					    [TCP_METRIC_REORDERING] = "reordering"};
	uint32_t v[TCP_METRIC_MAX + 1] = {0};

	attr_each (a, vals) {
		struct nl_ref r = attr_payload(a);
		unsigned i = attr_type(a) - 1u;
		if (i <= TCP_METRIC_MAX && r.len >= sizeof(v[i]))
			memcpy(&v[i], r.p, sizeof(v[i]));
	}
	for (unsigned i = TCP_METRIC_SSTHRESH; i <= TCP_METRIC_REORDERING; i++)
		if (v[i])
			number_print(p, names[i], v[i]);
	rtt_print(p, "rtt", v[TCP_METRIC_RTT_US], v[TCP_METRIC_RTT], 3);
	rtt_print(p, "rttvar", v[TCP_METRIC_RTTVAR_US], v[TCP_METRIC_RTTVAR], 2);
}

/* TCP Fast Open. */
static void fastopen_print(struct print *p, const struct tcp_metrics *t)
{
	if (has(t, TCPM_FO_MSS))
		number_print(p, "fo_mss", t->fo_mss);
	if (has(t, TCPM_FO_DROPS)) {
		number_print(p, "fo_syn_drops", t->fo_drops);
		if (has(t, TCPM_FO_DROP_AGE) && p->json)
			jw_double(&p->j, "fo_syn_drop_ts", (double)t->fo_drop_age / 1000);
		else if (has(t, TCPM_FO_DROP_AGE))
			out_printf(p->o, "/%.3fsec ago", (double)t->fo_drop_age / 1000);
	}
	if (!has(t, TCPM_FO_COOKIE))
		return;
	if (p->json) {
		jw_raw(&p->j, "fo_cookie");
		out_putc(p->o, '"');
	} else {
		out_puts(p->o, " fo_cookie ");
	}
	out_hexpairs(p->o, t->fo_cookie.p, t->fo_cookie.len, 0);
	if (p->json)
		out_putc(p->o, '"');
}

void tcp_metrics_print(struct print *p, const struct tcp_metrics *t)
{
	if (p->json)
		jw_object(&p->j, NULL);
	print_host(p, "dst", &t->dst);
	if (has(t, TCPM_AGE))
		seconds_print(p, "age", t->age);
	if (has(t, TCPM_VALS))
		vals_print(p, t->vals);
	fastopen_print(p, t);
	if (has(t, TCPM_SRC4) || has(t, TCPM_SRC6)) {
		print_text(p, " source ");
		print_host(p, "source", &t->src);
	}
	if (p->json)
		jw_object_end(&p->j);
}
