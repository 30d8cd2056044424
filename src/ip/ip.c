/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program: options, then one command (or a batch of them), then what went wrong.
 *
 *   argv -> options (table below) -> object -> command -> parse_command() -> command->run()
 *
 * Parsing needs no kernel but to find the interfaces that are named, and execution only sees what
 * was parsed, so that the whole grammar can be tested and fuzzed without a socket.
 */
#include "ip/ip.h"

#include "base/cleanup.h"
#include "base/suggest.h"
#include "ip/batch.h"
#include "ip/classic.h"
#include "ip/complete.h"
#include "ip/explain.h"
#include "ip/grammar.h"
#include "ip/netns.h"
#include "ip/nexthop.h"
#include "ip/objects.h"
#include "ip/run.h"
#include "ip/values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef MH_VERSION
#define MH_VERSION "unknown"
#endif

const struct ip_object ip_objects[] = {
	{"address", "addresses of interfaces", address_commands, NULL},
	{"addrlabel", "labels that choose IPv6 source addresses", addrlabel_commands, NULL},
	{"maddress", "multicast addresses of interfaces", maddress_commands, NULL},
	{"route", "routes", route_commands, NULL},
	{"rule", "rules that choose a routing table", rule_commands, NULL},
	{"neighbor neighbour", "neighbours: ARP and NDP entries", neigh_commands, NULL},
	{"ntable ntbl", "neighbour tables", ntable_commands, NULL},
	{"link", "network interfaces", link_commands, "=afstats =xstats"},
	{"l2tp", NULL, NULL, NULL},
	{"fou", NULL, NULL, NULL},
	{"ila", NULL, NULL, NULL},
	{"macsec", NULL, NULL, NULL},
	{"tunnel tunl", "tunnels over IPv4 and, with -6, over IPv6", tunnel_commands, NULL},
	{"tuntap tap", "interfaces to programs", tuntap_commands, NULL},
	{"token", "lower halves of IPv6 addresses", token_commands, NULL},
	{"tcpmetrics tcp_metrics", "what TCP knows about its peers", tcp_metrics_commands, NULL},
	{"monitor", "changes, as they happen", monitor_commands, NULL},
	{"xfrm", NULL, NULL, NULL},
	{"mroute", "multicast routes", mroute_commands, NULL},
	{"mrule", "rules that choose a multicast routing table", mrule_commands, NULL},
	{"netns", "named network namespaces", netns_commands, NULL},
	{"netconf", "settings of interfaces", netconf_commands, NULL},
	{"vrf", "VRFs, and processes bound to them", vrf_commands, NULL},
	{"sr", NULL, NULL, NULL},
	{"nexthop", "next hops as objects, and groups of them", nexthop_commands, NULL},
	{"mptcp", "addresses of Multipath TCP", mptcp_commands, NULL},
	{"ioam", NULL, NULL, NULL},
	{"stats", NULL, NULL, NULL},
	{NULL, NULL, NULL, NULL},
};

enum option_kind { OPT_COUNT, OPT_FAMILY, OPT_STRING, OPT_NUMBER, OPT_HOOK };

static int read_family(struct ip *ip, const char *arg, struct err *e);
static int read_color(struct ip *ip, const char *arg, struct err *e);
static int show_version(struct ip *ip, const char *arg, struct err *e);
static int show_help(struct ip *ip, const char *arg, struct err *e);
static int show_manual(struct ip *ip, const char *arg, struct err *e);
static int show_grammar(struct ip *ip, const char *arg, struct err *e);

