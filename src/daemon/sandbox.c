/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order matters: limits and capabilities first, since they need what is given up after them;
 * then that nothing can be gained any more by executing (no_new_privs), which Landlock and seccomp
 * ask for; system calls last, since all the rest is made of them.
 */
#include "daemon/sandbox.h"

#include "base/cleanup.h"
#include "daemon/log.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY 65534 /* what the kernel, too, takes for nobody (overflowuid) */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

static void refused(const char *name, const char *what, int error)
{
	log_line(LOG_WARN, "%s: goes without %s: %s", name, what, strerror(error));
}

static void limit(int what, rlim_t most)
{
	const struct rlimit r = {most, most};

	/* Lower is always allowed. */
	setrlimit((__rlimit_resource_t)what, &r);
}

/* Bytes that the process has now: a fork has its parent's, too. */
static rlim_t address_space(void)
{
	CLEANUP(free_file) FILE *f = fopen("/proc/self/statm", "re");
	unsigned long long pages = 0;

	/* Without /proc: more than anything has. */
	if (!f || fscanf(f, "%llu", &pages) != 1)
		return (rlim_t)1 << 40;
	return pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void set_limits(const struct sandbox *s)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_MEMLOCK, 0);
	if (s->files)
		limit(RLIMIT_NOFILE, s->files);
	if (s->megabytes && !SANITIZED)
		limit(RLIMIT_AS, address_space() + ((rlim_t)s->megabytes << 20));
}

static void choose_caps(uint64_t caps)
{
	capng_clear(CAPNG_SELECT_BOTH);
	for (unsigned c = 0; c < 64; c++)
		if (caps >> c & 1)
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, c);
}

static void drop_caps(const struct sandbox *s)
{
	choose_caps(s->caps);
	if (s->nobody && geteuid() == 0) {
		int rc = capng_change_id(
			NOBODY, NOBODY,
			(capng_flags_t)(CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING));
		if (!rc)
			return;
		/* A user namespace that has no such user, as a rule. */
		refused(s->name, "a user of its own", EPERM);
		choose_caps(s->caps);
	}
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		refused(s->name, "dropping capabilities", errno);
}

/* Landlock */

static int ruleset_allow(int ruleset, const char *path)
{
	struct landlock_path_beneath_attr a = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE |
								 LANDLOCK_ACCESS_FS_READ_DIR};
	CLEANUP(free_fd) int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	/* What is not there need not be read. */
	if (fd < 0 || fstat(fd, &st) < 0)
		return 0;
	if (!S_ISDIR(st.st_mode))
		a.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
	a.parent_fd = fd;
	return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &a, 0);
}

/* All that the header's and the kernel's versions both know; each version adds a bit or two. */
static uint64_t accesses(long version)
{
	static const uint64_t known[] = {(1 << 13) - 1, (1 << 14) - 1, (1 << 15) - 1, (1 << 15) - 1,
					 (1 << 16) - 1};
	size_t n = ARRAY_SIZE(known);

	return known[(size_t)version <= n ? (size_t)version - 1 : n - 1];
}

