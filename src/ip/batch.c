/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many commands, from a file or a pipe.
 *
 * What changes something may wait in a queue (change.h) while lines behind it are read, but never
 * while the program waits for input: who feeds it line by line sees each take effect. Until a line
 * has been carried out its text is kept, to say what was wrong with it.
 */
#include "ip/batch.h"

#include "base/cleanup.h"
#include "ip/change.h"
#include "ip/explain.h"
#include "ip/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define MAX_WORDS 256
#define INPUT	  ((size_t)64 * 1024)
#define EXPLAINED 100 /* failures: what would help may take a look at a whole table */

struct batch {
	struct ip *ip;
	const char *path;
	int fd;
	char *buf; /* what has been read, and not yet looked at from `at` to `end` */
	size_t cap, at, end;
	bool eof;
	unsigned number, first; /* of the last line read, and of the command's first */
	unsigned failed;
	struct out pending; /* of each line in the queue, its number and its text */
};

/* Reads on; what is there and not done with moves to the front. */
static int fill(struct batch *b, struct err *e)
{
	int rc = ip_settle(b->ip, e);

	if (rc < 0)
		return rc;
	out_flush(&b->ip->out);
	if (b->at)
		memmove(b->buf, b->buf + b->at, b->end - b->at);
	b->end -= b->at;
	b->at = 0;
	if (b->end == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : INPUT;
		char *p = realloc(b->buf, cap + 1); /* and room for a line's end */
		if (!p)
			return err_errno(e, -ENOMEM, "%s", b->path);
		b->buf = p;
		b->cap = cap;
	}
	ssize_t n;
	do
		n = read(b->fd, b->buf + b->end, b->cap - b->end);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(e, -errno, "cannot read \"%s\"", b->path);
	b->eof = n == 0;
	b->end += (size_t)n;
	return 0;
}

/*
 * A command's text, terminated: lines joined at backslashes, comments gone. 1, or 0 at the end of
 * the file.
 */
