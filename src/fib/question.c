/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fib/fib.h"

struct route fib_packet_route(const struct fib_packet *p)
{
	struct route r = route_init(p->family);

	route_set_dst(&r, ip_prefix_host(p->dst));
	if (!ip_addr_is_any(&p->src)) {
		r.src = p->src;
		r.h.rtm_src_len = ip_bits(p->family);
		set_has(&r, ROUTE_SRC);
	}
	r.h.rtm_tos = p->tos;
	r.mark = p->mark;
	r.uid = p->uid;
	r.iif = (uint32_t)p->iif;
	r.oif = (uint32_t)p->oif;
	r.ip_proto = p->proto;
	r.sport = p->sport;
	r.dport = p->dport;
	r.flowlabel = p->flowlabel;
	r.has |= HAS(ROUTE_UID) | HAS(ROUTE_MARK) | (p->iif ? HAS(ROUTE_IIF) : 0) |
		 (p->oif ? HAS(ROUTE_OIF) : 0) | (p->proto ? HAS(ROUTE_IP_PROTO) : 0) |
		 (p->sport ? HAS(ROUTE_SPORT) : 0) | (p->dport ? HAS(ROUTE_DPORT) : 0) |
		 (p->flowlabel ? HAS(ROUTE_FLOWLABEL) : 0);
	return r;
}
