/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip tunnel: tunnels in the classic way of saying it, where the mode makes the kind.
 *
 *   ip tunnel add t0 mode gre remote A local B key 5  =  ip link add t0 type gre remote A ...
 *
 * iproute2 does this by ioctl() on the kinds' fallback interfaces (net/ipv4/ip_tunnel.c,
 * ip_tunnel_ctl()), one call for each tunnel. Here it is the requests of `ip link`, so that it can
 * be shown, batched and undone like them, and needs no fallback interface. Words are those of the
 * kinds (model/kind_tunnel*.c), read into the one struct that they share; which kind it is may be
 * known only at the end. Exit status is 1 where `ip link` has 2.
 */
#include "ip/tunnel.h"

#include "base/cleanup.h"
#include "ip/objects.h"
#include "ip/values.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_tunnel.h>
#include <linux/ip6_tunnel.h>
#include <stdio.h>
#include <string.h>

const struct tunnel_kind tunnel_kinds[] = {
	{"ipip", AF_INET, 0, false, "tunl0", NULL},
	{"gre", AF_INET, IPPROTO_GRE, true, "gre0", NULL},
	{"sit", AF_INET, 0, false, "sit0", NULL},
	{"vti", AF_INET, IPPROTO_IPIP, true, "ip_vti0", NULL},
	{"ip6tnl", AF_INET6, 0, false, "ip6tnl0", NULL},
	{"ip6gre", AF_INET6, IPPROTO_GRE, true, "ip6gre0", NULL},
	{"vti6", AF_INET6, IPPROTO_IPV6, true, "ip6_vti0", "ip6_vti%d"},
	{0},
};

enum { GRE, IPIP, SIT, ISATAP, VTI, IP6IP6, IPIP6, IP6GRE, VTI6, ANY };

static const struct mode {
	const char *words, *kind;
	uint8_t family, proto;
	bool isatap;
	const char *prefix; /* of a name that says the mode */
} modes[] = {
	[GRE] = {"=gre =gre/ip", "gre", AF_INET, IPPROTO_GRE, false, "gre"},
	[IPIP] = {"=ipip =ip/ip", "ipip", AF_INET, IPPROTO_IPIP, false, "ipip"},
	[SIT] = {"=sit =ipv6/ip", "sit", AF_INET, IPPROTO_IPV6, false, "sit"},
	[ISATAP] = {"=isatap", "sit", AF_INET, IPPROTO_IPV6, true, "isatap"},
	[VTI] = {"=vti", "vti", AF_INET, IPPROTO_IPIP, false, "vti"},
	[IP6IP6] = {"=ip6ip6 =ipv6/ipv6", "ip6tnl", AF_INET6, IPPROTO_IPV6, false, NULL},
	[IPIP6] = {"=ipip6 =ip4ip6 =ip/ipv6 =ipv4/ipv6", "ip6tnl", AF_INET6, IPPROTO_IPIP, false,
		   NULL},
	[IP6GRE] = {"=ip6gre =gre/ipv6", "ip6gre", AF_INET6, IPPROTO_GRE, false, NULL},
	[VTI6] = {"=vti6", "vti6", AF_INET6, IPPROTO_IPV6, false, NULL},
	[ANY] = {"=any =any/ipv6", "ip6tnl", AF_INET6, 0, false, NULL},
};

/* Over IPv6, if nothing is said. */
static const struct mode *const ip6ip6 = &modes[IP6IP6];

static const struct tunnel_kind *kind_find(const char *name)
{
	for (const struct tunnel_kind *k = tunnel_kinds; k->name; k++)
		if (!strcmp(k->name, name))
			return k;
	return NULL;
}

int tunnel_decode(const struct nlmsghdr *h, struct tunnel_link *ret, struct err *e)
{
	int rc = link_decode(h, &ret->l, e);

	if (rc < 0 || !has(&ret->l, LINK_NAME))
		return rc;
	ret->kind = kind_find(link_kind(&ret->l));
	if (!ret->kind)
		return 0;
	memset(&ret->t, 0, sizeof(ret->t));
	ret->t.remote.family = ret->t.local.family = ret->kind->family;
	rc = attr_decode_ref(link_kind_find(ret->kind->name)->data, link_info_data(&ret->l),
			     &ret->t, e);
	return rc < 0 ? rc : 1;
}

