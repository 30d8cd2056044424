/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the made-up tables of bench/table.h, a prefix a line. */
#include "bench/table.h"

static void print(uint8_t family)
{
	struct table t = {.family = family};
	char text[IP_PREFIX_STRLEN];

	table_make(&t);
	for (size_t i = 0; i < t.n; i++)
		puts(ip_prefix_str(&t.p[i].prefix, text));
	free(t.p);
}

int main(void)
{
	print(AF_INET);
	print(AF_INET6);
	return 0;
}