static int next_line(struct batch *b, char **ret, size_t *ret_len, struct err *e)
{
	size_t done = 0; /* joined already */

	b->first = b->number + 1;
	for (;;) {
		char *text = b->buf ? b->buf + b->at : NULL;
		size_t left = b->end - b->at;
		char *nl = left > done ? memchr(text + done, '\n', left - done) : NULL;
		if (!nl && !b->eof) {
			int rc = fill(b, e);
			if (rc < 0)
				return rc;
			continue;
		}
		if (!nl && !left)
			return 0;
		b->number++;
		size_t len = nl ? (size_t)(nl - text) : left;
		if (nl && len && text[len - 1] == '\\') {
			memmove(text + len - 1, nl + 1, left - len - 1);
			b->end -= 2;
			done = len - 1;
			continue;
		}
		b->at += len + (nl != NULL);
		text[len] = 0;
		char *comment = memchr(text, '#', len);
		if (comment)
			*comment = 0;
		*ret = text;
		*ret_len = comment ? (size_t)(comment - text) : len;
		return 1;
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Splits the line in place; the number of words, or -1 if there are too many or a quote is open. */
static int split(char *s, char **word, int max)
{
	int n = 0;

	for (;;) {
		while (is_blank(*s))
			s++;
		if (!*s)
			return n;
		if (n == max)
			return -1;
		char quote = *s == '\'' || *s == '"' ? *s++ : 0;
		word[n++] = s;
		while (*s && (quote ? *s != quote : !is_blank(*s)))
			s++;
		if (!*s && quote)
			return -1;
		if (*s)
			*s++ = 0;
	}
}

static void report(struct batch *b, unsigned number, struct err *e, char *const *word, int n)
{
	b->failed++;
	err_where(e, "%s:%u", b->path, number);
	ip_report(b->ip, e, word, n);
}

/*
 * Which word the kernel means, and what would help: the line is read once more, as far as the
 * parser goes. The socket is busy with the queue's answers, so what is asked is asked over another.
 */
static void explain(struct ip *ip, char *const *word, int n, const struct nlmsghdr *req,
		    struct err *why)
{
	CLEANUP(free_nl) struct nl *other = NULL;
	struct changes *queue = ip->changes;
	struct nl *busy = ip->nl;
	struct err e = ERR_INIT;
	struct parser p;

	if (ip_parse(ip, word, n, &p, &e) < 0 || nl_open(&other, NETLINK_ROUTE, 0, &e) < 0)
		return;
	ip->blame = -1;
	ip->status = STATUS_KERNEL;
	parser_blame(&p, req, why);
	ip->changes = NULL;
	ip->nl = other;
	explain_refusal(&p, req, why);
	ip->nl = busy;
	ip->changes = queue;
	if (ip->blame >= 0)
		ip->blame += (int)(p.word - word);
}

/* A line of the queue was refused. */
static void line_failed(void *arg, uint64_t at, const struct nlmsghdr *req, const struct err *why)
{
	struct batch *b = arg;
	struct ip *ip = b->ip;
	int old_blame = ip->blame, old_status = ip->status;
	char *word[MAX_WORDS], *text = b->pending.buf + at;
	struct err e = *why;
	unsigned number;

	memcpy(&number, text, sizeof(number));
	int n = split(text + sizeof(number), word, MAX_WORDS);
	if (b->failed < EXPLAINED)
		explain(ip, word, n, req, &e);
	report(b, number, &e, word, n);
	ip->blame = old_blame;
	ip->status = old_status;
}

/* The line is kept until it is done with: now, if it left nothing in the queue. */
static void keep_line(struct batch *b, const char *text, size_t len)
{
	if (!changes_wait(b->ip))
		b->pending.len = 0;
	changes_line(b->ip, b->pending.len);
	out_mem(&b->pending, (const char *)&b->first, sizeof(b->first));
	out_mem(&b->pending, text, len + 1);
}

static int run_line(struct batch *b, char *text, size_t len)
{
	char *word[MAX_WORDS];
	struct err e = ERR_INIT;
	unsigned number = b->first;
	int rc;

	keep_line(b, text, len);
	int n = split(text, word, MAX_WORDS);
	if (!n)
		return 0;
	b->ip->blame = -1;
	b->ip->status = 0;
	if (n < 0)
		rc = err_set(&e, -EINVAL, "a quote is not closed, or there are over %d words",
			     MAX_WORDS);
	else
		rc = ip_command(b->ip, word, n, &e);
	if (rc < 0 && e.code) {
		/* Lines before this one are to be heard of before it. */
		struct err before = ERR_INIT;
		int blamed = b->ip->blame;
		ip_settle(b->ip, &before);
		b->ip->blame = blamed;
		if (!b->failed || b->ip->opt.force)
			report(b, number, &e, word, n < 0 ? 0 : n);
	}
	return rc;
}

static int run_lines(struct batch *b, struct err *e)
{
	struct options given = b->ip->opt;
	char *text;
	size_t len;
	int rc;

	while ((rc = next_line(b, &text, &len, e)) > 0) {
		rc = run_line(b, text, len);
		b->ip->opt = given;
		if (rc < 0 && !given.force)
			return 0; /* it has been said */
	}
	return rc < 0 ? rc : ip_settle(b->ip, e);
}

static int finish(struct batch *b, int rc, struct err *e)
{
	struct ip *ip = b->ip;

	if (rc < 0 && !e->code)
		rc = 0; /* it was a line, and has been reported */
	if (!b->failed && !rc)
		return 0;
	if (!ip->opt.atomic || ip->opt.dry_run)
		return rc < 0 ? rc : -EIO;
	struct err undo = ERR_INIT;
	if (changes_undo(ip, &undo) < 0) {
		b->failed++;
		return err_set(e, undo.code, "%s", undo.msg);
	}
	fputs("Everything has been taken back, the state is that from before.\n", stderr);
	return rc < 0 ? rc : -EIO;
}

int ip_batch(struct ip *ip, const char *path, struct err *e)
{
	struct batch b = {.ip = ip, .path = path, .fd = STDIN_FILENO};
	CLEANUP(free_fd) int fd = -1;

	if (strcmp(path, "-") != 0) {
		b.fd = fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return err_errno(e, -errno, "cannot open \"%s\"", path);
	}
	out_init(&b.pending, -1);
	int rc = changes_open(ip, line_failed, &b, e);
	if (rc >= 0) {
		if (ip->print.json)
			jw_array(&ip->print.j, NULL);
		rc = finish(&b, run_lines(&b, e), e);
		if (ip->print.json) {
			jw_array_end(&ip->print.j);
			out_putc(&ip->out, '\n');
		}
	}
	changes_close(ip);
	out_free(&b.pending);
	free(b.buf);
	ip->status = STATUS_SYNTAX;
	return rc;
}
