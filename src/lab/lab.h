/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_LAB_LAB_H
#define MH_LAB_LAB_H

#include "base/err.h"
#include "lab/state.h"
#include "lab/topology.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Labs: networks of namespaces that stay until they are taken down. Several may be up at a time,
 * each under its name in the folder `dir` (LAB_DIR by default, see lab/state.h). Each host is a
 * network namespace, held by a keeper process (lab/keeper.h). Works as root, and as root of a user
 * namespace that has its own network namespace.
 */

struct lab_up {
	const char *topology, *name; /* name NULL: the topology's */
	pid_t bound_to;		     /* the lab goes when this process does; 0: it stays */
};

/* Builds a lab; all of it or nothing. -EEXIST if the name is taken. */
int lab_up(const char *dir, const struct lab_up *up, struct err *e);
/* Takes a lab down, with every process inside it. Also what is left of a broken one. */
int lab_down(const char *dir, const char *name, struct err *e);
/* Calls `fn` for every lab, in the order of their names. */
int lab_list(const char *dir, void (*fn)(void *arg, const struct lab *l), void *arg, struct err *e);
/* Puts the calling process into a host's network namespace. */
int lab_enter(const char *dir, const char *name, const char *host, struct err *e);
/*
 * Becomes argv (looked up in PATH) inside a host, with a /sys of that namespace. Returns only if
 * that fails.
 */
int lab_exec(const char *dir, const char *name, const char *host, char *const argv[],
	     struct err *e);
/* Makes a cable's end a lose its carrier; and gives it back, with all that went with it. */
int lab_cut(const char *dir, const char *name, const char *link, struct err *e);
int lab_heal(const char *dir, const char *name, const char *link, struct err *e);

/* `multihome lab ARGUMENTS`; argv[0] is "lab". Prints; returns the exit status. */
int lab_main(int argc, char **argv);

#endif
