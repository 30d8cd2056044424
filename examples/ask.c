/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ask DESTINATION [SOURCE]: where this machine sends a packet. */
#include <arpa/inet.h>
#include <multihome.h>
#include <stdio.h>
#include <string.h>

static int read_addr(const char *text, struct multihome_addr *ret)
{
	ret->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	return inet_pton(ret->family, text, ret->bytes) == 1;
}

int main(int argc, char **argv)
{
	struct multihome_packet p = {.mark = 0};
	struct multihome_answer a;
	struct multihome *m;
	char text[INET6_ADDRSTRLEN], error[256];

	if (argc < 2 || !read_addr(argv[1], &p.dst) || (argc > 2 && !read_addr(argv[2], &p.src))) {
		fprintf(stderr, "ask DESTINATION [SOURCE]\n");
		return 1;
	}
	if (multihome_load(&m, NULL, error, sizeof(error)) < 0) {
		fprintf(stderr, "ask: %s\n", error);
		return 1;
	}
	multihome_ask(m, &p, &a, 1);
	printf("%s", multihome_verdict_name(a.verdict));
	if (a.dev)
		printf(" dev %s", multihome_device_name(m, a.dev));
	if (a.via.family)
		printf(" via %s", inet_ntop(a.via.family, a.via.bytes, text, sizeof(text)));
	if (a.src.family)
		printf(" src %s", inet_ntop(a.src.family, a.src.bytes, text, sizeof(text)));
	printf("%s%s\n", a.why ? ": " : "", a.why ? a.why : "");
	multihome_free(m);
	return a.verdict != MULTIHOME_FORWARD && a.verdict != MULTIHOME_LOCAL;
}
