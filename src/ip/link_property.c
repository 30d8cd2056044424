/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip link property: alternative names of an interface, which may be longer, and several.
 */
#include "ip/link.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>

struct property_request {
	struct link l;
	const char *dev;
	const char **name;
	size_t n, cap;
};

static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	return parse_next(p, &((struct property_request *)p->obj)->dev, e);
}

static int take_altname(struct parser *p, const struct keyword *k, struct err *e)
{
	struct property_request *q = p->obj;
	const char *word;
	int rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0)
		return rc;
	if (!link_is_name(word, sizeof(q->l.alt_name)))
		return parse_invalid(p, e, "\"%s\" cannot be the name of an interface", word);
	*ARENA_PUSH(&p->ip->arena, q->name, q->n, q->cap) = word;
	return 0;
}

static const struct keyword words[] = {
	{"=altname", take_altname, LINK_PROP_LIST, 0, "NAME", 0},
	{"=dev", take_dev, LINK_ALT_NAME, KW_BARE | KW_ONCE, "DEVICE", 0},
	{0},
};

static int finish(struct parser *p, struct err *e)
{
	struct property_request *q = p->obj;
	struct nl_msg m;

	if (!q->dev)
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL,
			       "the interface is missing (\"dev eth0\")");
	q->l.h.ifi_index = devices_index(p->values.devices, q->dev);
	if (!q->l.h.ifi_index)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -ENODEV, "there is no interface \"%s\"",
			       q->dev);
	nl_msg_init(&m, 0, 0);
	uint32_t start = m.h.nlmsg_len;
	for (size_t i = 0; i < q->n; i++)
		if (!mnl_attr_put_strz_check(&m.h, sizeof(m.buf), IFLA_ALT_IFNAME, q->name[i]))
			return ip_fail(p->ip, STATUS_SYNTAX, e, -EMSGSIZE,
				       "so many names do not fit into one message");
	q->l.prop_list = link_scratch(p->ip, &m, start);
	set_has(&q->l, LINK_PROP_LIST);
	return 0;
}

static int run(struct parser *p, struct err *e)
{
	struct property_request *q = p->obj;
	struct nl_msg m;
	int rc = link_message(&m, p->command->type, p->command->flags, &q->l, e);

	return rc < 0 ? rc : parser_talk(p, &m, NULL, NULL, e);
}

#define PROPERTY(word, what, type, flags)                                                          \
	{                                                                                          \
		word, what, &link_attrs, sizeof(struct property_request), words, NULL, finish,     \
			run, type, flags, NULL                                                     \
	}
const struct command link_property_commands[] = {
	PROPERTY("add", "gives an interface further names", RTM_NEWLINKPROP,
		 NLM_F_EXCL | NLM_F_CREATE | NLM_F_APPEND),
	PROPERTY("delete", "takes them away", RTM_DELLINKPROP, 0),
	{0},
};
