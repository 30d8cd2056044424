/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_LINK_H
#define MH_IP_LINK_H

#include "ip/words.h"
#include "model/address.h"
#include "model/link.h"

/* Selectors of `ip link show` and of `ip address show` and flush. */
struct link_filter {
	uint64_t has;
	uint8_t family; /* of the addresses; AF_PACKET: links alone */
	bool links;	/* it is `ip link` */
	bool up;
	int ifindex;
	const char *dev;
	int64_t group, master; /* -1 any; master 0: none */
	const char *kind, *slave_kind, *label;
	int scope; /* -1 any */
	uint32_t flags, flag_mask;
	int proto; /* -1 any */
	bool to_given;
	struct ip_prefix to;
};

extern const struct keyword link_filter_words[];
int link_filter_begin(struct parser *p, struct err *e);
int link_filter_finish(struct parser *p, struct err *e);
bool link_selects(const struct link_filter *f, const struct link *l);
bool address_selects(const struct link_filter *f, const struct address *a, struct devices *d);

/* `ip link show` and `ip address show`. */
int links_show(struct parser *p, struct err *e);

extern const struct keyword link_set_words[], link_add_words[], link_delete_words[];
int link_modify_begin(struct parser *p, struct err *e);
int link_modify_finish(struct parser *p, struct err *e);
int link_modify_run(struct parser *p, struct err *e);

#endif
