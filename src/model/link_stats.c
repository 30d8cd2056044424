/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The counters of an interface as iproute2 shows them: columns are as wide as their widest entry.
 */
#include "model/link_print.h"

#include <linux/snmp.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS 7

struct counters {
	struct rtnl_link_stats64 s;
	uint64_t carrier_changes;
	bool has_carrier_changes;
};

/* "12.3k", with steps of 1000 or 1024; its length. */
static int human(const struct print *p, uint64_t v, char *buf, size_t size)
{
	const char *prefix = "kMGTPE";
	const unsigned base = p->iec ? 1024 : 1000;
	uint64_t power = base, limit = 10;
	int precision = 2;

	if (!p->human || v < base)
		return snprintf(buf, size, "%llu", (unsigned long long)v);
	while (v / base >= power && prefix[1]) {
		power *= base;
		prefix++;
	}
	while (precision > 0 && v / power >= limit) {
		limit *= 10;
		precision--;
	}
	return snprintf(buf, size, "%.*f%c%s", precision, (double)v / (double)power, *prefix,
			p->iec ? "i" : "");
}

static void widen(const struct print *p, int width[COLUMNS], const uint64_t *v)
{
	char buf[64];

	for (int i = 0; i < COLUMNS; i++) {
		int n = human(p, v[i], buf, sizeof(buf));
		if (n > width[i])
			width[i] = n;
	}
}

/* A column whose heading is NULL is left out altogether. */
static void header(struct print *p, const char *title, const int width[COLUMNS],
		   const char *const *names)
{
	out_puts(p->o, title);
	out_printf(p->o, "%*s", width[0] + 4 - (int)strlen(title), names[0]);
	for (int i = 1; i < COLUMNS; i++)
		if (names[i])
			out_printf(p->o, " %*s", width[i], names[i]);
	print_line(p);
}

static void values(struct print *p, const int width[COLUMNS], const uint64_t *v, unsigned n)
{
	char buf[64];

	for (unsigned i = 0; i < COLUMNS; i++)
		if (n & 1u << i) {
			human(p, v[i], buf, sizeof(buf));
			out_printf(p->o, "%*s ", width[i], buf);
		}
}

static void text(struct print *p, const struct counters *c)
{
	const struct rtnl_link_stats64 *s = &c->s;
	int w[COLUMNS] = {10, 7, 6, 7, 7, 7, 10};
	const uint64_t rx[] = {s->rx_bytes,	    s->rx_packets, s->rx_errors,    s->rx_dropped,
			       s->rx_missed_errors, s->multicast,  s->rx_compressed};
	const uint64_t rxe[] = {0,
				s->rx_length_errors,
				s->rx_crc_errors,
				s->rx_frame_errors,
				s->rx_fifo_errors,
				s->rx_over_errors,
				s->rx_nohandler};
	const uint64_t tx[] = {s->tx_bytes,	     s->tx_packets, s->tx_errors,    s->tx_dropped,
			       s->tx_carrier_errors, s->collisions, s->tx_compressed};
	const uint64_t txe[] = {0,
				s->tx_aborted_errors,
				s->tx_fifo_errors,
				s->tx_window_errors,
				s->tx_heartbeat_errors,
				c->carrier_changes,
				0};
	bool more = p->stats > 1;

	widen(p, w, rx);
	widen(p, w, tx);
	if (more) {
		widen(p, w, rxe);
		widen(p, w, txe);
	}
	header(p, "    RX:", w,
	       (const char *const[]){"bytes", "packets", "errors", "dropped", "missed", "mcast",
				     s->rx_compressed ? "compressed" : ""});
	out_puts(p->o, "    ");
	values(p, w, rx, s->rx_compressed ? 0x7f : 0x3f);
	if (more) {
		print_line(p);
		header(p, "    RX errors:", w,
		       (const char *const[]){"", "length", "crc", "frame", "fifo", "overrun",
					     s->rx_nohandler ? "nohandler" : NULL});
		out_printf(p->o, "%*s", w[0] + 5, "");
		values(p, w, rxe, s->rx_nohandler ? 0x7e : 0x3e);
	}
	print_line(p);
	header(p, "    TX:", w,
	       (const char *const[]){"bytes", "packets", "errors", "dropped", "carrier", "collsns",
				     s->tx_compressed ? "compressed" : ""});
	out_puts(p->o, "    ");
	values(p, w, tx, s->tx_compressed ? 0x7f : 0x3f);
	if (more) {
		print_line(p);
		header(p, "    TX errors:", w,
		       (const char *const[]){"", "aborted", "fifo", "window", "heartbt",
					     c->has_carrier_changes ? "transns" : "", NULL});
		out_printf(p->o, "%*s", w[0] + 5, "");
		values(p, w, txe, c->has_carrier_changes ? 0x3e : 0x1e);
	}
}

