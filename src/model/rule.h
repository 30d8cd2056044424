/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_RULE_H
#define MH_MODEL_RULE_H

#include "model/print.h"
#include "netlink/nl.h"

#include <linux/fib_rules.h>
#include <net/if.h>

/* A policy routing rule: RTM_NEWRULE (net/core/fib_rules.c). Fields in the order of their text. */
enum rule_field {
	RULE_PRIORITY,
	RULE_NOT, /* derived: FIB_RULE_INVERT */
	RULE_SRC,
	RULE_DST,
	RULE_TOS, /* derived: header */
	RULE_DSCP,
	RULE_DSCP_MASK,
	RULE_FWMARK,
	RULE_FWMASK,
	RULE_IIF,
	RULE_OIF,
	RULE_L3MDEV,
	RULE_UIDRANGE,
	RULE_IPPROTO,
	RULE_SPORT,
	RULE_DPORT,
	RULE_SPORT_MASK,
	RULE_DPORT_MASK,
	RULE_TUN_ID,
	RULE_FLOWLABEL,
	RULE_FLOWLABEL_MASK,
	RULE_TABLE,
	RULE_SUPPRESS_PREFIXLEN,
	RULE_SUPPRESS_IFGROUP,
	RULE_FLOW, /* realms */
	RULE_GOTO,
	RULE_ACTION, /* derived: header, anything but FR_ACT_TO_TBL */
	RULE_PROTOCOL,
	RULE_FIELDS
};

struct rule {
	uint64_t has; /* enum rule_field */
	struct fib_rule_hdr h;
	uint32_t priority;	 /* always set after decoding: 0 if the kernel leaves it out */
	uint32_t table;		 /* likewise, from the attribute or the header */
	struct ip_addr src, dst; /* lengths in h.src_len, h.dst_len */
	uint32_t fwmark, fwmask;
	uint32_t suppress_prefixlen; /* a signed number; the kernel reports "none" as -1 */
	uint32_t suppress_ifgroup;
	uint32_t flow;
	uint32_t goto_target;
	struct fib_rule_uid_range uid;
	struct fib_rule_port_range sport, dport;
	uint16_t sport_mask, dport_mask;
	uint64_t tun_id; /* network order */
	uint32_t flowlabel, flowlabel_mask;
	uint8_t dscp, dscp_mask;
	uint8_t ipproto;
	uint8_t protocol; /* RTPROT_*: who made it */
	uint8_t l3mdev;
	char iif[IFNAMSIZ], oif[IFNAMSIZ];
};

/* The masks that the kernel shows where none was given. */
#define RULE_DSCP_ALL	   0x3f
#define RULE_FLOWLABEL_ALL 0xfffff

extern const struct attr_set rule_attrs;

/* Reads RTM_NEWRULE or RTM_DELRULE. -EBADMSG if it is damaged. */
int rule_decode(const struct nlmsghdr *h, struct rule *ret, struct err *e);
/* Writes a request; type RTM_NEWRULE or RTM_DELRULE. Sets header fields from the others. */
int rule_message(struct nl_msg *m, unsigned type, unsigned flags, const struct rule *r,
		 struct err *e);
/* True if both say the same (all fields that either has; h.flags' state bits aside). */
bool rule_eq(const struct rule *a, const struct rule *b);
/* One line as `ip rule show` has it, or one JSON object, without the line's end. */
void rule_print(struct print *p, const struct rule *r);

/* Sets a selector and its length together. */
void rule_set_src(struct rule *r, struct ip_prefix p);
void rule_set_dst(struct rule *r, struct ip_prefix p);

#endif
