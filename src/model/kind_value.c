/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/kind_value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void done(void *obj, unsigned field)
{
	((struct object *)obj)->has |= HAS(field);
}

void print_json_bool(struct print *p, const char *key, bool v)
{
	if (p->json)
		jw_bool(&p->j, key, v);
}

static void yes_print(struct print *p, const struct attr *a, const void *obj)
{
	if (value_member(a, obj))
		print_true(p, a->word, a->key);
}

static void no_word(struct print *p, const struct attr *a)
{
	print_text(p, "no");
	print_text(p, a->word);
	print_text(p, " ");
}

static void unless_print(struct print *p, const struct attr *a, const void *obj)
{
	bool on = value_member(a, obj);

	print_json_bool(p, a->key, on);
	if (!on)
		no_word(p, a);
}

static void yes_no_print(struct print *p, const struct attr *a, const void *obj)
{
	unless_print(p, a, obj);
	if (!p->json && value_member(a, obj))
		print_true(p, a->word, NULL);
}

static void lower_print(struct print *p, const struct attr *a, const void *obj)
{
	if (value_member(a, obj))
		value_dev.print(p, a, obj);
}

static int lower_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	int rc = value_dev_parse(c, arg, a, field, obj, e);

	return rc == -ENODEV ? err_set(e, -EINVAL, "there is no interface \"%s\"", arg) : rc;
}

static void mark_print(struct print *p, const struct attr *a, const void *obj)
{
	if (value_member(a, obj))
		print_hex(p, a->word, a->key, value_member(a, obj));
}

static void ttl_print(struct print *p, const struct attr *a, const void *obj)
{
	uint64_t ttl = value_member(a, obj);

	if (p->json || ttl)
		print_u64(p, a->word, a->key, ttl);
	else
		print_str(p, a->word, NULL, "inherit");
}

static int ttl_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		     void *obj, struct err *e)
{
	return value_number_parse(c, strcmp(arg, "inherit") != 0 ? arg : "0", a, field, obj, e);
}

enum { TOS_INHERIT = 1 };

static void tos_print(struct print *p, const struct attr *a, const void *obj)
{
	uint64_t tos = value_member(a, obj);

	if (tos && (p->json || tos != TOS_INHERIT))
		print_hex(p, a->word, a->key, tos);
	else if (tos)
		print_str(p, a->word, NULL, "inherit");
}

static int tos_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		     void *obj, struct err *e)
{
	if (strcmp(arg, "inherit") != 0)
		return value_dsfield_parse(c, arg, a, field, obj, e);
	value_set_member(a, obj, TOS_INHERIT);
	done(obj, field);
	return 0;
}

static void mac_print(struct print *p, const struct attr *a, const void *obj)
{
	struct out text;

	out_init(&text, -1);
	out_hexpairs(&text, kind_member(a, obj), 6, ':');
	print_str(p, a->word, a->key, out_str(&text));
	out_free(&text);
}

static int mac_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		     void *obj, struct err *e)
{
	struct lladdr mac;

	(void)c;
	if (!lladdr_parse(arg, &mac) || mac.len != 6)
		return err_set(e, -EINVAL, "\"%s\" is not an Ethernet address", arg);
	memcpy((char *)obj + a->off, mac.b, 6);
	done(obj, field);
	return 0;
}

static void end_print(struct print *p, const struct attr *a, const void *obj)
{
	static const struct ip_addr none;
	const struct ip_addr *ip = kind_member(a, obj);

	if (memcmp(ip->b, none.b, sizeof(none.b)) != 0)
		print_addr(p, a->word, a->key, ip);
	else
		print_str(p, a->word, a->key, "any");
}

static int end_parse(uint8_t family, const char *arg, const struct attr *a, unsigned field,
		     void *obj, struct err *e)
{
	struct parse c = {.family = family};
	const struct ip_addr any = {.family = family};

	if (strcmp(arg, "any") != 0 && strcmp(arg, "all") != 0 && strcmp(arg, "default") != 0)
		return value_addr_parse(&c, arg, a, field, obj, e);
	memcpy((char *)obj + a->off, &any, sizeof(any));
	done(obj, field);
	return 0;
}

