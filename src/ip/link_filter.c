/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which interfaces, and which addresses of them, show and flush mean. `ip link` and `ip address`
 * take the same words.
 */
#include "ip/link.h"
#include "ip/values.h"
#include "ip/vrf.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

int link_filter_begin(struct parser *p, struct err *e)
{
	struct link_filter *f = p->obj;

	f->links = p->set == &link_attrs;
	f->family = f->links ? AF_PACKET : p->ip->opt.family;
	f->group = f->master = f->scope = f->proto = -1;
	if (p->command->type == RTM_DELADDR && !p->n)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL,
			       "flush requires arguments (\"ip address flush dev eth0\")");
	return 0;
}

static int take_to(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link_filter *f = p->obj;
	struct prefix_arg a;
	int rc = parse_prefix(p, f->family, &a, e);

	(void)k;
	if (rc < 0)
		return rc;
	if (f->links)
		return parse_invalid(p, e, "interfaces have no IP address of their own");
	f->to_given = true;
	f->to = a.prefix;
	if (f->family == AF_UNSPEC)
		f->family = a.prefix.addr.family;
	return 0;
}

static int take_scope(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link_filter *f = p->obj;
	const char *word = parse_peek(p);
	uint32_t v;

	(void)k;
	if (word && !strcmp(word, "all") &&
	    !names_find(p->values.names, NAMES_RT_SCOPES, word, &v)) {
		p->at++;
		f->scope = -1;
		return 0;
	}
	int rc = parse_name(p, NAMES_RT_SCOPES, UINT8_MAX, &v, e);
	f->scope = (int)v;
	return rc;
}

static int take_up(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link_filter *f = p->obj;

	(void)k;
	(void)e;
	f->up = true;
	return 0;
}

static int take_label(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	return parse_next(p, &((struct link_filter *)p->obj)->label, e);
}

static int take_group(struct parser *p, const struct keyword *k, struct err *e)
{
	uint32_t v = 0;
	int rc = parse_name(p, NAMES_GROUP, INT32_MAX, &v, e);

	(void)k;
	((struct link_filter *)p->obj)->group = v;
	return rc;
}

static int take_master(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link_filter *f = p->obj;
	int ifindex;
	int rc = parse_dev(p, &ifindex, e);

	(void)k;
	if (rc < 0) {
		if (rc == -ENODEV)
			p->ip->status = STATUS_USAGE;
		return rc;
	}
	f->master = ifindex;
	return 0;
}

static int take_vrf(struct parser *p, const struct keyword *k, struct err *e)
{
	uint32_t table;
	int ifindex;
	int rc = parse_vrf(p, &ifindex, &table, e);

	(void)k;
	if (!rc)
		((struct link_filter *)p->obj)->master = ifindex;
	return rc;
}

static int take_nomaster(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	(void)e;
	((struct link_filter *)p->obj)->master = 0;
	return 0;
}

static int take_type(struct parser *p, const struct keyword *k, struct err *e)
{
	static const char suffix[] = "_slave";
	struct link_filter *f = p->obj;
	const char *word;
	int rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0)
		return rc;
	size_t n = strlen(word), s = strlen(suffix);
	if (n >= s && !strcmp(word + n - s, suffix))
		f->slave_kind = arena_strndup(&p->ip->arena, word, n - s);
	else
		f->kind = word;
	return 0;
}

/* "tentative", "-tentative", ... */
static int take_flag(struct parser *p, const struct keyword *k, struct err *e)
{
	struct link_filter *f = p->obj;
	const char *word = p->word[p->at - 1];

	(void)k;
	(void)e;
	uint32_t bit = k->num;
	bool set = *word != '-';
	word += !set;
	/* What is said in opposites. */
	if (!strcmp(word, "dynamic") || !strcmp(word, "primary"))
		set = !set;
	f->flag_mask |= bit;
	f->flags = set ? f->flags | bit : f->flags & ~bit;
	return 0;
}

static int take_proto(struct parser *p, const struct keyword *k, struct err *e)
{
	uint64_t v = 0;
	int rc = parse_number(p, UINT8_MAX, &v, e);

	(void)k;
	((struct link_filter *)p->obj)->proto = (int)v;
	return rc;
}

static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	return parse_next(p, &((struct link_filter *)p->obj)->dev, e);
}

#define FLAG(words, bit)                                                                           \
	{                                                                                          \
		words, take_flag, 0, 0, NULL, bit                                                  \
	}
