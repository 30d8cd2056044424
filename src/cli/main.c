/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `multihome [options] VERB …`: finds the verb, hands over the words behind it, prints what came of
 * it. Everything that can fail below returns an error; this is the only place that prints one.
 */
#include "base/suggest.h"
#include "cli/cli.h"
#include "ip/ip.h"
#include "lab/lab.h"
#include "uplink/proof_plan.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_CONFIG "/etc/multihome.conf"

struct verb {
	const char *name, *synopsis, *summary, *help;
	cli_verb_fn *run;
	int (*main)(int argc, char **argv); /* instead of run: a program of its own */
};

static const struct verb verbs[] = {
	{"check", "", "is the configuration good, and does this machine have what it names?",
	 "Reads the configuration, finds every uplink's interface, addresses and gateways, and\n"
	 "changes nothing. Needs no privileges.\n",
	 cli_check, NULL},
	{"plan", "[--no-prove]", "what `apply` would change, as commands a person could run",
	 "Prints the steps in their order, as ip, nft and sysctl commands (-j: as JSON), and proves\n"
	 "them: that all is as it should be in the end (as `multihome prove` has it; what others'\n"
	 "rules do aside), and that no packet goes wrong on the way that did not before. Changes\n"
	 "nothing. Exit status: 0 nothing to do, 2 changes pending, 3 not proved.\n",
	 cli_plan, NULL},
	{"apply", "[--confirm TIME] [--no-prove]", "make it so",
	 "Makes the steps of `multihome plan`, if they are proved (else: exit status 3, and nothing\n"
	 "is changed). If one fails, those before it are undone. With\n"
	 "--confirm (60s, 5m) everything is taken back after that time unless `multihome confirm`\n"
	 "comes, also when this shell is gone by then.\n",
	 cli_apply, NULL},
	{"confirm", "", "keep what `apply --confirm` did",
	 "Ends the wait of `multihome apply --confirm`.\n", cli_confirm, NULL},
	{"rollback", "[N [--no-prove]]",
	 "take back an unconfirmed or interrupted apply; or go back N applies",
	 "Goes back to what was there before `multihome apply --confirm`, or before an apply that\n"
	 "was killed half-way. With N, the configuration that was applied N times ago is applied\n"
	 "again (1: the one before the last); the file stays as it is.\n",
	 cli_rollback, NULL},
	{"history", "", "the last 20 configurations that were applied", "The newest first.\n",
	 cli_history, NULL},
	{"diff", "[N]", "what has changed in the configuration since it was applied",
	 "Since the last apply, or the one N applies before it. Exit status: 0 nothing, 2 something.\n",
	 cli_diff, NULL},
	{"down", "", "give the machine back as it was",
	 "Removes every rule, route and nftables table that is multihome's, and gives sysctls and\n"
	 "link groups their values from before.\n",
	 cli_down, NULL},
	{"status", "", "the uplinks, and whether the configuration is in force",
	 "Uplinks with interface, state, share of the balanced default, addresses, gateways, table\n"
	 "and mark. Where multihomed is at work it is asked, and knows more: since when and why,\n"
	 "round trip, loss, jitter, traffic, failovers.\n",
	 cli_status, NULL},
	{"watch", "", "the same, live: with sparklines, and what happens",
	 "Round trip and loss of each uplink over the last seconds, traffic, and events. Keys: q ends\n"
	 "it; for root, up and down choose an uplink, d puts it down, r drains it, u puts it up.\n",
	 cli_watch, NULL},
	{"events", "[-f] [-j]", "what has happened, as multihomed remembers it",
	 "The last some hundred events. With -f it goes on, with each event as it happens; then -j\n"
	 "gives one object a line.\n",
	 cli_events, NULL},
	{"uplink", "NAME up|down|drain", "put an uplink out of use, or back, by hand",
	 "down: out of use, and its connections move. drain: no new connections, those that it has\n"
	 "go on. up: as its checks find it, again. It holds until it is taken back, also when\n"
	 "multihomed is started anew.\n",
	 cli_uplink, NULL},
	{"reload", "[--confirm TIME] [--no-prove]", "have multihomed read the configuration again",
	 "Only what differs is changed, once it is proved. Waits until that is done, and says what came\n"
	 "of it. --confirm and --no-prove as with `apply`; exit status 3: not proved, and so the\n"
	 "configuration stays as it was.\n",
	 cli_reload, NULL},
	{"explain", "[--dump DIR] [--graph [FILE] | --mermaid] PACKET | --batch FILE",
	 "which rule, table, route and next hop a packet takes, and why",
	 "Tries every rule in turn and says why it did or did not decide; which route won, and what\n"
	 "it won against; which next hop, which source; the marks and the translation of the\n"
	 "configuration in force; how the answer comes back. Then asks the kernel and says whether it\n"
	 "agrees. --dump: not of this machine, but of one that was saved (see multihome(8)). --batch:\n"
	 "of many packets, one a line of FILE (-: standard input), each answered by a line of JSON.\n"
	 "--graph: as a picture (SVG); FILE has a slash, or ends in .svg. --mermaid: as a flow chart.\n",
	 cli_explain, NULL},
	{"simulate",
	 "[--flows N] [--table FILE [--zipf S]] [--fail UPLINK] [--iif DEV [--from PREFIX]]\n"
	 "       [-6] [--seed N] [--as-is] [--dump DIR] [--svg FILE]",
	 "how evenly flows are spread, and what moves when an uplink fails",
	 "Sends N made-up flows (1000000) through the machine as the configuration wants it, or as it\n"
	 "is (--as-is, or without one): each uplink's share in flows and bytes, beside what the weights\n"
	 "say. Destinations are anywhere, or the prefixes of FILE (one a line, or what ip -j route\n"
	 "prints; -: standard input), all alike or by Zipf's law. --iif: forwarded flows, which come\n"
	 "in there. --fail: what becomes of them when that uplink fails. --svg: a picture, too.\n",
	 cli_simulate, NULL},
	{"prove", "[--dump DIR]", "does every packet take the way that it should?",
	 "Looks at a packet of every class that the rules and tables tell apart, and says what is\n"
	 "wrong: sources that leave by another uplink, or nowhere, replies that rp_filter drops,\n"
	 "policies that do not decide what they say, rules that no packet reaches, tables without\n"
	 "routes. Each with a packet to show it, its way, and what would mend it. Without a\n"
	 "configuration, the devices of the default routes are the uplinks. With --dump it is the\n"
	 "machine in that folder, of `ip -j` and sysctl; multihome.conf may be there, too.\n"
	 "Exit status: 0 all is proved, 3 something is not.\n",
	 cli_prove, NULL},
	{"doctor", "", "what is wrong with this machine, and what mends it",
	 "Looks for what goes wrong with several ways out: all that `prove` looks for, and settings,\n"
	 "other programs' rules and sockets, what this kernel cannot do. Worst first, each with what\n"
	 "was seen and the commands that mend it. Needs no configuration. Exit status: 0 nothing\n"
	 "found, 3 something was.\n",
	 cli_doctor, NULL},
	{"lab", "up|down|list|exec|cut|heal …", "networks of namespaces to try things in", NULL,
	 NULL, lab_main},
	{"ip", "…", "iproute2's `ip`, as multihome-ip", NULL, NULL, ip_main},
};

