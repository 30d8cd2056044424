/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/http_child.h"

#include "daemon/log.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "multihome-http"

static void find_program(char path[static PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n > 0 ? n : 0] = 0;
	snprintf(path, PATH_MAX, "%s/" PROGRAM, dirname(self));
	if (n <= 0 || access(path, X_OK) < 0)
		snprintf(path, PATH_MAX, MH_LIBEXECDIR "/" PROGRAM);
}

int http_child(const int fd[])
{
	int life = fd[0], socket = fd[1];
	char path[PATH_MAX], a[16], b[16];

	snprintf(a, sizeof(a), "%d", socket);
	snprintf(b, sizeof(b), "%d", life);
	find_program(path);
	/* Both live on in the program. */
	if (fcntl(socket, F_SETFD, 0) == 0 && fcntl(life, F_SETFD, 0) == 0)
		execl(path, PROGRAM, a, b, (char *)NULL);
	log_line(LOG_ERROR, "%s: %s", path, strerror(errno));
	return 1;
}
