/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_MPTCP_H
#define MH_MODEL_MPTCP_H

#include "model/print.h"
#include "netlink/genl.h"

#include <linux/mptcp.h>

/* An address that MPTCP may use or announce: MPTCP_PM_ATTR_ADDR. In the order of the text. */
enum mptcp_field {
	MPTCP_ADDR4,
	MPTCP_ADDR6,
	MPTCP_PORT,
	MPTCP_ID,
	MPTCP_FLAGS,
	MPTCP_DEV,
	MPTCP_FAMILY,
	MPTCP_FIELDS
};

struct mptcp_endpoint {
	uint64_t has; /* enum mptcp_field */
	uint16_t family, port;
	struct ip_addr addr; /* either family's */
	uint8_t id;
	uint32_t flags; /* MPTCP_PM_ADDR_FLAG_* */
	uint32_t ifindex;
};

extern const struct attr_set mptcp_endpoint_attrs;

/* The names of the flags, by bit. */
extern const char *const mptcp_flag_names[5];

/* A message of the family "mptcp_pm". */
enum { MPTCP_MSG_ADDR, MPTCP_MSG_ADD_ADDRS, MPTCP_MSG_SUBFLOWS, MPTCP_MSG_FIELDS };
struct mptcp_msg {
	uint64_t has;
	struct genlmsghdr h;
	struct nl_ref addr; /* struct mptcp_endpoint */
	uint32_t add_addrs, subflows;
};
extern const struct attr_set mptcp_attrs;

#endif
