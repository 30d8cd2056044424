/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ip/context.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void ip_list_begin(struct ip *ip)
{
	jw_init(&ip->print.j, &ip->out, ip->opt.pretty);
	if (ip->print.json)
		jw_array(&ip->print.j, NULL);
}

void ip_list_end(struct ip *ip)
{
	if (!ip->print.json)
		return;
	jw_array_end(&ip->print.j);
	out_putc(&ip->out, '\n');
}

int ip_dump(struct ip *ip, struct nlmsghdr *req, nl_fn *fn, void *arg, struct err *e)
{
	int rc = nl_dump(ip->nl, req, fn, arg, e);

	if (rc < 0 && !ip->status)
		ip->status = STATUS_KERNEL;
	if (rc > 0)
		fputs("The kernel's tables changed while they were read: what is shown may be "
		      "inconsistent.\n",
		      stderr);
	return rc < 0 ? rc : 0;
}

int ip_talk(struct ip *ip, struct nlmsghdr *req, nl_fn *fn, void *arg, struct err *e)
{
	int rc = nl_talk(ip->nl, req, fn, arg, e);

	if (rc < 0 && !ip->status)
		ip->status = STATUS_KERNEL;
	return rc;
}

static int collect(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct messages *m = arg;

	(void)e;
	if (!m->wanted || m->wanted(h, m->arg))
		*ARENA_PUSH(m->arena, m->item, m->n, m->cap) = arena_dup(m->arena, h, h->nlmsg_len);
	return 0;
}

int ip_collect(struct ip *ip, struct nlmsghdr *req, struct messages *m, struct err *e)
{
	m->arena = &ip->arena;
	m->item = NULL;
	m->n = m->cap = 0;
	return ip_dump(ip, req, collect, m, e);
}

struct flushed {
	struct ip *ip;
	size_t n;
};

static int deleted(uint64_t cookie, const struct nlmsghdr *req, const struct err *result, void *arg,
		   struct err *e)
{
	struct flushed *f = arg;

	(void)cookie;
	(void)req;
	/* Deleting one may take others along: an address its secondaries, a route its clones. */
	if (result->code == -ENOENT || result->code == -ESRCH || result->code == -EADDRNOTAVAIL)
		return 0;
	if (result->code < 0) {
		f->ip->status = STATUS_KERNEL;
		return err_set(e, result->code, "%s", result->msg);
	}
	f->n++;
	return 0;
}

int ip_delete_all(struct ip *ip, const struct messages *m, unsigned type, struct err *e)
{
	struct flushed f = {.ip = ip};
	struct nl_pipe *pipe;
	int rc = nl_pipe_open(&pipe, ip->nl, deleted, &f, e);

	for (size_t i = 0; i < m->n && !rc; i++) {
		m->item[i]->nlmsg_type = (uint16_t)type;
		m->item[i]->nlmsg_flags = NLM_F_REQUEST;
		m->item[i]->nlmsg_pid = 0;
		rc = nl_pipe_add(pipe, m->item[i], i, e);
	}
	if (!rc)
		rc = nl_pipe_flush(pipe, e);
	nl_pipe_close(pipe);
	return rc < 0 ? rc : (int)f.n;
}
