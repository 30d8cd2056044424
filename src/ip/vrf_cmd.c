/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip vrf: virtual routing domains, and the processes whose sockets are bound to one.
 *
 * A process belongs to a VRF by its control group: PATH[/NETNS-ns]/vrf/NAME in the unified
 * hierarchy, on which a program of five instructions (ip/vrf_bpf.c) binds every new socket to the
 * VRF's interface. The names of these groups are iproute2's, so that either finds the other's.
 */
#include "base/cleanup.h"
#include "ip/change.h"
#include "ip/netns.h"
#include "ip/objects.h"
#include "ip/vrf.h"
#include "model/link.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define CGROUP_MOUNT "/var/run/cgroup2"

struct vrf_request {
	uint64_t has; /* nothing of a set */
	const char *name;
	int command; /* its first word */
};

static int take_name(struct parser *p, const struct keyword *k, struct err *e)
{
	(void)k;
	return parse_next(p, &((struct vrf_request *)p->obj)->name, e);
}

static void show_one(struct ip *ip, const char *name, uint32_t table, const char *format)
{
	if (!ip->print.json) {
		out_printf(&ip->out, format, name, table);
		return;
	}
	jw_object(&ip->print.j, NULL);
	jw_str(&ip->print.j, "name", name);
	jw_u64(&ip->print.j, "table", table);
	jw_object_end(&ip->print.j);
}

struct listed {
	struct ip *ip;
	unsigned n;
};

static int list_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct listed *list = arg;
	struct link l;
	int rc = link_decode(h, &l, e);

	if (rc < 0 || !has(&l, LINK_NAME))
		return rc;
	uint32_t table = vrf_link_table(&l);
	if (!table)
		return 0;
	list->n++;
	show_one(list->ip, l.name, table, "%-16s %5u\n");
	return 0;
}

static int show_all(struct ip *ip, struct err *e)
{
	struct link l = {.has = HAS(LINK_INFO), .info = link_info_kind(&ip->arena, "vrf")};
	struct listed list = {ip, 0};
	struct nl_msg m;
	int rc = link_message(&m, RTM_GETLINK, 0, &l, e);

	ip_list_begin(ip);
	if (!ip->print.json)
		out_puts(&ip->out, "Name              Table\n-----------------------\n");
	if (rc >= 0)
		rc = ip_dump(ip, &m.h, list_one, &list, e);
	if (rc >= 0 && !list.n && !ip->print.json)
		out_puts(&ip->out, "No VRF has been configured\n");
	ip_list_end(ip);
	return rc;
}

static int run_show(struct parser *p, struct err *e)
{
	const struct vrf_request *q = p->obj;
	uint32_t table = 0;

	if (!q->name)
		return show_all(p->ip, e);
	int ifindex = devices_index(p->values.devices, q->name);
	if (!ifindex || !vrf_table(p->ip, ifindex, &table))
		return ip_fail(p->ip, STATUS_USAGE, e, -ENODEV, "\"%s\" is not a VRF", q->name);
	ip_list_begin(p->ip);
	show_one(p->ip, q->name, table, "%s %u\n");
	ip_list_end(p->ip);
	return 0;
}

/* The unified hierarchy's path of a process, without its line's head and end. */
static int cgroup_of(const char *pid, char *ret, size_t size, struct err *e)
{
	char path[64], line[PATH_MAX];

	snprintf(path, sizeof(path), "/proc/%s/cgroup", pid);
	CLEANUP(free_file) FILE *f = fopen(path, "re");
	if (!f)
		return err_errno(e, -errno, "process %s", pid);
	*ret = 0;
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "0::/", 4) != 0)
			continue;
		line[strcspn(line, "\n")] = 0;
		snprintf(ret, size, "%s", line + 3);
	}
	return 0;
}

static int run_identify(struct parser *p, struct err *e)
{
	const struct vrf_request *q = p->obj;
	char path[PATH_MAX];
	uint64_t pid;

	if (q->name && !value_read_number(q->name, UINT32_MAX, &pid))
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL, "\"%s\" is not a process", q->name);
	p->ip->status = STATUS_SYNTAX;
	int rc = cgroup_of(q->name ? q->name : "self", path, sizeof(path), e);
	const char *vrf = rc < 0 ? NULL : strstr(path, "/vrf/");
	bool none = !vrf || !vrf[5];
	if (rc < 0)
		return rc;
	if (!p->ip->print.json) {
		if (!none)
			out_printf(&p->ip->out, "%s\n", vrf + 5);
		return 0;
	}
	ip_list_begin(p->ip);
	if (!none) {
		jw_object(&p->ip->print.j, NULL);
		jw_str(&p->ip->print.j, "vrf", vrf + 5);
		jw_object_end(&p->ip->print.j);
	}
	ip_list_end(p->ip);
	return 0;
}

