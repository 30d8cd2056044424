/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_VALUE_H
#define MH_MODEL_VALUE_H

#include "base/arena.h"
#include "model/print.h"

/*
 * A value type: how one field is written and read. The types here are shared by many rows; an
 * object's own file has those that only it needs (a mark with its mask, a next hop with its
 * family).
 */
struct parse {
	struct names *names;
	struct devices *devices;
	uint8_t family; /* the family addresses must have, or 0 */
	/* For the options of kinds (model/kind.h). */
	uint32_t num;	     /* the word's own */
	char *const *more;   /* the words behind the one that is read, for readers of several: */
	int n_more;	     /* they move these two on */
	struct arena *arena; /* for what is kept by reference */
};

struct value {
	void (*print)(struct print *p, const struct attr *a, const void *obj);
	/*
	 * Reads `arg` into the member and sets the row's bit (`field`). NULL: not to be given as
	 * an argument. The error names the word and what was expected; -EINVAL is exit status 255,
	 * any other 1.
	 */
	int (*parse)(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		     void *obj, struct err *e);
	const char *metavar; /* "NUMBER", "TABLE", ... for help and completion */
};

extern const struct value value_number;	 /* unsigned decimal, as wide as the member */
extern const struct value value_hex;	 /* printed 0x.., read in any base */
extern const struct value value_string;	 /* ATTR_STR */
extern const struct value value_flag;	 /* ATTR_FLAG */
extern const struct value value_addr;	 /* struct ip_addr */
extern const struct value value_dev;	 /* an ifindex member, by name */
extern const struct value value_devname; /* ATTR_STR, an interface's name (rules keep names) */
extern const struct value value_table;	 /* rt_tables */
extern const struct value value_proto;	 /* rt_protos */
extern const struct value value_scope;	 /* rt_scopes */
extern const struct value value_dsfield; /* rt_dsfield */
extern const struct value value_on_off;	 /* a number that is 0 or 1 */
extern const struct value value_group;	 /* group */

/* The readers of these, for value types that only print otherwise. */
typedef int value_parse_fn(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			   void *obj, struct err *e);
value_parse_fn value_number_parse, value_addr_parse, value_dev_parse, value_devname_parse,
	value_table_parse, value_proto_parse, value_scope_parse, value_dsfield_parse,
	value_group_parse, value_realms_parse, value_on_off_parse;

/* A link-layer address: pairs of hexadecimal digits between colons, or an IPv4 address. */
bool lladdr_parse(const char *s, struct lladdr *ret);
/* Whole words as numbers: decimal, 0x or 0; false if it is none or over `max`. */
bool value_read_number(const char *arg, uint64_t max, uint64_t *ret);
/* The member behind a row as a number, whatever its width. */
uint64_t value_member(const struct attr *a, const void *obj);
void value_set_member(const struct attr *a, void *obj, uint64_t v);

#endif
