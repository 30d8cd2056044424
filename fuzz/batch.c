/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of command lines, as `ip -batch` reads it: blanks, quotes, comments, joined lines, and the
 * changes as they are queued, with a kernel that agrees to everything (kernel.h). The first byte
 * chooses options: -force, -atomic, -j, -dry-run.
 */
#include "ip/batch.h"

#include "base/cleanup.h"
#include "ip/run.h"
#include "kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of objects that do more than talk to the kernel here (files, programs, namespaces), no line. */
static bool is_harmless(const uint8_t *data, size_t size)
{
	bool start = true;

	for (size_t i = 0; i < size; i++) {
		uint8_t c = data[i];
		if (start && strchr("nmtvsxo\"'\\", c))
			return false;
		start = c == '\n' || (start && (c == ' ' || c == '\t' || c == '\r'));
	}
	return !memmem(data, size, "save", 4) && !memmem(data, size, "res", 3) &&
	       !memmem(data, size, "show", 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	struct err e = ERR_INIT;
	struct ip ip;

	if (!size || !is_harmless(data + 1, size - 1))
		return 0;
	CLEANUP(free_fd) int fd = memfd_create("batch", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data + 1, size - 1) != (ssize_t)size - 1)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	kernel_begin(NULL, 0);
	ip_init(&ip, -1);
	names_free(ip.names);
	ip.names = names_new("/nonexistent", "/nonexistent");
	ip.opt.force = data[0] & 1;
	ip.opt.atomic = data[0] & 2 && !ip.opt.force;
	ip.opt.json = data[0] & 4;
	ip.opt.dry_run = data[0] & 8;
	if (ip_start(&ip, &e) < 0)
		abort();
	devices_add(ip.devices, 2, "v0");
	if (ip_batch(&ip, path, &e) < 0)
		ip_report(&ip, &e, NULL, 0);
	ip_free(&ip);
	return 0;
}
