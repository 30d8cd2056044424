/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_BASE_ERR_H
#define MH_BASE_ERR_H

#include <stdint.h>

/*
 * Errors are values. A function that can fail returns 0 (or a count) or a negative errno, and takes
 * as its last parameter a struct err that it fills in when it fails. Only main programs print.
 *
 * An error has up to three parts, each one line at most:
 *   where  the place that is to blame: "multihome.conf:12:9", or an argument
 *   msg    what is wrong, in the user's terms, the kernel's own text included
 *   hint   the remedy, or "" if there is none to give
 *
 * `ext_off` and `ext_attr` tell which attribute the kernel refused (NLMSGERR_ATTR_OFFS); 0 and NULL
 * when it did not say.
 */
struct err {
	int code; /* negative errno, 0 if nothing failed */
	uint32_t ext_off;
	const char *ext_attr; /* static string, an attribute's name */
	char where[192];
	char msg[512];
	char hint[256];
};

#define ERR_INIT ((struct err){.code = 0})

/* Sets the error anew and returns `code` (negative errno). `e` may be NULL in all of these. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set(), with ": " and strerror(-code) behind the text. */
int err_errno(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "text: " before the message that is there, and returns the error's code. */
int err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Names the place; a place that is already named (the innermost) is kept. Returns the code. */
int err_where(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Gives the remedy. Returns the code. */
int err_hint(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Writes "where: msg (hint)" to `buf`, always terminated; returns buf. */
char *err_line(const struct err *e, char *buf, unsigned size);

#endif
