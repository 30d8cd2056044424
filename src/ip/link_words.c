/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of ip link add, set and delete. The interface may be named before, between or behind
 * the words that change it, with "dev" or without.
 */
#include "ip/link.h"
#include "ip/netns.h"
#include "ip/values.h"
#include "ip/vrf.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <string.h>
#include <unistd.h>

bool link_is_name(const char *s, size_t max)
{
	return *s && strlen(s) < max && !strpbrk(s, "/ \t\n\v\f\r") && strcmp(s, ".") != 0 &&
	       strcmp(s, "..") != 0;
}

int link_begin(struct parser *p, struct err *e)
{
	struct link_request *q = p->obj;

	(void)e;
	q->l.h.ifi_family = p->ip->opt.family;
	return 0;
}

static int take_flag(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link *l = p->obj;
	bool up = !strcmp(p->word[p->at - 1], "up");

	(void)e;
	l->h.ifi_change |= k->num;
	l->h.ifi_flags = up ? l->h.ifi_flags | k->num : l->h.ifi_flags & ~k->num;
	return 0;
}

#define INVERSE 0x80000000u /* "on" clears the flag */

static int take_flag_on_off(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link *l = p->obj;
	uint32_t bit = k->num & ~INVERSE;
	bool on;
	int rc = parse_on_off(p, true, &on, e);

	if (rc < 0)
		return rc;
	if (k->num & INVERSE)
		on = !on;
	l->h.ifi_change |= bit;
	l->h.ifi_flags = on ? l->h.ifi_flags | bit : l->h.ifi_flags & ~bit;
	return 0;
}

/* A member that is 0 or 1. */
static int take_on_off(struct parser *p, const struct keyword *k, struct err *e)
{
	bool on = false;
	int rc = parse_on_off(p, false, &on, e);

	value_set_member(&p->set->row[k->field], p->obj, on);
	set_has((struct link *)p->obj, k->field);
	return rc;
}

static int take_name(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link_request *q = p->obj;
	int rc = parse_next(p, &q->name, e);

	(void)k;
	if (rc < 0)
		return rc;
	if (!link_is_name(q->name, IFNAMSIZ))
		return parse_invalid(p, e, "\"%s\" cannot be the name of an interface", q->name);
	if (!q->dev)
		q->dev = q->name;
	return 0;
}

/* An alternative name, which may be longer, is as good. */
static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link_request *q = p->obj;
	const char *word;
	int rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0)
		return rc;
	if (q->dev && q->dev != q->name)
		return parse_invalid(p, e, "\"%s\" is one too many, the interface is \"%s\"", word,
				     q->dev);
	if (!link_is_name(word, sizeof(q->l.alt_name)))
		return parse_invalid(p, e, "\"%s\" cannot be the name of an interface", word);
	q->dev = word;
	return 0;
}

static int take_index(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link_request *q = p->obj;
	uint64_t v = 0;
	int rc = parse_number(p, INT32_MAX, &v, e);

	(void)k;
	if (!rc && !v)
		return parse_invalid(p, e, "0 is no index");
	q->index = (uint32_t)v;
	return rc;
}

static int take_lower(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	return parse_next(p, &((struct link_request *)p->obj)->lower, e);
}

static int take_lladdr(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link_request *q = p->obj;
	bool broadcast = k->field == LINK_BROADCAST;
	const char *word;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	if (!lladdr_parse(word, broadcast ? &q->l.broadcast : &q->l.address)) {
		p->ip->blame = p->at - 1;
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
			       "\"%s\" is not a link-layer address", word);
	}
	if (!broadcast)
		q->lladdr_len = q->l.address.len;
	set_has(&q->l, k->field);
	return 0;
}

static int take_left_out(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	return parse_invalid(p, e, "\"%s\" is not supported by multihome-ip", p->word[p->at - 1]);
}

static int take_netns(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	return parse_next(p, &((struct link_request *)p->obj)->netns, e);
}

static int take_master(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link *l = p->obj;
	int ifindex;
	int rc = parse_dev(p, &ifindex, e);

	(void)k;
	if (rc < 0) {
		p->ip->status = STATUS_USAGE;
		return rc;
	}
	l->master = (uint32_t)ifindex;
	set_has(l, LINK_MASTER);
	return 0;
}

static int take_vrf(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link *l = p->obj;
	uint32_t table;
	int ifindex;
	int rc = parse_vrf(p, &ifindex, &table, e);

	(void)k;
	if (rc < 0)
		return rc;
	l->master = (uint32_t)ifindex;
	set_has(l, LINK_MASTER);
	return 0;
}

