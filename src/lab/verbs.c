/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/suggest.h"
#include "lab/demo.h"
#include "lab/lab.h"
#include "model/value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct call {
	const char *dir;
	bool bound;
	struct demo_options demo;
	int argc;
	char **argv; /* after the verb */
};

struct verb {
	const char *name, *args, *help;
	int min, max;
	int (*run)(const struct call *c, struct err *e); /* the exit status, or an error */
};

static int run_up(const struct call *c, struct err *e)
{
	struct lab_up up = {.topology = c->argv[0],
			    .name = c->argc > 1 ? c->argv[1] : NULL,
			    .bound_to = c->bound ? getppid() : 0};

	return lab_up(c->dir, &up, e);
}

static int run_down(const struct call *c, struct err *e)
{
	int rc = 0;

	for (int i = 0; !rc && i < c->argc; i++)
		rc = lab_down(c->dir, c->argv[i], e);
	return rc;
}

static void list_one(void *arg, const struct lab *l)
{
	unsigned alive = 0, wanted = 0;

	(void)arg;
	while (l->topology->host[wanted])
		wanted++;
	for (unsigned i = 0; i < l->host_n; i++)
		alive += process_start_time(l->host[i].pid) == l->host[i].start;
	printf("%-16s %-16s %s", l->name, l->topology->name, alive == wanted ? "up    " : "broken");
	for (unsigned i = 0; i < l->host_n; i++)
		printf(" %s", l->host[i].name);
	putchar('\n');
}

static int run_list(const struct call *c, struct err *e)
{
	return lab_list(c->dir, list_one, NULL, e);
}

static void show_end(const char *label, const struct topology_end *end)
{
	printf("  %-9s %s %s", label, end->host, end->dev);
	for (int i = 0; i < TOPOLOGY_ADDRESSES && end->address[i]; i++)
		printf(" %s", end->address[i]);
	putchar('\n');
}

static int run_topologies(const struct call *c, struct err *e)
{
	const struct topology_link *l;
	const struct topology *t;

	if (!c->argc) {
		for (const struct topology *const *p = topologies; *p; p++)
			printf("%-16s %s\n", (*p)->name, (*p)->summary);
		return 0;
	}
	int rc = topology_find(c->argv[0], &t, e);
	if (rc < 0)
		return rc;
	printf("%s: %s\n\n%s\n", t->name, t->summary, t->picture);
	for (unsigned i = 0; (l = topology_link(t, i)); i++) {
		show_end(l->name, &l->a);
		show_end("", &l->b);
	}
	return 0;
}

static int run_exec(const struct call *c, struct err *e)
{
	char sh[] = "sh";
	char *shell[] = {sh, NULL};

	return lab_exec(c->dir, c->argv[0], c->argv[1], c->argc > 2 ? c->argv + 2 : shell, e);
}

static int run_cut(const struct call *c, struct err *e)
{
	return lab_cut(c->dir, c->argv[0], c->argv[1], e);
}

static int run_heal(const struct call *c, struct err *e)
{
	return lab_heal(c->dir, c->argv[0], c->argv[1], e);
}

static int run_demo(const struct call *c, struct err *e)
{
	struct demo_options o = c->demo;

	o.dir = c->dir;
	o.topology_n = c->argc;
	o.topology = (const char *const *)c->argv;
	return demo_run(&o, e);
}

static const struct verb verbs[] = {
	{"up", "TOPOLOGY [NAME]", "build a lab; its name is the topology's unless given", 1, 2,
	 run_up},
	{"down", "NAME...", "take labs down, with all processes inside", 1, 99, run_down},
	{"list", "", "the labs that are up, and their hosts", 0, 0, run_list},
	{"topologies", "[TOPOLOGY]", "what can be built, or a picture of one", 0, 1,
	 run_topologies},
	{"exec", "NAME HOST [COMMAND...]", "run a command, or a shell, on a host", 2, 9999,
	 run_exec},
	{"cut", "NAME LINK", "unplug a cable at its far end", 2, 2, run_cut},
	{"heal", "NAME LINK", "plug it in again", 2, 2, run_heal},
	{"demo", "[TOPOLOGY...]", "run multihome there, and measure it on packets", 0, 4, run_demo},
};