static const struct option {
	const char *words;
	enum option_kind kind;
	size_t member;
	int family;
	const char *metavar;
	int (*hook)(struct ip *ip, const char *arg, struct err *e);
} options[] = {
#define COUNT(words, m)                                                                            \
	{                                                                                          \
		words, OPT_COUNT, offsetof(struct options, m), 0, NULL, NULL                       \
	}
	{"-loops", OPT_NUMBER, offsetof(struct options, loops), 0, "COUNT", NULL},
	{"-family", OPT_HOOK, 0, 0, "{ inet | inet6 | bridge | link | mpls }", read_family},
	{"=-4", OPT_FAMILY, 0, AF_INET, NULL, NULL},
	{"=-6", OPT_FAMILY, 0, AF_INET6, NULL, NULL},
	{"=-0", OPT_FAMILY, 0, AF_PACKET, NULL, NULL},
	{"=-M", OPT_FAMILY, 0, AF_MPLS, NULL, NULL},
	{"=-B", OPT_FAMILY, 0, AF_BRIDGE, NULL, NULL},
	COUNT("-human-readable", human),
	COUNT("-iec", iec),
	COUNT("-statistics", stats),
	COUNT("-details", details),
	COUNT("-resolve", resolve),
	COUNT("-oneline", oneline),
	COUNT("-timestamp", timestamp),
	COUNT("-tshort", short_time),
	{"-Version", OPT_HOOK, 0, 0, NULL, show_version},
	COUNT("-force", force),
	{"-batch", OPT_STRING, offsetof(struct options, batch), 0, "FILE", NULL},
	COUNT("-brief", brief),
	COUNT("-json", json),
	COUNT("-pretty", pretty),
	{"-rcvbuf", OPT_NUMBER, offsetof(struct options, rcvbuf), 0, "SIZE", NULL},
	{"-color", OPT_HOOK, 0, 0, NULL, read_color},
	{"-help", OPT_HOOK, 0, 0, NULL, show_help},
	{"-netns", OPT_STRING, offsetof(struct options, netns), 0, "NETNS", NULL},
	COUNT("-Numeric", numeric),
	COUNT("-all", all),
	COUNT("=-echo", echo),
	{"=-manual", OPT_HOOK, 0, 0, NULL, show_manual},
	{"=-grammar", OPT_HOOK, 0, 0, NULL, show_grammar},
	COUNT("=-dry-run", dry_run),
	COUNT("=-atomic", atomic),
#undef COUNT
};

static int read_family(struct ip *ip, const char *arg, struct err *e)
{
	ip->opt.family = family_number(arg);
	if (ip->opt.family != AF_UNSPEC)
		return 0;
	return ip_fail(ip, STATUS_USAGE, e, -EINVAL, "\"%s\" is not a protocol family", arg);
}

/* A terminal says in COLORFGBG what it is coloured with; the last is the background. */
static bool is_dark(void)
{
	const char *colors = getenv("COLORFGBG"), *last = colors ? strrchr(colors, ';') : NULL;

	return last && ((last[1] >= '0' && last[1] <= '6') || last[1] == '8') && !last[2];
}

static int read_color(struct ip *ip, const char *arg, struct err *e)
{
	bool on = !arg || !strcmp(arg, "always") || (!strcmp(arg, "auto") && isatty(STDOUT_FILENO));

	if (!on && strcmp(arg, "auto") != 0 && strcmp(arg, "never") != 0)
		return ip_fail(ip, STATUS_USAGE, e, -EINVAL, "\"%s\" is not always, auto or never",
			       arg);
	ip->opt.color = on ? 1 + is_dark() : 0;
	return 0;
}

static int show_version(struct ip *ip, const char *arg, struct err *e)
{
	(void)arg;
	(void)e;
	out_puts(&ip->out, "ip utility, iproute2-6.1.0 (multihome-ip " MH_VERSION ")\n");
	return 1;
}

static int show_help(struct ip *ip, const char *arg, struct err *e)
{
	(void)arg;
	return ip_fail(ip, STATUS_USAGE, e, -ECANCELED, "help");
}

/* For the manual page: its list of commands. */
static int show_manual(struct ip *ip, const char *arg, struct err *e)
{
	(void)arg;
	(void)e;
	for (const struct ip_object *o = ip_objects; o->words; o++)
		if (o->commands)
			help_manual(&ip->out, o);
	return 1;
}

/* Not for people. */
static bool is_internal(const struct option *o)
{
	return o->hook == show_manual || o->hook == show_grammar;
}

/* For completion, and for tests that draw command lines. */
static int show_grammar(struct ip *ip, const char *arg, struct err *e)
{
	struct json j;

	(void)arg;
	(void)e;
	jw_init(&j, &ip->out, ip->opt.pretty);
	jw_object(&j, NULL);
	jw_array(&j, "options");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (!is_internal(&options[i]))
			grammar_option(&j, options[i].words, options[i].metavar);
	jw_array_end(&j);
	jw_array(&j, "objects");
	for (const struct ip_object *o = ip_objects; o->words; o++)
		if (o->commands)
			grammar_object(&j, o);
	jw_array_end(&j);
	jw_array(&j, "kinds");
	grammar_kinds(&j);
	jw_array_end(&j);
	jw_object_end(&j);
	out_putc(&ip->out, '\n');
	return 1;
}

