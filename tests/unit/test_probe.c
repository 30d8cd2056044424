/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The window and the judgement against a slow reading of the same probes; pings that really go. */
#include "unit.h"

#include "probe/health.h"
#include "probe/icmp.h"
#include "probe/pinger.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#define TIMEOUT	 100
#define PATIENCE 60

/* Where the window of a test is. */
static uint64_t memory[(sizeof(struct window) + WINDOW_MAX * sizeof(struct window_slot)) / 8];

/* All probes ever, as a list: what the window must agree with. */
struct history {
	uint64_t sent[4096];
	uint32_t rtt[4096];
	uint8_t fate[4096];
	unsigned n;
};

static unsigned slow_row(const struct history *h, unsigned held, uint8_t fate)
{
	unsigned row = 0;

	for (unsigned i = 0; i < h->n && i < held; i++) {
		uint8_t f = h->fate[h->n - 1 - i];
		if (f == PROBE_WAITING || f == PROBE_EXCUSED)
			continue;
		if (f != fate)
			break;
		row++;
	}
	return row;
}

static struct window_stats slow_stats(const struct history *h, unsigned held, unsigned n)
{
	struct window_stats s = {.sent = 0};
	uint64_t sum = 0, steps = 0, before = 0;

	for (unsigned i = 0; i < h->n && i < held && s.sent < n; i++) {
		unsigned k = h->n - 1 - i;
		if (h->fate[k] == PROBE_WAITING || h->fate[k] == PROBE_EXCUSED)
			continue;
		s.sent++;
		if (h->fate[k] == PROBE_LOST) {
			s.lost++;
			continue;
		}
		if (s.answered++)
			steps += (uint64_t)llabs((long long)h->rtt[k] - (long long)before);
		before = h->rtt[k];
		sum += h->rtt[k];
	}
	s.loss = s.sent ? (s.lost * 1000 + s.sent - 1) / s.sent : 0;
	s.latency = s.answered ? (uint32_t)(sum / s.answered) : 0;
	s.jitter = s.answered > 1 ? (uint32_t)(steps / (s.answered - 1)) : 0;
	return s;
}

static void answer(struct window *w, struct history *h, unsigned k, uint64_t now)
{
	bool held = h->n - k <= w->size;
	bool want =
		held && h->fate[k] != PROBE_ANSWERED && h->sent[k] && now - h->sent[k] < TIMEOUT;

	assert_int_equal(window_answered(w, (uint16_t)(65000 + k), now, TIMEOUT), want);
	if (want) {
		h->fate[k] = PROBE_ANSWERED;
		h->rtt[k] = (uint32_t)(now - h->sent[k]);
	}
}

static void expire(struct window *w, struct history *h, uint64_t now)
{
	unsigned lost = 0;

	for (unsigned k = 0; k < h->n; k++)
		if (h->fate[k] == PROBE_WAITING && now - h->sent[k] >= PATIENCE) {
			h->fate[k] = PROBE_LOST;
			lost += h->n - k <= w->size;
		}
	assert_int_equal(window_expire(w, now, PATIENCE), lost);
}

static void excuse(struct window *w, struct history *h)
{
	for (unsigned i = 0; i < h->n && i < w->size; i++) {
		if (h->fate[h->n - 1 - i] == PROBE_ANSWERED)
			break;
		h->fate[h->n - 1 - i] = PROBE_EXCUSED;
	}
	window_excuse(w);
}

static void compare(const struct window *w, const struct history *h)
{
	unsigned n = 1 + rnd_below(80);
	struct window_stats got = window_stats(w, n), want = slow_stats(h, w->size, n);

	assert_memory_equal(&got, &want, sizeof(got));
	assert_int_equal(window_row(w, PROBE_LOST), slow_row(h, w->size, PROBE_LOST));
	assert_int_equal(window_row(w, PROBE_ANSWERED), slow_row(h, w->size, PROBE_ANSWERED));
}

