/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What follows "type": a kind and its options. Those of most kinds are the rows of their attribute
 * table (model/kind.c); a veth's is a whole interface again, its peer.
 */
#include "ip/link.h"
#include "model/kind.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/veth.h>
#include <string.h>

static const char slave_suffix[] = "_slave";

static bool is_slave(const char *type)
{
	size_t n = strlen(type), s = strlen(slave_suffix);

	return n > s && !strcmp(type + n - s, slave_suffix);
}

/* peer [name] NAME ... */
static int take_peer(struct parser *p, struct link_request *q, struct err *e)
{
	const char *word = p->word[p->at++];

	if (strcmp(word, "peer") != 0) {
		p->ip->blame = p->at - 1;
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
			       "\"%s\" is not an option of veth, it has \"peer\"", word);
	}
	q->peer = arena_alloc(&p->ip->arena, sizeof(*q->peer));
	int rc = parse_nested_rest(p, link_words, &link_attrs, q->peer, e);
	if (rc < 0)
		return rc;
	if (q->peer->type)
		return parse_invalid(p, e, "a peer is a veth as well, its type is not given");
	q->peer->l.h.ifi_index = (int)q->peer->index;
	const char *name = q->peer->name ? q->peer->name : q->peer->dev;
	if (name) {
		strncpy(q->peer->l.name, name, IFNAMSIZ - 1);
		set_has(&q->peer->l, LINK_NAME);
	}
	return 0;
}

int link_take_type(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link_request *q = p->obj;
	union {
		struct object o;
		char room[KIND_DATA_MAX];
	} u = {.o.has = 0};
	struct nl_msg m;
	int rc = parse_next(p, &q->type, e);

	(void)k;
	if (rc < 0 || p->at == p->n)
		return rc;
	if (!strcmp(q->type, "veth"))
		return take_peer(p, q, e);
	bool slave = is_slave(q->type);
	const char *name = slave ? arena_strndup(&p->ip->arena, q->type,
						 strlen(q->type) - strlen(slave_suffix))
				 : q->type;
	const struct link_kind *kind = link_kind_find(name);
	const struct attr_set *set = !kind ? NULL : slave ? kind->slave : kind->data;
	if (!set) {
		p->ip->blame = p->at;
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL, "no options of \"%s\" are known",
			       q->type);
	}
	rc = parse_rows(p, set, &u, q->type, e);
	if (rc < 0)
		return rc;
	nl_msg_init(&m, 0, 0);
	uint32_t start = m.h.nlmsg_len;
	rc = attr_encode(set, &u, &m.h, sizeof(m.buf), e);
	q->data = link_scratch(p->ip, &m, start);
	return rc;
}

void link_put_info(struct parser *p, struct link_request *q)
{
	struct nl_msg m;
	bool slave = q->type && is_slave(q->type);

	if (!q->type)
		return;
	size_t n = strlen(q->type) - (slave ? strlen(slave_suffix) : 0);
	nl_msg_init(&m, 0, 0);
	uint32_t start = m.h.nlmsg_len;
	mnl_attr_put_strz(&m.h, slave ? IFLA_INFO_SLAVE_KIND : IFLA_INFO_KIND,
			  arena_strndup(&p->ip->arena, q->type, n < 64 ? n : 64));
	if (q->peer) {
		struct nlattr *data = mnl_attr_nest_start(&m.h, IFLA_INFO_DATA);
		struct nlattr *peer = mnl_attr_nest_start(&m.h, VETH_INFO_PEER);
		attr_encode_msg(&link_attrs, &q->peer->l, &m.h, sizeof(m.buf), NULL);
		mnl_attr_nest_end(&m.h, peer);
		mnl_attr_nest_end(&m.h, data);
	} else if (q->data.p) {
		mnl_attr_put(&m.h, (slave ? IFLA_INFO_SLAVE_DATA : IFLA_INFO_DATA) | NLA_F_NESTED,
			     q->data.len, q->data.p);
	}
	q->l.info = link_scratch(p->ip, &m, start);
	set_has(&q->l, LINK_INFO);
}
