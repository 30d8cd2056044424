/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client is in one of five states, and is served in one at a time: it is listened to, what it
 * asked for is on trial, a change that it asked for is under way, it is being written to, or it
 * follows the events for good. While it is not listened to, what it sends stays in its socket. Each
 * state but the last has a time in which it must end; one timer looks after all.
 */
#include "daemon/control.h"

#include "apply/state.h"
#include "daemon/events.h"
#include "daemon/log.h"
#include "uplink/proof_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Milliseconds. */
#define LOOK	   500	 /* how often it is looked whose time is over */
#define FIRST_LINE 2000	 /* to send the first request in */
#define NEXT_LINE  60000 /* and another one */
#define READ_IN	   10000 /* to read an answer in */
#define CHANGE_IN  60000 /* for a change to be made */
#define TELL_EVERY 10000 /* refusals are logged so often */

#define FOLLOWER_OWES ((size_t)256 * 1024) /* bytes that a follower may leave unread */

#define SOCKET_PATH sizeof(((struct sockaddr_un *)0)->sun_path)

struct client {
	struct control *control;
	struct client *next;
	uv_pipe_t pipe;
	uv_write_t write;
	struct out answer; /* being written */
	struct ucred peer;
	enum client_state { LISTENED_TO, ON_TRIAL, CHANGING, WRITTEN_TO, FOLLOWING, CLOSING } state;
	uint64_t due; /* when this state must have ended */
	char line[REQUEST_SIZE];
	size_t len; /* of what came of a line so far */
};

struct control {
	uv_loop_t *loop;
	uv_pipe_t server;
	uv_timer_t timer;
	struct control_calls calls;
	char dir[SOCKET_PATH], path[SOCKET_PATH];
	struct client *client;
	size_t client_n;
	unsigned handles; /* of ours and the clients', not closed yet */
	unsigned refused; /* not told of yet */
	char refusal[160];
	uint64_t told;
};

static void serve(struct client *c);

/* Refusals */

static void tell(struct control *c)
{
	uint64_t now = uv_now(c->loop);

	if (!c->refused || (c->told && now - c->told < TELL_EVERY))
		return;
	log_line(LOG_WARN, "control: %u request%s refused, the last: %s", c->refused,
		 c->refused == 1 ? "" : "s", c->refusal);
	c->refused = 0;
	c->told = now;
}

static void refuse(struct control *c, const struct ucred *peer, const char *why)
{
	c->refused++;
	snprintf(c->refusal, sizeof(c->refusal), "%s (process %d of user %u)", why, (int)peer->pid,
		 (unsigned)peer->uid);
	tell(c);
}

/* Life */

static void freed(struct control *c)
{
	if (!--c->handles)
		free(c);
}

static void client_closed(uv_handle_t *h)
{
	struct client *c = h->data;
	struct client **at = &c->control->client;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->control->client_n--;
	freed(c->control);
	out_free(&c->answer);
	free(c);
}

static void drop(struct client *c)
{
	if (c->state == CLOSING)
		return;
	c->state = CLOSING;
	uv_close((uv_handle_t *)&c->pipe, client_closed);
}

static void enter(struct client *c, enum client_state state, uint64_t within)
{
	c->state = state;
	c->due = uv_now(c->control->loop) + within;
}

/* Answers */

static void written(uv_write_t *w, int status)
{
	struct client *c = w->data;

	if (c->state == CLOSING)
		return;
	if (status < 0) {
		drop(c);
		return;
	}
	enter(c, LISTENED_TO, NEXT_LINE);
	serve(c);
}

static void answer(struct client *c)
{
	out_putc(&c->answer, '\n');
	uv_buf_t buf = uv_buf_init(c->answer.buf, (unsigned)c->answer.len);

	enter(c, WRITTEN_TO, READ_IN);
	c->write.data = c;
	if (uv_write(&c->write, (uv_stream_t *)&c->pipe, &buf, 1, written) < 0)
		drop(c);
}

static void start_answer(struct client *c, struct json *j)
{
	c->answer.len = 0;
	jw_init(j, &c->answer, false);
}

static void answer_error(struct client *c, const struct err *e)
{
	struct json j;

	start_answer(c, &j);
	jw_object(&j, NULL);
	jw_object(&j, "error");
	if (e->where[0])
		jw_str(&j, "where", e->where);
	jw_str(&j, "message", e->msg);
	if (e->hint[0])
		jw_str(&j, "hint", e->hint);
	if (e->code == PROOF_REFUSED)
		jw_bool(&j, "unproved", true);
	jw_object_end(&j);
	jw_object_end(&j);
	answer(c);
}

static void answer_status(struct client *c)
{
	struct control *k = c->control;
	struct err e = ERR_INIT;
	struct json j;

	start_answer(c, &j);
	if (k->calls.status(k->calls.arg, &j, &e) < 0)
		answer_error(c, &e);
	else
		answer(c);
}

