/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netlink/genl.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* What is asked of the controller, and what it answers. */
struct family {
	uint64_t has;
	struct genlmsghdr h;
	char name[GENL_NAMSIZ];
	uint16_t id;
	struct nl_ref groups;
};
enum { FAMILY_NAME, FAMILY_ID, FAMILY_GROUPS, FAMILY_FIELDS };

static const struct attr rows[FAMILY_FIELDS] = {
	[FAMILY_NAME] = {ATTR_ROW_STR(CTRL_ATTR_FAMILY_NAME, struct family, name), .key = "name"},
	[FAMILY_ID] = {ATTR_ROW_U16(CTRL_ATTR_FAMILY_ID, struct family, id), .key = "id"},
	[FAMILY_GROUPS] = {ATTR_ROW_NESTED(CTRL_ATTR_MCAST_GROUPS, struct family, groups),
			   .key = "groups"},
};
ATTR_SET(family_attrs, "netlink family", struct family, h, rows, CTRL_ATTR_MAX);

struct group {
	uint64_t has;
	char name[GENL_NAMSIZ];
	uint32_t id;
};
enum { GROUP_NAME, GROUP_ID, GROUP_FIELDS };

static const struct attr group_rows[GROUP_FIELDS] = {
	[GROUP_NAME] = {ATTR_ROW_STR(CTRL_ATTR_MCAST_GRP_NAME, struct group, name), .key = "name"},
	[GROUP_ID] = {ATTR_ROW_U32(CTRL_ATTR_MCAST_GRP_ID, struct group, id), .key = "id"},
};
ATTR_SET_NESTED(group_attrs, "netlink group", group_rows, CTRL_ATTR_MCAST_GRP_MAX);

struct answer {
	struct genl *genl;
	const char *group;
};

static int got_family(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct answer *a = arg;
	struct family f;
	int rc = attr_decode_msg(&family_attrs, h, &f, e);

	if (rc < 0)
		return rc;
	if (has(&f, FAMILY_ID))
		a->genl->family = f.id;
	if (!a->group || !has(&f, FAMILY_GROUPS))
		return 0;
	attr_each (n, f.groups) {
		struct group g = {.has = 0};
		if (!attr_decode_ref(&group_attrs, attr_payload(n), &g, NULL) &&
		    has(&g, GROUP_NAME) && has(&g, GROUP_ID) && !strcmp(g.name, a->group))
			a->genl->group = g.id;
	}
	return 0;
}

int genl_open(struct genl *ret, const char *family, const char *group, struct err *e)
{
	struct answer answer = {ret, group};
	struct family f = {.has = HAS(FAMILY_NAME), .h = {.cmd = CTRL_CMD_GETFAMILY, .version = 1}};
	struct nl_msg m;

	*ret = (struct genl){.nl = NULL};
	if (strlen(family) >= sizeof(f.name))
		return err_set(e, -EINVAL, "\"%s\" is no netlink family", family);
	memcpy(f.name, family, strlen(family) + 1);
	int rc = nl_msg_object(&m, GENL_ID_CTRL, 0, &family_attrs, &f, e);
	if (!rc)
		rc = nl_open(&ret->nl, NETLINK_GENERIC, 0, e);
	if (!rc)
		rc = nl_talk(ret->nl, &m.h, got_family, &answer, e);
	if (!rc && (!ret->family || (group && !ret->group)))
		rc = err_set(e, -ENOENT, "no such netlink family");
	if (rc < 0) {
		genl_close(ret);
		return err_prefix(e, "this kernel has no \"%s\"", family);
	}
	return 0;
}

void genl_close(struct genl *g)
{
	nl_close(g->nl);
	g->nl = NULL;
}
