/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/value.h"

#include "base/suggest.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool value_read_number(const char *arg, uint64_t max, uint64_t *ret)
{
	char *end;

	if (*arg < '0' || *arg > '9')
		return false;
	errno = 0;
	unsigned long long v = strtoull(arg, &end, 0);
	if (errno || *end || v > max)
		return false;
	*ret = v;
	return true;
}

static const void *member(const struct attr *a, const void *obj)
{
	return (const char *)obj + a->off;
}

uint64_t value_member(const struct attr *a, const void *obj)
{
	union {
		uint8_t u8;
		uint16_t u16;
		uint32_t u32;
		uint64_t u64;
	} v = {0};

	memcpy(&v, member(a, obj), a->size <= sizeof(v) ? a->size : sizeof(v));
	return a->size == 1 ? v.u8 : a->size == 2 ? v.u16 : a->size == 4 ? v.u32 : v.u64;
}

void value_set_member(const struct attr *a, void *obj, uint64_t v)
{
	uint8_t u8 = (uint8_t)v;
	uint16_t u16 = (uint16_t)v;
	uint32_t u32 = (uint32_t)v;
	const void *src = a->size == 1	 ? (void *)&u8
			  : a->size == 2 ? (void *)&u16
			  : a->size == 4 ? (void *)&u32
					 : (void *)&v;

	memcpy((char *)obj + a->off, src, a->size <= sizeof(v) ? a->size : sizeof(v));
}

static void done(void *obj, unsigned field)
{
	((struct object *)obj)->has |= HAS(field);
}

static uint64_t greatest(const struct attr *a)
{
	return a->size >= 8 ? UINT64_MAX : (UINT64_C(1) << a->size * 8) - 1;
}

static void number_print(struct print *p, const struct attr *a, const void *obj)
{
	print_u64(p, a->word, a->key, value_member(a, obj));
}

int value_number_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	uint64_t v;

	(void)c;
	if (!value_read_number(arg, greatest(a), &v))
		return err_set(e, -EINVAL, "\"%s\" is not a number from 0 to %llu", arg,
			       (unsigned long long)greatest(a));
	value_set_member(a, obj, v);
	done(obj, field);
	return 0;
}

static void hex_print(struct print *p, const struct attr *a, const void *obj)
{
	print_hex(p, a->word, a->key, value_member(a, obj));
}

static void string_print(struct print *p, const struct attr *a, const void *obj)
{
	print_str(p, a->word, a->key, member(a, obj));
}

static int string_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			void *obj, struct err *e)
{
	(void)c;
	if (strlen(arg) >= a->size)
		return err_set(e, -EINVAL, "\"%s\" is longer than %d characters", arg, a->size - 1);
	memset((char *)obj + a->off, 0, a->size);
	memcpy((char *)obj + a->off, arg, strlen(arg));
	done(obj, field);
	return 0;
}

static void flag_print(struct print *p, const struct attr *a, const void *obj)
{
	(void)obj;
	print_flag(p, a->word, a->key);
}

static void addr_print(struct print *p, const struct attr *a, const void *obj)
{
	print_addr(p, a->word, a->key, member(a, obj));
}

int value_addr_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		     void *obj, struct err *e)
{
	struct ip_addr ip;

	if (!ip_addr_parse(arg, c->family, &ip))
		return err_set(e, -EAFNOSUPPORT, "\"%s\" is not an %s address", arg,
			       c->family == AF_INET    ? "IPv4"
			       : c->family == AF_INET6 ? "IPv6"
						       : "IP");
	memcpy((char *)obj + a->off, &ip, sizeof(ip));
	done(obj, field);
	return 0;
}

static void dev_print(struct print *p, const struct attr *a, const void *obj)
{
	const char *name = devices_name(p->devices, (int)value_member(a, obj));

	if (!p->color || p->json || !a->word) {
		print_str(p, a->word, a->key, name);
		return;
	}
	print_flag(p, a->word, NULL);
	print_tint(p, TINT_NAME);
	print_str(p, "", NULL, name);
	print_plain(p);
}

int value_dev_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		    void *obj, struct err *e)
{
	int ifindex = devices_index(c->devices, arg);

	if (!ifindex)
		return err_set(e, -ENODEV, "there is no interface \"%s\"", arg);
	value_set_member(a, obj, (uint64_t)ifindex);
	done(obj, field);
	return 0;
}

int value_devname_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			void *obj, struct err *e)
{
	if (!*arg || strlen(arg) >= IFNAMSIZ || strpbrk(arg, "/ \t\n"))
		return err_set(e, -EINVAL, "\"%s\" cannot be the name of an interface", arg);
	return string_parse(c, arg, a, field, obj, e);
}

static void name_print(struct print *p, const struct attr *a, const void *obj, enum names_file f)
{
	print_name(p, a->word, a->key, f, (uint32_t)value_member(a, obj));
}

static void near_name(void *arg, uint32_t number, const char *name)
{
	(void)number;
	suggest_try(arg, name);
}

