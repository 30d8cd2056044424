/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_NETLINK_ATTR_H
#define MH_NETLINK_ATTR_H

#include "base/err.h"
#include "base/ipaddr.h"

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Attribute tables: one row describes one field of an object, everywhere.
 *
 *   bytes   `type` and `kind` say which netlink attribute carries it and how, `off` and `size`
 *           where it lives in the plain C struct; attr_decode() and attr_encode() do the rest
 *   words   `word` is how text output (and a command line) names it, `key` how JSON and error
 *           messages do, `value` how its value is read and written (model/value.h)
 *
 * A table is indexed by the object's own field numbers (enum route_field, ...), in the order in
 * which iproute2 prints the fields as text. Field number f is present in an object if bit f of its
 * `has` is set; members of absent fields are undefined (not cleared: a dump of a million objects
 * does not pay for what is not there). A row without `type` is a member of the family header or a
 * derived one.
 *
 * Nested attributes stay encoded (struct nl_ref, pointing into the message or into an arena) and
 * have typed iterators; unknown attributes are skipped. Every length is checked: a payload shorter
 * than its member is -EBADMSG, a longer one (a newer kernel's struct) is cut.
 */
enum attr_kind {
	ATTR_NONE, /* not an attribute: header member or derived */
	ATTR_FLAG, /* no payload, no member */
	ATTR_U8,
	ATTR_U16,
	ATTR_U32,
	ATTR_U64,
	ATTR_BE16, /* network order on the wire, host order in the member */
	ATTR_BE32,
	ATTR_FIXED,  /* a kernel struct, copied as it is */
	ATTR_STR,    /* char[size], terminated */
	ATTR_ADDR,   /* struct ip_addr, the family known by the length */
	ATTR_VIA,    /* struct ip_addr, as struct rtvia: the family comes first */
	ATTR_LLADDR, /* struct lladdr */
	ATTR_REF,    /* struct nl_ref: undecoded bytes */
	ATTR_NESTED, /* struct nl_ref, encoded with NLA_F_NESTED */
};

struct value; /* model/value.h */

struct attr {
	uint16_t type;
	uint8_t kind;
	uint16_t off, size;
	const char *word, *key;
	const struct value *value;
};

/* The start of every object that a table describes. */
struct object {
	uint64_t has;
};

#define HAS(f)		(UINT64_C(1) << (f))
#define has(obj, f)	(((obj)->has >> (f)) & 1)
#define set_has(obj, f) ((obj)->has |= HAS(f))

struct attr_set {
	const char *name;
	uint16_t header_off, header_size; /* the family header (struct rtmsg, ...) in the object */
	uint8_t n;			  /* rows, at most 64 */
	const struct attr *row;
	uint8_t *by_type; /* [types]: row + 1, filled in at first use; storage is the table's own */
	uint16_t types;	  /* size of by_type: the greatest attribute number + 1 */
};

/* Undecoded bytes; they belong to the message or arena they point into. */
struct nl_ref {
	const void *p;
	uint16_t len;
};

/* A link-layer address. */
struct lladdr {
	uint8_t len;
	uint8_t b[32];
};

/* Member offset, and a compile-time check that the member has the width of the wire's type. */
#define ATTR_SIZED(T, m, n)	(offsetof(T, m) + 0 * sizeof(char[sizeof(((T *)0)->m) == (n) ? 1 : -1]))
#define ATTR_MEMBER(T, m)	.off = offsetof(T, m), .size = sizeof(((T *)0)->m)
#define ATTR_ROW_U8(t, T, m)	.type = (t), .kind = ATTR_U8, .off = ATTR_SIZED(T, m, 1), .size = 1
#define ATTR_ROW_U16(t, T, m)	.type = (t), .kind = ATTR_U16, .off = ATTR_SIZED(T, m, 2), .size = 2
#define ATTR_ROW_U32(t, T, m)	.type = (t), .kind = ATTR_U32, .off = ATTR_SIZED(T, m, 4), .size = 4
#define ATTR_ROW_U64(t, T, m)	.type = (t), .kind = ATTR_U64, .off = ATTR_SIZED(T, m, 8), .size = 8
#define ATTR_ROW_BE16(t, T, m)	.type = (t), .kind = ATTR_BE16, .off = ATTR_SIZED(T, m, 2), .size = 2
#define ATTR_ROW_BE32(t, T, m)	.type = (t), .kind = ATTR_BE32, .off = ATTR_SIZED(T, m, 4), .size = 4
#define ATTR_ROW_FIXED(t, T, m) .type = (t), .kind = ATTR_FIXED, ATTR_MEMBER(T, m)
#define ATTR_ROW_STR(t, T, m)	.type = (t), .kind = ATTR_STR, ATTR_MEMBER(T, m)
#define ATTR_ROW_ADDR(t, T, m)                                                                     \
	.type = (t), .kind = ATTR_ADDR, .off = ATTR_SIZED(T, m, sizeof(struct ip_addr)),           \
	.size = sizeof(struct ip_addr)
#define ATTR_ROW_VIA(t, T, m)                                                                      \
	.type = (t), .kind = ATTR_VIA, .off = ATTR_SIZED(T, m, sizeof(struct ip_addr)),            \
	.size = sizeof(struct ip_addr)
#define ATTR_ROW_LLADDR(t, T, m)                                                                   \
	.type = (t), .kind = ATTR_LLADDR, .off = ATTR_SIZED(T, m, sizeof(struct lladdr)),          \
	.size = sizeof(struct lladdr)
#define ATTR_ROW_REF(t, T, m)                                                                      \
	.type = (t), .kind = ATTR_REF, .off = ATTR_SIZED(T, m, sizeof(struct nl_ref)),             \
	.size = sizeof(struct nl_ref)
#define ATTR_ROW_NESTED(t, T, m)                                                                   \
	.type = (t), .kind = ATTR_NESTED, .off = ATTR_SIZED(T, m, sizeof(struct nl_ref)),          \
	.size = sizeof(struct nl_ref)
#define ATTR_ROW_FLAG(t) .type = (t), .kind = ATTR_FLAG

/* Defines `struct attr_set name` over an array of rows. */
#define ATTR_SET(name_, text_, T, header_, rows_, max_)                                            \
	static uint8_t name_##_by_type[(max_) + 1];                                                \
	const struct attr_set name_ = {.name = (text_),                                            \
				       .header_off = offsetof(T, header_),                         \
				       .header_size = sizeof(((T *)0)->header_),                   \
				       .n = sizeof(rows_) / sizeof(*(rows_)),                      \
				       .row = (rows_),                                             \
				       .by_type = name_##_by_type,                                 \
				       .types = (max_) + 1}

/* Defines a table of nested attributes, without a header. */
#define ATTR_SET_NESTED(name_, text_, rows_, max_)                                                 \
	static uint8_t name_##_by_type[(max_) + 1];                                                \
	const struct attr_set name_ = {.name = (text_),                                            \
				       .n = sizeof(rows_) / sizeof(*(rows_)),                      \
				       .row = (rows_),                                             \
				       .by_type = name_##_by_type,                                 \
				       .types = (max_) + 1}

/*
 * Reads a message into the object: header, then attributes; sets has anew (attributes only, never
 * bits of rows without type). References point into the message. 0 or -EBADMSG.
 */
int attr_decode_msg(const struct attr_set *s, const struct nlmsghdr *h, void *obj, struct err *e);
/* The attributes alone, adding to has. */
int attr_decode(const struct attr_set *s, const void *p, size_t len, void *obj, struct err *e);
static inline int attr_decode_ref(const struct attr_set *s, struct nl_ref r, void *obj,
				  struct err *e)
{
	return attr_decode(s, r.p, r.len, obj, e);
}

/*
 * Appends header and attributes of `obj` to the message that begins at `h` (nlmsg_len bytes are
 * there already; `size` is the buffer's). -EMSGSIZE if it does not fit.
 */
int attr_encode_msg(const struct attr_set *s, const void *obj, struct nlmsghdr *h, size_t size,
		    struct err *e);
int attr_encode(const struct attr_set *s, const void *obj, struct nlmsghdr *h, size_t size,
		struct err *e);

/* The key of the row whose attribute stands at `off` bytes into the message, or NULL. */
const char *attr_name_at(const struct attr_set *s, const struct nlmsghdr *h, uint32_t off);
/* The same as a row number, -1 if there is none. */
int attr_row_at(const struct attr_set *s, const struct nlmsghdr *h, uint32_t off);

/*
 * for (each struct nlattr *a in r) over a nested block. Stops at the first damaged attribute.
 *	attr_each (a, ref) ...
 */
const struct nlattr *attr_first(struct nl_ref r);
const struct nlattr *attr_next(struct nl_ref r, const struct nlattr *a);
#define attr_each(a, r) for (const struct nlattr *a = attr_first(r); a; a = attr_next((r), a))
/* linux/netlink.h has these as ints. */
#define ATTR_HDRLEN   sizeof(struct nlattr)
#define ATTR_ALIGN(n) (((n) + 3u) & ~(size_t)3)

static inline struct nl_ref attr_payload(const struct nlattr *a)
{
	return (struct nl_ref){(const char *)a + ATTR_HDRLEN, (uint16_t)(a->nla_len - ATTR_HDRLEN)};
}
static inline uint16_t attr_type(const struct nlattr *a)
{
	return a->nla_type & (uint16_t)NLA_TYPE_MASK;
}

#endif
