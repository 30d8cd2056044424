/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/prober_wire.h"

#include "probe/asker.h"

#include <string.h>
#include <sys/socket.h>

static bool is_verdict(uint8_t health, uint8_t why)
{
	return health <= HEALTH_DOWN && why < WHY_FAULT + FAULTS;
}

static bool is_family(uint8_t family)
{
	return family == AF_INET || family == AF_INET6;
}

static bool begin_is_sound(const void *m)
{
	const struct prober_begin *b = m;

	return b->n <= PROBER_TARGETS_MAX && b->terms <= PROBER_TARGETS_MAX;
}

static bool terms_are_sound(const void *m)
{
	const struct prober_terms *t = m;

	for (unsigned i = 0; i < t->server_n && i < PROBER_SERVERS; i++)
		if (!is_family(t->server[i].family))
			return false;
	return memchr(t->name, 0, sizeof(t->name)) && memchr(t->url, 0, sizeof(t->url)) &&
	       memchr(t->body, 0, sizeof(t->body)) && t->server_n <= PROBER_SERVERS &&
	       t->refused_ok <= 1 && t->nxdomain_ok <= 1;
}

static bool window_is_sound(const struct prober_target *t)
{
	return t->slots >= 8 && t->slots == window_slots(t->slots) &&
	       t->at % sizeof(uint64_t) == 0 && t->at < 2 * PROBER_HALF &&
	       t->at % PROBER_HALF + window_bytes(t->slots) <= PROBER_HALF;
}

static bool target_is_sound(const void *m)
{
	const struct prober_target *t = m;
	const struct check_limits *l = &t->limits;

	return t->id < PROBER_IDS && asker_of(t->kind) && is_family(t->dst.family) &&
	       t->src.family == t->dst.family && t->ifindex > 0 && l->every >= 1000 && l->timeout &&
	       t->calm >= l->every && l->down && l->up && is_verdict(t->health, t->why) &&
	       window_is_sound(t);
}

static bool verdict_is_sound(const void *m)
{
	const struct prober_verdict *v = m;

	return v->index < PROBER_TARGETS_MAX && is_verdict(v->health, v->why);
}

static bool moved_is_sound(const void *m)
{
	return ((const struct prober_moved *)m)->index < PROBER_TARGETS_MAX;
}

static const struct wire_type in_types[PROBER_IN_TYPES] = {
	[PROBER_BEGIN] = {sizeof(struct prober_begin), begin_is_sound},
	[PROBER_TERMS] = {sizeof(struct prober_terms), terms_are_sound},
	[PROBER_TARGET] = {sizeof(struct prober_target), target_is_sound},
	[PROBER_END] = {sizeof(struct prober_word), NULL},
	[PROBER_DOUBT] = {sizeof(struct prober_word), NULL},
	[PROBER_CLEAR] = {sizeof(struct prober_word), NULL},
};

static const struct wire_type out_types[PROBER_OUT_TYPES] = {
	[PROBER_VERDICT] = {sizeof(struct prober_verdict), verdict_is_sound},
	[PROBER_APPEAL] = {sizeof(struct prober_word), NULL},
	[PROBER_STRANGERS] = {sizeof(struct prober_strangers), NULL},
	[PROBER_MOVED] = {sizeof(struct prober_moved), moved_is_sound},
};

const struct wire_protocol prober_in = {in_types, PROBER_IN_TYPES};
const struct wire_protocol prober_out = {out_types, PROBER_OUT_TYPES};
