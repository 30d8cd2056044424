/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An explanation for people, in the order in which a packet meets things. Each part begins with its
 * name at the left; what decided bears a star, what did not is dim.
 */
#include "cli/explain.h"

#include <string.h>

static void put_line(struct cli *c, const char *label, const char *text)
{
	if (!text)
		return;
	cli_put(c, CLI_BOLD, label);
	cli_pad(c, strlen(label), 10);
	out_puts(&c->out, text);
	out_putc(&c->out, '\n');
}

/* Behind all of them, in a column, the word on each. */
static void put_rows(struct cli *c, const struct explain_row *v, size_t n)
{
	size_t widest = 0;

	for (size_t i = 0; i < n; i++)
		if (strlen(v[i].text) > widest)
			widest = strlen(v[i].text);
	for (size_t i = 0; i < n; i++) {
		out_puts(&c->out, v[i].chosen ? "* " : "  ");
		cli_put(c, v[i].chosen ? CLI_BOLD : CLI_PLAIN, v[i].text);
		if (v[i].why[0]) {
			cli_pad(c, strlen(v[i].text), widest + 2);
			cli_put(c, CLI_DIM, v[i].why);
		}
		out_putc(&c->out, '\n');
	}
}

static void put_rules(struct explaining *e, struct cli *c)
{
	struct explain_row *v;
	size_t n = explain_rules(e, &v);

	if (!n)
		return;
	cli_put(c, CLI_BOLD, "Rules");
	out_putc(&c->out, '\n');
	put_rows(c, v, n);
}

#define ROUTES_SHOWN 12

static void put_routes(struct explaining *e, struct cli *c)
{
	struct explain_row *v;
	size_t n = explain_routes(e, &v), shown = n < ROUTES_SHOWN ? n : ROUTES_SHOWN;

	if (!n)
		return;
	put_line(c, "Routes",
		 arena_printf(&e->a, "that have the destination, in table %s", explain_table(e)));
	put_rows(c, v, shown);
	if (shown < n)
		out_printf(&c->out, "  ... and %zu more\n", n - shown);
}

static void put_hops(struct explaining *e, struct cli *c)
{
	struct explain_row *v;
	size_t n = explain_hops(e, &v);

	if (n < 2)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct fib_choice *x = &e->x.choice[i];
		if (x->takes && e->x.result.hash)
			v[i].text = arena_printf(&e->a, "%s hashes %u-%u", v[i].text, x->first,
						 x->last);
	}
	put_line(c, "Next hop", explain_hash(e));
	put_rows(c, v, n);
}

static void put_kernel(struct explaining *e, struct cli *c)
{
	const struct explain_kernel *k = &e->kernel;

	put_line(c, "Kernel", explain_kernel_way(e));
	if (k->asked && !k->differs)
		cli_put(c, CLI_GOOD, "Our reading and the kernel agree.\n");
	else if (k->asked)
		cli_put(c, CLI_BAD,
			arena_printf(&e->a,
				     "Our reading and the kernel do not agree (%s); the kernel's "
				     "word counts.\n",
				     k->differs));
}

void explain_text(struct explaining *e, struct cli *c)
{
	bool marked = explain_arrival(e);

	put_line(c, "Packet", explain_packet(e));
	put_line(c, "Mark", explain_arrival(e));
	if (marked)
		put_line(c, "Flow", explain_flow(e));
	put_rules(e, c);
	put_routes(e, c);
	put_hops(e, c);
	put_line(c, "Way", explain_way(e));
	put_line(c, "Source", explain_source(e));
	if (!marked)
		put_line(c, "Flow", explain_flow(e));
	put_line(c, "NAT", explain_nat(e));
	if (e->x.back.asked) {
		cli_put(c, e->x.back.well ? CLI_BOLD : CLI_BAD, "Back");
		cli_pad(c, 4, 10);
		cli_put(c, e->x.back.well ? CLI_PLAIN : CLI_BAD, explain_back(e));
		out_putc(&c->out, '\n');
	}
	put_kernel(e, c);
	if (e->v.configured && !e->v.in_force)
		cli_put(c, CLI_DIM,
			"The configuration is not in force: no marks, no translation.\n");
}
