/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one process that keeps its rights. It is as small as it can be: it was forked before there
 * was anything in memory or open, it waits for two kinds of messages of fixed size and for its
 * children, and it believes nobody. It has no sandbox, as what it starts would be in it, too, and
 * hooks may need anything.
 */
#include "daemon/starter.h"

#include "base/cleanup.h"
#include "daemon/events.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct starting {
	struct wire wire;
	int ends; /* signalfd */
	const struct child_kind *kind;
	size_t kinds;
	struct {
		uint32_t id;
		pid_t pid;
		uint64_t due; /* when it is killed; UINT64_MAX: it is not */
	} child[STARTER_CHILDREN];
	size_t n;
};

static bool end_is_sound(const void *m)
{
	return ((const struct starter_end *)m)->grace <= STARTER_GRACE_MAX;
}

static const struct wire_type in[] = {
	[STARTER_START] = {sizeof(struct starter_start), NULL},
	[STARTER_END] = {sizeof(struct starter_end), end_is_sound},
};
static const struct wire_type out[] = {[STARTER_ENDED] = {sizeof(struct starter_ended), NULL}};
const struct wire_protocol starter_in = {in, ARRAY_SIZE(in)};
const struct wire_protocol starter_out = {out, ARRAY_SIZE(out)};

bool starter_may(const struct child_kind *kind, size_t kinds, const union wire_message *m,
		 unsigned fds)
{
	const struct starter_start *s = (const struct starter_start *)m;

	if (m->head.type != STARTER_START)
		return !fds;
	return s->kind < kinds && kind[s->kind].life && fds == kind[s->kind].fds;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* In the child */

static void reset_signals(void)
{
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	/* A terminal's interrupt is for the main process, which ends us. */
	signal(SIGINT, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* They become 3 and those after it, and nothing else is open. */
static void keep_only(int *fd, unsigned n)
{
	const int first = STDERR_FILENO + 1;

	for (unsigned i = 0; i < n; i++)
		fd[i] = fcntl(fd[i], F_DUPFD, first + (int)n);
	for (unsigned i = 0; i < n; i++)
		fd[i] = dup3(fd[i], first + (int)i, O_CLOEXEC);
	close_range((unsigned)first + n, ~0U, 0);
}

static _Noreturn void be_child(const struct child_kind *k, int fd[static WIRE_FDS], pid_t parent)
{
	char name[16];

	snprintf(name, sizeof(name), "mh-%s", k->name);
	prctl(PR_SET_NAME, name);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	reset_signals();
	keep_only(fd, k->fds);
	_exit(k->life(fd));
}

/* In the starter */

/* Small, and few: if there is no room for it, nobody listens any more. */
static int say_end(struct starting *s, uint32_t id, int status)
{
	const struct starter_ended m = {WIRE_HEAD(STARTER_ENDED, m), id, status};

	return wire_send(&s->wire, &m);
}

static int start(struct starting *s, const struct starter_start *m, int fd[static WIRE_FDS])
{
	pid_t self = getpid(), pid;

	for (size_t i = 0; i < s->n; i++)
		if (s->child[i].id == m->id)
			return -EBADMSG;
	if (s->n == STARTER_CHILDREN)
		return say_end(s, m->id, -EAGAIN);
	/* Without what libraries do at a fork: libuv closes descriptors that were its own once. */
	pid = _Fork();
	if (!pid)
		be_child(&s->kind[m->kind], fd, self);
	if (pid < 0)
		return say_end(s, m->id, -errno);
	s->child[s->n].id = m->id;
	s->child[s->n].pid = pid;
	s->child[s->n++].due = UINT64_MAX;
	return 0;
}

static void end(struct starting *s, const struct starter_end *m)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->child[i].id == m->id)
			s->child[i].due = now_ms() + m->grace;
}

static int hear(struct starting *s)
{
	union wire_message m;
	int fd[WIRE_FDS], rc;
	unsigned n;

	while ((rc = wire_receive_fds(&s->wire, &m, fd, &n)) > 0) {
		int given[WIRE_FDS];
		memcpy(given, fd, sizeof(fd));
		if (!starter_may(s->kind, s->kinds, &m, n))
			rc = -EBADMSG;
		else if (m.head.type == STARTER_START)
			rc = start(s, (const struct starter_start *)&m, fd);
		else
			end(s, (const struct starter_end *)&m);
		while (n)
			close(given[--n]);
		if (rc < 0)
			break;
	}
	return rc;
}

/* Those that have ended are told of. Before, those whose time is over are ended. */
static int reap(struct starting *s)
{
	struct signalfd_siginfo news;
	uint64_t now = now_ms();
	int rc = 0, status;

	while (read(s->ends, &news, sizeof(news)) > 0)
		;
	for (size_t i = s->n; i-- > 0 && rc >= 0;) {
		/* Asked first: a status of its own says more than that it was killed. */
		pid_t gone = waitpid(s->child[i].pid, &status, WNOHANG);
		if (!gone && s->child[i].due <= now) {
			kill(s->child[i].pid, SIGKILL);
			s->child[i].due = UINT64_MAX;
		}
		if (gone != s->child[i].pid)
			continue;
		rc = say_end(s, s->child[i].id, status);
		s->child[i] = s->child[--s->n];
	}
	return rc;
}

/* Milliseconds until somebody's time is over; -1: nobody's is. */
static int until_next(const struct starting *s)
{
	uint64_t next = UINT64_MAX, now = now_ms();

	for (size_t i = 0; i < s->n; i++)
		if (s->child[i].due < next)
			next = s->child[i].due;
	return next == UINT64_MAX ? -1 : next <= now ? 0 : (int)(next - now);
}

/* What ends all of a service's processes at once is for the main process, which ends this one. */
static int listen_to_ends(void)
{
	static const int others[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGQUIT};
	sigset_t set;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		signal(others[i], SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int starter_process(int fd, const struct child_kind *kind, size_t kinds)
{
	struct starting s = {.kind = kind, .kinds = kinds, .ends = listen_to_ends()};
	int rc = s.ends < 0 ? -errno : 0;

	wire_init(&s.wire, fd, &starter_in);
	events_in_child();
	while (rc >= 0) {
		struct pollfd p[] = {{fd, (short)(s.wire.queued ? POLLIN | POLLOUT : POLLIN), 0},
				     {s.ends, POLLIN, 0}};
		if (poll(p, ARRAY_SIZE(p), until_next(&s)) < 0 && errno != EINTR)
			rc = -errno;
		if (rc >= 0)
			rc = wire_flush(&s.wire);
		if (rc >= 0)
			rc = hear(&s);
		if (rc >= 0)
			rc = reap(&s);
	}
	wire_free(&s.wire);
	free_fd(&s.ends);
	return rc != -EPIPE;
}
