/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Help, from the tables that the parser uses: what is listed is what is taken.
 */
#include "ip/objects.h"
#include "ip/words.h"
#include "model/kind_value.h"

#include <stdio.h>
#include <string.h>

#define WIDTH 80

/* "dev|oif" from "=dev =oif". */
static void out_synonyms(struct out *o, const char *words)
{
	bool start = true;

	for (const char *s = words; *s; s++) {
		if (*s == ' ')
			out_putc(o, '|');
		else if (!(start && *s == '='))
			out_putc(o, *s);
		start = *s == ' ';
	}
}

const char *help_metavar(const struct command *c, const struct keyword *k)
{
	if (k->metavar || k->take || !c->set)
		return k->metavar;
	const struct value *v = c->set->row[k->field].value;
	return v ? v->metavar : NULL;
}

static void out_keyword(struct out *o, const struct command *c, const struct keyword *k)
{
	const char *metavar = help_metavar(c, k);

	out_puts(o, k->flags & KW_BARE ? "[ [" : "[ ");
	out_synonyms(o, k->words);
	if (k->flags & KW_BARE)
		out_putc(o, ']');
	if (metavar && *metavar) {
		out_putc(o, ' ');
		out_puts(o, metavar);
	}
	out_puts(o, " ]");
}

static void out_command(struct out *o, const char *object, const char *group,
			const struct command *c)
{
	struct out word;
	size_t column, indent;

	out_puts(o, "  ip ");
	size_t start = o->len;
	out_puts(o, object);
	if (*group) {
		out_putc(o, ' ');
		out_puts(o, group);
	}
	if (*c->words) {
		out_putc(o, ' ');
		out_synonyms(o, c->words);
	}
	column = 5 + o->len - start;
	indent = 9;
	out_init(&word, -1);
	for (const struct keyword *k = c->keywords; k && k->words; k++) {
		if (k->flags & KW_HIDDEN)
			continue;
		word.len = 0;
		out_keyword(&word, c, k);
		if (column + 1 + word.len > WIDTH) {
			out_printf(o, "\n%*s", (int)indent, "");
			column = indent;
		}
		out_putc(o, ' ');
		out_mem(o, word.buf, word.len);
		column += 1 + word.len;
	}
	out_free(&word);
	out_putc(o, '\n');
}

void help_object(struct out *o, const struct ip_object *obj)
{
	char name[32], group[32];

	out_puts(o, "Usage:\n");
	words_first(obj->words, name, sizeof(name));
	for (const struct command *c = obj->commands; c && c->words; c++) {
		if (!c->sub)
			out_command(o, name, "", c);
		words_first(c->words, group, sizeof(group));
		for (const struct command *s = c->sub; s && s->words; s++)
			out_command(o, name, group, s);
	}
}

struct kind_help {
	struct out *o;
	size_t column, indent;
	bool roff;
};

static void out_roff(struct out *o, const char *s, size_t n);

/* An option with what follows it, as wanted by nobody: kind_find_word() comes to all. */
static bool out_kind_word(const struct kind_word *w, void *arg)
{
	const struct choice *list = value_choices(w->value);
	struct kind_help *h = arg;
	struct out text;

	out_init(&text, -1);
	out_puts(&text, "[ ");
	out_synonyms(&text, w->words);
	out_puts(&text, list ? " {" : w->value->metavar ? " " : "");
	for (const struct choice *i = list; i && i->name; i++)
		out_printf(&text, "%s %s", i == list ? "" : " |", i->name);
	out_puts(&text, list ? " }" : w->value->metavar ? w->value->metavar : "");
	out_puts(&text, " ]");
	if (h->roff) {
		out_roff(h->o, text.buf, text.len);
		out_putc(h->o, '\n');
	} else {
		if (h->column + 1 + text.len > WIDTH) {
			out_printf(h->o, "\n%*s", (int)h->indent, "");
			h->column = h->indent;
		}
		out_putc(h->o, ' ');
		out_mem(h->o, text.buf, text.len);
		h->column += 1 + text.len;
	}
	out_free(&text);
	return false;
}

static void out_kind(struct kind_help *h, const char *type)
{
	const char *suffix = strstr(type, "_slave");
	char name[32];
	struct kind_word w;

	snprintf(name, sizeof(name), "%.*s", (int)(suffix ? suffix - type : 31), type);
	const struct link_kind *k = link_kind_find(name);
	if (k && !strcmp(k->name, "veth"))
		out_puts(h->o, h->roff ? "[ peer OPTIONS ]\n" : " [ peer OPTIONS ]");
	else if (k && (k->data || suffix))
		kind_find_word(k, suffix != NULL, out_kind_word, h, &w);
}

void help_kind(struct out *o, const char *type)
{
	struct kind_help h = {o, 11 + strlen(type), 14, false};

	out_puts(o, "Usage: ... ");
	out_puts(o, type);
	out_kind(&h, type);
	out_putc(o, '\n');
}

static void manual_kind(struct out *o, const char *type)
{
	struct kind_help h = {o, 0, 0, true};

	out_puts(o, ".TP\n.B type ");
	out_puts(o, type);
	out_putc(o, '\n');
	out_kind(&h, type);
}

static void manual_kinds(struct out *o)
{
	char type[40];

	out_puts(o, ".SS Kinds of interfaces, and their options\n");
	for (const struct link_kind *k = link_kinds; k->name; k++) {
		manual_kind(o, k->name);
		snprintf(type, sizeof(type), "%s_slave", k->name);
		if (k->slave)
			manual_kind(o, type);
	}
}

/* Hyphens are minus signs, and a dot at a line's start would be a request. */
static void out_roff(struct out *o, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '-' || s[i] == '\\')
			out_putc(o, '\\');
		out_putc(o, s[i]);
	}
}

/* `before` is the command before it in the table, or NULL: often the words are the same. */
static void manual_command(struct out *o, const char *object, const char *group,
			   const struct command *c, const struct command *before)
{
	struct out text;

	out_init(&text, -1);
	out_puts(&text, "ip ");
	out_puts(&text, object);
	if (*group) {
		out_putc(&text, ' ');
		out_puts(&text, group);
	}
	if (*c->words) {
		out_putc(&text, ' ');
		out_synonyms(&text, c->words);
	}
	out_puts(o, ".TP\n.B ");
	out_roff(o, text.buf, text.len);
	bool same = before && before->keywords && before->keywords == c->keywords;
	out_printf(o, "\n%s%s.\n", c->what ? c->what : "", same ? ", with the same words" : "");
	for (const struct keyword *k = same ? NULL : c->keywords; k && k->words; k++) {
		if (k->flags & KW_HIDDEN)
			continue;
		text.len = 0;
		out_keyword(&text, c, k);
		out_puts(o, k == c->keywords ? ".br\n" : "");
		out_roff(o, text.buf, text.len);
		out_putc(o, '\n');
	}
	out_free(&text);
}

void help_manual(struct out *o, const struct ip_object *obj)
{
	const struct command *before = NULL;
	char name[32], group[32];

	words_first(obj->words, name, sizeof(name));
	out_printf(o, ".SS ip %s: %s\n", name, obj->what);
	for (const struct command *c = obj->commands; c && c->words; before = c++) {
		if (!c->sub)
			manual_command(o, name, "", c, before);
		words_first(c->words, group, sizeof(group));
		for (const struct command *s = c->sub; s && s->words; s++)
			manual_command(o, name, group, s, s == c->sub ? NULL : s - 1);
	}
	if (obj->commands == link_commands)
		manual_kinds(o);
}
