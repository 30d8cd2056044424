/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/print.h"

#include "model/value.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

static bool text_word(struct print *p, const char *word)
{
	if (!word)
		return false;
	if (*word) {
		out_puts(p->o, word);
		out_putc(p->o, ' ');
	}
	return true;
}

void print_str(struct print *p, const char *word, const char *key, const char *s)
{
	if (p->json) {
		if (key)
			jw_str(&p->j, key, s);
	} else if (text_word(p, word)) {
		out_puts(p->o, s);
		out_putc(p->o, ' ');
	}
}

void print_u64(struct print *p, const char *word, const char *key, uint64_t v)
{
	if (p->json) {
		if (key)
			jw_u64(&p->j, key, v);
	} else if (text_word(p, word)) {
		out_u64(p->o, v);
		out_putc(p->o, ' ');
	}
}

void print_hex(struct print *p, const char *word, const char *key, uint64_t v)
{
	if (p->json) {
		if (key) {
			jw_raw(&p->j, key);
			out_putc(p->o, '"');
			out_hex(p->o, v);
			out_putc(p->o, '"');
		}
	} else if (text_word(p, word)) {
		out_hex(p->o, v);
		out_putc(p->o, ' ');
	}
}

/* The name of an address, as the machine's resolver knows it. */
static bool host_name(const struct ip_addr *a, char *buf, size_t size)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	bool is_v4 = a->family == AF_INET;

	memcpy(&v4.sin_addr, a->b, sizeof(v4.sin_addr));
	memcpy(&v6.sin6_addr, a->b, sizeof(v6.sin6_addr));
	return getnameinfo(is_v4 ? (const void *)&v4 : &v6, is_v4 ? sizeof(v4) : sizeof(v6), buf,
			   (socklen_t)size, NULL, 0, NI_NAMEREQD) == 0;
}

void print_host(struct print *p, const char *key, const struct ip_addr *a)
{
	char name[NI_MAXHOST];
	bool named = p->resolve && host_name(a, name, sizeof(name));

	if (p->json && named)
		jw_str(&p->j, key, name);
	else if (p->json)
		jw_addr(&p->j, key, a);
	else if (named)
		out_puts(p->o, name);
	else
		out_addr(p->o, a);
}

void print_addr(struct print *p, const char *word, const char *key, const struct ip_addr *a)
{
	if (p->json) {
		if (key)
			print_host(p, key, a);
	} else if (text_word(p, word)) {
		print_tint(p, tint_of_family(a->family));
		print_host(p, NULL, a);
		out_putc(p->o, ' ');
		print_plain(p);
	}
}

void print_dev(struct print *p, const char *word, const char *key, int ifindex)
{
	print_str(p, word, key, devices_name(p->devices, ifindex));
}

void print_name(struct print *p, const char *word, const char *key, enum names_file f, uint32_t v)
{
	char buf[16];

	print_str(p, word, key, names_str(p->numeric ? NULL : p->names, f, v, buf, sizeof(buf)));
}

void print_flag(struct print *p, const char *word, const char *key)
{
	if (p->json) {
		if (key)
			jw_null(&p->j, key);
	} else {
		text_word(p, word);
	}
}

void print_true(struct print *p, const char *word, const char *key)
{
	if (!p->json)
		text_word(p, word);
	else if (key)
		jw_bool(&p->j, key, true);
}

void print_line(struct print *p)
{
	if (!p->json)
		out_putc(p->o, p->oneline ? '\\' : '\n');
}

void print_text(struct print *p, const char *s)
{
	if (!p->json)
		out_puts(p->o, s);
}

enum tint tint_of_family(uint8_t family)
{
	return family == AF_INET ? TINT_INET : family == AF_INET6 ? TINT_INET6 : TINT_NONE;
}

void print_tint(struct print *p, enum tint tint)
{
	static const char code[] = {[TINT_NAME] = '6',	[TINT_LLADDR] = '3', [TINT_INET] = '5',
				    [TINT_INET6] = '4', [TINT_UP] = '2',     [TINT_DOWN] = '1'};

	if (!p->color || p->json)
		return;
	p->tinted = tint != TINT_NONE;
	if (!p->tinted)
		return;
	out_puts(p->o, p->color > 1 ? "\033[1;3" : "\033[3");
	out_putc(p->o, code[tint]);
	out_putc(p->o, 'm');
}

void print_plain(struct print *p)
{
	if (!p->tinted)
		return;
	out_puts(p->o, "\033[0m");
	p->tinted = false;
}

void print_object(struct print *p, const struct attr_set *s, const void *obj)
{
	for (uint64_t left = ((const struct object *)obj)->has; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		if (i < s->n && s->row[i].value && s->row[i].value->print)
			s->row[i].value->print(p, &s->row[i], obj);
	}
}
