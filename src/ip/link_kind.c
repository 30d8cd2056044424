/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What follows "type": a kind and its options. Those of most kinds are the rows of their attribute
 * table (model/kind.c); a veth's is a whole interface again, its peer.
 */
#include "base/suggest.h"
#include "ip/complete.h"
#include "ip/link.h"
#include "model/kind_value.h"

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

/* The kind of interface that is meant, as itself or as the master of a port. */
struct kind_options {
	const struct link_kind *kind;
	const struct attr_set *set;
	bool slave;
	const char *type;
	uint64_t given;
};

static bool find_kind(struct parser *p, const char *type, struct kind_options *ret)
{
	size_t n = strlen(type);

	ret->type = type;
	ret->slave = is_slave(type);
	ret->kind = link_kind_find(
		ret->slave ? arena_strndup(&p->ip->arena, type, n - strlen(slave_suffix)) : type);
	ret->set = !ret->kind ? NULL : ret->slave ? ret->kind->slave : ret->kind->data;
	return ret->kind != NULL;
}

static bool match_word(const struct kind_word *w, void *arg)
{
	return words_match(w->words, arg);
}

struct near {
	struct suggest suggest;
	char best[64];
};

/* Matches nothing, but keeps the nearest. */
static bool near_word(const struct kind_word *w, void *arg)
{
	struct near *n = arg;
	const char *before = n->suggest.best;
	char first[64];

	suggest_try(&n->suggest, words_first(w->words, first, sizeof(first)));
	if (n->suggest.best != before) {
		memcpy(n->best, first, sizeof(first));
		n->suggest.best = n->best;
	}
	return false;
}

static int unknown_option(struct parser *p, const struct kind_options *o, const char *word,
			  struct err *e)
{
	struct near near = {.suggest = suggest_init(word)};
	struct kind_word w;
	int rc = ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL, "\"%s\" is not an option of %s", word,
			 o->type);

	kind_find_word(o->kind, o->slave, near_word, &near, &w);
	if (near.suggest.best)
		err_hint(e, "did you mean \"%s\"?", near.best);
	return rc;
}

int link_read_option(struct parser *p, const struct attr_set *set, const struct kind_word *w,
		     void *data, struct err *e)
{
	const char *arg = p->word[p->at - 1];
	int rc = value_is_bare(w->value) ? 0 : parse_next(p, &arg, e);

	if (rc < 0)
		return rc;
	p->ip->blame = p->at - 1;
	p->values.num = w->num;
	p->values.more = p->word + p->at;
	p->values.n_more = p->n - p->at;
	rc = w->value->parse(&p->values, arg, &set->row[w->row], w->row, data, e);
	p->at = p->n - p->values.n_more;
	if (rc < 0)
		p->ip->status = rc == -EINVAL ? STATUS_USAGE : STATUS_SYNTAX;
	return rc;
}

/* Reads one option, whose word has just been taken. */
static int take_option(struct parser *p, struct kind_options *o, void *data, struct err *e)
{
	const char *arg = p->word[p->at - 1];
	struct kind_word w;

	p->ip->blame = p->at - 1;
	if (!kind_find_word(o->kind, o->slave, match_word, (void *)(uintptr_t)arg, &w)) {
		if (!words_match("help", arg))
			return unknown_option(p, o, arg, e);
		p->ip->help_kind = o->type;
		return ip_fail(p->ip, STATUS_SYNTAX, e, -ECANCELED, "help");
	}
	if (o->kind->once && o->given & HAS(w.row))
		return parse_invalid(p, e, "\"%s\" is one too many", arg);
	o->given |= HAS(w.row);
	p->row = NULL;
	if (!value_is_bare(w.value) && p->at == p->n)
		complete_kind_value(p->ip, &w);
	return link_read_option(p, o->set, &w, data, e);
}

struct present {
	const struct kind_options *o;
	void *data;
	bool found;
};

