/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What arrives at either end of the prober's channel: nothing unsound is taken, and what is taken
 * by the process that probes, in any order, stays within the memory that it was given.
 */
#include "daemon/prober_process.h"
#include "daemon/prober_wire.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_target(const struct prober_target *t)
{
	size_t end = t->at + window_bytes(t->slots);

	if (t->at % 8 || t->slots & (t->slots - 1) || end > 2 * PROBER_HALF ||
	    t->at / PROBER_HALF != (end - 1) / PROBER_HALF)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t *memory;

	if (!memory)
		memory = mmap(NULL, 2 * PROBER_HALF, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct asking *p = asking_new(memory);
	/* A message is led by its length. */
	for (size_t at = 0; p && at + 2 < size;) {
		union wire_message m = {.head = {0, 0}};
		size_t len = (size_t)(data[at] | data[at + 1] << 8) % (WIRE_MAX + 1);
		at += 2;
		len = len < size - at ? len : size - at;
		memcpy(m.bytes, data + at, len);
		at += len;
		wire_is_sound(&prober_out, &m, len);
		if (!wire_is_sound(&prober_in, &m, len))
			continue;
		if (m.head.type == PROBER_TARGET)
			check_target((const struct prober_target *)&m);
		if (asking_hear(p, &m) < 0)
			break;
	}
	asking_free(p);
	return 0;
}
