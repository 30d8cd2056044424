/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lab/command.h"

#include "base/cleanup.h"
#include "lab/lab.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

__attribute__((noreturn)) static void run(const char *dir, const char *lab, const char *host,
					  char *const argv[], int fd, pid_t parent)
{
	struct err e = ERR_INIT;
	char line[1024];
	int null = open("/dev/null", O_RDONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || null < 0 || dup2(null, 0) < 0 || dup2(fd, 1) < 0 ||
	    dup2(fd, 2) < 0)
		_exit(125);
	lab_exec(dir, lab, host, argv, &e);
	err_line(&e, line, sizeof(line));
	_exit(write(2, line, strlen(line)) < 0 ? 125 : 127);
}

static int collect(int fd, struct out *o)
{
	for (;;) {
		ssize_t n = read(fd, out_reserve(o, 4096), 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		o->len += (size_t)n;
	}
}

int command_run(const char *dir, const char *lab, const char *host, char *const argv[],
		struct out *ret, struct err *e)
{
	pid_t self = getpid();
	int p[2], status;

	if (pipe2(p, O_CLOEXEC) < 0)
		return err_errno(e, -errno, "pipe");
	pid_t pid = fork();
	if (!pid)
		run(dir, lab, host, argv, p[1], self);
	close(p[1]);
	CLEANUP(free_fd) int fd = p[0];
	if (pid < 0)
		return err_errno(e, -errno, "fork");
	int rc = collect(fd, ret);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(e, -errno, "%s", argv[0]);
	if (rc < 0)
		return err_errno(e, rc, "output of %s", argv[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
