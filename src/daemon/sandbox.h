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
	/* The files and folders that it may read, NULL-terminated. NULL: no file system at all. */
	const char *const *read;
	/*
	 * Names of the system calls that it may make beside those by which every process lives
	 * (memory, time, waiting, reading, writing, its end), NULL-terminated. Any other ends it.
	 */
	const char *const *calls;
};

/*
 * The calling process is in it from here on. Things are looked at by their descriptors afterwards:
 * open them before. In a build with sanitizers, which make calls of their own, and with
 * MULTIHOMED_SANDBOX=off in the environment (for strace and debuggers), the filter of system calls
 * is left out.
 */
void sandbox_enter(const struct sandbox *s);

/*
 * The parent's: it, and whatever it starts, keeps `caps` alone. Refuses the system calls that
 * nothing here ever makes (tracing, io_uring, a new kernel, ...), for itself and for whatever it
 * starts.
 */
void sandbox_parent(uint64_t caps);

#endif
