/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lab/report.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const text[MEASURES] = {
	[MEASURE_REPLIES] = "replies, asked at either address",
	[MEASURE_OWN] = "own packets, from either address",
	[MEASURE_OTHER_SUBNET] = "  to the other ISP's subnet",
	[MEASURE_TCP_ONE] = "new TCP flows, one destination",
	[MEASURE_TCP_MANY] = "new TCP flows, many destinations",
	[MEASURE_UDP_ONE] = "new UDP flows, one destination",
	[MEASURE_UDP_MANY] = "new UDP flows, many destinations",
	[MEASURE_LAN] = "a LAN client's flows, with NAT",
	[MEASURE_SERVICE] = "replies of a LAN host (DNAT)",
};

double report_share(const struct measure_sum *s)
{
	double all = (double)s->by_uplink[0] + s->by_uplink[1];

	return all > 0 ? 100 * s->by_uplink[0] / all : 0;
}

/* Every flow answered, every packet with the right source on the right uplink. */
static bool is_whole(const struct measure_sum *s)
{
	return s->flows && s->answered == s->flows && s->packets >= s->flows &&
	       s->right == s->packets;
}

static bool shares_well(const struct measure_sum *s)
{
	return is_whole(s) && s->by_uplink[0] + s->by_uplink[1] >= s->flows &&
	       report_share(s) >= REPORT_SHARE - REPORT_TOLERANCE &&
	       report_share(s) <= REPORT_SHARE + REPORT_TOLERANCE;
}

enum verdict report_verdict(const struct report_section *s, unsigned family, enum measure m)
{
	const struct measure_sum *sum = s->sum[REPORT_WITH][family];

	if (!measure_is_split(m))
		return is_whole(&sum[m]) ? VERDICT_GOOD : VERDICT_BAD;
	if (shares_well(&sum[m]))
		return VERDICT_GOOD;
	/*
	 * A kernel that chooses a connection's way before its port sends all connections to one
	 * address and port the same way, whereas UDP, by the same routes, is shared well.
	 */
	if (m == MEASURE_TCP_ONE && is_whole(&sum[m]) &&
	    (!sum[m].by_uplink[0] || !sum[m].by_uplink[1]) && shares_well(&sum[MEASURE_UDP_ONE]))
		return VERDICT_KERNEL;
	return VERDICT_BAD;
}

char *report_cell(const struct measure_sum *s, enum measure m, char *buf, size_t size)
{
	double part = s->packets ? (double)s->right / (double)s->packets : 0;

	if (!s->flows) {
		snprintf(buf, size, "-");
	} else if (measure_is_split(m) && s->by_uplink[0] + s->by_uplink[1]) {
		int first = (int)(report_share(s) + 0.5);
		snprintf(buf, size, "%d:%d", first, 100 - first);
	} else {
		/* What was not answered was not right either; "100 %" is all and nothing less. */
		if (s->answered < s->flows)
			part *= (double)s->answered / s->flows;
		snprintf(buf, size, "%d %%", is_whole(s) ? 100 : part < 1 ? (int)(100 * part) : 99);
	}
	return buf;
}

static const char *paint(const struct report_style *style, enum verdict v)
{
	static const char *const color[] = {[VERDICT_GOOD] = "\033[32m",
					    [VERDICT_KERNEL] = "\033[33m",
					    [VERDICT_BAD] = "\033[1;31m"};

	return style->color ? color[v] : "";
}

static const char *plain(const struct report_style *style)
{
	return style->color ? "\033[0m" : "";
}

static const char *mark(const struct report_style *style, enum verdict v)
{
	static const char *const utf8[] = {"✔", "○", "✘"}, *const ascii[] = {"ok", "--", "BAD"};

	return (style->utf8 ? utf8 : ascii)[v];
}

/* Bold on a terminal. */
static void print_title(struct out *o, const struct report_style *style, const char *s)
{
	out_printf(o, "%s%s%s\n", style->color ? "\033[1m" : "", s, plain(style));
}

void report_head(struct out *o, const struct report_style *style)
{
	char line[96];

	snprintf(line, sizeof(line), "%49s %14s", "without multihome", "with multihome");
	print_title(o, style, line);
	out_printf(o, "%-35s%7s%7s %7s%7s  %s\n", "", "IPv4", "IPv6", "IPv4", "IPv6", "promised");
}

unsigned report_print(struct out *o, const struct report_section *s,
		      const struct report_style *style, bool *kernel)
{
	const char *share = style->utf8 ? "75:25 ±3" : "75:25+-3";
	unsigned bad = 0;
	char cell[32];

	print_title(o, style, s->title);
	for (unsigned m = 0; m < MEASURES; m++) {
		enum verdict worst = VERDICT_GOOD;
		out_printf(o, "  %-33s", text[m]);
		for (unsigned f = 0; f < 2; f++) {
			report_cell(&s->sum[REPORT_WITHOUT][f][m], m, cell, sizeof(cell));
			out_printf(o, "%7s", cell);
		}
		out_putc(o, ' ');
		for (unsigned f = 0; f < 2; f++) {
			enum verdict v = report_verdict(s, f, m);
			bad += v == VERDICT_BAD;
			*kernel |= v == VERDICT_KERNEL;
			worst = v > worst ? v : worst;
			report_cell(&s->sum[REPORT_WITH][f][m], m, cell, sizeof(cell));
			out_printf(o, "%s%7s%s", paint(style, v), cell, plain(style));
		}
		out_printf(o, "  %s %s%s%s\n", measure_is_split(m) ? share : "100 %   ",
			   paint(style, worst), mark(style, worst), plain(style));
	}
	return bad;
}

void report_line(struct out *o, const struct report_style *style, enum verdict v, const char *fmt,
		 ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	out_printf(o, "  %s%s%s %s\n", paint(style, v), mark(style, v), plain(style), line);
}
