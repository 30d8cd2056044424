/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_BASE_OUT_H
#define MH_BASE_OUT_H

#include "base/ipaddr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A writer of text into one large buffer. With a file descriptor the buffer is written out in large
 * blocks; without one (fd -1) it grows and is the result. Nothing in it calls printf unless asked.
 */
struct out {
	char *buf;
	size_t len, cap;
	int fd;
	int error; /* negative errno of the first failed write; later output is dropped */
};

void out_init(struct out *o, int fd);
/* Writes what is pending; returns 0 or the first error. */
int out_flush(struct out *o);
/* Releases the buffer; does not flush. */
void out_free(struct out *o);
/* The text so far, terminated; owned by `o`. Only without a file descriptor. */
const char *out_str(struct out *o);

/* Makes room for `n` more bytes: by writing out what is there, else by growing. */
void out_make_room(struct out *o, size_t n);

/* Room for `n` more bytes at the returned place; the caller then adds to o->len what it used. */
static inline char *out_reserve(struct out *o, size_t n)
{
	if (__builtin_expect(o->cap - o->len < n, 0))
		out_make_room(o, n);
	return o->buf + o->len;
}

/* In the header, as most calls are with a string that the compiler sees. */
static inline void out_mem(struct out *o, const char *s, size_t n)
{
	if (n)
		memcpy(out_reserve(o, n), s, n);
	o->len += n;
}
static inline void out_puts(struct out *o, const char *s)
{
	out_mem(o, s, strlen(s));
}
static inline void out_putc(struct out *o, char c)
{
	*out_reserve(o, 1) = c;
	o->len++;
}
/* `s`, and blanks until it is `width` wide. */
void out_padded(struct out *o, const char *s, size_t width);
void out_u64(struct out *o, uint64_t v);
void out_s64(struct out *o, int64_t v);
void out_hex(struct out *o, uint64_t v); /* 0x…, as printf's %#x: 0 is "0" */
void out_addr(struct out *o, const struct ip_addr *a);
/* "a:b:c" of hexadecimal pairs, as a link-layer address is written. */
void out_hexpairs(struct out *o, const uint8_t *b, size_t n, char sep);
void out_printf(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* `s` as a JSON string, quotes included (RFC 8259). Bytes that are no UTF-8 become U+FFFD. */
void out_json_quoted(struct out *o, const char *s, size_t n);

#endif
