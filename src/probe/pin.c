/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/pin.h"

#include <asm/socket.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

socklen_t pin_addr(const struct ip_addr *a, uint16_t port, int ifindex, union pin_addr *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->sa.sa_family = a->family;
	if (a->family == AF_INET) {
		ret->v4.sin_port = htons(port);
		memcpy(&ret->v4.sin_addr, a->b, 4);
		return sizeof(ret->v4);
	}
	ret->v6.sin6_port = htons(port);
	memcpy(&ret->v6.sin6_addr, a->b, 16);
	ret->v6.sin6_scope_id = ip_addr_is_linklocal(a) ? (unsigned)ifindex : 0;
	return sizeof(ret->v6);
}

struct ip_addr pin_addr_read(const union pin_addr *a)
{
	struct ip_addr r = {.family = (uint8_t)a->sa.sa_family};

	if (r.family == AF_INET)
		memcpy(r.b, &a->v4.sin_addr, 4);
	else
		memcpy(r.b, &a->v6.sin6_addr, 16);
	return r;
}

static int bind_both(int fd, const struct ip_addr *src, int ifindex)
{
	union pin_addr a;
	int one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex, sizeof(ifindex)) < 0)
		return -errno;
	if (!src->family)
		return 0;
	/* The port is chosen when the peer is known: one may then serve for several peers. */
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	return bind(fd, &a.sa, pin_addr(src, 0, ifindex, &a)) < 0 ? -errno : 0;
}

int pin_socket(uint8_t family, int type, const struct ip_addr *src, int ifindex)
{
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	int rc = bind_both(fd, src, ifindex);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	return fd;
}

bool pin_has(const struct ip_addr *src, int ifindex)
{
	int fd = pin_socket(src->family, SOCK_DGRAM, src, ifindex);

	if (fd >= 0)
		close(fd);
	return fd != -EADDRNOTAVAIL && fd != -ENODEV;
}