static void window_is_the_end_of_history(void **state)
{
	static struct history h;

	(void)state;
	for (unsigned run = 0; run < 60; run++) {
		uint64_t now = 1000;
		struct window *w = window_place(memory, window_slots(1 + rnd_below(100)));
		w->next = w->open = 65000; /* so that it passes 65535 */
		h.n = 0;
		for (unsigned i = 0; i < 1500; i++) {
			now += rnd_below(30);
			switch (rnd_below(4)) {
			case 0:
				if (h.n)
					answer(w, &h, rnd_below(2) ? h.n - 1 : rnd_below(h.n), now);
				break;
			case 1:
				if (rnd_below(30))
					expire(w, &h, now);
				else
					excuse(w, &h);
				break;
			default:
				h.sent[h.n] = now;
				h.fate[h.n] = PROBE_WAITING;
				assert_int_equal(window_sent(w, now), (uint16_t)(65000 + h.n));
				h.n++;
				if (!rnd_below(20)) {
					window_failed(w, (uint16_t)(65000 + h.n - 1));
					h.fate[h.n - 1] = PROBE_LOST;
					h.sent[h.n - 1] = 0;
				}
			}
			compare(w, &h);
		}
	}
}

static const struct check_limits limits = {.every = 1000,
					   .timeout = 500,
					   .down = 3,
					   .up = 5,
					   .loss = 200,
					   .latency = 300,
					   .window = 20};

/* One probe, and its fate: a round trip, or 0 for none. Returns what the target is then. */
static struct verdict probe(struct window *w, enum health was, uint32_t rtt)
{
	static uint64_t now;
	uint16_t seq = window_sent(w, now += 1000);

	if (rtt)
		assert_true(window_answered(w, seq, now + rtt, limits.timeout));
	else
		window_expire(w, now + limits.timeout, limits.timeout);
	return target_judge(w, &limits, was);
}

static struct verdict probes(struct window *w, struct verdict v, unsigned n, uint32_t rtt)
{
	for (unsigned i = 0; i < n; i++)
		v = probe(w, v.health, rtt);
	return v;
}

static void what_is_withdrawn_says_nothing(void **state)
{
	struct window *w = window_place(memory, 64);

	(void)state;
	window_failed(w, window_sent(w, 1));
	window_withdrawn(w, window_sent(w, 2));
	assert_false(window_answered(w, (uint16_t)(w->next - 1), 3, 1000));
	assert_int_equal(window_oldest(w), UINT64_MAX);
	assert_int_equal(window_row(w, PROBE_LOST), 1);
	assert_int_equal(window_stats(w, 10).sent, 1);
}

/* Sixteen answers, of which every `nth` takes `odd` and the others `rtt`, give or take `by`. */
static uint32_t patience_after(uint32_t rtt, uint32_t by, unsigned nth, uint32_t odd)
{
	struct window *w = window_place(memory, WINDOW_MAX);
	uint64_t now = 1000;

	window_reset(w);
	for (unsigned i = 1; i <= 16; i++, now += 1000000) {
		uint32_t t = nth && i % nth == 0 ? odd : i % 2 ? rtt + by : rtt - by;
		assert_true(window_answered(w, window_sent(w, now), now + t, 900000));
	}
	return window_patience(w, 1000, 900000);
}

/* Longer than answers take, but not for one of them that came late. */
static void patience_goes_by_what_is_usual(void **state)
{
	struct window *w = window_place(memory, WINDOW_MAX);

	(void)state;
	window_reset(w);
	assert_int_equal(900000, window_patience(w, 1000, 900000));
	assert_int_equal(1000, patience_after(100, 10, 0, 0));
	assert_int_equal(1000, patience_after(100, 10, 8, 50000));
	assert_in_range(patience_after(30000, 0, 0, 0), 30000, 31000);
	assert_in_range(patience_after(30000, 5000, 0, 0), 40000, 80000);
	/* Every fourth is no exception. */
	assert_true(patience_after(1000, 100, 4, 50000) > 50000);
	assert_int_equal(900000, patience_after(500000, 200000, 0, 0));
}

