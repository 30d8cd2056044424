/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_EXPLAIN_H
#define MH_IP_EXPLAIN_H

#include "ip/words.h"

/*
 * The kernel has refused `req`: blames the word that it is about, and adds a remedy to `e`; when
 * something is there already, what it is. Asks the kernel for that, so ip->nl must not be busy.
 */
void explain_refusal(struct parser *p, const struct nlmsghdr *req, struct err *e);

/*
 * The word that an error quotes, of those typed: its number, or -1. An interface that does not
 * exist gets the one of a similar name proposed.
 */
int explain_word(struct ip *ip, struct err *e, char *const *word, int n);

/* What words from other programs are called here ("gw": "via"); or NULL. */
const char *explain_foreign(const char *word);

#endif
