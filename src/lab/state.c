/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lab/state.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/out.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int lab_lock(const char *dir, char *path, int *ret_fd, struct err *e)
{
	for (;;) {
		int rc = file_mkdirs(dir, 0755, e);
		if (rc < 0) {
			if (rc == -EACCES || rc == -EPERM)
				err_hint(e, "mount a tmpfs on /run, or use --dir");
			return rc;
		}
		CLEANUP(free_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		struct stat st;
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 || !realpath(dir, path))
			return err_errno(e, -errno, "%s", dir);
		while (flock(fd, LOCK_EX) < 0)
			if (errno != EINTR)
				return err_errno(e, -errno, "%s: lock", dir);
		/* Whoever took the last lab down may have removed it meanwhile. */
		if (!fstat(fd, &st) && st.st_nlink) {
			*ret_fd = fd;
			fd = -1;
			return 0;
		}
	}
}

int lab_check_name(const char *name, struct err *e)
{
	size_t n = strlen(name);
	bool good = n && n < LAB_NAME_MAX && name[0] != '.' && name[0] != '-';

	for (size_t i = 0; good && i < n; i++)
		good = isalnum((unsigned char)name[i]) || strchr("-_.", name[i]);
	if (good)
		return 0;
	err_set(e, -EINVAL, "\"%s\" cannot be a lab's name", name);
	err_hint(e, "up to %d letters, digits, -, _ and .", LAB_NAME_MAX - 1);
	return -EINVAL;
}

static void state_path(const char *dir, const char *name, char path[static PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s/state", dir, name);
}

/* A whole word as a number from 1 to `max`; 0 if it is none. */
static uint64_t read_number(const char *word, uint64_t max)
{
	char *end;

	if (!word || !isdigit((unsigned char)*word))
		return 0;
	errno = 0;
	unsigned long long v = strtoull(word, &end, 10);
	return errno || *end || v > max ? 0 : v;
}

/* A line of the state, which is taken apart; false if it makes no sense. */
static bool read_line(struct lab *l, char *line)
{
	char *rest;
	const char *kind = strtok_r(line, " ", &rest), *name = strtok_r(NULL, " ", &rest);
	const char *pid = strtok_r(NULL, " ", &rest), *start = strtok_r(NULL, " ", &rest);

	if (!kind || !name || strtok_r(NULL, " ", &rest))
		return false;
	if (!strcmp(kind, "topology"))
		return !pid && !topology_find(name, &l->topology, NULL);
	if (strcmp(kind, "host") || l->host_n == LAB_HOSTS || strlen(name) >= LAB_NAME_MAX)
		return false;
	struct lab_host *h = &l->host[l->host_n];
	snprintf(h->name, sizeof(h->name), "%s", name);
	h->pid = (pid_t)read_number(pid, INT_MAX);
	h->start = read_number(start, UINT64_MAX);
	if (!h->pid || !h->start)
		return false;
	l->host_n++;
	return true;
}

int lab_read(const char *dir, const char *name, struct lab *ret, struct err *e)
{
	CLEANUP(arena_free) struct arena a = {0};
	char path[PATH_MAX];
	char *text, *rest;
	size_t len;
	int rc = lab_check_name(name, e);

	if (rc < 0)
		return rc;
	*ret = (struct lab){.topology = NULL};
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	state_path(dir, name, path);
	rc = file_read(&a, path, &text, &len, e);
	if (rc == -ENOENT) {
		err_set(e, rc, "no lab \"%s\"", name);
		err_hint(e, "multihome lab up %s", name);
	}
	if (rc < 0)
		return rc;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (!read_line(ret, line))
			return err_set(e, -EBADMSG, "%s makes no sense", path);
	if (!ret->topology)
		return err_set(e, -EBADMSG, "%s: no topology", path);
	return 0;
}

int lab_write(const char *dir, const struct lab *l, struct err *e)
{
	CLEANUP(out_free) struct out o = {.fd = -1};
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, l->name);
	int rc = file_mkdirs(path, 0755, e);
	if (rc < 0)
		return rc;
	out_init(&o, -1);
	out_printf(&o, "topology %s\n", l->topology->name);
	for (unsigned i = 0; i < l->host_n; i++)
		out_printf(&o, "host %s %d %" PRIu64 "\n", l->host[i].name, l->host[i].pid,
			   l->host[i].start);
	state_path(dir, l->name, path);
	const char *text = out_str(&o);
	return file_write(path, text, o.len, 0644, e);
}

void lab_remove(const char *dir, const char *name)
{
	char path[PATH_MAX];

	state_path(dir, name, path);
	unlink(path);
	*strrchr(path, '/') = 0;
	rmdir(path);
	rmdir(dir);
}

uint64_t process_start_time(pid_t pid)
{
	CLEANUP(arena_free) struct arena a = {0};
	char path[32];
	char *text, *rest;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (file_read(&a, path, &text, &len, NULL) < 0)
		return 0;
	/* The name may hold blanks and parentheses; behind it, fields 3 (the state) and 22. */
	char *p = strrchr(text, ')');
	const char *word = p ? strtok_r(p + 1, " ", &rest) : NULL;
	if (!word || *word == 'Z' || *word == 'X')
		return 0;
	for (int field = 3; word && field < 22; field++)
		word = strtok_r(NULL, " ", &rest);
	return read_number(word, UINT64_MAX);
}

int lab_host_pidfd(const struct lab_host *h)
{
	int fd = (int)syscall(SYS_pidfd_open, h->pid, 0);

	if (fd < 0)
		return -errno;
	/* Asked after it was opened: what the descriptor stands for does not change any more. */
	if (process_start_time(h->pid) == h->start)
		return fd;
	close(fd);
	return -ESRCH;
}

int lab_host_netns(const struct lab_host *h, struct err *e)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", h->pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT && errno != ESRCH)
		return err_errno(e, -errno, "namespace of host %s", h->name);
	if (fd >= 0 && process_start_time(h->pid) == h->start)
		return fd;
	if (fd >= 0)
		close(fd);
	err_set(e, -ESRCH, "host %s is gone: its keeper, process %d, has ended", h->name, h->pid);
	return err_hint(e, "take the lab down and up again");
}

const struct lab_host *lab_find_host(const struct lab *l, const char *name, struct err *e)
{
	if (topology_find_host(l->topology, name, e) < 0)
		return NULL;
	for (unsigned i = 0; i < l->host_n; i++)
		if (!strcmp(l->host[i].name, name))
			return &l->host[i];
	err_set(e, -ENOENT, "lab %s has lost its host %s", l->name, name);
	return NULL;
}
