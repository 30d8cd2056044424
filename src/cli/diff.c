/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The longest common sequence of lines by the usual table, between what is alike at the start and
 * at the end. Configurations are short; where the table would be large all between is exchanged.
 */
#include "cli/diff.h"

#include <stdlib.h>
#include <string.h>

#define CONTEXT 3
#define LARGE	((size_t)1 << 22)

struct line {
	const char *at;
	size_t len;
};

struct text {
	struct line *line;
	size_t n, cap;
};

/* One line of the result: ' ', '-' or '+', and where it stands in either text. */
struct edit {
	char op;
	size_t old, new;
};

struct diff {
	struct arena a;
	struct text old, new;
	struct edit *edit;
	size_t n, cap;
};

static void split(struct arena *a, const char *s, struct text *t)
{
	while (*s) {
		size_t len = strcspn(s, "\n");
		*ARENA_PUSH(a, t->line, t->n, t->cap) = (struct line){s, len};
		s += len + (s[len] == '\n');
	}
}

static bool same(const struct diff *d, size_t i, size_t k)
{
	const struct line *x = &d->old.line[i], *y = &d->new.line[k];

	return x->len == y->len && !memcmp(x->at, y->at, x->len);
}

static void push(struct diff *d, char op, size_t *i, size_t *k)
{
	*ARENA_PUSH(&d->a, d->edit, d->n, d->cap) = (struct edit){op, *i, *k};
	*i += op != '+';
	*k += op != '-';
}

/* What lies between `i`, `k` and the two ends. */
static void middle(struct diff *d, size_t i, size_t old_end, size_t k, size_t new_end)
{
	size_t rows = old_end - i + 1, width = new_end - k + 1, old_start = i, new_start = k;
	bool large = rows > LARGE / width;
	uint32_t *t = arena_alloc(&d->a, large ? 1 : rows * width * sizeof(*t));
#define LENGTH(x, y) t[((x)-old_start) * width + ((y)-new_start)]

	for (size_t x = large ? old_start : old_end; x-- > old_start;)
		for (size_t y = new_end; y-- > new_start;)
			LENGTH(x, y) = same(d, x, y) ? LENGTH(x + 1, y + 1) + 1
				       : LENGTH(x + 1, y) > LENGTH(x, y + 1) ? LENGTH(x + 1, y)
									     : LENGTH(x, y + 1);
	while (i < old_end || k < new_end) {
		if (!large && i < old_end && k < new_end && same(d, i, k))
			push(d, ' ', &i, &k);
		else if (i < old_end &&
			 (large || k == new_end || LENGTH(i + 1, k) >= LENGTH(i, k + 1)))
			push(d, '-', &i, &k);
		else
			push(d, '+', &i, &k);
	}
#undef LENGTH
}

static void compare(struct diff *d)
{
	size_t i = 0, k = 0, old_end = d->old.n, new_end = d->new.n;

	while (i < old_end && k < new_end && same(d, i, k))
		push(d, ' ', &i, &k);
	while (old_end > i && new_end > k && same(d, old_end - 1, new_end - 1)) {
		old_end--;
		new_end--;
	}
	middle(d, i, old_end, k, new_end);
	for (i = old_end, k = new_end; i < d->old.n;)
		push(d, ' ', &i, &k);
}

static bool is_near_a_change(const struct diff *d, size_t at)
{
	size_t first = at > CONTEXT ? at - CONTEXT : 0;

	for (size_t i = first; i <= at + CONTEXT && i < d->n; i++)
		if (d->edit[i].op != ' ')
			return true;
	return false;
}

static const struct line *line_of(const struct diff *d, const struct edit *x)
{
	return x->op == '+' ? &d->new.line[x->new] : &d->old.line[x->old];
}

static void write_hunk(struct cli *c, const struct diff *d, size_t from, size_t to)
{
	size_t old = 0, new = 0;

	for (size_t i = from; i < to; i++) {
		old += d->edit[i].op != '+';
		new += d->edit[i].op != '-';
	}
	out_printf(&c->out, "@@ -%zu,%zu +%zu,%zu @@\n", d->edit[from].old + (old != 0), old,
		   d->edit[from].new + (new != 0), new);
	for (size_t i = from; i < to; i++) {
		const struct edit *x = &d->edit[i];
		const struct line *l = line_of(d, x);
		char *text =
			arena_printf((struct arena *)&d->a, "%c%.*s", x->op, (int)l->len, l->at);
		if (x->op == ' ')
			out_puts(&c->out, text);
		else
			cli_put(c, x->op == '+' ? CLI_GOOD : CLI_BAD, text);
		out_putc(&c->out, '\n');
	}
}

static void write_text(struct cli *c, const struct diff *d)
{
	for (size_t i = 0; i < d->n;) {
		size_t end = i;
		while (end < d->n && is_near_a_change(d, end))
			end++;
		if (end > i)
			write_hunk(c, d, i, end);
		i = end > i ? end : i + 1;
	}
}

static void write_json(struct cli *c, const struct diff *d)
{
	jw_array(&c->j, NULL);
	for (size_t i = 0; i < d->n; i++) {
		const struct edit *x = &d->edit[i];
		const struct line *l = line_of(d, x);
		if (x->op == ' ')
			continue;
		jw_object(&c->j, NULL);
		jw_str(&c->j, "change", x->op == '+' ? "added" : "removed");
		jw_u64(&c->j, "line", (x->op == '+' ? x->new : x->old) + 1);
		jw_strn(&c->j, "text", l->at, l->len);
		jw_object_end(&c->j);
	}
	jw_array_end(&c->j);
	out_putc(&c->out, '\n');
}

bool diff_write(struct cli *c, const char *old_name, const char *old_text, const char *new_name,
		const char *new_text)
{
	struct diff d = {0};
	bool differ = false;

	split(&d.a, old_text, &d.old);
	split(&d.a, new_text, &d.new);
	compare(&d);
	for (size_t i = 0; i < d.n; i++)
		differ = differ || d.edit[i].op != ' ';
	if (c->json) {
		write_json(c, &d);
	} else if (differ) {
		out_printf(&c->out, "--- %s\n+++ %s\n", old_name, new_name);
		write_text(c, &d);
	}
	arena_free(&d.a);
	return differ;
}
