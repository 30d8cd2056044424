/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_SANDBOX_H
#define MH_DAEMON_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a process of multihomed gives up, for good, once it has opened what it needs: capabilities
 * (libcap-ng), its user, the file system (Landlock), and system calls (seccomp). A kernel that
 * refuses one of them is no reason not to start: it is logged, once a process, and the others are
 * taken.
 */
struct sandbox {
	const char *name;   /* in the log */
	uint64_t caps;	    /* those that it keeps: 1 << CAP_NET_RAW | ... */
	bool nobody;	    /* becomes the user and group 65534, if it may */
	unsigned files;	    /* so many descriptors at most (RLIMIT_NOFILE); 0: as it is */
	unsigned megabytes; /* that it may have beside what it has now (RLIMIT_AS); 0: as it is */
	/*
	 * Files and folders, with all that is in them, NULL-terminated; NULL: none, and if all are,
	 * no file system at all. Those that it may read; those that are there and that it may
	 * write; folders in which it may make, write, replace and remove files and folders. Nothing
	 * at all may be executed.
	 */
	const char *const *read;
	const char *const *write;
	const char *const *make;
	/*
	 * Names of the system calls that it may make beside those by which every process lives
	 * (memory, time, waiting, reading, writing, its end), NULL-terminated. Some may be made
	 * with some arguments only (sandbox.c has the table).
	 */
	const char *const *calls;
	/* Any other ends it; or, with this, is answered with ENOSYS. */
	bool goes_on;
};

/*
 * The calling process is in it from here on. Things are looked at by their descriptors afterwards:
 * open them before. In a build with sanitizers, which make calls of their own, and with
 * MULTIHOMED_SANDBOX=off in the environment (for strace and debuggers), the filter of system calls
 * is left out.
 */
void sandbox_enter(const struct sandbox *s);

#endif
