/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attribute tables at work: bytes to struct and back.
 *
 * Decoding walks the attributes once and finds each one's row through an index by attribute number
 * that is made at the table's first use (making it twice, from two threads, makes the same thing).
 * Encoding walks the bits of `has`, so a message holds what the object has, in the table's order.
 */
#include "netlink/attr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>

static void make_index(const struct attr_set *s)
{
	for (uint8_t i = 0; i < s->n; i++)
		if (s->row[i].kind != ATTR_NONE && s->row[i].type < s->types)
			s->by_type[s->row[i].type] = (uint8_t)(i + 1);
	s->by_type[0] = UINT8_MAX; /* type 0 is never used by an object of ours: "index is made" */
}

static int row_of(const struct attr_set *s, unsigned type)
{
	if (!s->by_type[0])
		make_index(s);
	return type && type < s->types ? s->by_type[type] - 1 : -1;
}

static int damaged(const struct attr_set *s, const struct attr *a, size_t len, struct err *e)
{
	return err_set(e, -EBADMSG, "damaged netlink message: %s of %s has %zu bytes",
		       a->key ? a->key : "an attribute", s->name, len);
}

static bool get_addr(struct ip_addr *dst, const uint8_t *p, size_t len)
{
	if (len != 4 && len != 16)
		return false;
	*dst = (struct ip_addr){.family = len == 4 ? AF_INET : AF_INET6};
	memcpy(dst->b, p, len);
	return true;
}

static bool get_value(const struct attr *a, const uint8_t *p, size_t len, uint8_t *dst)
{
	switch ((enum attr_kind)a->kind) {
	case ATTR_NONE:
	case ATTR_FLAG:
		return true;
	case ATTR_U8:
	case ATTR_U16:
	case ATTR_U32:
	case ATTR_U64:
	case ATTR_FIXED:
		if (len < a->size)
			return false;
		memcpy(dst, p, a->size);
		return true;
	case ATTR_BE16: {
		uint16_t v;
		if (len < sizeof(v))
			return false;
		memcpy(&v, p, sizeof(v));
		v = ntohs(v);
		memcpy(dst, &v, sizeof(v));
		return true;
	}
	case ATTR_BE32: {
		uint32_t v;
		if (len < sizeof(v))
			return false;
		memcpy(&v, p, sizeof(v));
		v = ntohl(v);
		memcpy(dst, &v, sizeof(v));
		return true;
	}
	case ATTR_STR:
		if (len && !p[len - 1])
			len--;
		if (len >= a->size || memchr(p, 0, len))
			return false;
		memcpy(dst, p, len);
		dst[len] = 0;
		return true;
	case ATTR_ADDR:
		return get_addr((struct ip_addr *)(void *)dst, p, len);
	case ATTR_VIA: {
		uint16_t family;
		if (len < sizeof(family))
			return false;
		memcpy(&family, p, sizeof(family));
		struct ip_addr *via = (struct ip_addr *)(void *)dst;
		return get_addr(via, p + sizeof(family), len - sizeof(family)) &&
		       via->family == family;
	}
	case ATTR_LLADDR: {
		struct lladdr *ll = (struct lladdr *)(void *)dst;
		if (len > sizeof(ll->b))
			return false;
		ll->len = (uint8_t)len;
		memcpy(ll->b, p, len);
		return true;
	}
	case ATTR_REF:
	case ATTR_NESTED:
		*(struct nl_ref *)(void *)dst = (struct nl_ref){p, (uint16_t)len};
		return true;
	}
	return false;
}

int attr_decode(const struct attr_set *s, const void *data, size_t len, void *obj, struct err *e)
{
	const uint8_t *p = data;
	struct object *o = obj;

	while (len >= ATTR_HDRLEN) {
		const struct nlattr *n = (const struct nlattr *)(const void *)p;
		if (n->nla_len < ATTR_HDRLEN || n->nla_len > len)
			return err_set(e, -EBADMSG, "damaged netlink message: attribute of %s",
				       s->name);
		int i = row_of(s, attr_type(n));
		if (i >= 0) {
			size_t plen = n->nla_len - ATTR_HDRLEN;
			if (!get_value(&s->row[i], p + ATTR_HDRLEN, plen,
				       (uint8_t *)obj + s->row[i].off))
				return damaged(s, &s->row[i], plen, e);
			o->has |= HAS(i);
		}
		size_t step = ATTR_ALIGN(n->nla_len);
		if (step >= len)
			return 0;
		p += step;
		len -= step;
	}
	return 0;
}

int attr_decode_msg(const struct attr_set *s, const struct nlmsghdr *h, void *obj, struct err *e)
{
	((struct object *)obj)->has = 0;
	size_t head = NLMSG_HDRLEN + NLMSG_ALIGN((size_t)s->header_size);
	if (h->nlmsg_len < NLMSG_HDRLEN + (size_t)s->header_size)
		return err_set(e, -EBADMSG, "damaged netlink message: %s of %u bytes", s->name,
			       h->nlmsg_len);
	memcpy((uint8_t *)obj + s->header_off, NLMSG_DATA(h), s->header_size);
	if (h->nlmsg_len <= head)
		return 0;
	return attr_decode(s, (const uint8_t *)h + head, h->nlmsg_len - head, obj, e);
}

