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

#define FOLDER "/var/run/netns"

int netns_fd(const char *name, struct err *e)
{
	char path[PATH_MAX];

	if (strchr(name, '/'))
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), FOLDER "/%s", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_errno(e, -errno, "cannot open network namespace \"%s\"", name) : fd;
}

/* A mount namespace of our own, with /etc/netns/NAME/x over /etc/x. */
static void bind_etc(const char *name)
{
	char dir[PATH_MAX], from[2 * PATH_MAX], to[PATH_MAX];
	struct dirent *d;

	snprintf(dir, sizeof(dir), "/etc/netns/%s", name);
	DIR *etc = opendir(dir);
	if (!etc)
		return;
	if (unshare(CLONE_NEWNS) == 0 && mount("", "/", "none", MS_SLAVE | MS_REC, NULL) == 0)
		while ((d = readdir(etc))) {
			if (d->d_name[0] == '.')
				continue;
			snprintf(from, sizeof(from), "%s/%s", dir, d->d_name);
			snprintf(to, sizeof(to), "/etc/%s", d->d_name);
			mount(from, to, "none", MS_BIND, NULL);
		}
	closedir(etc);
}

int netns_enter(const char *name, struct err *e)
{
	CLEANUP(free_fd) int fd = netns_fd(name, e);

	if (fd < 0)
		return fd;
	if (setns(fd, CLONE_NEWNET) < 0)
		return err_errno(e, -errno, "cannot enter network namespace \"%s\"", name);
	if (!strchr(name, '/'))
		bind_etc(name);
	return 0;
}
