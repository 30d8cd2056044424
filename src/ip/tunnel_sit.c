/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip tunnel prl, 6rd: what sit tunnels have besides (net/ipv6/sit.c). Lists of potential routers of
 * ISATAP (RFC 5214) are not in rtnetlink, and of the prefixes of 6RD (RFC 5969) it changes only a
 * whole tunnel, and not the fallback interface's; so these two remain ioctl()s.
 */
#include "base/cleanup.h"
#include "ip/change.h"
#include "ip/tunnel.h"
#include "ip/values.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

int tunnel_ioctl(unsigned long request, const char *dev, void *arg, struct err *e)
{
	CLEANUP(free_fd) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = {.ifr_data = arg};

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", dev);
	if (fd < 0 || ioctl(fd, request, &r) < 0)
		return err_errno(e, -errno, "interface \"%s\"", dev);
	return 0;
}

static int take_dev(struct parser *p, const struct keyword *k, struct err *e)
{
	struct sit_request *q = p->obj;
	int rc = parse_next(p, &q->dev, e);

	(void)k;
	if (!rc && !link_is_name(q->dev, IFNAMSIZ))
		return parse_invalid(p, e, "\"%s\" cannot be the name of an interface", q->dev);
	return rc;
}

enum { ADD, ADD_DEFAULT, DELETE };

static int take_router(struct parser *p, const struct keyword *k, struct err *e)
{
	struct sit_request *q = p->obj;
	struct ip_addr a;
	int rc = parse_address(p, AF_INET, &a, e);

	if (rc < 0)
		return rc;
	if (q->given)
		return parse_invalid(p, e, "one router at a time");
	q->given = true;
	q->cmd = k->num == DELETE ? SIOCDELPRL : SIOCADDPRL;
	q->prl.flags = k->num == ADD_DEFAULT ? PRL_DEFAULT : 0;
	memcpy(&q->prl.addr, a.b, sizeof(q->prl.addr));
	return 0;
}

const struct keyword prl_words[] = {
	{"=prl-default", take_router, 0, 0, "ADDRESS", ADD_DEFAULT},
	{"=prl-nodefault", take_router, 0, 0, "ADDRESS", ADD},
	{"=prl-delete", take_router, 0, 0, "ADDRESS", DELETE},
	{"=dev", take_dev, 0, 0, "DEVICE", 0},
	{0},
};

static int take_prefix(struct parser *p, const struct keyword *k, struct err *e)
{
	struct sit_request *q = p->obj;
	struct prefix_arg a;
	int rc = parse_prefix(p, (uint8_t)k->num, &a, e);

	if (rc < 0)
		return rc;
	q->cmd = SIOCADD6RD;
	if (k->num == AF_INET6) {
		memcpy(&q->sixrd.prefix, a.prefix.addr.b, sizeof(q->sixrd.prefix));
		q->sixrd.prefixlen = a.prefix.len;
	} else {
		memcpy(&q->sixrd.relay_prefix, a.prefix.addr.b, sizeof(q->sixrd.relay_prefix));
		q->sixrd.relay_prefixlen = a.prefix.len;
	}
	return 0;
}

static int take_reset(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	(void)e;
	((struct sit_request *)p->obj)->cmd = SIOCDEL6RD;
	return 0;
}

const struct keyword sixrd_words[] = {
	{"=6rd-prefix", take_prefix, 0, 0, "PREFIX", AF_INET6},
	{"=6rd-relay_prefix", take_prefix, 0, 0, "PREFIX", AF_INET},
	{"=6rd-reset", take_reset, 0, 0, NULL, 0},
	{"=dev", take_dev, 0, 0, "DEVICE", 0},
	{0},
};

int sit_finish(struct parser *p, struct err *e)
{
	const struct sit_request *q = p->obj;

	if (q->dev)
		return 0;
	return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL, "the tunnel is missing (\"dev sit1\")");
}

int sit_run(struct parser *p, struct err *e)
{
	struct sit_request *q = p->obj;

	p->ip->status = STATUS_SYNTAX;
	if (!q->cmd)
		return err_set(e, -EINVAL, "what to change of \"%s\" is missing", q->dev);
	int rc = ip_act(p->ip, e);
	return rc > 0 ? tunnel_ioctl(q->cmd, q->dev, &q->prl, e) : rc;
}
