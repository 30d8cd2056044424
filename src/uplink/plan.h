/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_PLAN_H
#define MH_UPLINK_PLAN_H

#include "uplink/owned.h"

/*
 * The difference between two owned states, as steps in an order in which every intermediate state
 * is safe: what is to be used is made before it is used, what is no longer used is taken away after
 * it went out of use, and what changes is replaced in one step.
 *
 * Rules of one priority are a list of which the kernel only lets us append to the end and delete
 * the first of equals. A rule that has to move is therefore added a second time (without
 * NLM_F_EXCL) and then its first copy is deleted: there is no moment without it.
 */
enum step_kind {
	STEP_SYSCTL,
	STEP_LINK_GROUP,
	STEP_ROUTE_ADD,
	STEP_ROUTE_REPLACE,
	STEP_ROUTE_DEL,
	STEP_RULE_ADD,
	STEP_RULE_DEL,
	STEP_ENDPOINT_ADD,
	STEP_ENDPOINT_DEL,
	STEP_NFT, /* the whole table, in one transaction; new NULL: remove it */
};

struct step {
	enum step_kind kind;
	union {
		struct route route; /* ADD, REPLACE: the new; DEL: the old */
		struct rule rule;
		struct {
			const char *name, *old, *new; /* as struct sysctl */
		} sysctl;
		struct {
			int ifindex;
			char name[IFNAMSIZ];
			uint32_t old, new;
		} group;
		struct endpoint endpoint;
		struct {
			const char *old, *new;
		} nft;
	};
};

struct plan {
	struct arena arena;
	struct step *step;
	size_t n, cap;
};

/*
 * The steps from `now` to `want`. Sysctls and groups: those that both have and that differ (a
 * setting that only one of them has is left alone).
 */
void plan_make(const struct owned *now, const struct owned *want, struct plan *ret);
void plan_free(struct plan *p);

/*
 * True if the kernel, asked to delete `request`, may take `r` for it (rule_find() in
 * net/core/fib_rules.c): what the request does not say matches anything.
 */
bool plan_rule_matches(const struct rule *request, const struct rule *r);

/*
 * A step as the commands a person could run (ip, nft, sysctl), lines ended by '\n'; and as one JSON
 * object. `p` gives names and devices; p->json is set as needed.
 */
void plan_step_command(struct print *p, const struct step *s);
void plan_step_json(struct print *p, const struct step *s);

#endif
