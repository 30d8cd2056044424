/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_LAB_STATE_H
#define MH_LAB_STATE_H

#include "base/err.h"
#include "lab/topology.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What is remembered of a lab: DIR/NAME/state, lines of text. A process is named by its pid and its
 * start time, so that a later process of the same number is never taken for it.
 */
#define LAB_DIR	     "/run/multihome-lab"
#define LAB_HOSTS    8
#define LAB_NAME_MAX 32 /* with the terminating zero */

struct lab_host {
	char name[LAB_NAME_MAX];
	pid_t pid;	/* the keeper */
	uint64_t start; /* clock ticks after boot */
};

struct lab {
	char name[LAB_NAME_MAX];
	const struct topology *topology;
	struct lab_host host[LAB_HOSTS];
	unsigned host_n;
};

/*
 * Opens the folder of labs (made if it is not there) and locks it: one change at a time. The
 * absolute path goes to `path` (PATH_MAX bytes). The lock ends when ret_fd is closed.
 */
int lab_lock(const char *dir, char *path, int *ret_fd, struct err *e);

/* -ENOENT if there is no such lab, -EBADMSG if its state makes no sense. */
int lab_read(const char *dir, const char *name, struct lab *ret, struct err *e);
int lab_write(const char *dir, const struct lab *l, struct err *e);
/* Removes the lab's files, and the folder of labs if it is empty then. No error if they are gone.
 */
void lab_remove(const char *dir, const char *name);
/* 0 if the name can be a lab's: letters, digits, "-", "_", ".", not first. */
int lab_check_name(const char *name, struct err *e);

/* The start time of a process, 0 if it is not there or has ended. */
uint64_t process_start_time(pid_t pid);
/* A descriptor of the very process (it is readable when the process ends), -ESRCH if it is gone. */
int lab_host_pidfd(const struct lab_host *h);
/* The network namespace of a host: a descriptor for setns(), or a negative errno. */
int lab_host_netns(const struct lab_host *h, struct err *e);
/* The host of that name, or NULL with "did you mean". */
const struct lab_host *lab_find_host(const struct lab *l, const char *name, struct err *e);

#endif