static void json(struct print *p, const struct counters *c)
{
	const struct rtnl_link_stats64 *s = &c->s;
	struct json *j = &p->j;

	jw_object(j, "stats64");
	jw_object(j, "rx");
	jw_u64(j, "bytes", s->rx_bytes);
	jw_u64(j, "packets", s->rx_packets);
	jw_u64(j, "errors", s->rx_errors);
	jw_u64(j, "dropped", s->rx_dropped);
	jw_u64(j, "over_errors", s->rx_over_errors);
	jw_u64(j, "multicast", s->multicast);
	if (s->rx_compressed)
		jw_u64(j, "compressed", s->rx_compressed);
	if (p->stats > 1) {
		jw_u64(j, "length_errors", s->rx_length_errors);
		jw_u64(j, "crc_errors", s->rx_crc_errors);
		jw_u64(j, "frame_errors", s->rx_frame_errors);
		jw_u64(j, "fifo_errors", s->rx_fifo_errors);
		jw_u64(j, "missed_errors", s->rx_missed_errors);
		if (s->rx_nohandler)
			jw_u64(j, "nohandler", s->rx_nohandler);
	}
	jw_object_end(j);
	jw_object(j, "tx");
	jw_u64(j, "bytes", s->tx_bytes);
	jw_u64(j, "packets", s->tx_packets);
	jw_u64(j, "errors", s->tx_errors);
	jw_u64(j, "dropped", s->tx_dropped);
	jw_u64(j, "carrier_errors", s->tx_carrier_errors);
	jw_u64(j, "collisions", s->collisions);
	if (s->tx_compressed)
		jw_u64(j, "compressed", s->tx_compressed);
	if (p->stats > 1) {
		jw_u64(j, "aborted_errors", s->tx_aborted_errors);
		jw_u64(j, "fifo_errors", s->tx_fifo_errors);
		jw_u64(j, "window_errors", s->tx_window_errors);
		jw_u64(j, "heartbeat_errors", s->tx_heartbeat_errors);
		if (c->has_carrier_changes)
			jw_u64(j, "carrier_changes", c->carrier_changes);
	}
	jw_object_end(j);
	jw_object_end(j);
}

/* IPv6's own dump of interfaces has its own counters instead (IFLA_INET6_STATS). */
static bool ipv6_counters(struct nl_ref protinfo, struct rtnl_link_stats64 *s)
{
	uint64_t mib[__IPSTATS_MIB_MAX] = {0};

	attr_each (a, protinfo) {
		struct nl_ref r = attr_payload(a);
		if (attr_type(a) != IFLA_INET6_STATS)
			continue;
		memcpy(mib, r.p, r.len < sizeof(mib) ? r.len : sizeof(mib));
		s->rx_packets = mib[IPSTATS_MIB_INPKTS];
		s->rx_bytes = mib[IPSTATS_MIB_INOCTETS];
		s->tx_packets = mib[IPSTATS_MIB_OUTPKTS];
		s->tx_bytes = mib[IPSTATS_MIB_OUTOCTETS];
		s->rx_errors = mib[IPSTATS_MIB_INDISCARDS];
		s->tx_errors = mib[IPSTATS_MIB_OUTDISCARDS];
		s->multicast = mib[IPSTATS_MIB_INMCASTPKTS];
		s->rx_frame_errors = mib[IPSTATS_MIB_CSUMERRORS];
		return true;
	}
	return false;
}

void link_stats_print(struct print *p, const struct link *l)
{
	struct counters c = {.carrier_changes = 0};
	struct nl_ref r = has(l, LINK_STATS64) ? l->stats64 : (struct nl_ref){NULL, 0};

	if (!r.len && !(has(l, LINK_PROTINFO) && ipv6_counters(l->protinfo, &c.s)))
		return;
	if (r.len)
		memcpy(&c.s, r.p, r.len < sizeof(c.s) ? r.len : sizeof(c.s));
	c.has_carrier_changes = has(l, LINK_CARRIER_CHANGES);
	if (c.has_carrier_changes)
		c.carrier_changes = l->carrier_changes;
	if (p->json)
		json(p, &c);
	else
		text(p, &c);
}
