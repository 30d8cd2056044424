/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several interfaces over one: macvlan and macvtap by their Ethernet addresses, ipvlan and ipvtap
 * by their IP addresses.
 */
#include "model/kind_value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum macvlan_field {
	MACVLAN_MODE,
	MACVLAN_FLAGS,
	MACVLAN_BC_QUEUE_LEN,
	MACVLAN_BC_QUEUE_LEN_USED,
	MACVLAN_MACADDR_MODE,
	MACVLAN_MACADDR,
	MACVLAN_MACADDR_COUNT,
	MACVLAN_MACADDR_DATA,
};

struct macvlan {
	uint64_t has;
	uint32_t mode, bc_queue_len, bc_queue_len_used, macaddr_mode, macaddr_count;
	uint16_t flags;
	uint8_t macaddr[6];
	struct nl_ref macaddr_data; /* IFLA_MACVLAN_MACADDR, one behind the other */
};

static const struct choice mode_names[] = {
	{"private", MACVLAN_MODE_PRIVATE}, {"vepa", MACVLAN_MODE_VEPA},
	{"bridge", MACVLAN_MODE_BRIDGE},   {"passthru", MACVLAN_MODE_PASSTHRU},
	{"source", MACVLAN_MODE_SOURCE},   {NULL, 0}};
static const struct choice flag_names[] = {{"nopromisc", MACVLAN_FLAG_NOPROMISC},
					   {"nodst", MACVLAN_FLAG_NODST},
					   {"null", 0},
					   {NULL, 0}};

static void flags_print(struct print *p, const struct attr *a, const void *obj)
{
	for (const struct choice *i = flag_names; i->name; i++)
		if (value_member(a, obj) & i->number)
			print_true(p, i->name, i->name);
}

/* Several are together. */
static int flag_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		      void *obj, struct err *e)
{
	struct macvlan *m = obj;
	uint32_t bit = choice_number(flag_names, arg);

	(void)c;
	(void)a;
	if (bit == UINT32_MAX)
		return choice_error(flag_names, arg, -ENOENT, e);
	m->flags = (uint16_t)(has(m, field) ? m->flags | bit : bit);
	set_has(m, field);
	return 0;
}

struct address {
	struct nlattr head;
	uint8_t b[6], pad[2];
};

/* Addresses, as long as there are words that are some. */
static void take_addresses(struct parse *c, struct macvlan *m)
{
	struct address *list = NULL;
	struct lladdr mac;
	size_t n = 0, cap = 0;

	for (; c->n_more && lladdr_parse(*c->more, &mac) && mac.len == 6 && n < 1024;
	     c->more++, c->n_more--) {
		struct address *item = ARENA_PUSH(c->arena, list, n, cap);
		*item = (struct address){.head = {ATTR_HDRLEN + 6, IFLA_MACVLAN_MACADDR}};
		memcpy(item->b, mac.b, 6);
	}
	m->macaddr_data = (struct nl_ref){list, (uint16_t)(n * sizeof(*list))};
	set_has(m, MACVLAN_MACADDR_DATA);
}

static int take_address(struct parse *c, struct macvlan *m, struct err *e)
{
	if (!c->n_more)
		return err_set(e, -EINVAL, "an Ethernet address is missing");
	c->n_more--;
	return value_mac.parse(c, *c->more++, &macvlan_attrs.row[MACVLAN_MACADDR], MACVLAN_MACADDR,
			       m, e);
}

/* { add | del } LLADDR | set [ LLADDR ... ] | flush */
static int source_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
			void *obj, struct err *e)
{
	static const struct choice names[] = {{"add", MACVLAN_MACADDR_ADD},
					      {"del", MACVLAN_MACADDR_DEL},
					      {"set", MACVLAN_MACADDR_SET},
					      {"flush", MACVLAN_MACADDR_FLUSH},
					      {NULL, 0}};
	struct macvlan *m = obj;
	uint32_t mode = choice_number(names, arg);

	(void)a;
	if (mode == UINT32_MAX)
		return choice_error(names, arg, -ENOENT, e);
	m->macaddr_mode = mode;
	set_has(m, field);
	if (mode == MACVLAN_MACADDR_SET)
		take_addresses(c, m);
	else if (mode != MACVLAN_MACADDR_FLUSH)
		return take_address(c, m, e);
	return 0;
}

