/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_WORDS_H
#define MH_IP_WORDS_H

#include "ip/context.h"
#include "model/value.h"

/*
 * The grammar of a command is a table of keywords. One row says which words introduce an argument,
 * which field of the object it sets, and what it is called in help, completion and the manual; the
 * parser, the help text and the synopsis all come from it.
 *
 * A word may be shortened to any beginning of it, and the first row that matches wins, so the order
 * of rows is iproute2's. A synonym marked "=" is only taken in full, where iproute2 compares whole
 * words ("=dev").
 */
struct parser;
struct keyword;

typedef int take_fn(struct parser *p, const struct keyword *k, struct err *e);

enum {
	KW_ONCE = 1,   /* given twice is an error */
	KW_BARE = 2,   /* a word that no row matches is this row's argument */
	KW_HIDDEN = 4, /* taken, but not shown: for compatibility */
};

struct keyword {
	const char *words;   /* synonyms, separated by blanks; NULL ends the table */
	take_fn *take;	     /* NULL: the value type of the field reads the next word */
	uint8_t field;	     /* of the object's attribute table */
	uint8_t flags;	     /* KW_* */
	const char *metavar; /* what follows, for help; NULL: the value type's own */
	uint32_t num;	     /* for `take` */
};

/* A command's words, and how far they have been read. */
struct parser {
	struct ip *ip;
	struct parse values; /* what value types need: names, devices, the addresses' family */
	char *const *word;
	int n, at;
	const struct command *command;
	const struct attr_set *set;
	void *obj; /* the request; its first member is the object that `set` describes */
	const struct keyword *row; /* the one at hand, of the command's own table */
	bool nested;		   /* inside a table within the table (a next hop's, a kind's) */
	int word_of[64];	   /* which word gave the field its value, -1 none: for carets */
};

struct command {
	/* As a keyword's; NULL ends the table. "": the object has no commands, but words of this
	 * one. */
	const char *words;
	const char *what; /* a line of help */
	const struct attr_set *set;
	size_t size; /* of the request */
	const struct keyword *keywords;
	/* Sets what holds if nothing is said; and checks and completes what was said. */
	int (*begin)(struct parser *p, struct err *e);
	int (*finish)(struct parser *p, struct err *e);
	int (*run)(struct parser *p, struct err *e);
	unsigned type, flags; /* of the netlink message, for `run` and `begin` */
	/* A group of commands ("bucket list"), the first its default; then nothing above counts. */
	const struct command *sub;
};

struct ip_object {
	const char *words;
	const char *what;
	const struct command *commands; /* NULL: not supported */
	const char *left_out;		/* commands that are not */
};

/* Of a command that takes none. */
extern const struct keyword no_words[];

/* The objects, and those that are known by name but not supported; ends with words NULL. */
extern const struct ip_object ip_objects[];

/* True if `word` is one of the synonyms, shortened or not. */
bool words_match(const char *synonyms, const char *word);
/* The first synonym, without its mark, in `buf`. */
const char *words_first(const char *synonyms, char *buf, size_t size);

/* Reads the command's words: begin, keywords, finish. Touches no kernel if ip->nl is NULL. */
int parse_command(struct ip *ip, const struct command *c, char *const *word, int n,
		  struct parser *ret, struct err *e);
/* Reads words of one table into p->obj until they end. */
int parse_keywords(struct parser *p, const struct keyword *table, struct err *e);
/*
 * A part of the object that is an object itself (a next hop), until one that the table does not
 * know, which is left for the caller; and one that goes on to the end of the words (a peer).
 */
int parse_nested(struct parser *p, const struct keyword *table, const struct attr_set *set,
		 void *obj, struct err *e);
int parse_nested_rest(struct parser *p, const struct keyword *table, const struct attr_set *set,
		      void *obj, struct err *e);
/* The next word, or an error saying that the command ends too early. */
int parse_next(struct parser *p, const char **ret, struct err *e);
/* The next word without taking it, or NULL. */
const char *parse_peek(const struct parser *p);
/* "…" is wrong: blames the last word read. Returns -EINVAL; exit status 255, as iproute2's. */
int parse_invalid(struct parser *p, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int parse_number(struct parser *p, uint64_t max, uint64_t *ret, struct err *e);
/* As a value type reads it, into the row's field. */
int parse_field(struct parser *p, unsigned field, const char *metavar, struct err *e);

/*
 * Sends a request; the kernel's refusal (status 2) blames the word that gave the attribute which
 * the kernel complains about.
 */
void parser_blame(struct parser *p, const struct nlmsghdr *req, const struct err *e);
int parser_talk(struct parser *p, struct nl_msg *m, nl_fn *fn, void *arg, struct err *e);

/* A command's `begin` that shows help instead. */
int command_help(struct parser *p, struct err *e);
/* What follows the word, as help says it; NULL: nothing. */
const char *help_metavar(const struct command *c, const struct keyword *k);
/* Help: the commands of one object. */
void help_object(struct out *o, const struct ip_object *obj);
/* Help: the options of a kind of interfaces, "vlan", "bond_slave". */
void help_kind(struct out *o, const char *type);
/* An object for the manual page, as roff. */
void help_manual(struct out *o, const struct ip_object *obj);

#endif