static void usage(FILE *f)
{
	fputs("Usage: multihome [-c FILE] [--state DIR] [-j] VERB [ARGUMENTS]\n\n", f);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(f, "  %-9s %s\n", verbs[i].name, verbs[i].summary);
	fputs("\n"
	      "  -c, --config FILE   the configuration (" DEFAULT_CONFIG ")\n"
	      "      --state DIR     where to remember things (/run/multihome/…, one for each\n"
	      "                      network namespace)\n"
	      "  -j, --json          answer in JSON\n"
	      "      --color WHEN    auto (on a terminal), always, never\n"
	      "  -h, --help          this, or with a verb, what it does\n"
	      "  -V, --version\n\n"
	      "Exit status: 0 done or nothing to do, 1 error, 2 changes pending (plan, diff),\n"
	      "3 not proved (prove, plan, apply), something found (doctor).\n",
	      f);
}

static int verb_usage(const struct verb *v)
{
	printf("Usage: multihome [OPTIONS] %s %s\n\n%s", v->name, v->synopsis, v->help);
	if (v->run == cli_explain)
		cli_explain_words(stdout);
	return EXIT_DONE;
}

static const struct verb *find_verb(const char *name, struct err *e)
{
	struct suggest s = suggest_init(name);

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
		suggest_try(&s, verbs[i].name);
	}
	err_set(e, -EINVAL, "there is no verb \"%s\"", name);
	if (s.best)
		err_hint(e, "did you mean \"%s\"?", s.best);
	else
		err_hint(e, "multihome --help lists them");
	return NULL;
}

