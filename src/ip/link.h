/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_LINK_H
#define MH_IP_LINK_H

#include "ip/words.h"
#include "model/address.h"
#include "model/kind.h"
#include "model/link.h"

/* Selectors of `ip link show` and of `ip address show` and flush. */
struct link_filter {
	uint64_t has;
	uint8_t family; /* of the addresses; AF_PACKET: links alone */
	bool links;	/* it is `ip link` */
	bool up;
	int ifindex; /* of `dev`; in links_show() known from its answer on */
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
/* Its interface does not exist. */
int link_filter_no_dev(struct ip *ip, const struct link_filter *f, struct err *e);
bool link_selects(const struct link_filter *f, const struct link *l);
bool address_selects(const struct link_filter *f, const struct address *a, struct devices *d);

/* `ip link show` and `ip address show`. */
int links_show(struct parser *p, struct err *e);

/* An interface to make, change or delete. Words that need the kernel are looked up at the end. */
struct link_request {
	struct link l;
	const char *name, *dev, *lower, *type, *netns;
	bool group_given;
	uint8_t lladdr_len; /* of `address`, 0 if it was not given */
	uint32_t index;
	struct nl_ref data; /* IFLA_INFO_DATA, or _SLAVE_DATA */
	struct link_request *peer;
};

extern const struct keyword link_words[];
extern const struct command link_property_commands[];
/* False if an interface cannot be called so; `max`: room for it, terminated. */
bool link_is_name(const char *s, size_t max);
int link_begin(struct parser *p, struct err *e);
int link_finish(struct parser *p, struct err *e);
int link_run(struct parser *p, struct err *e);
/* What follows "type": the kind and its options, to the end. */
int link_take_type(struct parser *p, const struct keyword *k, struct err *e);
/* Reads an option of a kind, whose word has just been taken, into `data`, which `set` describes. */
int link_read_option(struct parser *p, const struct attr_set *set, const struct kind_word *w,
		     void *data, struct err *e);
/* ip link help [KIND] */
extern const struct keyword link_help_words[];
int link_help_finish(struct parser *p, struct err *e);
int link_help(struct parser *p, struct err *e);
/* IFLA_LINKINFO of the request, if a kind was given. */
void link_put_info(struct parser *p, struct link_request *q);
/* Attributes written behind a scratch header, as bytes of the arena. */
struct nl_ref link_scratch(struct ip *ip, const struct nl_msg *m, uint32_t start);

#endif
