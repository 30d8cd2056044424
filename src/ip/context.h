/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_CONTEXT_H
#define MH_IP_CONTEXT_H

#include "base/arena.h"
#include "model/print.h"
#include "netlink/nl.h"

/* What the options before the command say; counters, as some may be given twice. */
struct options {
	uint8_t stats, details, oneline, brief, json, pretty, numeric, human, iec, resolve;
	uint8_t timestamp, short_time, color, force, all, echo;
	uint8_t dry_run, atomic;
	uint8_t family;	   /* AF_UNSPEC: the command's own default */
	unsigned rcvbuf;   /* taken, not used: a dump is read in pieces */
	unsigned loops;	   /* rounds of a flush, 0 for no limit */
	const char *batch; /* a file, "-" for standard input */
	const char *netns;
};

struct ip_object;

/* Exit statuses; scripts know them. */
enum { STATUS_SYNTAX = 1, STATUS_KERNEL = 2, STATUS_USAGE = 255 };

/*
 * One run of the program. Functions that fail fill in a struct err and return its code; `status` is
 * what the program then exits with (0: STATUS_SYNTAX), `blame` the word of the command that is at
 * fault, or -1.
 */
struct ip {
	struct options opt;
	struct out out;	    /* standard output */
	struct print print; /* how objects are shown; over `out` */
	struct nl *nl;	    /* NULL while only parsing */
	struct nl
		*side_nl; /* for questions while an answer is read from `nl`; opened when needed */
	struct names *names;
	char nsid_name[256]; /* of the namespace `named_nsid`, the last that was found; or "" */
	int named_nsid;
	struct devices *devices;
	struct changes *changes; /* in a batch */
	char *const *word;	 /* the command at hand */
	int words;
	bool listing;		      /* a list is open */
	bool told;		      /* -dry-run has shown the command */
	struct arena arena;	      /* of the command at hand */
	const struct ip_object *help; /* whose help was asked for; NULL: the whole program's */
	const char *help_kind;	      /* that of a kind of interfaces ("vlan") */
	int status;
	int blame;
	struct completion *completion; /* only what may come next is asked for (complete.h) */
	int report_fd;		       /* where errors are written; -1: nowhere */
};

/* An error of the command as such: sets the status that the program exits with. Returns `code`. */
int ip_fail(struct ip *ip, int status, struct err *e, int code, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/*
 * The array around what a command shows; nothing when it is text. In a batch it is one of an array
 * of these, so that all is one document.
 */
void ip_list_begin(struct ip *ip);
void ip_list_end(struct ip *ip);
/* Begins one if none is open; the command's end closes it. */
void ip_list_open(struct ip *ip);

/*
 * A dump; `fn` and `arg` as in nl_dump(). A refusal is status 2. A disturbed dump is shown as it
 * is, with a warning, as what has been printed cannot be taken back.
 */
int ip_dump(struct ip *ip, struct nlmsghdr *req, nl_fn *fn, void *arg, struct err *e);
/* The same over a socket of its own, so that `fn` may say NL_ENOUGH. */
int ip_dump_until(struct ip *ip, struct nlmsghdr *req, nl_fn *fn, void *arg, struct err *e);
/*
 * One request, as nl_talk(); without `fn` it is a change, which in a batch may wait (change.h). A
 * refusal is status 2.
 */
int ip_talk(struct ip *ip, struct nlmsghdr *req, nl_fn *fn, void *arg, struct err *e);

/* The messages of a dump, kept; only those that `wanted` (if any) says so of. */
struct messages {
	bool (*wanted)(const struct nlmsghdr *h, void *arg);
	void *arg;
	struct nlmsghdr **item;
	size_t n, cap;
	struct arena *arena;
};
int ip_collect(struct ip *ip, struct nlmsghdr *req, struct messages *m, struct err *e);
/* Sends them back as requests of `type` (RTM_DELRULE, ...). What is already gone is no error. */
int ip_delete_all(struct ip *ip, const struct messages *m, unsigned type, struct err *e);
/*
 * Sends these requests, each of which deletes the first object that it fits, until none fits
 * anything. Not for -atomic.
 */
int ip_delete_while(struct ip *ip, const struct messages *m, struct err *e);

/*
 * Deletes everything that a dump shows and `wanted` wants: dumps and deletes at once, over two
 * sockets, so that nothing is kept, until a dump finds nothing more. What is already gone when its
 * turn comes (an address's secondaries) is no error. -s says what was done, -s -s to what.
 */
struct flush {
	unsigned type; /* RTM_DELROUTE, ... */
	bool (*wanted)(const struct nlmsghdr *h, void *arg);
	void (*show)(const struct nlmsghdr *h, void *arg);
	void *arg;
	const char *what; /* "entries"; NULL: nothing is said */
	bool once;	  /* one round only */
};
int ip_flush(struct ip *ip, struct nlmsghdr *req, const struct flush *f, struct err *e);

#endif
