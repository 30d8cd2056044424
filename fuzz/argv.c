/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command lines of multihome-ip: words between blanks, read up to the point where the kernel would
 * be asked. What was refused is reported, so that carets and hints are made, too.
 */
#include "ip/run.h"

#include <stdlib.h>
#include <string.h>

#define MAX_WORDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int split(char *s, char **word)
{
	char *at = NULL;
	int n = 0;

	for (char *w = strtok_r(s, " \n", &at); w && n < MAX_WORDS; w = strtok_r(NULL, " \n", &at))
		word[n++] = w;
	return n;
}

static int parse(struct ip *ip, char **word, int n, struct err *e)
{
	struct parser p;
	bool done = false;
	int at = ip_options(ip, word, n, &done, e);

	if (at < 0 || done || at == n)
		return at;
	int rc = ip_parse(ip, word + at, n - at, &p, e);
	if (rc < 0 && e->code != rc)
		abort();
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[2048], *word[MAX_WORDS];
	struct err e = ERR_INIT;
	struct ip ip;

	if (size >= sizeof(text))
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	ip_init(&ip, -1);
	names_free(ip.names);
	ip.names = names_new("/nonexistent", "/nonexistent");
	ip.devices = devices_new(NULL);
	devices_add(ip.devices, 1, "lo");
	devices_add(ip.devices, 2, "eth0");
	int n = split(text, word);
	if (parse(&ip, word, n, &e) < 0)
		ip_report(&ip, &e, word, n);
	ip_free(&ip);
	return 0;
}