static void a_target_turns_after_its_row(void **state)
{
	struct verdict v = {HEALTH_UNKNOWN, WHY_NOTHING, 0};
	struct window *w = window_place(memory, 64);

	(void)state;
	v = probes(w, v, 2, 0);
	assert_int_equal(v.health, HEALTH_UNKNOWN);
	v = probes(w, v, 1, 100);
	assert_int_equal(v.health, HEALTH_UP);
	v = probes(w, v, 2, 0);
	assert_int_equal(v.health, HEALTH_UP);
	v = probes(w, v, 1, 0);
	assert_int_equal(v.health, HEALTH_DOWN);
	assert_int_equal(v.why, WHY_SILENCE);
	v = probes(w, v, 4, 100);
	assert_int_equal(v.health, HEALTH_DOWN);
	assert_int_equal(v.why, WHY_RECOVERING);
	/* Five in a row, but over the last 20 still too many were lost. */
	v = probes(w, v, 1, 100);
	assert_int_equal(v.why, WHY_LOSS);
	v = probes(w, v, 20, 100);
	assert_int_equal(v.health, HEALTH_UP);
}

static void a_limit_turns_a_target_over_a_full_window(void **state)
{
	struct verdict v = {HEALTH_UNKNOWN, WHY_NOTHING, 0};
	struct window *w = window_place(memory, 64);

	(void)state;
	v = probes(w, v, 19, 350);
	assert_int_equal(v.health, HEALTH_UP);
	v = probes(w, v, 1, 350);
	assert_int_equal(v.health, HEALTH_DOWN);
	assert_int_equal(v.why, WHY_LATENCY);
	assert_int_equal(v.figure, 350);
	/* A tenth under the limit, or it stays down. */
	v = probes(w, v, 40, 290);
	assert_int_equal(v.why, WHY_LATENCY);
	v = probes(w, v, 40, 260);
	assert_int_equal(v.health, HEALTH_UP);
	/* One of four is lost, never three in a row. */
	for (unsigned i = 0; i < 40 && v.health == HEALTH_UP; i++)
		v = probe(w, v.health, i % 4 ? 100 : 0);
	assert_int_equal(v.why, WHY_LOSS);
}

static void says(struct verdict v, const char *want)
{
	const struct check_limits l = {.down = 3, .loss = 200, .latency = 300000, .jitter = 1500};
	char text[64];

	verdict_text(&v, &l, text, sizeof(text));
	assert_string_equal(text, want);
}

static void a_verdict_says_what_is_wrong(void **state)
{
	(void)state;
	says((struct verdict){HEALTH_DOWN, WHY_SILENCE, 0}, "3 in a row without an answer");
	says((struct verdict){HEALTH_DOWN, WHY_LOSS, 310}, "loss 31 % over 20 %");
	says((struct verdict){HEALTH_DOWN, WHY_LATENCY, 60000000}, "latency 60000 ms over 300 ms");
	/* Under the limit, but not by the tenth that it takes to come back. */
	says((struct verdict){HEALTH_DOWN, WHY_LATENCY, 290000}, "latency 290 ms over 270 ms");
	says((struct verdict){HEALTH_DOWN, WHY_JITTER, 2345}, "jitter 2.345 ms over 1.5 ms");
	says((struct verdict){HEALTH_DOWN, WHY_FAULT + FAULT_REFUSED, 0},
	     "connections are refused");
}

static void targets_vote(void **state)
{
	const struct verdict up = {HEALTH_UP, WHY_ANSWERS, 0}, down = {HEALTH_DOWN, WHY_LATENCY, 0},
			     unknown = {HEALTH_UNKNOWN, WHY_NOTHING, 0};

	(void)state;
	assert_int_equal(check_judge((struct verdict[]){down, up, down}, 3, 0).health, HEALTH_UP);
	assert_int_equal(check_judge((struct verdict[]){down, up, down}, 3, 2).health, HEALTH_DOWN);
	assert_int_equal(check_judge((struct verdict[]){down, up, unknown}, 3, 2).health,
			 HEALTH_UNKNOWN);
	assert_int_equal(check_judge(&down, 1, 1).why, WHY_LATENCY);
}