static int fail(struct cli *c, const struct err *e)
{
	char line[1024];

	if (c->json) {
		/* Whatever was begun is dropped: standard output holds one document. */
		c->out.len = 0;
		jw_init(&c->j, &c->out, false);
		jw_object(&c->j, NULL);
		jw_object(&c->j, "error");
		if (e->where[0])
			jw_str(&c->j, "where", e->where);
		jw_str(&c->j, "message", e->msg);
		if (e->hint[0])
			jw_str(&c->j, "hint", e->hint);
		jw_object_end(&c->j);
		jw_object_end(&c->j);
		out_putc(&c->out, '\n');
	}
	out_flush(&c->out);
	fprintf(stderr, "multihome: %s\n", err_line(e, line, sizeof(line)));
	return e->code == PROOF_REFUSED ? EXIT_UNPROVED : EXIT_ERROR;
}

static int read_color(struct cli *c, const char *when, struct err *e)
{
	if (!strcmp(when, "always"))
		c->color = true;
	else if (!strcmp(when, "never"))
		c->color = false;
	else if (strcmp(when, "auto"))
		return err_set(e, -EINVAL, "--color takes auto, always or never, not \"%s\"", when);
	return 0;
}

static const struct option options[] = {
	{"config", required_argument, NULL, 'c'},
	{"state", required_argument, NULL, 's'},
	{"color", required_argument, NULL, 'C'},
	{"json", no_argument, NULL, 'j'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

/* Options before the verb. Returns the verb's place in argv, 0 if all is done. */
static int read_options(struct cli *c, struct err *e)
{
	int o;

	opterr = 0;
	while ((o = getopt_long(c->argc, c->argv, "+:c:jhV", options, NULL)) >= 0) {
		switch (o) {
		case 'c':
			c->config = optarg;
			c->config_given = true;
			break;
		case 's':
			c->state = optarg;
			break;
		case 'j':
			c->json = true;
			break;
		case 'C':
			if (read_color(c, optarg, e) < 0)
				return -EINVAL;
			break;
		case 'h':
			usage(stdout);
			return 0;
		case 'V':
			puts("multihome " MH_VERSION);
			return 0;
		default:
			err_set(e, -EINVAL,
				o == ':' ? "option %s needs a value" : "there is no option %s",
				c->argv[optind - 1]);
			return err_hint(e, "multihome --help lists them");
		}
	}
	if (optind < c->argc)
		return optind;
	err_set(e, -EINVAL, "what shall be done?");
	return err_hint(e, "multihome --help lists the verbs");
}

static bool wants_help(const struct cli *c)
{
	for (int i = 1; i < c->argc; i++)
		if (!strcmp(c->argv[i], "--help") || !strcmp(c->argv[i], "-h"))
			return true;
	return false;
}

/* -j may stand behind the verb, too. */
static void take_json(struct cli *c)
{
	int n = 1;

	for (int i = 1; i < c->argc; i++) {
		bool json = !strcmp(c->argv[i], "-j") || !strcmp(c->argv[i], "--json");
		c->json = c->json || json;
		if (!json)
			c->argv[n++] = c->argv[i];
	}
	c->argc = n;
	c->argv[n] = NULL;
}

/* `multihome -complete WORDS…`: what the last word may become, for shells; a line each. */

static void offer(const char *begun, const char *word, const char *summary)
{
	if (!strncmp(word, begun, strlen(begun)))
		printf("%s\t%s\n", word, summary);
}

static void offer_uplinks(const char *config, const char *begun)
{
	struct config c;

	if (config_read(config, &c, NULL) >= 0)
		for (size_t i = 0; i < c.uplink_n; i++)
			offer(begun, c.uplink[i].name, c.uplink[i].interface);
	config_free(&c);
}

static bool proves(const char *verb)
{
	return !strcmp(verb, "plan") || !strcmp(verb, "apply") || !strcmp(verb, "reload") ||
	       !strcmp(verb, "rollback");
}

/* The words behind the verb, which is word[0]; word[n - 1] is begun. */
static void offer_arguments(const char *config, char **word, int n)
{
	static const char *const hands[] = {"down", "drain", "up"};
	const char *begun = word[n - 1];
	bool uplink = !strcmp(word[0], "uplink");

	if (uplink && n == 2)
		offer_uplinks(config, begun);
	for (size_t i = 0; uplink && n == 3 && i < ARRAY_SIZE(hands); i++)
		offer(begun, hands[i], "");
	if (n == 2 && (!strcmp(word[0], "apply") || !strcmp(word[0], "reload")))
		offer(begun, "--confirm", "taken back after TIME");
	if (*begun == '-' && proves(word[0]))
		offer(begun, "--no-prove", "do not ask for the proof");
	if (!strcmp(word[0], "events"))
		offer(begun, "-f", "and each one as it happens");
	if (*begun == '-')
		offer(begun, "-j", "answer in JSON");
}

static int complete(char **word, int n)
{
	const char *config = DEFAULT_CONFIG;
	int at = 0;

	/* Options, and their values. */
	for (; at + 1 < n && *word[at] == '-'; at++)
		if (at + 2 < n && (!strcmp(word[at], "-c") || !strcmp(word[at], "--config")))
			config = word[++at];
		else if (at + 2 < n &&
			 (!strcmp(word[at], "--state") || !strcmp(word[at], "--color")))
			at++;
	if (at + 1 < n && !strcmp(word[at], "ip")) {
		/* In its place; before it there is always a word, if only ours. */
		word[at] = (char *)"-complete";
		word[at - 1] = (char *)"multihome-ip";
		return ip_main(n - at + 1, word + at - 1);
	}
	if (at + 1 < n)
		offer_arguments(config, word + at, n - at);
	for (size_t i = 0; at + 1 == n && i < ARRAY_SIZE(verbs); i++)
		offer(word[at], verbs[i].name, verbs[i].summary);
	for (size_t i = 0; at + 1 == n && *word[at] == '-' && options[i].name; i++) {
		char name[32];
		snprintf(name, sizeof(name), "--%s", options[i].name);
		offer(word[at], name, "");
	}
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	struct cli c = {.config = DEFAULT_CONFIG, .argc = argc, .argv = argv};
	struct err e = ERR_INIT;

	/* A reader that goes away (`multihome status | head -1`) is an error to report, not a
	 * death. */
	signal(SIGPIPE, SIG_IGN);
	if (argc > 2 && !strcmp(argv[1], "-complete"))
		return complete(argv + 2, argc - 2);
	out_init(&c.out, STDOUT_FILENO);
	c.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	int at = read_options(&c, &e);
	if (!at)
		return EXIT_DONE;
	const struct verb *v = at > 0 ? find_verb(argv[at], &e) : NULL;
	if (!v)
		return fail(&c, &e);
	c.argc -= at;
	c.argv += at;
	if (v->main)
		return v->main(c.argc, c.argv);
	if (wants_help(&c))
		return verb_usage(v);
	take_json(&c);
	jw_init(&c.j, &c.out, false);
	int rc = v->run(&c, &e);
	if (rc < 0)
		rc = fail(&c, &e);
	if (out_flush(&c.out) < 0 && rc == EXIT_DONE) {
		fprintf(stderr, "multihome: standard output: %s\n", strerror(-c.out.error));
		rc = EXIT_ERROR;
	}
	out_free(&c.out);
	return rc;
}
