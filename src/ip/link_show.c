/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Showing interfaces, with their addresses or without.
 *
 * Both dumps are kept and joined, as each interface is followed by its addresses. One interface,
 * asked for by name, is one request and no dump.
 */
#include "ip/link.h"

#include "base/cleanup.h"
#include "model/link_print.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

struct shown {
	struct parser *p;
	struct link_filter *f;
	struct messages links, addresses;
};

/*
 * IPv6 has a dump of interfaces of its own, which says less, and takes no attributes; asked for
 * IPv4's the kernel gives the general one.
 */
static void request_link(const struct link_filter *f, struct ip *ip, struct link *l)
{
	l->h.ifi_family = f->links ? AF_UNSPEC : f->family;
	if (f->dev && strlen(f->dev) < sizeof(l->name)) {
		memcpy(l->name, f->dev, strlen(f->dev) + 1);
		set_has(l, LINK_NAME);
	} else if (f->dev) {
		snprintf(l->alt_name, sizeof(l->alt_name), "%s", f->dev);
		set_has(l, LINK_ALT_NAME);
	}
	if (!f->dev && l->h.ifi_family != AF_UNSPEC && l->h.ifi_family != AF_PACKET)
		return;
	l->ext_mask = RTEXT_FILTER_VF | (ip->opt.stats ? 0 : RTEXT_FILTER_SKIP_STATS);
	set_has(l, LINK_EXT_MASK);
	if (!f->dev && f->master > 0) {
		l->master = (uint32_t)f->master;
		set_has(l, LINK_MASTER);
	}
	if (!f->dev && f->kind) {
		l->info = link_info_kind(&ip->arena, f->kind);
		set_has(l, LINK_INFO);
	}
}

/* Names are remembered: a link's lower device, or its master, may come before or after it. */
static int keep_link(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct shown *s = arg;
	struct arena *a = &s->p->ip->arena;
	struct link l;
	int rc = link_decode(h, &l, e);

	if (rc < 0)
		return rc;
	if (has(&l, LINK_NAME))
		devices_add_flags(s->p->ip->devices, l.h.ifi_index, l.name, l.h.ifi_flags);
	*ARENA_PUSH(a, s->links.item, s->links.n, s->links.cap) = arena_dup(a, h, h->nlmsg_len);
	if (s->f->dev)
		s->f->ifindex = l.h.ifi_index;
	return 0;
}

static int get_links(struct shown *s, struct err *e)
{
	struct link l = {.has = 0};
	struct nl_msg m;

	if (s->f->dev && strlen(s->f->dev) >= sizeof(l.alt_name))
		return link_filter_no_dev(s->p->ip, s->f, e);
	request_link(s->f, s->p->ip, &l);
	int rc = link_message(&m, RTM_GETLINK, 0, &l, e);
	if (rc < 0)
		return rc;
	if (!s->f->dev)
		return ip_dump(s->p->ip, &m.h, keep_link, s, e);
	rc = ip_talk(s->p->ip, &m.h, keep_link, s, e);
	return rc == -ENODEV ? link_filter_no_dev(s->p->ip, s->f, e) : rc;
}

static bool is_address(const struct nlmsghdr *h, void *arg)
{
	(void)arg;
	return h->nlmsg_type == RTM_NEWADDR;
}

static int get_addresses(struct shown *s, struct err *e)
{
	struct address a = {
		.h = {.ifa_family = s->f->family, .ifa_index = (uint32_t)s->f->ifindex}};
	struct nl_msg m;
	int rc = nl_msg_object(&m, RTM_GETADDR, 0, &address_attrs, &a, e);

	s->addresses.wanted = is_address;
	return rc < 0 ? rc : ip_collect(s->p->ip, &m.h, &s->addresses, e);
}

