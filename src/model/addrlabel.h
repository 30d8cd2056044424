/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_ADDRLABEL_H
#define MH_MODEL_ADDRLABEL_H

#include "model/print.h"
#include "netlink/nl.h"

#include <linux/if_addrlabel.h>

/* A row of the policy table of RFC 6724: RTM_NEWADDRLABEL. In the order of the text. */
enum addrlabel_field {
	ADDRLABEL_PREFIX,
	ADDRLABEL_DEV, /* derived: header */
	ADDRLABEL_LABEL,
	ADDRLABEL_FIELDS
};

struct addrlabel {
	uint64_t has; /* enum addrlabel_field */
	struct ifaddrlblmsg h;
	struct ip_addr address; /* its length is in the header */
	uint32_t label;
};

extern const struct attr_set addrlabel_attrs;

int addrlabel_decode(const struct nlmsghdr *h, struct addrlabel *ret, struct err *e);
/* One line as `ip addrlabel list` has it, or one JSON object. */
void addrlabel_print(struct print *p, const struct addrlabel *a);

#endif
