/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_CLI_VIEW_H
#define MH_CLI_VIEW_H

#include "cli/cli.h"
#include "fib/prove.h"
#include "uplink/explain.h"

/*
 * A machine to look at, as the engine has it: this one as it is, or one that was saved (--dump DIR,
 * fib/dump.h). Its uplinks are the configuration's if there is one, else the devices of the default
 * routes. A saved machine's is -c's, or the multihome.conf in the folder.
 */
struct view {
	struct session s;     /* its kernel is NULL for a saved machine */
	struct snapshot snap; /* whole: settings and next-hop objects count here */
	struct fib *f;
	struct arena a;
	struct prove_goal goal; /* its uplinks */
	bool configured;	/* the uplinks, and s.desired, are a configuration's */
	bool in_force; /* ... and it has been applied: there are rules that bear our number */
	struct names *names;
};

/*
 * `dump` NULL: this machine. A configuration that does not fit the machine is no error: a warning
 * is printed, and the view is as without.
 */
int view_open(struct view *v, struct cli *c, const char *dump, struct err *e);
void view_close(struct view *v);

/* For uplink/explain.h. */
struct explain_machine view_machine(const struct view *v);
/* For printing objects. */
struct print view_print(struct view *v, struct cli *c);

#endif
