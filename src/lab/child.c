/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lab/child.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct answer {
	int rc;
	struct err e;
};

__attribute__((noreturn)) static void run(int (*fn)(void *arg, struct err *e), void *arg, int fd,
					  pid_t parent)
{
	struct answer a = {.e = ERR_INIT};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	a.rc = fn(arg, &a.e);
	a.e.ext_attr = NULL; /* an address of this process */
	_exit(write(fd, &a, sizeof(a)) != sizeof(a));
}

int child_call(int (*fn)(void *arg, struct err *e), void *arg, struct err *e)
{
	struct answer a;
	pid_t self = getpid();
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return err_errno(e, -errno, "pipe");
	pid_t pid = fork();
	if (!pid)
		run(fn, arg, p[1], self);
	close(p[1]);
	CLEANUP(free_fd) int fd = p[0];
	if (pid < 0)
		return err_errno(e, -errno, "fork");
	/* At most PIPE_BUF bytes: written in one piece or not at all. */
	ssize_t n;
	while ((n = read(fd, &a, sizeof(a))) < 0 && errno == EINTR)
		;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (n != sizeof(a))
		return err_set(e, -ECHILD, "the process that worked in the lab has died");
	if (e && a.rc < 0)
		*e = a.e;
	return a.rc;
}
