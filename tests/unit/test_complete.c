/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completion and help: what they show is what the parser takes, for every command. */
#include "unit.h"

#include "ip/complete.h"
#include "ip/run.h"

#define MAX_WORDS 64

struct line {
	struct ip ip;
	struct completion c;
};

/* Completes the last word of a line; "" stands for one that has not begun. */
static void complete(struct line *l, const char *text)
{
	static char room[4096], empty[1], *word[MAX_WORDS];
	char *at = NULL;
	int n = 0;

	*l = (struct line){.c.n = 0};
	ip_init(&l->ip, -1);
	names_free(l->ip.names);
	l->ip.names = names_new("/nonexistent", "/nonexistent");
	l->ip.devices = devices_new(NULL);
	devices_add(l->ip.devices, 1, "lo");
	devices_add(l->ip.devices, 2, "eth0");
	l->ip.completion = &l->c;
	snprintf(room, sizeof(room), "%s", text);
	for (char *w = strtok_r(room, " ", &at); w; w = strtok_r(NULL, " ", &at))
		word[n++] = strcmp(w, "\"\"") != 0 ? w : empty;
	complete_line(&l->ip, word, n);
}

static void end(struct line *l)
{
	arena_free(&l->c.arena);
	ip_free(&l->ip);
}

static bool offers(const struct line *l, const char *word)
{
	for (size_t i = 0; i < l->c.n; i++)
		if (!strcmp(l->c.item[i].word, word))
			return true;
	return false;
}

static void assert_offers(const char *text, const char *words)
{
	char room[256], *at = NULL;
	struct line l;

	complete(&l, text);
	snprintf(room, sizeof(room), "%s", words);
	for (char *w = strtok_r(room, " ", &at); w; w = strtok_r(NULL, " ", &at))
		if (!offers(&l, w))
			fail_msg("\"%s\" is not offered for: %s", w, text);
	end(&l);
}

static void assert_offers_just(const char *text, const char *words)
{
	struct line l;
	size_t n = *words != '\0';

	for (const char *s = words; *s; s++)
		n += *s == ' ';
	assert_offers(text, words);
	complete(&l, text);
	if (l.c.n != n)
		fail_msg("%zu words, \"%s\" among them, not %zu: %s", l.c.n,
			 l.c.n ? l.c.item[l.c.n - 1].word : "", n, text);
	end(&l);
}

static void what_may_come_next(void **state)
{
	(void)state;
	assert_offers("\"\"", "address route link help");
	assert_offers_just("ro", "route");
	assert_offers_just("-4 ro", "route");
	assert_offers_just("-ba", "-batch");
	assert_offers_just("-f i", "inet inet6");
	assert_offers("route \"\"", "add get help");
	assert_offers_just("route nosuch \"\"", "");
	assert_offers("route add \"\"", "via dev table nexthop metric unicast");
	assert_offers("route add default nexthop \"\"", "via dev weight");
	assert_offers("route add default nexthop via 10.0.0.1 \"\"", "dev nexthop");
	assert_offers("route add default nexthop via 10.0.0.1 w", "weight");
	assert_offers_just("route add default metric \"\"", "");
	assert_offers("route add default table ma", "main");
	assert_offers("neigh flush \"\"", "dev nud");
	assert_offers("neigh show nud s", "stale");
	assert_offers("link set lo \"\"", "up down mtu");
	assert_offers("link add x type vl", "vlan");
	assert_offers("link add x type veth \"\"", "peer");
	assert_offers("link add x type veth peer \"\"", "name address");
	assert_offers("link add link lo name x type vlan \"\"", "id protocol");
	assert_offers_just("link add link lo name x type vlan pro", "protocol");
	assert_offers_just("link add link lo name x type vlan id 5 pro", "protocol");
	assert_offers("link add link lo name x type vlan protocol \"\"", "802.1Q 802.1ad");
	assert_offers("link set x type bridge_slave ha", "hairpin");
	assert_offers("nexthop bucket \"\"", "list get");
	assert_offers("rule add ip", "ipproto");
}

/* Those of words, which may mean different things; an object's only to who has begun with one. */
static void synonyms(void **state)
{
	(void)state;
	assert_offers_just("addr show dev lo up lab", "label");
	assert_offers_just("route add default oi", "oif");
	assert_offers("rule add \"\"", "from table lookup");
	assert_offers_just("neighb", "neighbor");
	assert_offers_just("neighbour", "neighbour");
	assert_offers_just("rule add loo", "lookup");
}

struct each {
	const char *object, *group;
	const struct command *c;
	const char *help;
};

/* Each word of the table is offered, stands in help, and is understood. */
static void check_command(const struct each *x)
{
	char text[256], first[64];
	struct line l;

	for (const struct keyword *k = x->c->keywords; k && k->words; k++) {
		if (k->flags & KW_HIDDEN)
			continue;
		words_first(k->words, first, sizeof(first));
		char command[32] = "";
		if (*x->c->words)
			words_first(x->c->words, command, sizeof(command));
		snprintf(text, sizeof(text), "%s %s %s \"\"", x->object, x->group, command);
		assert_offers(text, first);
		if (!strstr(x->help, first))
			fail_msg("%s does not stand in the help of %s", first, x->object);
		snprintf(text, sizeof(text), "%s %s %s %s \"\"", x->object, x->group, command,
			 first);
		complete(&l, text);
		struct err e = ERR_INIT;
		struct parser p;
		char *word[] = {(char *)(uintptr_t)x->object, command, first};
		l.ip.completion = NULL;
		if (!*x->group && *command)
			ip_parse(&l.ip, word, 3, &p, &e);
		if (strstr(e.msg, "is not known here"))
			fail_msg("not understood: %s: %s", text, e.msg);
		end(&l);
	}
}

static void every_word_of_every_command(void **state)
{
	size_t commands = 0;

	(void)state;
	for (const struct ip_object *o = ip_objects; o->words; o++) {
		struct out help;
		char object[32], group[32];

		if (!o->commands)
			continue;
		out_init(&help, -1);
		help_object(&help, o);
		words_first(o->words, object, sizeof(object));
		for (const struct command *c = o->commands; c->words; c++) {
			words_first(c->words, group, sizeof(group));
			check_command(&(struct each){object, "", c, out_str(&help)});
			for (const struct command *s = c->sub; s && s->words; s++)
				check_command(&(struct each){object, group, s, out_str(&help)});
			commands++;
		}
		out_free(&help);
	}
	assert_true(commands > 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_may_come_next),
		cmocka_unit_test(synonyms),
		cmocka_unit_test(every_word_of_every_command),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
