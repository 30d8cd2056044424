/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply/connections.h"

#include "base/cleanup.h"
#include "netlink/nl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

struct reset {
	struct nl *nl;
	const struct ip_prefix *address;
	size_t n;
	long done;
};

/* Only what is connected, or about to be: not what listens, nor what has only its farewell left. */
#define STATES                                                                                     \
	(1u << TCP_ESTABLISHED | 1u << TCP_SYN_SENT | 1u << TCP_SYN_RECV | 1u << TCP_CLOSE_WAIT)

static void request(struct nl_msg *m, unsigned type, unsigned flags, uint8_t family,
		    const struct inet_diag_sockid *id)
{
	nl_msg_init(m, type, flags);
	struct inet_diag_req_v2 *q = mnl_nlmsg_put_extra_header(&m->h, sizeof(*q));
	q->sdiag_family = family;
	q->sdiag_protocol = IPPROTO_TCP;
	q->idiag_states = STATES;
	if (id)
		q->id = *id;
}

static bool is_from(const struct reset *r, const struct inet_diag_msg *d)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct ip_addr *a = &r->address[i].addr;
		if (a->family == d->idiag_family &&
		    !memcmp(a->b, d->id.idiag_src, ip_bits(a->family) / 8))
			return true;
	}
	return false;
}

static int reset_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct reset *r = arg;
	struct nl_msg m;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
		return 0;
	const struct inet_diag_msg *d = mnl_nlmsg_get_payload(h);
	if (!is_from(r, d))
		return 0;
	request(&m, SOCK_DESTROY, 0, d->idiag_family, &d->id);
	int rc = nl_talk(r->nl, &m.h, NULL, NULL, e);
	if (rc == -ENOENT)
		return 0; /* it has ended by itself */
	r->done += !rc;
	return rc;
}

long connections_reset(const struct ip_prefix *address, size_t n, struct err *e)
{
	CLEANUP(free_nl) struct nl *list = NULL;
	CLEANUP(free_nl) struct nl *act = NULL;
	struct reset r = {.address = address, .n = n};
	struct nl_msg m;

	if (!n)
		return 0;
	int rc = nl_open(&list, NETLINK_SOCK_DIAG, 0, e);
	if (!rc)
		rc = nl_open(&act, NETLINK_SOCK_DIAG, 0, e);
	r.nl = act;
	if (!rc) {
		request(&m, SOCK_DIAG_BY_FAMILY, 0, address->addr.family, NULL);
		rc = nl_dump(list, &m.h, reset_one, &r, e);
	}
	if (rc < 0)
		err_prefix(e, "connections");
	return rc < 0 ? rc : r.done;
}
