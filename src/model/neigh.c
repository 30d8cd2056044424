/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/neigh.h"

#include "model/value.h"

#define T struct neigh
static const struct attr rows[NEIGH_FIELDS] = {
	[NEIGH_DST] = {ATTR_ROW_ADDR(NDA_DST, T, dst), "", "dst", &value_addr},
	[NEIGH_DEV] = {.off = offsetof(T, h.ndm_ifindex),
		       .size = 4,
		       .word = "dev",
		       .key = "dev",
		       .value = &value_dev},
	[NEIGH_LLADDR] = {ATTR_ROW_LLADDR(NDA_LLADDR, T, lladdr), "lladdr", "lladdr", NULL},
	[NEIGH_FLAGS] = {.key = "flags"},
	[NEIGH_FLAGS_EXT] = {ATTR_ROW_U32(NDA_FLAGS_EXT, T, flags_ext), NULL, "flags_ext", NULL},
	[NEIGH_CACHEINFO] = {ATTR_ROW_FIXED(NDA_CACHEINFO, T, cacheinfo), NULL, "cacheinfo", NULL},
	[NEIGH_PROBES] = {ATTR_ROW_U32(NDA_PROBES, T, probes), "probes", "probes", &value_number},
	[NEIGH_STATE] = {.key = "state"},
	[NEIGH_PROTOCOL] = {ATTR_ROW_U8(NDA_PROTOCOL, T, protocol), "proto", "protocol",
			    &value_proto},
	[NEIGH_MASTER] = {ATTR_ROW_U32(NDA_MASTER, T, master), NULL, "master", NULL},
};
#undef T
ATTR_SET(neigh_attrs, "neigh", struct neigh, h, rows, NDA_FLAGS_EXT);

int neigh_decode(const struct nlmsghdr *h, struct neigh *n, struct err *e)
{
	int rc = attr_decode_msg(&neigh_attrs, h, n, e);

	if (rc < 0)
		return rc;
	n->has |= HAS(NEIGH_DEV) | HAS(NEIGH_FLAGS) | HAS(NEIGH_STATE);
	return 0;
}

int neigh_message(struct nl_msg *m, unsigned type, unsigned flags, const struct neigh *n,
		  struct err *e)
{
	return nl_msg_object(m, type, flags, &neigh_attrs, n, e);
}