static void flaps_are_held_and_let_go(void **state)
{
	const uint64_t half = 60000000;
	struct flap f = {0}, often = {0};
	uint64_t now = 1;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		flap_down(&f, now += 1000000, half);
	assert_false(flap_held(&f, now, half));
	flap_down(&f, now += 1000000, half);
	assert_true(flap_held(&f, now, half));
	/* Asked again and again, it must not be over sooner. */
	often = f;
	uint64_t rest = flap_remaining(&f, now, half);
	assert_in_range(rest, half, 2 * half);
	for (uint64_t t = 0; t < rest - 10000; t += 10000)
		assert_true(flap_held(&often, now + t, half));
	assert_false(flap_held(&f, now + rest, half));
}

static void echo_is_read_as_written(void **state)
{
	static const uint8_t ip[20] = {0x45, [9] = IPPROTO_ICMP, [12] = 192, 0, 2, 1};
	uint8_t p[20 + ICMP_ECHO_SIZE];
	struct icmp_echo e = {0x1234, 0xfedc, 0x0123456789abcdef, 77}, got;
	struct ip_addr src;

	(void)state;
	memcpy(p, ip, 20);
	icmp_echo_write(AF_INET, &e, p + 20);
	assert_int_equal(icmp_checksum(p + 20, ICMP_ECHO_SIZE), 0);
	assert_false(icmp_echo_read(AF_INET, p, sizeof(p), &got, &src)); /* a request */
	p[20] = 0;
	p[22] = (uint8_t)(p[22] + 8);
	assert_true(icmp_echo_read(AF_INET, p, sizeof(p), &got, &src));
	assert_memory_equal(&got.cookie, &e.cookie, 8);
	assert_int_equal(got.id, e.id);
	assert_int_equal(got.seq, e.seq);
	assert_int_equal(got.target, e.target);
	assert_int_equal(src.b[0], 192);
	for (size_t len = 0; len < sizeof(p); len++)
		assert_false(icmp_echo_read(AF_INET, p, len, &got, NULL));
	p[30] ^= 1;
	assert_false(icmp_echo_read(AF_INET, p, sizeof(p), &got, NULL));
	icmp_echo_write(AF_INET6, &e, p);
	p[0] = 129;
	assert_true(icmp_echo_read(AF_INET6, p, ICMP_ECHO_SIZE, &got, NULL));
}

/* What pinger_read() has brought. */
struct seen {
	unsigned n;
	struct probe_answer answer[64];
};

static void see(void *arg, const struct probe_answer *a)
{
	struct seen *s = arg;

	if (s->n < 64)
		s->answer[s->n++] = *a;
}

static void read_once(struct pinger *p, struct seen *s)
{
	struct pollfd fd = {pinger_fd(p), POLLIN, 0};

	assert_true(poll(&fd, 1, 10000) > 0);
	pinger_read(p, see, s);
}

static void read_until(struct pinger *p, struct seen *s, unsigned n)
{
	while (s->n < n)
		read_once(p, s);
}

static void set_up(void)
{
	assert_int_equal(
		system("ip link set lo up && ip link add va type veth peer name vb && "
		       "ip link set va up && ip addr add 192.0.2.1/24 dev va && "
		       "ip addr add 203.0.113.1/32 dev lo && "
		       "ip -6 addr add 2001:db8::1/128 dev lo nodad && "
		       "until ip -6 route show table local | grep -q '^local 2001:db8::1 '; "
		       "do sleep 0.01; done"),
		0);
}

