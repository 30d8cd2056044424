/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply/arp.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

/* RFC 826, for IPv4 over Ethernet. */
struct arp_packet {
	struct arphdr h;
	uint8_t sha[ETH_ALEN], spa[4];
	uint8_t tha[ETH_ALEN], tpa[4];
} __attribute__((packed));

/* A question for the address, by who has it: whoever knows it by another card corrects that. */
static void send_announcement(int fd, const struct link *l, const struct ip_addr *a)
{
	struct arp_packet p = {.h = {.ar_hrd = htons(ARPHRD_ETHER),
				     .ar_pro = htons(ETH_P_IP),
				     .ar_hln = ETH_ALEN,
				     .ar_pln = 4,
				     .ar_op = htons(ARPOP_REQUEST)}};
	struct sockaddr_ll all = {.sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ARP),
				  .sll_ifindex = l->h.ifi_index,
				  .sll_halen = ETH_ALEN};

	memcpy(p.sha, l->address.b, ETH_ALEN);
	memcpy(p.spa, a->b, 4);
	memcpy(p.tpa, a->b, 4);
	memset(all.sll_addr, 0xff, ETH_ALEN);
	if (sendto(fd, &p, sizeof(p), MSG_DONTWAIT, (struct sockaddr *)&all, sizeof(all)) < 0)
		return; /* as the header says */
}

/* arp_ignore is set just where a subnet is shared. */
static bool shares_subnet(const struct desired *d, const struct link *l)
{
	char name[64];

	snprintf(name, sizeof(name), "net/ipv4/conf/%s/arp_ignore", l->name);
	return owned_sysctl(&d->owned, name) != NULL;
}

void arp_announce(const struct desired *d)
{
	CLEANUP(free_fd) int fd = -1;

	for (size_t i = 0; i < d->uplink_n; i++) {
		const struct uplink_state *u = &d->uplink[i];
		const struct link *l = u->link;
		if (!l || l->h.ifi_type != ARPHRD_ETHER || !link_has_carrier(l) ||
		    !has(l, LINK_ADDRESS) || l->address.len != ETH_ALEN || !shares_subnet(d, l))
			continue;
		if (fd < 0)
			fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		for (size_t k = 0; fd >= 0 && k < u->v4.address_n; k++)
			send_announcement(fd, l, &u->v4.address[k].addr);
	}
}
