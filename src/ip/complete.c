/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completion: the same parser, with the same tables, reads what stands before the cursor, and where
 * the words end it tells what it would take. So completion is as exact as the grammar, and a
 * shell's part of it is a few lines (completions/).
 *
 * What an argument may be is known by its name in help: words in small letters stand for
 * themselves, those in capitals for what the kernel or a file of names has (the table `sources`).
 */
#include "ip/complete.h"

#include "base/cleanup.h"
#include "ip/ip.h"
#include "ip/netns.h"
#include "ip/run.h"
#include "model/kind_value.h"
#include "model/neigh.h"
#include "model/route.h"
#include "model/snapshot.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static void offer_n(struct ip *ip, const char *word, size_t n, const char *what)
{
	struct completion *c = ip->completion;
	size_t prefix = strlen(c->prefix);

	if (n < prefix || strncmp(word, c->prefix, prefix) != 0)
		return;
	for (size_t i = 0; i < c->n; i++)
		if (!strncmp(c->item[i].word, word, n) && !c->item[i].word[n])
			return;
	struct candidate *new = ARENA_PUSH(&c->arena, c->item, c->n, c->cap);
	new->word = arena_strndup(&c->arena, word, n);
	new->what = what &&*what ? arena_strdup(&c->arena, what) : NULL;
}

static void offer(struct ip *ip, const char *word, const char *what)
{
	offer_n(ip, word, strlen(word), what);
}

static void offer_synonyms(struct ip *ip, const char *words, const char *what)
{
	for (size_t n; *words; words += n + strspn(words + n, " ")) {
		words += *words == '=';
		n = strcspn(words, " ");
		offer_n(ip, words, n, what);
	}
}

/* The first of the synonyms; the others only to who has begun with one of them. */
static void offer_first(struct ip *ip, const char *words, const char *what)
{
	char first[64];
	size_t before = ip->completion->n;

	offer(ip, words_first(words, first, sizeof(first)), what);
	if (*ip->completion->prefix && ip->completion->n == before)
		offer_synonyms(ip, words, what);
}

/* Interfaces, of one kind or all. */
static void offer_links(struct ip *ip, const char *kind)
{
	struct snapshot s;

	if (!ip->nl)
		return;
	if (!snapshot_take(ip->nl, SNAPSHOT_LINKS, &s, NULL))
		for (size_t i = 0; i < s.link_n; i++)
			if (!kind || !strcmp(link_kind(&s.link[i]), kind))
				offer(ip, s.link[i].name, link_kind(&s.link[i]));
	snapshot_free(&s);
}

static void offer_devices(struct ip *ip)
{
	offer_links(ip, NULL);
}

static void offer_vrfs(struct ip *ip)
{
	offer_links(ip, "vrf");
}

static void offer_netns(struct ip *ip)
{
	DIR *d = opendir(NETNS_FOLDER);

	for (const struct dirent *f; d && (f = readdir(d));)
		if (f->d_name[0] != '.')
			offer(ip, f->d_name, NULL);
	if (d)
		closedir(d);
}

static void offer_name(void *arg, uint32_t number, const char *name)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	offer(arg, name, text);
}

#define NAMES(fn, file)                                                                            \
	static void fn(struct ip *ip)                                                              \
	{                                                                                          \
		names_each(ip->names, file, offer_name, ip);                                       \
	}
NAMES(offer_tables, NAMES_RT_TABLES)
NAMES(offer_protocols, NAMES_RT_PROTOS)
NAMES(offer_scopes, NAMES_RT_SCOPES)
NAMES(offer_fields, NAMES_RT_DSFIELD)
NAMES(offer_groups, NAMES_GROUP)

static void offer_kinds(struct ip *ip)
{
	char slave[40];

	for (const struct link_kind *k = link_kinds; k->name; k++) {
		offer(ip, k->name, NULL);
		snprintf(slave, sizeof(slave), "%s_slave", k->name);
		if (k->slave)
			offer(ip, slave, NULL);
	}
}

static void offer_states(struct ip *ip)
{
	const char *name;
	uint16_t state;

	for (unsigned i = 0; (name = neigh_state(i, &state)); i++)
		offer(ip, name, NULL);
}

static void offer_route_types(struct ip *ip)
{
	for (unsigned i = RTN_UNICAST; i < __RTN_MAX; i++)
		if (route_type_name(i))
			offer(ip, route_type_name(i), NULL);
}

/* What has a name in capitals. Where one name stands for several things the words before it tell.
 */
static const struct {
	const char *metavar, *words; /* words NULL: whatever they are */
	void (*offer)(struct ip *ip);
} sources[] = {
	{"DEVICE", NULL, offer_devices},     {"NAME", "vrf", offer_vrfs},
	{"NAME", "netns", offer_netns},	     {"NETNS", NULL, offer_netns},
	{"TABLE", NULL, offer_tables},	     {"PROTO", NULL, offer_protocols},
	{"PROTOCOL", NULL, offer_protocols}, {"SCOPE", NULL, offer_scopes},
	{"TOS", NULL, offer_fields},	     {"GROUP", "group", offer_groups},
	{"KIND", NULL, offer_kinds},	     {"STATE", "nud", offer_states},
	{"TYPE", NULL, offer_route_types},
};

