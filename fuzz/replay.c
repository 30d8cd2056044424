/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for libFuzzer in the normal test run: gives every file of the folders named to the
 * target, once, and the empty input before all. Speaks TAP. The file at work is named before it is
 * given, so that the last line tells which input a crash is about.
 */
#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Exactly as large as the input, so that ASan sees a read beyond it. */
static int replay(const char *path)
{
	CLEANUP(free_file) FILE *f = fopen(path, "rb");
	CLEANUP(free_ptr) uint8_t *data = NULL;
	long size;

	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET))
		return -errno;
	data = malloc(size ? (size_t)size : 1);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size)
		return -EIO;
	LLVMFuzzerTestOneInput(data, (size_t)size);
	return 0;
}

static int replay_dir(const char *dir, unsigned *n)
{
	struct dirent **names = NULL;
	int count = scandir(dir, &names, NULL, alphasort);
	int rc = count < 0 && errno != ENOENT ? -errno : 0;

	for (int i = 0; i < count; i++) {
		CLEANUP(free_ptr) struct dirent *d = names[i];
		char path[4096];

		if (d->d_name[0] == '.' || rc)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, d->d_name);
		printf("# %s\n", path);
		rc = replay(path);
		if (rc)
			printf("# cannot read: %s\n", strerror(-rc));
		++*n;
	}
	free(names);
	return rc;
}

int main(int argc, char **argv)
{
	unsigned n = 0;
	int rc = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..1\n# the empty input\n");
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc && !rc; i++)
		rc = replay_dir(argv[i], &n);
	printf("%s 1 - %u inputs replayed\n", rc ? "not ok" : "ok", n);
	return rc ? 1 : 0;
}
