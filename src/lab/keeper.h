/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_LAB_KEEPER_H
#define MH_LAB_KEEPER_H

#include "lab/state.h"

/*
 * A keeper is a process that does nothing but hold a network namespace (a user namespace may not
 * keep them under /run/netns, as `ip netns` does). It ends
 *   - if the lab's building ends without keeper_commit(), in whatever way;
 *   - when the process that the lab is bound to ends;
 *   - when the lab's folder is removed (which `down` does last);
 *   - by SIGTERM;
 * and takes every process inside its namespace, and the lab's files, along.
 */
struct keepers {
	const char *dir;
	struct lab *lab;
	pid_t bound_to; /* or 0 */
	int commit[2];	/* pipe */
	int bound_fd;	/* pidfd, or -1 */
};

int keepers_init(struct keepers *k, const char *dir, struct lab *lab, pid_t bound_to,
		 struct err *e);
/*
 * Puts the caller into a new network namespace and starts its keeper, which is added to the lab's
 * hosts.
 */
int keeper_start(struct keepers *k, const char *host, struct err *e);
/* The lab is complete: from now on the keepers stay. */
int keepers_commit(struct keepers *k, struct err *e);

/*
 * Ends the processes inside the namespace of a host (never the caller), its keeper last, and waits
 * for the keeper's end. `h` must be a living keeper's; false if it has not ended after 5 s.
 */
bool keeper_end(const struct lab_host *h);

#endif