static int got_present(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct present *ret = arg;
	struct link l;
	int rc = link_decode(h, &l, e);

	if (rc < 0 || link_kind_find(link_kind(&l)) != ret->o->kind)
		return rc;
	ret->found = true;
	return attr_decode_ref(ret->o->set, link_info_data(&l), ret->data, e);
}

/* What the interface has, for kinds that a change tells the whole of. */
static int take_present(struct parser *p, const struct kind_options *o, void *data, struct err *e)
{
	const struct link_request *q = p->obj;
	struct link l = {.h.ifi_index = q->dev ? devices_index(p->values.devices, q->dev) : 0};
	struct present present = {o, data, false};
	struct nl_msg m;

	if (!p->ip->nl || !l.h.ifi_index)
		return 0; /* only parsing; or link_finish() says so */
	int rc = link_message(&m, RTM_GETLINK, 0, &l, e);
	if (rc >= 0)
		rc = ip_talk(p->ip, &m.h, got_present, &present, e);
	if (rc < 0 || present.found)
		return rc;
	return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL, "\"%s\" is not of type %s", q->dev,
		       o->type);
}

static int take_options(struct parser *p, struct kind_options *o, void *data, struct err *e)
{
	bool create = p->command->flags & NLM_F_CREATE;
	int rc = 0;

	if (!o->slave && create && o->kind->begin)
		o->kind->begin(data);
	else if (!o->slave && !create && o->kind->whole)
		rc = take_present(p, o, data, e);
	while (!rc && p->at < p->n) {
		p->at++;
		rc = take_option(p, o, data, e);
	}
	if (rc)
		return rc;
	if (p->ip->completion)
		return complete_kind(p->ip, o->type);
	p->ip->blame = -1;
	if (o->slave || !o->kind->finish)
		return 0;
	rc = o->kind->finish(data, create, e);
	if (rc < 0)
		p->ip->status = rc == -EINVAL ? STATUS_USAGE : STATUS_SYNTAX;
	return rc;
}

int link_take_type(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link_request *q = p->obj;
	struct kind_options o = {.given = 0};
	union {
		struct object o;
		char room[KIND_DATA_MAX];
	} u;
	struct nl_msg m;
	int rc = parse_next(p, &q->type, e);

	(void)k;
	if (!rc && p->ip->completion && p->at == p->n && p->command->type != RTM_DELLINK)
		return complete_kind(p->ip, q->type);
	/* Without options, nothing is said of them: the kernel's own defaults. */
	if (rc < 0 || p->at == p->n || p->command->type == RTM_DELLINK)
		return rc;
	if (!strcmp(q->type, "veth"))
		return take_peer(p, q, e);
	if (find_kind(p, q->type, &o) && !o.set && words_match("help", p->word[p->at])) {
		p->ip->help_kind = q->type;
		return ip_fail(p->ip, STATUS_SYNTAX, e, -ECANCELED, "help");
	}
	if (!o.set) {
		p->ip->blame = p->at;
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL, "no options of \"%s\" are known",
			       q->type);
	}
	memset(&u, 0, sizeof(u));
	rc = take_options(p, &o, &u, e);
	if (rc < 0 || !u.o.has)
		return rc;
	nl_msg_init(&m, 0, 0);
	uint32_t start = m.h.nlmsg_len;
	rc = attr_encode(o.set, &u, &m.h, sizeof(m.buf), e);
	q->data = link_scratch(p->ip, &m, start);
	return rc;
}

int link_help_finish(struct parser *p, struct err *e)
{
	const struct link_request *q = p->obj;
	struct kind_options o;

	if (!q->type || !find_kind(p, q->type, &o) || (o.slave && !o.set))
		return command_help(p, e);
	return 0;
}

static int take_kind(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	return parse_next(p, &((struct link_request *)p->obj)->type, e);
}

const struct keyword link_help_words[] = {
	{"=type", take_kind, LINK_INFO, KW_BARE | KW_ONCE, "KIND", 0},
	{0},
};

int link_help(struct parser *p, struct err *e)
{
	(void)e;
	help_kind(&p->ip->out, ((const struct link_request *)p->obj)->type);
	return 0;
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