static int take_nomaster(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link *l = p->obj;

	(void)k;
	(void)e;
	l->master = 0;
	set_has(l, LINK_MASTER);
	return 0;
}

static int take_group(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link_request *q = p->obj;

	q->group_given = true;
	return parse_field(p, k->field, NULL, e);
}

static int take_alias(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link *l = p->obj;
	const char *word;
	int rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0)
		return rc;
	if (strlen(word) >= IFALIASZ)
		return parse_invalid(p, e, "an alias has at most %d bytes", IFALIASZ - 1);
	l->alias = (struct nl_ref){word, (uint16_t)strlen(word)};
	set_has(l, LINK_ALIAS);
	return 0;
}

/* One of a list of names; its place is the value. */
static int parse_choice(struct parser *p, const char *const *names, unsigned n, bool anycase,
			unsigned *ret, struct err *e)
{
	const char *word;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	for (unsigned i = 0; i < n; i++)
		if (!(anycase ? strcasecmp(names[i], word) : strcmp(names[i], word))) {
			*ret = i;
			return 0;
		}
	return parse_invalid(p, e, "\"%s\" is not known here", word);
}

static int take_mode(struct parser *p, const struct keyword *k, struct err *e)
{
	static const char *const names[] = {"DEFAULT", "DORMANT"};
	struct link *l = p->obj;
	unsigned v = 0;
	int rc = parse_choice(p, names, 2, true, &v, e);

	(void)k;
	l->linkmode = (uint8_t)v;
	set_has(l, LINK_MODE);
	return rc;
}

static int take_state(struct parser *p, const struct keyword *k, struct err *e)
{
	static const char *const names[] = {"UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN",
					    "TESTING", "DORMANT",    "UP"};
	struct link *l = p->obj;
	unsigned v = 0;
	int rc = parse_choice(p, names, 7, true, &v, e);

	(void)k;
	l->operstate = (uint8_t)v;
	set_has(l, LINK_OPERSTATE);
	return rc;
}

struct nl_ref link_scratch(struct ip *ip, const struct nl_msg *m, uint32_t start)
{
	uint32_t len = m->h.nlmsg_len - start;

	return (struct nl_ref){arena_dup(&ip->arena, m->buf + start, len), (uint16_t)len};
}

static int take_addrgenmode(struct parser *p, const struct keyword *k, struct err *e)
{
	static const char *const names[] = {"eui64", "none", "stable_secret", "random"};
	struct link *l = p->obj;
	struct nl_msg m;
	unsigned v = 0;
	int rc = parse_choice(p, names, 4, true, &v, e);

	(void)k;
	if (rc < 0)
		return rc;
	nl_msg_init(&m, 0, 0);
	uint32_t start = m.h.nlmsg_len;
	struct nlattr *inet6 = mnl_attr_nest_start(&m.h, AF_INET6);
	mnl_attr_put_u8(&m.h, IFLA_INET6_ADDR_GEN_MODE, (uint8_t)v);
	mnl_attr_nest_end(&m.h, inet6);
	l->af_spec = link_scratch(p->ip, &m, start);
	set_has(l, LINK_AF_SPEC);
	return 0;
}

/* Reason on|off: one of 32 bits. */
static int take_reason(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link *l = p->obj;
	struct nl_msg m;
	uint64_t bit = 0;
	bool on = false;
	int rc = parse_number(p, 31, &bit, e);

	(void)k;
	if (!rc)
		rc = parse_on_off(p, false, &on, e);
	if (rc < 0)
		return rc;
	nl_msg_init(&m, 0, 0);
	uint32_t start = m.h.nlmsg_len;
	mnl_attr_put_u32(&m.h, IFLA_PROTO_DOWN_REASON_MASK, 1u << bit);
	mnl_attr_put_u32(&m.h, IFLA_PROTO_DOWN_REASON_VALUE, on ? 1u << bit : 0);
	l->proto_down_reason = link_scratch(p->ip, &m, start);
	set_has(l, LINK_PROTO_DOWN_REASON);
	return 0;
}

/* The namespace that the other end is in, or the interface below: by its name. */
static int take_link_netns(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link *l = p->obj;
	const char *word;
	int id = -1, rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0)
		return rc;
	if (p->ip->nl && (netns_id(p->ip, word, &id) < 0 || id < 0))
		return parse_invalid(p, e,
				     "\"%s\" is no network namespace that has a number here "
				     "(\"ip netns set\")",
				     word);
	l->link_netnsid = (uint32_t)id;
	set_has(l, LINK_NETNSID);
	return 0;
}

