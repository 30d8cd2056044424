/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_PLAN_HANDS_H
#define MH_UPLINK_PLAN_HANDS_H

#include "uplink/plan.h"

/* Private to src/uplink. */

/* True if between the two, replacing routes one by one would mislead somebody's packets. */
bool plan_changes_hands(struct arena *a, const struct owned *now, const struct owned *want);

/* What most rules differ in, looked at before all of a rule is compared. */
bool plan_rules_alike(const struct rule *a, const struct rule *b);

#endif