static void answer_events(struct client *c, uint64_t from)
{
	struct json j;

	start_answer(c, &j);
	jw_array(&j, NULL);
	for (const struct event *e; (e = events_from(from)); from = e->number + 1)
		event_json(&j, e);
	jw_array_end(&j);
	answer(c);
}

/* Followers: a line each, copied, as several may be under way. */

struct event_write {
	uv_write_t write;
	struct out o;
};

static void event_written(uv_write_t *w, int status)
{
	struct event_write *x = (struct event_write *)w;
	struct client *c = w->data;

	if (status < 0)
		drop(c);
	out_free(&x->o);
	free(x);
}

static void follow(struct client *c, const struct event *e)
{
	struct event_write *x = calloc(1, sizeof(*x));
	struct json j;

	if (!x || uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe) > FOLLOWER_OWES) {
		free(x);
		drop(c);
		return;
	}
	out_init(&x->o, -1);
	jw_init(&j, &x->o, false);
	event_json(&j, e);
	out_putc(&x->o, '\n');
	x->write.data = c;
	uv_buf_t buf = uv_buf_init(x->o.buf, (unsigned)x->o.len);
	if (uv_write(&x->write, (uv_stream_t *)&c->pipe, &buf, 1, event_written) < 0) {
		out_free(&x->o);
		free(x);
		drop(c);
	}
}

static void start_following(struct client *c, uint64_t from)
{
	c->state = FOLLOWING;
	for (const struct event *e; c->state == FOLLOWING && (e = events_from(from));
	     from = e->number + 1)
		follow(c, e);
}

static void happened(void *arg, const struct event *e)
{
	struct control *c = arg;

	for (struct client *k = c->client; k; k = k->next)
		if (k->state == FOLLOWING)
			follow(k, e);
}

/* Requests */

static void change(struct client *c, const struct request *r)
{
	struct control *k = c->control;
	struct err e = ERR_INIT;
	char who[64];

	if (c->peer.uid != 0 && c->peer.uid != geteuid()) {
		refuse(k, &c->peer, "only root may change something");
		err_set(&e, -EPERM, "only root may change something");
		answer_error(c, &e);
		return;
	}
	snprintf(who, sizeof(who), "user %u (process %d)", (unsigned)c->peer.uid, (int)c->peer.pid);
	int rc = k->calls.change(k->calls.arg, r, who, &e);
	enter(c, rc > 0 ? ON_TRIAL : CHANGING, CHANGE_IN);
	if (rc < 0)
		answer_error(c, &e);
}

void control_tried(struct control *c, const struct err *e)
{
	for (struct client *k = c ? c->client : NULL; k; k = k->next)
		if (k->state == ON_TRIAL && e)
			answer_error(k, e);
		else if (k->state == ON_TRIAL)
			enter(k, CHANGING, CHANGE_IN);
}

void control_done(struct control *c, size_t steps, const struct err *e)
{
	struct json j;

	for (struct client *k = c ? c->client : NULL; k; k = k->next) {
		if (k->state != CHANGING)
			continue;
		if (e) {
			answer_error(k, e);
			continue;
		}
		start_answer(k, &j);
		jw_object(&j, NULL);
		jw_bool(&j, "done", true);
		jw_u64(&j, "steps", steps);
		jw_object_end(&j);
		answer(k);
	}
}

static void handle(struct client *c, size_t len)
{
	struct err e = ERR_INIT;
	struct request r;

	if (request_parse(c->line, len, &r, &e) < 0) {
		refuse(c->control, &c->peer, e.msg);
		answer_error(c, &e);
	} else if (request_changes(&r)) {
		change(c, &r);
	} else if (r.kind == REQUEST_STATUS) {
		answer_status(c);
	} else if (r.kind == REQUEST_EVENTS) {
		answer_events(c, r.number);
	} else {
		start_following(c, r.number);
	}
}

static void allocate(uv_handle_t *h, size_t size, uv_buf_t *buf)
{
	struct client *c = h->data;

	(void)size;
	*buf = uv_buf_init(c->line + c->len, (unsigned)(sizeof(c->line) - c->len));
}

static void readable(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct client *c = s->data;

	(void)buf;
	if (n < 0) {
		drop(c);
		return;
	}
	if (c->state == FOLLOWING) /* there is nothing more to say */
		return;
	c->len += (size_t)n;
	serve(c);
}

/* Does the first of what was read, or goes on reading. */
static void serve(struct client *c)
{
	const char *end = memchr(c->line, '\n', c->len);

	if (!end && c->len == sizeof(c->line)) {
		refuse(c->control, &c->peer, "a line that is too long");
		drop(c);
		return;
	}
	if (!end) {
		uv_read_start((uv_stream_t *)&c->pipe, allocate, readable);
		return;
	}
	size_t len = (size_t)(end - c->line), rest = c->len - len - 1;
	uv_read_stop((uv_stream_t *)&c->pipe);
	handle(c, len);
	memmove(c->line, end + 1, rest);
	c->len = rest;
	if (c->state == FOLLOWING) {
		c->len = 0;
		/* To notice that it has gone. */
		uv_read_start((uv_stream_t *)&c->pipe, allocate, readable);
	}
}

