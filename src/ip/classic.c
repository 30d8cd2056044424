/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs that `ip` replaced, for scripts and fingers that still use them: by a symlink named
 * route, arp or ifconfig this program is one of them, and prints what net-tools' prints.
 *
 *   argv -> options (the program's table) -> a view, printed from the model's structs
 *                                         -> words (its table) -> lines of `ip` -> ip_command()
 *
 * There is one way to change something, which is ip's grammar: -v shows the line that a classic
 * command comes to. The lines are chosen so that the kernel ends in the state in which its old
 * ioctls would have left it (net/ipv4/fib_frontend.c, devinet.c, arp.c; net/ipv6/route.c).
 */
#include "ip/classic.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifndef MH_VERSION
#define MH_VERSION "unknown"
#endif

static const struct classic_program *const programs[] = {&classic_route, &classic_arp,
							 &classic_ifconfig};

const struct classic_program *classic_find(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (!strcmp(slash ? slash + 1 : argv0, programs[i]->name))
			return programs[i];
	return NULL;
}

int classic_fail(struct classic *c, int status, struct err *e, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->ip->blame = -1;
	return ip_fail(c->ip, status, e, -EINVAL, "%s: %s", c->program->name, text);
}

uint8_t classic_family(const char *name)
{
	return !strcmp(name, "inet") ? AF_INET : !strcmp(name, "inet6") ? AF_INET6 : AF_UNSPEC;
}

static int show_help(struct classic *c, struct err *e)
{
	struct out o;

	(void)e;
	out_init(&o, 2);
	out_puts(&o, c->program->synopsis);
	out_putc(&o, '\n');
	for (const struct classic_option *r = c->program->options; r->letter || r->word; r++) {
		char text[32];
		if (!r->what)
			continue;
		snprintf(text, sizeof(text), "%c%c%s%s%s", r->letter ? '-' : ' ',
			 r->letter ? r->letter : ' ', r->letter && r->word ? ", " : "",
			 r->word ? "--" : "", r->word ? r->word : "");
		out_printf(&o, "  %-20s %s\n", text, r->what);
	}
	for (const struct classic_word *w = c->program->words; w && w->words; w++)
		out_printf(&o, "  %s %s\n", w->words, w->metavar ? w->metavar : "");
	out_flush(&o);
	out_free(&o);
	return 1;
}

/* One option; 1: nothing more is to be done. */
static int set_option(struct classic *c, const struct classic_option *r, const char *arg,
		      struct err *e)
{
	void *member = (char *)&c->opt + r->member;

	switch (r->kind) {
	case CLASSIC_COUNT:
		++*(uint8_t *)member;
		return 0;
	case CLASSIC_LETTER:
		*(uint8_t *)member = (uint8_t)r->letter;
		return 0;
	case CLASSIC_STRING:
		*(const char **)member = arg;
		return 0;
	case CLASSIC_NAMED:
	case CLASSIC_FAMILY: {
		uint8_t family = arg ? classic_family(arg) : r->family;
		if (!family)
			return classic_fail(c, 1, e, "the family \"%s\" is not supported", arg);
		if (c->opt.family && c->opt.family != family)
			return classic_fail(c, 1, e, "two families are one too many");
		c->opt.family = family;
		return 0;
	}
	case CLASSIC_HELP:
		return show_help(c, e);
	case CLASSIC_VERSION:
		out_puts(&c->ip->out, "net-tools 2.10 (multihome-ip " MH_VERSION ")\n");
		return 1;
	case CLASSIC_IGNORE:
	case CLASSIC_WORD:
		return 0;
	}
	return 0;
}

static bool takes_argument(const struct classic_option *r)
{
	return r->kind == CLASSIC_STRING || r->kind == CLASSIC_NAMED;
}

static int unknown_option(struct classic *c, const char *word, struct err *e)
{
	return classic_fail(c, c->program->status_option, e, "there is no option \"%s\"", word);
}

/* The words of argv, one by one, as options are read. */
struct scan {
	char *const *arg;
	int n, at;
};

static int with_argument(struct classic *c, const struct classic_option *r, const char *rest,
			 struct scan *s, struct err *e)
{
	if (!takes_argument(r))
		return set_option(c, r, NULL, e);
	if (!rest && s->at < s->n)
		rest = s->arg[s->at++];
	if (!rest)
		return classic_fail(c, c->program->status_usage, e, "-%c needs an argument",
				    r->letter);
	return set_option(c, r, rest, e);
}

static int long_option(struct classic *c, const char *word, struct scan *s, struct err *e)
{
	size_t n = strcspn(word, "=");

	for (const struct classic_option *r = c->program->options; r->letter || r->word; r++)
		if (n && r->word && r->kind != CLASSIC_WORD && !strncmp(r->word, word, n))
			return with_argument(c, r, word[n] ? word + n + 1 : NULL, s, e);
	return unknown_option(c, word, e);
}

/* "-ne" is two; what is behind one that takes an argument is that. */
static int letters(struct classic *c, const char *word, struct scan *s, struct err *e)
{
	for (const char *l = word + 1; *l; l++) {
		const struct classic_option *r = c->program->options;
		while ((r->letter || r->word) && r->letter != *l)
			r++;
		if (!r->letter)
			return unknown_option(c, word, e);
		bool takes = takes_argument(r);
		int rc = with_argument(c, r, takes && l[1] ? l + 1 : NULL, s, e);
		if (rc || takes)
			return rc;
	}
	return 0;
}

/* "-a", "-version", "--version" */
static int whole_option(struct classic *c, const char *word, struct scan *s, struct err *e)
{
	const char *w = word + 1 + (word[1] == '-');

	for (const struct classic_option *r = c->program->options; r->letter || r->word; r++)
		if ((r->letter && r->letter == w[0] && !w[1] && w == word + 1) ||
		    (r->word && !strcmp(r->word, w)))
			return with_argument(c, r, NULL, s, e);
	return unknown_option(c, word, e);
}

static bool is_word(const struct classic_program *p, const char *arg)
{
	if (arg[0] != '-' || !arg[1])
		return true;
	for (const struct classic_option *r = p->options; r->letter || r->word; r++)
		if (r->kind == CLASSIC_WORD && !strcmp(arg + 1, r->word))
			return true;
	return false;
}

/* Options may stand among the words, which are kept in order. */
static int read_options(struct classic *c, struct scan *s, char **word, int *n, struct err *e)
{
	bool rest = false, whole = c->program->whole;
	int rc = 0;

	while (s->at < s->n && !rc) {
		char *arg = s->arg[s->at++];
		if (rest || is_word(c->program, arg)) {
			word[(*n)++] = arg;
			rest |= whole;
		} else if (whole) {
			rc = whole_option(c, arg, s, e);
		} else if (!strcmp(arg, "--")) {
			rest = true;
		} else if (arg[1] == '-') {
			rc = long_option(c, arg + 2, s, e);
		} else {
			rc = letters(c, arg, s, e);
		}
	}
	return rc;
}

int classic_main(const struct classic_program *program, int argc, char **argv)
{
	struct scan s = {argv + 1, argc > 0 ? argc - 1 : 0, 0};
	struct ip ip;
	struct classic c = {.ip = &ip, .program = program};
	struct err e = ERR_INIT;

	ip_init(&ip, 1);
	char **word = arena_alloc(&c.arena, (size_t)(s.n + 1) * sizeof(*word));
	c.word = word;
	int rc = read_options(&c, &s, word, &c.n, &e);
	if (!rc)
		rc = ip_open(&ip, &e);
	if (!rc)
		rc = program->run(&c, &e);
	if (rc < 0 && e.code)
		ip_report(&ip, &e, ip.word, ip.words);
	int status = rc >= 0 ? c.status : ip.status ? ip.status : STATUS_SYNTAX;
	if (out_flush(&ip.out) < 0 && !status)
		status = STATUS_SYNTAX;
	ip_free(&ip);
	arena_free(&c.arena);
	return status;
}

static bool is_one_of(const char *words, const char *word)
{
	size_t len = strlen(word), n;

	for (; *words; words += n + strspn(words + n, " ")) {
		n = strcspn(words, " ");
		if (n == len && !strncmp(words, word, n))
			return true;
	}
	return false;
}

const char *classic_peek(const struct classic *c)
{
	return c->at < c->n ? c->word[c->at] : NULL;
}

const char *classic_next(struct classic *c)
{
	return c->at < c->n ? c->word[c->at++] : NULL;
}

int classic_read(struct classic *c, const struct classic_word *table, void *state, struct err *e)
{
	int rc = 0;

	while (c->at < c->n && !rc) {
		const struct classic_word *w = table;
		while (w->words && !is_one_of(w->words, c->word[c->at]))
			w++;
		if (!w->words)
			return 0;
		const char *name = classic_next(c), *arg = w->metavar ? classic_next(c) : NULL;
		if (w->metavar && !arg)
			return classic_fail(c, c->program->status_usage, e, "\"%s\" what? %s", name,
					    w->metavar);
		rc = w->take(state, w, arg, e);
	}
	return rc;
}

void classic_word(struct classic_line *l, const char *word)
{
	struct arena *a = &l->c->arena;

	*ARENA_PUSH(a, l->word, l->n, l->cap) = arena_strdup(a, word);
}

void classic_words(struct classic_line *l, const char *text)
{
	struct arena *a = &l->c->arena;

	for (size_t n; *text; text += n + strspn(text + n, " ")) {
		n = strcspn(text, " ");
		*ARENA_PUSH(a, l->word, l->n, l->cap) = arena_strndup(a, text, n);
	}
}

void classic_wordf(struct classic_line *l, const char *fmt, ...)
{
	char word[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(word, sizeof(word), fmt, ap);
	va_end(ap);
	classic_word(l, word);
}

static void say(const struct classic_line *l)
{
	struct out o;

	out_init(&o, 2);
	out_puts(&o, "ip");
	if (l->family)
		out_puts(&o, l->family == AF_INET6 ? " -6" : " -4");
	for (size_t i = 0; i < l->n; i++) {
		out_putc(&o, ' ');
		out_puts(&o, l->word[i]);
	}
	out_putc(&o, '\n');
	out_flush(&o);
	out_free(&o);
}

int classic_do(struct classic_line *l, struct err *e)
{
	struct ip *ip = l->c->ip;

	if (l->c->opt.verbose)
		say(l);
	ip->opt.family = ip->print.family = l->family;
	int rc = ip_command(ip, l->word, (int)l->n, e);
	if (rc < 0)
		ip->status = l->c->program->status_kernel;
	return rc;
}

void classic_complain(struct classic *c, struct classic_line *l, struct err *e)
{
	ip_report(c->ip, e, l ? l->word : NULL, l ? (int)l->n : 0);
	*e = ERR_INIT;
	c->ip->blame = -1;
}

struct answer {
	struct classic *c;
	struct route *r;
};

static int keep(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct answer *a = arg;

	return route_decode(arena_dup(&a->c->arena, h, h->nlmsg_len), a->r, e);
}

int classic_way(struct classic *c, const struct ip_addr *to, struct route *ret, struct err *e)
{
	struct route question = {.h = {.rtm_family = to->family}};
	struct nl_msg m;

	route_set_dst(&question, ip_prefix_host(*to));
	int rc = route_lookup_message(&m, 0, &question, e);
	return rc < 0 ? rc : nl_talk(c->ip->nl, &m.h, keep, &(struct answer){c, ret}, e);
}

bool classic_is_here(struct classic *c, const struct ip_addr *a)
{
	struct route r;

	return classic_way(c, a, &r, NULL) >= 0 && r.h.rtm_type != RTN_UNICAST;
}

bool classic_base(const char *name, char buf[static IFNAMSIZ])
{
	size_t n = strcspn(name, ":");

	snprintf(buf, IFNAMSIZ, "%.*s", (int)n, name);
	return name[n] == ':';
}

const struct address *classic_labelled(const struct snapshot *s, const char *label)
{
	for (size_t i = 0; i < s->address_n; i++) {
		const struct address *a = &s->address[i];
		if (a->h.ifa_family == AF_INET && has(a, ADDRESS_LABEL) && !strcmp(a->label, label))
			return a;
	}
	return NULL;
}
