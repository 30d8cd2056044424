/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_PRINT_H
#define MH_MODEL_PRINT_H

#include "base/json.h"
#include "base/out.h"
#include "model/devices.h"
#include "model/names.h"
#include "netlink/attr.h"

/*
 * How objects become text or JSON. The same call does both: with `json` set, a field is a key and a
 * value, otherwise a word, a blank, the value and a blank, as iproute2 prints them.
 */
struct print {
	struct out *o;
	struct json j; /* over `o` */
	bool json;
	bool details;  /* -d */
	bool numeric;  /* -N: numbers, not names */
	bool oneline;  /* -o */
	bool brief;    /* -br */
	bool human;    /* -h: counters with k, M, G */
	bool iec;      /* -iec: in steps of 1024 */
	uint8_t color; /* -c: 0 none, 1 on a light background, 2 on a dark one */
	bool tinted;   /* between print_tint() and print_plain() */
	bool resolve;  /* -r: hosts' names, not addresses */
	uint8_t stats; /* -s, how often */
	uint8_t family;
	struct names *names;
	struct devices *devices;
	/* The name of a network namespace that this one knows as `nsid`, or NULL. May be NULL. */
	const char *(*nsid_name)(void *arg, int nsid);
	void *nsid_arg;
	/* Shows, with -d, the next hop object that a route refers to. May be NULL. */
	void (*nh_info)(struct print *p, uint32_t id);
	void *nh_info_arg;
};

/* Each prints nothing as text if `word` is NULL, and nothing as JSON if `key` is. */
void print_str(struct print *p, const char *word, const char *key, const char *s);
void print_u64(struct print *p, const char *word, const char *key, uint64_t v);
void print_hex(struct print *p, const char *word, const char *key, uint64_t v);
void print_addr(struct print *p, const char *word, const char *key, const struct ip_addr *a);
/* An address alone, or with -r its name if it has one: no word, and no blank behind it. */
void print_host(struct print *p, const char *key, const struct ip_addr *a);
void print_dev(struct print *p, const char *word, const char *key, int ifindex);
void print_name(struct print *p, const char *word, const char *key, enum names_file f, uint32_t v);
/* The word alone; in JSON `"key":null`. */
void print_flag(struct print *p, const char *word, const char *key);
/* `"key":true` in JSON, the word in text. */
void print_true(struct print *p, const char *word, const char *key);
/* The start of a further line of the object's text: a backslash with -o. */
void print_line(struct print *p);
/* Text only, JSON only if their format is set. */
void print_text(struct print *p, const char *s);

/*
 * -c: what follows has the colour of its kind, as iproute2 has them, until print_plain(). Nothing
 * in JSON, nor for a family without a colour.
 */
enum tint { TINT_NONE, TINT_NAME, TINT_LLADDR, TINT_INET, TINT_INET6, TINT_UP, TINT_DOWN };
void print_tint(struct print *p, enum tint tint);
void print_plain(struct print *p);
enum tint tint_of_family(uint8_t family);

/* All fields that `obj` has, in the table's order. Rows without `value` are skipped. */
void print_object(struct print *p, const struct attr_set *s, const void *obj);

#endif
