/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/asker.h"

#include "probe/dns.h"
#include "probe/neigh.h"
#include "probe/page.h"
#include "probe/pinger.h"
#include "probe/tcp.h"

/* Each kind's functions, with its own struct taken from the void that all share. */
#define ASKER(kind, type, strangers_fn)                                                            \
	static int kind##_ask_open(void **ret, struct err *e)                                      \
	{                                                                                          \
		struct type *self;                                                                 \
		int rc = kind##_open(&self, e);                                                    \
		*ret = self;                                                                       \
		return rc;                                                                         \
	}                                                                                          \
	static void kind##_ask_close(void *self)                                                   \
	{                                                                                          \
		kind##_close(self);                                                                \
	}                                                                                          \
	static int kind##_ask_fd(const void *self)                                                 \
	{                                                                                          \
		return kind##_fd(self);                                                            \
	}                                                                                          \
	static size_t kind##_ask_send(void *self, struct probe *v, size_t n, uint64_t now)         \
	{                                                                                          \
		return kind##_send(self, v, n, now);                                               \
	}                                                                                          \
	static void kind##_ask_read(void *self, probe_fn *fn, void *arg)                           \
	{                                                                                          \
		kind##_read(self, fn, arg);                                                        \
	}                                                                                          \
	static void kind##_ask_forget(void *self)                                                  \
	{                                                                                          \
		kind##_forget(self);                                                               \
	}                                                                                          \
	static uint64_t kind##_ask_strangers(const void *self)                                     \
	{                                                                                          \
		return strangers_fn(self);                                                         \
	}                                                                                          \
	static const struct asker kind##_asker = {                                                 \
		kind##_ask_open, kind##_ask_close,  kind##_ask_fd,	  kind##_ask_send,         \
		kind##_ask_read, kind##_ask_forget, kind##_ask_strangers,                          \
	}

/* A connection is with whom it is with; and neighbours answer the kernel's questions, too. */
static uint64_t no_strangers(const void *self)
{
	(void)self;
	return 0;
}

/* It does not keep anything for a time. */
static size_t neigh_send_at(struct neigh_asker *a, struct probe *v, size_t n, uint64_t now)
{
	(void)now;
	return neigh_send(a, v, n);
}
#define neigh_send neigh_send_at

ASKER(pinger, pinger, pinger_strangers);
ASKER(neigh, neigh_asker, no_strangers);
ASKER(tcp, tcp, no_strangers);
ASKER(dns, dns, dns_strangers);
ASKER(page, page, page_strangers);

const struct asker *asker_of(enum probe_kind kind)
{
	static const struct asker *const all[ASKERS] = {
		[PROBE_PING] = &pinger_asker, [PROBE_GATEWAY] = &neigh_asker,
		[PROBE_TCP] = &tcp_asker,     [PROBE_DNS] = &dns_asker,
		[PROBE_HTTP] = &page_asker,
	};

	return kind < ASKERS ? all[kind] : NULL;
}
