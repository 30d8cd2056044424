/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_MODEL_NAMES_H
#define MH_MODEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * iproute2's name files: numbers that have names on this machine. Each is read at its first use:
 * /etc/iproute2/X, else /usr/share/iproute2/X, then the .conf files of X.d in /usr/share and /etc
 * (a file in /etc hides its namesake). Numbers run to 2^32-1. A file that cannot be read, or a line
 * that makes no sense, names nothing.
 */
enum names_file {
	NAMES_RT_TABLES,
	NAMES_RT_PROTOS,
	NAMES_RT_SCOPES,
	NAMES_RT_REALMS,
	NAMES_RT_DSFIELD,
	NAMES_GROUP,
	NAMES_FILES /* how many there are */
};

struct names;

/* `etc` and `share` are the folders to read, NULL for iproute2's own. */
struct names *names_new(const char *etc, const char *share);
void names_free(struct names *n); /* NULL is fine */

/* The name of a number, or NULL. `numeric` output is the caller's business. */
const char *names_get(struct names *n, enum names_file f, uint32_t number);
/* The name, or the number written at the end of `buf`. */
const char *names_str(struct names *n, enum names_file f, uint32_t number, char *buf, size_t size);
/*
 * The number behind a word: a name, or a number (decimal, 0x, 0). False if it is neither; when it
 * is a number it need not have a name.
 */
bool names_find(struct names *n, enum names_file f, const char *word, uint32_t *ret);
/* Calls `fn` for every name of the file, for "did you mean" and completion. */
void names_each(struct names *n, enum names_file f,
		void (*fn)(void *arg, uint32_t number, const char *name), void *arg);

/* The file's own name ("rt_tables"). */
const char *names_file_name(enum names_file f);

#endif
