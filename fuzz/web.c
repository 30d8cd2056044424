/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the web's process gets: messages that passed wire.h's check, whatever is in them, and then a
 * request. Up to the first zero byte the input is the request; behind it each message is a byte,
 * its kind, and what it is filled with.
 */
#include "daemon/web.h"
#include "web/server.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t take(uint8_t *dst, size_t n, const uint8_t *data, size_t size)
{
	n = n < size ? n : size;
	memcpy(dst, data, n);
	return n;
}

static struct status gather(const uint8_t *data, size_t size)
{
	struct web_gather g = {0};
	struct status s = {0}, next;

	while (size) {
		union wire_message m = {.head.type = *data % WEB_KINDS};
		size_t whole = web_protocol.type[m.head.type].size;
		m.head.size = (uint32_t)whole;
		size_t used = 1 + take(m.bytes + sizeof(m.head), whole - sizeof(m.head), data + 1,
				       size - 1);
		data += used;
		size -= used;
		if (wire_is_sound(&web_protocol, &m, whole) && web_gather(&g, &m, &next)) {
			status_free(&s);
			s = next;
		}
	}
	status_free(&g.next);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, 0, size) : NULL;
	size_t n = end ? (size_t)(end - data) : size;
	struct status s = gather(data + n, size - n);
	struct out o;
	char *path = strndup((const char *)data, n);

	out_init(&o, -1);
	status_metrics(&o, &s);
	struct json j;
	jw_init(&j, &o, false);
	status_json(&j, &s);
	o.len = 0;
	if (path) {
		web_is_here(path);
	}
	free(path);
	out_free(&o);
	status_free(&s);
	return 0;
}
