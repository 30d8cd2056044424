/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply/confirm.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool is_overdue(const struct state *s)
{
	return (s->unconfirmed || s->applying) && s->confirm_by && now_ms() >= s->confirm_by;
}

unsigned confirm_pending(const struct state *s)
{
	int64_t left = s->unconfirmed ? s->confirm_by - now_ms() : 0;

	return left > 0 ? (unsigned)((left + 999) / 1000) : 0;
}

int confirm_overdue(struct state *s, struct kernel *k, struct err *e)
{
	if (!is_overdue(s))
		return 0;
	int rc = state_rollback(s, k, e);
	return rc < 0 ? rc : 1;
}

int confirm_now(struct state *s, struct err *e)
{
	const char *text = s->text;

	if (!s->unconfirmed)
		return err_set(e, -ENOENT, "nothing waits to be confirmed");
	state_settle(s, &s->given);
	int rc = state_save(s, e);
	if (rc < 0)
		state_revert(s, text);
	else
		confirm_stop(s->dir);
	return rc;
}

static char *fifo_path(struct arena *a, const char *dir)
{
	return arena_printf(a, "%s/confirm", dir);
}

void confirm_stop(const char *dir)
{
	struct arena a = {0};
	char *path = fifo_path(&a, dir);
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	/* ENXIO: nobody reads it, the process is gone. */
	if (fd >= 0) {
		if (!fstat(fd, &st) && S_ISFIFO(st.st_mode))
			(void)!write(fd, "", 1);
		close(fd);
	}
	unlink(path);
	arena_free(&a);
}

/* The waiting process. */

/* Until `by`, or a byte in the FIFO: false for the latter. */
static bool wait_until(int fifo, int timer, int64_t by)
{
	struct itimerspec t = {.it_value = {by / 1000, by % 1000 * 1000000}};
	struct pollfd fds[] = {{.fd = fifo, .events = POLLIN}, {.fd = timer, .events = POLLIN}};

	timerfd_settime(timer, TFD_TIMER_ABSTIME, &t, NULL);
	while (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno == EINTR)
		;
	return !fds[0].revents;
}

/* One look at the state when the time is up. Returns when to look again, 0 if all is done. */
static int64_t act(const char *dir)
{
	struct state s = {0};
	struct kernel *k = NULL;
	struct err e = ERR_INIT;
	int64_t again = now_ms() + 200; /* another run has the lock, or it failed */
	int rc = state_open(&s, dir, &e);

	if (rc == -EWOULDBLOCK)
		return again;
	if (!rc && (s.unconfirmed || s.applying) && s.confirm_by > now_ms()) {
		again = s.confirm_by;
	} else if (!rc) {
		rc = kernel_open(&k, &e);
		if (!rc)
			rc = confirm_overdue(&s, k, &e);
		again = rc < 0 ? again : 0;
	}
	if (rc < 0)
		syslog(LOG_ERR, "rolling back: %s", e.msg);
	else if (rc > 0)
		syslog(LOG_WARNING, "nobody confirmed: rolled back");
	state_close(&s);
	kernel_close(k);
	return again;
}

/* A rollback that fails is tried for a minute. */
#define ATTEMPTS 300

static void wait_and_act(const char *dir, int fifo, int timer, int64_t by)
{
	openlog("multihome", LOG_PID, LOG_DAEMON);
	for (int i = 0; i < ATTEMPTS && by; i++) {
		if (!wait_until(fifo, timer, by))
			return;
		by = act(dir);
	}
}

/*
 * Nothing of the caller's is kept: descriptors (among them the lock), terminal, folder, signals.
 * The descriptors still needed become 3, 4, ...
 */
static void detach(int *const keep[], int n)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	for (int i = 0; i < 3; i++)
		dup2(null, i);
	for (int i = 0; i < n; i++)
		*keep[i] = fcntl(*keep[i], F_DUPFD, 3 + n);
	for (int i = 0; i < n; i++)
		*keep[i] = dup2(*keep[i], 3 + i);
	close_range((unsigned)(3 + n), ~0U, 0);
	(void)!chdir("/");
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

/* Two forks: the waiting process is nobody's child, and leads no session. */
static pid_t start_process(const char *dir, int fifo, int timer, int64_t by, struct err *e)
{
	pid_t pid = -1;
	int ready[2], status;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return err_errno(e, -errno, "pipe");
	pid_t child = fork();
	if (!child) {
		setsid();
		if (fork())
			_exit(0);
		detach((int *const[]){&fifo, &timer, &ready[1]}, 3);
		pid = getpid();
		(void)!write(ready[1], &pid, sizeof(pid));
		close(ready[1]);
		wait_and_act(dir, fifo, timer, by);
		_exit(0);
	}
	close(ready[1]);
	if (child < 0)
		pid = err_errno(e, -errno, "the process that waits for `confirm`");
	else if (read(ready[0], &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
		pid = err_errno(e, -EAGAIN, "the process that waits for `confirm`");
	close(ready[0]);
	if (child > 0)
		waitpid(child, &status, 0);
	return pid;
}

int confirm_start(struct state *s, unsigned seconds, struct err *e)
{
	char dir[PATH_MAX];
	int64_t by = now_ms() + (int64_t)seconds * 1000;

	if (!realpath(s->dir, dir))
		return err_errno(e, -errno, "%s", s->dir);
	confirm_stop(dir);
	const char *path = fifo_path(&s->arena, dir);
	if (mkfifo(path, 0600) < 0)
		return err_errno(e, -errno, "%s", path);
	CLEANUP(free_fd) int fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fifo < 0)
		return err_errno(e, -errno, "%s", path);
	CLEANUP(free_fd) int timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);
	if (timer < 0)
		return err_errno(e, -errno, "timer");
	pid_t pid = start_process(dir, fifo, timer, by, e);
	if (pid < 0)
		return pid;
	s->confirm_by = by;
	s->confirm_pid = pid;
	return s->unconfirmed ? state_save(s, e) : 0;
}
