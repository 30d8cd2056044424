/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_CLASSES_H
#define MH_FIB_CLASSES_H

#include "fib/ranges.h"

/*
 * All addresses of a family, by what several sets of prefixes (routing tables, the rules'
 * selectors) say of them. Two addresses are of one class if in every set their longest prefix has
 * the same value. A statement about every address is then one about every class, and is shown by a
 * look at one address of each: its witness.
 */
struct classes;

/* A set. The prefixes are the caller's and must outlive the classes. Of equal ones the last counts.
 */
struct class_layer {
	const struct prefix_value *p;
	size_t n;
};

/* -EINVAL: a prefix of another family, or with too large a value; -ENOMEM. */
int classes_new(uint8_t family, const struct class_layer *layer, size_t n, struct classes **ret,
		struct err *e);
void classes_free(struct classes *c); /* NULL is fine */

size_t classes_count(const struct classes *c);
/* What the layers say of a class: one value each, RANGE_NONE where no prefix has it. */
const uint32_t *classes_values(const struct classes *c, size_t i);
/* An address of the class; not the first one of its range where there are others. */
struct ip_addr classes_witness(const struct classes *c, size_t i);
/* The class of an address. */
size_t classes_find(struct classes *c, const struct ip_addr *a);

/*
 * A prefix of a layer comes, has another value, or goes (RANGE_NONE). Takes time for the prefix's
 * own addresses only, and for the changes before it, so that thousands are too many. Classes that
 * there are stay, even if no address is left in one; those that have come are behind them: what was
 * known of the others is known still. Returns how many have come, or -ENOMEM.
 */
long classes_change(struct classes *c, size_t layer, const struct ip_prefix *p, uint32_t value,
		    struct err *e);

#endif
