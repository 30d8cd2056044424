/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_BASE_FILE_H
#define MH_BASE_FILE_H

#include "base/arena.h"
#include "base/err.h"

#include <sys/types.h>

/*
 * Whole small files. file_read() gives the text, terminated, and its length (the file may hold zero
 * bytes); files over 16 MB are refused with -EFBIG. file_write() replaces the file so that a
 * reader, or a machine that lost power, sees the old text or the new one, never a mixture
 * (temporary file, fsync, rename, fsync of the folder). file_swap() does not wait for the disk: for
 * what a machine that lost power has no use for.
 */
int file_read(struct arena *a, const char *path, char **ret_text, size_t *ret_len, struct err *e);
/* The same of any size ("-": standard input), from malloc(). */
int file_read_large(const char *path, char **ret_text, size_t *ret_len, struct err *e);
int file_write(const char *path, const char *text, size_t len, unsigned mode, struct err *e);
int file_swap(const char *path, const char *text, size_t len, unsigned mode, struct err *e);

/*
 * The names of the files in a folder that end in `suffix` and do not begin with a dot, in the order
 * of their bytes.
 */
int file_list(struct arena *a, const char *dir, const char *suffix, char ***ret, size_t *ret_n,
	      struct err *e);

/*
 * A file without a name, which is gone when it is closed, in $TMPDIR or /tmp; its descriptor, or a
 * negative errno.
 */
int file_temporary(struct err *e);

/* All of it, or a negative errno; and up to `n` bytes, fewer only at the file's end. */
int file_put(int fd, const void *p, size_t n, off_t at);
ssize_t file_get(int fd, void *p, size_t n, off_t at);

/* mkdir -p. */
int file_mkdirs(const char *path, unsigned mode, struct err *e);

#endif
