/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/address.h"

#include "model/value.h"

#include <errno.h>

#ifndef IFA_PROTO
#define IFA_PROTO 11 /* Linux 5.18 */
#endif

#define T struct address
static const struct attr rows[ADDRESS_FIELDS] = {
	[ADDRESS_LOCAL] = {ATTR_ROW_ADDR(IFA_LOCAL, T, local), NULL, "local", NULL},
	[ADDRESS_ADDRESS] = {ATTR_ROW_ADDR(IFA_ADDRESS, T, address), "peer", "address", NULL},
	[ADDRESS_METRIC] = {ATTR_ROW_U32(IFA_RT_PRIORITY, T, metric), "metric", "metric",
			    &value_number},
	[ADDRESS_BROADCAST] = {ATTR_ROW_ADDR(IFA_BROADCAST, T, broadcast), "brd", "broadcast",
			       &value_addr},
	[ADDRESS_ANYCAST] = {ATTR_ROW_ADDR(IFA_ANYCAST, T, anycast), "any", "anycast", &value_addr},
	[ADDRESS_FLAGS] = {ATTR_ROW_U32(IFA_FLAGS, T, flags), NULL, "flags", NULL},
	[ADDRESS_PROTO] = {ATTR_ROW_U8(IFA_PROTO, T, proto), "proto", "protocol", &value_number},
	[ADDRESS_LABEL] = {ATTR_ROW_STR(IFA_LABEL, T, label), "label", "label", &value_string},
	[ADDRESS_CACHEINFO] = {ATTR_ROW_FIXED(IFA_CACHEINFO, T, cacheinfo), NULL, "cacheinfo",
			       NULL},
	[ADDRESS_TARGET_NETNSID] = {ATTR_ROW_U32(IFA_TARGET_NETNSID, T, target_netnsid), NULL,
				    "target_netnsid", NULL},
};
#undef T
ATTR_SET(address_attrs, "address", struct address, h, rows, IFA_PROTO);

int address_decode(const struct nlmsghdr *h, struct address *a, struct err *e)
{
	int rc = attr_decode_msg(&address_attrs, h, a, e);

	if (rc < 0)
		return rc;
	uint8_t bits = ip_bits(a->h.ifa_family);
	if (!has(a, ADDRESS_LOCAL) && !has(a, ADDRESS_ADDRESS))
		return bits ? err_set(e, -EBADMSG, "damaged netlink message: no address") : 0;
	if (!has(a, ADDRESS_LOCAL))
		a->local = a->address;
	if (!has(a, ADDRESS_ADDRESS))
		a->address = a->local;
	if (!has(a, ADDRESS_FLAGS))
		a->flags = a->h.ifa_flags;
	a->has |= HAS(ADDRESS_LOCAL) | HAS(ADDRESS_ADDRESS) | HAS(ADDRESS_FLAGS);
	if (a->local.family != a->h.ifa_family || a->h.ifa_prefixlen > bits)
		return err_set(e, -EBADMSG, "damaged netlink message: prefix length of address");
	return 0;
}

int address_message(struct nl_msg *m, unsigned type, unsigned flags, const struct address *addr,
		    struct err *e)
{
	struct address a = *addr;

	a.h.ifa_flags = (uint8_t)a.flags;
	if (a.flags < 256)
		a.has &= ~HAS(ADDRESS_FLAGS);
	return nl_msg_object(m, type, flags, &address_attrs, &a, e);
}
