/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply/kernel.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

#define PROC_SYS "/proc/sys/"

struct kernel {
	struct nl *nl;
	struct arena values; /* what kernel_sysctl_read() gave out */
	struct err failed;   /* of kernel_sysctl() */
	const struct snapshot_routes *which;
};

int kernel_open(struct kernel **ret, struct err *e)
{
	struct kernel *k = calloc(1, sizeof(*k));

	if (!k)
		return err_errno(e, -ENOMEM, "kernel");
	int rc = nl_open(&k->nl, NETLINK_ROUTE, 0, e);
	if (!rc && access(PROC_SYS "net", F_OK) < 0) {
		err_errno(e, rc = -errno, "%s", PROC_SYS "net");
		err_hint(e, "mount -t proc proc /proc");
	}
	if (rc < 0) {
		kernel_close(k);
		return rc;
	}
	*ret = k;
	return 0;
}

void kernel_close(struct kernel *k)
{
	if (!k)
		return;
	nl_close(k->nl);
	arena_free(&k->values);
	free(k);
}

struct nl *kernel_nl(struct kernel *k)
{
	return k->nl;
}

uint64_t kernel_netns_cookie(struct kernel *k)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	if (getsockopt(nl_fd(k->nl), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) < 0)
		return 0;
	return cookie;
}

/*
 * Having the capability is not enough, it has to be held over this network namespace (a user
 * namespace without a network of its own has it over nothing). The kernel asks for it before it
 * looks at a request, so one that names no link can only be refused, and tells by the error.
 */
int kernel_need_admin(struct kernel *k, const char *verb, struct err *e)
{
	struct link nobody = {.h = {.ifi_family = AF_UNSPEC}};
	struct nl_msg m;
	int rc = link_message(&m, RTM_SETLINK, 0, &nobody, e);

	if (!rc && nl_talk(k->nl, &m.h, NULL, NULL, e) == -EPERM) {
		rc = err_set(e, -EPERM, "changing the network needs root (CAP_NET_ADMIN)");
		err_hint(e, "run: sudo multihome %s", verb);
	} else if (e && !rc) {
		*e = ERR_INIT;
	}
	return rc;
}

/*
 * The file of a sysctl. Components are separated by '/', so that an interface's name may hold dots;
 * none may be empty, "." or "..": names also come from files.
 */
static bool sysctl_path(const char *name, char *path, size_t size)
{
	if (strncmp(name, "net/", 4) != 0)
		return false;
	for (const char *p = name; p; p = strchr(p, '/')) {
		p += *p == '/';
		size_t n = strcspn(p, "/");
		if (!n || (n == 1 && p[0] == '.') || (n == 2 && !memcmp(p, "..", 2)))
			return false;
	}
	int n = snprintf(path, size, PROC_SYS "%s", name);
	return n > 0 && (size_t)n < size;
}

int kernel_sysctl_read(struct kernel *k, const char *name, const char **ret, struct err *e)
{
	char path[512], value[4096];

	*ret = NULL;
	if (!sysctl_path(name, path, sizeof(path)))
		return 0;
	CLEANUP(free_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	ssize_t n = fd < 0 ? -1 : read(fd, value, sizeof(value));
	if (n < 0)
		return err_errno(e, -errno, "%s", path);
	while (n && value[n - 1] == '\n')
		n--;
	*ret = arena_strndup(&k->values, value, (size_t)n);
	return 0;
}

const char *kernel_sysctl(void *kernel, const char *name)
{
	struct kernel *k = kernel;
	const char *value;

	kernel_sysctl_read(k, name, &value, k->failed.code ? NULL : &k->failed);
	return value;
}

int kernel_sysctl_failed(struct kernel *k, struct err *e)
{
	if (k->failed.code && e)
		*e = k->failed;
	return k->failed.code;
}

int kernel_sysctl_set(struct kernel *k, const char *name, const char *value, struct err *e)
{
	char path[512];

	(void)k;
	if (!sysctl_path(name, path, sizeof(path)))
		return err_set(e, -EINVAL, "%s: no sysctl's name", name);
	CLEANUP(free_fd) int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		int rc = err_errno(e, -errno, "%s", path);
		if (rc == -EROFS)
			err_hint(e,
				 "/proc/sys is read-only here, as in a container: set %s to %s "
				 "from outside",
				 name, value);
		return rc;
	}
	size_t len = strlen(value);
	ssize_t n = write(fd, value, len);
	if (n < 0)
		return err_errno(e, -errno, "%s: cannot write %s", path, value);
	return (size_t)n == len ? 0 : err_errno(e, -EIO, "%s", path);
}

void kernel_read_routes(struct kernel *k, const struct snapshot_routes *which)
{
	k->which = which;
}

int kernel_snapshot(struct kernel *k, struct snapshot *ret, struct err *e)
{
	unsigned parts = SNAPSHOT_LINKS | SNAPSHOT_ADDRESSES | SNAPSHOT_RULES | SNAPSHOT_ROUTES |
			 SNAPSHOT_ENDPOINTS;

	arena_free(&k->values);
	k->failed = ERR_INIT;
	int rc = snapshot_take_some(k->nl, parts, k->which, ret, e);
	if (rc < 0)
		err_prefix(e, "reading links, addresses, rules and routes");
	return rc;
}

/* `gone` is what the kernel says when the object to delete is not there. */
static int talk(struct kernel *k, struct nl_msg *m, int gone, struct err *e)
{
	int rc = nl_talk(k->nl, &m->h, NULL, NULL, e);

	if (rc == gone) {
		if (e)
			*e = ERR_INIT;
		return 0;
	}
	return rc;
}

int kernel_route(struct kernel *k, unsigned type, unsigned flags, const struct route *r,
		 struct err *e)
{
	struct nl_msg m;
	int rc = route_message(&m, type, flags, r, e);

	return rc < 0 ? rc : talk(k, &m, type == RTM_DELROUTE ? -ESRCH : 1, e);
}

int kernel_rule(struct kernel *k, unsigned type, unsigned flags, const struct rule *r,
		struct err *e)
{
	struct nl_msg m;
	int rc = rule_message(&m, type, flags, r, e);

	return rc < 0 ? rc : talk(k, &m, type == RTM_DELRULE ? -ENOENT : 1, e);
}

int kernel_link_group(struct kernel *k, int ifindex, uint32_t group, struct err *e)
{
	struct link l = {.has = HAS(LINK_GROUP), .h = {.ifi_index = ifindex}, .group = group};
	struct nl_msg m;
	int rc = link_message(&m, RTM_SETLINK, 0, &l, e);

	return rc < 0 ? rc : nl_talk(k->nl, &m.h, NULL, NULL, e);
}

int kernel_endpoint(struct kernel *k, bool add, const struct endpoint *x, struct err *e)
{
	struct mptcp_endpoint p = {.id = x->id, .addr = x->addr, .ifindex = (uint32_t)x->ifindex};

	(void)k;
	return add ? mptcp_add_endpoint(&p, e) : mptcp_del_endpoint(x->id, e);
}
