/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Labs up and down.
 *
 * What enters other network namespaces is done in a child process, so that the caller stays where
 * it is (whoever is in a user namespace but in the network namespace of somebody else could leave
 * and never come back). The keepers are children of that child, and outlive it.
 */
#include "lab/lab.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "lab/build.h"
#include "lab/child.h"
#include "lab/keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

/* A socket in each host's namespace. The child's end frees them. */
static int open_site(struct site *s, const char *name, int netns, struct err *e)
{
	*s = (struct site){.name = name, .netns = netns};
	if (netns < 0)
		return err_errno(e, -errno, "namespace of host %s", name);
	int rc = site_enter(s, e);
	return rc < 0 ? rc : nl_open(&s->nl, NETLINK_ROUTE, 0, e);
}

struct up {
	const char *dir;
	pid_t bound_to;
	struct lab *lab;
};

static int build(void *arg, struct err *e)
{
	const struct up *up = arg;
	const struct topology *t = up->lab->topology;
	struct site site[LAB_HOSTS];
	struct keepers k;
	int rc = keepers_init(&k, up->dir, up->lab, up->bound_to, e);

	for (int i = 0; !rc && t->host[i]; i++) {
		rc = keeper_start(&k, t->host[i], e);
		if (!rc)
			rc = open_site(&site[i], t->host[i],
				       open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), e);
	}
	if (!rc)
		rc = build_network(t, site, e);
	if (!rc)
		rc = lab_write(up->dir, up->lab, e);
	if (!rc)
		rc = keepers_commit(&k, e);
	return rc;
}

/* Ends what there is of a lab. The folder is locked. */
static int remove_lab(const char *dir, struct lab *l, struct err *e)
{
	for (unsigned i = 0; i < l->host_n; i++)
		if (!keeper_end(&l->host[i]))
			return err_set(e, -ETIMEDOUT, "host %s: process %d does not end",
				       l->host[i].name, l->host[i].pid);
	lab_remove(dir, l->name);
	return 0;
}

static bool is_alive(const struct lab *l)
{
	for (unsigned i = 0; i < l->host_n; i++)
		if (process_start_time(l->host[i].pid) == l->host[i].start)
			return true;
	return false;
}

int lab_up(const char *dir, const struct lab_up *up, struct err *e)
{
	CLEANUP(free_fd) int lock = -1;
	char path[PATH_MAX];
	const struct topology *t;
	const char *name = up->name ? up->name : up->topology;
	struct lab old, l = {.topology = NULL};

	int rc = topology_find(up->topology, &t, e);
	if (!rc)
		rc = lab_check_name(name, e);
	if (!rc)
		rc = lab_lock(dir, path, &lock, e);
	if (rc < 0)
		return rc;
	rc = lab_read(path, name, &old, NULL);
	if (rc != -ENOENT && is_alive(&old)) {
		err_set(e, -EEXIST, "lab \"%s\" is up already", name);
		err_hint(e, "multihome lab down %s, or give another name", name);
		return -EEXIST;
	}
	lab_remove(path, name); /* what a dead one left */
	rc = file_mkdirs(path, 0755, e);
	if (rc < 0)
		return rc;
	l.topology = t;
	snprintf(l.name, sizeof(l.name), "%s", name);
	rc = child_call(build, &(struct up){path, up->bound_to, &l}, e);
	if (rc < 0) {
		lab_remove(path, name);
		return err_prefix(e, "lab %s", name);
	}
	return 0;
}

int lab_down(const char *dir, const char *name, struct err *e)
{
	CLEANUP(free_fd) int lock = -1;
	char path[PATH_MAX];
	struct lab l;

	int rc = lab_check_name(name, e);
	if (!rc)
		rc = lab_lock(dir, path, &lock, e);
	if (rc < 0)
		return rc;
	rc = lab_read(path, name, &l, e);
	if (rc < 0 && rc != -EBADMSG) {
		lab_remove(path, name); /* a folder without a state; or nothing */
		return rc;
	}
	return remove_lab(path, &l, e);
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

int lab_list(const char *dir, void (*fn)(void *arg, const struct lab *l), void *arg, struct err *e)
{
	struct dirent **entry;
	int n = scandir(dir, &entry, visible, alphasort);

	if (n < 0)
		return errno == ENOENT ? 0 : err_errno(e, -errno, "%s", dir);
	for (int i = 0; i < n; i++) {
		struct lab l;
		if (!lab_read(dir, entry[i]->d_name, &l, NULL))
			fn(arg, &l);
		free(entry[i]);
	}
	free(entry);
	return 0;
}

int lab_enter(const char *dir, const char *name, const char *host, struct err *e)
{
	struct lab l;
	int rc = lab_read(dir, name, &l, e);

	if (rc < 0)
		return rc;
	const struct lab_host *h = lab_find_host(&l, host, e);
	if (!h)
		return -ENOENT;
	CLEANUP(free_fd) int ns = lab_host_netns(h, e);
	if (ns < 0)
		return ns;
	if (setns(ns, CLONE_NEWNET) < 0) {
		rc = err_errno(e, -errno, "host %s of lab %s", host, name);
		err_hint(e, "run as whoever took the lab up");
		return rc;
	}
	return 0;
}

/* /sys/class/net is that of the network namespace in which it was mounted. */
static void mount_sys(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "none", MS_SLAVE | MS_REC, NULL) < 0)
		return;
	mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

int lab_exec(const char *dir, const char *name, const char *host, char *const argv[], struct err *e)
{
	int rc = lab_enter(dir, name, host, e);

	if (rc < 0)
		return rc;
	mount_sys();
	execvp(argv[0], argv);
	return err_errno(e, -errno, "%s", argv[0]);
}

struct cable {
	const struct lab *lab;
	const struct topology_link *link;
	bool heal;
};

static int switch_cable(void *arg, struct err *e)
{
	const struct cable *c = arg;
	const struct topology *t = c->lab->topology;
	struct site site[LAB_HOSTS];
	int rc = 0;

	for (int i = 0; !rc && t->host[i]; i++) {
		const struct lab_host *h = lab_find_host(c->lab, t->host[i], e);
		int ns = h ? lab_host_netns(h, e) : -ENOENT;
		rc = ns < 0 ? ns : open_site(&site[i], t->host[i], ns, e);
	}
	if (rc < 0)
		return rc;
	return c->heal ? build_heal(t, site, c->link, e) : build_cut(t, site, c->link, e);
}

static int cable(const char *dir, const char *name, const char *link, bool heal, struct err *e)
{
	struct lab l;
	struct cable c = {.lab = &l, .heal = heal};
	int rc = lab_read(dir, name, &l, e);

	if (!rc)
		rc = topology_find_link(l.topology, link, &c.link, e);
	return rc < 0 ? rc : child_call(switch_cable, &c, e);
}

int lab_cut(const char *dir, const char *name, const char *link, struct err *e)
{
	return cable(dir, name, link, false, e);
}

int lab_heal(const char *dir, const char *name, const char *link, struct err *e)
{
	return cable(dir, name, link, true, e);
}
