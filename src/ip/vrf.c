/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ip/vrf.h"

#include <errno.h>
#include <string.h>

struct vrf_answer {
	bool is_vrf;
	uint32_t table;
};

uint32_t vrf_link_table(const struct link *l)
{
	uint32_t table = 0;

	if (strcmp(link_kind(l), "vrf") != 0)
		return 0;
	attr_each (a, link_info_data(l)) {
		struct nl_ref r = attr_payload(a);
		if (attr_type(a) == IFLA_VRF_TABLE && r.len >= sizeof(table))
			memcpy(&table, r.p, sizeof(table));
	}
	return table;
}

static int got_link(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct vrf_answer *ret = arg;
	struct link l;
	int rc = link_decode(h, &l, e);

	if (rc < 0)
		return rc;
	ret->is_vrf = !strcmp(link_kind(&l), "vrf");
	ret->table = vrf_link_table(&l);
	return 0;
}

bool vrf_table(struct ip *ip, int ifindex, uint32_t *table)
{
	struct link l = {.h.ifi_index = ifindex};
	struct vrf_answer answer = {.is_vrf = false};
	struct nl_msg m;

	if (link_message(&m, RTM_GETLINK, 0, &l, NULL) < 0 ||
	    nl_talk(ip->nl, &m.h, got_link, &answer, NULL) < 0)
		return false;
	if (table)
		*table = answer.table;
	return answer.is_vrf;
}

int parse_vrf(struct parser *p, int *ret_ifindex, uint32_t *ret_table, struct err *e)
{
	const char *word;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	*ret_table = 0;
	*ret_ifindex = devices_index(p->values.devices, word);
	if (!*ret_ifindex || (p->ip->nl && !vrf_table(p->ip, *ret_ifindex, ret_table)))
		return parse_invalid(p, e, "\"%s\" is not a VRF", word);
	return 0;
}
