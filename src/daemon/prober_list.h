/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_PROBER_LIST_H
#define MH_DAEMON_PROBER_LIST_H

#include "daemon/prober_terms.h"
#include "probe/judge.h"
#include "uplink/desired.h"

/*
 * What there is to probe, made of the desired state: the checks of its uplinks, from the addresses
 * and by the interfaces that they have now. No clock, no descriptors.
 */
struct prober_list {
	struct judge judge;
	struct prober_target *target; /* beside judge.target; `at` counts from the half's start */
	struct prober_terms *terms;
	size_t terms_n;
	bool recalled; /* nothing but ways, as an earlier daemon has left them */
};

/*
 * `resolv` is the text of the system's resolv.conf. Targets that `old` has, too, keep their number
 * and what is known of them. -ENOMEM; -E2BIG: more than can be probed. `ret` needs nothing of
 * either argument afterwards.
 */
int prober_list_make(struct prober_list *ret, const struct prober_list *old,
		     const struct desired *d, const char *resolv);
void prober_list_free(struct prober_list *l);
/* To the process that probes there is no difference. */
bool prober_list_is_same(const struct prober_list *a, const struct prober_list *b);

#endif
