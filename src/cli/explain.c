/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `explain`: our reading of one packet's way, beside the kernel's own answer; of many packets with
 * --batch.
 */
#include "cli/explain.h"

#include "fib/packet_words.h"

#include <errno.h>
#include <string.h>

struct asked {
	const char *dump, *batch;
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
	if (c->json)
		explain_json(x, c);
	else
		explain_text(x, c);
	return 0;
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
