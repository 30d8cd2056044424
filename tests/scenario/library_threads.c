/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several threads ask one model about the same packets: each gets what one alone gets. */
#include <multihome.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define THREADS 4
#define PACKETS 20000

static struct multihome *m;
static struct multihome_packet packet[PACKETS];
static struct multihome_answer want[PACKETS], got[THREADS][PACKETS];

static void *ask(void *arg)
{
	struct multihome_answer *ret = arg;

	/* A few at a time, so that they meet often. */
	for (unsigned i = 0; i < PACKETS; i += 50)
		multihome_ask(m, packet + i, ret + i, 50);
	return NULL;
}

static int same(const struct multihome_answer *a, const struct multihome_answer *b)
{
	return a->verdict == b->verdict && a->table == b->table && a->dev == b->dev &&
	       a->nexthop == b->nexthop && a->hash == b->hash &&
	       !memcmp(a->via.bytes, b->via.bytes, sizeof(a->via.bytes)) &&
	       !memcmp(a->src.bytes, b->src.bytes, sizeof(a->src.bytes));
}

int main(void)
{
	pthread_t thread[THREADS];
	char error[256];
	unsigned wrong = 0;

	if (multihome_load(&m, NULL, error, sizeof(error)) < 0) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	for (unsigned i = 0; i < PACKETS; i++) {
		packet[i].dst.family = 2;
		memcpy(packet[i].dst.bytes, (unsigned char[]){203, 0, 113, (unsigned char)i}, 4);
		if (i % 3) {
			packet[i].src.family = 2;
			memcpy(packet[i].src.bytes,
			       (unsigned char[]){192, 0, (unsigned char)(1 + i % 3), 2}, 4);
		}
	}
	for (unsigned i = 0; i < PACKETS; i++)
		multihome_ask(m, &packet[i], &want[i], 1);
	for (unsigned t = 0; t < THREADS; t++)
		pthread_create(&thread[t], NULL, ask, got[t]);
	for (unsigned t = 0; t < THREADS; t++)
		pthread_join(thread[t], NULL);
	for (unsigned t = 0; t < THREADS; t++)
		for (unsigned i = 0; i < PACKETS; i++)
			wrong += !same(&want[i], &got[t][i]);
	printf("%u packets, %u wrong, the last by %s\n", PACKETS, wrong,
	       multihome_device_name(m, want[PACKETS - 1].dev));
	multihome_free(m);
	return wrong != 0;
}
