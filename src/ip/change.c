/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How changes reach the kernel; see change.h.
 *
 * What may wait in the queue depends on what has to happen when a line fails. With -force nothing:
 * everything waits. Otherwise what has been sent behind the failed line must be taken back at once,
 * so only that may wait whose opposite is known from the request itself (adding what was not
 * there). Interfaces never wait, as the lines behind may name them.
 *
 * With -atomic the opposite of every change is kept (undo.h) until the batch is done.
 */
#include "ip/change.h"

#include "ip/request.h"
#include "ip/show.h"
#include "ip/undo.h"
#include "model/link.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

struct changes {
	struct nl_pipe *pipe;
	struct undo *undo; /* with -atomic of everything, otherwise of what must not stay */
	change_failed_fn *failed;
	void *arg;
	struct ip *ip;
	uint64_t line;
	bool stopped;	 /* a line has failed, and nothing behind it shall be done */
	bool own_failed; /* a request of the line at hand has failed */
};

static int finished(uint64_t line, const struct nlmsghdr *req, const struct err *result, void *arg,
		    struct err *e)
{
	struct changes *c = arg;

	if (result->code < 0 && !c->stopped) {
		c->failed(c->arg, line, req, result);
		c->own_failed |= line == c->line;
		c->stopped = !c->ip->opt.force;
	} else if (!result->code && (c->stopped || c->ip->opt.atomic)) {
		return undo_note(c->undo, req, e);
	}
	return 0;
}

int changes_open(struct ip *ip, change_failed_fn *failed, void *arg, struct err *e)
{
	struct changes *c = calloc(1, sizeof(*c));

	if (!c)
		return err_errno(e, -ENOMEM, "batch");
	c->undo = undo_new();
	c->ip = ip;
	c->failed = failed;
	c->arg = arg;
	int rc = nl_pipe_open(&c->pipe, ip->nl, finished, c, e);
	ip->changes = c;
	return rc;
}

void changes_close(struct ip *ip)
{
	struct changes *c = ip->changes;

	if (!c)
		return;
	nl_pipe_close(c->pipe);
	undo_free(c->undo);
	free(c);
	ip->changes = NULL;
}

void changes_line(struct ip *ip, uint64_t line)
{
	ip->changes->line = line;
	ip->changes->own_failed = false;
}

bool changes_wait(const struct ip *ip)
{
	return !nl_pipe_is_empty(ip->changes->pipe);
}

/* Takes back what is in the log, and says so if that cannot be done. */
static int take_back(struct changes *c, struct err *e)
{
	int rc = undo_replay(c->undo, c->ip->nl, e);

	if (rc > 0)
		rc = err_prefix(e, "%d changes could not be taken back", rc);
	return rc;
}

/* After the queue was sent. */
static int sent(struct changes *c, int rc, struct err *e)
{
	if (rc >= 0 && c->stopped && !c->ip->opt.atomic)
		rc = take_back(c, e);
	if (rc >= 0 && (c->stopped || c->own_failed))
		rc = -EIO; /* it has been reported */
	return rc < 0 ? rc : 0;
}

int ip_settle(struct ip *ip, struct err *e)
{
	struct changes *c = ip->changes;

	return c ? sent(c, nl_pipe_flush(c->pipe, e), e) : 0;
}

int changes_undo(struct ip *ip, struct err *e)
{
	devices_forget(ip->devices);
	return take_back(ip->changes, e);
}

static bool is_link(const struct nlmsghdr *req)
{
	return req->nlmsg_type == RTM_NEWLINK || req->nlmsg_type == RTM_SETLINK ||
	       req->nlmsg_type == RTM_DELLINK || req->nlmsg_type == RTM_NEWLINKPROP ||
	       req->nlmsg_type == RTM_DELLINKPROP;
}

static bool may_wait(const struct ip *ip, const struct nlmsghdr *req)
{
	if (is_link(req) || ip->opt.echo)
		return false;
	return (ip->opt.force && !ip->opt.atomic) || undo_way(req) == UNDO_KNOWN;
}

