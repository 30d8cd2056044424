/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGEST ((size_t)16 * 1024 * 1024)

int file_read(struct arena *a, const char *path, char **ret_text, size_t *ret_len, struct err *e)
{
	CLEANUP(free_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(e, -errno, "%s", path);
	if (S_ISDIR(st.st_mode))
		return err_errno(e, -EISDIR, "%s", path);
	/* /proc files have no size: read until the end, growing. */
	size_t cap = st.st_size > 0 && st.st_size < (off_t)LARGEST ? (size_t)st.st_size + 1 : 4096;
	size_t n = 0;
	char *text = arena_alloc(a, cap + 1);
	for (;;) {
		ssize_t got = read(fd, text + n, cap - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(e, -errno, "%s", path);
		if (!got)
			break;
		n += (size_t)got;
		if (n > LARGEST)
			return err_errno(e, -EFBIG, "%s", path);
		if (n == cap) {
			char *more = arena_alloc(a, 2 * cap + 1);
			memcpy(more, text, n);
			text = more;
			cap *= 2;
		}
	}
	text[n] = 0;
	*ret_text = text;
	*ret_len = n;
	return 0;
}

int file_read_large(const char *path, char **ret_text, size_t *ret_len, struct err *e)
{
	bool standard = !strcmp(path, "-");
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC), rc = 0;
	size_t cap = 1 << 16, n = 0;
	char *text = NULL;

	while (fd >= 0 && !rc) {
		char *more = !text || n + 1 == cap ? realloc(text, cap *= 2) : text;
		ssize_t got = more ? read(fd, more + n, cap - 1 - n) : -1;
		text = more ? more : text;
		if (!got)
			break;
		if (got > 0)
			n += (size_t)got;
		else if (errno != EINTR)
			rc = -errno;
	}
	if (fd < 0)
		rc = -errno;
	else if (!standard)
		close(fd);
	if (rc < 0) {
		free(text);
		return err_errno(e, rc, "%s", standard ? "standard input" : path);
	}
	text[n] = 0;
	*ret_text = text;
	*ret_len = n;
	return 0;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int sync_folder_of(const char *path)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	memcpy(dir, n ? path : slash ? "/" : ".", n ? n : 1);
	dir[n ? n : 1] = 0;
	CLEANUP(free_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int replace(const char *path, const char *text, size_t len, unsigned mode, bool durably,
		   struct err *e)
{
	char tmp[PATH_MAX];
	int n = snprintf(tmp, sizeof(tmp), "%s.new", path);

	if (n < 0 || (size_t)n >= sizeof(tmp))
		return err_errno(e, -ENAMETOOLONG, "%s", path);
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return err_errno(e, -errno, "%s", tmp);
	int rc = write_all(fd, text, len);
	if (!rc && durably && fsync(fd) < 0)
		rc = -errno;
	close(fd);
	if (!rc && rename(tmp, path) < 0)
		rc = -errno;
	if (!rc && durably)
		rc = sync_folder_of(path);
	if (rc) {
		unlink(tmp);
		return err_errno(e, rc, "%s", path);
	}
	return 0;
}

int file_write(const char *path, const char *text, size_t len, unsigned mode, struct err *e)
{
	return replace(path, text, len, mode, true, e);
}

int file_swap(const char *path, const char *text, size_t len, unsigned mode, struct err *e)
{
	return replace(path, text, len, mode, false, e);
}

int file_temporary(struct err *e)
{
	const char *dir = getenv("TMPDIR");
	char path[PATH_MAX];

	if (!dir)
		dir = "/tmp";
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	/* Not every file system can. */
	snprintf(path, sizeof(path), "%s/multihome.XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, -errno, "temporary file in %s", dir);
	unlink(path);
	return fd;
}

int file_put(int fd, const void *p, size_t n, off_t at)
{
	for (size_t done = 0; done < n;) {
		ssize_t k = pwrite(fd, (const char *)p + done, n - done, at + (off_t)done);
		if (k < 0 && errno != EINTR)
			return -errno;
		done += k > 0 ? (size_t)k : 0;
	}
	return 0;
}

ssize_t file_get(int fd, void *p, size_t n, off_t at)
{
	size_t done = 0;

	while (done < n) {
		ssize_t k = pread(fd, (char *)p + done, n - done, at + (off_t)done);
		if (!k)
			break;
		if (k < 0 && errno != EINTR)
			return -errno;
		done += k > 0 ? (size_t)k : 0;
	}
	return (ssize_t)done;
}

static int cmp_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int file_list(struct arena *a, const char *dir, const char *suffix, char ***ret, size_t *ret_n,
	      struct err *e)
{
	struct dirent **entry = NULL;
	/* Mostly there is no such folder, which is quickly said. */
	int count = access(dir, F_OK) < 0 ? -1 : scandir(dir, &entry, NULL, cmp_names);
	char **name = NULL;
	size_t n = 0, cap = 0, end = strlen(suffix);

	if (count < 0)
		return err_errno(e, -errno, "%s", dir);
	for (int i = 0; i < count; i++) {
		CLEANUP(free_ptr) struct dirent *d = entry[i];
		size_t len = strlen(d->d_name);
		if (d->d_name[0] != '.' && len >= end && !strcmp(d->d_name + len - end, suffix))
			*ARENA_PUSH(a, name, n, cap) = arena_strdup(a, d->d_name);
	}
	free(entry);
	*ret = name;
	*ret_n = n;
	return 0;
}

int file_mkdirs(const char *path, unsigned mode, struct err *e)
{
	char part[PATH_MAX];
	size_t n = strlen(path);

	if (n >= sizeof(part))
		return err_errno(e, -ENAMETOOLONG, "%s", path);
	/* As a rule it is there. */
	if (!mkdir(path, mode) || errno == EEXIST)
		return 0;
	memcpy(part, path, n + 1);
	for (size_t i = 1; i <= n; i++) {
		if (part[i] != '/' && part[i] != 0)
			continue;
		char c = part[i];
		part[i] = 0;
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return err_errno(e, -errno, "%s", part);
		part[i] = c;
	}
	return 0;
}