static void out_synopsis(struct out *o)
{
	out_puts(o, "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n"
		    "       ip [ -force ] -batch FILE\nwhere  OBJECT := {");
	for (const struct ip_object *i = ip_objects; i->words; i++)
		if (i->commands) {
			char name[32];
			out_puts(o, i == ip_objects ? " " : " | ");
			out_puts(o, words_first(i->words, name, sizeof(name)));
		}
	out_puts(o, " }\n       OPTIONS := {");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const char *w = options[i].words;
		if (is_internal(&options[i]))
			continue;
		out_puts(o, i % 6 ? " | " : i ? " |\n                    " : " ");
		out_puts(o, w + (*w == '='));
		if (options[i].metavar) {
			out_putc(o, ' ');
			out_puts(o, options[i].metavar);
		}
	}
	out_puts(o, " }\n");
}

static const struct option *find_option(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (words_match(options[i].words, word))
			return &options[i];
	/* -c, -color, -color=always ... */
	if (!strncmp(word, "-c", 2) && strchr(word, '=')) {
		char name[16];
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
		return find_option(name);
	}
	return NULL;
}

bool ip_option(unsigned i, const char **words, const char **metavar)
{
	if (i >= ARRAY_SIZE(options))
		return false;
	/* What is not for people. */
	bool hidden = is_internal(&options[i]);
	*words = hidden ? "" : options[i].words;
	*metavar = options[i].metavar;
	return true;
}

static int set_option(struct ip *ip, const struct option *o, const char *arg, struct err *e)
{
	void *member = (char *)&ip->opt + o->member;
	uint64_t v;

	switch (o->kind) {
	case OPT_COUNT:
		*(uint8_t *)member = (uint8_t)(*(uint8_t *)member + 1);
		return 0;
	case OPT_FAMILY:
		ip->opt.family = (uint8_t)o->family;
		return 0;
	case OPT_STRING:
		*(const char **)member = arg;
		return 0;
	case OPT_NUMBER:
		if (!value_read_number(arg, UINT32_MAX, &v))
			return ip_fail(ip, STATUS_USAGE, e, -EINVAL, "\"%s\" is not a number", arg);
		*(unsigned *)member = (unsigned)v;
		return 0;
	case OPT_HOOK:
		return o->hook(ip, arg, e);
	}
	return 0;
}

static int unknown_option(struct ip *ip, const char *word, struct err *e)
{
	struct suggest s = suggest_init(word);
	int rc = ip_fail(ip, STATUS_USAGE, e, -EINVAL, "there is no option \"%s\"", word);

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		suggest_try(&s, options[i].words);
	if (s.best)
		err_hint(e, "did you mean \"%s\"?", s.best);
	return rc;
}

int ip_options(struct ip *ip, char *const *word, int n, bool *done, struct err *e)
{
	int at = 0;

	while (at < n && word[at][0] == '-') {
		const char *w = word[at++];
		if (!strcmp(w, "--"))
			break;
		w += w[1] == '-';
		const struct option *o = find_option(w);
		if (!o)
			return unknown_option(ip, w, e);
		bool takes = o->metavar != NULL;
		if (takes && at == n && ip->completion)
			complete_argument(ip, o->metavar, o->words);
		if (takes && at == n)
			return ip_fail(ip, STATUS_USAGE, e, -EINVAL, "%s needs an argument", w);
		const char *value = takes ? word[at] : strchr(w, '=') ? strchr(w, '=') + 1 : NULL;
		int rc = set_option(ip, o, value, e);
		if (rc) {
			*done = rc > 0;
			return rc < 0 ? rc : at;
		}
		at += takes;
	}
	return at;
}

static void apply_options(struct ip *ip)
{
	struct print *p = &ip->print;

	p->o = &ip->out;
	p->json = ip->opt.json;
	p->details = ip->opt.details;
	p->numeric = ip->opt.numeric;
	p->resolve = ip->opt.resolve;
	p->oneline = ip->opt.oneline;
	p->brief = ip->opt.brief;
	p->human = ip->opt.human;
	p->iec = ip->opt.iec;
	p->color = ip->opt.json ? 0 : ip->opt.color;
	p->stats = ip->opt.stats;
	p->family = ip->opt.family;
	p->names = ip->names;
	p->devices = ip->devices;
	p->nsid_name = netns_name_of_id;
	p->nsid_arg = ip;
	p->nh_info = nexthop_info;
	p->nh_info_arg = ip;
	jw_init(&p->j, &ip->out, ip->opt.pretty);
}