#define ON_OFF "{ on | off }"
const struct keyword link_words[] = {
	{"=up =down", take_flag, LINK_EVENT, 0, NULL, IFF_UP},
	{"=name", take_name, LINK_NAME, KW_ONCE, "NAME", 0},
	{"=index", take_index, LINK_EVENT, KW_ONCE, "NUMBER", 0},
	{"link", take_lower, LINK_LINK, 0, "DEVICE", 0},
	{"address", take_lladdr, LINK_ADDRESS, 0, "LLADDR", 0},
	{"broadcast =brd", take_lladdr, LINK_BROADCAST, 0, "LLADDR", 0},
	{"txqueuelen =qlen txqlen", NULL, LINK_TXQLEN, KW_ONCE, "PACKETS", 0},
	{"=mtu", NULL, LINK_MTU, KW_ONCE, "BYTES", 0},
	{"=netns", take_netns, LINK_NET_NS_FD, KW_ONCE, "{ PID | NETNS }", 0},
	{"=multicast", take_flag_on_off, LINK_EVENT, 0, ON_OFF, IFF_MULTICAST},
	{"=allmulticast", take_flag_on_off, LINK_EVENT, 0, ON_OFF, IFF_ALLMULTI},
	{"=promisc", take_flag_on_off, LINK_EVENT, 0, ON_OFF, IFF_PROMISC},
	{"=trailers", take_flag_on_off, LINK_EVENT, 0, ON_OFF, INVERSE | IFF_NOTRAILERS},
	{"=arp", take_flag_on_off, LINK_EVENT, 0, ON_OFF, INVERSE | IFF_NOARP},
	{"=carrier", take_on_off, LINK_CARRIER, 0, ON_OFF, 0},
	{"master", take_master, LINK_MASTER, 0, "DEVICE", 0},
	{"=vrf", take_vrf, LINK_MASTER, 0, "NAME", 0},
	{"nomaster", take_nomaster, LINK_MASTER, 0, NULL, 0},
	{"dynamic", take_flag_on_off, LINK_EVENT, 0, ON_OFF, IFF_DYNAMIC},
	{"type", link_take_type, LINK_INFO, 0, "KIND [OPTIONS]", 0},
	{"alias", take_alias, LINK_ALIAS, 0, "TEXT", 0},
	{"=group", take_group, LINK_GROUP, KW_ONCE, NULL, 0},
	{"=mode", take_mode, LINK_MODE, 0, "{ default | dormant }", 0},
	{"=state", take_state, LINK_OPERSTATE, 0, "STATE", 0},
	{"numtxqueues", NULL, LINK_NUM_TX_QUEUES, KW_ONCE, NULL, 0},
	{"numrxqueues", NULL, LINK_NUM_RX_QUEUES, KW_ONCE, NULL, 0},
	{"addrgenmode", take_addrgenmode, LINK_AF_SPEC, 0,
	 "{ eui64 | none | stable_secret | random }", 0},
	{"=link-netns", take_link_netns, LINK_NETNSID, KW_ONCE, "NETNS", 0},
	{"link-netnsid", NULL, LINK_NETNSID, KW_ONCE, NULL, 0},
	{"=parentdev", NULL, LINK_PARENT_DEV_NAME, KW_ONCE, "NAME", 0},
	{"=protodown_reason", take_reason, LINK_PROTO_DOWN_REASON, 0, "NUMBER { on | off }", 0},
	{"=protodown", take_on_off, LINK_PROTO_DOWN, 0, ON_OFF, 0},
	{"=gso_max_size", NULL, LINK_GSO_MAX_SIZE, 0, NULL, 0},
	{"=gso_max_segs", NULL, LINK_GSO_MAX_SEGS, 0, NULL, 0},
	{"=gro_max_size", NULL, LINK_GRO_MAX_SIZE, 0, NULL, 0},
	{"=gso_ipv4_max_size", NULL, LINK_GSO_IPV4_MAX_SIZE, 0, NULL, 0},
	{"=gro_ipv4_max_size", NULL, LINK_GRO_IPV4_MAX_SIZE, 0, NULL, 0},
	{"=vf", take_left_out, LINK_EVENT, KW_HIDDEN, NULL, 0},
	{"=xdp =xdpgeneric =xdpdrv =xdpoffload", take_left_out, LINK_EVENT, KW_HIDDEN, NULL, 0},
	{"=dev", take_dev, LINK_ALT_NAME, KW_BARE, "DEVICE", 0},
	{0},
};

