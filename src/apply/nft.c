/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our nftables table, through libnftables, which speaks the same text as the nft command.
 *
 * libnftables runs in a child process. It ends the whole program when it cannot have a socket or
 * memory, and crashes when the kernel does not answer one of its questions (1.0.6); in the middle
 * of an apply, nobody would be left to undo it. Whatever happens to the child is an error like any
 * other: the transaction was made or not. The child keeps the state's lock as long as it lives, so
 * that nobody comes between when we are killed.
 *
 * Whether the table is there is asked of the kernel directly: the answer is an errno and no text.
 *
 * The table is replaced in one transaction. Deleting and making it anew would be the simplest, but
 * then it would come behind other programs' tables in the kernel's order, and undoing could not put
 * it back; so the table stays and what is in it goes: its rules, then sets and maps (which may
 * refer to chains), then chains.
 */
#include "apply/kernel.h"
#include "base/out.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <nftables/libnftables.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TABLE "inet " MULTIHOME_NFT

struct table {
	uint64_t has;
	struct nfgenmsg h;
	char name[NFT_NAME_MAXLEN];
};
static const struct attr table_rows[] = {
	{ATTR_ROW_STR(NFTA_TABLE_NAME, struct table, name), NULL, "name", NULL},
};
ATTR_SET(nft_table_attrs, "nftables table", struct table, h, table_rows, NFTA_TABLE_NAME);

/* 1 if the table is there, 0 if not, or a negative errno. */
static int table_exists(struct err *e)
{
	struct table t = {.has = 1, .h = {.nfgen_family = NFPROTO_INET}, .name = MULTIHOME_NFT};
	struct nl *nl __attribute__((cleanup(free_nl))) = NULL;
	struct nl_msg m;
	int rc = nl_open(&nl, NETLINK_NETFILTER, 0, e);

	if (!rc)
		rc = nl_msg_object(&m, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, 0,
				   &nft_table_attrs, &t, e);
	if (!rc)
		rc = nl_talk(nl, &m.h, NULL, NULL, e);
	switch (rc) {
	case 0:
		return 1;
	case -ENOENT:
	case -EPROTONOSUPPORT: /* no netfilter in this kernel */
	case -EINVAL:	       /* no nf_tables in it */
	case -EOPNOTSUPP:
		return 0;
	case -EPERM:
		err_set(e, rc, "nftables: %s", strerror(EPERM));
		err_hint(e, "run it as root");
		return rc;
	default:
		err_prefix(e, "nftables");
		return rc;
	}
}

/*
 * libnftables' complaint is several lines: "FILE:1:1-9: Error: what is wrong", the text it is
 * about, and a line that underlines a part of it. The first two make our message.
 */
static int nft_error(const char *text, struct err *e)
{
	static const char mark[] = "Error: ";
	const char *what = strstr(text, mark);

	if (!what)
		return err_set(e, -EIO, "nftables: %.*s", (int)strcspn(text, "\n"),
			       *text ? text : "failed without a reason");
	what += strlen(mark);
	size_t n = strcspn(what, "\n");
	const char *about = what[n] ? what + n + 1 : "";
	int code = memmem(what, n, strerror(EPERM), strlen(strerror(EPERM))) ? -EPERM : -EIO;
	err_set(e, code, "nftables: %.*s%s%.*s", (int)n, what, *about ? ": " : "",
		(int)strcspn(about, "\n"), about);
	if (code == -EPERM)
		err_hint(e, "run it as root");
	else if (memmem(what, n, strerror(ENOENT), strlen(strerror(ENOENT))) ||
		 memmem(what, n, strerror(EOPNOTSUPP), strlen(strerror(EOPNOTSUPP))))
		err_hint(e, "the kernel may lack a part of nf_tables: nat, masq, ct or fib");
	return code;
}