/* Connections */

static void look(uv_timer_t *timer)
{
	struct control *c = timer->data;
	uint64_t now = uv_now(c->loop);

	for (struct client *k = c->client; k; k = k->next) {
		if (k->state == FOLLOWING || k->state == CLOSING || now < k->due)
			continue;
		if (k->state != LISTENED_TO || k->len)
			refuse(c, &k->peer,
			       k->state == WRITTEN_TO ? "an answer was not read" : "too slow");
		drop(k);
	}
	tell(c);
	if (!c->client && !c->refused)
		uv_timer_stop(timer);
}

static bool know_peer(struct client *c)
{
	socklen_t len = sizeof(c->peer);
	uv_os_fd_t fd;

	return !uv_fileno((uv_handle_t *)&c->pipe, &fd) &&
	       !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c->peer, &len);
}

static void connected(uv_stream_t *server, int status)
{
	struct control *k = server->data;
	struct client *c = status < 0 ? NULL : calloc(1, sizeof(*c));

	if (!c)
		return;
	c->control = k;
	uv_pipe_init(k->loop, &c->pipe, 0);
	c->pipe.data = c;
	out_init(&c->answer, -1);
	c->next = k->client;
	k->client = c;
	k->client_n++;
	k->handles++;
	if (!uv_is_active((uv_handle_t *)&k->timer))
		uv_timer_start(&k->timer, look, LOOK, LOOK);
	if (uv_accept(server, (uv_stream_t *)&c->pipe) < 0 || !know_peer(c)) {
		drop(c);
		return;
	}
	if (k->client_n > CONTROL_CLIENTS - (c->peer.uid ? CONTROL_ROOMS : 0)) {
		refuse(k, &c->peer, "too many connections");
		drop(c);
		return;
	}
	enter(c, LISTENED_TO, FIRST_LINE);
	serve(c);
}

/* The socket has its mode before anybody can connect to it. */
static int bind_socket(const char *path, struct err *e)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_errno(e, -errno, "%s", path);
	memcpy(a.sun_path, path, strlen(path) + 1);
	unlink(path); /* of a daemon that was killed: DIR/daemon is locked, so it is gone */
	mode_t old = umask(0177);
	int rc = bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? -errno : 0;
	umask(old);
	if (rc < 0) {
		close(fd);
		return err_errno(e, rc, "%s", path);
	}
	return fd;
}

int control_open(struct control **ret, uv_loop_t *loop, const char *dir,
		 const struct control_calls *calls, struct err *e)
{
	struct control *c = calloc(1, sizeof(*c));

	if (!c)
		return err_errno(e, -ENOMEM, "control socket");
	*c = (struct control){.loop = loop, .calls = *calls, .handles = 2};
	int n = snprintf(c->path, sizeof(c->path), "%s/control", dir);
	if (n < 0 || (size_t)n >= sizeof(c->path)) {
		free(c);
		return err_set(e, -ENAMETOOLONG, "%s: too long a name for a socket in it", dir);
	}
	snprintf(c->dir, sizeof(c->dir), "%s", dir);
	int fd = bind_socket(c->path, e);
	if (fd < 0) {
		free(c);
		return fd;
	}
	uv_timer_init(loop, &c->timer);
	uv_pipe_init(loop, &c->server, 0);
	c->timer.data = c->server.data = c;
	int rc = uv_pipe_open(&c->server, fd);
	if (!rc)
		rc = uv_listen((uv_stream_t *)&c->server, CONTROL_CLIENTS, connected);
	if (rc < 0) {
		control_close(c);
		return err_errno(e, rc, "%s/control", dir);
	}
	events_listen(happened, c);
	*ret = c;
	return 0;
}

int control_set_group(struct control *c, uint32_t gid, struct err *e)
{
	bool any = gid != UINT32_MAX;

	/* A folder that was made by an earlier version is root's alone. */
	if (any && chmod(c->dir, STATE_MODE) < 0)
		return err_errno(e, -errno, "control-group: %s", c->dir);
	if (chown(c->path, (uid_t)-1, any ? (gid_t)gid : getegid()) < 0 ||
	    chmod(c->path, any ? 0660 : 0600) < 0)
		return err_errno(e, -errno, "control-group: %s", c->path);
	return 0;
}

static void own_closed(uv_handle_t *h)
{
	freed(h->data);
}

void control_close(struct control *c)
{
	if (!c)
		return;
	events_deafen(c);
	unlink(c->path);
	for (struct client *k = c->client; k; k = k->next)
		drop(k);
	uv_close((uv_handle_t *)&c->timer, own_closed);
	uv_close((uv_handle_t *)&c->server, own_closed);
}
