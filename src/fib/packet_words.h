/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_FIB_PACKET_WORDS_H
#define MH_FIB_PACKET_WORDS_H

#include "fib/fib.h"

/*
 * A packet as a person writes it, on a command line or in a line of a batch:
 *
 *	[from SRC] [to] DST [proto P | tcp | udp | icmp | ...] [sport N] [dport N] [mark M]
 *	[iif DEV] [oif DEV] [uid U] [tos T] [flowlabel L]
 *
 * in any order, each word once. Numbers are decimal, 0x or 0.
 */

/* One of these words, for help and completion. */
struct packet_word {
	const char *name, *value, *help;
};
/* NULL behind the last. */
const struct packet_word *packet_word(unsigned i);

/*
 * Reads `n` words. -EINVAL: a word that is none, a value that is wrong, two families, a word twice,
 * no destination; -ENODEV: no such interface.
 */
int packet_words_read(struct devices *d, size_t n, char *const *word, struct fib_packet *ret,
		      struct err *e);

/*
 * Reads a line of them: `line` is `len` bytes and a terminating 0, and is cut up. 1: a packet; 0:
 * nothing, or a comment that begins with "#"; else as above.
 */
int packet_line_read(struct devices *d, char *line, size_t len, struct fib_packet *ret,
		     struct err *e);

/* The same words of a packet, as they are read; the arena's. */
const char *packet_words_text(const struct fib_packet *p, struct devices *d, struct arena *a);

/* "tcp", "udp", ... NULL if the protocol is known by its number only. */
const char *packet_protocol_name(uint8_t proto);

#endif
