/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/hosts.h"

#include "probe/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOSTS  64
#define SECOND UINT64_C(1000000)
#define OLD    (60 * SECOND)
#define PAUSE  SECOND /* between two questions */
#define WAIT   (2 * SECOND)
#define DOUBT  2 /* so many probes without an answer */

struct host {
	char name[256];
	struct ip_addr server[NAMES_SERVERS];
	unsigned server_n;
	struct ip_addr src, addr; /* addr: family 0 if there is none */
	int ifindex;
	uint64_t asked, used;
	unsigned unanswered;
	bool waiting; /* for the name servers */
	bool none;    /* they had nothing to say, the last time */
	uint32_t number;
};

/* What a question is about: a place, and which host had it then. */
struct ask {
	uint32_t place, number;
};

struct hosts {
	struct names *names;
	uint32_t number;
	struct host host[HOSTS];
};

static void found(void *arg, const void *ask, const struct ip_addr *addr, enum probe_fault fault)
{
	const struct ask *a = ask;
	struct host *h = &((struct hosts *)arg)->host[a->place];

	if (h->number != a->number)
		return;
	h->waiting = false;
	if (addr) {
		h->addr = *addr;
		h->unanswered = 0;
	} else if (fault == FAULT_RESOLVE) {
		h->addr.family = 0;
	}
	h->none = !h->addr.family;
}

int hosts_open(struct hosts **ret, struct err *e)
{
	struct hosts *h = calloc(1, sizeof(*h));

	*ret = NULL;
	if (!h)
		return err_errno(e, -ENOMEM, "hosts");
	int rc = names_open(&h->names, sizeof(struct ask), found, h, e);
	if (rc < 0)
		free(h);
	else
		*ret = h;
	return rc;
}

void hosts_close(struct hosts *h)
{
	if (!h)
		return;
	names_close(h->names);
	free(h);
}

static bool is_seen_so(const struct host *h, const struct probe *p)
{
	const struct probe_terms *t = p->terms;

	for (unsigned i = 0; i < h->server_n && i < t->server_n; i++)
		if (!ip_addr_eq(&h->server[i], &t->server[i]))
			return false;
	return h->number && h->server_n == t->server_n && h->ifindex == p->ifindex &&
	       ip_addr_eq(&h->src, &p->src) && !strcmp(h->name, t->name);
}

/* The host as this probe sees it; if it is new, in the place of the one that nobody asked longest.
 */
static struct host *host_of(struct hosts *h, const struct probe *p)
{
	struct host *oldest = h->host;

	for (struct host *i = h->host; i < h->host + HOSTS; i++) {
		if (is_seen_so(i, p))
			return i;
		if (i->used < oldest->used)
			oldest = i;
	}
	*oldest = (struct host){.src = p->src, .ifindex = p->ifindex, .number = ++h->number};
	snprintf(oldest->name, sizeof(oldest->name), "%s", p->terms->name);
	for (unsigned i = 0; i < p->terms->server_n && i < NAMES_SERVERS; i++)
		oldest->server[oldest->server_n++] = p->terms->server[i];
	return oldest;
}

static void look_up(struct hosts *h, struct host *host, const struct probe *p, uint64_t now)
{
	const struct ask ask = {(uint32_t)(host - h->host), host->number};
	struct probe how = *p;

	how.timeout = p->timeout < WAIT ? p->timeout : WAIT;
	host->asked = now;
	host->waiting = names_ask(h->names, &how, &ask, now);
	/* While they are asked once more, what they said last holds. */
	host->none |= !host->waiting && !host->addr.family;
}

int hosts_find(struct hosts *h, const struct probe *p, uint64_t now, struct ip_addr *ret)
{
	names_read(h->names);
	names_expire(h->names, now);
	struct host *host = host_of(h, p);
	uint64_t age = now - host->asked;
	bool wanted = !host->addr.family || age >= OLD || host->unanswered >= DOUBT;

	if (!host->asked || (wanted && !host->waiting && age >= PAUSE))
		look_up(h, host, p, now);
	host->used = now;
	if (!host->addr.family)
		return host->none ? -ENOENT : -EAGAIN;
	host->unanswered++;
	*ret = host->addr;
	return (int)(host - h->host);
}

void hosts_answered(struct hosts *h, int host)
{
	h->host[host].unanswered = 0;
}