/* In the child: what it prints goes to `fd`, and so does what libnftables says when it exits. */
static _Noreturn void run_script(const char *script, int fd)
{
	struct nft_ctx *ctx;
	const char *text;

	signal(SIGSEGV, SIG_DFL); /* not a sanitizer's business */
	dup2(fd, STDERR_FILENO);
	ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!ctx || nft_ctx_buffer_output(ctx) || nft_ctx_buffer_error(ctx))
		_exit(1);
	/* Numbers, so that the listing does not depend on files of names. */
	nft_ctx_output_set_flags(ctx, NFT_CTX_OUTPUT_STATELESS | NFT_CTX_OUTPUT_TERSE |
					      NFT_CTX_OUTPUT_NUMERIC_PROTO |
					      NFT_CTX_OUTPUT_NUMERIC_SYMBOL |
					      NFT_CTX_OUTPUT_NUMERIC_TIME);
	int rc = nft_run_cmd_from_buffer(ctx, script);
	text = rc ? nft_ctx_get_error_buffer(ctx) : nft_ctx_get_output_buffer(ctx);
	_exit(dprintf(fd, "%s", text) < 0 || rc);
}

static int read_all(struct arena *a, int fd, const char **ret)
{
	struct out o;
	ssize_t n;

	out_init(&o, -1);
	do {
		n = read(fd, out_reserve(&o, 4096), 4096);
		if (n > 0)
			o.len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	int rc = n < 0 ? -errno : 0;
	*ret = arena_strdup(a, out_str(&o));
	out_free(&o);
	return rc;
}

/* Runs a script; *ret is what it printed, from the arena. */
static int nft_run(const char *script, struct arena *a, const char **ret, struct err *e)
{
	int fds[2], status = 0;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_errno(e, -errno, "nftables");
	pid_t pid = fork();
	if (!pid)
		run_script(script, fds[1]);
	int rc = pid < 0 ? -errno : 0;
	close(fds[1]);
	if (!rc)
		rc = read_all(a, fds[0], ret);
	close(fds[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc < 0)
		return err_errno(e, rc, "nftables");
	if (WIFSIGNALED(status))
		return err_set(e, -EIO, "nftables: libnftables died (%s)",
			       strsignal(WTERMSIG(status)));
	return status ? nft_error(*ret, e) : 0;
}

int kernel_nft_list(struct kernel *k, struct arena *a, const char **ret, struct err *e)
{
	int there = table_exists(e);

	(void)k;
	*ret = NULL;
	return there <= 0 ? there : nft_run("list table " TABLE, a, ret, e);
}

/* "\tchain NAME {": the kind and name of an object of the table, if that is what the line says. */
static bool object_line(const char *line, const char *kind, const char **name, int *len)
{
	size_t n = strlen(kind);

	if (line[0] != '\t' || strncmp(line + 1, kind, n) != 0 || line[1 + n] != ' ')
		return false;
	*name = line + n + 2;
	*len = (int)strcspn(*name, " \n");
	return true;
}

/* What makes the table of this listing an empty one. */
static void write_clearing(struct out *o, const char *listing)
{
	static const char *const kinds[] = {"set", "map", "chain"};
	const char *name;
	int len;

	out_puts(o, "flush table " TABLE "\n");
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		for (const char *line = listing; *line;) {
			if (object_line(line, kinds[i], &name, &len))
				out_printf(o, "delete %s " TABLE " %.*s\n", kinds[i], len, name);
			line += strcspn(line, "\n");
			line += *line == '\n';
		}
}

/*
 * What makes way for `text` if the table is there. A table that cannot be listed is deleted: better
 * in another place than not at all.
 */
static void write_way(struct kernel *k, struct out *o, const char *text)
{
	struct arena a = {0};
	const char *listing;

	if (text && !kernel_nft_list(k, &a, &listing, NULL) && listing)
		write_clearing(o, listing);
	else
		out_puts(o, "delete table " TABLE "\n");
	arena_free(&a);
}

int kernel_nft_set(struct kernel *k, const char *text, struct err *e)
{
	struct arena a = {0};
	const char *ignored;
	struct out script;
	int there = table_exists(e), rc = there < 0 ? there : 0;

	out_init(&script, -1);
	if (there > 0)
		write_way(k, &script, text);
	if (text)
		out_puts(&script, text);
	if (!rc && script.len)
		rc = nft_run(out_str(&script), &a, &ignored, e);
	out_free(&script);
	arena_free(&a);
	return rc;
}

int kernel_nft_run(struct kernel *k, const char *script, struct err *e)
{
	struct arena a = {0};
	const char *ignored;
	int rc = nft_run(script, &a, &ignored, e);

	(void)k;
	arena_free(&a);
	return rc;
}
