/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the main process cannot do any more once it is confined, and what it still can. */
#include "unit.h"

#include "base/cleanup.h"
#include "daemon/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[PATH_MAX - 64], outside[PATH_MAX - 64];

static const char *in(const char *folder, const char *name)
{
	static char path[2][PATH_MAX];
	static unsigned turn;

	turn ^= 1;
	snprintf(path[turn], PATH_MAX, "%s/%s", folder, name);
	return path[turn];
}

static int outcome_of(int rc)
{
	return rc < 0 ? errno : 0;
}

static int make(const char *folder, const char *name)
{
	return outcome_of(open(in(folder, name), O_WRONLY | O_CREAT | O_TRUNC, 0600));
}

/* In its folder */

static int makes_files(void)
{
	return make(dir, "new");
}

static int replaces_files(void)
{
	if (make(dir, "tmp") || make(dir, "old"))
		return 200;
	return outcome_of(rename(in(dir, "tmp"), in(dir, "old")));
}

static int removes_files(void)
{
	return make(dir, "gone") ? 200 : outcome_of(unlink(in(dir, "gone")));
}

static int makes_folders(void)
{
	return outcome_of(mkdir(in(dir, "history"), 0700)) ?: make(in(dir, "history"), "1");
}

static int makes_sockets(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", in(dir, "control"));
	return outcome_of(bind(fd, (struct sockaddr *)&a, sizeof(a)));
}

static int gives_to_a_group(void)
{
	return make(dir, "of-group")
		       ?: outcome_of(chown(in(dir, "of-group"), (uid_t)-1, getegid()));
}

/* Elsewhere */

static int reads(void)
{
	return outcome_of(open("/etc/passwd", O_RDONLY))
		       ?: outcome_of(open("/proc/self/status", O_RDONLY));
}

static int sets_sysctls(void)
{
	return outcome_of(open("/proc/sys/net/ipv4/ip_forward", O_WRONLY));
}

static int sets_other_sysctls(void)
{
	return outcome_of(open("/proc/sys/kernel/core_pattern", O_WRONLY));
}

static int makes_files_outside(void)
{
	return make(outside, "new");
}

static int writes_files_outside(void)
{
	return outcome_of(open(in(outside, "there"), O_WRONLY));
}

static int removes_files_outside(void)
{
	return outcome_of(unlink(in(outside, "there")));
}

static int moves_files_outside(void)
{
	if (make(dir, "moved"))
		return 200;
	return outcome_of(rename(in(dir, "moved"), in(outside, "moved")));
}

static int gives_to_a_user(void)
{
	return outcome_of(chown(in(outside, "there"), 65534, (gid_t)-1));
}

/* Processes */

static int executes(void)
{
	execl("/bin/true", "true", NULL);
	return errno;
}

static int executes_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			       MAP_FAILED
		       ? errno
		       : 0;
}

static int traces(void)
{
	return outcome_of((int)ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int changes_namespaces(void)
{
	return outcome_of(unshare(CLONE_NEWNET));
}

static int clones_namespaces(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	if (!pid)
		_exit(0);
	return outcome_of((int)pid);
}

static int mounts(void)
{
	return outcome_of(mount("none", outside, "tmpfs", 0, NULL));
}

static int becomes_another(void)
{
	return outcome_of((int)syscall(SYS_setuid, 65534));
}

static int forks(void)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(7);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : 201;
}

static int looks_up_names(void)
{
	return getgrnam("root") && !getgrnam("no-such-group") ? 0 : 202;
}

/* The network */

static int binds_to_cards(void)
{
	int fd = socket(AF_INET, SOCK_RAW, 1);

	return outcome_of(fd)
		       ?: outcome_of(setsockopt(fd, SOL_SOCKET, SO_MARK, &(int){1}, sizeof(int)));
}

static int has_just(const char *name, uint64_t want)
{
	char line[256], format[32];
	unsigned long long got;
	FILE *f = fopen("/proc/self/status", "re");

	snprintf(format, sizeof(format), "%s: %%llx", name);
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, format, &got) == 1)
			return got == want ? 0 : 203;
	return 204;
}

static int has_few_rights(void)
{
	const uint64_t want = 1u << CAP_NET_ADMIN | 1u << CAP_NET_RAW | 1u << CAP_CHOWN |
			      1u << CAP_NET_BIND_SERVICE;

	return has_just("CapEff", want) ?: has_just("CapPrm", want) ?: has_just("CapBnd", want)
		       ?: has_just("CapInh", 0) ?: has_just("CapAmb", 0) ?: has_just("NoNewPrivs", 1);
}

static const struct attempt {
	const char *name;
	int (*what)(void);
	int want; /* 0: it may */
} attempts[] = {
	{"makes files", makes_files, 0},
	{"replaces files", replaces_files, 0},
	{"removes files", removes_files, 0},
	{"makes folders", makes_folders, 0},
	{"makes sockets", makes_sockets, 0},
	{"gives to a group", gives_to_a_group, 0},
	{"reads", reads, 0},
	{"sets sysctls", sets_sysctls, 0},
	{"forks", forks, 0},
	{"looks up names", looks_up_names, 0},
	{"uses the network", binds_to_cards, 0},
	{"has few rights", has_few_rights, 0},
	{"sets other sysctls", sets_other_sysctls, EACCES},
	{"makes files outside", makes_files_outside, EACCES},
	{"writes files outside", writes_files_outside, EACCES},
	{"removes files outside", removes_files_outside, EACCES},
	{"moves files outside", moves_files_outside, EACCES},
	{"gives to a user", gives_to_a_user, ENOSYS},
	{"executes", executes, ENOSYS},
	{"executes memory", executes_memory, ENOSYS},
	{"traces", traces, ENOSYS},
	{"changes namespaces", changes_namespaces, ENOSYS},
	{"clones namespaces", clones_namespaces, ENOSYS},
	{"mounts", mounts, ENOSYS},
	{"becomes another", becomes_another, ENOSYS},
};

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

static int outcome(int (*what)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		confine_main(dir);
		_exit(what());
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 300 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void the_main_process_keeps_what_it_needs(void **state)
{
	unsigned wrong = 0;

	(void)state;
	NEED_NAMESPACES();
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		const struct attempt *a = &attempts[i];
		/* A sanitized build has no filter, and no Landlock here. */
		if (a->want && getenv("MH_SANITIZE"))
			continue;
		if (a->want == EACCES && !has_landlock())
			continue;
		int got = outcome(a->what);
		if (got == a->want)
			continue;
		print_message("# %s: %d (%s), not %d\n", a->name, got, strerror(got), a->want);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void without_a_filter_the_files_are_safe(void **state)
{
	(void)state;
	NEED_NAMESPACES();
	if (getenv("MH_SANITIZE") || !has_landlock())
		skip();
	setenv("MULTIHOMED_SANDBOX", "off", 1);
	assert_int_equal(outcome(executes), EACCES);
	assert_int_equal(outcome(makes_files_outside), EACCES);
	assert_int_equal(outcome(makes_files), 0);
	unsetenv("MULTIHOMED_SANDBOX");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_main_process_keeps_what_it_needs),
		cmocka_unit_test(without_a_filter_the_files_are_safe),
	};
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/confine.XXXXXX", tmp ? tmp : "/tmp");
	snprintf(outside, sizeof(outside), "%s/confine.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir) || !mkdtemp(outside) || make(outside, "there"))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
