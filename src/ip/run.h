/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_RUN_H
#define MH_IP_RUN_H

#include "ip/words.h"

/*
 * `fd` takes what is printed; -1 keeps it in ip->out, and errors to itself. Options, socket and
 * devices are not set.
 */
void ip_init(struct ip *ip, int fd);
void ip_free(struct ip *ip);
/* The socket and what hangs on it, and printing as the options say. */
int ip_open(struct ip *ip, struct err *e);

/*
 * Reads the options before the command; returns the number of words that they took, or an error.
 * *done: nothing more is to be done (-V).
 */
int ip_options(struct ip *ip, char *const *word, int n, bool *done, struct err *e);
/* The options' table: words and what follows them (NULL: nothing); false behind the last. */
bool ip_option(unsigned i, const char **words, const char **metavar);
/* After the options: opens the socket, and sets how things are printed. */
int ip_start(struct ip *ip, struct err *e);
/* Reads one command, from the object on, without carrying it out. */
int ip_parse(struct ip *ip, char *const *word, int n, struct parser *p, struct err *e);
/* Reads it and carries it out. */
int ip_command(struct ip *ip, char *const *word, int n, struct err *e);
/* Says on standard error what went wrong, the words of the command with it; or shows help. */
void ip_report(struct ip *ip, const struct err *e, char *const *word, int n);

#endif