/* Where the unified hierarchy is mounted; it is mounted if it is nowhere. */
static int find_mount(char *ret, size_t size, struct err *e)
{
	CLEANUP(free_file) FILE *f = fopen("/proc/mounts", "re");
	char buf[2 * PATH_MAX];
	struct mntent m;

	while (f && getmntent_r(f, &m, buf, sizeof(buf)))
		if (!strcmp(m.mnt_type, "cgroup2")) {
			snprintf(ret, size, "%s", m.mnt_dir);
			return 0;
		}
	if (mkdir(CGROUP_MOUNT, 0755) < 0 && errno != EEXIST)
		return err_errno(e, -errno, "folder " CGROUP_MOUNT);
	if (mount("none", CGROUP_MOUNT, "cgroup2", 0, NULL) < 0)
		return err_errno(e, -errno, "cannot mount cgroup2 on " CGROUP_MOUNT);
	snprintf(ret, size, "%s", CGROUP_MOUNT);
	return 0;
}

/* "NAME-ns" of the network namespace that this process is in, if that has a name; else "". */
static void own_netns(char *ret, size_t size)
{
	char name[NAME_MAX + 1];

	netns_own_name(name, sizeof(name));
	snprintf(ret, size, "%s%s", name, *name ? "-ns" : "");
}

struct members {
	struct ip *ip;
	const char *vrf, *netns;
};

static void show_member(struct ip *ip, const char *pid)
{
	char path[64], comm[64] = "<terminated?>";

	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	CLEANUP(free_file) FILE *f = fopen(path, "re");
	if (f && fgets(comm, sizeof(comm), f))
		comm[strcspn(comm, "\n")] = 0;
	if (!ip->print.json) {
		out_printf(&ip->out, "%5s  %s\n", pid, comm);
		return;
	}
	jw_object(&ip->print.j, NULL);
	jw_u64(&ip->print.j, "pid", strtoull(pid, NULL, 10));
	jw_str(&ip->print.j, "cmd", comm);
	jw_object_end(&ip->print.j);
}

static void show_members(const struct members *m, const char *folder)
{
	char path[PATH_MAX], pid[32];

	if (snprintf(path, sizeof(path), "%s/vrf/%s/cgroup.procs", folder, m->vrf) >= PATH_MAX)
		return;
	CLEANUP(free_file) FILE *f = fopen(path, "re");
	while (f && fgets(pid, sizeof(pid), f)) {
		pid[strcspn(pid, "\n")] = 0;
		show_member(m->ip, pid);
	}
}

/* Looks for "vrf" in the folder of the network namespace, wherever that is. */
static void find_members(const struct members *m, const char *folder)
{
	const char *last = strrchr(folder, '/');
	const struct dirent *d;
	char path[PATH_MAX];
	DIR *dir = opendir(folder);

	while (dir && (d = readdir(dir))) {
		if (d->d_type != DT_DIR || *d->d_name == '.')
			continue;
		if (strcmp(d->d_name, "vrf") != 0) {
			if (snprintf(path, sizeof(path), "%s/%s", folder, d->d_name) < PATH_MAX)
				find_members(m, path);
		} else if (!*m->netns || (last && !strcmp(last + 1, m->netns))) {
			show_members(m, folder);
		}
	}
	if (dir)
		closedir(dir);
}

static int need_vrf(struct parser *p, const char *name, int status, int *ret, struct err *e)
{
	*ret = devices_index(p->values.devices, name);
	if (*ret && vrf_table(p->ip, *ret, NULL))
		return 0;
	return ip_fail(p->ip, status, e, -ENODEV, "\"%s\" is not a VRF", name);
}

static int run_pids(struct parser *p, struct err *e)
{
	const struct vrf_request *q = p->obj;
	char folder[PATH_MAX], netns[NAME_MAX + 8];
	int ifindex;

	if (!q->name)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL, "a VRF is missing");
	int rc = need_vrf(p, q->name, STATUS_SYNTAX, &ifindex, e);
	if (!rc)
		rc = find_mount(folder, sizeof(folder), e);
	if (rc < 0)
		return rc;
	own_netns(netns, sizeof(netns));
	struct members m = {p->ip, q->name, netns};
	ip_list_begin(p->ip);
	find_members(&m, folder);
	ip_list_end(p->ip);
	return 0;
}

