/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/mptcp.h"

#include "base/cleanup.h"
#include "model/value.h"

#include <errno.h>
#include <linux/mptcp.h>
#include <stdio.h>

const char *const mptcp_flag_names[5] = {"signal", "subflow", "backup", "fullmesh", "implicit"};

static void flags_print(struct print *p, const struct attr *a, const void *obj)
{
	uint32_t flags = ((const struct mptcp_endpoint *)obj)->flags;

	(void)a;
	for (unsigned i = 0; i < 5; i++)
		if (flags & 1u << i) {
			print_true(p, mptcp_flag_names[i], mptcp_flag_names[i]);
			flags &= ~(1u << i);
		}
	if (flags)
		print_hex(p, "rawflags", "rawflags", flags);
}

static void dev_print(struct print *p, const struct attr *a, const void *obj)
{
	if (((const struct mptcp_endpoint *)obj)->ifindex)
		value_dev.print(p, a, obj);
}

static void port_print(struct print *p, const struct attr *a, const void *obj)
{
	if (((const struct mptcp_endpoint *)obj)->port)
		value_number.print(p, a, obj);
}

static const struct value value_port = {port_print, value_number_parse, "PORT"};
static const struct value value_flags = {.print = flags_print};
static const struct value value_mptcp_dev = {dev_print, value_dev_parse, "DEVICE"};

#define T struct mptcp_endpoint
static const struct attr endpoint_rows[MPTCP_FIELDS] = {
	[MPTCP_ADDR4] = {ATTR_ROW_ADDR(MPTCP_PM_ADDR_ATTR_ADDR4, T, addr), "", "address",
			 &value_addr},
	[MPTCP_ADDR6] = {ATTR_ROW_ADDR(MPTCP_PM_ADDR_ATTR_ADDR6, T, addr), "", "address",
			 &value_addr},
	[MPTCP_PORT] = {ATTR_ROW_U16(MPTCP_PM_ADDR_ATTR_PORT, T, port), "port", "port",
			&value_port},
	[MPTCP_ID] = {ATTR_ROW_U8(MPTCP_PM_ADDR_ATTR_ID, T, id), "id", "id", &value_number},
	[MPTCP_FLAGS] = {ATTR_ROW_U32(MPTCP_PM_ADDR_ATTR_FLAGS, T, flags), NULL, "flags",
			 &value_flags},
	[MPTCP_DEV] = {ATTR_ROW_U32(MPTCP_PM_ADDR_ATTR_IF_IDX, T, ifindex), "dev", "dev",
		       &value_mptcp_dev},
	[MPTCP_FAMILY] = {ATTR_ROW_U16(MPTCP_PM_ADDR_ATTR_FAMILY, T, family), NULL, "family", NULL},
};
#undef T
ATTR_SET_NESTED(mptcp_endpoint_attrs, "mptcp endpoint", endpoint_rows, MPTCP_PM_ADDR_ATTR_MAX);

#define T struct mptcp_msg
static const struct attr rows[MPTCP_MSG_FIELDS] = {
	[MPTCP_MSG_ADDR] = {ATTR_ROW_NESTED(MPTCP_PM_ATTR_ADDR, T, addr), .key = "endpoint"},
	[MPTCP_MSG_ADD_ADDRS] = {ATTR_ROW_U32(MPTCP_PM_ATTR_RCV_ADD_ADDRS, T, add_addrs),
				 "add_addr_accepted", "add_addr_accepted", &value_number},
	[MPTCP_MSG_SUBFLOWS] = {ATTR_ROW_U32(MPTCP_PM_ATTR_SUBFLOWS, T, subflows), "subflows",
				"subflows", &value_number},
};
#undef T
ATTR_SET(mptcp_attrs, "mptcp", struct mptcp_msg, h, rows, MPTCP_PM_ATTR_MAX);

int mptcp_put_endpoint(struct mptcp_msg *m, const struct mptcp_endpoint *x, struct nl_msg *scratch,
		       struct err *e)
{
	nl_msg_init(scratch, 0, 0);
	uint32_t start = scratch->h.nlmsg_len;
	int rc = attr_encode(&mptcp_endpoint_attrs, x, &scratch->h, sizeof(scratch->buf), e);

	m->addr = (struct nl_ref){scratch->buf + start, (uint16_t)(scratch->h.nlmsg_len - start)};
	set_has(m, MPTCP_MSG_ADDR);
	return rc;
}

int mptcp_get_endpoint(const struct nlmsghdr *h, struct mptcp_endpoint *ret, struct err *e)
{
	struct mptcp_msg m;
	int rc = attr_decode_msg(&mptcp_attrs, h, &m, e);

	*ret = (struct mptcp_endpoint){.has = 0};
	if (!rc && has(&m, MPTCP_MSG_ADDR))
		rc = attr_decode_ref(&mptcp_endpoint_attrs, m.addr, ret, e);
	return rc;
}

/* One request, about one endpoint or, with `fn`, about all. */
static int ask(uint8_t command, const struct mptcp_endpoint *x, nl_fn *fn, void *arg, struct err *e)
{
	CLEANUP(free_genl) struct genl g = {.nl = NULL};
	struct mptcp_msg q = {.h = {.cmd = command, .version = MPTCP_PM_VER}};
	struct nl_msg m, scratch;
	int rc = genl_open(&g, MPTCP_PM_NAME, NULL, e);

	if (!rc && x)
		rc = mptcp_put_endpoint(&q, x, &scratch, e);
	if (!rc)
		rc = nl_msg_object(&m, g.family, 0, &mptcp_attrs, &q, e);
	if (!rc)
		rc = fn ? nl_dump(g.nl, &m.h, fn, arg, e) : nl_talk(g.nl, &m.h, NULL, NULL, e);
	return rc < 0 ? rc : 0;
}

struct each {
	void (*fn)(const struct mptcp_endpoint *x, void *arg);
	void *arg;
};

static int one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct each *each = arg;
	struct mptcp_endpoint x;
	int rc = mptcp_get_endpoint(h, &x, e);

	if (!rc && x.has)
		each->fn(&x, each->arg);
	return rc;
}

int mptcp_each_endpoint(void (*fn)(const struct mptcp_endpoint *x, void *arg), void *arg,
			struct err *e)
{
	struct each each = {fn, arg};

	return ask(MPTCP_PM_CMD_GET_ADDR, NULL, one, &each, e);
}

int mptcp_add_endpoint(struct mptcp_endpoint *x, struct err *e)
{
	x->has = HAS(MPTCP_ID) | HAS(MPTCP_FAMILY) | HAS(MPTCP_FLAGS) | HAS(MPTCP_DEV) |
		 (x->addr.family == AF_INET ? HAS(MPTCP_ADDR4) : HAS(MPTCP_ADDR6));
	x->family = x->addr.family;
	x->flags = MPTCP_PM_ADDR_FLAG_SUBFLOW;
	return ask(MPTCP_PM_CMD_ADD_ADDR, x, NULL, NULL, e);
}

int mptcp_del_endpoint(uint8_t id, struct err *e)
{
	struct mptcp_endpoint x = {.has = HAS(MPTCP_ID), .id = id};
	struct err mine = ERR_INIT;
	int rc = ask(MPTCP_PM_CMD_DEL_ADDR, &x, NULL, NULL, &mine);

	/* "address not found" is -EINVAL. */
	if (rc == -EINVAL || rc == -ENOENT)
		return 0;
	if (rc < 0 && e)
		*e = mine;
	return rc;
}