uint16_t tunnel_proto(const struct tunnel_link *l)
{
	return l->kind->proto ? l->kind->proto : l->t.proto;
}

bool tunnel_is_fallback(const struct tunnel_link *l)
{
	return !strcmp(l->l.name, l->kind->fallback);
}

int tunnel_ask(struct parser *p, const char *name, nl_fn *fn, void *arg, struct err *e)
{
	struct link l = {.h.ifi_index = devices_index(p->values.devices, name)};
	struct nl_msg m;

	p->ip->status = STATUS_SYNTAX;
	if (!l.h.ifi_index)
		return err_set(e, -ENODEV, "there is no interface \"%s\"", name);
	int rc = link_message(&m, RTM_GETLINK, 0, &l, e);
	return rc < 0 ? rc : ip_talk(p->ip, &m.h, fn, arg, e);
}

struct wanted {
	const struct tunnel_request *q;
	int ifindex;
};

static bool same_key(const struct tunnel_kind *k, const struct tunnel *a, const struct tunnel *b)
{
	bool flagged = k->proto == IPPROTO_GRE;

	if (!k->keyed)
		return true;
	if (flagged && (a->iflags ^ b->iflags) & GRE_KEY)
		return false;
	return (flagged && !(a->iflags & GRE_KEY)) || a->ikey == b->ikey;
}

static int is_wanted(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct wanted *w = arg;
	const struct tunnel *t = &w->q->t;
	struct tunnel_link l;
	int rc = tunnel_decode(h, &l, e);

	if (rc <= 0 || l.kind != w->q->kind || tunnel_is_fallback(&l))
		return rc < 0 ? rc : 0;
	if (!memcmp(l.t.remote.b, t->remote.b, sizeof(t->remote.b)) &&
	    !memcmp(l.t.local.b, t->local.b, sizeof(t->local.b)) && l.t.link == t->link &&
	    same_key(l.kind, &l.t, t))
		w->ifindex = l.l.h.ifi_index;
	return 0;
}

int tunnel_find(struct parser *p, int *ret, struct err *e)
{
	struct wanted w = {p->obj, 0};
	struct link l = {.has = 0};
	struct nl_msg m;
	int rc = link_message(&m, RTM_GETLINK, 0, &l, e);

	if (rc >= 0)
		rc = ip_dump(p->ip, &m.h, is_wanted, &w, e);
	*ret = w.ifindex;
	return rc;
}

/* A mode of IPv6 says the family as well as -6 does. */
static uint8_t family_of_mode(const struct parser *p)
{
	for (int i = 0; i + 1 < p->n; i++) {
		if (strcmp(p->word[i], "mode") != 0)
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(modes); k++)
			if (words_match(modes[k].words, p->word[i + 1]))
				return modes[k].family;
		break;
	}
	return AF_UNSPEC;
}

enum { HOP_LIMIT = 64 }; /* of a new tunnel over IPv6 */

/* What is told of each tunnel; what its kind does not have is left out by the kind's table. */
#define TOLD                                                                                       \
	(HAS(TUN_PROTO) | HAS(TUN_REMOTE) | HAS(TUN_LOCAL) | HAS(TUN_TTL) | HAS(TUN_TOS) |         \
	 HAS(TUN_PMTUDISC) | HAS(TUN_ENCAP_LIMIT) | HAS(TUN_FLOWINFO) | HAS(TUN_FLAGS) |           \
	 HAS(TUN_IKEY) | HAS(TUN_OKEY) | HAS(TUN_IFLAGS) | HAS(TUN_OFLAGS) | HAS(TUN_FWMARK))

