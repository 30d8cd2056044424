/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_CLI_EXPLAIN_H
#define MH_CLI_EXPLAIN_H

#include "cli/view.h"
#include "uplink/explain.h"

/* Private to `explain`: what it has found, and the forms in which it is shown. */

/* What the kernel says, asked twice: the way the packet would take, and the route that decided. */
struct explain_kernel {
	bool asked;
	struct arena arena; /* of the routes' references */
	int code;	    /* 0, or the error that it gave */
	struct route way, match;
	char text[256];	     /* the error's */
	const char *differs; /* from our reading; NULL: it agrees */
};

struct explaining {
	struct view v;
	struct explain_machine m;
	struct arena a;
	struct explanation x;
	struct explain_kernel kernel;
};

/* explain_kernel.c: asks, compares; where our reading is a guess, takes the kernel's word. */
void explain_ask(struct explaining *e);
/* What people call a verdict's cause: "no rule leads to a route", ... */
const char *explain_verdict_text(const struct fib_result *r);
/* "off", "strict", "loose" */
const char *explain_rp_filter(const struct fib *f, int dev);

void explain_text(struct explaining *e, struct cli *c);
void explain_json(struct explaining *e, struct cli *c);

/* explain_batch.c: a packet a line; see multihome(8). */
int explain_batch(struct view *v, struct cli *c, const char *file, struct err *e);
/* The members that say where a packet goes, in explain_json() and of each line of a batch. */
void explain_json_result(struct json *j, const struct view *v, const struct fib_result *r,
			 const struct prove_uplink *uplink);

#endif
