/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/ntable.h"

#include "model/value.h"

#include <time.h>

#define T struct ntable
static const struct attr rows[NTABLE_FIELDS] = {
	[NTABLE_NAME] = {ATTR_ROW_STR(NDTA_NAME, T, name), "", "name", &value_string},
	[NTABLE_THRESH1] = {ATTR_ROW_U32(NDTA_THRESH1, T, thresh1), "thresh1", "thresh1",
			    &value_number},
	[NTABLE_THRESH2] = {ATTR_ROW_U32(NDTA_THRESH2, T, thresh2), "thresh2", "thresh2",
			    &value_number},
	[NTABLE_THRESH3] = {ATTR_ROW_U32(NDTA_THRESH3, T, thresh3), "thresh3", "thresh3",
			    &value_number},
	[NTABLE_GC_INTERVAL] = {ATTR_ROW_U64(NDTA_GC_INTERVAL, T, gc_interval), "gc_int",
				"gc_interval", &value_number},
	[NTABLE_CONFIG] = {ATTR_ROW_FIXED(NDTA_CONFIG, T, config), .key = "config"},
	[NTABLE_PARMS] = {ATTR_ROW_NESTED(NDTA_PARMS, T, parms), .key = "parms"},
	[NTABLE_STATS] = {ATTR_ROW_FIXED(NDTA_STATS, T, stats), .key = "stats"},
};
#undef T
ATTR_SET(ntable_attrs, "ntable", struct ntable, h, rows, NDTA_MAX);

#define T struct ntable_parms
static const struct attr parm_rows[NTP_FIELDS] = {
	[NTP_DEV] = {ATTR_ROW_U32(NDTPA_IFINDEX, T, ifindex), "dev", "dev", &value_dev},
	[NTP_REFCNT] = {ATTR_ROW_U32(NDTPA_REFCNT, T, refcnt), "refcnt", "refcnt", &value_number},
	[NTP_REACHABLE] = {ATTR_ROW_U64(NDTPA_REACHABLE_TIME, T, reachable), "reachable",
			   "reachable", &value_number},
	[NTP_BASE_REACHABLE] = {ATTR_ROW_U64(NDTPA_BASE_REACHABLE_TIME, T, base_reachable),
				"base_reachable", "base_reachable", &value_number},
	[NTP_RETRANS] = {ATTR_ROW_U64(NDTPA_RETRANS_TIME, T, retrans), "retrans", "retrans",
			 &value_number},
	[NTP_GC_STALE] = {ATTR_ROW_U64(NDTPA_GC_STALETIME, T, gc_stale), "gc_stale", "gc_stale",
			  &value_number},
	[NTP_DELAY_PROBE] = {ATTR_ROW_U64(NDTPA_DELAY_PROBE_TIME, T, delay_probe), "delay_probe",
			     "delay_probe", &value_number},
	[NTP_QUEUE] = {ATTR_ROW_U32(NDTPA_QUEUE_LEN, T, queue), "queue", "queue", &value_number},
	[NTP_APP_PROBES] = {ATTR_ROW_U32(NDTPA_APP_PROBES, T, app_probes), "app_probes",
			    "app_probes", &value_number},
	[NTP_UCAST_PROBES] = {ATTR_ROW_U32(NDTPA_UCAST_PROBES, T, ucast_probes), "ucast_probes",
			      "ucast_probes", &value_number},
	[NTP_MCAST_PROBES] = {ATTR_ROW_U32(NDTPA_MCAST_PROBES, T, mcast_probes), "mcast_probes",
			      "mcast_probes", &value_number},
	[NTP_ANYCAST_DELAY] = {ATTR_ROW_U64(NDTPA_ANYCAST_DELAY, T, anycast_delay), "anycast_delay",
			       "anycast_delay", &value_number},
	[NTP_PROXY_DELAY] = {ATTR_ROW_U64(NDTPA_PROXY_DELAY, T, proxy_delay), "proxy_delay",
			     "proxy_delay", &value_number},
	[NTP_PROXY_QUEUE] = {ATTR_ROW_U32(NDTPA_PROXY_QLEN, T, proxy_queue), "proxy_queue",
			     "proxy_queue", &value_number},
	[NTP_LOCKTIME] = {ATTR_ROW_U64(NDTPA_LOCKTIME, T, locktime), "locktime", "locktime",
			  &value_number},
};
#undef T
ATTR_SET_NESTED(ntable_parm_attrs, "ntable", parm_rows, NDTPA_LOCKTIME);

int ntable_decode(const struct nlmsghdr *h, struct ntable *t, struct ntable_parms *parms,
		  struct err *e)
{
	int rc = attr_decode_msg(&ntable_attrs, h, t, e);

	parms->has = 0;
	if (!rc && has(t, NTABLE_PARMS))
		rc = attr_decode_ref(&ntable_parm_attrs, t->parms, parms, e);
	return rc;
}

