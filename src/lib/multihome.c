/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libmultihome: the engine behind one header of plain structures. Here they are translated; what
 * they mean is fib/fib.h's and fib/prove.h's business.
 */
#pragma GCC visibility push(default)
#include <multihome.h>
#pragma GCC visibility pop

#include "base/cleanup.h"
#include "fib/dump.h"
#include "fib/many.h"
#include "fib/prove.h"
#include "netlink/nl.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)MULTIHOME_NOT_FORWARDED == FIB_NOT_FORWARDED && (int)MULTIHOME_RPF == FIB_RPF,
	       "verdicts have the engine's numbers");
_Static_assert(sizeof(struct multihome_addr) == sizeof(struct ip_addr), "an address is one");

struct multihome {
	struct snapshot snapshot;
	struct fib *fib;
	/* What changes though the model does not: it remembers, and serves one thread at a time. */
	struct memory {
		struct fib_many *many;
		atomic_flag busy;
	} * memory;
};

unsigned multihome_api(void)
{
	return MULTIHOME_API;
}

static int failed(int rc, const struct err *e, char *error, size_t size)
{
	if (rc < 0 && size)
		snprintf(error, size, "%s%s%s", e->where, *e->where ? ": " : "", e->msg);
	return rc < 0 ? rc : 0;
}

static int take_live(struct snapshot *s, struct err *e)
{
	CLEANUP(free_nl) struct nl *nl = NULL;
	int rc = nl_open(&nl, NETLINK_ROUTE, 0, e);

	*s = (struct snapshot){.settings = SETTINGS_INIT};
	return rc < 0 ? rc : snapshot_take(nl, SNAPSHOT_ALL, s, e);
}

static int remember(struct multihome *m, struct err *e)
{
	m->memory = calloc(1, sizeof(*m->memory));
	if (!m->memory)
		return err_errno(e, -ENOMEM, "model");
	return fib_many_new(m->fib, &m->memory->many, e);
}

int multihome_load(struct multihome **ret, const char *folder, char *error, size_t size)
{
	struct multihome *m = calloc(1, sizeof(*m));
	struct err e = ERR_INIT;

	*ret = NULL;
	if (!m)
		return failed(err_errno(&e, -ENOMEM, "model"), &e, error, size);
	int rc = folder ? dump_read(folder, &m->snapshot, &e) : take_live(&m->snapshot, &e);
	if (rc >= 0)
		rc = fib_new(&m->fib, &m->snapshot, &e);
	if (rc >= 0)
		rc = remember(m, &e);
	if (rc < 0)
		multihome_free(m);
	else
		*ret = m;
	return failed(rc, &e, error, size);
}

void multihome_free(struct multihome *m)
{
	if (!m)
		return;
	if (m->memory)
		fib_many_free(m->memory->many);
	free(m->memory);
	fib_free(m->fib);
	snapshot_free(&m->snapshot);
	free(m);
}

int multihome_device(const struct multihome *m, const char *name)
{
	const struct link *l = snapshot_link_named(&m->snapshot, name);

	return l ? l->h.ifi_index : 0;
}

const char *multihome_device_name(const struct multihome *m, int dev)
{
	const struct link *l = snapshot_link(&m->snapshot, dev);

	return l ? l->name : NULL;
}

static struct ip_addr address_in(const struct multihome_addr *a, uint8_t family)
{
	struct ip_addr x = {.family = family};

	if (a->family)
		memcpy(x.b, a->bytes, ip_bytes(family));
	return x;
}

static struct multihome_addr address_out(const struct ip_addr *a)
{
	struct multihome_addr x = {.family = a->family};

	memcpy(x.bytes, a->b, sizeof(x.bytes));
	return x;
}

static struct fib_packet packet_in(const struct multihome_packet *p)
{
	uint8_t family = p->dst.family == AF_INET6 ? AF_INET6 : AF_INET;

	return (struct fib_packet){.family = family,
				   .src = address_in(&p->src, family),
				   .dst = address_in(&p->dst, family),
				   .proto = p->proto,
				   .tos = p->tos,
				   .sport = p->sport,
				   .dport = p->dport,
				   .mark = p->mark,
				   .uid = p->uid,
				   .flowlabel = p->flowlabel,
				   .iif = p->iif,
				   .oif = p->oif};
}

