/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lab/measure.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

/* Addresses of the internet host: one to be asked, and where many begin. */
static const char *const one[] = {"203.0.113.1", "2001:db8:cafe::1"};
static const char *const many[] = {"203.0.113.2", "2001:db8:cafe::2"};
#define MANY 250

struct context {
	struct traffic *traffic;
	const struct topology *topo;
	const struct measure_size *size;
	struct measure_sum *sum;
	bool v6;
};

static int read_address(const char *text, struct ip_addr *ret, struct err *e)
{
	return ip_addr_parse(text, 0, ret)
		       ? 0
		       : err_set(e, -EINVAL, "topology: \"%s\" is no address", text);
}

/*
 * Ports below those that the kernel gives to clients; each set of flows has its own, so that late
 * packets of one are not counted for another.
 */
static uint16_t next_port(void)
{
	static uint16_t port;

	port = (uint16_t)(port % 10000 + 1);
	return (uint16_t)(20000 + port);
}

static int run(struct context *c, struct flows *f, struct err *e)
{
	struct measure_sum *s = c->sum;
	struct tally t;

	f->family = c->v6 ? AF_INET6 : AF_INET;
	f->patience = c->size->patience;
	if (!f->n)
		f->n = c->size->few;
	if (!f->port)
		f->port = next_port();
	int rc = traffic_run(c->traffic, f, &t, e);
	s->flows += f->n;
	s->answered += t.answered;
	s->packets += t.packets;
	s->right += t.right;
	for (int i = 0; i < TOPOLOGY_UPLINKS; i++)
		s->by_uplink[i] += t.flows[i];
	return rc;
}

static int replies(struct context *c, unsigned uplink, uint8_t proto, uint16_t port, struct err *e)
{
	struct flows f = {.proto = proto,
			  .from = TOPOLOGY_INTERNET,
			  .to = port ? TOPOLOGY_CLIENT : TOPOLOGY_SERVER,
			  .port = port,
			  .source_n = MANY,
			  .replies = true};
	int rc = read_address(many[c->v6], &f.source, e);

	if (!rc)
		rc = read_address(c->topo->uplink[uplink].address[c->v6], &f.destination, e);
	return rc < 0 ? rc : run(c, &f, e);
}

static int own(struct context *c, unsigned uplink, uint8_t proto, struct err *e)
{
	struct flows f = {.proto = proto,
			  .from = TOPOLOGY_SERVER,
			  .to = TOPOLOGY_INTERNET,
			  .destination_n = MANY};
	int rc = read_address(c->topo->uplink[uplink].address[c->v6], &f.source, e);

	if (!rc)
		rc = read_address(many[c->v6], &f.destination, e);
	return rc < 0 ? rc : run(c, &f, e);
}

/* The other router is a neighbour if the uplink's own subnet has it. */
static bool is_neighbour(const struct topology *t, const struct topology_uplink *u,
			 const struct ip_addr *a)
{
	const struct topology_link *l;

	if (topology_find_link(t, u->link, &l, NULL) < 0)
		return false;
	for (int i = 0; i < TOPOLOGY_ADDRESSES && l->a.address[i]; i++) {
		struct ip_prefix p;
		if (ip_prefix_parse(l->a.address[i], 0, &p) && ip_prefix_contains(&p, a))
			return true;
	}
	return false;
}

static int other_subnet(struct context *c, unsigned uplink, uint8_t proto, struct err *e)
{
	const struct topology_uplink *u = &c->topo->uplink[uplink];
	const struct topology_uplink *other = &c->topo->uplink[1 - uplink];
	struct flows f = {.proto = proto, .from = TOPOLOGY_SERVER, .to = other->router.host};
	int rc = read_address(u->address[c->v6], &f.source, e);

	if (!rc)
		rc = read_address(other->router.address[c->v6], &f.destination, e);
	if (rc < 0)
		return rc;
	f.onlink = is_neighbour(c->topo, u, &f.destination);
	return run(c, &f, e);
}

static int split(struct context *c, uint8_t proto, bool to_many, struct err *e)
{
	struct flows f = {.proto = proto,
			  .n = c->size->many,
			  .from = TOPOLOGY_SERVER,
			  .to = TOPOLOGY_INTERNET,
			  .destination_n = to_many ? MANY : 1};
	int rc = read_address((to_many ? many : one)[c->v6], &f.destination, e);

	return rc < 0 ? rc : run(c, &f, e);
}

static int lan(struct context *c, uint8_t proto, struct err *e)
{
	struct flows f = {.proto = proto,
			  .from = TOPOLOGY_CLIENT,
			  .to = TOPOLOGY_INTERNET,
			  .destination_n = MANY};
	int rc = read_address(many[c->v6], &f.destination, e);

	return rc < 0 ? rc : run(c, &f, e);
}

/* The measurements that are made on each uplink, with TCP and with UDP. */
static int on_uplink(struct context *c, enum measure m, unsigned uplink, uint8_t proto,
		     struct err *e)
{
	switch (m) {
	case MEASURE_REPLIES:
		return replies(c, uplink, proto, 0, e);
	case MEASURE_OWN:
		return own(c, uplink, proto, e);
	case MEASURE_OTHER_SUBNET:
		return other_subnet(c, uplink, proto, e);
	case MEASURE_SERVICE:
		return proto == IPPROTO_TCP ? replies(c, uplink, proto, MEASURE_SERVICE_PORT, e)
					    : 0;
	default:
		return err_set(e, -EINVAL, "no such measurement");
	}
}

int measure(struct traffic *t, const struct topology *topo, enum measure m, uint8_t family,
	    const struct measure_size *size, struct measure_sum *sum, struct err *e)
{
	struct context c = {t, topo, size, sum, family == AF_INET6};
	int rc = 0;

	if (measure_is_split(m))
		return split(&c, m <= MEASURE_TCP_MANY ? IPPROTO_TCP : IPPROTO_UDP,
			     m == MEASURE_TCP_MANY || m == MEASURE_UDP_MANY, e);
	for (unsigned i = 0; !rc && i < 2; i++) {
		uint8_t proto = i ? IPPROTO_UDP : IPPROTO_TCP;
		if (m == MEASURE_LAN) {
			rc = lan(&c, proto, e);
			continue;
		}
		for (unsigned u = 0; !rc && u < TOPOLOGY_UPLINKS; u++)
			rc = on_uplink(&c, m, u, proto, e);
	}
	return rc;
}