int ip_start(struct ip *ip, struct err *e)
{
	int rc = nl_open(&ip->nl, NETLINK_ROUTE, 0, e);

	if (rc < 0)
		return rc;
	ip->devices = devices_new(ip->nl);
	apply_options(ip);
	return 0;
}

static const struct ip_object *find_object(struct ip *ip, const char *word, struct err *e)
{
	const struct ip_object *o = ip_objects;

	while (o->words && !words_match(o->words, word))
		o++;
	if (!o->words) {
		struct suggest s = suggest_init(word);
		ip_fail(ip, STATUS_SYNTAX, e, -EINVAL, "object \"%s\" is unknown, try \"ip help\"",
			word);
		for (o = ip_objects; o->words; o++)
			if (o->commands)
				suggest_try(&s, o->words);
		if (s.best)
			err_hint(e, "did you mean \"%s\"?", s.best);
		return NULL;
	}
	if (!o->commands) {
		char name[32];
		ip_fail(ip, STATUS_SYNTAX, e, -EOPNOTSUPP,
			"\"%s\" is not supported by multihome-ip",
			words_first(o->words, name, sizeof(name)));
		return NULL;
	}
	return o;
}

/* The command that the words from *at on name; *at is then the first of its arguments. */
static const struct command *find_command(const struct command *table, char *const *word, int n,
					  int *at)
{
	if (!*table->words || *at >= n)
		return table->sub ? find_command(table->sub, word, n, at) : table;
	for (const struct command *c = table; c->words; c++)
		if (words_match(c->words, word[*at])) {
			++*at;
			return c->sub ? find_command(c->sub, word, n, at) : c;
		}
	return NULL;
}

static int unknown_command(struct ip *ip, const struct ip_object *o, const char *word,
			   struct err *e)
{
	struct suggest s = suggest_init(word);
	char name[32], first[16][32];
	int n = 0;

	words_first(o->words, name, sizeof(name));
	if (o->left_out && words_match(o->left_out, word))
		return ip_fail(ip, STATUS_SYNTAX, e, -EOPNOTSUPP,
			       "\"%s\" is not supported by multihome-ip", word);
	int rc = ip_fail(ip, STATUS_USAGE, e, -EINVAL,
			 "command \"%s\" is unknown, try \"ip %s help\"", word, name);
	for (const struct command *c = o->commands; c->words && n < 16; c++, n++)
		suggest_try(&s, words_first(c->words, first[n], sizeof(first[n])));
	if (s.best)
		err_hint(e, "did you mean \"%s\"?", s.best);
	return rc;
}

int ip_parse(struct ip *ip, char *const *word, int n, struct parser *p, struct err *e)
{
	ip->status = 0;
	ip->blame = 0;
	ip->help_kind = NULL;
	if (words_match("help", word[0])) {
		ip->help = NULL;
		return ip_fail(ip, STATUS_USAGE, e, -ECANCELED, "help");
	}
	const struct ip_object *o = find_object(ip, word[0], e);
	if (!o)
		return e->code;
	if (complete_command(ip, o->commands, word, n))
		return 0;
	int skip = 1;
	const struct command *c = find_command(o->commands, word, n, &skip);
	ip->blame = skip;
	if (!c && words_match("help", word[skip])) {
		p->command = NULL;
		ip_fail(ip, STATUS_USAGE, e, -ECANCELED, "help");
	} else if (!c) {
		unknown_command(ip, o, word[skip], e);
	} else {
		ip->blame = -1;
		parse_command(ip, c, word + skip, n - skip, p, e);
		if (ip->blame >= 0)
			ip->blame += skip;
	}
	if (e->code == -ECANCELED) {
		ip->help = o;
		ip->blame = -1;
	}
	return e->code;
}

int ip_command(struct ip *ip, char *const *word, int n, struct err *e)
{
	struct parser p;
	int rc = ip_parse(ip, word, n, &p, e);

	ip->word = word;
	ip->words = n;
	ip->told = false;
	if (!rc) {
		ip->blame = -1;
		rc = p.command->run(&p, e);
		if (ip->blame >= 0)
			ip->blame += (int)(p.word - word);
	}
	if (ip->listing)
		ip_list_end(ip);
	arena_reset(&ip->arena);
	return rc;
}

/* The words of the command, with a caret line under the one to blame. */
static void out_blamed(struct out *o, int blame, char *const *word, int n)
{
	size_t column = 0, width = 1;

	out_puts(o, "  ip");
	for (int i = 0; i < n; i++) {
		out_putc(o, ' ');
		out_puts(o, word[i]);
		if (i < blame)
			column += strlen(word[i]) + 1;
		else if (i == blame)
			width = strlen(word[i]);
	}
	out_printf(o, "\n%*s", (int)column + 5, "");
	for (size_t i = 0; i < (width ? width : 1); i++)
		out_putc(o, '^');
	out_putc(o, '\n');
}

