/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ip/batch.h"

#include "base/cleanup.h"
#include "ip/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_WORDS 256

struct batch {
	FILE *f;
	const char *path;
	char *line; /* words point into it */
	size_t cap;
	unsigned number, first; /* of the last line read, and of the command's first */
};

/* A command's text: lines joined at backslashes, comments gone. False at the end of the file. */
static bool read_command(struct batch *b)
{
	char *more = NULL;
	size_t more_cap = 0;
	ssize_t n = getline(&b->line, &b->cap, b->f);

	if (n < 0)
		return false;
	b->first = ++b->number;
	while (n >= 2 && !strcmp(b->line + n - 2, "\\\n")) {
		ssize_t k = getline(&more, &more_cap, b->f);
		if (k < 0)
			break;
		b->number++;
		char *joined = realloc(b->line, (size_t)n + (size_t)k);
		if (!joined)
			abort();
		memcpy(joined + n - 2, more, (size_t)k + 1);
		b->line = joined;
		b->cap = (size_t)n + (size_t)k;
		n += k - 2;
	}
	free(more);
	b->line[strcspn(b->line, "#")] = 0;
	return true;
}

/* Splits the line in place; the number of words, or -1 if there are too many or a quote is open. */
static int split(char *s, char **word, int max)
{
	static const char blank[] = " \t\r\n";
	int n = 0;

	for (;;) {
		s += strspn(s, blank);
		if (!*s)
			return n;
		if (n == max)
			return -1;
		char quote = *s == '\'' || *s == '"' ? *s++ : 0;
		word[n++] = s;
		s = quote ? strchr(s, quote) : s + strcspn(s, blank);
		if (!s)
			return -1;
		if (*s)
			*s++ = 0;
	}
}

static int run_line(struct ip *ip, struct batch *b)
{
	char *word[MAX_WORDS + 1];
	struct err e = ERR_INIT;
	int n = split(b->line, word, MAX_WORDS), rc;

	if (!n)
		return 0;
	ip->blame = -1;
	if (n < 0)
		rc = err_set(&e, -EINVAL, "a quote is not closed, or there are over %d words",
			     MAX_WORDS);
	else
		rc = ip_command(ip, word, n, &e);
	if (rc >= 0)
		return 0;
	err_where(&e, "%s:%u", b->path, b->first);
	ip_report(ip, &e, word, n < 0 ? 0 : n);
	return rc;
}

int ip_batch(struct ip *ip, const char *path, struct err *e)
{
	struct options given = ip->opt;
	struct batch b = {.path = path};
	unsigned failed = 0;

	b.f = strcmp(path, "-") != 0 ? fopen(path, "re") : stdin;
	if (!b.f)
		return err_errno(e, -errno, "cannot open \"%s\"", path);
	while ((!failed || ip->opt.force) && read_command(&b)) {
		failed += run_line(ip, &b) < 0;
		ip->opt = given;
	}
	free(b.line);
	if (b.f != stdin)
		fclose(b.f);
	ip->status = STATUS_SYNTAX;
	return failed ? -EIO : 0; /* every failure has been reported at its line */
}
