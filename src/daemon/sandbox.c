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
#include <sched.h>
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
	if (!s->make) {
		limit(RLIMIT_CORE, 0);
		limit(RLIMIT_FSIZE, 0);
	}
	limit(RLIMIT_MEMLOCK, 0);
	if (s->files)
		limit(RLIMIT_NOFILE, s->files);
	if (s->megabytes && !SANITIZED)
		limit(RLIMIT_AS, address_space() + ((rlim_t)s->megabytes << 20));
}

static void choose_caps(uint64_t caps)
{
	const capng_type_t all =
		(capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET);

	capng_clear(CAPNG_SELECT_BOTH);
	for (unsigned c = 0; c < 64; c++)
		if (caps >> c & 1)
			capng_update(CAPNG_ADD, all, c);
}

static int become_nobody(void)
{
	int rc = capng_change_id(NOBODY, NOBODY,
				 (capng_flags_t)(CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING));

	/* Forgotten by the kernel when the user changes. */
	return rc ? rc : prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void drop_caps(const struct sandbox *s)
{
	choose_caps(s->caps);
	if (s->nobody && geteuid() == 0) {
		if (!become_nobody())
			return;
		/* A user namespace that has no such user, as a rule. */
		refused(s->name, "a user of its own", EPERM);
		choose_caps(s->caps);
	}
	/* One after the other: what is there is dropped also where it could be gained again. */
	if (capng_apply(CAPNG_SELECT_BOUNDS) < 0)
		refused(s->name, "a bounding set", EPERM);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		refused(s->name, "dropping capabilities", errno);
}

/* Landlock */

#define READ	 (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define TRUNCATE (1u << 14) /* since Linux 6.2; younger than some headers */
#define WRITE	 (LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE)
#define OF_FILES (LANDLOCK_ACCESS_FS_READ_FILE | WRITE)
#define MAKE                                                                                       \
	(READ | WRITE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |               \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                            \
	 LANDLOCK_ACCESS_FS_REMOVE_DIR)

static int allow_path(int ruleset, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr a = {.allowed_access = access};
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	/* What is not there need not be read. */
	if (fd < 0 || fstat(fd, &st) < 0)
		return 0;
	if (!S_ISDIR(st.st_mode))
		a.allowed_access &= OF_FILES;
	a.parent_fd = fd;
	int rc = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &a, 0);
	/*
	 * What may be written stays open: in /proc, a folder that nobody holds is forgotten at
	 * times, and what is found in its place is another, for which there is no rule.
	 */
	if (!(access & LANDLOCK_ACCESS_FS_WRITE_FILE))
		close(fd);
	return rc;
}

