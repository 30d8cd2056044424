/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers by which this namespace knows others, and their names if they have any. Questions go
 * over the second socket, as they may come while an answer is read.
 */
#include "model/nsid.h"
#include "base/cleanup.h"
#include "ip/netns.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int got_nsid(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct nsid n;
	int rc = attr_decode_msg(&nsid_attrs, h, &n, e);

	if (!rc && has(&n, NSID_NSID))
		*(int *)arg = (int)n.nsid;
	return rc;
}

int netns_id(struct ip *ip, const char *name, int *ret)
{
	CLEANUP(free_fd) int fd = netns_fd(name, NULL);
	struct nsid n = {.has = HAS(NSID_FD), .fd = (uint32_t)fd};
	struct nl_msg m;
	int rc;

	*ret = -1;
	if (fd < 0)
		return fd;
	rc = ip->side_nl ? 0 : nl_open(&ip->side_nl, NETLINK_ROUTE, 0, NULL);
	if (!rc)
		rc = nl_msg_object(&m, RTM_GETNSID, 0, &nsid_attrs, &n, NULL);
	return rc < 0 ? rc : nl_talk(ip->side_nl, &m.h, got_nsid, ret, NULL);
}

const char *netns_name_of_id(void *arg, int nsid)
{
	struct ip *ip = arg;
	const struct dirent *d;
	DIR *dir = opendir(NETNS_FOLDER);
	const char *found = NULL;
	int id;

	while (dir && !found && (d = readdir(dir)))
		if (d->d_name[0] != '.' && !netns_id(ip, d->d_name, &id) && id == nsid) {
			snprintf(ip->nsid_name, sizeof(ip->nsid_name), "%s", d->d_name);
			ip->named_nsid = nsid;
			found = ip->nsid_name;
		}
	if (dir)
		closedir(dir);
	/* One that is gone by now had the name that was last found for it. */
	return !found && *ip->nsid_name && ip->named_nsid == nsid ? ip->nsid_name : found;
}

static void print_signed(struct print *p, const char *word, uint32_t v)
{
	if (p->json)
		jw_s64(&p->j, word, (int32_t)v);
	else
		out_printf(p->o, "%s %d ", word, (int32_t)v);
}

int nsid_print(struct print *p, const struct nlmsghdr *h, struct err *e)
{
	const char *name;
	struct nsid n;
	int rc = attr_decode_msg(&nsid_attrs, h, &n, e);

	if (rc < 0 || !has(&n, NSID_NSID))
		return rc;
	if (p->json)
		jw_object(&p->j, NULL);
	print_signed(p, "nsid", n.nsid);
	if (has(&n, NSID_CURRENT))
		print_signed(p, "current-nsid", n.current);
	name = p->nsid_name(p->nsid_arg, (int)(has(&n, NSID_CURRENT) ? n.current : n.nsid));
	if (name) {
		print_text(p, "(iproute2 netns name: ");
		print_text(p, name);
		print_text(p, ")");
		if (p->json)
			jw_str(&p->j, "name", name);
	}
	print_text(p, "\n");
	if (p->json)
		jw_object_end(&p->j);
	return 0;
}

static int print_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	return nsid_print(arg, h, e);
}

int netns_list_ids(struct ip *ip, int nsid, int target, struct err *e)
{
	struct nsid n = {.nsid = (uint32_t)nsid, .target = (uint32_t)target};
	struct nl_msg m;

	n.has = (nsid >= 0 ? HAS(NSID_NSID) : 0) | (target >= 0 ? HAS(NSID_TARGET) : 0);
	int rc = nl_msg_object(&m, RTM_GETNSID, 0, &nsid_attrs, &n, e);
	if (rc < 0)
		return rc;
	ip_list_begin(ip);
	rc = nsid >= 0 ? ip_talk(ip, &m.h, print_one, &ip->print, e)
		       : ip_dump(ip, &m.h, print_one, &ip->print, e);
	ip_list_end(ip);
	return rc;
}