static void pings_are_answered(void **state)
{
	struct probe v[4] = {
		{.target = 100000, .seq = 7}, {.target = 1}, {.target = 2}, {.target = 3}};
	struct pinger *p;
	struct seen s = {0};
	int lo = (int)if_nametoindex("lo");

	(void)state;
	NEED_NAMESPACES();
	set_up();
	assert_int_equal(pinger_open(&p, NULL), 0);
	for (unsigned i = 0; i < 4; i++)
		v[i].ifindex = lo;
	ip_addr_parse("203.0.113.1", 0, &v[0].dst);
	ip_addr_parse("2001:db8:9::1", 0, &v[1].dst); /* no route by this interface */
	v[1].ifindex = (int)if_nametoindex("va");
	ip_addr_parse("192.0.2.1", 0, &v[2].dst);
	ip_addr_parse("203.0.113.1", 0, &v[2].src);
	ip_addr_parse("2001:db8::1", 0, &v[3].dst);
	size_t sent = pinger_send(p, v, 4, 0);
	assert_int_equal(v[0].error, 0);
	assert_int_equal(v[2].error, 0);
	assert_int_equal(v[3].error, 0);
	assert_true(v[1].error < 0);
	assert_int_equal(sent, 3);
	read_until(p, &s, 3);
	assert_int_equal(s.n, 3);
	for (unsigned i = 0; i < 3; i++) {
		uint32_t t = s.answer[i].target;
		assert_int_equal(s.answer[i].seq, t == 100000 ? v[0].seq : v[t].seq);
		assert_int_equal(s.answer[i].fault, FAULT_NONE);
	}
	assert_int_equal(pinger_strangers(p), 0);
	pinger_close(p);
}

/* A reply with the right identifier and a guessed cookie: the identifier is no secret. */
static void forged_answers_are_not_taken(void **state)
{
	struct probe v = {.target = 5};
	struct pinger *p;
	struct seen s = {0};
	struct sockaddr_in to = {.sin_family = AF_INET};
	uint8_t request[64], reply[ICMP_ECHO_SIZE];

	(void)state;
	NEED_NAMESPACES();
	int ear = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	assert_true(ear >= 0);
	assert_int_equal(pinger_open(&p, NULL), 0);
	ip_addr_parse("203.0.113.1", 0, &v.dst);
	v.ifindex = (int)if_nametoindex("lo");
	assert_int_equal(pinger_send(p, &v, 1, 0), 1);
	do
		assert_int_equal(recv(ear, request, sizeof(request), 0), 20 + ICMP_ECHO_SIZE);
	while (request[20] != 8);
	uint16_t id = (uint16_t)(request[24] << 8 | request[25]);
	icmp_echo_write(AF_INET, &(struct icmp_echo){id, 0, 42, 5}, reply);
	reply[0] = 0;
	reply[2] = reply[3] = 0;
	uint16_t sum = icmp_checksum(reply, sizeof(reply));
	reply[2] = (uint8_t)(sum >> 8);
	reply[3] = (uint8_t)sum;
	inet_pton(AF_INET, "203.0.113.1", &to.sin_addr);
	assert_int_equal(sendto(ear, reply, sizeof(reply), 0, (void *)&to, sizeof(to)),
			 sizeof(reply));
	while (!pinger_strangers(p))
		read_once(p, &s);
	read_until(p, &s, 1);
	assert_int_equal(s.n, 1);
	close(ear);
	pinger_close(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(window_is_the_end_of_history),
		cmocka_unit_test(patience_goes_by_what_is_usual),
		cmocka_unit_test(a_target_turns_after_its_row),
		cmocka_unit_test(a_limit_turns_a_target_over_a_full_window),
		cmocka_unit_test(what_is_withdrawn_says_nothing),
		cmocka_unit_test(a_verdict_says_what_is_wrong),
		cmocka_unit_test(targets_vote),
		cmocka_unit_test(flaps_are_held_and_let_go),
		cmocka_unit_test(echo_is_read_as_written),
		cmocka_unit_test(pings_are_answered),
		cmocka_unit_test(forged_answers_are_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
