/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An explanation as a flow chart in Mermaid's language, for documents that draw it. */
#include "cli/explain.h"

/* Between quotes; what would end them is written as an entity. */
static void put_quoted(struct out *o, const char *s)
{
	out_putc(o, '"');
	for (; *s == ' '; s++)
		;
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '<' || c == '>' || c == '#' || c == '&' || c == '`')
			out_printf(o, "#%u;", c);
		else
			out_putc(o, c < 32 || c > 126 ? '?' : (char)c);
	}
	out_putc(o, '"');
}

static void put_node(struct out *o, const char *id, size_t n, const char *text, bool chosen)
{
	out_printf(o, "    %s%zu[", id, n);
	put_quoted(o, text);
	out_printf(o, "]:::%s\n", chosen ? "yes" : "no");
}

static void put_edge(struct out *o, const char *from, size_t a, const char *to, size_t b,
		     const char *why, bool chosen)
{
	out_printf(o, "    %s%zu %s", from, a, chosen ? "==>" : "-->");
	if (why && why[0]) {
		out_putc(o, '|');
		put_quoted(o, why);
		out_putc(o, '|');
	}
	out_printf(o, " %s%zu\n", to, b);
}

/* One rule after the other; returns the node at which it goes on. */
static const char *put_rules(struct explaining *e, struct out *o, size_t *at)
{
	struct explain_row *v;
	size_t n = explain_rules(e, &v);

	*at = 0;
	if (!n)
		return "packet";
	for (size_t i = 0; i < n; i++)
		put_node(o, "rule", i, v[i].text, v[i].chosen);
	put_edge(o, "packet", 0, "rule", 0, NULL, true);
	for (size_t i = 0; i + 1 < n; i++)
		put_edge(o, "rule", i, "rule", i + 1, v[i].why, false);
	*at = n - 1;
	return "rule";
}

static const char *put_routes(struct explaining *e, struct out *o, const char *from, size_t *at)
{
	struct explain_row *v;
	size_t n = explain_routes(e, &v), won = n;

	for (size_t i = 0; i < n; i++) {
		put_node(o, "route", i, v[i].text, v[i].chosen);
		if (v[i].chosen)
			won = i;
	}
	for (size_t i = 0; i < n; i++)
		put_edge(o, from, *at, "route", i, v[i].why, v[i].chosen);
	if (won == n)
		return from;
	*at = won;
	return "route";
}

static const char *put_hops(struct explaining *e, struct out *o, const char *from, size_t *at)
{
	struct explain_row *v;
	size_t n = explain_hops(e, &v), chosen = 0;

	if (n < 2)
		return from;
	for (size_t i = 0; i < n; i++) {
		put_node(o, "hop", i, v[i].text, v[i].chosen);
		put_edge(o, from, *at, "hop", i, v[i].why, v[i].chosen);
		if (v[i].chosen)
			chosen = i;
	}
	*at = chosen;
	return "hop";
}

void explain_mermaid(struct explaining *e, struct out *o)
{
	const char *nat = explain_nat(e), *back = explain_back(e), *from;
	const struct fib_result *r = &e->x.result;
	bool good = r->verdict == FIB_FORWARD || r->verdict == FIB_LOCAL;
	size_t at;

	out_puts(o, "flowchart TD\n");
	put_node(o, "packet", 0, explain_packet(e), true);
	from = put_rules(e, o, &at);
	from = put_routes(e, o, from, &at);
	from = put_hops(e, o, from, &at);
	out_puts(o, "    way0([");
	put_quoted(o, explain_way(e));
	out_printf(o, "]):::%s\n", good ? "good" : "bad");
	put_edge(o, from, at, "way", 0, e->x.nat ? nat : NULL, true);
	if (back) {
		out_puts(o, "    way0 -.->|");
		put_quoted(o, back);
		out_puts(o, "| packet0\n");
	}
	out_puts(o, "    classDef yes fill:#e9f1ff,stroke:#2563eb,color:#1c2636\n"
		    "    classDef no fill:#fff,stroke:#dfe5ee,color:#8592a6\n"
		    "    classDef good fill:#eefaf4,stroke:#0b8a5c,color:#1c2636\n"
		    "    classDef bad fill:#fdf0f1,stroke:#d1293d,color:#1c2636\n");
}
