/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/ask.h"

#include "apply/daemon.h"
#include "apply/owned_json.h"
#include "uplink/proof_plan.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define LONGEST ((size_t)64 * 1024 * 1024) /* of an answer */

struct ask {
	int fd;
	char *buf;
	size_t len, cap;
	size_t used; /* the line that was given out last, with its end */
};

static const char *folder(struct arena *a, const struct cli *c, struct err *e)
{
	struct kernel *k;

	if (c->state)
		return c->state;
	if (kernel_open(&k, e) < 0)
		return NULL;
	const char *dir = state_default_dir(a, k);
	kernel_close(k);
	return dir;
}

static int no_way_in(const char *path, int code, struct err *e)
{
	if (code == -ENOENT || code == -ECONNREFUSED || code == -ENOTDIR)
		return 0;
	err_errno(e, code, "%s", path);
	if (code == -EACCES)
		err_hint(e, "run this as root, or as a member of the group that "
			    "`control-group = ` in [multihome] names");
	return code;
}

static int connect_to(const char *path, struct err *e)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = 10};

	if (strlen(path) >= sizeof(a.sun_path))
		return 0;
	memcpy(a.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(e, -errno, "socket");
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (!connect(fd, (struct sockaddr *)&a, sizeof(a)))
		return fd;
	int rc = no_way_in(path, -errno, e);
	close(fd);
	return rc;
}

int ask_open(struct ask **ret, const struct cli *c, struct err *e)
{
	struct arena a = {0};
	const char *dir = folder(&a, c, e);
	int fd = dir ? connect_to(arena_printf(&a, "%s/" DAEMON_SOCKET, dir), e) : -EIO;

	arena_free(&a);
	if (fd <= 0)
		return fd;
	struct ask *k = calloc(1, sizeof(*k));
	if (!k) {
		close(fd);
		return err_errno(e, -ENOMEM, "answer");
	}
	k->fd = fd;
	*ret = k;
	return 1;
}

int ask_need(struct ask **ret, const struct cli *c, struct err *e)
{
	int rc = ask_open(ret, c, e);

	if (rc)
		return rc < 0 ? rc : 0;
	err_set(e, -ESRCH, "multihomed is not at work");
	return err_hint(e, "systemctl start multihomed");
}

void ask_close(struct ask *a)
{
	if (!a)
		return;
	close(a->fd);
	free(a->buf);
	free(a);
}

int ask_fd(const struct ask *a)
{
	return a->fd;
}

int ask_send(struct ask *a, const char *request, struct err *e)
{
	struct iovec v[] = {{(char *)request, strlen(request)}, {(char *)"\n", 1}};
	struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};

	if (sendmsg(a->fd, &m, MSG_NOSIGNAL) != (ssize_t)(v[0].iov_len + 1))
		return err_errno(e, errno ? -errno : -EIO, "multihomed");
	return 0;
}

static int make_room(struct ask *a, struct err *e)
{
	if (a->len < a->cap)
		return 0;
	size_t cap = a->cap ? 2 * a->cap : 4096;
	char *more = cap <= LONGEST ? realloc(a->buf, cap) : NULL;
	if (!more)
		return err_errno(e, -ENOMEM, "multihomed's answer");
	a->buf = more;
	a->cap = cap;
	return 0;
}

bool ask_has_line(const struct ask *a)
{
	return a->len > a->used && memchr(a->buf + a->used, '\n', a->len - a->used);
}

int ask_next(struct ask *a, const char **ret, struct err *e)
{
	char *end;

	if (a->used)
		memmove(a->buf, a->buf + a->used, a->len - a->used);
	a->len -= a->used;
	a->used = 0;
	while (!a->len || !(end = memchr(a->buf, '\n', a->len))) {
		int rc = make_room(a, e);
		if (rc < 0)
			return rc;
		ssize_t n = recv(a->fd, a->buf + a->len, a->cap - a->len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, -errno, "multihomed");
		if (!n)
			return 0;
		a->len += (size_t)n;
	}
	*end = 0;
	a->used = (size_t)(end - a->buf) + 1;
	*ret = a->buf;
	return 1;
}

/* {"error": {"where", "message", "hint"}} */
static int error_in(const char *line, struct err *e)
{
	static const char head[] = "{\"error\":";

	if (strncmp(line, head, sizeof(head) - 1) != 0)
		return 0;
	json_t *j = json_loads(line, 0, NULL);
	const json_t *x = json_object_get(j, "error");
	const char *where = json_string_value(json_object_get(x, "where"));
	const char *message = json_string_value(json_object_get(x, "message"));
	const char *hint = json_string_value(json_object_get(x, "hint"));
	int code = json_is_true(json_object_get(x, "unproved")) ? PROOF_REFUSED : -EREMOTEIO;
	err_set(e, code, "%s", message ? message : "no reason");
	if (where)
		err_where(e, "%s", where);
	if (hint)
		err_hint(e, "%s", hint);
	json_decref(j);
	return code;
}

int ask_line(struct ask *a, const char *request, const char **ret, struct err *e)
{
	int rc = ask_send(a, request, e);

	if (!rc)
		rc = ask_next(a, ret, e);
	if (!rc)
		return err_set(e, -ECONNRESET, "multihomed ended the connection without an answer");
	return rc < 0 ? rc : error_in(*ret, e);
}
