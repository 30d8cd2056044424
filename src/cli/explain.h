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
/*
 * The next hop of a packet of which we know the route only: `r` gets the kernel's. False if it does
 * not say, or disagrees.
 */
bool explain_ask_hop(const struct view *v, const struct fib_packet *p, struct fib_result *r);

/*
 * explain_words.c: its parts in words, for all forms but JSON. Everything is e->a's; NULL where
 * there is nothing to say.
 */
struct explain_row {
	const char *text, *why; /* why: "" if there is nothing to say */
	bool chosen;
};
size_t explain_rules(struct explaining *e, struct explain_row **ret);
size_t explain_routes(struct explaining *e, struct explain_row **ret);
size_t explain_hops(struct explaining *e, struct explain_row **ret);
const char *explain_packet(struct explaining *e);
const char *explain_table(struct explaining *e); /* the table's name */
const char *explain_hash(struct explaining *e);
const char *explain_way(struct explaining *e);
const char *explain_source(struct explaining *e);
const char *explain_arrival(struct explaining *e); /* the mark it gets before it is routed */
const char *explain_flow(struct explaining *e);
const char *explain_nat(struct explaining *e);
const char *explain_back(struct explaining *e);
const char *explain_kernel_way(struct explaining *e);
/* "off", "strict", "loose" */
const char *explain_rp_filter(const struct fib *f, int dev);

/* explain_text.c, explain_json.c, explain_svg.c, explain_mermaid.c */
void explain_text(struct explaining *e, struct cli *c);
void explain_json(struct explaining *e, struct cli *c);
void explain_svg(struct explaining *e, struct out *o);
void explain_mermaid(struct explaining *e, struct out *o);

/* explain_batch.c: a packet a line; see multihome(8). */
int explain_batch(struct view *v, struct cli *c, const char *file, struct err *e);
/* The members that say where a packet goes, in explain_json() and of each line of a batch. */
void explain_json_result(struct json *j, const struct view *v, const struct fib_result *r,
			 const struct prove_uplink *uplink);

#endif
