/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_PROBER_H
#define MH_DAEMON_PROBER_H

#include "apply/daemon.h"
#include "daemon/starter.h"
#include "probe/health.h"
#include "uplink/desired.h"

/*
 * The checks of all uplinks at work, as the main process has them: it says what there is to probe
 * to the process that does it (prober_process.h), judges the uplinks by the verdicts that come back
 * (probe/judge.h), and says so when what it thinks of one has changed.
 */
struct prober;

/* `changed` is called from the loop, never from inside the functions below. */
typedef void prober_fn(void *arg);
int prober_open(struct prober **ret, struct starter *s, prober_fn *changed, void *arg,
		struct err *e);
void prober_close(struct prober *p); /* NULL is fine; the memory goes with the loop's next turn */

/*
 * What there is to probe: the checks of the uplinks of `d`, from the addresses and by the
 * interfaces that they have now. Targets that were there before keep what is known of them. Neither
 * is needed after the call.
 */
int prober_set(struct prober *p, const struct desired *d, struct err *e);

/*
 * Whether nothing comes back by an uplink, the nth of the last prober_set() (f: 0 IPv4, 1 IPv6), as
 * far as its checks can tell; also when that is not held against it.
 */
bool prober_is_silent(const struct prober *p, const char *uplink, size_t nth, unsigned f);

/* The half-life of what is held against an uplink for going down often; 0: nothing is. */
void prober_damp(struct prober *p, uint32_t ms);

/*
 * Something of ours is missing in the kernel, so a silence may be our own doing. Until the next
 * prober_set(), a target that would be found dead is not; `changed` is called once instead, so that
 * the machine is put right at once. Then it is judged by what comes after.
 */
void prober_doubt(struct prober *p);

/*
 * What was held against uplinks when a daemon last ran: it still is, until they have answered; and
 * how often they had gone down (parallel to `health`).
 */
int prober_recall(struct prober *p, const struct way_health *health, const struct daemon_past *past,
		  size_t n, struct err *e);

/* What is to be held against uplinks, of all that have checks. Valid until the next call. */
const struct way_health *prober_health(struct prober *p, size_t *n);
/* The same uplinks' flaps; the rest is left to the caller. Valid until the next call. */
struct daemon_past *prober_past(struct prober *p);

/*
 * The nth target of an uplink, as its last probes have it, for showing: from memory that both
 * processes share, so nobody is asked. Microseconds, per mille; figures are over the check's
 * window.
 */
#define PROBER_HISTORY 60
struct prober_view {
	struct ip_addr target;
	unsigned check; /* of the uplink's */
	struct verdict verdict;
	unsigned sent; /* 0: nothing is known yet */
	uint32_t rtt, jitter;
	uint16_t loss;
	/* The last round trips, newest first; UINT32_MAX for a probe that was lost. */
	unsigned history_n;
	uint32_t history[PROBER_HISTORY];
};
bool prober_view(const struct prober *p, const char *uplink, size_t nth, struct prober_view *ret);

/*
 * How the best of an uplink's targets answers, over its check's window; false as long as nothing is
 * known of any. Times in microseconds, loss per mille.
 */
struct prober_figures {
	uint32_t rtt, jitter;
	uint16_t loss;
	unsigned sent;
};
bool prober_figures(const struct prober *p, const char *uplink, uint8_t family,
		    struct prober_figures *ret);

#endif