static int begin(struct parser *p, struct err *e)
{
	struct tunnel_request *q = p->obj;
	struct tunnel *t = &q->t;

	q->family = p->ip->opt.family;
	if (family_of_mode(p) == AF_INET6)
		q->family = AF_INET6;
	if (q->family == AF_UNSPEC)
		q->family = AF_INET;
	if (q->family != AF_INET && q->family != AF_INET6)
		return ip_fail(p->ip, STATUS_USAGE, e, -EAFNOSUPPORT,
			       "tunnels are over IPv4 or IPv6");
	q->any_mode = true;
	t->remote.family = t->local.family = q->family;
	t->pmtudisc = 1;
	if (p->command->type != RTM_NEWLINK)
		return 0;
	t->has = TOLD;
	if (q->family == AF_INET6) {
		t->ttl = HOP_LIMIT;
		t->encap_limit = IPV6_DEFAULT_TNL_ENCAP_LIMIT;
	}
	return 0;
}

static void set_mode(struct tunnel_request *q, const struct mode *m)
{
	q->kind = kind_find(m->kind);
	q->t.proto = m->proto;
	q->any_mode = false;
	q->isatap |= m->isatap;
}

/* One may be said twice if both have the same inside, as with iproute2. */
static int take_mode(struct parser *p, const struct keyword *k, struct err *e)
{
	struct tunnel_request *q = p->obj;
	const char *word = NULL;
	int rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		const struct mode *m = &modes[i];
		if (m->family != q->family || !words_match(m->words, word) || !*word)
			continue;
		if (q->family == AF_INET && q->kind && q->t.proto && q->t.proto != m->proto)
			return parse_invalid(p, e, "a tunnel has one mode, this is another");
		if (q->ifindex && strcmp(q->kind->name, m->kind) != 0)
			return parse_invalid(p, e, "the mode of a tunnel cannot be changed");
		set_mode(q, m);
		return 0;
	}
	return parse_invalid(p, e, "\"%s\" is not a mode of tunnels over IPv%c", word,
			     q->family == AF_INET6 ? '6' : '4');
}

/* Has all words of the family. */
static const struct link_kind *words_of(uint8_t family)
{
	return link_kind_find(family == AF_INET6 ? "ip6gre" : "gre");
}

static bool is_word(const struct kind_word *w, void *arg)
{
	return words_match(w->words, arg);
}

static int take_option(struct parser *p, const struct keyword *k, struct err *e)
{
	struct tunnel_request *q = p->obj;
	const struct link_kind *kind = words_of(q->family);
	struct kind_word w;
	char word[32];

	if (!kind_find_word(kind, false, is_word,
			    (void *)(uintptr_t)words_first(k->words, word, 32), &w))
		return parse_invalid(p, e, "\"%s\" is not of tunnels over IPv%c", word,
				     q->family == AF_INET6 ? '6' : '4');
	int rc = link_read_option(p, kind->data, &w, &q->t, e);
	if (!rc)
		p->ip->blame = -1;
	return rc;
}

static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	struct tunnel *t = p->obj;
	int ifindex = 0, rc = parse_dev(p, &ifindex, e);

	(void)k;
	t->link = (uint32_t)ifindex;
	set_has(t, TUN_LINK);
	return rc;
}

/* "inherit/0x10": of what is inside, and these bits besides. */
static int take_tos(struct parser *p, const struct keyword *k, struct err *e)
{
	static const char inherit[] = "inherit/";
	struct tunnel_request *q = p->obj;
	const char *word = parse_peek(p);

	if (q->family != AF_INET || !word || strncmp(word, inherit, sizeof(inherit) - 1) != 0)
		return take_option(p, k, e);
	p->at++;
	if (value_dsfield_parse(&p->values, word + sizeof(inherit) - 1, &gre_attrs.row[TUN_TOS],
				TUN_TOS, &q->t, NULL) < 0)
		return parse_invalid(p, e, "\"%s\" is not a TOS", word);
	q->t.tos |= 1;
	return 0;
}

