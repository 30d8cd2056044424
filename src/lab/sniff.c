/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lab/sniff.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* A frame has room for the headers that are looked at. */
#define FRAME  256u
#define FRAMES 8192u
#define BLOCK  65536u
#define RING   ((size_t)FRAME * FRAMES)

/* Flags in the 14th byte of a TCP header (RFC 9293). */
#define SYN 2
#define ACK 16

/* The address stands behind the header, which is aligned to 16 bytes as it is. */
struct frame {
	struct tpacket2_hdr h;
	struct sockaddr_ll ll;
};
_Static_assert(sizeof(struct tpacket2_hdr) % TPACKET_ALIGNMENT == 0, "as TPACKET_ALIGN() has it");

struct sniffer {
	int fd;
	unsigned at; /* the next frame */
	uint8_t *ring;
};

static int open_ring(struct sniffer *s, const char *dev, struct err *e)
{
	int version = TPACKET_V2, one = 1;
	struct tpacket_req req = {.tp_block_size = BLOCK,
				  .tp_block_nr = (unsigned)(RING / BLOCK),
				  .tp_frame_size = FRAME,
				  .tp_frame_nr = FRAMES};
	struct sockaddr_ll ll = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ALL),
				 .sll_ifindex = (int)if_nametoindex(dev)};

	if (!ll.sll_ifindex ||
	    setsockopt(s->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) < 0 ||
	    setsockopt(s->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)) < 0)
		return err_errno(e, -errno, "sniffer on %s", dev);
	/* An old kernel without this shows what is sent, too; sniffer_read() knows the direction.
	 */
	setsockopt(s->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one));
	s->ring = mmap(NULL, RING, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
	if (s->ring == MAP_FAILED || bind(s->fd, (struct sockaddr *)&ll, sizeof(ll)) < 0)
		return err_errno(e, -errno, "sniffer on %s", dev);
	return 0;
}

int sniffer_open(struct sniffer **ret, const char *dev, struct err *e)
{
	struct sniffer *s = calloc(1, sizeof(*s));

	if (!s)
		return err_errno(e, -ENOMEM, "sniffer on %s", dev);
	s->ring = MAP_FAILED;
	/* Without a protocol nothing comes before the ring is there. */
	s->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int rc = s->fd < 0 ? err_errno(e, -errno, "packet socket") : open_ring(s, dev, e);
	if (rc < 0) {
		sniffer_close(s);
		return rc;
	}
	*ret = s;
	return 0;
}

void sniffer_close(struct sniffer *s)
{
	if (!s)
		return;
	if (s->ring != MAP_FAILED)
		munmap(s->ring, RING);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

/* Ethernet, IPv4 without fragments or IPv6 without extension headers, TCP or UDP. */
static bool parse(const uint8_t *p, size_t len, struct sniff_packet *ret)
{
	uint16_t type;
	size_t head;

	if (len < ETH_HLEN + 20u)
		return false;
	memcpy(ret->lldst, p, sizeof(ret->lldst));
	memcpy(&type, p + 12, sizeof(type));
	p += ETH_HLEN;
	len -= ETH_HLEN;
	if (type == htons(ETH_P_IP)) {
		head = (p[0] & 15u) * 4u;
		ret->proto = p[9];
		ret->src = ret->dst = (struct ip_addr){.family = AF_INET};
		memcpy(ret->src.b, p + 12, 4);
		memcpy(ret->dst.b, p + 16, 4);
	} else if (type == htons(ETH_P_IPV6) && len >= 40) {
		head = 40;
		ret->proto = p[6];
		ret->src.family = ret->dst.family = AF_INET6;
		memcpy(ret->src.b, p + 8, 16);
		memcpy(ret->dst.b, p + 24, 16);
	} else {
		return false;
	}
	/* The first 14 bytes of TCP's header, or UDP's 8. */
	size_t need = ret->proto == IPPROTO_TCP ? 14 : 8;
	if ((ret->proto != IPPROTO_TCP && ret->proto != IPPROTO_UDP) || head < 20 ||
	    len < head + need)
		return false;
	ret->first = ret->proto == IPPROTO_UDP || (p[head + 13] & (SYN | ACK)) == SYN;
	ret->sport = (uint16_t)(p[head] << 8 | p[head + 1]);
	ret->dport = (uint16_t)(p[head + 2] << 8 | p[head + 3]);
	return true;
}

void sniffer_read(struct sniffer *s, sniff_fn *fn, void *arg)
{
	for (;; s->at = (s->at + 1) % FRAMES) {
		uint8_t *p = s->ring + (size_t)s->at * FRAME;
		struct frame *f = (void *)p;
		struct sniff_packet packet;
		if (!(__atomic_load_n(&f->h.tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
			return;
		if (f->ll.sll_pkttype != PACKET_OUTGOING &&
		    f->h.tp_mac + f->h.tp_snaplen <= FRAME &&
		    parse(p + f->h.tp_mac, f->h.tp_snaplen, &packet))
			fn(arg, &packet);
		__atomic_store_n(&f->h.tp_status, (uint32_t)TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	}
}

int sniffer_check(struct sniffer *s, struct err *e)
{
	struct tpacket_stats st = {0};
	socklen_t len = sizeof(st);

	if (getsockopt(s->fd, SOL_PACKET, PACKET_STATISTICS, &st, &len) < 0)
		return err_errno(e, -errno, "packet socket");
	if (st.tp_drops)
		return err_set(e, -ENOBUFS, "the sniffer missed %u packets", st.tp_drops);
	return 0;
}
