/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_CLASSIC_H
#define MH_IP_CLASSIC_H

#include "ip/run.h"
#include "model/snapshot.h"

/*
 * `route`, `arp` and `ifconfig`, when the program is called by one of these names (classic.c). What
 * they show is printed from the model's structs; what they change is said as a command line of `ip`
 * and carried out by its grammar.
 */
struct classic;

/* What the options say; counters, as some may be given twice. */
struct classic_options {
	uint8_t numeric, verbose, extend, fib, cache; /* route */
	uint8_t mode, by_device;		      /* arp; the letter of what is to be done */
	uint8_t all, brief;			      /* ifconfig */
	uint8_t family;				      /* AF_UNSPEC: not given */
	const char *dev, *hw, *protocol;
};

enum classic_option_kind {
	CLASSIC_COUNT,
	CLASSIC_LETTER, /* the last of several counts */
	CLASSIC_FAMILY, /* `family` of the row */
	CLASSIC_NAMED,	/* the family's name follows */
	CLASSIC_STRING,
	CLASSIC_IGNORE,
	CLASSIC_WORD, /* begins with a hyphen, but is one of the words */
	CLASSIC_HELP,
	CLASSIC_VERSION,
};

struct classic_option {
	char letter;	  /* 0: none */
	const char *word; /* the long form, without hyphens; NULL: none. Ends with both unset */
	enum classic_option_kind kind;
	uint8_t member; /* of struct classic_options */
	uint8_t family;
	const char *what;
};

/*
 * A word of a change. `take` gets the row and what follows it (NULL if nothing is to follow), and
 * `state`, which is the program's own.
 */
struct classic_word {
	const char *words;   /* synonyms, taken in full only; NULL ends the table */
	const char *metavar; /* what follows, NULL: nothing */
	int (*take)(void *state, const struct classic_word *w, const char *arg, struct err *e);
	const char *ip; /* ip's words for it, for `take` */
	unsigned num;	/* for `take` */
};

struct classic_program {
	const char *name;
	const char *synopsis; /* lines of help, each with its end */
	const struct classic_option *options;
	const struct classic_word *words; /* NULL: none */
	int (*run)(struct classic *c, struct err *e);
	bool whole; /* options are whole words, and none stands behind another word */
	/* What to exit with: no such option, words that make no sense, the kernel's refusal. */
	int status_option, status_usage, status_kernel;
};

extern const struct classic_program classic_route, classic_arp, classic_ifconfig;

struct classic {
	struct ip *ip;
	const struct classic_program *program;
	struct classic_options opt;
	char *const *word;  /* what is left of the command line without its options */
	int n, at;	    /* of `word`: how many, and the next to be read */
	struct arena arena; /* lives as long as the program */
	int status;	    /* what to exit with although nothing is left to be said */
};

/* The program of that name ("/sbin/route"), or NULL; and a whole run of it, to the exit status. */
const struct classic_program *classic_find(const char *argv0);
int classic_main(const struct classic_program *program, int argc, char **argv);

/* An error with one of the program's statuses. Returns -EINVAL. */
int classic_fail(struct classic *c, int status, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Reads words by the table, each row's `take` in turn, until one that no row has. */
int classic_read(struct classic *c, const struct classic_word *table, void *state, struct err *e);
/* The next word, without taking it and with; NULL if there is none. */
const char *classic_peek(const struct classic *c);
const char *classic_next(struct classic *c);

/* A command line of `ip` that is being made. */
struct classic_line {
	struct classic *c;
	uint8_t family; /* as by -4 and -6; AF_UNSPEC: neither */
	char **word;
	size_t n, cap;
};
/* Adds the words of a text; and one word, which may hold anything. */
void classic_words(struct classic_line *l, const char *text);
void classic_word(struct classic_line *l, const char *word);
void classic_wordf(struct classic_line *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/*
 * Carries it out; with -v it is said on standard error first. The status after an error is that of
 * the program for what the kernel refuses.
 */
int classic_do(struct classic_line *l, struct err *e);
/* Says what went wrong and forgets it, so that the rest can go on. */
void classic_complain(struct classic *c, struct classic_line *l, struct err *e);

/*
 * The libc's idea of names (classic_names.c). A word as an address: dotted, or the name of a
 * network or host (which is tried first is `host_first`), or "default". *net: it names a network.
 * False if it is none of these.
 */
bool classic_resolve(const char *word, bool host_first, struct ip_addr *ret, bool *net);
/* An IPv4 address by name, if it has one, else in digits; `len` tells networks from hosts. */
const char *classic_name(struct classic *c, const struct ip_addr *a, uint8_t len, bool host);
const char *classic_name6(struct classic *c, const struct ip_addr *a);
/* The length of a mask, -1 if it has holes. */
int classic_mask_len(const struct ip_addr *mask);
struct ip_addr classic_mask(uint8_t len);

/* The way that the kernel takes to an address, which `ret` tells until the next question. */
int classic_way(struct classic *c, const struct ip_addr *to, struct route *ret, struct err *e);
/* True if the kernel would send it nowhere: an address of this machine, or a broadcast one. */
bool classic_is_here(struct classic *c, const struct ip_addr *a);

/* Families by name ("inet6"); AF_UNSPEC if it is none that is supported. */
uint8_t classic_family(const char *name);

/* "eth0" of "eth0:1"; returns `buf`. True if there is a colon. */
bool classic_base(const char *name, char buf[static IFNAMSIZ]);
/* The first IPv4 address that bears the label, or NULL. */
const struct address *classic_labelled(const struct snapshot *s, const char *label);

/* What an interface's hardware type (ARPHRD_*) is called. */
struct classic_hw {
	uint16_t type;
	const char *name, *title;
	char separator;	 /* between the bytes of an address; 0: none is shown */
	bool upper;	 /* in capitals */
	uint8_t address; /* bytes that are shown, 0: as many as there are */
};
/* NULL if it has no name. "unspec" is of type UINT16_MAX. */
const struct classic_hw *classic_hw(unsigned type);
const struct classic_hw *classic_hw_named(const char *name);
const char *classic_hw_address(struct classic *c, const struct classic_hw *hw,
			       const struct lladdr *a);
/* "0:0:5e:0:53:1", in full; false if it is none of that type. */
bool classic_hw_parse(const struct classic_hw *hw, const char *s, struct lladdr *ret);
/* As `ip` has it. */
const char *classic_lladdr(struct classic *c, const struct lladdr *a);

#endif