static int keep_present(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct tunnel_request *q = arg;
	struct tunnel_link l;
	int rc = tunnel_decode(h, &l, e);

	if (rc < 0)
		return rc;
	if (!rc || l.kind->family != q->family)
		return err_set(e, -EOPNOTSUPP, "it is not a tunnel over IPv%c",
			       q->family == AF_INET6 ? '6' : '4');
	q->t = l.t;
	q->t.has |= TOLD;
	if (!has(&l.t, TUN_PMTUDISC)) /* not every kind has it */
		q->t.pmtudisc = 1;
	q->t.proto = (uint8_t)tunnel_proto(&l);
	q->t.fwmark = 0; /* the classic way knows none */
	q->t.has &= ~(HAS(TUN_EXTERNAL) | HAS(TUN_ENCAP_TYPE) | HAS(TUN_ENCAP_FLAGS) |
		      HAS(TUN_ENCAP_SPORT) | HAS(TUN_ENCAP_DPORT) | HAS(TUN_ERSPAN_VER));
	q->kind = l.kind;
	q->any_mode = false;
	q->ifindex = l.l.h.ifi_index;
	return 0;
}

/* A change whose first word is the name begins with what the tunnel has. */
static int take_name(struct parser *p, const struct keyword *k, struct err *e)
{
	struct tunnel_request *q = p->obj;
	bool first = p->at == !strcmp(p->word[0], "name");
	const char *word = NULL;
	int rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0)
		return rc;
	if (q->name)
		return parse_invalid(p, e, "\"%s\" is one too many, the name is \"%s\"", word,
				     q->name);
	if (!link_is_name(word, IFNAMSIZ))
		return parse_invalid(p, e, "\"%s\" cannot be the name of an interface", word);
	q->name = word;
	if (!first || p->command->type != RTM_NEWLINK || p->command->flags & NLM_F_CREATE ||
	    !p->ip->nl)
		return 0;
	rc = tunnel_ask(p, word, keep_present, q, e);
	if (rc < 0)
		p->ip->blame = p->at - 1;
	return rc;
}

static const struct keyword tunnel_words[] = {
	{"=mode", take_mode, LINK_INFO, 0,
	 "{ gre | ipip | sit | isatap | vti | ip6ip6 | ipip6 | ip6gre | vti6 | any }", 0},
	{"=remote", take_option, LINK_INFO, 0, "{ ADDRESS | any }", 0},
	{"=local", take_option, LINK_INFO, 0, "{ ADDRESS | any }", 0},
	{"=dev", take_dev, LINK_INFO, 0, "DEVICE", 0},
	{"=ttl =hoplimit =hlim", take_option, LINK_INFO, 0, "{ NUMBER | inherit }", 0},
	{"=tos =tclass =tc dsfield", take_tos, LINK_INFO, 0, "{ TOS | inherit | inherit/TOS }", 0},
	{"=key", take_option, LINK_INFO, 0, "KEY", 0},
	{"=ikey", take_option, LINK_INFO, 0, "KEY", 0},
	{"=okey", take_option, LINK_INFO, 0, "KEY", 0},
	{"=seq", take_option, LINK_INFO, 0, NULL, 0},
	{"=iseq", take_option, LINK_INFO, 0, NULL, 0},
	{"=oseq", take_option, LINK_INFO, 0, NULL, 0},
	{"=csum", take_option, LINK_INFO, 0, NULL, 0},
	{"=icsum", take_option, LINK_INFO, 0, NULL, 0},
	{"=ocsum", take_option, LINK_INFO, 0, NULL, 0},
	{"=pmtudisc", take_option, LINK_INFO, 0, NULL, 0},
	{"=nopmtudisc", take_option, LINK_INFO, 0, NULL, 0},
	{"=encaplimit", take_option, LINK_INFO, 0, "{ NUMBER | none }", 0},
	{"=flowlabel =fl", take_option, LINK_INFO, 0, "{ HEX | inherit }", 0},
	{"=dscp", take_option, LINK_INFO, 0, "inherit", 0},
	{"=allow-localremote", take_option, LINK_INFO, 0, NULL, 0},
	{"=noallow-localremote", take_option, LINK_INFO, 0, NULL, 0},
	{"=name", take_name, LINK_NAME, KW_BARE, "NAME", 0},
	{0},
};

