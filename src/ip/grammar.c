/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables that the parser uses, as JSON: for programs that complete command lines and for tests
 * that draw them. A word that is only taken in full has "=" before it, as in the tables.
 */
#include "ip/grammar.h"

#include "model/kind_value.h"

#include <stdio.h>
#include <string.h>

static void put_words(struct json *j, const char *synonyms)
{
	jw_array(j, "words");
	for (const char *s = synonyms; *s;) {
		size_t n = strcspn(s, " ");
		jw_strn(j, NULL, s, n);
		s += n + (s[n] == ' ');
	}
	jw_array_end(j);
}

static void put_flag(struct json *j, const char *key, bool v)
{
	if (v)
		jw_bool(j, key, true);
}

void grammar_option(struct json *j, const char *words, const char *metavar)
{
	jw_object(j, NULL);
	put_words(j, words);
	if (metavar)
		jw_str(j, "argument", metavar);
	jw_object_end(j);
}

static void put_keyword(struct json *j, const struct command *c, const struct keyword *k)
{
	const char *metavar = help_metavar(c, k);

	jw_object(j, NULL);
	put_words(j, k->words);
	if (metavar && *metavar)
		jw_str(j, "argument", metavar);
	put_flag(j, "once", k->flags & KW_ONCE);
	put_flag(j, "bare", k->flags & KW_BARE);
	put_flag(j, "hidden", k->flags & KW_HIDDEN);
	jw_object_end(j);
}

static void put_commands(struct json *j, const struct command *table)
{
	jw_array(j, "commands");
	for (const struct command *c = table; c && c->words; c++) {
		jw_object(j, NULL);
		put_words(j, c->words);
		if (c->what)
			jw_str(j, "what", c->what);
		if (c->sub) {
			put_commands(j, c->sub);
		} else {
			jw_array(j, "keywords");
			for (const struct keyword *k = c->keywords; k && k->words; k++)
				put_keyword(j, c, k);
			jw_array_end(j);
		}
		jw_object_end(j);
		if (!*c->words)
			break; /* the object has no commands, this is all */
	}
	jw_array_end(j);
}

void grammar_object(struct json *j, const struct ip_object *o)
{
	jw_object(j, NULL);
	put_words(j, o->words);
	if (o->what)
		jw_str(j, "what", o->what);
	put_commands(j, o->commands);
	jw_object_end(j);
}

/* An option of a kind, wanted by nobody: kind_find_word() comes to all. */
static bool put_kind_word(const struct kind_word *w, void *arg)
{
	const struct choice *list = value_choices(w->value);
	struct json *j = arg;

	jw_object(j, NULL);
	put_words(j, w->words);
	if (list) {
		jw_array(j, "choices");
		for (const struct choice *i = list; i->name; i++)
			jw_str(j, NULL, i->name);
		jw_array_end(j);
	} else if (w->value->metavar) {
		jw_str(j, "argument", w->value->metavar);
	}
	jw_object_end(j);
	return false;
}

static void put_kind(struct json *j, const struct link_kind *k, bool slave)
{
	struct kind_word w;

	jw_object(j, NULL);
	jw_printf(j, "name", "%s%s", k->name, slave ? "_slave" : "");
	jw_array(j, "keywords");
	if (slave || k->data)
		kind_find_word(k, slave, put_kind_word, j, &w);
	jw_array_end(j);
	jw_object_end(j);
}

void grammar_kinds(struct json *j)
{
	for (const struct link_kind *k = link_kinds; k->name; k++) {
		put_kind(j, k, false);
		if (k->slave)
			put_kind(j, k, true);
	}
}
