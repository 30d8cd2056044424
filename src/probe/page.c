/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/page.h"

#include "probe/http_wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH 64

struct page {
	int fd;
	uint64_t strangers;
};

static int helper = -1;

void page_use(int fd)
{
	helper = fd;
}

int page_open(struct page **ret, struct err *e)
{
	struct page *h = calloc(1, sizeof(*h));

	*ret = h;
	if (!h)
		return err_errno(e, -ENOMEM, "pages");
	h->fd = helper;
	return 0;
}

void page_close(struct page *h)
{
	free(h);
}

int page_fd(const struct page *h)
{
	return h->fd;
}

void page_forget(struct page *h)
{
	(void)h;
}

uint64_t page_strangers(const struct page *h)
{
	return h->strangers;
}

static bool ends(const char text[static HTTP_NAME])
{
	return memchr(text, 0, HTTP_NAME);
}

static bool is_family(uint8_t family)
{
	return family == AF_INET || family == AF_INET6;
}

bool http_ask_is_sound(const struct http_ask *a, size_t len)
{
	if (len != sizeof(*a) || !ends(a->host) || !ends(a->url) || !ends(a->body) || !*a->host ||
	    a->server_n > HTTP_SERVERS || a->named > 1)
		return false;
	for (unsigned i = 0; i < a->server_n; i++)
		if (!is_family(a->server[i].family))
			return false;
	return is_family(a->src.family) && a->dst.family == a->src.family && a->ifindex > 0 &&
	       a->port && a->timeout && a->status_first <= a->status_last &&
	       (!strncmp(a->url, "http://", 7) || !strncmp(a->url, "https://", 8));
}

static void fill(struct http_ask *a, const struct probe *p)
{
	const struct probe_terms *t = p->terms;

	memset(a, 0, sizeof(*a)); /* nothing of ours goes out with what is between the members */
	a->target = p->target;
	a->timeout = p->timeout;
	a->ifindex = p->ifindex;
	a->src = p->src;
	a->dst = p->dst;
	a->seq = p->seq;
	a->port = p->port;
	a->named = ip_addr_is_any(&p->dst);
	a->status_first = t->status_first;
	a->status_last = t->status_last;
	for (; a->server_n < t->server_n && a->server_n < HTTP_SERVERS; a->server_n++)
		a->server[a->server_n] = t->server[a->server_n];
	snprintf(a->host, sizeof(a->host), "%s", t->name);
	snprintf(a->url, sizeof(a->url), "%s", t->url);
	snprintf(a->body, sizeof(a->body), "%s", t->body ? t->body : "");
}

size_t page_send(struct page *h, struct probe *v, size_t n, uint64_t now)
{
	struct http_ask a;
	size_t sent = 0;

	(void)now;
	for (size_t i = 0; i < n; i++) {
		fill(&a, &v[i]);
		v[i].error =
			send(h->fd, &a, sizeof(a), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
		sent += !v[i].error;
	}
	return sent;
}

void page_read(struct page *h, probe_fn *fn, void *arg)
{
	struct http_told t;

	for (unsigned i = 0; i < BATCH; i++) {
		ssize_t n = recv(h->fd, &t, sizeof(t), MSG_DONTWAIT | MSG_TRUNC);
		if (n <= 0)
			return;
		if (n != sizeof(t) || t.fault >= FAULTS) {
			h->strangers++;
			continue;
		}
		fn(arg, &(struct probe_answer){.target = t.target, .seq = t.seq, .fault = t.fault});
	}
}
