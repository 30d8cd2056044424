/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lab/announce.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <string.h>

int announce_send(const struct topology_announce *an, struct err *e)
{
	struct {
		struct nd_router_advert ra;
		struct nd_opt_prefix_info prefix;
	} m = {0};
	struct sockaddr_in6 all = {.sin6_family = AF_INET6};
	struct ip_prefix p;
	int hops = 255;

	if (!ip_prefix_parse(an->prefix, AF_INET6, &p))
		return err_set(e, -EINVAL, "topology: \"%s\" is no prefix", an->prefix);
	m.ra.nd_ra_type = ND_ROUTER_ADVERT;
	m.ra.nd_ra_curhoplimit = 64;
	m.ra.nd_ra_router_lifetime = UINT16_MAX;
	m.prefix.nd_opt_pi_type = ND_OPT_PREFIX_INFORMATION;
	m.prefix.nd_opt_pi_len = sizeof(m.prefix) / 8;
	m.prefix.nd_opt_pi_prefix_len = p.len;
	m.prefix.nd_opt_pi_flags_reserved = ND_OPT_PI_FLAG_ONLINK | ND_OPT_PI_FLAG_AUTO;
	m.prefix.nd_opt_pi_valid_time = m.prefix.nd_opt_pi_preferred_time = UINT32_MAX;
	memcpy(&m.prefix.nd_opt_pi_prefix, p.addr.b, sizeof(p.addr.b));

	/* The kernel fills in the checksum, and takes the link-local address as the source. */
	CLEANUP(free_fd) int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	int ifindex = (int)if_nametoindex(an->dev);
	inet_pton(AF_INET6, "ff02::1", &all.sin6_addr);
	all.sin6_scope_id = (uint32_t)ifindex;
	if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &ifindex, sizeof(ifindex)) < 0 ||
	    sendto(fd, &m, sizeof(m), 0, (struct sockaddr *)&all, sizeof(all)) < 0)
		return err_errno(e, -errno, "router advertisement of %s dev %s", an->host, an->dev);
	return 0;
}
