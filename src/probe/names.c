/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/names.h"

#include "probe/dns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PENDING	 64 /* questions at a time */
#define PORT_DNS 53

struct question {
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
	size_t ask_size;
	uint8_t ask[]; /* of each question */
};

int names_open(struct names **ret, size_t ask_size, names_fn *fn, void *arg, struct err *e)
{
	struct names *n = calloc(1, sizeof(*n) + PENDING * ask_size);

	*ret = NULL;
	if (!n)
		return err_errno(e, -ENOMEM, "names");
	n->fn = fn;
	n->arg = arg;
	n->ask_size = ask_size;
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

unsigned names_servers(const char *text, uint8_t family, struct ip_addr *ret, unsigned max)
{
	unsigned n = 0;

	for (const char *line = text; line && n < max;
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

/* The question is over before its answer is told: it may be followed by another. */
static void end(struct names *n, struct question *q, const struct ip_addr *addr,
		enum probe_fault fault)
{
	q->waiting = 0;
	n->fn(n->arg, n->ask + (size_t)(q - n->question) * n->ask_size, addr, fault);
}

bool names_ask(struct names *n, const struct probe *p, const void *ask, uint64_t now)
{
	struct question *q = place(n);
	size_t at = (size_t)(q - n->question);
	const struct probe_terms terms = {.name = p->terms->name,
					  .type = p->src.family == AF_INET ? DNS_A : DNS_AAAA};
	struct probe v[NAMES_SERVERS];
	size_t k = 0;

	if (q->waiting)
		end(n, q, NULL, FAULT_SILENCE);
	*q = (struct question){0, ++n->number, now + p->timeout};
	for (unsigned i = 0; i < p->terms->server_n && k < NAMES_SERVERS; i++)
		if (p->terms->server[i].family == p->src.family)
			v[k++] = (struct probe){.src = p->src,
						.dst = p->terms->server[i],
						.ifindex = p->ifindex,
						.port = PORT_DNS,
						.seq = q->number,
						.target = (uint32_t)at,
						.timeout = p->timeout,
						.terms = &terms};
	q->waiting = (unsigned)dns_send(n->dns, v, k, now);
	memcpy(n->ask + at * n->ask_size, ask, n->ask_size);
	return q->waiting;
}

static void answered(void *arg, const struct probe_answer *a)
{
	struct names *n = arg;
	struct question *q = &n->question[a->target];
	const struct dns_addrs *found = dns_addrs(n->dns);

	/* Another server has answered before, or the place is another's by now. */
	if (!q->waiting || q->number != a->seq)
		return;
	q->waiting--;
	if (a->fault == FAULT_NONE && found->n)
		end(n, q, &found->v[0], FAULT_NONE);
	else if (!q->waiting)
		end(n, q, NULL, FAULT_RESOLVE);
}

void names_read(struct names *n)
{
	dns_read(n->dns, answered, n);
}

void names_expire(struct names *n, uint64_t now)
{
	for (struct question *q = n->question; q < n->question + PENDING; q++)
		if (q->waiting && q->until <= now)
			end(n, q, NULL, FAULT_SILENCE);
}