static void drop_files(const struct sandbox *s)
{
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr a = {0};

	if (version < 1) {
		refused(s->name, "Landlock", errno);
		return;
	}
	a.handled_access_fs = accesses(version);
	CLEANUP(free_fd)
	int fd = (int)syscall(SYS_landlock_create_ruleset, &a, sizeof(a), 0);
	int rc = fd < 0 ? -1 : 0;
	for (size_t i = 0; !rc && s->read && s->read[i]; i++)
		rc = ruleset_allow(fd, s->read[i]);
	if (rc < 0 || syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		refused(s->name, "Landlock", errno);
}

/* System calls */

/* What libc needs for memory, waiting, time, and to end; and to read and write what is open. */
static const char *const life[] = {
	"brk",
	"munmap",
	"mremap",
	"madvise",
	"futex",
	"read",
	"write",
	"readv",
	"writev",
	"close",
	"recvfrom",
	"recvmsg",
	"recvmmsg",
	"sendto",
	"sendmsg",
	"sendmmsg",
	"shutdown",
	"poll",
	"ppoll",
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"epoll_pwait2",
	"eventfd2",
	"clock_gettime",
	"clock_nanosleep",
	"gettimeofday",
	"nanosleep",
	"timerfd_create",
	"timerfd_settime",
	"time",
	"restart_syscall",
	"rt_sigreturn",
	"rt_sigprocmask",
	"rt_sigaction",
	"sigaltstack",
	"getpid",
	"gettid",
	"getppid",
	"tgkill",
	"getrandom",
	"fstat",
	"newfstatat",
	"fcntl",
	"exit",
	"exit_group",
	"rseq",
	"sched_yield",
	"membarrier",
	"getsockopt",
	"lseek",
	NULL,
};

/* What neither we have any business with, nor a hook that somebody may reasonably write. */
static const char *const never[] = {
	"acct",
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register",
	"ioperm",
	"iopl",
	"kexec_file_load",
	"kexec_load",
	"lookup_dcookie",
	"mbind",
	"move_pages",
	"migrate_pages",
	"modify_ldt",
	"open_by_handle_at",
	"perf_event_open",
	"process_vm_readv",
	"process_vm_writev",
	"ptrace",
	"quotactl",
	"swapoff",
	"swapon",
	"userfaultfd",
	"vm86",
	"vm86old",
	NULL,
};

static bool want_filter(void)
{
	const char *set = getenv("MULTIHOMED_SANDBOX");

	return !SANITIZED && !(set && !strcmp(set, "off"));
}

static int add_calls(scmp_filter_ctx f, uint32_t action, const char *const *names)
{
	for (; names && *names; names++) {
		int call = seccomp_syscall_resolve_name(*names);
		/* Below 0: there is none of this name on this architecture, or none known. */
		int rc = call < 0 ? 0 : seccomp_rule_add(f, action, call, 0);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Memory that is never executed, whatever it was before. */
static int add_memory(scmp_filter_ctx f)
{
	static const int calls[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
	int rc = 0;

	for (unsigned i = 0; !rc && i < ARRAY_SIZE(calls); i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 1,
				      SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return rc;
}

static void filter(const char *name, uint32_t otherwise, uint32_t action, const char *const *a,
		   const char *const *b)
{
	if (!want_filter())
		return;
	scmp_filter_ctx f = seccomp_init(otherwise);
	int rc = f ? 0 : -ENOMEM;
	if (!rc) /* no_new_privs is the caller's matter */
		rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_NNP, 0);
	if (!rc)
		rc = add_calls(f, action, a);
	if (!rc)
		rc = add_calls(f, action, b);
	if (!rc && action == SCMP_ACT_ALLOW)
		rc = add_memory(f);
	if (!rc)
		rc = seccomp_load(f);
	if (rc < 0)
		refused(name, "a filter of system calls", -rc);
	seccomp_release(f);
}

void sandbox_enter(const struct sandbox *s)
{
	set_limits(s);
	drop_caps(s);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		refused(s->name, "no_new_privs", errno);
	/* Forgotten by the kernel when the user changes. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	drop_files(s);
	filter(s->name, SCMP_ACT_KILL_PROCESS, SCMP_ACT_ALLOW, life, s->calls);
}

void sandbox_parent(uint64_t caps)
{
	/* While it still may: without no_new_privs a filter needs CAP_SYS_ADMIN. */
	filter("multihomed", SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(EPERM), never, NULL);
	choose_caps(caps);
	for (unsigned c = 0; c < 64; c++)
		if (caps >> c & 1)
			capng_update(CAPNG_ADD, CAPNG_BOUNDING_SET, c);
	/*
	 * The bounding set, too: what is executed would gain the rest again, and the kernel forgets
	 * then that a hook is to die with its parent.
	 */
	if (capng_apply(CAPNG_SELECT_BOTH) < 0)
		refused("multihomed", "dropping capabilities", errno);
}
