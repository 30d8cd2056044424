/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A short text never needs the memory of a long one. */
#define FIRST ((size_t)4096)
#define BLOCK ((size_t)256 * 1024)

void out_init(struct out *o, int fd)
{
	*o = (struct out){.fd = fd};
}

void out_free(struct out *o)
{
	free(o->buf);
	out_init(o, -1);
}

int out_flush(struct out *o)
{
	size_t at = 0;

	while (o->fd >= 0 && at < o->len && !o->error) {
		ssize_t n = write(o->fd, o->buf + at, o->len - at);
		if (n > 0)
			at += (size_t)n;
		else if (errno != EINTR)
			o->error = -errno;
	}
	if (o->fd >= 0)
		o->len = 0;
	return o->error;
}

void out_make_room(struct out *o, size_t n)
{
	if (o->fd >= 0 && o->cap >= BLOCK) {
		out_flush(o);
		if (o->cap >= n)
			return;
	}
	size_t cap = o->cap ? o->cap * 4 : o->fd >= 0 ? FIRST : 256;
	while (cap - o->len < n)
		cap *= 4;
	char *p = realloc(o->buf, cap);
	if (!p) {
		fputs("out of memory\n", stderr);
		abort();
	}
	o->buf = p;
	o->cap = cap;
}

const char *out_str(struct out *o)
{
	*out_reserve(o, 1) = 0;
	return o->buf;
}

void out_padded(struct out *o, const char *s, size_t width)
{
	size_t n = strlen(s);

	out_mem(o, s, n);
	for (; n < width; n++)
		out_putc(o, ' ');
}

void out_u64(struct out *o, uint64_t v)
{
	char tmp[20], *p = tmp + sizeof(tmp);

	if (v < 10) {
		out_putc(o, (char)('0' + v));
		return;
	}
	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	out_mem(o, p, (size_t)(tmp + sizeof(tmp) - p));
}

void out_s64(struct out *o, int64_t v)
{
	if (v < 0)
		out_putc(o, '-');
	out_u64(o, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void out_hex(struct out *o, uint64_t v)
{
	char tmp[16], *p = tmp + sizeof(tmp);

	if (v)
		out_mem(o, "0x", 2);
	do {
		*--p = "0123456789abcdef"[v & 15];
		v >>= 4;
	} while (v);
	out_mem(o, p, (size_t)(tmp + sizeof(tmp) - p));
}

void out_addr(struct out *o, const struct ip_addr *a)
{
	o->len += ip_addr_text(a, out_reserve(o, IP_ADDR_STRLEN));
}

void out_hexpairs(struct out *o, const uint8_t *b, size_t n, char sep)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		char *p = out_reserve(o, 3);
		size_t k = 0;
		if (i && sep)
			p[k++] = sep;
		p[k++] = digit[b[i] >> 4];
		p[k++] = digit[b[i] & 15];
		o->len += k;
	}
}

void out_printf(struct out *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	char *p = out_reserve(o, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	o->len += (size_t)n;
}

/* The length of the UTF-8 sequence at `s` (RFC 3629), 0 if it is none. */
static size_t utf8_len(const unsigned char *s, size_t n)
{
	size_t k = s[0] < 0x80	 ? 1
		   : s[0] < 0xc2 ? 0
		   : s[0] < 0xe0 ? 2
		   : s[0] < 0xf0 ? 3
		   : s[0] < 0xf5 ? 4
				 : 0;

	if (!k || k > n)
		return 0;
	for (size_t i = 1; i < k; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return k;
}

/* How many bytes from `s` on stand in a JSON string as they are, as nearly all do. */
static size_t plain_len(const unsigned char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i] >= 0x20 && s[i] < 0x7f && s[i] != '"' && s[i] != '\\')
		i++;
	return i;
}

void out_json_quoted(struct out *o, const char *str, size_t n)
{
	const unsigned char *s = (const unsigned char *)str;

	if (plain_len(s, n) == n) {
		char *p = out_reserve(o, n + 2);
		p[0] = p[n + 1] = '"';
		memcpy(p + 1, str, n);
		o->len += n + 2;
		return;
	}
	out_putc(o, '"');
	for (size_t i = 0; i < n;) {
		size_t plain = plain_len(s + i, n - i);
		out_mem(o, str + i, plain);
		i += plain;
		if (i == n)
			break;
		size_t k = utf8_len(s + i, n - i);
		if (!k) {
			out_puts(o, "\\ufffd");
			k = 1;
		} else if (s[i] == '"' || s[i] == '\\') {
			out_putc(o, '\\');
			out_putc(o, (char)s[i]);
		} else if (s[i] < 0x20) {
			const char *c = strchr("\bb\ff\nn\rr\tt", s[i]);
			if (c && s[i])
				out_printf(o, "\\%c", c[1]);
			else
				out_printf(o, "\\u%04x", s[i]);
		} else {
			out_mem(o, str + i, k);
		}
		i += k;
	}
	out_putc(o, '"');
}