static void help(FILE *f)
{
	fputs("Usage: multihome lab [--dir DIR] [--bound] VERB ...\n"
	      "\n"
	      "Networks of namespaces to try things in, away from the machine's own network.\n"
	      "\n",
	      f);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		char left[64];
		snprintf(left, sizeof(left), "%s %s", verbs[i].name, verbs[i].args);
		fprintf(f, "  %-30s %s\n", left, verbs[i].help);
	}
	fputs("\n"
	      "  --dir DIR   where labs are noted (" LAB_DIR ")\n"
	      "  --bound     up: the lab goes when the process that calls this one does\n"
	      "  --flows N   demo: so many flows to share out in each case, 100 to 8000 (4000)\n"
	      "  --program P demo: the multihome to run (this one)\n"
	      "\n"
	      "Needs root, or a user namespace: unshare -Urnm sh -c 'mount -t tmpfs tmpfs /run; ...'\n",
	      f);
}

static int complain(const struct err *e)
{
	char line[1024];

	fprintf(stderr, "multihome lab: %s\n", err_line(e, line, sizeof(line)));
	return 1;
}

static const struct verb *find_verb(const char *word, struct err *e)
{
	struct suggest s = suggest_init(word);

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!strcmp(verbs[i].name, word))
			return &verbs[i];
		suggest_try(&s, verbs[i].name);
	}
	err_set(e, -EINVAL, "unknown verb \"%s\"", word);
	if (s.best)
		err_hint(e, "did you mean %s?", s.best);
	else
		err_hint(e, "see multihome lab --help");
	return NULL;
}

/* Options stand before the verb, or right behind it. Returns how many words they took, or -1. */
static int read_options(struct call *c, int argc, char **argv, bool *ret_help, struct err *e)
{
	uint64_t flows;
	int i = 0;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			*ret_help = true;
		} else if (!strcmp(argv[i], "--bound")) {
			c->bound = true;
		} else if (!strcmp(argv[i], "--dir") && i + 1 < argc) {
			c->dir = argv[++i];
		} else if (!strcmp(argv[i], "--program") && i + 1 < argc) {
			c->demo.program = argv[++i];
		} else if (!strcmp(argv[i], "--flows") && i + 1 < argc &&
			   value_read_number(argv[i + 1], 8000, &flows) && flows >= 100) {
			c->demo.flows = (unsigned)flows;
			i++;
		} else {
			err_set(e, -EINVAL, "unknown option, or no good value behind it: %s",
				argv[i]);
			err_hint(e, "see multihome lab --help");
			return -1;
		}
	}
	return i;
}

int lab_main(int argc, char **argv)
{
	struct call c = {.dir = LAB_DIR, .demo = {.flows = 4000}};
	struct err e = ERR_INIT;
	bool wants_help = false;
	int n = read_options(&c, argc - 1, argv + 1, &wants_help, &e);

	if (n < 0)
		return complain(&e);
	argc -= 1 + n;
	argv += 1 + n;
	if (wants_help || !argc || !strcmp(argv[0], "help")) {
		help(wants_help || argc ? stdout : stderr);
		return wants_help || argc ? 0 : 1;
	}
	const struct verb *v = find_verb(argv[0], &e);
	if (!v)
		return complain(&e);
	n = read_options(&c, argc - 1, argv + 1, &wants_help, &e);
	if (n < 0)
		return complain(&e);
	c.argc = argc - 1 - n;
	c.argv = argv + 1 + n;
	if (wants_help) {
		printf("Usage: multihome lab %s %s\n\n%s\n", v->name, v->args, v->help);
		return 0;
	}
	if (c.argc < v->min || c.argc > v->max) {
		fprintf(stderr, "Usage: multihome lab %s %s\n", v->name, v->args);
		return 1;
	}
	int rc = v->run(&c, &e);
	return rc < 0 ? complain(&e) : rc;
}
