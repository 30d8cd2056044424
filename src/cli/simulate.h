/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_CLI_SIMULATE_H
#define MH_CLI_SIMULATE_H

#include "cli/view.h"
#include "uplink/simulate.h"

/* Private to `simulate`: what was asked, what came of it, and the forms in which it is shown. */
struct simulating {
	struct view v;
	struct arena a;
	uint64_t n, seed;
	double zipf;
	const char *dump, *table, *fail, *iif, *svg;
	struct ip_prefix from; /* family 0: not given */
	bool ipv6, as_is;
	struct ip_prefix *to;
	long to_n;
	struct explain_machine m, after;
	size_t failed;
	struct simulation r;
};

/* What the flows are, and by what they are routed, in a sentence. */
const char *simulate_words(struct simulating *s);
/* Bytes with a unit: "4.1 GB". */
const char *simulate_bytes(struct arena *a, uint64_t bytes);
/* How likely so uneven a result is. */
const char *simulate_verdict(struct simulating *s);

void simulate_text(struct simulating *s, struct cli *c);
void simulate_json(struct simulating *s, struct cli *c);
void simulate_svg(struct simulating *s, struct out *o);

#endif
