/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_DUMP_JSON_H
#define MH_FIB_DUMP_JSON_H

#include "fib/dump.h"

#include <jansson.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

/* A dump that is being read: objects of `ip -j` into a snapshot. */
struct dump {
	struct snapshot *s;
	struct names *names;
	uint8_t family; /* of the file, where a file is of one */
	char **master;	/* of each link: the name, until all links are there */
	size_t master_n;
};

/* The objects of an array, one after the other; errors say which. */
typedef int dump_object_fn(struct dump *d, const json_t *o, struct err *e);
int dump_each_object(struct dump *d, dump_object_fn *fn, const char *text, size_t len,
		     struct err *e);

/* One object of a file each; -EINVAL and why. */
int dump_link(struct dump *d, const json_t *o, struct err *e);
int dump_addresses(struct dump *d, const json_t *o, struct err *e);
int dump_neigh(struct dump *d, const json_t *o, struct err *e);
int dump_nexthop(struct dump *d, const json_t *o, struct err *e);
int dump_bucket(struct dump *d, const json_t *o, struct err *e);
int dump_rule(struct dump *d, const json_t *o, struct err *e);
int dump_route(struct dump *d, const json_t *o, struct err *e);
int dump_netconf(struct dump *d, const json_t *o, struct err *e);

/*
 * One value each (dump_value.c): 1 if it is there, 0 if it is not, or -EINVAL. Numbers come as
 * numbers or in a text; names stand for numbers as in iproute2's files.
 */
int dump_number(const json_t *o, const char *key, uint64_t max, uint64_t *ret, struct err *e);
int dump_name(struct dump *d, const json_t *o, const char *key, enum names_file f, uint32_t *ret,
	      struct err *e);
int dump_addr(const json_t *o, const char *key, uint8_t family, struct ip_addr *ret, struct err *e);
int dump_prefix(const json_t *o, const char *key, uint8_t family, struct ip_prefix *ret,
		struct err *e);
int dump_dev(struct dump *d, const json_t *o, const char *key, uint32_t *ret, struct err *e);
const char *dump_text(const json_t *o, const char *key); /* NULL if it is none */
bool dump_has(const json_t *o, const char *key);
int dump_wrong(const char *key, const char *want, struct err *e);

/* An array of words, as bits. */
struct dump_word {
	const char *word;
	uint32_t bit;
};
uint32_t dump_words(const json_t *o, const char *key, const struct dump_word *w, size_t n);
#define WORDS(o, key, w) dump_words(o, key, w, ARRAY_SIZE(w))
#define DUMP_HOP_FLAGS	 4
extern const struct dump_word dump_hop_flags[DUMP_HOP_FLAGS];

/* When all links are there, their masters are. */
int dump_masters(struct dump *d, struct err *e);
void dump_done(struct dump *d);

#endif
