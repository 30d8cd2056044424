/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_LAB_REPORT_H
#define MH_LAB_REPORT_H

#include "base/out.h"
#include "lab/measure.h"

/*
 * Measurements as a table, and whether they are what was promised. Pure.
 */

enum report_when { REPORT_WITHOUT, REPORT_WITH, REPORT_WHENS };

/* What was measured in one network: without and with multihome, IPv4 and IPv6. */
struct report_section {
	const char *title;
	struct measure_sum sum[REPORT_WHENS][2][MEASURES];
};

enum verdict {
	VERDICT_GOOD,
	VERDICT_KERNEL, /* this kernel cannot do it, whatever the configuration */
	VERDICT_BAD,
};

struct report_style {
	bool color, utf8;
};

/* What the uplinks' shares of new flows should be, and how far off they may be, in points. */
#define REPORT_SHARE	 75.0
#define REPORT_TOLERANCE 3.0

/* Uplink 1's part of the flows, in percent. */
double report_share(const struct measure_sum *s);
/* Judges one figure that was measured with multihome, in the light of its family's others. */
enum verdict report_verdict(const struct report_section *s, unsigned family, enum measure m);
/* "100 %", "75 : 25", or "-" if nothing was measured. */
char *report_cell(const struct measure_sum *s, enum measure m, char *buf, size_t size);

void report_head(struct out *o, const struct report_style *style);
/* Returns the number of figures that are not as promised. Sets *kernel if one is the kernel's. */
unsigned report_print(struct out *o, const struct report_section *s,
		      const struct report_style *style, bool *kernel);
/* A line of its own with a mark in front: "  ✔ text". */
void report_line(struct out *o, const struct report_style *style, enum verdict v, const char *fmt,
		 ...) __attribute__((format(printf, 4, 5)));

#endif
