/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `explain`: our reading of one packet's way, beside the kernel's own answer; of many packets with
 * --batch.
 */
#include "cli/explain.h"

#include "base/file.h"
#include "fib/packet_words.h"

#include <errno.h>
#include <string.h>

struct asked {
	const char *dump, *batch;
	const char *graph; /* a file, "-" for standard output; NULL: none is wanted */
	bool mermaid;
	char **word; /* of the packet */
	size_t word_n;
};

static int option_value(struct cli *c, int *i, const char **ret, struct err *e)
{
	const char *option = c->argv[*i];

	if (*i + 1 == c->argc)
		return err_set(e, -EINVAL, "explain: %s needs a value", option);
	*ret = c->argv[++*i];
	return 0;
}

/* --graph's file may be left out: no word of a packet has a slash or ends in .svg. */
static void read_graph(struct cli *c, int *i, struct asked *q)
{
	const char *next = *i + 1 < c->argc ? c->argv[*i + 1] : "";
	size_t n = strlen(next);

	q->graph = "-";
	if (!strcmp(next, "-") || strchr(next, '/') || (n > 4 && !strcmp(next + n - 4, ".svg")))
		q->graph = c->argv[++*i];
}

/* Options may stand anywhere; all other words are the packet's. */
static int read_arguments(struct cli *c, struct asked *q, struct err *e)
{
	int rc = 0;

	q->word = c->argv + 1;
	for (int i = 1; i < c->argc && rc >= 0; i++) {
		const char *w = c->argv[i];
		if (!strcmp(w, "--dump"))
			rc = option_value(c, &i, &q->dump, e);
		else if (!strcmp(w, "--batch"))
			rc = option_value(c, &i, &q->batch, e);
		else if (!strcmp(w, "--graph"))
			read_graph(c, &i, q);
		else if (!strcmp(w, "--mermaid"))
			q->mermaid = true;
		else if (w[0] == '-' && w[1])
			rc = err_set(e, -EINVAL, "explain: there is no option %s", w);
		else
			q->word[q->word_n++] = c->argv[i];
	}
	if (rc >= 0 && q->batch && q->word_n)
		rc = err_set(e, -EINVAL,
			     "explain: with --batch, packets come from the file, not \"%s\"",
			     q->word[0]);
	return rc;
}

void cli_explain_words(FILE *f)
{
	const struct packet_word *w;

	fputs("\nPACKET is its destination and, in any order:\n", f);
	for (unsigned i = 0; (w = packet_word(i)); i++)
		fprintf(f, "  %-9s %-5s %s\n", w->name, w->value, w->help);
	fputs("  tcp, udp, icmp, icmpv6, sctp, ...: the same as with proto before it\n", f);
}

static int write_graph(struct explaining *x, struct cli *c, const char *file, struct err *e)
{
	struct out o;
	int rc = 0;

	if (!strcmp(file, "-")) {
		explain_svg(x, &c->out);
		return 0;
	}
	out_init(&o, -1);
	explain_svg(x, &o);
	rc = file_write(file, o.buf, o.len, 0644, e);
	out_free(&o);
	return rc;
}

static int show(struct explaining *x, struct cli *c, const struct asked *q, struct err *e)
{
	if (q->graph)
		return write_graph(x, c, q->graph, e);
	if (q->mermaid)
		explain_mermaid(x, &c->out);
	else if (c->json)
		explain_json(x, c);
	else
		explain_text(x, c);
	return 0;
}

static int explain_one(struct explaining *x, struct cli *c, const struct asked *q, struct err *e)
{
	struct fib_packet p;
	int rc = packet_words_read(x->v.snap.devices, q->word_n, q->word, &p, e);

	if (rc < 0) {
		err_prefix(e, "explain");
		return e->hint[0] ? rc : err_hint(e, "multihome explain --help");
	}
	explain_make(&x->m, &p, &x->a, &x->x);
	if (x->v.s.kernel)
		explain_ask(x);
	return show(x, c, q, e);
}

int cli_explain(struct cli *c, struct err *e)
{
	struct explaining x = {0};
	struct asked q = {0};
	int rc = read_arguments(c, &q, e);

	if (rc < 0)
		return rc;
	rc = view_open(&x.v, c, q.dump, e);
	x.m = view_machine(&x.v);
	if (rc >= 0)
		rc = q.batch ? explain_batch(&x.v, c, q.batch, e) : explain_one(&x, c, &q, e);
	arena_free(&x.kernel.arena);
	arena_free(&x.a);
	view_close(&x.v);
	return rc;
}
