/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http/names.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "probe/dns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RESOLV_CONF "/etc/resolv.conf"
#define PENDING	    64 /* questions at a time */
#define PORT_DNS    53

struct question {
	struct http_ask ask;
	unsigned waiting; /* for so many servers; 0: free */
	uint16_t number;
	uint64_t until;
};

struct names {
	struct dns *dns;
	names_fn *fn;
	void *arg;
	uint16_t number;
	struct question question[PENDING];
};

int names_open(struct names **ret, names_fn *fn, void *arg, struct err *e)
{
	struct names *n = calloc(1, sizeof(*n));

	*ret = NULL;
	if (!n)
		return err_errno(e, -ENOMEM, "names");
	n->fn = fn;
	n->arg = arg;
	int rc = dns_open(&n->dns, e);
	if (rc < 0)
		free(n);
	else
		*ret = n;
	return rc;
}

void names_close(struct names *n)
{
	if (!n)
		return;
	dns_close(n->dns);
	free(n);
}

int names_fd(const struct names *n)
{
	return dns_fd(n->dns);
}

unsigned names_servers(const char *text, uint8_t family, struct ip_addr ret[static HTTP_SERVERS])
{
	unsigned n = 0;

	for (const char *line = text; line && n < HTTP_SERVERS;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		char word[IP_ADDR_STRLEN];
		if (sscanf(line, "nameserver%*1[ \t]%*[ \t]%47[^ \t\r\n]", word) != 1 &&
		    sscanf(line, "nameserver%*1[ \t]%47[^ \t\r\n]", word) != 1)
			continue;
		if (ip_addr_parse(word, family, &ret[n]) && !ip_addr_is_loopback(&ret[n]) &&
		    !ip_addr_is_any(&ret[n]))
			n++;
	}
	return n;
}

static unsigned servers_of(const struct http_ask *a, struct ip_addr ret[static HTTP_SERVERS])
{
	CLEANUP(arena_free) struct arena arena = {NULL};
	unsigned n = 0;
	char *text;
	size_t len;

	for (unsigned i = 0; i < a->server_n; i++)
		if (a->server[i].family == a->src.family)
			ret[n++] = a->server[i];
	if (a->server_n || file_read(&arena, RESOLV_CONF, &text, &len, NULL) < 0)
		return n;
	return names_servers(text, a->src.family, ret);
}

/* A free place, or that of the question that has the least time left: it is given up. */
static struct question *place(struct names *n)
{
	struct question *oldest = n->question;

	for (struct question *q = n->question; q < n->question + PENDING; q++) {
		if (!q->waiting)
			return q;
		if (q->until < oldest->until)
			oldest = q;
	}
	return oldest;
}

void names_ask(struct names *n, const struct http_ask *ask, uint64_t now)
{
	struct ip_addr server[HTTP_SERVERS];
	struct question *q = place(n);
	struct probe_terms terms = {.name = q->ask.host,
				    .type = ask->src.family == AF_INET ? DNS_A : DNS_AAAA};
	struct probe v[HTTP_SERVERS];
	unsigned k = servers_of(ask, server);

	if (q->waiting)
		n->fn(n->arg, &q->ask, NULL, FAULT_RESOLVE);
	*q = (struct question){*ask, 0, ++n->number, now + ask->timeout};
	for (unsigned i = 0; i < k; i++)
		v[i] = (struct probe){.src = ask->src,
				      .dst = server[i],
				      .ifindex = ask->ifindex,
				      .port = PORT_DNS,
				      .seq = q->number,
				      .target = (uint32_t)(q - n->question),
				      .timeout = ask->timeout,
				      .terms = &terms};
	q->waiting = (unsigned)dns_send(n->dns, v, k, now);
	if (!q->waiting)
		n->fn(n->arg, ask, NULL, FAULT_RESOLVE);
}

static void answered(void *arg, const struct probe_answer *a)
{
	struct names *n = arg;
	struct question *q = &n->question[a->target];

	/* Another server has answered before, or the place is another's by now. */
	if (!q->waiting || q->number != a->seq)
		return;
	q->waiting--;
	const struct dns_addrs *found = dns_addrs(n->dns);
	if (a->fault == FAULT_NONE && found->n) {
		q->waiting = 0;
		n->fn(n->arg, &q->ask, &found->v[0], FAULT_NONE);
	} else if (!q->waiting) {
		n->fn(n->arg, &q->ask, NULL, FAULT_RESOLVE);
	}
}

void names_read(struct names *n)
{
	dns_read(n->dns, answered, n);
}

void names_expire(struct names *n, uint64_t now)
{
	for (struct question *q = n->question; q < n->question + PENDING; q++)
		if (q->waiting && q->until <= now) {
			q->waiting = 0;
			n->fn(n->arg, &q->ask, NULL, FAULT_RESOLVE);
		}
}