static void count_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct macvlan *m = obj;

	if (!value_member(a, obj) && !(has(m, MACVLAN_MODE) && m->mode == MACVLAN_MODE_SOURCE))
		return;
	if (p->json)
		print_u64(p, NULL, a->key, value_member(a, obj));
	else
		out_printf(p->o, "remotes (%u) ", (unsigned)value_member(a, obj));
}

static void addresses_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct nl_ref *r = kind_member(a, obj);

	if (p->json)
		jw_array(&p->j, a->key);
	attr_each (i, *r) {
		struct nl_ref mac = attr_payload(i);
		char text[32];
		const uint8_t *b = mac.p;
		if (attr_type(i) != IFLA_MACVLAN_MACADDR || mac.len < 6)
			continue;
		snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2],
			 b[3], b[4], b[5]);
		if (p->json)
			jw_str(&p->j, NULL, text);
		else
			print_str(p, "", NULL, text);
	}
	if (p->json)
		jw_array_end(&p->j);
}

static int queue_parse(struct parse *c, const char *arg, const struct attr *a, unsigned field,
		       void *obj, struct err *e)
{
	return value_number_parse(c, arg, a, field, obj, e) < 0
		       ? err_set(e, -ERANGE, "\"%s\" is not a number of packets", arg)
		       : 0;
}

static const struct value value_queue = {.parse = queue_parse, .metavar = "PACKETS"};
static const struct value_choice value_mode = CHOICE(mode_names);
static const struct value value_flags = {flags_print, flag_parse, "{ nopromisc | nodst | null }"};
static const struct value value_flag_word = {.parse = flag_parse};
static const struct value value_source = {
	.parse = source_parse, .metavar = "{ { add | del } LLADDR | set [ LLADDR ... ] | flush }"};
static const struct value value_count = {.print = count_print};
static const struct value value_addresses = {.print = addresses_print};

#define T struct macvlan
static const struct attr macvlan_rows[] = {
	[MACVLAN_MODE] = {ATTR_ROW_U32(IFLA_MACVLAN_MODE, T, mode), "mode", "mode",
			  &value_mode.value},
	[MACVLAN_FLAGS] = {ATTR_ROW_U16(IFLA_MACVLAN_FLAGS, T, flags), NULL, "flags", &value_flags},
	[MACVLAN_BC_QUEUE_LEN] = {ATTR_ROW_U32(IFLA_MACVLAN_BC_QUEUE_LEN, T, bc_queue_len),
				  "bcqueuelen", "bcqueuelen", &value_number},
	[MACVLAN_BC_QUEUE_LEN_USED] = {ATTR_ROW_U32(IFLA_MACVLAN_BC_QUEUE_LEN_USED, T,
						    bc_queue_len_used),
				       "usedbcqueuelen", "usedbcqueuelen", &value_number},
	[MACVLAN_MACADDR_MODE] = {ATTR_ROW_U32(IFLA_MACVLAN_MACADDR_MODE, T, macaddr_mode), NULL,
				  NULL, NULL},
	[MACVLAN_MACADDR] = {ATTR_ROW_FIXED(IFLA_MACVLAN_MACADDR, T, macaddr), NULL, NULL, NULL},
	[MACVLAN_MACADDR_COUNT] = {ATTR_ROW_U32(IFLA_MACVLAN_MACADDR_COUNT, T, macaddr_count),
				   "remotes", "macaddr_count", &value_count},
	[MACVLAN_MACADDR_DATA] = {ATTR_ROW_NESTED(IFLA_MACVLAN_MACADDR_DATA, T, macaddr_data), NULL,
				  "macaddr_data", &value_addresses},
};
#undef T
ATTR_SET_NESTED(macvlan_attrs, "macvlan", macvlan_rows, IFLA_MACVLAN_MAX);

