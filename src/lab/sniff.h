/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_LAB_SNIFF_H
#define MH_LAB_SNIFF_H

#include "base/err.h"
#include "base/ipaddr.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A sniffer sees every TCP and UDP packet that an interface receives, through a ring in memory
 * (packet(7), TPACKET_V2): nothing is lost between two readings unless thousands of packets came.
 */
struct sniffer;

struct sniff_packet {
	struct ip_addr src, dst;
	uint16_t sport, dport;
	uint8_t proto;
	bool first;	  /* of its flow: TCP's SYN without ACK; any of UDP */
	uint8_t lldst[6]; /* whom it was meant for on the link layer */
};

typedef void sniff_fn(void *arg, const struct sniff_packet *p);

/* In the network namespace of the caller; it stays there. */
int sniffer_open(struct sniffer **ret, const char *dev, struct err *e);
void sniffer_close(struct sniffer *s); /* NULL is fine */
/* Calls `fn` for what has come since the last time. */
void sniffer_read(struct sniffer *s, sniff_fn *fn, void *arg);
/* -ENOBUFS if the ring was full at any time. */
int sniffer_check(struct sniffer *s, struct err *e);

#endif
