/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that runs hooks. It has one for each name that it has heard of: at most one command
 * at work, which leads a session (and so a process group) of its own, and a short queue. When the
 * command has ended, and before it is waited for, so that its number is still nobody else's,
 * whatever is left of its group is killed. Time over: the group is asked to end, and a moment later
 * made to.
 *
 * It is no sandbox: what a user wants to run may need anything.
 */
#include "daemon/hooks.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define QUEUE 16
#define GRACE 1000 /* milliseconds from asking to killing */

struct hook {
	char name[sizeof(((struct hook_run *)0)->hook)];
	pid_t pid; /* 0: none is at work */
	uint64_t due;
	enum { IN_TIME, ASKED, KILLED } over;
	struct hook_run *queue[QUEUE];
	size_t n;
};

struct runner {
	struct wire wire;
	int children; /* signalfd */
	struct hook hook[HOOKS_MAX];
	size_t hook_n;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void report(struct runner *r, const char *hook, enum hook_end end, uint32_t value)
{
	struct hook_report m = {.head = WIRE_HEAD(HOOK_REPORT, m), .end = end, .value = value};

	snprintf(m.hook, sizeof(m.hook), "%s", hook);
	wire_send(&r->wire, &m);
}

/* In the command's own process */

static void set_environment(const struct hook_run *m)
{
	const char *const names[][2] = {
		{"MH_HOOK", m->hook},
		{"MH_EVENT", m->event},
		{"MH_UPLINK", m->uplink},
		{"MH_INTERFACE", m->interface},
		{"MH_FAMILY", m->family},
		{"MH_STATE", m->state},
		{"MH_WHY", m->why},
		{"MH_TIME", m->time},
		{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
	};

	clearenv();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		setenv(names[i][0], names[i][1], 1);
}

static _Noreturn void be_command(const struct hook_run *m)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(null, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO); /* both are the log */
	close_range(3, ~0U, 0);
	set_environment(m);
	(void)!chdir("/");
	execl("/bin/sh", "sh", "-c", m->run, (char *)NULL);
	_exit(127);
}

/* Beginning and end */

static void start(struct runner *r, struct hook *h)
{
	while (h->n && !h->pid) {
		struct hook_run *m = h->queue[0];
		h->n--;
		memmove(h->queue, h->queue + 1, h->n * sizeof(*h->queue));
		pid_t pid = fork();
		if (!pid)
			be_command(m);
		if (pid < 0) {
			report(r, h->name, HOOK_NOT_STARTED, (uint32_t)errno);
		} else {
			h->pid = pid;
			h->due = now_ms() + m->timeout;
			h->over = IN_TIME;
		}
		free(m);
	}
}

static struct hook *find(struct runner *r, const char *name)
{
	for (size_t i = 0; i < r->hook_n; i++)
		if (!strcmp(r->hook[i].name, name))
			return &r->hook[i];
	/* Over the years, configurations may have had more names: an idle one makes room. */
	for (size_t i = 0; r->hook_n == HOOKS_MAX && i < r->hook_n; i++)
		if (!r->hook[i].pid)
			r->hook[i] = r->hook[--r->hook_n];
	if (r->hook_n == HOOKS_MAX)
		return NULL;
	struct hook *h = &r->hook[r->hook_n++];
	*h = (struct hook){0};
	snprintf(h->name, sizeof(h->name), "%s", name);
	return h;
}

static void take(struct runner *r, const struct hook_run *m)
{
	struct hook *h = find(r, m->hook);
	struct hook_run *own = h ? malloc(sizeof(*own)) : NULL;

	if (!own) {
		report(r, m->hook, HOOK_NOT_STARTED, ENOMEM);
		return;
	}
	if (h->n == QUEUE) {
		report(r, h->name, HOOK_DROPPED, 1);
		free(h->queue[0]);
		h->n--;
		memmove(h->queue, h->queue + 1, h->n * sizeof(*h->queue));
	}
	*own = *m;
	h->queue[h->n++] = own;
	start(r, h);
}

static void say_end(struct runner *r, const struct hook *h, const siginfo_t *i)
{
	if (h->over != IN_TIME)
		report(r, h->name, HOOK_TIMED_OUT, 0);
	else if (i->si_code != CLD_EXITED)
		report(r, h->name, HOOK_SIGNALLED, (uint32_t)i->si_status);
	else if (i->si_status)
		report(r, h->name, HOOK_EXITED, (uint32_t)i->si_status);
}

static void reap(struct runner *r)
{
	struct signalfd_siginfo news;

	while (read(r->children, &news, sizeof(news)) > 0)
		;
	for (size_t k = 0; k < r->hook_n; k++) {
		struct hook *h = &r->hook[k];
		siginfo_t i = {0};
		if (!h->pid || waitid(P_PID, (id_t)h->pid, &i, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    !i.si_pid)
			continue;
		kill(-h->pid, SIGKILL);
		waitid(P_PID, (id_t)h->pid, &i, WEXITED);
		say_end(r, h, &i);
		h->pid = 0;
		start(r, h);
	}
}

/* What is over is ended. Returns how long nothing has to be done; -1: for ever. */
static int end_overdue(struct runner *r)
{
	uint64_t now = now_ms(), next = UINT64_MAX;

	for (size_t k = 0; k < r->hook_n; k++) {
		struct hook *h = &r->hook[k];
		if (!h->pid || h->over == KILLED)
			continue;
		if (now >= h->due) {
			kill(-h->pid, h->over == IN_TIME ? SIGTERM : SIGKILL);
			h->over = h->over == IN_TIME ? ASKED : KILLED;
			h->due = now + GRACE;
		}
		if (h->over != KILLED && h->due < next)
			next = h->due;
	}
	return next == UINT64_MAX ? -1 : (int)(next - now);
}

static int listen_to_children(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void kill_all(struct runner *r)
{
	for (size_t k = 0; k < r->hook_n; k++)
		if (r->hook[k].pid)
			kill(-r->hook[k].pid, SIGKILL);
}

int hooks_child(const int fd[])
{
	static const struct wire_type types[] = {
		[HOOK_RUN] = {sizeof(struct hook_run), hook_run_is_sound}};
	static const struct wire_protocol in = {types, ARRAY_SIZE(types)};
	static struct runner r;
	union wire_message m;
	int rc = 0;

	wire_init(&r.wire, fd[0], &in);
	r.children = listen_to_children();
	while (rc >= 0) {
		struct pollfd p[] = {{fd[0], (short)(r.wire.queued ? POLLIN | POLLOUT : POLLIN), 0},
				     {r.children, POLLIN, 0}};
		if (poll(p, 2, end_overdue(&r)) < 0 && errno != EINTR)
			break;
		while ((rc = wire_receive(&r.wire, &m)) > 0)
			take(&r, (const struct hook_run *)&m);
		if (!rc)
			rc = wire_flush(&r.wire);
		reap(&r);
	}
	kill_all(&r);
	return rc != -EPIPE;
}
