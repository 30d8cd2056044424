/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The undo log.
 *
 * Records are appended and read from the end: a netlink request, and behind it its length. What
 * does not fit into a small buffer goes to a file that has no name which is gone when the
 * program is, however it ends. A program that is killed half-way takes nothing back.
 */
#include "ip/undo.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define BUFFER ((size_t)64 * 1024)

struct undo {
	int fd;	       /* -1: everything is in the buffer yet */
	uint64_t file; /* bytes in the file that count */
	size_t used;
	_Alignas(NLMSG_ALIGNTO) uint8_t buf[BUFFER];
};

struct undo *undo_new(void)
{
	struct undo *u = malloc(sizeof(*u));

	if (!u)
		abort();
	u->fd = -1;
	u->file = 0;
	u->used = 0;
	return u;
}

void undo_free(struct undo *u)
{
	if (!u)
		return;
	free_fd(&u->fd);
	free(u);
}

uint64_t undo_mark(const struct undo *u)
{
	return u->file + u->used;
}

void undo_forget(struct undo *u, uint64_t mark)
{
	u->used = mark > u->file ? (size_t)(mark - u->file) : 0;
	if (mark < u->file)
		u->file = mark;
}

static int spill(struct undo *u, struct err *e)
{
	if (u->fd < 0) {
		u->fd = file_temporary(e);
		if (u->fd < 0)
			return err_prefix(e, "cannot keep what is to be undone");
	}
	int rc = file_put(u->fd, u->buf, u->used, (off_t)u->file);
	if (rc < 0)
		return err_errno(e, rc, "cannot keep what is to be undone");
	u->file += u->used;
	u->used = 0;
	return 0;
}

int undo_add(struct undo *u, const struct nlmsghdr *req, struct err *e)
{
	uint32_t len = NLMSG_ALIGN(req->nlmsg_len);

	if (len + sizeof(len) > BUFFER)
		return err_errno(e, -EMSGSIZE, "cannot keep what is to be undone");
	if (u->used + len + sizeof(len) > BUFFER) {
		int rc = spill(u, e);
		if (rc < 0)
			return rc;
	}
	memset(u->buf + u->used, 0, len);
	memcpy(u->buf + u->used, req, req->nlmsg_len);
	memcpy(u->buf + u->used + len, &len, sizeof(len));
	u->used += len + sizeof(len);
	return 0;
}

/* Brings the last part of the file into the (empty) buffer, beginning with any part of a record. */
static int fetch(struct undo *u, struct err *e)
{
	size_t n = u->file < BUFFER ? (size_t)u->file : BUFFER;

	ssize_t k = file_get(u->fd, u->buf, n, (off_t)(u->file - n));

	if (k != (ssize_t)n)
		return err_errno(e, k < 0 ? (int)k : -EIO, "cannot read what is to be undone");
	u->file -= n;
	u->used = n;
	return 0;
}

/* The last record, or NULL; it is taken off the log, and stays valid until the next call. */
static int take_last(struct undo *u, const struct nlmsghdr **ret, struct err *e)
{
	uint32_t len = 0;

	*ret = NULL;
	for (;;) {
		if (u->used >= sizeof(len))
			memcpy(&len, u->buf + u->used - sizeof(len), sizeof(len));
		if (u->used >= sizeof(len) && len <= u->used - sizeof(len))
			break;
		if (!u->file)
			return 0;
		/* It begins before the buffer: what is there of it is still in the file. */
		u->file += u->used;
		int rc = fetch(u, e);
		if (rc < 0)
			return rc;
	}
	u->used -= len + sizeof(len);
	*ret = (const void *)(u->buf + u->used);
	return 0;
}

struct replay {
	int refused;
	struct err first;
};

static int heard(uint64_t cookie, const struct nlmsghdr *req, const struct err *result, void *arg,
		 struct err *e)
{
	struct replay *r = arg;

	(void)cookie;
	(void)req;
	(void)e;
	switch (result->code) {
	case 0:
	case -EEXIST:
	case -ENOENT:
	case -ESRCH:
	case -ENODEV:
	case -EADDRNOTAVAIL:
		return 0;
	}
	if (!r->refused++)
		r->first = *result;
	return 0;
}

int undo_replay(struct undo *u, struct nl *nl, struct err *e)
{
	struct replay r = {.refused = 0};
	const struct nlmsghdr *req;
	struct nl_pipe *pipe;
	int rc = nl_pipe_open(&pipe, nl, heard, &r, e);

	if (rc < 0)
		return rc;
	do {
		rc = take_last(u, &req, e);
		if (!rc && req)
			rc = nl_pipe_add(pipe, req, 0, e);
	} while (!rc && req);
	if (!rc)
		rc = nl_pipe_flush(pipe, e);
	nl_pipe_close(pipe);
	undo_forget(u, 0);
	if (rc < 0)
		return rc;
	if (r.refused)
		err_set(e, r.first.code, "%s", r.first.msg);
	return r.refused;
}
