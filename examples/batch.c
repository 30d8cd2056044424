/* SPDX-License-Identifier: GPL-2.0-or-later */
/* batch FOLDER: reads an IPv4 or IPv6 destination a line, and prints the saved machine's way for
 * it. */
#include <arpa/inet.h>
#include <multihome.h>
#include <stdio.h>
#include <string.h>

#define BLOCK 64

static void print(const struct multihome *m, const struct multihome_answer *a, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *dev = multihome_device_name(m, a[i].dev);
		printf("%s %s %u\n", multihome_verdict_name(a[i].verdict), dev ? dev : "-",
		       a[i].table);
	}
}

int main(int argc, char **argv)
{
	struct multihome_packet p[BLOCK];
	struct multihome_answer a[BLOCK];
	struct multihome *m;
	char line[128], error[256];
	size_t n = 0;

	if (argc != 2 || multihome_load(&m, argv[1], error, sizeof(error)) < 0) {
		fprintf(stderr, "batch: %s\n", argc == 2 ? error : "which folder?");
		return 1;
	}
	memset(p, 0, sizeof(p));
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		p[n].dst.family = strchr(line, ':') ? AF_INET6 : AF_INET;
		if (inet_pton(p[n].dst.family, line, p[n].dst.bytes) != 1) {
			fprintf(stderr, "batch: \"%s\" is no address\n", line);
			multihome_free(m);
			return 1;
		}
		if (++n < BLOCK)
			continue;
		multihome_ask(m, p, a, n);
		print(m, a, n);
		n = 0;
	}
	multihome_ask(m, p, a, n);
	print(m, a, n);
	multihome_free(m);
	return 0;
}
