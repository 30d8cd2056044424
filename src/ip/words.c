/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parser of commands. It knows no object: a table of keywords leads it, and what a keyword's
 * argument means is known by the value type in the object's attribute table, or by the row's hook.
 *
 * Exit statuses are iproute2's, as scripts tell them apart: 255 for a word that makes no sense
 * where it stands, 1 for an address that is none and for an interface that does not exist.
 */
#include "ip/words.h"

#include "base/cleanup.h"
#include "base/suggest.h"
#include "ip/complete.h"
#include "ip/explain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_ROWS 128

const struct keyword no_words[] = {{0}};

/* The next of the synonyms in *at; its length, and whether it is only taken in full. */
static bool next_synonym(const char **at, const char **ret, size_t *len, bool *whole)
{
	const char *s = *at + strspn(*at, " ");

	*whole = *s == '=';
	s += *whole;
	*ret = s;
	*len = strcspn(s, " ");
	*at = s + *len;
	return *len > 0;
}

/* By hand: a batch of a million lines spends its time here. */
bool words_match(const char *synonyms, const char *word)
{
	for (const char *s = synonyms; *word && *s;) {
		bool whole = *s == '=';
		const char *w = word;
		s += whole;
		while (*w && *w == *s && *s != ' ') {
			w++;
			s++;
		}
		if (!*w && (!whole || !*s || *s == ' '))
			return true;
		while (*s && *s != ' ')
			s++;
		while (*s == ' ')
			s++;
	}
	return false;
}

const char *words_first(const char *synonyms, char *buf, size_t size)
{
	const char *s;
	size_t len;
	bool whole;

	next_synonym(&synonyms, &s, &len, &whole);
	snprintf(buf, size, "%.*s", (int)len, s);
	return buf;
}