static const struct kind_word m_words[] = {
	{"mode", MACVLAN_MODE, NULL, 0},
	{"flag", MACVLAN_FLAGS, NULL, 0},
	{"macaddr", MACVLAN_MACADDR_MODE, &value_source, 0},
	{"=nopromisc", MACVLAN_FLAGS, &value_flag_word, 0},
	{"=nodst", MACVLAN_FLAGS, &value_flag_word, 0},
	{"bcqueuelen", MACVLAN_BC_QUEUE_LEN, &value_queue, 0},
	{0},
};
const struct kind_word *const macvlan_words[] = {m_words, NULL};

int macvlan_finish(void *data, bool create, struct err *e)
{
	const struct macvlan *m = data;

	(void)create;
	if (has(m, MACVLAN_FLAGS) && m->flags & MACVLAN_FLAG_NOPROMISC &&
	    !(has(m, MACVLAN_MODE) && m->mode == MACVLAN_MODE_PASSTHRU))
		return err_set(e, -ENOENT, "\"nopromisc\" goes with \"mode passthru\"");
	return 0;
}

enum ipvlan_field { IPVLAN_MODE, IPVLAN_FLAGS };

struct ipvlan {
	uint64_t has;
	uint16_t mode, flags;
};

static const struct choice ipvlan_mode_names[] = {
	{"l2", IPVLAN_MODE_L2}, {"l3", IPVLAN_MODE_L3}, {"l3s", IPVLAN_MODE_L3S}, {NULL, 0}};
static const struct choice ipvlan_flag_names[] = {
	{"bridge", 0}, {"private", IPVLAN_F_PRIVATE}, {"vepa", IPVLAN_F_VEPA}, {NULL, 0}};

/* With a blank before it, as iproute2 has it. */
static void ipvlan_mode_print(struct print *p, const struct attr *a, const void *obj)
{
	print_text(p, " ");
	value_choice_print(p, a, obj);
}

static void ipvlan_flags_print(struct print *p, const struct attr *a, const void *obj)
{
	const char *name = choice_name(ipvlan_flag_names, value_member(a, obj));

	if (name)
		print_true(p, name, name);
}

static const struct value_choice value_ipvlan_mode = {{ipvlan_mode_print, value_choice_parse, NULL},
						      ipvlan_mode_names};
static const struct value value_ipvlan_flags = {.print = ipvlan_flags_print};

static const struct attr ipvlan_rows[] = {
	[IPVLAN_MODE] = {ATTR_ROW_U16(IFLA_IPVLAN_MODE, struct ipvlan, mode), "mode", "mode",
			 &value_ipvlan_mode.value},
	[IPVLAN_FLAGS] = {ATTR_ROW_U16(IFLA_IPVLAN_FLAGS, struct ipvlan, flags), NULL, "flags",
			  &value_ipvlan_flags},
};
ATTR_SET_NESTED(ipvlan_attrs, "ipvlan", ipvlan_rows, IFLA_IPVLAN_MAX);

static const struct kind_word ip_words[] = {
	{"mode", IPVLAN_MODE, NULL, 0},
	{"private", IPVLAN_FLAGS, &value_set, IPVLAN_F_PRIVATE},
	{"vepa", IPVLAN_FLAGS, &value_set, IPVLAN_F_VEPA},
	{"bridge", IPVLAN_FLAGS, &value_set, 0},
	{0},
};
const struct kind_word *const ipvlan_words[] = {ip_words, NULL};

_Static_assert(sizeof(struct macvlan) <= KIND_DATA_MAX, "KIND_DATA_MAX");
