/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/mptcp.h"

#include "model/value.h"

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
