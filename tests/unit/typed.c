/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "typed.h"

#include "unit.h"

int typed_setup(void **state)
{
	static struct ip ip;

	ip_init(&ip, -1);
	names_free(ip.names);
	ip.names = names_new("/nonexistent", "/nonexistent");
	ip.devices = devices_new(NULL);
	devices_add(ip.devices, 1, "lo");
	devices_add(ip.devices, 2, "eth0");
	*state = &ip;
	return 0;
}

int typed_teardown(void **state)
{
	ip_free(*state);
	return 0;
}

int typed_parse(struct ip *ip, const char *line, struct parser *p, struct err *e)
{
	static char room[4096], *word[64];
	char *at = NULL;
	int n = 0;

	snprintf(room, sizeof(room), "%s", line);
	for (char *w = strtok_r(room, " ", &at); w && n < 64; w = strtok_r(NULL, " ", &at))
		word[n++] = w;
	return ip_parse(ip, word, n, p, e);
}