static void offer_source(struct ip *ip, const char *name, size_t n, const char *words)
{
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		if (strlen(sources[i].metavar) == n && !strncmp(sources[i].metavar, name, n) &&
		    (!sources[i].words || (words && strstr(words, sources[i].words))))
			sources[i].offer(ip);
}

void complete_argument(struct ip *ip, const char *metavar, const char *words)
{
	static const char marks[] = " {}|[]/,";

	if (!ip->completion)
		return;
	for (size_t n; metavar && *metavar; metavar += n) {
		metavar += strspn(metavar, marks);
		n = strcspn(metavar, marks);
		if (isupper((unsigned char)*metavar))
			offer_source(ip, metavar, n, words);
		else if (n && *metavar != '.')
			offer_n(ip, metavar, n, NULL);
	}
}

static const char *metavar_of(const struct parser *p, const struct keyword *k)
{
	if (k->metavar || k->take || !p->set)
		return k->metavar;
	const struct value *v = p->set->row[k->field].value;
	return v ? v->metavar : NULL;
}

void complete_table(struct parser *p, const struct keyword *table, const char *const *used)
{
	if (!p->ip->completion)
		return;
	for (const struct keyword *k = table; k->words; k++) {
		if (k->flags & KW_HIDDEN || ((k->flags & KW_ONCE) && used[k - table]))
			continue;
		offer_synonyms(p->ip, k->words, metavar_of(p, k));
		if (k->flags & KW_BARE)
			complete_argument(p->ip, metavar_of(p, k), k->words);
	}
}

void complete_row(struct parser *p)
{
	const struct keyword *k = p->row;

	if (p->ip->completion && k)
		complete_argument(p->ip, metavar_of(p, k), k->words);
}

static void offer_commands(struct ip *ip, const struct command *table)
{
	for (const struct command *c = table; c->words; c++)
		if (*c->words)
			offer_first(ip, c->words, c->what);
	offer(ip, "help", NULL);
}

bool complete_command(struct ip *ip, const struct command *table, char *const *word, int n)
{
	int at = 1;

	if (!ip->completion)
		return false;
	while (*table->words && at < n) {
		const struct command *c = table;
		while (c->words && !words_match(c->words, word[at]))
			c++;
		if (!c->words)
			return true;
		at++;
		if (!c->sub)
			return false;
		table = c->sub;
	}
	if (*table->words)
		offer_commands(ip, table);
	return *table->words;
}

static bool offer_kind_word(const struct kind_word *w, void *arg)
{
	offer_synonyms(arg, w->words, w->value->metavar);
	return false;
}

int complete_kind(struct ip *ip, const char *type)
{
	const char *suffix = strstr(type, "_slave");
	struct kind_word w;
	char name[32];

	snprintf(name, sizeof(name), "%.*s", (int)(suffix ? suffix - type : 31), type);
	const struct link_kind *k = link_kind_find(name);
	if (k && !strcmp(k->name, "veth"))
		offer(ip, "peer", "OPTIONS");
	else if (k && (suffix ? k->slave : k->data))
		kind_find_word(k, suffix != NULL, offer_kind_word, ip, &w);
	return -ECANCELED;
}

void complete_kind_value(struct ip *ip, const struct kind_word *w)
{
	if (!ip->completion)
		return;
	for (const struct choice *i = value_choices(w->value); i && i->name; i++)
		offer(ip, i->name, NULL);
	complete_argument(ip, w->value->metavar, w->words);
}

static void offer_objects(struct ip *ip)
{
	for (const struct ip_object *o = ip_objects; o->words; o++)
		if (o->commands)
			offer_first(ip, o->words, o->what);
	offer(ip, "help", NULL);
}

static void offer_options(struct ip *ip)
{
	const char *words, *what;

	for (unsigned i = 0; ip_option(i, &words, &what); i++)
		offer_first(ip, words, what);
}

void complete_line(struct ip *ip, char *const *word, int n)
{
	struct err e = ERR_INIT;
	struct parser p;
	bool done = false;

	ip->completion->prefix = n ? word[n - 1] : "";
	n -= n > 0;
	int at = ip_options(ip, word, n, &done, &e);
	if (at < 0 || done)
		return;
	if (at == n && *ip->completion->prefix == '-') {
		offer_options(ip);
	} else if (at == n) {
		offer_objects(ip);
	} else if (!ip->opt.netns || !netns_enter(ip->opt.netns, &e)) {
		if (!ip->devices)
			ip_open(ip, &e);
		ip_parse(ip, word + at, n - at, &p, &e);
	}
}

int complete_main(char *const *word, int n)
{
	struct completion c = {0};
	struct ip ip;

	ip_init(&ip, 1);
	ip.completion = &c;
	complete_line(&ip, word, n);
	for (size_t i = 0; i < c.n; i++) {
		out_puts(&ip.out, c.item[i].word);
		if (c.item[i].what) {
			out_putc(&ip.out, '\t');
			out_puts(&ip.out, c.item[i].what);
		}
		out_putc(&ip.out, '\n');
	}
	int rc = out_flush(&ip.out);
	ip_free(&ip);
	arena_free(&c.arena);
	return rc < 0;
}
