/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The doctor's facts: UDP sockets from sock_diag (the kernel's own list, by family), their programs
 * from /proc/PID/fd, and who else manages this machine's network.
 */
#include "apply/facts.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct gathering {
	struct arena *a;
	struct doctor_facts *facts;
};

static bool is_any(const struct inet_diag_sockid *id)
{
	return !id->idiag_src[0] && !id->idiag_src[1] && !id->idiag_src[2] && !id->idiag_src[3];
}

/* One that has a port of its own, no peer, no device, and no address. */
static int take_socket(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct gathering *g = arg;
	struct doctor_facts *f = g->facts;
	struct inet_diag_msg m;

	(void)e;
	if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY || h->nlmsg_len < NLMSG_LENGTH(sizeof(m)))
		return 0;
	memcpy(&m, NLMSG_DATA(h), sizeof(m));
	if (!is_any(&m.id) || m.id.idiag_dport || m.id.idiag_if || !m.id.idiag_sport)
		return 0;
	*ARENA_PUSH(g->a, f->socket, f->socket_n, f->socket_cap) =
		(struct doctor_socket){.family = m.idiag_family,
				       .port = ntohs(m.id.idiag_sport),
				       .inode = m.idiag_inode,
				       .program = "a program"};
	return 0;
}

static int list_sockets(struct nl *nl, uint8_t family, struct gathering *g, struct err *e)
{
	struct nl_msg m;
	struct inet_diag_req_v2 req = {
		.sdiag_family = family, .sdiag_protocol = IPPROTO_UDP, .idiag_states = UINT32_MAX};

	nl_msg_init(&m, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
	memcpy(NLMSG_DATA(&m.h), &req, sizeof(req));
	m.h.nlmsg_len = NLMSG_LENGTH(sizeof(req));
	return nl_dump(nl, &m.h, take_socket, g, e);
}

/* Programs */

static void read_program(int pid, char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	CLEANUP(free_file) FILE *f = fopen(path, "re");
	if (f && fgets(buf, (int)size, f))
		buf[strcspn(buf, "\n")] = '\0';
}

static void match_socket(struct doctor_facts *f, uint32_t inode, int pid)
{
	for (size_t i = 0; i < f->socket_n; i++)
		if (f->socket[i].inode == inode && !f->socket[i].pid) {
			f->socket[i].pid = pid;
			read_program(pid, f->socket[i].program, sizeof(f->socket[i].program));
		}
}

static void look_into(struct doctor_facts *f, int pid)
{
	char path[300], link[64];
	unsigned inode;
	struct dirent *x;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	DIR *dir = opendir(path);
	while (dir && (x = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid, x->d_name);
		ssize_t n = readlink(path, link, sizeof(link) - 1);
		link[n > 0 ? n : 0] = '\0';
		if (sscanf(link, "socket:[%u]", &inode) == 1)
			match_socket(f, inode, pid);
	}
	if (dir)
		closedir(dir);
}

static void find_programs(struct doctor_facts *f)
{
	struct dirent *x;
	DIR *dir = f->socket_n ? opendir("/proc") : NULL;

	while (dir && (x = readdir(dir)))
		if (isdigit((unsigned char)x->d_name[0]))
			look_into(f, atoi(x->d_name));
	if (dir)
		closedir(dir);
}

/* Files */

/* "no" in any of networkd's files: the last one that says something counts, files before folders.
 */
static void read_networkd(const char *path, bool *manages)
{
	char line[512];
	CLEANUP(free_file) FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f)) {
		static const char key[] = "ManageForeignRoutingPolicyRules";
		char *c = line + strspn(line, " \t");
		if (strncmp(c, key, strlen(key)) || !(c = strchr(c, '=')))
			continue;
		c += 1 + strspn(c + 1, " \t");
		*manages = strncmp(c, "no", 2) && strncmp(c, "false", 5) && *c != '0' &&
			   strncmp(c, "off", 3);
	}
}

static bool networkd_manages(void)
{
	static const char folder[] = "/etc/systemd/networkd.conf.d";
	bool manages = true;
	struct dirent **x = NULL;
	char path[400];
	int n;

	read_networkd("/etc/systemd/networkd.conf", &manages);
	n = scandir(folder, &x, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, x[i]->d_name);
		if (strlen(path) > 5 && !strcmp(path + strlen(path) - 5, ".conf"))
			read_networkd(path, &manages);
		free(x[i]);
	}
	free(x);
	return manages;
}

int facts_gather(struct kernel *k, const struct snapshot *snap, struct arena *a,
		 struct doctor_facts *ret, struct err *e)
{
	struct gathering g = {a, ret};
	struct nl *nl = NULL;

	*ret = (struct doctor_facts){.snap = snap,
				     .sysctl = kernel_sysctl,
				     .sysctl_arg = k,
				     .names = names_new(NULL, NULL),
				     .networkd = !access("/run/systemd/netif", F_OK),
				     .networkd_rules = networkd_manages(),
				     .nm = !access("/run/NetworkManager", F_OK)};
	int rc = nl_open(&nl, NETLINK_SOCK_DIAG, 0, e);
	if (!rc)
		rc = list_sockets(nl, AF_INET, &g, e);
	if (!rc)
		rc = list_sockets(nl, AF_INET6, &g, e);
	nl_close(nl);
	find_programs(ret);
	return rc < 0 ? rc : 0;
}

void facts_free(struct doctor_facts *f)
{
	names_free(f->names);
}
