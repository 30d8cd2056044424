/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packet in words, a line as a batch has it: what is read comes back as it was from its words. */
#include "fib/packet_words.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const struct fib_packet *a, const struct fib_packet *b)
{
	return a->family == b->family && ip_addr_eq(&a->src, &b->src) &&
	       ip_addr_eq(&a->dst, &b->dst) && a->proto == b->proto && a->sport == b->sport &&
	       a->dport == b->dport && a->mark == b->mark && a->uid == b->uid && a->tos == b->tos &&
	       a->iif == b->iif && a->oif == b->oif && a->flowlabel == b->flowlabel;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct devices *devices;
	char *line = malloc(size + 1), text[512];
	struct fib_packet p, q;
	struct arena a = {0};
	struct err e = ERR_INIT;

	if (!devices) {
		devices = devices_new(NULL);
		devices_add(devices, 2, "eth0");
		devices_add(devices, 3, "a");
	}
	if (size)
		memcpy(line, data, size);
	line[size] = 0;
	int rc = packet_line_read(devices, line, size, &p, &e);
	if (rc < 0 && !e.msg[0])
		abort();
	if (rc > 0) {
		const char *words = packet_words_text(&p, devices, &a);
		size_t n = strlen(words);
		memcpy(text, words, n + 1);
		if (packet_line_read(devices, text, n, &q, &e) != 1 || !same(&p, &q))
			abort();
	}
	arena_free(&a);
	free(line);
	return 0;
}
