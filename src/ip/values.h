/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_VALUES_H
#define MH_IP_VALUES_H

#include "ip/words.h"

/*
 * Addresses as iproute2 takes them on a command line: "10/8" and "10.1" (missing bytes are zero),
 * "10.0.0.0/255.0.0.0", "default", "any" and "all".
 */
struct prefix_arg {
	struct ip_prefix prefix; /* family 0: none was said or known */
	bool any;		 /* "default", "any", "all": no address */
	bool has_len;		 /* with "/LEN", or any */
	/* An address to send: it is one, or it is the "default" of a known family, which is zero.
	 */
	bool has_bytes;
};

bool read_prefix(const char *s, uint8_t family, struct prefix_arg *ret);
bool read_address(const char *s, uint8_t family, struct ip_addr *ret);
/* A route's type by name, shortened or not, or number; -1 if it is none. */
int read_route_type(const char *word);

/* The next word as such. `family` as in p->values; errors are exit status 1. */
int parse_prefix(struct parser *p, uint8_t family, struct prefix_arg *ret, struct err *e);
int parse_address(struct parser *p, uint8_t family, struct ip_addr *ret, struct err *e);
/* An address, or the "default" of a known family (zero); not "any" or "all", which the kernel would
 * refuse: exit status 2. */
int parse_host(struct parser *p, uint8_t family, struct ip_addr *ret, struct err *e);
/* An interface that exists. */
int parse_dev(struct parser *p, int *ret, struct err *e);
/* "on" or "off"; unless `whole`, the latter may be shortened. */
int parse_on_off(struct parser *p, bool whole, bool *ret, struct err *e);
/* The family behind "inet", "inet6", "link", "bridge", "mpls"; AF_UNSPEC if it is none. */
uint8_t family_number(const char *name);
/* "inet", "inet6", ... as the next word, taken only if it is one; 0 if not. */
uint8_t parse_family(struct parser *p);
/* A name of one of iproute2's files, or a number up to `max`. */
int parse_name(struct parser *p, enum names_file f, uint32_t max, uint32_t *ret, struct err *e);

/* Attributes of an object without a header, for one that nests them; the bytes are the arena's. */
int parse_nest(struct parser *p, const struct attr_set *s, const void *obj, struct nl_ref *ret,
	       struct err *e);
/* An IP protocol by name or number. */
int parse_ipproto(struct parser *p, uint8_t *ret, struct err *e);

#endif
