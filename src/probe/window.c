/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/window.h"

#include <string.h>

static unsigned place_of(const struct window *w, uint16_t seq)
{
	return seq & (w->size - 1u);
}

static struct window_slot *slot_of(struct window *w, uint16_t seq)
{
	return &w->slot[place_of(w, seq)];
}

static const struct window_slot *slot_in(const struct window *w, uint16_t seq)
{
	return &w->slot[place_of(w, seq)];
}

/* How far `seq` lies behind the next one, 1 being the last sent; more than `size` is forgotten. */
static unsigned age(const struct window *w, uint16_t seq)
{
	return (uint16_t)(w->next - seq);
}

static bool is_held(const struct window *w, uint16_t seq)
{
	return age(w, seq) && age(w, seq) <= w->size;
}

unsigned window_slots(unsigned wanted)
{
	unsigned n = 8;

	while (n < wanted && n < WINDOW_MAX)
		n *= 2;
	return n;
}

size_t window_bytes(unsigned slots)
{
	return sizeof(struct window) + slots * sizeof(struct window_slot);
}

struct window *window_place(void *memory, unsigned slots)
{
	struct window *w = memory;

	memset(w, 0, window_bytes(slots));
	w->size = (uint16_t)slots;
	return w;
}

void window_reset(struct window *w)
{
	memset(w->slot, 0, w->size * sizeof(*w->slot));
	w->open = w->next;
}

uint16_t window_sent(struct window *w, uint64_t now)
{
	uint16_t seq = w->next++;

	*slot_of(w, seq) = (struct window_slot){.sent = now, .fate = PROBE_WAITING};
	/* The ring has come round to one that still waited: it is forgotten. */
	if (!is_held(w, w->open))
		w->open = (uint16_t)(w->next - w->size);
	return seq;
}

static void skip_known(struct window *w)
{
	while (w->open != w->next && slot_of(w, w->open)->fate != PROBE_WAITING)
		w->open++;
}

static bool is_waiting(const struct window *w, uint16_t seq)
{
	return is_held(w, seq) && slot_in(w, seq)->fate == PROBE_WAITING;
}

static void not_sent(struct window *w, uint16_t seq, enum window_fate fate)
{
	if (!is_waiting(w, seq))
		return;
	/* Sent at no time: no answer is taken for it. */
	*slot_of(w, seq) = (struct window_slot){.fate = (uint8_t)fate};
	skip_known(w);
}

void window_failed(struct window *w, uint16_t seq)
{
	not_sent(w, seq, PROBE_LOST);
}

void window_withdrawn(struct window *w, uint16_t seq)
{
	not_sent(w, seq, PROBE_EXCUSED);
}

bool window_answered(struct window *w, uint16_t seq, uint64_t now, uint32_t timeout)
{
	struct window_slot *s = slot_of(w, seq);

	if (!is_held(w, seq) || s->fate == PROBE_NONE || s->fate == PROBE_ANSWERED || !s->sent ||
	    now < s->sent || now - s->sent >= timeout)
		return false;
	s->fate = PROBE_ANSWERED;
	s->rtt = (uint32_t)(now - s->sent);
	skip_known(w);
	return true;
}

unsigned window_expire(struct window *w, uint64_t now, uint32_t patience)
{
	unsigned lost = 0;

	for (; w->open != w->next; skip_known(w)) {
		struct window_slot *s = slot_of(w, w->open);
		if (s->fate == PROBE_WAITING) {
			if (now < s->sent || now - s->sent < patience)
				break;
			s->fate = PROBE_LOST;
			lost++;
		}
	}
	return lost;
}

void window_excuse(struct window *w)
{
	for (unsigned back = 1; back <= w->size; back++) {
		struct window_slot *s = slot_of(w, (uint16_t)(w->next - back));
		if (s->fate == PROBE_NONE || s->fate == PROBE_ANSWERED)
			break;
		s->fate = PROBE_EXCUSED;
	}
	skip_known(w);
}

static bool is_known(const struct window_slot *s)
{
	return s->fate == PROBE_ANSWERED || s->fate == PROBE_LOST;
}

#define PATIENCE_PROBES 16

static void put_in_order(uint32_t *v, unsigned n, uint32_t x)
{
	for (; n && v[n - 1] > x; n--)
		v[n] = v[n - 1];
	v[n] = x;
}

/*
 * As TCP waits (RFC 6298), but by ranks: a single answer that came late, as when this machine had
 * no time, would make a mean wait for sixteen probes.
 */
uint32_t window_patience(const struct window *w, uint32_t least, uint32_t most)
{
	uint32_t rtt[PATIENCE_PROBES], step[PATIENCE_PROBES], later = 0;
	unsigned n = 0, seen = 0;

	for (unsigned back = 1; back <= w->size && seen < PATIENCE_PROBES; back++) {
		const struct window_slot *s = slot_in(w, (uint16_t)(w->next - back));
		if (!is_known(s))
			continue;
		seen++;
		if (s->fate != PROBE_ANSWERED)
			continue;
		if (n)
			put_in_order(step, n - 1, s->rtt > later ? s->rtt - later : later - s->rtt);
		put_in_order(rtt, n++, s->rtt);
		later = s->rtt;
	}
	if (!n)
		return most;
	uint64_t t = rtt[(n - 1) - n / 8] + 4 * (uint64_t)(n > 1 ? step[(n - 1) / 2] : 0);
	return t > most ? most : t < least ? least : (uint32_t)t;
}

uint64_t window_oldest(const struct window *w)
{
	return w->open == w->next ? UINT64_MAX : slot_in(w, w->open)->sent;
}

unsigned window_row(const struct window *w, enum window_fate fate)
{
	unsigned n = 0;

	for (unsigned back = 1; back <= w->size; back++) {
		uint8_t f = slot_in(w, (uint16_t)(w->next - back))->fate;
		if (f == PROBE_WAITING || f == PROBE_EXCUSED)
			continue;
		if (f != fate)
			break;
		n++;
	}
	return n;
}

unsigned window_history(const struct window *w, uint32_t *rtt, unsigned n)
{
	unsigned k = 0;

	for (unsigned back = 1; back <= w->size && k < n; back++) {
		const struct window_slot *s = slot_in(w, (uint16_t)(w->next - back));
		if (is_known(s))
			rtt[k++] = s->fate == PROBE_ANSWERED ? s->rtt : UINT32_MAX;
	}
	return k;
}

struct window_stats window_stats(const struct window *w, unsigned n)
{
	struct window_stats r = {.sent = 0};
	uint64_t sum = 0, steps = 0;
	uint32_t later = 0;

	for (unsigned back = 1; back <= w->size && r.sent < n; back++) {
		const struct window_slot *s = slot_in(w, (uint16_t)(w->next - back));
		if (s->fate == PROBE_NONE)
			break;
		if (s->fate == PROBE_WAITING || s->fate == PROBE_EXCUSED)
			continue;
		r.sent++;
		if (s->fate != PROBE_ANSWERED)
			continue;
		if (r.answered++)
			steps += s->rtt > later ? s->rtt - later : later - s->rtt;
		later = s->rtt;
		sum += s->rtt;
	}
	r.lost = r.sent - r.answered;
	r.loss = r.sent ? (r.lost * 1000 + r.sent - 1) / r.sent : 0;
	r.latency = r.answered ? (uint32_t)(sum / r.answered) : 0;
	r.jitter = r.answered > 1 ? (uint32_t)(steps / (r.answered - 1)) : 0;
	return r;
}
