/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ARP and neighbour advertisements from anybody: the first byte chooses. */
#include "probe/neigh_message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct neigh_answer got;

	if (!size)
		return 0;
	/* Of its own, so that a byte read behind the end is seen. */
	uint8_t *p = malloc(size - 1 ? size - 1 : 1);
	if (!p)
		return 0;
	memcpy(p, data + 1, size - 1);
	if (*data & 1) {
		if (nd_answer_read(p, size - 1, &got) && got.addr.family != AF_INET6)
			abort();
	} else if (arp_answer_read(p, size - 1, &got)) {
		uint8_t again[ARP_SIZE];
		/* What it says, written as the same machine's question, differs in whom it asks. */
		arp_ask_write(&got.addr, got.mac, &got.to, again);
		if (memcmp(again + 8, p + 8, 10) || memcmp(again + 24, p + 24, 4))
			abort();
	}
	free(p);
	return 0;
}