static int end4_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		      void *obj, struct err *e)
{
	(void)c;
	return end_parse(AF_INET, arg, a, field, obj, e);
}

static int end6_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		      void *obj, struct err *e)
{
	(void)c;
	return end_parse(AF_INET6, arg, a, field, obj, e);
}

static int set_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		     void *obj, struct err *e)
{
	(void)arg;
	(void)e;
	value_set_member(a, obj, c->num);
	done(obj, field);
	return 0;
}

static uint64_t present(const struct attr *a, unsigned field, const void *obj)
{
	return ((const struct object *)obj)->has & HAS(field) ? value_member(a, obj) : 0;
}

static int set_bits_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			  void *obj, struct err *e)
{
	(void)arg;
	(void)e;
	value_set_member(a, obj, present(a, field, obj) | c->num);
	done(obj, field);
	return 0;
}

static int clear_bits_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			    void *obj, struct err *e)
{
	(void)arg;
	(void)e;
	value_set_member(a, obj, present(a, field, obj) & ~(uint64_t)c->num);
	done(obj, field);
	return 0;
}

const struct value value_yes = {.print = yes_print};
const struct value value_yes_no = {.print = yes_no_print};
const struct value value_unless = {.print = unless_print};
const struct value value_lower = {lower_print, lower_parse, "DEVICE"};
const struct value value_mark = {mark_print, value_number_parse, "MARK"};
const struct value value_ttl = {ttl_print, ttl_parse, "{ NUMBER | inherit }"};
const struct value value_tos = {tos_print, tos_parse, "{ TOS | inherit }"};
const struct value value_mac = {mac_print, mac_parse, "LLADDR"};
const struct value value_end4 = {end_print, end4_parse, "{ ADDRESS | any }"};
const struct value value_end6 = {end_print, end6_parse, "{ ADDRESS | any }"};
const struct value value_set = {.parse = set_parse};
const struct value value_set_bits = {.parse = set_bits_parse};
const struct value value_clear_bits = {.parse = clear_bits_parse};

uint32_t choice_number(const struct choice *list, const char *name)
{
	for (; list->name; list++)
		if (!strcmp(list->name, name))
			return list->number;
	return UINT32_MAX;
}

const char *choice_name(const struct choice *list, uint64_t number)
{
	for (; list->name; list++)
		if (list->number == number)
			return list->name;
	return NULL;
}

int choice_error(const struct choice *list, const char *arg, int code, struct err *e)
{
	char names[256] = "";

	for (; list->name; list++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			 *names ? ", " : "", list->name);
	return err_set(e, code, "\"%s\" is none of %s", arg, names);
}

const struct choice *value_choices(const struct value *v)
{
	bool has_list = v->print == value_choice_print || v->parse == value_choice_parse ||
			v->parse == value_choice_number_parse;

	return has_list ? ((const struct value_choice *)(const void *)v)->list : NULL;
}

void value_choice_print(struct print *p, const struct attr *a, const void *obj)
{
	const char *name = choice_name(value_choices(a->value), value_member(a, obj));

	print_str(p, a->word, a->key, name ? name : "UNKNOWN");
}

int value_choice_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	uint32_t number = choice_number(value_choices(a->value), arg);

	(void)c;
	if (number == UINT32_MAX)
		return choice_error(value_choices(a->value), arg, -ENOENT, e);
	value_set_member(a, obj, number);
	done(obj, field);
	return 0;
}

int value_choice_number_parse(struct parse *c, const char *arg, const struct attr *a,
			      unsigned field, void *obj, struct err *e)
{
	uint64_t v;
	const char *name = value_read_number(arg, UINT32_MAX, &v)
				   ? choice_name(value_choices(a->value), v)
				   : NULL;
	int rc = value_choice_parse(c, name ? name : arg, a, field, obj, NULL);

	return rc < 0 ? choice_error(value_choices(a->value), arg, -EINVAL, e) : 0;
}
