/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line from the control socket. What is taken says just one thing, and within its arrays. */
#include "daemon/request.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct request r;
	/* Of its own, so that a byte read behind the end is seen. */
	char *line = malloc(size ? size : 1);

	if (!line)
		return 0;
	memcpy(line, data, size);
	int rc = request_parse(line, size, &r, &e);
	if (rc ? !e.msg[0] : !memchr(r.uplink, 0, sizeof(r.uplink)))
		abort();
	if (!rc && (r.kind == REQUEST_UPLINK) != !!r.uplink[0])
		abort();
	free(line);
	return 0;
}
