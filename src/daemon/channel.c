/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/channel.h"

#include "base/cleanup.h"
#include "daemon/events.h"
#include "daemon/log.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Milliseconds. */
#define FIRST_WAIT 100	 /* until it is started again; doubled each time */
#define LONGEST	   30000 /* of such waiting */
#define GOOD_LIFE  60000 /* it lived so long: the next time counts as the first */

struct channel {
	struct channel_role role;
	uv_loop_t *loop;
	uv_poll_t *poll; /* of the child that is there now */
	uv_timer_t timer;
	struct wire wire;
	pid_t pid;
	unsigned deaths; /* in a row */
	bool stuck;
	uint64_t born;
};

/* In the child */

static void keep_only(int fd, const struct channel_role *r)
{
	int keep[ARRAY_SIZE(r->keep) + 1] = {fd};
	unsigned from = STDERR_FILENO + 1;

	memcpy(keep + 1, r->keep, sizeof(r->keep));
	for (;;) {
		unsigned next = UINT32_MAX;
		for (size_t i = 0; i < ARRAY_SIZE(keep); i++)
			if (keep[i] > STDERR_FILENO && (unsigned)keep[i] >= from &&
			    (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		if (next > from)
			close_range(from, next == UINT32_MAX ? next : next - 1, 0);
		if (next == UINT32_MAX)
			return;
		from = next + 1;
	}
}

static void reset_signals(void)
{
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	/* A terminal's interrupt is for the parent, which ends us. */
	signal(SIGINT, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void be_child(const struct channel_role *r, int fd, pid_t parent)
{
	char name[16];

	snprintf(name, sizeof(name), "mh-%s", r->name);
	prctl(PR_SET_NAME, name);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	reset_signals();
	events_in_child();
	keep_only(fd, r);
	_exit(r->child(fd, r->arg));
}

/* In the parent */

static void start_again(struct channel *c);

static void freed(uv_handle_t *h)
{
	free(h);
}

static void say_end(const struct channel *c, int status)
{
	const char *name = c->role.name;

	if (WIFSIGNALED(status))
		log_line(LOG_ERROR, "%s: ended by signal %d (%s)%s", name, WTERMSIG(status),
			 strsignal(WTERMSIG(status)),
			 WTERMSIG(status) == SIGSYS ? ": a system call that it may not make" : "");
	else
		log_line(LOG_ERROR, "%s: ended with status %d", name, WEXITSTATUS(status));
}

/* It is killed if it is not dead yet, and waited for. */
static int end(struct channel *c)
{
	int status = 0;

	uv_close((uv_handle_t *)c->poll, freed);
	c->poll = NULL;
	/* Asked first: a status of its own says more than that it was killed. */
	if (waitpid(c->pid, &status, WNOHANG) != c->pid) {
		kill(c->pid, SIGKILL);
		while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(c->wire.fd);
	wire_free(&c->wire);
	c->pid = 0;
	return status;
}

/* Its end of the socket is closed when it dies, a moment before it can be waited for. */
static void let_it_end(pid_t pid)
{
	CLEANUP(free_fd) int fd = pidfd_open(pid, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (fd >= 0)
		poll(&p, 1, 100);
}

static void lost(struct channel *c, const char *why)
{
	uv_update_time(c->loop);
	if (uv_now(c->loop) - c->born > GOOD_LIFE)
		c->deaths = 0;
	if (why)
		log_line(LOG_ERROR, "%s: %s: it is started anew", c->role.name, why);
	else
		let_it_end(c->pid);
	int status = end(c);
	if (!why)
		say_end(c, status);
	if (c->role.died)
		c->role.died(c->role.arg);
	start_again(c);
}

static void wait_for(struct channel *c);

static void ready(uv_poll_t *poll, int status, int events)
{
	struct channel *c = poll->data;
	union wire_message m;
	int rc = 0;

	if (status < 0 || events & (UV_READABLE | UV_DISCONNECT))
		while (c->poll == poll && (rc = wire_receive(&c->wire, &m)) > 0)
			c->role.heard(c->role.arg, &m);
	if (c->poll != poll) /* `heard` has closed it */
		return;
	if (!rc && events & UV_WRITABLE)
		rc = wire_flush(&c->wire);
	if (rc < 0)
		lost(c, c->stuck	 ? "leaves what it is sent"
			: rc == -EBADMSG ? "sent what is no message"
					 : NULL);
	else if (events & UV_WRITABLE)
		wait_for(c);
}

static void wait_for(struct channel *c)
{
	uv_poll_start(c->poll, UV_READABLE | UV_DISCONNECT | (c->wire.queued ? UV_WRITABLE : 0),
		      ready);
}

static int spawn(struct channel *c, struct err *e)
{
	int fd[2];
	pid_t parent = getpid();

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd) < 0)
		return err_errno(e, -errno, "%s: socket", c->role.name);
	fflush(NULL); /* or what is buffered would be written twice */
	pid_t pid = fork();
	if (!pid)
		be_child(&c->role, fd[1], parent);
	int rc = pid < 0 ? err_errno(e, -errno, "%s: fork", c->role.name) : 0;
	close(fd[1]);
	if (!rc && !(c->poll = calloc(1, sizeof(*c->poll)))) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		rc = err_errno(e, -ENOMEM, "%s", c->role.name);
	}
	if (rc < 0) {
		close(fd[0]);
		return rc;
	}
	c->pid = pid;
	uv_update_time(c->loop);
	c->born = uv_now(c->loop);
	c->stuck = false;
	wire_init(&c->wire, fd[0], &c->role.in);
	uv_poll_init(c->loop, c->poll, fd[0]);
	c->poll->data = c;
	wait_for(c);
	if (c->role.started)
		c->role.started(c->role.arg, c);
	return 0;
}

static void due(uv_timer_t *t)
{
	struct channel *c = t->data;
	struct err e = ERR_INIT;

	if (spawn(c, &e) == 0)
		return;
	log_err("not started", &e);
	start_again(c);
}

static void start_again(struct channel *c)
{
	unsigned n = c->deaths++;
	uint64_t wait = n < 10 ? (uint64_t)FIRST_WAIT << n : LONGEST;

	uv_timer_start(&c->timer, due, wait < LONGEST ? wait : LONGEST, 0);
}

int channel_open(struct channel **ret, uv_loop_t *loop, const struct channel_role *role,
		 struct err *e)
{
	struct channel *c = calloc(1, sizeof(*c));

	*ret = NULL;
	if (!c)
		return err_errno(e, -ENOMEM, "%s", role->name);
	c->role = *role;
	c->loop = loop;
	*ret = c; /* `started` may want it */
	int rc = spawn(c, e);
	if (rc < 0) {
		*ret = NULL;
		free(c);
		return rc;
	}
	uv_timer_init(loop, &c->timer);
	c->timer.data = c;
	return 0;
}

void channel_send(struct channel *c, const void *message)
{
	if (!c->poll)
		return;
	bool waited = c->wire.queued;
	int rc = wire_send(&c->wire, message);
	/* Another end is noticed, and told of, from the loop. */
	if (rc == -ENOBUFS || rc == -ENOMEM) {
		c->stuck = true;
		shutdown(c->wire.fd, SHUT_RDWR);
	} else if (!waited && c->wire.queued)
		wait_for(c);
}

pid_t channel_pid(const struct channel *c)
{
	return c->pid;
}

static void timer_closed(uv_handle_t *h)
{
	free(h->data);
}

void channel_close(struct channel *c)
{
	if (!c)
		return;
	if (c->poll) {
		/* Told by the end of its socket, it can end what it has started itself. */
		shutdown(c->wire.fd, SHUT_RDWR);
		let_it_end(c->pid);
		end(c);
	}
	uv_close((uv_handle_t *)&c->timer, timer_closed);
}
