/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_MPTCP_H
#define MH_MODEL_MPTCP_H

#include "model/print.h"
#include "netlink/genl.h"

/* <linux/mptcp.h> does not go with <netinet/in.h>: only who has neither may include it. */

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

/*
 * An endpoint into a message (its attributes lie in `scratch`, which must live as long), and out of
 * one; without fields if the message has none.
 */
int mptcp_put_endpoint(struct mptcp_msg *m, const struct mptcp_endpoint *x, struct nl_msg *scratch,
		       struct err *e);
int mptcp_get_endpoint(const struct nlmsghdr *h, struct mptcp_endpoint *ret, struct err *e);

/*
 * Asks the kernel: calls `fn` with each endpoint; adds one of which id, ifindex and addr are given,
 * for subflows, or deletes one by its id (that is not there: no error). In the calling thread's
 * namespace.
 */
int mptcp_each_endpoint(void (*fn)(const struct mptcp_endpoint *x, void *arg), void *arg,
			struct err *e);
int mptcp_add_endpoint(struct mptcp_endpoint *x, struct err *e);
int mptcp_del_endpoint(uint8_t id, struct err *e);

/* What happened to a connection or one of its subflows: MPTCP_EVENT_*, in the order of the text. */
enum mptcp_event_field {
	MPTCP_EVENT_TOKEN,
	MPTCP_EVENT_REMID,
	MPTCP_EVENT_LOCID,
	MPTCP_EVENT_SADDR4,
	MPTCP_EVENT_SADDR6,
	MPTCP_EVENT_DADDR4,
	MPTCP_EVENT_DADDR6,
	MPTCP_EVENT_SPORT,
	MPTCP_EVENT_DPORT,
	MPTCP_EVENT_BACKUP,
	MPTCP_EVENT_ERROR,
	MPTCP_EVENT_FLAGS,
	MPTCP_EVENT_TIMEOUT,
	MPTCP_EVENT_IFINDEX,
	MPTCP_EVENT_RESET_REASON,
	MPTCP_EVENT_RESET_FLAGS,
	MPTCP_EVENT_SERVER,
	MPTCP_EVENT_FIELDS
};
struct mptcp_event {
	uint64_t has; /* enum mptcp_event_field */
	struct genlmsghdr h;
	uint32_t token, timeout, ifindex, reset_reason, reset_flags;
	uint16_t sport, dport, flags;
	uint8_t remid, locid, backup, error, server;
	struct ip_addr saddr, daddr; /* either family's */
};
extern const struct attr_set mptcp_event_attrs;

/* A line as `ip mptcp monitor` has it, with its end; or the members of a JSON object. */
int mptcp_event_print(struct print *p, const struct nlmsghdr *h, struct err *e);

#endif
