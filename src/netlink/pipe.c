/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pipeline: many requests in one send.
 *
 * The kernel carries out requests inside our sendmsg(), one after the other, so that all its
 * answers wait in the receive queue when that returns. It answers a request that fails in any case,
 * and one that succeeds if asked to. Only the last of a block asks: whatever came before it in the
 * block and was not refused by then has been carried out. One acknowledgement a block, not one a
 * request, is half of the system calls and a third of the time.
 *
 * The answers to a block must fit into the receive queue, else the kernel drops them: a block is
 * small enough for a refusal of every request. Should the last acknowledgement be missing all the
 * same, that is an error, and nothing waits for it.
 */
#include "base/cleanup.h"
#include "netlink/socket.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>
#include <sys/socket.h>

/* A block is sent as soon as it has this many requests, or no room for one more. */
#define BLOCK_N	   128u
#define BLOCK_SIZE ((size_t)64 * 1024)

struct nl_pipe {
	struct nl *nl;
	nl_done_fn *done;
	void *arg;
	unsigned n;
	size_t len;
	uint64_t cookie[BLOCK_N];
	uint32_t at[BLOCK_N]; /* where each request begins in buf */
	_Alignas(NLMSG_ALIGNTO) uint8_t buf[BLOCK_SIZE];
};

/* A block that has been sent, and how much of it has been answered. */
struct block {
	struct nl_pipe *p;
	unsigned n, next; /* requests before `next` are done */
	uint32_t first;	  /* sequence number of the first */
	int result;	  /* of the first callback that failed */
	struct err *e;
};

int nl_pipe_open(struct nl_pipe **ret, struct nl *nl, nl_done_fn *done, void *arg, struct err *e)
{
	struct nl_pipe *p = malloc(sizeof(*p));

	if (!p)
		return err_errno(e, -ENOMEM, "netlink pipeline");
	p->nl = nl;
	p->done = done;
	p->arg = arg;
	p->n = 0;
	p->len = 0;
	*ret = p;
	return 0;
}

void nl_pipe_close(struct nl_pipe *p)
{
	free(p);
}

static struct nlmsghdr *request(struct nl_pipe *p, unsigned i)
{
	return (struct nlmsghdr *)(void *)(p->buf + p->at[i]);
}

static void finish_one(struct block *b, const struct err *how)
{
	struct nl_pipe *p = b->p;
	unsigned i = b->next++;
	int rc = p->done(p->cookie[i], request(p, i), how, p->arg, b->result ? NULL : b->e);

	if (rc < 0 && !b->result)
		b->result = rc;
}

/* Those before request `i` that were not refused have been carried out. */
static void finish_before(struct block *b, unsigned i)
{
	static const struct err good = {.code = 0};

	while (b->next < i)
		finish_one(b, &good);
}

static void read_one(struct block *b, const struct nlmsghdr *h)
{
	unsigned i = h->nlmsg_seq - b->first;
	struct err how = ERR_INIT;

	if (i >= b->n || i < b->next)
		return; /* a late answer to a request that was given up */
	finish_before(b, i);
	if (h->nlmsg_type == NLMSG_ERROR) {
		nl_read_ack(h, &how);
		finish_one(b, &how);
	}
}

static int read_answers(struct block *b)
{
	struct nl *nl = b->p->nl;

	while (b->next < b->n) {
		int len;
		int rc = nl_recv(nl, MSG_DONTWAIT, &len, b->e);
		if (!rc && !len)
			rc = err_set(b->e, -ENOBUFS, "the kernel's acknowledgement got lost");
		if (rc < 0)
			return rc;
		const struct nlmsghdr *h;
		for (size_t at = 0; (h = nl_next(nl, len, &at));)
			read_one(b, h);
	}
	return b->result;
}

int nl_pipe_flush(struct nl_pipe *p, struct err *e)
{
	struct block b = {.p = p, .n = p->n, .first = p->nl->seq + 1, .e = e};

	if (!p->n)
		return 0;
	for (unsigned i = 0; i < p->n; i++) {
		struct nlmsghdr *h = request(p, i);
		h->nlmsg_seq = ++p->nl->seq;
		h->nlmsg_flags |= NLM_F_REQUEST;
		h->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
	}
	request(p, p->n - 1)->nlmsg_flags |= NLM_F_ACK;
	int rc = nl_send(p->nl, p->buf, p->len, e);
	p->n = 0;
	p->len = 0;
	if (rc < 0)
		return rc;
	p->nl->busy = true;
	rc = read_answers(&b);
	p->nl->busy = false;
	return rc;
}

int nl_pipe_add(struct nl_pipe *p, const struct nlmsghdr *req, uint64_t cookie, struct err *e)
{
	size_t need = NLMSG_ALIGN(req->nlmsg_len);

	if (need > BLOCK_SIZE)
		return err_errno(e, -EMSGSIZE, "netlink request");
	if (p->len + need > BLOCK_SIZE) {
		int rc = nl_pipe_flush(p, e);
		if (rc < 0)
			return rc;
	}
	memcpy(p->buf + p->len, req, req->nlmsg_len);
	memset(p->buf + p->len + req->nlmsg_len, 0, need - req->nlmsg_len);
	p->at[p->n] = (uint32_t)p->len;
	p->cookie[p->n++] = cookie;
	p->len += need;
	return p->n == BLOCK_N || p->len + NL_MSG_SIZE > BLOCK_SIZE ? nl_pipe_flush(p, e) : 0;
}

bool nl_pipe_is_empty(const struct nl_pipe *p)
{
	return !p->n;
}