const struct keyword link_filter_words[] = {
	{"=to", take_to, 0, 0, "PREFIX", 0},
	{"=scope", take_scope, 0, 0, "{ SCOPE | all }", 0},
	{"=up", take_up, 0, 0, NULL, 0},
	FLAG("=dynamic =-dynamic =permanent =-permanent", IFA_F_PERMANENT),
	FLAG("=secondary =-secondary =primary =-primary =temporary =-temporary", IFA_F_SECONDARY),
	FLAG("=tentative =-tentative", IFA_F_TENTATIVE),
	FLAG("=deprecated =-deprecated", IFA_F_DEPRECATED),
	FLAG("=home =-home", IFA_F_HOMEADDRESS),
	FLAG("=nodad =-nodad", IFA_F_NODAD),
	FLAG("=mngtmpaddr =-mngtmpaddr", IFA_F_MANAGETEMPADDR),
	FLAG("=noprefixroute =-noprefixroute", IFA_F_NOPREFIXROUTE),
	FLAG("=autojoin =-autojoin", IFA_F_MCAUTOJOIN),
	FLAG("=dadfailed =-dadfailed", IFA_F_DADFAILED),
	FLAG("=optimistic =-optimistic", IFA_F_OPTIMISTIC),
	FLAG("=stable-privacy =-stable-privacy", IFA_F_STABLE_PRIVACY),
	{"=label", take_label, 0, 0, "PATTERN", 0},
	{"=group", take_group, 0, 0, "GROUP", 0},
	{"=master", take_master, 0, 0, "DEVICE", 0},
	{"=vrf", take_vrf, 0, 0, "NAME", 0},
	{"=nomaster", take_nomaster, 0, 0, NULL, 0},
	{"=type", take_type, 0, 0, "KIND", 0},
	{"=proto", take_proto, 0, 0, "NUMBER", 0},
	{"=dev", take_dev, 0, KW_BARE | KW_ONCE, "DEVICE", 0},
	{0},
};

int link_filter_no_dev(struct ip *ip, const struct link_filter *f, struct err *e)
{
	return ip_fail(ip, STATUS_SYNTAX, e, -ENODEV, "there is no interface \"%s\"", f->dev);
}

/* Where it is to be shown, the kernel is asked by its name, and once. */
int link_filter_finish(struct parser *p, struct err *e)
{
	struct link_filter *f = p->obj;

	if (!f->dev || (p->command->run == links_show && p->ip->nl))
		return 0;
	f->ifindex = devices_index(p->values.devices, f->dev);
	return f->ifindex ? 0 : link_filter_no_dev(p->ip, f, e);
}

static bool kind_is(const struct link *l, unsigned type, const char *want)
{
	struct nl_ref r = link_info(l, type);
	const char *kind = r.len && !((const char *)r.p)[r.len - 1] ? r.p : "";

	return !strcmp(kind, want);
}

bool link_selects(const struct link_filter *f, const struct link *l)
{
	uint32_t master = has(l, LINK_MASTER) ? l->master : 0;

	return !(f->ifindex && l->h.ifi_index != f->ifindex) &&
	       !(f->up && !(l->h.ifi_flags & IFF_UP)) &&
	       !(f->group >= 0 && has(l, LINK_GROUP) && l->group != f->group) &&
	       !(f->master >= 0 && master != f->master) &&
	       !(f->kind && !kind_is(l, IFLA_INFO_KIND, f->kind)) &&
	       !(f->slave_kind && !kind_is(l, IFLA_INFO_SLAVE_KIND, f->slave_kind));
}

bool address_selects(const struct link_filter *f, const struct address *a, struct devices *d)
{
	if ((f->family && f->family != a->h.ifa_family) ||
	    (f->ifindex && (uint32_t)f->ifindex != a->h.ifa_index) ||
	    (f->scope >= 0 && f->scope != a->h.ifa_scope) ||
	    ((f->flags ^ a->flags) & f->flag_mask) ||
	    (f->proto >= 0 && (!has(a, ADDRESS_PROTO) || f->proto != a->proto)))
		return false;
	if (f->label) {
		const char *label =
			has(a, ADDRESS_LABEL) ? a->label : devices_name(d, (int)a->h.ifa_index);
		if (fnmatch(f->label, label, 0) != 0)
			return false;
	}
	return !f->to_given || !f->to.addr.family ||
	       (f->to.addr.family == a->local.family &&
		(!f->to.len || ip_prefix_contains(&f->to, &a->local)));
}