static int name_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		      void *obj, enum names_file f, struct err *e)
{
	uint32_t v;

	if (!names_find(c->names, f, arg, &v) || v > greatest(a)) {
		struct suggest s = suggest_init(arg);
		names_each(c->names, f, near_name, &s);
		err_set(e, -EINVAL, "\"%s\" is neither a name in %s nor a number", arg,
			names_file_name(f));
		if (s.best)
			err_hint(e, "did you mean \"%s\"?", s.best);
		return -EINVAL;
	}
	value_set_member(a, obj, v);
	done(obj, field);
	return 0;
}

const struct value value_number = {number_print, value_number_parse, "NUMBER"};
const struct value value_hex = {hex_print, value_number_parse, "NUMBER"};
const struct value value_string = {string_print, string_parse, "STRING"};
const struct value value_flag = {flag_print, NULL, NULL};
const struct value value_addr = {addr_print, value_addr_parse, "ADDRESS"};
const struct value value_dev = {dev_print, value_dev_parse, "DEVICE"};
const struct value value_devname = {string_print, value_devname_parse, "DEVICE"};

/* A value type for each of iproute2's name files. */
#define NAMED(name, file, metavar)                                                                 \
	static void name##_print(struct print *p, const struct attr *a, const void *obj)           \
	{                                                                                          \
		name_print(p, a, obj, file);                                                       \
	}                                                                                          \
	int value_##name##_parse(struct parse *c, const char *arg, const struct attr *a,           \
				 unsigned field, void *obj, struct err *e)                         \
	{                                                                                          \
		return name_parse(c, arg, a, field, obj, file, e);                                 \
	}                                                                                          \
	const struct value value_##name = {name##_print, value_##name##_parse, metavar}

NAMED(table, NAMES_RT_TABLES, "TABLE");
NAMED(proto, NAMES_RT_PROTOS, "PROTO");
NAMED(scope, NAMES_RT_SCOPES, "SCOPE");
NAMED(group, NAMES_GROUP, "GROUP");

static void dsfield_print(struct print *p, const struct attr *a, const void *obj)
{
	uint32_t v = (uint32_t)value_member(a, obj);
	const char *name = p->numeric ? NULL : names_get(p->names, NAMES_RT_DSFIELD, v);
	char buf[8];

	snprintf(buf, sizeof(buf), "0x%02x", v);
	print_str(p, a->word, a->key, name ? name : buf);
}

/* Numbers of this one are hexadecimal, with 0x or without. */
int value_dsfield_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			void *obj, struct err *e)
{
	char *end;
	unsigned long v = strtoul(arg, &end, 16);

	if (*arg == '-' || end == arg || *end || v > UINT8_MAX)
		return name_parse(c, arg, a, field, obj, NAMES_RT_DSFIELD, e);
	value_set_member(a, obj, v);
	done(obj, field);
	return 0;
}
const struct value value_dsfield = {dsfield_print, value_dsfield_parse, "TOS"};

/* [FROM/]TO */
int value_realms_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	const char *slash = strchr(arg, '/');
	char word[64];
	uint32_t from = 0, to = 0;
	uint64_t raw;

	if (value_read_number(arg, UINT32_MAX, &raw)) { /* both at once */
		value_set_member(a, obj, raw);
		done(obj, field);
		return 0;
	}
	snprintf(word, sizeof(word), "%.*s", slash ? (int)(slash - arg) : 0, arg);
	if ((slash && (!names_find(c->names, NAMES_RT_REALMS, word, &from) || from > 255)) ||
	    ((slash ? slash[1] : *arg) &&
	     (!names_find(c->names, NAMES_RT_REALMS, slash ? slash + 1 : arg, &to) || to > 255)))
		return err_set(e, -EINVAL, "\"%s\" is not a realm, nor FROM/TO", arg);
	value_set_member(a, obj, from << 16 | to);
	done(obj, field);
	return 0;
}

static void on_off_print(struct print *p, const struct attr *a, const void *obj)
{
	bool on = value_member(a, obj);

	if (p->json)
		jw_bool(&p->j, a->key, on);
	else
		print_str(p, a->word, NULL, on ? "on" : "off");
}

int value_on_off_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	bool on = !strcmp(arg, "on");

	(void)c;
	if (!on && (!*arg || strncmp("off", arg, strlen(arg)) != 0))
		return err_set(e, -EINVAL, "\"%s\" is neither \"on\" nor \"off\"", arg);
	value_set_member(a, obj, on);
	done(obj, field);
	return 0;
}
const struct value value_on_off = {on_off_print, value_on_off_parse, "{ on | off }"};

bool lladdr_parse(const char *s, struct lladdr *ret)
{
	struct ip_addr ip;

	*ret = (struct lladdr){0};
	if (strchr(s, '.') && ip_addr_parse(s, AF_INET, &ip)) {
		ret->len = 4;
		memcpy(ret->b, ip.b, 4);
		return true;
	}
	for (;;) {
		char *end;
		if (!*s || strchr(" +-", *s) || ret->len == sizeof(ret->b))
			return false;
		unsigned long n = strtoul(s, &end, 16);
		if (end == s || n > 255)
			return false;
		ret->b[ret->len++] = (uint8_t)n;
		if (!*end)
			return true;
		if (*end != ':')
			return false;
		s = end + 1;
	}
}
