/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/devices.h"

#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A machine's few interfaces fit a table indexed by ifindex; larger indices (containers come and
 * go) fall into the same slots and are told apart by the number kept there.
 */
#define SLOTS 256u

struct device {
	struct device *next;
	int ifindex;
	unsigned flags;
	char name[IFNAMSIZ];
};

struct devices {
	struct nl *nl;	 /* NULL: nobody to ask */
	bool here;	 /* by if_indextoname() */
	struct nl *side; /* for questions while that one is busy; NULL: not needed yet */
	struct device *slot[SLOTS];
	struct device *last; /* dumps name the same device again and again */
	char number[16];
};

struct devices *devices_new(struct nl *nl)
{
	struct devices *d = calloc(1, sizeof(*d));

	if (!d)
		abort();
	d->nl = nl;
	return d;
}

struct devices *devices_new_here(void)
{
	struct devices *d = devices_new(NULL);

	d->here = true;
	return d;
}

void devices_free(struct devices *d)
{
	if (!d)
		return;
	devices_forget(d);
	nl_close(d->side);
	free(d);
}

void devices_forget(struct devices *d)
{
	d->last = NULL;
	for (unsigned i = 0; i < SLOTS; i++)
		while (d->slot[i]) {
			struct device *next = d->slot[i]->next;
			free(d->slot[i]);
			d->slot[i] = next;
		}
}

static struct device *find(struct devices *d, int ifindex)
{
	struct device *x = d->slot[(unsigned)ifindex % SLOTS];

	while (x && x->ifindex != ifindex)
		x = x->next;
	return x;
}

void devices_add_flags(struct devices *d, int ifindex, const char *name, unsigned flags)
{
	struct device *x = find(d, ifindex);

	if (!x) {
		x = calloc(1, sizeof(*x));
		if (!x)
			abort();
		x->ifindex = ifindex;
		x->next = d->slot[(unsigned)ifindex % SLOTS];
		d->slot[(unsigned)ifindex % SLOTS] = x;
	}
	x->flags = flags;
	memset(x->name, 0, sizeof(x->name));
	memcpy(x->name, name, strnlen(name, sizeof(x->name) - 1));
}

void devices_add(struct devices *d, int ifindex, const char *name)
{
	devices_add_flags(d, ifindex, name, 0);
}

unsigned devices_flags(struct devices *d, int ifindex)
{
	const struct device *x = find(d, ifindex);

	return x ? x->flags : 0;
}

static int got_link(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct devices *d = arg;

	(void)e;
	if (h->nlmsg_type != RTM_NEWLINK || h->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
		return 0;
	const struct ifinfomsg *i = NLMSG_DATA(h);
	struct nl_ref attrs = {(const char *)i + sizeof(*i),
			       (uint16_t)(h->nlmsg_len - NLMSG_LENGTH(sizeof(*i)))};
	attr_each (a, attrs) {
		struct nl_ref r = attr_payload(a);
		if (attr_type(a) == IFLA_IFNAME && r.len && !((const char *)r.p)[r.len - 1])
			devices_add_flags(d, i->ifi_index, r.p, i->ifi_flags);
	}
	return i->ifi_index;
}

/* The socket to ask over, or NULL. */
static struct nl *asked(struct devices *d)
{
	if (!d->nl || !nl_is_busy(d->nl))
		return d->nl;
	if (!d->side && nl_open(&d->side, NETLINK_ROUTE, 0, NULL) < 0)
		d->side = NULL;
	return d->side;
}

/* Asks the kernel for one interface by index, or by name; its index, or what went wrong. */
static int ask(struct devices *d, int ifindex, const char *name)
{
	struct nl *nl = asked(d);
	struct nl_msg m;
	struct ifinfomsg i = {.ifi_index = ifindex};
	uint32_t filter = RTEXT_FILTER_SKIP_STATS;
	const struct {
		uint16_t type, len;
		const void *p;
	} attrs[] = {
		{IFLA_EXT_MASK, sizeof(filter), &filter},
		{strlen(name) < IFNAMSIZ ? IFLA_IFNAME : IFLA_ALT_IFNAME,
		 (uint16_t)(strlen(name) + 1), name},
	};

	if (!nl)
		return -ENOTCONN;
	nl_msg_init(&m, RTM_GETLINK, 0);
	memcpy(m.buf + m.h.nlmsg_len, &i, sizeof(i));
	m.h.nlmsg_len += (uint32_t)sizeof(i);
	for (int k = 0; k < (*name ? 2 : 1); k++) {
		struct nlattr a = {(uint16_t)(sizeof(a) + attrs[k].len), attrs[k].type};
		memcpy(m.buf + m.h.nlmsg_len, &a, sizeof(a));
		memcpy(m.buf + m.h.nlmsg_len + sizeof(a), attrs[k].p, attrs[k].len);
		m.h.nlmsg_len += (uint32_t)ATTR_ALIGN(sizeof(a) + attrs[k].len);
	}
	return nl_talk(nl, &m.h, got_link, d, NULL);
}

const char *devices_name(struct devices *d, int ifindex)
{
	if (d->last && d->last->ifindex == ifindex)
		return d->last->name;
	if (!ifindex)
		return "*";
	struct device *x = find(d, ifindex);
	char name[IFNAMSIZ];
	if (!x && d->here && if_indextoname((unsigned)ifindex, name))
		devices_add(d, ifindex, name);
	else if (!x)
		ask(d, ifindex, "");
	if (!x) {
		x = find(d, ifindex);
	}
	if (!x) {
		snprintf(d->number, sizeof(d->number), "if%d", ifindex);
		return d->number;
	}
	d->last = x;
	return x->name;
}

int devices_index(struct devices *d, const char *name)
{
	if (!*name || strlen(name) >= 128)
		return 0;
	if (d->last && !strcmp(d->last->name, name))
		return d->last->ifindex;
	for (unsigned i = 0; i < SLOTS; i++)
		for (struct device *x = d->slot[i]; x; x = x->next)
			if (!strcmp(x->name, name)) {
				d->last = x;
				return x->ifindex;
			}
	int rc = ask(d, 0, name);
	if (rc > 0)
		return rc;
	/* "eth0:1" is an alias, by which eth0 has been known since before addresses had labels. */
	const char *colon = strchr(name, ':');
	char base[IFNAMSIZ];
	if (!colon || strlen(name) >= sizeof(base))
		return 0;
	snprintf(base, sizeof(base), "%.*s", (int)(colon - name), name);
	return devices_index(d, base);
}
