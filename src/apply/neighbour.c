/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply/neighbour.h"

#include "model/neigh.h"

#include <errno.h>

static int take_state(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct neigh n;
	int rc = neigh_decode(h, &n, e);

	if (!rc)
		*(uint16_t *)arg = n.h.ndm_state;
	return rc;
}

int neighbour_forget(struct nl *nl, int ifindex, const struct ip_addr *addr, struct err *e)
{
	struct neigh n = {.h = {.ndm_family = addr->family, .ndm_ifindex = ifindex}, .dst = *addr};
	uint16_t state = 0;
	struct nl_msg m;

	set_has(&n, NEIGH_DST);
	int rc = neigh_message(&m, RTM_GETNEIGH, 0, &n, e);
	if (!rc)
		rc = nl_talk(nl, &m.h, take_state, &state, e);
	if (!rc && !(state & (NUD_PERMANENT | NUD_NOARP))) {
		rc = neigh_message(&m, RTM_DELNEIGH, 0, &n, e);
		if (!rc)
			rc = nl_talk(nl, &m.h, NULL, NULL, e);
	}
	return rc == -ENOENT ? 0 : rc;
}