void ip_report(struct ip *ip, const struct err *e, char *const *word, int n)
{
	char line[sizeof(*e)];
	struct out o;

	out_flush(&ip->out);
	out_init(&o, ip->report_fd);
	if (e->code == -ECANCELED && ip->help_kind) {
		help_kind(&o, ip->help_kind);
	} else if (e->code == -ECANCELED && ip->help) {
		help_object(&o, ip->help);
	} else if (e->code == -ECANCELED) {
		out_synopsis(&o);
	} else {
		struct err told = *e;
		int quoted = explain_word(ip, &told, word, n);
		int blame = ip->blame < 0 ? quoted : ip->blame;
		out_printf(&o, "Error: %s\n", err_line(&told, line, sizeof(line)));
		if (blame >= 0)
			out_blamed(&o, blame, word, n);
	}
	out_flush(&o);
	out_free(&o);
}

int ip_open(struct ip *ip, struct err *e)
{
	int rc = nl_open(&ip->nl, NETLINK_ROUTE, 0, e);

	if (rc < 0)
		return rc;
	ip->devices = devices_new(ip->nl);
	apply_options(ip);
	return 0;
}

static int execute(struct ip *ip, char *const *word, int n, struct err *e)
{
	int rc = ip->opt.netns ? netns_enter(ip->opt.netns, e) : 0;

	if (rc < 0) {
		ip->status = STATUS_USAGE;
		return rc;
	}
	if (!ip->opt.batch && (!n || words_match("help", word[0])))
		return ip_fail(ip, STATUS_USAGE, e, -ECANCELED, "help");
	if (ip->opt.atomic && !ip->opt.batch)
		return ip_fail(ip, STATUS_USAGE, e, -EINVAL, "-atomic goes with -batch");
	if (ip->opt.atomic && ip->opt.force)
		return ip_fail(ip, STATUS_USAGE, e, -EINVAL,
			       "-atomic undoes all if a line fails, -force goes on: not both");
	rc = ip_open(ip, e);
	if (rc < 0)
		return rc;
	return ip->opt.batch ? ip_batch(ip, ip->opt.batch, e) : ip_command(ip, word, n, e);
}

void ip_init(struct ip *ip, int fd)
{
	*ip = (struct ip){.blame = -1, .report_fd = fd < 0 ? -1 : 2};
	out_init(&ip->out, fd);
	ip->names = names_new(NULL, NULL);
}

void ip_free(struct ip *ip)
{
	devices_free(ip->devices);
	names_free(ip->names);
	nl_close(ip->nl);
	nl_close(ip->side_nl);
	arena_free(&ip->arena);
	out_free(&ip->out);
}

/* `ipNAME` is `ip NAME`; *word becomes the object's name. */
static bool object_from_name(const char *argv0, char *object, size_t size)
{
	const char *slash = strrchr(argv0, '/');
	const char *base = slash ? slash + 1 : argv0;

	if (strncmp(base, "ip", 2) != 0 || !base[2])
		return false;
	snprintf(object, size, "%s", base + 2);
	return true;
}

int ip_main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct ip ip;
	char object[32];
	bool done = false;

	const struct classic_program *classic = argc > 0 ? classic_find(argv[0]) : NULL;
	if (classic)
		return classic_main(classic, argc, argv);
	if (argc > 1 && !strcmp(argv[1], "-complete"))
		return complete_main(argv + 2, argc - 2);
	ip_init(&ip, 1);
	int at = ip_options(&ip, argv + 1, argc - 1, &done, &e), rc = at < 0 ? at : 0;
	char **word = argv + 1 + (at > 0 ? at : 0);
	int n = argc - (int)(word - argv);
	if (object_from_name(argv[0], object, sizeof(object))) {
		*--word = object;
		n++;
	}
	if (!rc && !done)
		rc = execute(&ip, word, n, &e);
	if (rc < 0 && e.code)
		ip_report(&ip, &e, word, n);
	int status = rc >= 0 ? 0 : ip.status ? ip.status : STATUS_SYNTAX;
	if (out_flush(&ip.out) < 0 && !status)
		status = STATUS_SYNTAX;
	ip_free(&ip);
	return status;
}
