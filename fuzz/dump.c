/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved states: files one after the other, each behind a byte with its number (below 32), added to
 * one snapshot; then the model, and some packets through it.
 */
#include "fib/dump.h"
#include "fib/walk.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up(const struct snapshot *s)
{
	static const char *const to[] = {"192.0.2.1", "10.0.0.1", "2001:db8::1", "fe80::1"};
	struct fib *f;

	if (fib_new(&f, s, NULL) < 0)
		return;
	for (unsigned i = 0; i < 16; i++) {
		struct fib_packet p = {.iif = i & 4 ? 2 : 0, .mark = i, .proto = 6, .dport = 80};
		struct arena a = {0};
		struct fib_step *step;
		struct fib_result r, again;
		if (!ip_addr_parse(to[i & 3], 0, &p.dst))
			continue;
		p.family = p.src.family = p.dst.family;
		fib_lookup(f, &p, &r);
		fib_walk(f, &p, &a, &step, &again);
		if (r.verdict != again.verdict || r.route != again.route)
			__builtin_trap();
		arena_free(&a);
	}
	fib_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct snapshot s = {.settings = SETTINGS_INIT};
	const char *how;

	for (size_t at = 0; at < size;) {
		const char *name = dump_file(data[at], &how);
		size_t from = ++at;
		while (at < size && (data[at] >= 32 || data[at] == '\n' || data[at] == '\t'))
			at++;
		if (name)
			dump_add(&s, NULL, name, (const char *)data + from, at - from, NULL);
	}
	look_up(&s);
	snapshot_free(&s);
	return 0;
}