/* Padding is zero (libmnl's is not), so that equal objects are equal messages. */
static bool put(struct nlmsghdr *h, size_t size, unsigned type, const void *p, size_t len)
{
	char *at = mnl_nlmsg_get_payload_tail(h);

	if (!mnl_attr_put_check(h, size, (uint16_t)type, len, p))
		return false;
	memset(at + ATTR_HDRLEN + len, 0, ATTR_ALIGN(len) - len);
	return true;
}

static bool put_value(const struct attr *a, const uint8_t *src, struct nlmsghdr *h, size_t size)
{
	switch ((enum attr_kind)a->kind) {
	case ATTR_NONE:
		return true;
	case ATTR_FLAG:
		return put(h, size, a->type, NULL, 0);
	case ATTR_U8:
	case ATTR_U16:
	case ATTR_U32:
	case ATTR_U64:
	case ATTR_FIXED:
		return put(h, size, a->type, src, a->size);
	case ATTR_BE16: {
		uint16_t v;
		memcpy(&v, src, sizeof(v));
		v = htons(v);
		return put(h, size, a->type, &v, sizeof(v));
	}
	case ATTR_BE32: {
		uint32_t v;
		memcpy(&v, src, sizeof(v));
		v = htonl(v);
		return put(h, size, a->type, &v, sizeof(v));
	}
	case ATTR_STR:
		return put(h, size, a->type, src, strnlen((const char *)src, a->size - 1u) + 1);
	case ATTR_ADDR: {
		const struct ip_addr *ip = (const struct ip_addr *)(const void *)src;
		return put(h, size, a->type, ip->b, ip_bytes(ip->family));
	}
	case ATTR_VIA: {
		const struct ip_addr *ip = (const struct ip_addr *)(const void *)src;
		uint8_t via[2 + 16];
		uint16_t family = ip->family;
		memcpy(via, &family, 2);
		memcpy(via + 2, ip->b, 16);
		return put(h, size, a->type, via, 2 + ip_bytes(ip->family));
	}
	case ATTR_LLADDR: {
		const struct lladdr *ll = (const struct lladdr *)(const void *)src;
		return put(h, size, a->type, ll->b, ll->len);
	}
	case ATTR_REF:
	case ATTR_NESTED: {
		const struct nl_ref *r = (const struct nl_ref *)(const void *)src;
		unsigned flag = a->kind == ATTR_NESTED ? NLA_F_NESTED : 0;
		return put(h, size, a->type | flag, r->p, r->len);
	}
	}
	return false;
}

int attr_encode(const struct attr_set *s, const void *obj, struct nlmsghdr *h, size_t size,
		struct err *e)
{
	for (uint64_t left = ((const struct object *)obj)->has; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		if (i >= s->n)
			break;
		if (!put_value(&s->row[i], (const uint8_t *)obj + s->row[i].off, h, size))
			return err_set(e, -EMSGSIZE, "%s does not fit into one netlink message",
				       s->name);
	}
	return 0;
}

int attr_encode_msg(const struct attr_set *s, const void *obj, struct nlmsghdr *h, size_t size,
		    struct err *e)
{
	if (h->nlmsg_len + NLMSG_ALIGN((size_t)s->header_size) > size)
		return err_set(e, -EMSGSIZE, "%s does not fit into one netlink message", s->name);
	memcpy(mnl_nlmsg_put_extra_header(h, s->header_size), (const uint8_t *)obj + s->header_off,
	       s->header_size);
	return attr_encode(s, obj, h, size, e);
}

int attr_row_at(const struct attr_set *s, const struct nlmsghdr *h, uint32_t off)
{
	if (off < NLMSG_HDRLEN || (size_t)off + ATTR_HDRLEN > h->nlmsg_len || off % 4)
		return -1;
	const struct nlattr *a = (const struct nlattr *)((const void *)((const char *)h + off));
	return row_of(s, attr_type(a));
}

const char *attr_name_at(const struct attr_set *s, const struct nlmsghdr *h, uint32_t off)
{
	int i = attr_row_at(s, h, off);

	return i < 0 ? NULL : s->row[i].key;
}

static const struct nlattr *checked(struct nl_ref r, const char *at)
{
	size_t left = r.len - (size_t)(at - (const char *)r.p);
	const struct nlattr *a = (const struct nlattr *)(const void *)at;

	if (left < ATTR_HDRLEN || a->nla_len < ATTR_HDRLEN || a->nla_len > left)
		return NULL;
	return a;
}

const struct nlattr *attr_first(struct nl_ref r)
{
	return r.len ? checked(r, r.p) : NULL;
}

const struct nlattr *attr_next(struct nl_ref r, const struct nlattr *a)
{
	size_t step = ATTR_ALIGN(a->nla_len);
	size_t at = (size_t)((const char *)a - (const char *)r.p) + step;

	return at < r.len ? checked(r, (const char *)a + step) : NULL;
}
