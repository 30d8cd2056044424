/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/request.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

#define WORDS 4 /* one more than any request has */

static const struct {
	const char *word;
	enum request_kind kind;
	size_t least, most; /* words behind it */
} requests[] = {
	{"status", REQUEST_STATUS, 0, 0}, {"events", REQUEST_EVENTS, 0, 1},
	{"follow", REQUEST_FOLLOW, 0, 1}, {"uplink", REQUEST_UPLINK, 2, 2},
	{"reload", REQUEST_RELOAD, 0, 1}, {"restore", REQUEST_RESTORE, 1, 2},
};

static bool is_good(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '-';
}

/* Into terminated words; their number, or 0 if the line has other characters or too many words. */
static size_t split(const char *line, size_t len, char buf[static REQUEST_SIZE],
		    char *word[static WORDS])
{
	size_t n = 0;

	if (len >= REQUEST_SIZE)
		return 0;
	for (size_t i = 0; i < len; i++) {
		buf[i] = line[i];
		if (line[i] == ' ') {
			buf[i] = 0;
		} else if (!is_good(line[i])) {
			return 0;
		} else if (!i || line[i - 1] == ' ') {
			if (n == WORDS)
				return 0;
			word[n++] = &buf[i];
		}
	}
	buf[len] = 0;
	return n;
}

static bool read_number(const char *text, uint64_t *ret)
{
	*ret = 0;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || *ret > UINT64_MAX / 10 - 9)
			return false;
		*ret = *ret * 10 + (uint64_t)(*text - '0');
	}
	return true;
}

static int read_uplink(char *const word[], struct request *r, struct err *e)
{
	if (strlen(word[0]) >= sizeof(r->uplink))
		return err_set(e, -EINVAL, "there is no uplink \"%s\"", word[0]);
	memcpy(r->uplink, word[0], strlen(word[0]) + 1);
	if (!strcmp(word[1], "up"))
		r->hand = WAY_BY_ITSELF;
	else if (!strcmp(word[1], "down"))
		r->hand = WAY_DOWN;
	else if (!strcmp(word[1], "drain"))
		r->hand = WAY_DRAIN;
	else
		return err_set(e, -EINVAL, "an uplink can be put up, down or drain, not \"%s\"",
			       word[1]);
	return 0;
}

int request_parse(const char *line, size_t len, struct request *ret, struct err *e)
{
	char buf[REQUEST_SIZE], *word[WORDS];
	size_t n = split(line, len, buf, word), i = 0;

	*ret = (struct request){0};
	while (n && i < ARRAY_SIZE(requests) && strcmp(requests[i].word, word[0]) != 0)
		i++;
	if (!n || i == ARRAY_SIZE(requests))
		return err_set(e, -EINVAL, "that is no request");
	ret->kind = requests[i].kind;
	if (n - 1 < requests[i].least || n - 1 > requests[i].most)
		return err_set(e, -EINVAL, "%s: %zu words behind it", word[0], n - 1);
	if (ret->kind == REQUEST_UPLINK)
		return read_uplink(word + 1, ret, e);
	if (request_configures(ret) && n > 1 && !strcmp(word[n - 1], "no-prove")) {
		ret->no_prove = true;
		n--;
	}
	if (n - 1 != requests[i].least && request_configures(ret))
		return err_set(e, -EINVAL, "%s: \"%s\" behind it", word[0], word[n - 1]);
	if (n > 1 && !read_number(word[1], &ret->number))
		return err_set(e, -EINVAL, "\"%s\" is no number", word[1]);
	return 0;
}
