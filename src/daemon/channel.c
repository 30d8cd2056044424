/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A child's death has two signs, and either may come first: its end of the socket is closed, and
 * the starter says how it ended. The first has it ended if it is not, the second, after which
 * nothing of it comes any more, is told of.
 */
#include "daemon/channel.h"

#include "base/cleanup.h"
#include "daemon/log.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Milliseconds. */
#define FIRST_WAIT 100	 /* until it is started again; doubled each time */
#define LONGEST	   30000 /* of such waiting */
#define GOOD_LIFE  60000 /* it lived so long: the next time counts as the first */
#define GRACE	   100	 /* to leave in */

struct channel {
	struct channel_role role;
	struct starter *starter;
	uv_loop_t *loop;
	uv_poll_t *poll; /* of the socket; NULL: there is none at the moment */
	uv_timer_t timer;
	struct wire wire;
	uint32_t id;	 /* of the child that is there now; 0: there is none */
	unsigned deaths; /* in a row */
	bool stuck;
	bool told; /* why it is ended */
	bool closed;
	uint64_t born;
};

static const char *name(const struct channel *c)
{
	return starter_name(c->starter, c->role.kind);
}

/* The end */

static void freed(uv_handle_t *h)
{
	free(h);
}

static void hang_up(struct channel *c)
{
	if (!c->poll)
		return;
	uv_close((uv_handle_t *)c->poll, freed);
	c->poll = NULL;
	/* Told by the end of its socket, it can end what it has started itself. */
	close(c->wire.fd);
	wire_free(&c->wire);
}

static void say_end(const struct channel *c, int status)
{
	if (status < 0)
		log_line(LOG_ERROR, "%s: not started: %s", name(c), strerror(-status));
	else if (WIFSIGNALED(status))
		log_line(LOG_ERROR, "%s: ended by signal %d (%s)%s", name(c), WTERMSIG(status),
			 strsignal(WTERMSIG(status)),
			 WTERMSIG(status) == SIGSYS ? ": a system call that it may not make" : "");
	else
		log_line(LOG_ERROR, "%s: ended with status %d", name(c), WEXITSTATUS(status));
}

static void lost(struct channel *c, const char *why)
{
	if (why)
		log_line(LOG_ERROR, "%s: %s: it is started anew", name(c), why);
	c->told |= why != NULL;
	hang_up(c);
	starter_end(c->starter, c->id, why ? 0 : GRACE, false);
}

/* What has come */

static int hear(struct channel *c)
{
	const uv_poll_t *poll = c->poll;
	union wire_message m;
	int rc = 0;

	/* `heard` may close it. */
	while (poll && c->poll == poll && (rc = wire_receive(&c->wire, &m)) > 0)
		c->role.heard(c->role.arg, &m);
	return rc;
}

static void wait_for(struct channel *c);

static void ready(uv_poll_t *poll, int status, int events)
{
	struct channel *c = poll->data;
	int rc = 0;

	if (status < 0 || events & (UV_READABLE | UV_DISCONNECT))
		rc = hear(c);
	if (c->poll != poll)
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

/* The beginning */

static void start_again(struct channel *c);

static void ended(void *arg, int status)
{
	struct channel *c = arg;

	hear(c); /* its last words */
	hang_up(c);
	c->id = 0;
	if (c->closed)
		return;
	if (!c->told)
		say_end(c, status);
	uv_update_time(c->loop);
	if (uv_now(c->loop) - c->born > GOOD_LIFE)
		c->deaths = 0;
	if (c->role.died)
		c->role.died(c->role.arg);
	start_again(c);
}

static int start_child(struct channel *c, int end, struct err *e)
{
	int fd[WIRE_FDS] = {end};

	memcpy(fd + 1, c->role.give, sizeof(c->role.give));
	int64_t id = starter_start(c->starter, c->role.kind, fd, 1 + c->role.give_n, ended, c, e);
	c->id = id > 0 ? (uint32_t)id : 0;
	return id > 0 ? 0 : (int)id;
}

static int spawn(struct channel *c, struct err *e)
{
	uv_poll_t *poll = calloc(1, sizeof(*poll));
	int fd[2];

	if (!poll ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd) < 0) {
		int rc = err_errno(e, poll ? -errno : -ENOMEM, "%s: socket", name(c));
		free(poll);
		return rc;
	}
	int rc = start_child(c, fd[1], e);
	close(fd[1]);
	if (rc < 0) {
		close(fd[0]);
		free(poll);
		return rc;
	}
	uv_update_time(c->loop);
	c->born = uv_now(c->loop);
	c->stuck = c->told = false;
	wire_init(&c->wire, fd[0], &c->role.in);
	c->poll = poll;
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

int channel_open(struct channel **ret, struct starter *s, const struct channel_role *role,
		 struct err *e)
{
	struct channel *c = calloc(1, sizeof(*c));

	*ret = NULL;
	if (!c)
		return err_errno(e, -ENOMEM, "%s", starter_name(s, role->kind));
	c->role = *role;
	c->starter = s;
	c->loop = starter_loop(s);
	*ret = c; /* `started` may want it */
	int rc = spawn(c, e);
	if (rc < 0) {
		*ret = NULL;
		free(c);
		return rc;
	}
	uv_timer_init(c->loop, &c->timer);
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

static void timer_closed(uv_handle_t *h)
{
	free(h->data);
}

void channel_close(struct channel *c)
{
	if (!c)
		return;
	c->closed = true;
	hang_up(c);
	starter_end(c->starter, c->id, GRACE, true);
	uv_close((uv_handle_t *)&c->timer, timer_closed);
}