static void guess_mode(struct tunnel_request *q)
{
	for (size_t i = 0; q->any_mode && q->name && i < ARRAY_SIZE(modes); i++)
		if (modes[i].family == q->family && modes[i].prefix &&
		    !strncmp(q->name, modes[i].prefix, strlen(modes[i].prefix)))
			set_mode(q, &modes[i]);
}

static int fail(struct parser *p, struct err *e, const char *what)
{
	return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL, "%s", what);
}

/* To a group of hosts: the group is the key, if none was given. */
static int finish_group(struct parser *p, struct tunnel *t, struct err *e)
{
	uint32_t group;

	if (!ip_addr_is_multicast(&t->remote))
		return 0;
	memcpy(&group, t->remote.b, sizeof(group));
	if (!t->ikey) {
		t->ikey = ntohl(group);
		t->iflags |= GRE_KEY;
	}
	if (!t->okey) {
		t->okey = ntohl(group);
		t->oflags |= GRE_KEY;
	}
	return ip_addr_is_any(&t->local) ? fail(p, e, "a tunnel to a group needs \"local\"") : 0;
}

static int finish(struct parser *p, struct err *e)
{
	struct tunnel_request *q = p->obj;
	struct tunnel *t = &q->t;

	guess_mode(q);
	if (q->isatap) {
		t->sit_flags |= SIT_ISATAP;
		set_has(t, TUN_FLAGS);
	}
	if (q->family == AF_INET6)
		return 0;
	if ((t->iflags | t->oflags) & GRE_KEY && !(q->kind && q->kind->keyed))
		return fail(p, e, "keys are of the modes gre and vti");
	return finish_group(p, t, e);
}

static int finish_modify(struct parser *p, struct err *e)
{
	struct tunnel_request *q = p->obj;
	int rc = finish(p, e);

	if (rc < 0)
		return rc;
	if (q->family == AF_INET && q->t.ttl && !q->t.pmtudisc)
		return fail(p, e, "a ttl and \"nopmtudisc\" do not go together");
	if (!q->kind && q->family == AF_INET)
		return fail(p, e,
			    "which mode? \"mode gre\" (or ipip, sit, isatap, vti) is missing");
	if (!q->kind)
		set_mode(q, ip6ip6);
	return 0;
}

/* The interface that a change or deletion is of; its words find it if it has no name. */
static int find_target(struct parser *p, int *ret, struct err *e)
{
	const struct tunnel_request *q = p->obj;

	*ret = 0;
	if (q->name) {
		*ret = devices_index(p->values.devices, q->name);
		return *ret ? 0 : err_set(e, -ENODEV, "there is no interface \"%s\"", q->name);
	}
	int rc = q->kind ? tunnel_find(p, ret, e) : 0;
	return rc < 0 || *ret ? rc : err_set(e, -ENOENT, "there is no such tunnel");
}

static int talk(struct parser *p, struct nl_msg *m, struct err *e)
{
	int rc = parser_talk(p, m, NULL, NULL, e);

	if (rc < 0)
		p->ip->status = STATUS_SYNTAX;
	return rc;
}

/* RTM_NEWLINK of the interface `l`: with its name or its index, to which the kind is added here. */
static int put_tunnel(struct parser *p, struct link *l, struct nl_msg *m, struct err *e)
{
	struct tunnel_request *q = p->obj;
	const struct link_kind *kind = link_kind_find(q->kind->name);
	struct nl_msg info;
	int rc = kind->finish(&q->t, p->command->flags & NLM_F_CREATE, e);

	if (rc < 0)
		return rc;
	nl_msg_init(&info, 0, 0);
	uint32_t start = info.h.nlmsg_len;
	mnl_attr_put_strz(&info.h, IFLA_INFO_KIND, kind->name);
	struct nlattr *data = mnl_attr_nest_start(&info.h, IFLA_INFO_DATA);
	rc = attr_encode(kind->data, &q->t, &info.h, sizeof(info.buf), e);
	mnl_attr_nest_end(&info.h, data);
	l->info = link_scratch(p->ip, &info, start);
	set_has(l, LINK_INFO);
	return rc < 0 ? rc : link_message(m, RTM_NEWLINK, p->command->flags, l, e);
}

