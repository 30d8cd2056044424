/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ip/netns.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

int netns_fd(const char *name, struct err *e)
{
	char path[PATH_MAX];

	if (strchr(name, '/'))
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), NETNS_FOLDER "/%s", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_errno(e, -errno, "cannot open network namespace \"%s\"", name) : fd;
}

/* Has changes of mounts stay here. */
static int own_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	return mount("", "/", "none", MS_SLAVE | MS_REC, NULL) < 0 ? -errno : 0;
}

/* /etc/netns/NAME/x over /etc/x. */
static void bind_etc(const char *name, bool own)
{
	char dir[PATH_MAX], from[2 * PATH_MAX], to[PATH_MAX];
	const struct dirent *d;

	snprintf(dir, sizeof(dir), "/etc/netns/%s", name);
	DIR *etc = opendir(dir);
	if (!etc)
		return;
	if (own || own_mounts() == 0)
		while ((d = readdir(etc))) {
			if (d->d_name[0] == '.')
				continue;
			snprintf(from, sizeof(from), "%s/%s", dir, d->d_name);
			snprintf(to, sizeof(to), "/etc/%s", d->d_name);
			mount(from, to, "none", MS_BIND, NULL);
		}
	closedir(etc);
}

static int enter(const char *name, struct err *e)
{
	CLEANUP(free_fd) int fd = netns_fd(name, e);

	if (fd < 0)
		return fd;
	if (setns(fd, CLONE_NEWNET) < 0)
		return err_errno(e, -errno, "cannot enter network namespace \"%s\"", name);
	return 0;
}

int netns_enter(const char *name, struct err *e)
{
	int rc = enter(name, e);

	if (!rc && !strchr(name, '/'))
		bind_etc(name, false);
	return rc;
}

int netns_enter_whole(const char *name, struct err *e)
{
	struct statvfs sys;
	unsigned long flags = 0;
	int rc = enter(name, e);

	if (rc < 0)
		return rc;
	rc = own_mounts();
	if (rc < 0)
		return err_errno(e, rc, "mounts of namespace \"%s\"", name);
	/* The old /sys, of another namespace, may be read-only (in a container); so is the new. */
	if (umount2("/sys", MNT_DETACH) < 0 && !statvfs("/sys", &sys) && (sys.f_flag & ST_RDONLY))
		flags = MS_RDONLY;
	if (mount(name, "/sys", "sysfs", flags, NULL) < 0)
		return err_errno(e, -errno, "/sys of namespace \"%s\"", name);
	if (!strchr(name, '/'))
		bind_etc(name, true);
	return 0;
}