static int allow_paths(int ruleset, const char *const *path, uint64_t access)
{
	int rc = 0;

	for (; !rc && path && *path; path++)
		rc = allow_path(ruleset, *path, access);
	return rc;
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
	uint64_t known = a.handled_access_fs = accesses(version);
	CLEANUP(free_fd)
	int fd = (int)syscall(SYS_landlock_create_ruleset, &a, sizeof(a), 0);
	int rc = fd < 0 ? -1 : allow_paths(fd, s->read, READ & known);
	if (!rc)
		rc = allow_paths(fd, s->write, WRITE & known);
	if (!rc)
		rc = allow_paths(fd, s->make, MAKE & known);
	if (rc < 0 || syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		refused(s->name, "Landlock", errno);
}

/* System calls */

/* What libc needs for memory, waiting, time, and to end; and to read and write what is open. */
static const char *const life[] = {
	"brk",
	"mmap",
	"mprotect",
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

/* What libc makes of some of them on machines of 32 bits: who may make one may make the other. */
static const char *const other_names[][2] = {
	{"mmap", "mmap2"},
	{"fcntl", "fcntl64"},
	{"fstat", "fstat64"},
	{"stat", "stat64"},
	{"lstat", "lstat64"},
	{"newfstatat", "fstatat64"},
	{"statfs", "statfs64"},
	{"fstatfs", "fstatfs64"},
	{"ftruncate", "ftruncate64"},
	{"lseek", "_llseek"},
	{"chown", "chown32"},
	{"getuid", "getuid32"},
	{"geteuid", "geteuid32"},
	{"getgid", "getgid32"},
	{"getegid", "getegid32"},
	{"getrlimit", "ugetrlimit"},
	{"select", "_newselect"},
	{"recvfrom", "recv"},
	{"sendto", "send"},
	{"rt_sigreturn", "sigreturn"},
	{"futex", "futex_time64"},
	{"ppoll", "ppoll_time64"},
	{"pselect6", "pselect6_time64"},
	{"recvmmsg", "recvmmsg_time64"},
	{"clock_gettime", "clock_gettime64"},
	{"clock_nanosleep", "clock_nanosleep_time64"},
	{"timerfd_settime", "timerfd_settime64"},
	{"wait4", "waitpid"},
};

/*
 * Calls that may be made if of one argument the bits of `mask` are `value`: memory that is never
 * executed, whatever it was before; no new namespaces; a process's name, and that it is to die with
 * its parent; what is its own given to other groups, but to no other user. (clone3, whose arguments
 * cannot be seen, is in no list: libc then goes back to clone.)
 */
#if defined(__s390__)
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif
#define NEW_NAMESPACES                                                                             \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	 CLONE_NEWPID | CLONE_NEWNET)
static const struct guarded {
	int call;
	unsigned arg;
	uint64_t mask, value;
} guarded[] = {
	{SCMP_SYS(mmap), 2, PROT_EXEC, 0},
	{SCMP_SYS(mmap2), 2, PROT_EXEC, 0},
	{SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
	{SCMP_SYS(clone), CLONE_FLAGS, NEW_NAMESPACES, 0},
	{SCMP_SYS(prctl), 0, UINT32_MAX, PR_SET_NAME},
	{SCMP_SYS(prctl), 0, UINT32_MAX, PR_SET_PDEATHSIG},
	{SCMP_SYS(chown), 1, UINT32_MAX, UINT32_MAX},
	{SCMP_SYS(chown32), 1, UINT32_MAX, UINT32_MAX},
	{SCMP_SYS(fchownat), 2, UINT32_MAX, UINT32_MAX},
};

static bool want_filter(void)
{
	const char *set = getenv("MULTIHOMED_SANDBOX");

	return !SANITIZED && !(set && !strcmp(set, "off"));
}

static int add_call(scmp_filter_ctx f, int call)
{
	bool is_guarded = false;
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(guarded) && !rc; i++) {
		if (guarded[i].call != call)
			continue;
		is_guarded = true;
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1,
				      SCMP_CMP(guarded[i].arg, SCMP_CMP_MASKED_EQ, guarded[i].mask,
					       guarded[i].value));
	}
	return is_guarded ? rc : seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 0);
}

/*
 * Below 0: what this architecture has no number for, be it that it knows no such call, or that it
 * is made through another one (i386's socketcall), which the library knows.
 */
static int add_name(scmp_filter_ctx f, const char *name)
{
	int call = seccomp_syscall_resolve_name(name);
	int rc = call == __NR_SCMP_ERROR ? 0 : add_call(f, call);

	return call < 0 ? 0 : rc;
}

static int add_calls(scmp_filter_ctx f, const char *const *names)
{
	int rc = 0;

	for (; names && *names && !rc; names++) {
		rc = add_name(f, *names);
		for (size_t i = 0; i < ARRAY_SIZE(other_names) && !rc; i++)
			if (!strcmp(other_names[i][0], *names))
				rc = add_name(f, other_names[i][1]);
	}
	return rc;
}

static void filter(const struct sandbox *s)
{
	if (!want_filter())
		return;
	scmp_filter_ctx f =
		seccomp_init(s->goes_on ? SCMP_ACT_ERRNO(ENOSYS) : SCMP_ACT_KILL_PROCESS);
	int rc = f ? 0 : -ENOMEM;
	if (!rc) /* no_new_privs is there already */
		rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_NNP, 0);
	if (!rc) /* a tree instead of a list: there are a hundred of them */
		rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!rc)
		rc = add_calls(f, life);
	if (!rc)
		rc = add_calls(f, s->calls);
	if (!rc)
		rc = seccomp_load(f);
	if (rc < 0)
		refused(s->name, "a filter of system calls", -rc);
	seccomp_release(f);
}

void sandbox_enter(const struct sandbox *s)
{
	set_limits(s);
	drop_caps(s);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		refused(s->name, "no_new_privs", errno);
	/* What a sanitizer has to say is a file, somewhere. */
	if (!SANITIZED || !s->make)
		drop_files(s);
	filter(s);
}
