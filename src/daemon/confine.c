/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main process reads what the kernel, its children and its clients say, and files; it changes
 * the network, and writes what it remembers. It keeps just that:
 *
 * - CAP_NET_ADMIN and CAP_NET_RAW: the network, and to announce addresses (apply/arp.c). CAP_CHOWN
 *   and CAP_NET_BIND_SERVICE: a reload may name another group for the control socket, and another
 *   port to serve HTTP at. The first is for groups alone (sandbox.c).
 * - To read any file, since a configuration may be anywhere. To write in its own folder, and what
 *   there is in /proc/sys/net. It executes nothing.
 * - The system calls that are listed here. One that is not is answered with ENOSYS, and does not
 *   end it: a list that is wrong somewhere must not end what keeps the network up, and a libc that
 *   is newer than the list takes ENOSYS, but not EPERM, for the word to do it in the old way.
 *
 * Nothing executable can be loaded any more: a user or group that only a module of libc's knows
 * (nsswitch.conf) is not found by a reload, unless the first reading needed the module already. To
 * load all modules at the start could mean to wait for a directory on the other side of the
 * uplinks.
 *
 * libnftables runs in a child of it (apply/nft.c), and so do proofs (proving.c): they inherit all
 * this.
 */
#include "daemon/confine.h"

#include "daemon/sandbox.h"

#include <linux/capability.h>
#include <stddef.h>

#define KEPT(cap) (UINT64_C(1) << CAP_##cap)

static const char *const calls[] = {
	/* files */
	"access",
	"faccessat",
	"faccessat2",
	"open",
	"openat",
	"stat",
	"lstat",
	"statx",
	"statfs",
	"fstatfs",
	"readlink",
	"readlinkat",
	"getdents",
	"getdents64",
	"getcwd",
	"pread64",
	"pwrite64",
	"mkdir",
	"mkdirat",
	"rename",
	"renameat",
	"renameat2",
	"unlink",
	"unlinkat",
	"flock",
	"ftruncate",
	"fsync",
	"umask",
	"chmod",
	"fchmod",
	"fchmodat",
	"fchmodat2",
	"chown",
	"fchownat",
	/* sockets and other descriptors */
	"socket",
	"socketpair",
	"bind",
	"connect",
	"listen",
	"accept",
	"accept4",
	"setsockopt",
	"getsockname",
	"getpeername",
	"ioctl",
	"dup",
	"dup2",
	"dup3",
	"close_range",
	"pipe",
	"pipe2",
	"memfd_create",
	"select",
	"pselect6",
	/* the children that libnftables runs in, and that prove; and others' processes */
	"clone",
	"fork",
	"prctl",
	"wait4",
	"waitid",
	"kill",
	"set_robust_list",
	/* itself */
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"uname",
	"sysinfo",
	"getrlimit",
	"prlimit64",
	"getrusage",
	"sched_getaffinity",
	NULL,
};

void confine_main(const char *dir)
{
	static const char *const read[] = {"/", NULL};
	static const char *const write[] = {"/proc/sys/net", NULL};
	const char *const make[] = {dir, NULL};
	const struct sandbox sandbox = {.name = "main process",
					.caps = KEPT(NET_ADMIN) | KEPT(NET_RAW) | KEPT(CHOWN) |
						KEPT(NET_BIND_SERVICE),
					.read = read,
					.write = write,
					.make = make,
					.calls = calls,
					.goes_on = true};

	sandbox_enter(&sandbox);
}
