/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `explain --batch`: a packet a line, an answer a line. Lines are cut where they lie in a large
 * block, words where they lie in the line; nothing is allocated for one.
 */
#include "cli/explain.h"
#include "fib/packet_words.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK (1u << 20) /* and the longest line */

struct batch {
	struct view *v;
	struct explain_machine m;
	struct cli *c;
	int fd;
	char *buf;
	size_t len; /* what is in it */
	uint64_t line;
	uint64_t bad;
	bool guesses; /* the multipath hash's seed is not known */
};

static void put_error(struct batch *b, const struct err *e)
{
	struct json *j = &b->c->j;

	b->bad++;
	jw_object(j, NULL);
	jw_object(j, "error");
	jw_u64(j, "line", b->line);
	jw_str(j, "message", e->msg);
	if (e->hint[0])
		jw_str(j, "hint", e->hint);
	jw_object_end(j);
	jw_object_end(j);
}

static void put_answer(struct batch *b, const struct fib_packet *given)
{
	struct json *j = &b->c->j;
	const struct prove_uplink *u = NULL;
	struct fib_result r;

	struct fib_packet p = explain_arrival_of(&b->m, given);
	fib_lookup(b->m.f, &p, &r);
	bool guessed = b->guesses && r.nexthops > 1 && r.verdict == FIB_FORWARD &&
		       !(b->v->s.kernel && explain_ask_hop(b->v, &p, &r));
	if (r.verdict == FIB_FORWARD)
		u = explain_uplink(b->m.uplink, b->m.uplink_n, r.dev, &r.via);
	jw_object(j, NULL);
	explain_json_result(j, b->v, &r, u);
	if (guessed)
		jw_bool(j, "guessed", true);
	jw_object_end(j);
}

static void end_line(struct batch *b)
{
	b->c->j.comma = false;
	out_putc(&b->c->out, '\n');
}

static void do_line(struct batch *b, char *line, size_t len)
{
	struct fib_packet p;
	struct err e;
	int rc = packet_line_read(b->v->snap.devices, line, len, &p, &e);

	b->line++;
	if (!rc)
		return;
	if (rc < 0)
		put_error(b, &e);
	else
		put_answer(b, &p);
	end_line(b);
}

/* All whole lines in the block; what is left of one moves to its beginning. */
static void do_block(struct batch *b)
{
	char *at = b->buf, *end = b->buf + b->len, *nl;

	while ((nl = memchr(at, '\n', (size_t)(end - at)))) {
		*nl = 0;
		do_line(b, at, (size_t)(nl - at));
		at = nl + 1;
	}
	b->len = (size_t)(end - at);
	memmove(b->buf, at, b->len);
}

/* A line that fills the block: its end is looked for, and the rest of it dropped. */
static int skip_line(struct batch *b)
{
	struct err e;

	b->line++;
	err_set(&e, -E2BIG, "this line is longer than %u bytes", BLOCK);
	put_error(b, &e);
	end_line(b);
	for (;;) {
		ssize_t n = read(b->fd, b->buf, BLOCK);
		const char *nl = n > 0 ? memchr(b->buf, '\n', (size_t)n) : NULL;
		if (n <= 0 && errno == EINTR && n)
			continue;
		b->len = 0;
		if (n <= 0)
			return n ? -errno : 0;
		if (!nl)
			continue;
		b->len = (size_t)(b->buf + n - (nl + 1));
		memmove(b->buf, nl + 1, b->len);
		return 1;
	}
}

/* Answers go out before more questions are waited for, so that it can be talked to. */
static int run(struct batch *b)
{
	for (;;) {
		if (b->len == BLOCK && skip_line(b) < 0)
			return -errno;
		ssize_t n = read(b->fd, b->buf + b->len, BLOCK - b->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		b->len += (size_t)n;
		do_block(b);
		if (out_flush(&b->c->out) < 0)
			return 0; /* nobody reads any more: main() says so */
	}
	if (b->len) {
		b->buf[b->len] = 0;
		do_line(b, b->buf, b->len);
	}
	return 0;
}

int explain_batch(struct view *v, struct cli *c, const char *file, struct err *e)
{
	struct batch b = {.v = v, .m = view_machine(v), .c = c};
	bool standard = !strcmp(file, "-");
	CLEANUP(free_ptr) char *buf = malloc(BLOCK + 1);

	b.buf = buf;
	b.guesses = !fib_hash_is_known(v->f);
	b.fd = standard ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	if (b.fd < 0 || !buf)
		return err_errno(e, buf ? -errno : -ENOMEM, "%s", file);
	int rc = run(&b);
	if (!standard)
		close(b.fd);
	if (rc < 0)
		return err_errno(e, rc, "%s", standard ? "standard input" : file);
	return b.bad ? EXIT_ERROR : EXIT_DONE;
}