static int finish_new(struct parser *p, struct link_request *q, struct err *e)
{
	if (q->name && q->dev && strcmp(q->name, q->dev) != 0)
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL,
			       "a new interface has one name, not both \"%s\" and \"%s\"", q->dev,
			       q->name);
	if (!q->type)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
			       "which kind of interface? \"type KIND\" is missing");
	if (!q->name)
		q->name = q->dev;
	q->l.h.ifi_index = (int)q->index;
	return 0;
}

static int finish_existing(struct parser *p, struct link_request *q, struct err *e)
{
	if (q->index)
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL,
			       "an index can be chosen only for a new interface");
	if (!q->dev && q->group_given)
		return 0; /* all of the group */
	if (!q->dev)
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL,
			       "the interface is missing (\"dev eth0\")");
	q->l.h.ifi_index = devices_index(p->values.devices, q->dev);
	if (!q->l.h.ifi_index)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -ENODEV, "there is no interface \"%s\"",
			       q->dev);
	if (q->name == q->dev)
		q->name = NULL; /* not renamed */
	return 0;
}

int link_finish(struct parser *p, struct err *e)
{
	struct link_request *q = p->obj;
	bool create = p->command->flags & NLM_F_CREATE;
	int rc = create ? finish_new(p, q, e) : finish_existing(p, q, e);

	if (rc < 0)
		return rc;
	if (q->name) {
		memcpy(q->l.name, q->name, strlen(q->name) + 1);
		set_has(&q->l, LINK_NAME);
	}
	if (q->lower && create) {
		q->l.link = (uint32_t)devices_index(p->values.devices, q->lower);
		if (!q->l.link)
			return ip_fail(p->ip, STATUS_SYNTAX, e, -ENODEV,
				       "there is no interface \"%s\"", q->lower);
		set_has(&q->l, LINK_LINK);
	}
	link_put_info(p, q);
	return 0;
}

/* The namespace to move to: by its name, else a process's. */
static int open_netns(struct parser *p, struct link_request *q, struct err *e)
{
	uint64_t pid;

	if (!q->netns)
		return -1;
	int fd = netns_fd(q->netns, e);
	if (fd >= 0) {
		q->l.net_ns_fd = (uint32_t)fd;
		set_has(&q->l, LINK_NET_NS_FD);
		return fd;
	}
	if (value_read_number(q->netns, INT32_MAX, &pid)) {
		q->l.net_ns_pid = (uint32_t)pid;
		set_has(&q->l, LINK_NET_NS_PID);
		*e = ERR_INIT;
		return -1;
	}
	if (p->ip->opt.dry_run && p->ip->opt.batch) { /* a line before may have made it */
		*e = ERR_INIT;
		return -1;
	}
	p->ip->status = STATUS_USAGE;
	return fd;
}

static int keep_length(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct link l;
	int rc = link_decode(h, &l, e);

	if (!rc && has(&l, LINK_ADDRESS))
		*(int *)arg = l.address.len;
	return rc;
}

/* The kernel would cut a longer one without a word. */
static int check_lladdr(struct parser *p, const struct link_request *q, struct err *e)
{
	struct link l = {.h.ifi_index = q->l.h.ifi_index};
	struct nl_msg m;
	int length = -1;

	if (!q->lladdr_len || !l.h.ifi_index || p->command->flags & NLM_F_CREATE)
		return 0;
	int rc = link_message(&m, RTM_GETLINK, 0, &l, e);
	if (rc >= 0)
		rc = ip_talk(p->ip, &m.h, keep_length, &length, e);
	if (rc < 0 || length < 0 || length == q->lladdr_len)
		return rc < 0 ? rc : 0;
	p->ip->blame = p->word_of[LINK_ADDRESS];
	return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
		       "a link-layer address of \"%s\" has %d bytes, not %u", q->dev, length,
		       q->lladdr_len);
}

int link_run(struct parser *p, struct err *e)
{
	struct link_request *q = p->obj;
	struct nl_msg m;
	int rc = check_lladdr(p, q, e);

	if (rc < 0)
		return rc;
	int fd = open_netns(p, q, e), peer_fd = -1;
	if (!e->code && q->peer) {
		peer_fd = open_netns(p, q->peer, e);
		link_put_info(p, q); /* with the peer's namespace in it */
	}
	rc = e->code;
	if (!rc)
		rc = link_message(&m, p->command->type, p->command->flags, &q->l, e);
	if (rc >= 0)
		rc = parser_talk(p, &m, NULL, NULL, e);
	if (fd >= 0)
		close(fd);
	if (peer_fd >= 0)
		close(peer_fd);
	return rc;
}