int tunnel_add_message(struct parser *p, struct nl_msg *m, struct err *e)
{
	const struct tunnel_request *q = p->obj;
	const char *name = q->name ? q->name : q->kind->names;
	struct link l = {.has = 0};

	if (name) {
		snprintf(l.name, sizeof(l.name), "%s", name);
		set_has(&l, LINK_NAME);
	}
	return put_tunnel(p, &l, m, e);
}

static int run_add(struct parser *p, struct err *e)
{
	struct nl_msg m;

	p->ip->status = STATUS_SYNTAX;
	int rc = tunnel_add_message(p, &m, e);
	return rc < 0 ? rc : talk(p, &m, e);
}

static int run_change(struct parser *p, struct err *e)
{
	struct link l = {.has = 0};
	struct nl_msg m;

	p->ip->status = STATUS_SYNTAX;
	int rc = find_target(p, &l.h.ifi_index, e);
	if (rc >= 0)
		rc = put_tunnel(p, &l, &m, e);
	return rc < 0 ? rc : talk(p, &m, e);
}

/* The kernel passes over a request to delete a fallback interface. */
static int check_deletable(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct tunnel_link l;
	int rc = tunnel_decode(h, &l, e);

	(void)arg;
	if (rc < 0)
		return rc;
	if (!rc)
		return err_set(e, -EOPNOTSUPP, "it is not a tunnel");
	if (tunnel_is_fallback(&l))
		return err_set(e, -EPERM, "\"%s\" stays: it gets what no tunnel of type %s takes",
			       l.l.name, l.kind->name);
	return 0;
}

static int run_delete(struct parser *p, struct err *e)
{
	struct tunnel_request *q = p->obj;
	struct link l = {.has = 0};
	struct nl_msg m;

	if (!q->kind && !q->name && q->family == AF_INET6)
		set_mode(q, ip6ip6);
	p->ip->status = STATUS_SYNTAX;
	int rc = q->name ? tunnel_ask(p, q->name, check_deletable, NULL, e) : 0;
	if (rc >= 0)
		rc = find_target(p, &l.h.ifi_index, e);
	if (rc >= 0)
		rc = link_message(&m, RTM_DELLINK, 0, &l, e);
	return rc < 0 ? rc : talk(p, &m, e);
}

#define TUNNEL(words, what, finish, run, type, flags)                                              \
	{                                                                                          \
		words, what, &link_attrs, sizeof(struct tunnel_request), tunnel_words, begin,      \
			finish, run, type, flags, NULL                                             \
	}
const struct command tunnel_commands[] = {
	TUNNEL("show lst list", "shows tunnels", finish, tunnel_show, RTM_GETLINK, 0),
	TUNNEL("add", "adds a tunnel", finish_modify, run_add, RTM_NEWLINK,
	       NLM_F_CREATE | NLM_F_EXCL),
	TUNNEL("change", "changes a tunnel", finish_modify, run_change, RTM_NEWLINK, 0),
	TUNNEL("delete", "deletes a tunnel", finish, run_delete, RTM_DELLINK, 0),
	{"prl", "changes the list of routers of an ISATAP tunnel", NULL, sizeof(struct sit_request),
	 prl_words, NULL, sit_finish, sit_run, 0, 0, NULL},
	{"6rd", "changes the prefixes that a sit tunnel maps", NULL, sizeof(struct sit_request),
	 sixrd_words, NULL, sit_finish, sit_run, 0, 0, NULL},
	{0},
};
