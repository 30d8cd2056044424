/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Echo replies from anybody: the first byte chooses the family. */
#include "probe/icmp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t family, again[ICMP_ECHO_SIZE];
	struct icmp_echo e;
	struct ip_addr src;

	if (!size)
		return 0;
	family = *data & 1 ? AF_INET6 : AF_INET;
	/* Of its own, so that a byte read behind the end is seen. */
	uint8_t *p = malloc(size - 1 ? size - 1 : 1);
	if (!p)
		return 0;
	memcpy(p, data + 1, size - 1);
	if (icmp_echo_read(family, p, size - 1, &e, &src)) {
		icmp_echo_write(family, &e, again);
		if (memcmp(again + 4, p + size - 1 - ICMP_ECHO_SIZE + 4, 16))
			abort();
	}
	free(p);
	return 0;
}