/* NAME COMMAND...: the words are the command's own. */
static int begin_exec(struct parser *p, struct err *e)
{
	struct vrf_request *q = p->obj;

	if (p->n < 2)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL, "%s is missing",
			       p->n ? "a command to run" : "a VRF");
	q->name = p->word[0];
	q->command = 1;
	p->at = p->n;
	return 0;
}

/* The folder of the VRF `name`'s group, "" for none: below the group that this process is in. */
static int group_folder(const char *name, char *ret, size_t size, struct err *e)
{
	char mount[PATH_MAX], own[PATH_MAX], netns[NAME_MAX + 8];
	int rc = find_mount(mount, sizeof(mount), e);

	if (!rc)
		rc = cgroup_of("self", own, sizeof(own), e);
	if (rc < 0)
		return rc;
	char *vrf = strstr(own, "/vrf");
	if (vrf)
		*vrf = 0;
	own_netns(netns, sizeof(netns));
	char *last = strrchr(own, '/');
	if (last && (!last[1] || (*netns && !strcmp(last + 1, netns))))
		*last = 0;
	int n = snprintf(ret, size, "%s%s%s%s/vrf/%s", mount, own, *netns ? "/" : "", netns, name);
	return n < 0 || (size_t)n >= size ? err_set(e, -ENAMETOOLONG, "%s", mount) : 0;
}

static int make_folders(char *path, struct err *e)
{
	for (char *s = path + 1;; s++) {
		char c = *s;
		if (c && c != '/')
			continue;
		*s = 0;
		int rc = mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;
		*s = c;
		if (rc)
			return err_errno(e, rc, "control group %s", path);
		if (!c)
			return 0;
	}
}

static int join(const char *folder, struct err *e)
{
	char path[PATH_MAX + 16], pid[16];

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	CLEANUP(free_fd) int fd = open(path, O_WRONLY | O_CLOEXEC);
	int n = snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (fd < 0 || write(fd, pid, (size_t)n) != n)
		return err_errno(e, -errno, "cannot join control group %s", folder);
	return 0;
}

/* The process's sockets are bound to the VRF from now on; "default": to none. */
static int enter(struct parser *p, const char *name, struct err *e)
{
	bool none = !strcmp(name, "default");
	char folder[PATH_MAX];
	int ifindex = 0;
	int rc = none ? 0 : need_vrf(p, name, STATUS_USAGE, &ifindex, e);

	if (!rc)
		rc = group_folder(none ? "" : name, folder, sizeof(folder), e);
	if (!rc)
		rc = make_folders(folder, e);
	if (!rc && !none)
		rc = vrf_bind_group(folder, ifindex, e);
	return rc < 0 ? rc : join(folder, e);
}

static int run_exec(struct parser *p, struct err *e)
{
	const struct vrf_request *q = p->obj;
	size_t n = (size_t)(p->n - q->command);
	char **argv = arena_alloc(&p->ip->arena, (n + 1) * sizeof(*argv));

	if (p->ip->opt.batch)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EOPNOTSUPP,
			       "a batch cannot run commands in a VRF: it would go on there itself");
	int rc = ip_act(p->ip, e);
	if (rc <= 0)
		return rc;
	memcpy(argv, p->word + q->command, n * sizeof(*argv));
	out_flush(&p->ip->out);
	p->ip->status = STATUS_USAGE;
	rc = enter(p, q->name, e);
	if (rc < 0)
		return rc;
	execvp(argv[0], argv);
	return err_errno(e, -errno, "cannot run \"%s\"", argv[0]);
}

static const struct keyword name_words[] = {
	{"=name", take_name, 0, KW_BARE | KW_ONCE, "NAME", 0},
	{0},
};
static const struct keyword pid_words[] = {
	{"=pid", take_name, 0, KW_BARE | KW_ONCE, "PID", 0},
	{0},
};
static const struct keyword exec_words[] = {
	{"=name", take_name, 0, KW_BARE, "NAME COMMAND...", 0},
	{0},
};

#define VRF(words, what, keywords, begin, run)                                                     \
	{                                                                                          \
		words, what, NULL, sizeof(struct vrf_request), keywords, begin, NULL, run, 0, 0,   \
			NULL                                                                       \
	}
const struct command vrf_commands[] = {
	VRF("show lst list", "shows VRFs and their tables", name_words, NULL, run_show),
	VRF("identify", "shows a process's VRF", pid_words, NULL, run_identify),
	VRF("pids", "shows the processes in a VRF", name_words, NULL, run_pids),
	VRF("exec", "runs a command whose sockets are bound to a VRF", exec_words, begin_exec,
	    run_exec),
	{0},
};
