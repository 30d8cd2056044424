/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_ROUTE_H
#define MH_IP_ROUTE_H

#include "ip/words.h"
#include "model/route.h"

/* RTAX_* attributes as typed: bit n of `set` for value n. */
struct metrics_arg {
	uint32_t set, lock;
	uint32_t value[RTAX_MAX + 1];
	char congctl[16];
};

/* What a route command was given, beside the route itself. */
struct route_request {
	struct route route;
	bool type_given, table_given, scope_given, via_given, nexthops_given;
	struct metrics_arg metrics;
};

/* Selectors of show and flush. */
struct prefix_selector {
	uint8_t family; /* 0 if only a length, or nothing, was said */
	bool given;
	struct ip_prefix prefix;
};
struct route_filter {
	uint64_t has;	/* nothing of `set`; the rows are hooks */
	uint8_t family; /* of the dump */
	uint32_t table; /* 0: all */
	bool cloned, not_local;
	uint64_t hide;			/* fields that iproute2 does not show, being selected by */
	int protocol, scope, type, tos; /* -1: any */
	int iif, oif;
	bool by_mark, by_metric, by_realms;
	uint32_t mark, metric, realms, realms_mask;
	struct prefix_selector root_dst, match_dst, root_src, match_src, via, prefsrc;
};

extern const struct keyword route_modify_words[], route_list_words[];
int route_modify_begin(struct parser *p, struct err *e);
int route_modify_finish(struct parser *p, struct err *e);
int route_list_begin(struct parser *p, struct err *e);
int route_list_finish(struct parser *p, struct err *e);

/* A question to `ip route get`. */
struct route_get_request {
	struct route r;
	uint32_t flags; /* RTM_F_FIB_MATCH, RTM_F_NOTIFY */
	bool connected, from_given;
};
extern const struct keyword route_get_words[];
/* as [to] LABELS: what an MPLS packet goes on with; the request begins with a struct route. */
take_fn route_take_newdst;
int route_get_begin(struct parser *p, struct err *e);
int route_get_finish(struct parser *p, struct err *e);
int route_get_run(struct parser *p, struct err *e);

/* True if the route is one of those selected. */
bool route_selects(const struct route_filter *f, const struct route *r);
/* True if what is selected is: all routes of one table to one prefix. */
bool route_is_prefix(const struct route_filter *f);
/*
 * A table is dumped in the order of its addresses; a prefix comes, in IPv4, before those within it,
 * in IPv6 behind them. True if no route that comes behind this one can be selected; and true if the
 * route's addresses are behind those of the prefix.
 */
bool route_is_behind(const struct route_filter *f, const struct route *r);
bool route_lies_behind(const struct ip_prefix *p, const struct route *r);

/*
 * Calls `fn` for the route of this key (table, prefix, tos, metric), if there is one. Returns 1 if
 * so, else 0. Not while a dump is read.
 */
int route_find(struct ip *ip, const struct route *key, nl_fn *fn, void *arg, struct err *e);

/* The dump in which the selected ones are; and shows one of it, for ip_dump_until(). */
int route_dump_request(const struct route_filter *f, struct nl_msg *m, struct err *e);
int route_show_one(const struct nlmsghdr *h, void *parser, struct err *e);
int route_flush_run(struct parser *p, struct err *e);

#endif
