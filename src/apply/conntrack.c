/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply/conntrack.h"

#include "base/cleanup.h"
#include "netlink/nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

int conntrack_forget(uint8_t family, uint32_t mark, uint32_t mask, struct err *e)
{
	CLEANUP(free_nl) struct nl *nl = NULL;
	struct err local = ERR_INIT;
	struct nl_msg m;
	int rc = nl_open(&nl, NETLINK_NETFILTER, 0, &local);

	if (!rc) {
		nl_msg_init(&m, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE, NLM_F_ACK);
		struct nfgenmsg *g = mnl_nlmsg_put_extra_header(&m.h, sizeof(*g));
		/* Of this family only; version 0 would mean all, whatever it says. */
		g->nfgen_family = family;
		g->version = 1;
		mnl_attr_put_u32(&m.h, CTA_MARK, htonl(mark));
		mnl_attr_put_u32(&m.h, CTA_MARK_MASK, htonl(mask));
		rc = nl_talk(nl, &m.h, NULL, NULL, &local);
	}
	if (rc == -EINVAL || rc == -EPROTONOSUPPORT || rc == -EOPNOTSUPP)
		return 0;
	if (rc < 0 && e) {
		*e = local;
		err_prefix(e, "connection tracking");
	}
	return rc;
}
