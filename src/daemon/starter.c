/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The main process's side: who of its children is whose, and what to do when one has ended. */
#include "daemon/starter.h"

#include "base/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct starter {
	struct wire wire;
	pid_t pid;
	const struct child_kind *kind;
	size_t kinds;
	uv_loop_t *loop; /* NULL: not watched yet */
	uv_poll_t poll;
	bool gone;
	void (*lost)(void *arg);
	void *arg;
	uint32_t last;
	struct started {
		uint32_t id;
		starter_fn *ended;
		void *arg;
	} child[STARTER_CHILDREN];
	size_t n;
};

/* Its life */

static _Noreturn void be_starter(int fd, const struct child_kind *kind, size_t kinds, pid_t parent)
{
	const int own = STDERR_FILENO + 1;

	prctl(PR_SET_NAME, "mh-starter");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* Whatever was left open for us is not for our children. */
	if (fd != own)
		dup2(fd, own);
	close_range((unsigned)own + 1, ~0U, 0);
	_exit(starter_process(own, kind, kinds));
}

int starter_open(struct starter **ret, const struct child_kind *kind, size_t kinds, struct err *e)
{
	struct starter *s = calloc(1, sizeof(*s));
	pid_t self = getpid();
	int fd[2];

	if (!s || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd) < 0) {
		int rc = s ? -errno : -ENOMEM;
		free(s);
		return err_errno(e, rc, "starter");
	}
	fflush(NULL); /* or what is buffered would be written twice */
	s->pid = fork();
	if (!s->pid)
		be_starter(fd[1], kind, kinds, self);
	int rc = s->pid < 0 ? -errno : 0;
	close(fd[1]);
	if (rc < 0) {
		close(fd[0]);
		free(s);
		return err_errno(e, rc, "starter: fork");
	}
	wire_init(&s->wire, fd[0], &starter_out);
	s->kind = kind;
	s->kinds = kinds;
	*ret = s;
	return 0;
}

/* What it says */

static void take(struct starter *s, const struct starter_ended *m)
{
	for (size_t i = 0; i < s->n; i++) {
		struct started c = s->child[i];
		if (c.id != m->id)
			continue;
		s->child[i] = s->child[--s->n];
		c.ended(c.arg, m->status);
		return;
	}
}

static bool is_there(const struct starter *s, uint32_t id)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->child[i].id == id)
			return true;
	return false;
}

static void hear(struct starter *s)
{
	union wire_message m;
	int rc = 0;

	while (!s->gone && (rc = wire_receive(&s->wire, &m)) > 0)
		take(s, (const struct starter_ended *)&m);
	if (!s->gone && !rc)
		rc = wire_flush(&s->wire);
	s->gone |= rc < 0;
}

static void wait_for(struct starter *s);

static void ready(uv_poll_t *poll, int status, int events)
{
	struct starter *s = poll->data;

	(void)status, (void)events;
	hear(s);
	if (!s->gone) {
		wait_for(s);
		return;
	}
	uv_poll_stop(poll);
	s->lost(s->arg);
}

static void wait_for(struct starter *s)
{
	uv_poll_start(&s->poll, UV_READABLE | UV_DISCONNECT | (s->wire.queued ? UV_WRITABLE : 0),
		      ready);
}

void starter_watch(struct starter *s, uv_loop_t *loop, void (*lost)(void *arg), void *arg)
{
	s->loop = loop;
	s->lost = lost;
	s->arg = arg;
	uv_poll_init(loop, &s->poll, s->wire.fd);
	s->poll.data = s;
	wait_for(s);
}

uv_loop_t *starter_loop(const struct starter *s)
{
	return s->loop;
}

const char *starter_name(const struct starter *s, unsigned kind)
{
	return s->kind[kind].name;
}

/* What it is told */

int64_t starter_start(struct starter *s, unsigned kind, const int *fd, unsigned fds,
		      starter_fn *ended, void *arg, struct err *e)
{
	struct starter_start m = {WIRE_HEAD(STARTER_START, m), s->last + 1, kind};
	int rc = s->n == STARTER_CHILDREN ? -EAGAIN : wire_send_fds(&s->wire, &m, fd, fds);

	if (rc < 0)
		return err_errno(e, rc, "%s", starter_name(s, kind));
	s->last = m.id;
	s->child[s->n++] = (struct started){m.id, ended, arg};
	return m.id;
}

static void forget(struct starter *s, uint32_t id)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->child[i].id == id)
			s->child[i--] = s->child[--s->n];
}

/* Not for ever: a starter that is stopped, or stuck, must not stop everything else. */
static void wait_until_gone(struct starter *s, uint32_t id, unsigned grace)
{
	uint64_t until = uv_hrtime() / 1000000 + grace + STARTER_GRACE_MAX;

	for (;;) {
		hear(s);
		uint64_t now = uv_hrtime() / 1000000;
		if (s->gone || !is_there(s, id) || now >= until)
			return;
		struct pollfd p = {s->wire.fd, (short)(POLLIN | (s->wire.queued ? POLLOUT : 0)), 0};
		poll(&p, 1, (int)(until - now));
	}
}

void starter_end(struct starter *s, uint32_t id, unsigned grace, bool wait)
{
	const struct starter_end m = {WIRE_HEAD(STARTER_END, m), id, grace};

	if (s->gone || !is_there(s, id))
		return;
	/* Where it has gone, that is noticed from the loop. */
	wire_send(&s->wire, &m);
	if (wait) {
		wait_until_gone(s, id, grace);
		forget(s, id);
	} else if (s->wire.queued) {
		wait_for(s);
	}
}

static void closed(uv_handle_t *h)
{
	free(h->data);
}

void starter_close(struct starter *s)
{
	if (!s)
		return;
	kill(s->pid, SIGKILL); /* so that it is waited for even if it was stopped */
	while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (s->loop) /* before the descriptor is another's */
		uv_poll_stop(&s->poll);
	close(s->wire.fd);
	wire_free(&s->wire);
	if (s->loop)
		uv_close((uv_handle_t *)&s->poll, closed);
	else
		free(s);
}