/* One line of the text: some of the fields. */
#define FIELDS(first, last) ((HAS(last) << 1) - HAS(first))

static void thresholds_print(struct print *p, const struct ntable *t)
{
	struct ntable part = *t;

	part.has &= FIELDS(NTABLE_THRESH1, NTABLE_GC_INTERVAL);
	if (!part.has)
		return;
	print_text(p, "    ");
	print_object(p, &ntable_attrs, &part);
	print_line(p);
}

static void parms_print(struct print *p, const struct ntable_parms *parms, uint64_t fields)
{
	struct ntable_parms part = *parms;

	part.has &= fields;
	if (!part.has)
		return;
	print_text(p, "    ");
	print_object(p, &ntable_parm_attrs, &part);
	print_line(p);
}

/* A moment so many milliseconds ago. */
static void ago_print(struct print *p, const char *key, uint32_t ms)
{
	struct timespec now;
	char buf[32];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	time_t then = now.tv_sec - ms / 1000;
	localtime_r(&then, &tm);
	strftime(buf, sizeof(buf), "%Y-%m-%d %H:%M:%S", &tm);
	print_str(p, key, key, buf);
}

static void config_print(struct print *p, const struct ndt_config *c)
{
	print_text(p, "    config ");
	print_u64(p, "key_len", "key_length", c->ndtc_key_len);
	print_u64(p, "entry_size", "entry_size", c->ndtc_entry_size);
	print_u64(p, "entries", "entries", c->ndtc_entries);
	print_line(p);
	print_text(p, "        ");
	ago_print(p, "last_flush", c->ndtc_last_flush);
	ago_print(p, "last_rand", c->ndtc_last_rand);
	print_line(p);
	print_text(p, "        ");
	print_u64(p, "hash_rnd", "hash_rnd", c->ndtc_hash_rnd);
	if (p->json)
		print_hex(p, NULL, "hash_mask", c->ndtc_hash_mask);
	else
		out_printf(p->o, "hash_mask %08x ", c->ndtc_hash_mask);
	print_u64(p, "hash_chain_gc", "hash_chain_gc", c->ndtc_hash_chain_gc);
	print_u64(p, "proxy_qlen", "proxy_qlen", c->ndtc_proxy_qlen);
	print_line(p);
}

static void stats_print(struct print *p, const struct ndt_stats *s)
{
	const struct {
		const char *name;
		uint64_t v;
		bool last; /* of a line */
	} rows_[] = {
		{"allocs", s->ndts_allocs, false},
		{"destroys", s->ndts_destroys, false},
		{"hash_grows", s->ndts_hash_grows, true},
		{"res_failed", s->ndts_res_failed, false},
		{"lookups", s->ndts_lookups, false},
		{"hits", s->ndts_hits, true},
		{"rcv_probes_mcast", s->ndts_rcv_probes_mcast, false},
		{"rcv_probes_ucast", s->ndts_rcv_probes_ucast, true},
		{"periodic_gc_runs", s->ndts_periodic_gc_runs, false},
		{"forced_gc_runs", s->ndts_forced_gc_runs, true},
		{"table_fulls", s->ndts_table_fulls, true},
	};

	print_text(p, "    stats ");
	for (size_t i = 0; i < sizeof(rows_) / sizeof(*rows_); i++) {
		if (i && rows_[i - 1].last)
			print_text(p, "    ");
		print_u64(p, rows_[i].name, rows_[i].name, rows_[i].v);
		if (rows_[i].last)
			print_line(p);
	}
}

void ntable_print(struct print *p, const struct ntable *t, const struct ntable_parms *parms)
{
	uint8_t family = t->h.ndtm_family;

	if (p->json)
		jw_object(&p->j, NULL);
	print_str(p, "", "family",
		  family == AF_INET    ? "inet"
		  : family == AF_INET6 ? "inet6"
				       : "???");
	print_str(p, "", "name", has(t, NTABLE_NAME) ? t->name : "");
	print_line(p);
	parms_print(p, parms, HAS(NTP_DEV));
	thresholds_print(p, t);
	if (has(t, NTABLE_CONFIG) && p->stats)
		config_print(p, &t->config);
	parms_print(p, parms, FIELDS(NTP_REFCNT, NTP_RETRANS));
	parms_print(p, parms, FIELDS(NTP_GC_STALE, NTP_QUEUE));
	parms_print(p, parms, FIELDS(NTP_APP_PROBES, NTP_MCAST_PROBES));
	parms_print(p, parms, FIELDS(NTP_ANYCAST_DELAY, NTP_LOCKTIME));
	if (has(t, NTABLE_STATS) && p->stats)
		stats_print(p, &t->stats);
	if (p->json)
		jw_object_end(&p->j);
}