static bool has_selected_address(struct shown *s, int ifindex)
{
	bool none = true;

	for (size_t i = 0; i < s->addresses.n; i++) {
		struct address a;
		if (address_decode(s->addresses.item[i], &a, NULL) < 0 ||
		    a.h.ifa_index != (uint32_t)ifindex)
			continue;
		none = false;
		if (address_selects(s->f, &a, s->p->ip->devices))
			return true;
	}
	return none && (s->f->family == AF_UNSPEC || s->f->family == AF_PACKET);
}

static void show_addresses(struct shown *s, const struct link *l)
{
	struct print *p = &s->p->ip->print;

	if (p->json)
		jw_array(&p->j, "addr_info");
	for (size_t i = 0; i < s->addresses.n; i++) {
		struct address a;
		if (address_decode(s->addresses.item[i], &a, NULL) < 0 ||
		    a.h.ifa_index != (uint32_t)l->h.ifi_index ||
		    (s->f->family && a.h.ifa_family != s->f->family) ||
		    (s->f->up && !(l->h.ifi_flags & IFF_UP)))
			continue;
		if (p->json)
			jw_object(&p->j, NULL);
		if (address_selects(s->f, &a, p->devices))
			address_print(p, &a, p->oneline);
		if (p->json)
			jw_object_end(&p->j);
	}
	if (p->json)
		jw_array_end(&p->j);
	if (p->brief)
		print_text(p, "\n");
}

/* IPv6's dump does not say it. */
static void ask_queue_length(struct link *l)
{
	CLEANUP(free_fd) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {0};

	memcpy(ifr.ifr_name, l->name, sizeof(ifr.ifr_name));
	if (fd < 0 || ioctl(fd, SIOCGIFTXQLEN, &ifr) < 0)
		return;
	l->txqlen = (uint32_t)ifr.ifr_qlen;
	set_has(l, LINK_TXQLEN);
}

/* Interfaces that are not selected leave an empty object in JSON, as with iproute2. */
static int show_link(struct shown *s, const struct nlmsghdr *h, struct err *e)
{
	struct print *p = &s->p->ip->print;
	const struct link_filter *f = s->f;
	bool addresses = f->family != AF_PACKET;
	/* Labels are addresses' own: interfaces are not shown with them. */
	bool no_link = (addresses && p->oneline && !p->brief) || f->label;
	const struct link_style style = {.link = f->links,
					 .addresses = addresses,
					 .no_lladdr = f->family && f->family != AF_PACKET};
	struct link l;
	int rc = link_decode(h, &l, e);

	if (rc < 0)
		return rc;
	if (addresses && !has_selected_address(s, l.h.ifi_index))
		return 0;
	if (f->master == 0 && has(&l, LINK_MASTER)) /* "nomaster" leaves none */
		return 0;
	if (p->json)
		jw_object(&p->j, NULL);
	bool selected = link_selects(f, &l);
	if (selected && !no_link && !p->brief && !has(&l, LINK_TXQLEN))
		ask_queue_length(&l);
	if (selected && !no_link)
		link_print(p, &l, &style);
	if ((selected || no_link) && addresses)
		show_addresses(s, &l);
	if (selected && !no_link && !f->links && p->stats && !p->brief) {
		link_stats_print(p, &l);
		print_line(p);
	}
	if (p->json)
		jw_object_end(&p->j);
	return 0;
}

int links_show(struct parser *p, struct err *e)
{
	struct shown s = {.p = p, .f = p->obj};

	if (s.f->dev && !s.f->links) /* an alias's are its interface's */
		s.f->dev = arena_strndup(&p->ip->arena, s.f->dev, strcspn(s.f->dev, ":"));
	int rc = get_links(&s, e);

	if (!rc && s.f->family != AF_PACKET)
		rc = get_addresses(&s, e);
	if (rc < 0)
		return rc;
	ip_list_begin(p->ip);
	for (size_t i = 0; i < s.links.n && rc >= 0; i++)
		rc = show_link(&s, s.links.item[i], e);
	ip_list_end(p->ip);
	return rc < 0 ? rc : 0;
}