int ip_fail(struct ip *ip, int status, struct err *e, int code, const char *fmt, ...)
{
	char msg[sizeof(e->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	ip->status = status;
	return err_set(e, code, "%s", msg);
}

int parse_invalid(struct parser *p, struct err *e, const char *fmt, ...)
{
	char msg[sizeof(e->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	p->ip->blame = p->at - 1;
	return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL, "%s", msg);
}

const char *parse_peek(const struct parser *p)
{
	return p->at < p->n ? p->word[p->at] : NULL;
}

int parse_next(struct parser *p, const char **ret, struct err *e)
{
	if (p->at < p->n) {
		*ret = p->word[p->at++];
		return 0;
	}
	complete_row(p);
	const char *what = p->row ? help_metavar(p->command, p->row) : NULL;
	p->ip->blame = p->n;
	return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL,
		       p->n ? "the command ends after \"%s\", %s is missing"
			    : "the command is not complete",
		       p->n ? p->word[p->n - 1] : "", what && *what ? what : "something");
}

int parse_number(struct parser *p, uint64_t max, uint64_t *ret, struct err *e)
{
	const char *word = NULL;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	if (!value_read_number(word, max, ret))
		return parse_invalid(p, e, "\"%s\" is not a number from 0 to %llu", word,
				     (unsigned long long)max);
	return 0;
}

int parse_field(struct parser *p, unsigned field, const char *metavar, struct err *e)
{
	const struct attr *a = &p->set->row[field];
	const char *word = NULL;
	int rc = parse_next(p, &word, e);

	(void)metavar;
	if (rc < 0)
		return rc;
	rc = a->value->parse(&p->values, word, a, field, p->obj, e);
	if (rc < 0) {
		p->ip->blame = p->at - 1;
		if (!p->ip->status)
			p->ip->status = rc == -EINVAL ? STATUS_USAGE : STATUS_SYNTAX;
	}
	return rc;
}

static const struct keyword *find_row(const struct keyword *table, const char *word)
{
	for (const struct keyword *k = table; k->words; k++)
		if (words_match(k->words, word))
			return k;
	return NULL;
}

static const struct keyword *find_bare(const struct keyword *table)
{
	for (const struct keyword *k = table; k->words; k++)
		if (k->flags & KW_BARE)
			return k;
	return NULL;
}

static void suggest_words(struct suggest *s, const char *synonyms, char *buf, size_t size)
{
	const char *w;
	size_t len;
	bool whole;

	while (next_synonym(&synonyms, &w, &len, &whole)) {
		const char *before = s->best;
		char candidate[64];
		snprintf(candidate, sizeof(candidate), "%.*s", (int)len, w);
		suggest_try(s, candidate);
		if (s->best != before) {
			snprintf(buf, size, "%s", candidate);
			s->best = buf;
		}
	}
}

static void suggest_keyword(const struct keyword *table, const char *word, struct err *e)
{
	struct suggest s = suggest_init(word);
	char best[64];

	for (const struct keyword *k = table; k->words; k++)
		if (!(k->flags & KW_HIDDEN))
			suggest_words(&s, k->words, best, sizeof(best));
	if (!s.best && explain_foreign(word))
		snprintf(best, sizeof(best), "%s", explain_foreign(word));
	else if (!s.best)
		return;
	err_hint(e, "did you mean \"%s\"?", best);
}

static int unknown_word(struct parser *p, const struct keyword *table, struct err *e)
{
	const char *word = p->word[p->at++];
	int rc = parse_invalid(p, e, "\"%s\" is not known here", word);

	suggest_keyword(table, word, e);
	return rc;
}

/* A word that was taken for an address and is none may be a keyword with a typing error. */
static void maybe_mistyped(const struct keyword *table, const char *word, struct err *e)
{
	if (*word >= 'a' && *word <= 'z' && e && !e->hint[0])
		suggest_keyword(table, word, e);
}

static int take_row(struct parser *p, const struct keyword *k, struct err *e)
{
	p->row = k;
	int rc = k->take ? k->take(p, k, e) : parse_field(p, k->field, k->metavar, e);

	if (!rc && !p->nested && k->field < 64)
		p->word_of[k->field] = p->at - 1;
	return rc;
}

static int parse_table(struct parser *p, const struct keyword *table, bool to_end, struct err *e)
{
	const char *used[MAX_ROWS] = {NULL}; /* the row's word, or its argument if that is all */
	int rc = 0;

	while (!rc && p->at < p->n) {
		const char *word = p->word[p->at];
		const struct keyword *k = find_row(table, word), *bare = NULL;
		if (!k && !to_end)
			return 0;
		if (!k && words_match("help", word))
			return ip_fail(p->ip, STATUS_USAGE, e, -ECANCELED, "help");
		if (!k)
			k = bare = find_bare(table);
		if (!k)
			return unknown_word(p, table, e);
		p->at += !bare;
		if ((k->flags & KW_ONCE) && used[k - table]) {
			p->at += !!bare;
			rc = parse_invalid(p, e, "\"%s\" is one too many, \"%s\" was given", word,
					   used[k - table]);
			if (bare)
				maybe_mistyped(table, word, e);
			return rc;
		}
		used[k - table] = word;
		rc = take_row(p, k, e);
		if (rc < 0 && bare)
			maybe_mistyped(table, word, e);
	}
	if (!rc)
		complete_table(p, table, used);
	return rc;
}

int parse_keywords(struct parser *p, const struct keyword *table, struct err *e)
{
	return parse_table(p, table, true, e);
}

static int parse_inner(struct parser *p, const struct keyword *table, const struct attr_set *set,
		       void *obj, bool to_end, struct err *e)
{
	struct parser outer = *p;

	p->set = set;
	p->obj = obj;
	p->nested = true;
	int rc = parse_table(p, table, to_end, e);
	p->set = outer.set;
	p->obj = outer.obj;
	p->nested = outer.nested;
	return rc;
}

int parse_nested(struct parser *p, const struct keyword *table, const struct attr_set *set,
		 void *obj, struct err *e)
{
	return parse_inner(p, table, set, obj, false, e);
}

int parse_nested_rest(struct parser *p, const struct keyword *table, const struct attr_set *set,
		      void *obj, struct err *e)
{
	return parse_inner(p, table, set, obj, true, e);
}

int parse_command(struct ip *ip, const struct command *c, char *const *word, int n,
		  struct parser *p, struct err *e)
{
	*p = (struct parser){.ip = ip,
			     .values = {.names = ip->names,
					.devices = ip->devices,
					.family = ip->opt.family,
					.arena = &ip->arena},
			     .word = word,
			     .n = n,
			     .command = c,
			     .set = c->set};
	memset(p->word_of, -1, sizeof(p->word_of));
	p->obj = arena_alloc(&ip->arena, c->size ? c->size : 1);
	int rc = c->begin ? c->begin(p, e) : 0;
	if (ip->completion && !n)
		rc = 0; /* a command that cannot be empty yet is */
	if (!rc && c->keywords)
		rc = parse_keywords(p, c->keywords, e);
	if (!rc && c->finish)
		rc = c->finish(p, e);
	return rc;
}

int command_help(struct parser *p, struct err *e)
{
	return ip_fail(p->ip, STATUS_USAGE, e, -ECANCELED, "help");
}

void parser_blame(struct parser *p, const struct nlmsghdr *req, const struct err *e)
{
	int row = e->ext_off ? attr_row_at(p->set, req, e->ext_off) : -1;
	if (row >= 0 && p->word_of[row] >= 0)
		p->ip->blame = p->word_of[row];
}

int parser_talk(struct parser *p, struct nl_msg *m, nl_fn *fn, void *arg, struct err *e)
{
	int rc = ip_talk(p->ip, &m->h, fn, arg, e);

	if (rc < 0 && e) {
		parser_blame(p, &m->h, e);
		explain_refusal(p, &m->h, e);
	}
	return rc;
}
