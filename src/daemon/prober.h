/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_PROBER_H
#define MH_DAEMON_PROBER_H

#include "uplink/desired.h"

#include <uv.h>

/*
 * The checks of all uplinks at work: it sends probes when they are due, waits for answers, and says
 * so when what it thinks of an uplink has changed.
 *
 * An uplink is judged per family: all its checks that have targets of that family must pass; a
 * family without targets of its own goes with the other one. If no uplink that has carrier is left
 * in a family, the targets are suspect and not the uplinks: nothing is said against any of them.
 */
struct prober;

/* `changed` is called from the loop, never from inside the functions below. */
typedef void prober_fn(void *arg);
int prober_open(struct prober **ret, uv_loop_t *loop, prober_fn *changed, void *arg, struct err *e);
void prober_close(struct prober *p); /* NULL is fine; the memory goes with the loop's next turn */

/*
 * What there is to probe: the checks of the uplinks of `d`, from the addresses and by the
 * interfaces that they have now. Targets that were there before keep what is known of them. Neither
 * is needed after the call.
 */
int prober_set(struct prober *p, const struct desired *d, struct err *e);

/*
 * Something of ours is missing in the kernel, so a silence may be our own doing. Until the next
 * prober_set(), a target that would be found dead is not; `changed` is called once instead, so that
 * the machine is put right at once. Then it is judged by what comes after.
 */
void prober_doubt(struct prober *p);

/* What was held against uplinks when a daemon last ran: it still is, until they have answered. */
int prober_recall(struct prober *p, const struct way_health *health, size_t n, struct err *e);

/* What is to be held against uplinks, of all that have checks. Valid until the next call. */
const struct way_health *prober_health(struct prober *p, size_t *n);

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
