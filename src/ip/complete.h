/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_COMPLETE_H
#define MH_IP_COMPLETE_H

#include "ip/words.h"
#include "model/kind.h"

/*
 * What may stand at the cursor (complete.c). While ip->completion is set, the parser reads the
 * words before the cursor and says, where they end, what it would take next; nothing is carried
 * out.
 */
struct completion {
	const char *prefix; /* of the word at the cursor; what does not begin so is left out */
	struct candidate {
		const char *word, *what; /* `what` may be NULL */
	} * item;
	size_t n, cap;
	struct arena arena;
};

/* Words of a command line, the last the one at the cursor (it may be empty): fills ip->completion.
 */
void complete_line(struct ip *ip, char *const *word, int n);
/* `PROGRAM -complete WORDS...`: a candidate a line, with a tab and what it is. Returns a status. */
int complete_main(char *const *word, int n);

/* For the parser, all without effect unless ip->completion is set. */
/* Words of an object's commands; true if the cursor is at one of these, or behind none of them. */
bool complete_command(struct ip *ip, const struct command *table, char *const *word, int n);
/* A row of the table, or the argument of one that goes without its word. */
void complete_table(struct parser *p, const struct keyword *table, const char *const *used);
/* The argument of the row that is being read. */
void complete_row(struct parser *p);
/* An argument by its name in help ("DEVICE", "{ on | off }"); `words` introduce it. */
void complete_argument(struct ip *ip, const char *metavar, const char *words);
/* The value of an option of a kind of interfaces. */
void complete_kind_value(struct ip *ip, const struct kind_word *w);
/* The options of a kind ("vlan", "bond_slave"), behind which there is nothing else: -ECANCELED. */
int complete_kind(struct ip *ip, const char *type);

#endif
