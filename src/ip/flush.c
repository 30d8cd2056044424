/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ip/context.h"

#include "base/cleanup.h"
#include "ip/change.h"
#include "ip/show.h"

#include <errno.h>
#include <string.h>

#define ROUNDS 10
#define KEPT   ((size_t)1024 * 1024)

/* Requests that delete something, many at a time. */
struct deleting {
	struct ip *ip;
	struct nl_pipe *pipe;
	unsigned done; /* how many deleted something */
};

static int deleted(uint64_t cookie, const struct nlmsghdr *req, const struct err *result, void *arg,
		   struct err *e)
{
	struct deleting *d = arg;

	(void)cookie;
	(void)req;
	d->done += !result->code;
	if (!result->code || result->code == -ENOENT || result->code == -ESRCH ||
	    result->code == -EADDRNOTAVAIL)
		return 0;
	d->ip->status = STATUS_KERNEL;
	return err_set(e, result->code, "%s", result->msg);
}

/*
 * What is to be deleted waits until the dump is done, unless that is too much to keep. Of a table
 * that is cut while it is read, the kernel leaves some out (rules: every other block), and it takes
 * more rounds.
 */
struct round {
	struct deleting d;
	const struct flush *f;
	unsigned n; /* found */
	struct messages kept;
	size_t bytes; /* of them */
	struct arena arena;
};

static int add(struct ip *ip, struct nl_pipe *pipe, const struct nlmsghdr *h, unsigned type,
	       struct err *e)
{
	struct nl_msg m;

	if (ip->opt.dry_run)
		return show_delete(ip, h, e);
	if (h->nlmsg_len > sizeof(m.buf))
		return 0;
	memcpy(m.buf, h, h->nlmsg_len);
	m.h.nlmsg_type = (uint16_t)type;
	m.h.nlmsg_flags = NLM_F_REQUEST;
	m.h.nlmsg_pid = 0;
	return nl_pipe_add(pipe, &m.h, 0, e);
}

/* In case all is to be undone: last first, as they are made again from the log's end. */
static int note(struct ip *ip, const struct messages *m, struct err *e)
{
	int rc = 0;

	for (size_t i = m->n; i-- > 0 && !rc && !ip->opt.dry_run;)
		rc = changes_delete(ip, m->item[i], e);
	return rc;
}

static int delete_these(struct deleting *d, const struct messages *m, unsigned type, struct err *e)
{
	int rc = note(d->ip, m, e);

	for (size_t i = 0; i < m->n && !rc; i++)
		rc = add(d->ip, d->pipe, m->item[i], type, e);
	return rc;
}

static int begin_deleting(struct deleting *d, struct nl *nl, struct err *e)
{
	int rc = ip_settle(d->ip, e);

	return rc < 0 ? rc : nl_pipe_open(&d->pipe, nl, deleted, d, e);
}

int ip_delete_all(struct ip *ip, const struct messages *m, unsigned type, struct err *e)
{
	struct deleting d = {.ip = ip};
	int rc = begin_deleting(&d, ip->nl, e);

	if (!rc)
		rc = delete_these(&d, m, type, e);
	if (!rc)
		rc = nl_pipe_flush(d.pipe, e);
	nl_pipe_close(d.pipe);
	return rc;
}

/* Of one prefix there are as many routes as somebody has made metrics for. */
#define ROUNDS_MAX 65536

int ip_delete_while(struct ip *ip, const struct messages *m, struct err *e)
{
	struct deleting d = {.ip = ip, .done = 1};
	int rc = begin_deleting(&d, ip->nl, e);

	for (int round = 0; !rc && d.done; round++) {
		if (round == ROUNDS_MAX)
			rc = err_set(e, -EAGAIN,
				     "after %d deletions there is still one more: somebody "
				     "adds them as fast",
				     ROUNDS_MAX);
		d.done = 0;
		for (size_t i = 0; i < m->n && !rc; i++)
			rc = nl_pipe_add(d.pipe, m->item[i], 0, e);
		if (!rc)
			rc = nl_pipe_flush(d.pipe, e);
	}
	nl_pipe_close(d.pipe);
	return rc;
}

static int delete_kept(struct round *r, struct err *e)
{
	int rc = delete_these(&r->d, &r->kept, r->f->type, e);

	r->bytes = r->kept.n = r->kept.cap = 0;
	arena_reset(&r->arena);
	return rc;
}

static int found(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct round *r = arg;

	if (!r->f->wanted(h, r->f->arg))
		return 0;
	r->n++;
	if (r->f->show && r->d.ip->opt.stats > 1) {
		ip_list_open(r->d.ip);
		r->f->show(h, r->f->arg);
	}
	*ARENA_PUSH(&r->arena, r->kept.item, r->kept.n, r->kept.cap) =
		arena_dup(&r->arena, h, h->nlmsg_len);
	r->bytes += h->nlmsg_len;
	return r->bytes < KEPT ? 0 : delete_kept(r, e);
}

/* One dump; the number of objects that it found. */
static int one_round(struct round *r, struct nlmsghdr *req, struct err *e)
{
	r->n = 0;
	int rc = nl_dump(r->d.ip->nl, req, found, r, e);
	if (rc >= 0)
		rc = delete_kept(r, e);
	if (rc >= 0)
		rc = nl_pipe_flush(r->d.pipe, e);
	if (rc < 0 && !r->d.ip->status)
		r->d.ip->status = STATUS_KERNEL;
	return rc < 0 ? rc : (int)r->n;
}

static int all_rounds(struct round *r, struct nlmsghdr *req, struct err *e)
{
	struct ip *ip = r->d.ip;
	unsigned limit = ip->opt.loops ? ip->opt.loops : ROUNDS, round;
	bool talk = ip->opt.stats && r->f->what && !ip->print.json;

	for (round = 0; round < limit; round++) {
		int n = one_round(r, req, e);
		if (n < 0)
			return n;
		if (!n)
			break;
		if (talk)
			out_printf(&ip->out, "\n*** Round %u, deleting %d %s ***\n", round + 1, n,
				   r->f->what);
		if (r->f->once || ip->opt.dry_run) {
			round++;
			break;
		}
	}
	if (round == limit)
		return ip_fail(ip, STATUS_SYNTAX, e, -EBUSY,
			       "after %u rounds there is still something to flush", limit);
	if (talk && !round)
		out_puts(&ip->out, "Nothing to flush.\n");
	else if (talk)
		out_printf(&ip->out, "*** Flush is complete after %u round%s ***\n", round,
			   round > 1 ? "s" : "");
	return 0;
}

int ip_flush(struct ip *ip, struct nlmsghdr *req, const struct flush *f, struct err *e)
{
	struct round r = {.d.ip = ip, .f = f};
	CLEANUP(free_nl) struct nl *nl = NULL;
	int rc = nl_open(&nl, NETLINK_ROUTE, 0, e);

	if (!rc)
		rc = begin_deleting(&r.d, nl, e);
	if (!rc)
		rc = all_rounds(&r, req, e);
	nl_pipe_close(r.d.pipe);
	arena_free(&r.arena);
	return rc;
}
