/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_NEIGH_H
#define MH_MODEL_NEIGH_H

#include "model/print.h"
#include "netlink/nl.h"

#include <linux/neighbour.h>

/* A neighbour (ARP or NDP) entry: RTM_NEWNEIGH (net/core/neighbour.c). */
enum neigh_field {
	NEIGH_DST,
	NEIGH_DEV, /* derived: header */
	NEIGH_LLADDR,
	NEIGH_FLAGS, /* derived: header, NTF_* */
	NEIGH_FLAGS_EXT,
	NEIGH_CACHEINFO,
	NEIGH_PROBES,
	NEIGH_STATE, /* derived: header, NUD_* */
	NEIGH_PROTOCOL,
	NEIGH_MASTER,
	NEIGH_FIELDS
};

struct neigh {
	uint64_t has;	/* enum neigh_field */
	struct ndmsg h; /* ndm_ifindex, ndm_state, ndm_flags */
	struct ip_addr dst;
	struct lladdr lladdr;
	struct nda_cacheinfo cacheinfo; /* ages in hundredths of a second */
	uint32_t probes, flags_ext, master;
	uint8_t protocol;
};

extern const struct attr_set neigh_attrs;

int neigh_decode(const struct nlmsghdr *h, struct neigh *ret, struct err *e);
/*
 * An entry as `ip neigh show` has it, without the line's end, or one JSON object. The fields of
 * `hide` (HAS(NEIGH_DEV)) are left out.
 */
void neigh_print(struct print *p, const struct neigh *n, uint64_t hide);
/* A state's name as it is typed ("stale"), NULL behind the last; its NUD_* in *ret_state. */
const char *neigh_state(unsigned i, uint16_t *ret_state);
/* Writes a request: RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH. */
int neigh_message(struct nl_msg *m, unsigned type, unsigned flags, const struct neigh *n,
		  struct err *e);

#endif
