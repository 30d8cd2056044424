/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_RECIPE_H
#define MH_UPLINK_RECIPE_H

#include "uplink/desired.h"

/* Private to src/uplink: what the parts of the recipe (desired.c tells it) share. */

/* Offsets of the rules' priorities from rule-base; policies have one each, in their order. */
enum recipe_priority {
	PRIORITY_MAIN_FIRST = 0, /* main, but no default and not through an uplink */
	PRIORITY_FROM = 10,
	PRIORITY_MARK = 20,
	PRIORITY_MAIN = 30, /* main, but no default */
	PRIORITY_OIF = 40,
	PRIORITY_POLICY = 90,
};
#define PRIORITY_DEFAULT 32765

/* The last resort in a table of ours: no packet that got this far may try the next rule. */
#define METRIC_BACKSTOP UINT32_MAX
#define METRIC_IPV6	1024 /* what the kernel takes when none is given */

/* The table of a use that more than one uplink may serve. */
struct use_table {
	const struct use *use;
	uint32_t table;
};

struct recipe {
	const struct config *config;
	const struct machine *machine;
	struct desired *d;
	struct arena *a; /* d->owned.arena */
	struct use_table *use;
	size_t use_n, use_cap;
};

static inline const struct uplink_family *uplink_family(const struct uplink_state *u,
							uint8_t family)
{
	return family == AF_INET ? &u->v4 : &u->v6;
}

/* The only uplink that a use names, -1 if there are several. */
int use_only(const struct use *u);
bool use_eq(const struct use *a, const struct use *b);
/* The table for a use: the uplink's own, or that of its use_table. */
uint32_t recipe_use_table(const struct recipe *r, const struct use *u);
/* True if the family is in use at all; and if the uplink has a table in it. */
bool recipe_family(const struct recipe *r, uint8_t family);
bool recipe_has_table(const struct recipe *r, unsigned uplink, uint8_t family);
/* True if a lower-numbered uplink has the same interface. */
bool recipe_shares_link(const struct recipe *r, unsigned uplink);
/*
 * True if the uplink can be one of several in a multipath route. IPv6 has no legs without a
 * gateway, but for links where any gateway means "this device" (recipe_routes.c).
 */
bool recipe_can_balance(const struct uplink_state *u, uint8_t family);
/* The address that own traffic should have where the kernel would choose another; NULL: it won't.
 */
const struct ip_addr *recipe_source(const struct recipe *r, unsigned uplink, uint8_t family);

/* recipe_check.c: what stands in the way; warns of what only disturbs. */
int recipe_check(struct recipe *r, struct err *e);
/* recipe_kernel.c: what this kernel cannot do; part of recipe_check(). */
int recipe_kernel(struct recipe *r, struct err *e);
void recipe_routes(struct recipe *r);
void recipe_rules(struct recipe *r);
void recipe_settings(struct recipe *r);
void recipe_mptcp(struct recipe *r);
/* nft_rules.c: the nftables table. */
void recipe_nft(struct recipe *r);

/*
 * A rule of the uplink, by its interface; with no uplink, or to restore marks, of no interface.
 * nft_forward.c has those that are made only where the configuration asks for them.
 */
struct nft_rule *recipe_nft_rule(struct recipe *r, enum nft_chain chain, enum nft_action action,
				 const struct uplink_state *u);
void recipe_nft_forward(struct recipe *r);
void recipe_nft_sticky(struct recipe *r); /* nft_sticky.c */
/* True if another uplink has the same interface. */
bool recipe_link_is_shared(const struct recipe *r, unsigned uplink);

/* Names a place of the configuration in an error; as err_where(). */
int recipe_place(struct err *e, const struct place *p);
void recipe_warn(struct recipe *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
