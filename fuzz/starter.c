/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the starter is told: the first byte is how many descriptors come along, the rest a message.
 * One that passes is one that may be.
 */
#include "daemon/children.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_one(const union wire_message *m, size_t size, unsigned fds)
{
	const struct starter_start *s = (const struct starter_start *)m;
	const struct starter_end *e = (const struct starter_end *)m;

	if (m->head.size != size)
		return false;
	if (m->head.type == STARTER_START)
		return size == sizeof(*s) && s->kind < CHILD_KINDS &&
		       fds == child_kinds[s->kind].fds;
	return m->head.type == STARTER_END && size == sizeof(*e) && !fds &&
	       e->grace <= STARTER_GRACE_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	union wire_message m = {.align = 0};
	unsigned fds = size ? *data : 0;
	size_t n = size ? size - 1 : 0;

	if (n > sizeof(m))
		return 0;
	if (n)
		memcpy(&m, data + 1, n);
	bool taken =
		wire_is_sound(&starter_in, &m, n) && starter_may(child_kinds, CHILD_KINDS, &m, fds);
	if (taken != (n >= sizeof(m.head) && is_one(&m, n, fds)))
		abort();
	return 0;
}