/* What the kernel says that it has done (NLM_F_ECHO): shown, and its opposite kept. */
struct echo {
	struct ip *ip;
	struct undo *undo; /* NULL: need not be */
	bool heard;
};

static int hear(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct echo *x = arg;
	int rc = x->undo ? undo_heard(x->undo, h, e) : 0;

	x->heard = true;
	return rc < 0 || !x->ip->opt.echo ? rc : show_message(x->ip, h, e);
}

/* One request at once; what is known of interfaces may be wrong then. */
static int send_now(struct ip *ip, struct nlmsghdr *req, struct undo *u, struct err *e)
{
	struct echo x = {.ip = ip, .undo = u};

	if (u || ip->opt.echo)
		req->nlmsg_flags |= NLM_F_ECHO;
	int rc = nl_talk(ip->nl, req, hear, &x, e);
	if (is_link(req))
		devices_forget(ip->devices);
	if (rc < 0) {
		ip->status = STATUS_KERNEL;
		return rc;
	}
	return u && !x.heard ? err_set(e, -EOPNOTSUPP,
				       "the kernel does not say what it has done, "
				       "it cannot be taken back")
			     : 0;
}

static int send_undoably(struct ip *ip, struct nlmsghdr *req, struct err *e)
{
	struct undo *u = ip->changes->undo;
	uint64_t mark = undo_mark(u);
	enum undo_way way = undo_way(req);
	int rc = way == UNDO_PREPARED ? undo_prepare(u, ip, req, e) : 0;

	if (way == UNDO_IMPOSSIBLE)
		return err_set(e, -EOPNOTSUPP, "this cannot be taken back, so -atomic refuses it");
	if (rc >= 0)
		rc = send_now(ip, req, way == UNDO_HEARD ? u : NULL, e);
	if (rc >= 0 && way == UNDO_KNOWN)
		rc = undo_note(u, req, e);
	else if (rc < 0)
		undo_forget(u, mark);
	return rc;
}

int changes_delete(struct ip *ip, const struct nlmsghdr *object, struct err *e)
{
	struct nl_msg m;

	if (!ip->changes || !ip->opt.atomic)
		return 0;
	if (object->nlmsg_type == RTM_NEWADDR)
		return err_set(e, -EOPNOTSUPP,
			       "flushing addresses cannot be taken back, as routes "
			       "go with them, so -atomic refuses it");
	int rc = request_add(object, NLM_F_CREATE | NLM_F_APPEND, &m, e);
	return rc < 0 ? rc : undo_add(ip->changes->undo, &m.h, e);
}

int changes_made(struct ip *ip, const struct nlmsghdr *req, struct err *e)
{
	return ip->changes && ip->opt.atomic ? undo_note(ip->changes->undo, req, e) : 0;
}

/* A dry run: lines behind it may name an interface that this one would have made. */
static int pretend(struct ip *ip, const struct nlmsghdr *req)
{
	struct link l;

	if (req->nlmsg_type == RTM_NEWLINK && (req->nlmsg_flags & NLM_F_CREATE) &&
	    !link_decode(req, &l, NULL) && has(&l, LINK_NAME) &&
	    !devices_index(ip->devices, l.name))
		devices_add(ip->devices, INT_MAX, l.name);
	return show_command(ip);
}

int ip_act(struct ip *ip, struct err *e)
{
	if (ip->opt.dry_run)
		return show_command(ip);
	if (ip->opt.atomic)
		return err_set(e, -EOPNOTSUPP, "this cannot be taken back, so -atomic refuses it");
	int rc = ip_settle(ip, e);
	return rc < 0 ? rc : 1;
}

int ip_change(struct ip *ip, struct nlmsghdr *req, struct err *e)
{
	struct changes *c = ip->changes;

	if (ip->opt.dry_run)
		return pretend(ip, req);
	if (!c)
		return send_now(ip, req, NULL, e);
	if (may_wait(ip, req))
		return sent(c, nl_pipe_add(c->pipe, req, c->line, e), e);
	int rc = ip_settle(ip, e);
	if (rc < 0)
		return rc;
	return ip->opt.atomic ? send_undoably(ip, req, e) : send_now(ip, req, NULL, e);
}
