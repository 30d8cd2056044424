/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/dns_message.h"

#include <string.h>

/* Offsets in the header, and bits of its third and fourth byte. */
enum { ID, FLAGS = 2, QUESTIONS = 4, ANSWERS = 6, HEADER = 12 };
enum { RESPONSE = 0x80, OPCODE = 0x78, TRUNCATED = 2, DESIRED = 1, RCODE = 0x0f };
enum { NOERROR, NXDOMAIN = 3 };
enum { TYPE_CNAME = 5, CLASS_IN = 1, LABEL_MAX = 63, POINTER = 0xc0 };
#define ALIASES 8 /* a chain of other names, no longer than any that is meant */

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Labels, each behind its length. Returns how many bytes, 0 if that is no name. */
static size_t name_write(const char *s, uint8_t *p)
{
	size_t at = 0;

	while (*s) {
		size_t n = strcspn(s, ".");
		if (!n || n > LABEL_MAX || at + n + 2 > DNS_NAME_MAX)
			return 0;
		p[at++] = (uint8_t)n;
		memcpy(p + at, s, n);
		at += n;
		s += n + (s[n] == '.');
	}
	p[at++] = 0;
	return at > 1 ? at : 0;
}

bool dns_query_write(struct dns_query *q, uint16_t id, const char *name, uint16_t type)
{
	*q = (struct dns_query){.id = id, .type = type};
	size_t n = name_write(name, q->bytes + HEADER);
	if (!n)
		return false;
	put16(q->bytes + ID, id);
	q->bytes[FLAGS] = DESIRED;
	put16(q->bytes + QUESTIONS, 1);
	put16(q->bytes + HEADER + n, type);
	put16(q->bytes + HEADER + n + 2, CLASS_IN);
	q->len = (uint16_t)(HEADER + n + 4);
	return true;
}

/* Where the message is read. */
struct reader {
	const uint8_t *p;
	size_t len, at;
};

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

/*
 * Reads a name into `ret`, in small letters, as labels without pointers. A pointer may only lead to
 * what stands before it and before all pointers so far, so that there is no way round in circles.
 */
static bool name_read(struct reader *r, uint8_t ret[static DNS_NAME_MAX])
{
	size_t at = r->at, behind = 0, limit = r->at, n = 0;

	for (;;) {
		if (at >= r->len)
			return false;
		uint8_t c = r->p[at];
		if ((c & POINTER) == POINTER) {
			if (at + 2 > r->len)
				return false;
			behind = behind ? behind : at + 2;
			at = get16(r->p + at) & 0x3fff;
			if (at >= limit)
				return false;
			limit = at;
			continue;
		}
		if (c > LABEL_MAX || at + 1 + c > r->len || n + 1 + c > DNS_NAME_MAX)
			return false;
		ret[n++] = c;
		for (unsigned i = 1; i <= c; i++)
			ret[n++] = lower(r->p[at + i]);
		at += 1u + c;
		if (!c)
			break;
	}
	r->at = behind ? behind : at;
	return true;
}

static bool names_equal(const uint8_t *a, const uint8_t *b)
{
	for (;;) {
		if (memcmp(a, b, 1u + *a) != 0)
			return false;
		if (!*a)
			return true;
		b += 1 + *a;
		a += 1 + *a;
	}
}

/* A resource record; its data lie in the message. */
struct record {
	uint8_t name[DNS_NAME_MAX];
	uint16_t type, class, size;
	size_t data;
};

static bool record_read(struct reader *r, struct record *ret)
{
	if (!name_read(r, ret->name) || r->len - r->at < 10)
		return false;
	ret->type = get16(r->p + r->at);
	ret->class = get16(r->p + r->at + 2);
	ret->size = get16(r->p + r->at + 8);
	ret->data = r->at + 10;
	if (r->len - ret->data < ret->size)
		return false;
	r->at = ret->data + ret->size;
	return true;
}

/* The header and the question are those of the answer to `q`. */
static bool is_ours(const struct dns_query *q, struct reader *r, uint8_t name[static DNS_NAME_MAX])
{
	const uint8_t *p = r->p;
	struct reader asked = {q->bytes, q->len, HEADER};
	uint8_t wanted[DNS_NAME_MAX];

	if (r->len < HEADER || get16(p + ID) != q->id || !(p[FLAGS] & RESPONSE) ||
	    p[FLAGS] & OPCODE || get16(p + QUESTIONS) != 1)
		return false;
	r->at = HEADER;
	if (!name_read(r, name) || !name_read(&asked, wanted) || !names_equal(name, wanted) ||
	    r->len - r->at < 4 || get16(p + r->at) != q->type || get16(p + r->at + 2) != CLASS_IN)
		return false;
	r->at += 4;
	return true;
}

static void add_addr(const struct reader *r, const struct record *v, struct dns_addrs *ret)
{
	uint8_t family = v->type == DNS_A ? AF_INET : AF_INET6;

	if (v->size != ip_bytes(family) || ret->n == DNS_ADDRS)
		return;
	ret->v[ret->n] = (struct ip_addr){.family = family};
	memcpy(ret->v[ret->n++].b, r->p + v->data, v->size);
}

/*
 * Goes through the answers once: collects the records of `name`, and takes the other name that it
 * has, if any, in its stead (1: then there is something new to look for). -1: damaged.
 */
static int search(struct reader r, unsigned n, uint16_t type, uint8_t name[static DNS_NAME_MAX],
		  struct dns_addrs *ret)
{
	bool truncated = r.p[FLAGS] & TRUNCATED;
	struct record v;
	int other = 0;

	for (; n; n--) {
		if (!record_read(&r, &v))
			return truncated ? other : -1;
		if (v.class != CLASS_IN || !names_equal(v.name, name))
			continue;
		if (v.type == type)
			add_addr(&r, &v, ret);
		else if (v.type == TYPE_CNAME && !other) {
			struct reader data = {r.p, v.data + v.size, v.data};
			if (!name_read(&data, name))
				return -1;
			other = 1;
		}
	}
	return other;
}

enum dns_outcome dns_answer_read(const struct dns_query *q, const uint8_t *p, size_t len,
				 struct dns_addrs *ret)
{
	struct reader r = {p, len, 0};
	uint8_t name[DNS_NAME_MAX];

	ret->n = 0;
	if (!is_ours(q, &r, name))
		return DNS_STRANGER;
	if ((p[FLAGS + 1] & RCODE) == NXDOMAIN)
		return DNS_NO_NAME;
	if ((p[FLAGS + 1] & RCODE) != NOERROR)
		return DNS_FAILED;
	for (unsigned i = 0; i < ALIASES; i++) {
		int other = search(r, get16(p + ANSWERS), q->type, name, ret);
		if (other < 0)
			return DNS_STRANGER;
		if (!other || ret->n)
			break;
	}
	return ret->n ? DNS_FOUND : DNS_NO_RECORD;
}
