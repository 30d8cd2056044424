/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ip/save.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "ip/change.h"
#include "ip/request.h"
#include "ip/show.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* No message of the kernel's is larger. */
#define BUFFER ((size_t)64 * 1024)

struct writing {
	struct ip *ip;
	const struct saved_kind *kind;
	bool (*wanted)(const struct nlmsghdr *h, void *arg);
	void *arg;
};

static int write_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	static const char zero[NLMSG_ALIGNTO];
	struct writing *w = arg;

	(void)e;
	if (h->nlmsg_type != w->kind->type || (w->wanted && !w->wanted(h, w->arg)))
		return 0;
	out_mem(&w->ip->out, (const char *)h, h->nlmsg_len);
	out_mem(&w->ip->out, zero, NLMSG_ALIGN(h->nlmsg_len) - h->nlmsg_len);
	return 0;
}

int saved_write(struct ip *ip, const struct saved_kind *kind, struct nlmsghdr *req,
		bool (*wanted)(const struct nlmsghdr *h, void *arg), void *arg, struct err *e)
{
	struct writing w = {ip, kind, wanted, arg};

	if (ip->out.fd >= 0 && isatty(ip->out.fd))
		return ip_fail(ip, STATUS_USAGE, e, -EINVAL,
			       "%s are saved as bytes, which a terminal cannot show: redirect them",
			       kind->what);
	out_mem(&ip->out, (const char *)&kind->magic, sizeof(kind->magic));
	return ip_dump(ip, req, write_one, &w, e);
}

/* What was saved, opened. */
struct saved {
	const struct saved_kind *kind;
	int fd, temporary; /* -1: standard input can be read at any place */
	off_t start;	   /* of the first message */
};

/* Of a pipe, a copy. */
static int spool(struct saved *s, struct err *e)
{
	char buf[BUFFER];
	ssize_t n;
	off_t at = 0;

	s->fd = s->temporary = file_temporary(e);
	if (s->fd < 0)
		return s->fd;
	while ((n = read(STDIN_FILENO, buf, sizeof(buf)))) {
		int rc = n > 0 ? file_put(s->fd, buf, (size_t)n, at) : errno == EINTR ? 0 : -errno;
		if (rc < 0)
			return err_errno(e, rc, "standard input");
		at += n > 0 ? n : 0;
	}
	return 0;
}

static int open_saved(struct ip *ip, struct saved *s, struct err *e)
{
	uint32_t magic = 0;

	s->fd = STDIN_FILENO;
	s->temporary = -1;
	if (isatty(s->fd))
		return ip_fail(ip, STATUS_USAGE, e, -EINVAL,
			       "what was saved is read from standard input: redirect it");
	s->start = lseek(s->fd, 0, SEEK_CUR);
	if (s->start < 0) {
		int rc = spool(s, e);
		if (rc < 0)
			return rc;
		s->start = 0;
	}
	if (pread(s->fd, &magic, sizeof(magic), s->start) != sizeof(magic) ||
	    magic != s->kind->magic)
		return ip_fail(ip, STATUS_USAGE, e, -EINVAL, "standard input holds no saved %s",
			       s->kind->what);
	s->start += (off_t)sizeof(magic);
	return 0;
}

static int damaged(const struct saved *s, struct err *e)
{
	return err_set(e, -EBADMSG, "what was saved of %s is damaged", s->kind->what);
}

static int each_message(const struct saved *s, nl_fn *fn, void *arg, struct err *e)
{
	_Alignas(NLMSG_ALIGNTO) uint8_t buf[BUFFER];
	off_t at = s->start;
	size_t left = 0;

	for (;;) {
		ssize_t n = file_get(s->fd, buf + left, BUFFER - left, at);
		if (n < 0)
			return err_errno(e, (int)n, "standard input");
		if (!n)
			return left ? damaged(s, e) : 0;
		size_t done = 0, end = left + (size_t)n;
		at += n;
		while (end - done >= NLMSG_HDRLEN) {
			const struct nlmsghdr *h = (const void *)(buf + done);
			if (h->nlmsg_len < NLMSG_HDRLEN || h->nlmsg_len > BUFFER ||
			    h->nlmsg_type != s->kind->type)
				return damaged(s, e);
			if (NLMSG_ALIGN(h->nlmsg_len) > end - done)
				break;
			int rc = fn(h, arg, e);
			if (rc < 0)
				return rc;
			done += NLMSG_ALIGN(h->nlmsg_len);
		}
		left = end - done;
		memmove(buf, buf + done, left);
	}
}

int saved_show(struct ip *ip, const struct saved_kind *kind, nl_fn *show, void *arg, struct err *e)
{
	struct saved s = {.kind = kind};
	int rc = open_saved(ip, &s, e);

	if (!rc) {
		bool wrap = ip->print.json && kind->key;
		ip_list_begin(ip);
		if (wrap) {
			jw_object(&ip->print.j, NULL);
			jw_array(&ip->print.j, kind->key);
		}
		rc = each_message(&s, show, arg, e);
		if (wrap) {
			jw_array_end(&ip->print.j);
			jw_object_end(&ip->print.j);
		}
		ip_list_end(ip);
	}
	free_fd(&s.temporary);
	return rc;
}

struct restore {
	struct ip *ip;
	const struct saved_kind *kind;
	struct nl_pipe *pipe;
	unsigned pass;
};

static int restored(uint64_t cookie, const struct nlmsghdr *req, const struct err *result,
		    void *arg, struct err *e)
{
	struct restore *r = arg;

	(void)cookie;
	if (result->code == -EEXIST && r->kind->once)
		return 0;
	if (!result->code)
		return changes_made(r->ip, req, e);
	return err_set(e, result->code, "%s", result->msg);
}

/* IPv4's routes of one key keep their order; IPv6 would make one route of what it finds there. */
static unsigned add_flags(const struct nlmsghdr *h)
{
	const struct rtgenmsg *g = NLMSG_DATA(h);
	bool append = h->nlmsg_type == RTM_NEWROUTE && h->nlmsg_len > NLMSG_HDRLEN &&
		      g->rtgen_family == AF_INET;

	return NLM_F_CREATE | (append ? NLM_F_APPEND : 0);
}

static int restore_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct restore *r = arg;
	struct nl_msg m;

	if (r->kind->pass && r->kind->pass(h) != r->pass)
		return 0;
	int rc = request_add(h, add_flags(h), &m, e);
	return rc < 0 ? rc : nl_pipe_add(r->pipe, &m.h, 0, e);
}

static int restore_all(struct restore *r, struct err *e)
{
	struct saved s = {.kind = r->kind};
	int rc = open_saved(r->ip, &s, e);

	for (r->pass = 0; !rc && r->pass < (r->kind->pass ? r->kind->passes : 1); r->pass++) {
		rc = each_message(&s, restore_one, r, e);
		if (!rc)
			rc = nl_pipe_flush(r->pipe, e);
	}
	free_fd(&s.temporary);
	return rc;
}

int saved_restore(struct ip *ip, const struct saved_kind *kind, struct err *e)
{
	struct restore r = {.ip = ip, .kind = kind};

	if (ip->opt.dry_run)
		return show_command(ip);
	int rc = ip_settle(ip, e);
	if (!rc)
		rc = nl_pipe_open(&r.pipe, ip->nl, restored, &r, e);
	if (rc < 0)
		return rc;
	rc = restore_all(&r, e);
	nl_pipe_close(r.pipe);
	if (rc < 0)
		ip->status = STATUS_USAGE;
	return rc;
}