static struct multihome_packet packet_out(const struct fib_packet *p)
{
	struct multihome_packet x = {.dst = address_out(&p->dst),
				     .proto = p->proto,
				     .tos = p->tos,
				     .sport = p->sport,
				     .dport = p->dport,
				     .mark = p->mark,
				     .uid = p->uid,
				     .flowlabel = p->flowlabel,
				     .iif = p->iif,
				     .oif = p->oif};

	if (!ip_addr_is_any(&p->src))
		x.src = address_out(&p->src);
	if (!p->family)
		x.dst.family = 0;
	return x;
}

static struct multihome_answer answer_out(const struct fib_result *r)
{
	struct ip_prefix prefix = fib_result_prefix(r);

	return (struct multihome_answer){.verdict = (int)r->verdict,
					 .has_rule = r->rule != NULL,
					 .priority = r->rule ? r->rule->priority : 0,
					 .table = r->table,
					 .dst = address_out(&prefix.addr),
					 .dst_len = prefix.len,
					 .dev = r->dev,
					 .via = address_out(&r->via),
					 .src = address_out(&r->src),
					 .nexthop = r->nexthop,
					 .nexthops = r->nexthops,
					 .hash = r->hash,
					 .why = r->why};
}

/* The engine is asked about so many at once. */
#define TOGETHER 64

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Threads that ask while another one does go without what is remembered. */
static void lookup(const struct multihome *m, const struct fib_packet *p, struct fib_result *ret,
		   size_t n)
{
	if (!atomic_flag_test_and_set_explicit(&m->memory->busy, memory_order_acquire)) {
		fib_many_lookup(m->memory->many, p, ret, n);
		atomic_flag_clear_explicit(&m->memory->busy, memory_order_release);
		return;
	}
	for (size_t i = 0; i < n; i++)
		fib_lookup(m->fib, &p[i], &ret[i]);
}

void multihome_ask_sized(const struct multihome *m, const struct multihome_packet *p,
			 size_t packet_size, struct multihome_answer *ret, size_t answer_size,
			 size_t n)
{
	const uint8_t *in = (const void *)p;
	uint8_t *out = (void *)ret;
	struct fib_packet packet[TOGETHER];
	struct fib_result result[TOGETHER];

	for (size_t at = 0, k; at < n; at += k) {
		k = least(n - at, TOGETHER);
		for (size_t i = 0; i < k; i++, in += packet_size) {
			struct multihome_packet x = {.dport = 0};
			memcpy(&x, in, least(packet_size, sizeof(x)));
			packet[i] = packet_in(&x);
		}
		lookup(m, packet, result, k);
		for (size_t i = 0; i < k; i++, out += answer_size) {
			struct multihome_answer x = answer_out(&result[i]);
			memset(out, 0, answer_size);
			memcpy(out, &x, least(answer_size, sizeof(x)));
		}
	}
}

const char *multihome_verdict_name(int verdict)
{
	return verdict < 0 || verdict > MULTIHOME_NOT_FORWARDED
		       ? NULL
		       : fib_verdict_name((enum fib_verdict)verdict);
}

long multihome_prove(const struct multihome *m, multihome_failure_fn *fn, void *arg, char *error,
		     size_t size)
{
	struct arena a = {0};
	struct err e = ERR_INIT;
	struct prove_goal goal = {.uplink_n = 0};
	struct prove_failure *x = NULL;

	prove_discover(m->fib, &a, &goal);
	long n = prove_machine(m->fib, &goal, &a, &x, NULL, &e);
	for (long i = 0; i < n && fn; i++) {
		struct multihome_failure f = {.kind = prove_kind_name(x[i].kind),
					      .text = prove_kind_text(x[i].kind),
					      .uplink = x[i].uplink ? x[i].uplink->name : NULL,
					      .other = x[i].other ? x[i].other->name : NULL,
					      .remedy = prove_remedy(m->fib, &x[i], &a),
					      .packet = packet_out(&x[i].packet),
					      .answer = answer_out(&x[i].result)};
		if (fn(arg, &f))
			break;
	}
	arena_free(&a);
	return n < 0 ? failed((int)n, &e, error, size) : n;
}
