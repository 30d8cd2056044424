/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply/conntrack.h"

#include "base/cleanup.h"
#include "netlink/nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

/* A connection, as far as it takes to name it. Numbers are in network byte order, as they come. */
struct connection {
	uint64_t has;
	struct nfgenmsg h;
	struct nl_ref tuple; /* of the original direction */
	uint32_t mark, mask, id;
	uint16_t zone;
};
enum { CT_TUPLE, CT_MARK, CT_MASK, CT_ID, CT_ZONE, CT_FIELDS };

#define T struct connection
static const struct attr rows[CT_FIELDS] = {
	[CT_TUPLE] = {ATTR_ROW_NESTED(CTA_TUPLE_ORIG, T, tuple), .key = "tuple"},
	[CT_MARK] = {ATTR_ROW_U32(CTA_MARK, T, mark), .key = "mark"},
	[CT_MASK] = {ATTR_ROW_U32(CTA_MARK_MASK, T, mask), .key = "mask"},
	[CT_ID] = {ATTR_ROW_U32(CTA_ID, T, id), .key = "id"},
	[CT_ZONE] = {ATTR_ROW_U16(CTA_ZONE, T, zone), .key = "zone"},
};
#undef T
ATTR_SET(connection_attrs, "connection", struct connection, h, rows, CTA_MAX);

struct tuple {
	uint64_t has;
	struct nl_ref ip;
};
static const struct attr tuple_rows[1] = {
	{ATTR_ROW_NESTED(CTA_TUPLE_IP, struct tuple, ip), .key = "ip"},
};
ATTR_SET_NESTED(tuple_attrs, "tuple", tuple_rows, CTA_TUPLE_MAX);

struct ends {
	uint64_t has;
	struct ip_addr to;
};
static const struct attr end_rows[2] = {
	{ATTR_ROW_ADDR(CTA_IP_V4_DST, struct ends, to), .key = "dst"},
	{ATTR_ROW_ADDR(CTA_IP_V6_DST, struct ends, to), .key = "dst"},
};
ATTR_SET_NESTED(end_attrs, "addresses", end_rows, CTA_IP_MAX);

/* Of one family only; version 0 would mean all, whatever it says. */
static struct connection of_mark(uint8_t family, uint32_t mark, uint32_t mask)
{
	return (struct connection){.has = HAS(CT_MARK) | HAS(CT_MASK),
				   .h = {.nfgen_family = family, .version = 1},
				   .mark = htonl(mark),
				   .mask = htonl(mask)};
}

static int message(struct nl_msg *m, unsigned type, const struct connection *c, struct err *e)
{
	return nl_msg_object(m, NFNL_SUBSYS_CTNETLINK << 8 | type, 0, &connection_attrs, c, e);
}

/* A kernel without connection tracking has nothing to forget. */
static int result(int rc, const struct err *local, struct err *e)
{
	if (rc >= 0 || rc == -EINVAL || rc == -EPROTONOSUPPORT || rc == -EOPNOTSUPP)
		return 0;
	if (e) {
		*e = *local;
		err_prefix(e, "connection tracking");
	}
	return rc;
}

int conntrack_forget(uint8_t family, uint32_t mark, uint32_t mask, struct err *e)
{
	CLEANUP(free_nl) struct nl *nl = NULL;
	struct connection c = of_mark(family, mark, mask);
	struct err local = ERR_INIT;
	struct nl_msg m;
	int rc = nl_open(&nl, NETLINK_NETFILTER, 0, &local);

	if (!rc)
		rc = message(&m, IPCTNL_MSG_CT_DELETE, &c, &local);
	if (!rc)
		rc = nl_talk(nl, &m.h, NULL, NULL, &local);
	return result(rc, &local, e);
}

/* A walk over the connections of a mark. */
struct outgoing {
	struct nl *act;
	const struct ip_prefix *own;
	size_t n;
};

/* True if it was made to somebody else, and so did not come in. */
static bool goes_out(const struct outgoing *o, const struct connection *c)
{
	struct tuple t = {.has = 0};
	struct ends x = {.has = 0};

	if (attr_decode_ref(&tuple_attrs, c->tuple, &t, NULL) < 0 || !t.has ||
	    attr_decode_ref(&end_attrs, t.ip, &x, NULL) < 0 || !x.has)
		return false;
	for (size_t i = 0; i < o->n; i++)
		if (ip_addr_eq(&o->own[i].addr, &x.to))
			return false;
	return true;
}

static int forget_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	const struct outgoing *o = arg;
	struct connection c;
	struct nl_msg m;
	int rc = attr_decode_msg(&connection_attrs, h, &c, e);

	if (rc < 0 || !has(&c, CT_TUPLE) || !has(&c, CT_ID) || !goes_out(o, &c))
		return rc;
	c.has &= HAS(CT_TUPLE) | HAS(CT_ID) | HAS(CT_ZONE);
	rc = message(&m, IPCTNL_MSG_CT_DELETE, &c, e);
	if (!rc)
		rc = nl_talk(o->act, &m.h, NULL, NULL, e);
	return rc == -ENOENT ? 0 : rc; /* it has ended by itself */
}

int conntrack_forget_outgoing(uint8_t family, uint32_t mark, uint32_t mask,
			      const struct ip_prefix *own, size_t n, struct err *e)
{
	CLEANUP(free_nl) struct nl *list = NULL;
	CLEANUP(free_nl) struct nl *act = NULL;
	struct connection c = of_mark(family, mark, mask);
	struct outgoing o = {.own = own, .n = n};
	struct err local = ERR_INIT;
	struct nl_msg m;
	int rc = nl_open(&list, NETLINK_NETFILTER, 0, &local);

	if (!rc)
		rc = nl_open(&act, NETLINK_NETFILTER, 0, &local);
	o.act = act;
	if (!rc)
		rc = message(&m, IPCTNL_MSG_CT_GET, &c, &local);
	if (!rc)
		rc = nl_dump(list, &m.h, forget_one, &o, &local);
	return result(rc, &local, e);
}
