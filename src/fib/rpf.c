/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reverse path: would a packet from here to the source leave by the device that it came in by?
 * (fib_validate_source(), RFC 3704). 1 asks that (strict), 2 only that there is a way (loose); the
 * greater of all's and the device's counts. The packet's mark takes part only with src_valid_mark.
 * Without rp_filter what is refused is a source that is the machine's own.
 */
#include "fib/compiled.h"

#include <netinet/in.h>

static bool uses_dev(const struct fib_entry *x, int ifindex)
{
	for (uint32_t i = 0; i < x->hops->n; i++)
		if (x->hops->hop[i].dev->ifindex == ifindex ||
		    (x->hops->hop[i].dev->l3 && x->hops->hop[i].dev->l3 == ifindex))
			return true;
	return false;
}

/*
 * The packet turned round, as it would be looked up (__fib_validate_source()). The kernel looks at
 * protocol and ports only if it has a rule that wants them of packets from outside.
 */
static inline void turn(const struct fib *f, const struct fib_packet *p, const struct fib_dev *in,
			int out, struct fib_flow *fl)
{
	const struct fib_dev *to = !in->l3 && out ? fib_device(f, out) : NULL;
	bool dissects = f->family[0].dissects;

	fl->p = p;
	fl->src = &p->dst;
	fl->dst = &p->src;
	fl->src4 = fib_be32(p->dst.b);
	fl->dst4 = fib_be32(p->src.b);
	fl->iif = out ? out : FIB_LOOPBACK;
	fl->oif = 0;
	fl->l3 = to ? to->l3 : in->l3;
	fl->mark = f->set.all.src_valid_mark || in->conf->src_valid_mark ? p->mark : 0;
	fl->uid = 0;
	fl->proto = dissects ? fib_proto(p) : 0;
	fl->sport = dissects ? p->dport : 0;
	fl->dport = dissects ? p->sport : 0;
	fl->tos = p->tos;
	fl->ignore_linkdown = false;
}

static const char *last_resort(uint32_t rpf)
{
	return rpf ? "rp_filter: no way back to the source" : NULL;
}

static const char *full_check(const struct fib *f, const struct fib_packet *p,
			      const struct fib_dev *in, int out, uint32_t rpf, bool accept_local)
{
	struct fib_found x = {0};
	struct fib_flow fl;

	turn(f, p, in, out, &fl);
	if (fib_ask_rules(f, &fl, &x) != FIB_FORWARD)
		return last_resort(rpf);
	if (x.entry->type != RTN_UNICAST && !(x.entry->type == RTN_LOCAL && accept_local))
		return x.entry->type == RTN_LOCAL ? "the source is an address of this machine"
						  : "the source is no unicast address";
	if (uses_dev(x.entry, in->ifindex) || (x.entry->type == RTN_LOCAL && in->loopback))
		return NULL;
	if (!in->addr_n[0])
		return last_resort(rpf);
	return rpf == 1 ? "rp_filter: the way back is by another device" : NULL;
}

const char *fib_reverse_path(const struct fib *f, const struct fib_packet *p, int out)
{
	const struct fib_dev *in = fib_device(f, p->iif);
	const struct settings_dev *all = &f->set.all;

	if (p->family != AF_INET || !in)
		return NULL;
	uint32_t rpf = in->conf->rp_filter > all->rp_filter ? in->conf->rp_filter : all->rp_filter;
	bool accept_local = all->accept_local || in->conf->accept_local;
	bool redirects = all->send_redirects || in->conf->send_redirects;
	if (!rpf && !f->family[0].realms && (p->iif != out || !redirects)) {
		if (accept_local)
			return NULL;
		if (!f->family[0].custom && !f->custom_local)
			return fib_is_local(f, &p->src) ? "the source is an address of this machine"
							: NULL;
	}
	return full_check(f, p, in, out, rpf, accept_local);
}
