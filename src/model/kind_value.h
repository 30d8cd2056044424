/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_KIND_VALUE_H
#define MH_MODEL_KIND_VALUE_H

#include "model/kind.h"

/* Value types that kinds of interfaces share. */
extern const struct value value_yes;	/* the word if it is not 0; JSON: true */
extern const struct value value_yes_no; /* "word" or "noword"; JSON: true or false */
extern const struct value value_unless; /* "noword" if it is 0; JSON: true or false */
extern const struct value value_lower;	/* the interface below, if there is one */
extern const struct value value_mark;	/* in hexadecimal, if it is not 0 */
extern const struct value value_ttl;	/* "inherit" is 0 */
extern const struct value value_tos;	/* rt_dsfield, "inherit" is 1 */
extern const struct value value_mac;	/* six bytes */
extern const struct value value_end4;	/* the end of a tunnel: struct ip_addr, zero is "any" */
extern const struct value value_end6;
/* Without an argument: the member becomes the word's number; or its bits are set, or cleared. */
extern const struct value value_set, value_set_bits, value_clear_bits;

/* A name for a number. */
struct choice {
	const char *name; /* NULL ends the list; of several names the first is printed */
	uint32_t number;
};

/* A value type of such names; rows refer to its first member. */
struct value_choice {
	struct value value;
	const struct choice *list;
};

/* The second reader takes numbers of the list as well. They fail with 1 and 255. */
void value_choice_print(struct print *p, const struct attr *a, const void *obj);
value_parse_fn value_choice_parse, value_choice_number_parse;
#define CHOICE(list)                                                                               \
	{                                                                                          \
		{value_choice_print, value_choice_parse, NULL}, list                               \
	}
#define CHOICE_NUMBER(list)                                                                        \
	{                                                                                          \
		{value_choice_print, value_choice_number_parse, NULL}, list                        \
	}
/* The list of such a type, NULL of any other. */
const struct choice *value_choices(const struct value *v);
/* True of a type without an argument: the word itself is all, and what is to be read. */
static inline bool value_is_bare(const struct value *v)
{
	return v->parse && !v->metavar && !value_choices(v);
}
/* The number of a name, UINT32_MAX if it is none; and the name of a number, or NULL. */
uint32_t choice_number(const struct choice *list, const char *name);
const char *choice_name(const struct choice *list, uint64_t number);
/* Says that `arg` is none of them. */
int choice_error(const struct choice *list, const char *arg, int code, struct err *e);

/* `"key":true|false` in JSON, nothing in text. */
void print_json_bool(struct print *p, const char *key, bool v);
/* The member behind a row. */
static inline const void *kind_member(const struct attr *a, const void *obj)
{
	return (const char *)obj + a->off;
}

/* The two words of a switch: "proxy" and "noproxy". */
#define SWITCH(word, row)                                                                          \
	{"=" word, row, &value_set, 1},                                                            \
	{                                                                                          \
		"=no" word, row, &value_set, 0                                                     \
	}

#endif
