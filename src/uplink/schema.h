/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_SCHEMA_H
#define MH_UPLINK_SCHEMA_H

#include "uplink/config.h"

/*
 * What the configuration may hold: one table of sections and their keys (schema.c). The parser, its
 * "did you mean", the man page's lists and completion all go by it. Only src/uplink/config*.c and
 * schema.c include this.
 */

enum section_kind {
	SECTION_MULTIHOME,
	SECTION_UPLINK,
	SECTION_GROUP,
	SECTION_POLICY,
	SECTION_HOOK,
	SECTIONS
};

/* A section of the file while it is read. */
struct object {
	enum section_kind kind;
	const char *name; /* "" for [multihome] */
	struct place place;
	size_t index;	    /* among config.uplink, .policy, .hook, reading.group */
	struct word *given; /* per key of the section, the last one's value; text NULL: not given */
};

/* A group, until all uses are resolved and nobody needs it any more. */
struct way_group {
	const struct object *object;
	struct use use;
	enum { GROUP_NEW, GROUP_BEGUN, GROUP_DONE } state;
};

struct reading {
	struct config *c; /* c->arena has everything */
	const char *file; /* the first file */
	struct object **object;
	size_t object_n, object_cap;
	struct object *multihome; /* of all sections [multihome] together; always there */
	struct way_group *group;
	size_t group_n, group_cap;
	void *names; /* tree (tsearch) of struct object */
	/* The uses' own (config_use.c). */
	uint64_t *stamp, stamps;
};

struct key {
	const char *name;
	const char *value; /* its syntax */
	const char *dflt;  /* NULL: must be written */
	const char *help;
	/*
	 * Reads the value into `data` (struct config, or that of the section: uplink_config, ...).
	 * The error has the place and quotes the value; the caller adds the key and, if there is no
	 * hint, the syntax.
	 */
	int (*read)(struct reading *r, const struct key *k, const struct object *o, struct word v,
		    void *data, struct err *e);
	size_t off;		  /* the member, for those that have just one */
	uint32_t min, max;	  /* of numbers */
	const char *const *words; /* fixed words, NULL behind the last */
	uint64_t has;		  /* the bit of policy_config.has */
	bool repeats;
};

struct section {
	const char *name;
	const char *help;
	bool named; /* [section NAME] */
	const struct key *key;
	size_t key_n;
};

extern const struct section schema[SECTIONS];

/* The value that a section gave to a key, text NULL if none; and the key's place, or the section's.
 */
const struct word *object_given(const struct object *o, const char *key);
struct place object_place(const struct object *o, const char *key);

/* config_value.c: the value types. */
typedef int key_read_fn(struct reading *r, const struct key *k, const struct object *o,
			struct word v, void *data, struct err *e);
key_read_fn key_read_use;	/* left to config_use.c, when all names are known */
key_read_fn key_read_number;	/* uint32_t, min..max */
key_read_fn key_read_mask;	/* uint32_t, adjacent bits */
key_read_fn key_read_choice;	/* an enum in the order of `words` */
key_read_fn key_read_yes_no;	/* bool */
key_read_fn key_read_device;	/* char[IFNAMSIZ] */
key_read_fn key_read_interface; /* the uplink's */
key_read_fn key_read_address;
key_read_fn key_read_gateway;
key_read_fn key_read_table;
key_read_fn key_read_nat;
key_read_fn key_read_npt;
key_read_fn key_read_family;
key_read_fn key_read_check; /* config_health.c */
key_read_fn key_read_limit; /* uint32_t; "max-X" is as the check's option X */
key_read_fn key_read_group; /* config_daemon.c: uint32_t */
key_read_fn key_read_listen;
key_read_fn key_read_on; /* the hook's */
key_read_fn key_read_run;
key_read_fn key_read_time;    /* uint32_t, milliseconds, min..max */
key_read_fn key_read_damping; /* the same, or "no": 0 */
key_read_fn key_read_failback;
key_read_fn key_read_from;
key_read_fn key_read_to;
key_read_fn key_read_proto;
key_read_fn key_read_ports; /* struct port_range */
key_read_fn key_read_uid;
key_read_fn key_read_user;
key_read_fn key_read_mark;
key_read_fn key_read_dscp;

/* config_use.c: all groups, then the policies' uses and the default. */
int config_resolve_uses(struct reading *r, struct err *e);
/* The uplink or group of a name, or NULL. */
const struct object *config_find_way(struct reading *r, const char *name);

/* config_check.c: what only the whole configuration shows. */
int config_check(struct reading *r, struct err *e);

#endif
