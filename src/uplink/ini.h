/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_UPLINK_INI_H
#define MH_UPLINK_INI_H

#include "base/arena.h"
#include "uplink/place.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The form of the configuration, whatever it says: sections and keys, one to a line.
 *
 *	# comment            ; comment
 *	[kind name]          # comment
 *	key = value          # comment
 *
 * Lines have any length and end in LF or CRLF; there is no way to continue one. Blanks around words
 * are nothing. A `#` begins a comment where a blank (or nothing) stands before it. Keys may repeat:
 * that is for the reader of the lines to judge. A byte order mark at the start is skipped.
 */
struct ini {
	struct arena *arena; /* has all words */
	const char *file, *next, *end;
	unsigned line;
};

struct ini_line {
	bool section;	   /* [first second]; else first = second */
	struct word first; /* may be "" in a section */
	struct word second;
};

/*
 * `file` is for messages and must live as long as the places do; so must `text` as long as lines
 * are read. Fails if it is not text: it has zero bytes or other control characters.
 */
int ini_open(struct ini *r, struct arena *a, const char *file, const char *text, size_t len,
	     struct err *e);
/* 1: a line; 0: there are no more; else an error. */
int ini_next(struct ini *r, struct ini_line *ret, struct err *e);

/* Takes the first word, ended by a blank or comma, off a value. False if there is none. */
bool word_next(struct arena *a, struct word *rest, struct word *ret);
/* The place of a byte in a word. */
struct place word_at(const struct word *w, const char *at);
/* The text for a message: cut short, and marked so, if it is long. */
const char *word_clip(struct arena *a, const char *text);

#endif
