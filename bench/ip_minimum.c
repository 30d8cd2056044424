/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The least that `ip link show lo` can cost: a program linked dynamically with libc and libmnl that
 * asks for one interface and prints its name.
 */
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <time.h>

static int got_attr(const struct nlattr *a, void *arg)
{
	(void)arg;
	if (mnl_attr_get_type(a) == IFLA_IFNAME)
		puts(mnl_attr_get_str(a));
	return MNL_CB_OK;
}

static int got_link(const struct nlmsghdr *h, void *arg)
{
	return mnl_attr_parse(h, sizeof(struct ifinfomsg), got_attr, arg);
}

int main(int argc, char **argv)
{
	char buf[32768];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	ssize_t n;

	if (!s || mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0)
		return 1;
	h->nlmsg_type = RTM_GETLINK;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	h->nlmsg_seq = 1;
	mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(h, IFLA_IFNAME, argc > 1 ? argv[1] : "lo");
	mnl_attr_put_u32(h, IFLA_EXT_MASK, RTEXT_FILTER_VF);
	if (mnl_socket_sendto(s, h, h->nlmsg_len) < 0)
		return 1;
	do
		n = mnl_socket_recvfrom(s, buf, sizeof(buf));
	while (n > 0 &&
	       mnl_cb_run(buf, (size_t)n, 1, mnl_socket_get_portid(s), got_link, NULL) > 0);
	mnl_socket_close(s);
	return n < 0;
}
