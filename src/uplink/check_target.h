/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_CHECK_TARGET_H
#define MH_UPLINK_CHECK_TARGET_H

#include "uplink/ini.h"
#include "uplink/schema.h"

/*
 * Whom a check asks: the words of a check's value that are no options, one by one. Fills in the
 * check; an error has the word's place. Only config_health.c includes this.
 */
int check_target_read(struct reading *r, const struct word *w, struct check_config *c,
		      struct err *e);
/* When all words are read: whether the check has all that its kind needs. `v` is the whole value.
 */
int check_target_complete(const struct word *v, const struct check_config *c, struct err *e);

#endif
