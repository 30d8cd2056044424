/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our nftables table, through libnftables, which speaks the same text as the nft command.
 *
 * Whether the table is there is asked of the kernel directly: the answer is an errno and not a
 * text, and libnftables ends the whole program when it cannot have its socket.
 *
 * The table is replaced in one transaction. Deleting and making it anew would be the simplest, but
 * then it would come behind other programs' tables in the kernel's order, and undoing could not put
 * it back; so the table stays and what is in it goes: its rules, then sets and maps (which may
 * refer to chains), then chains.
 */
#include "apply/kernel.h"
#include "base/out.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <nftables/libnftables.h>
#include <string.h>

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
	const char *what = text ? strstr(text, mark) : NULL;

	if (!what)
		return err_set(e, -EIO, "nftables: %s",
			       text && *text ? text : "failed without a reason");
	what += strlen(mark);
	size_t n = strcspn(what, "\n");
	const char *about = what[n] ? what + n + 1 : "";
	int code = memmem(what, n, strerror(EPERM), strlen(strerror(EPERM))) ? -EPERM : -EIO;
	err_set(e, code, "nftables: %.*s: %.*s", (int)n, what, (int)strcspn(about, "\n"), about);
	if (code == -EPERM)
		err_hint(e, "run it as root");
	else if (memmem(what, n, strerror(ENOENT), strlen(strerror(ENOENT))) ||
		 memmem(what, n, strerror(EOPNOTSUPP), strlen(strerror(EOPNOTSUPP))))
		err_hint(e, "the kernel may lack a part of nf_tables: nat, masq, ct or fib");
	return code;
}

/* Runs a script. What it prints goes to the arena if `ret` is given. */
static int nft_run(const char *script, struct arena *a, const char **ret, struct err *e)
{
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	int rc = 0;

	if (!ctx || nft_ctx_buffer_output(ctx) || nft_ctx_buffer_error(ctx)) {
		rc = err_errno(e, -ENOMEM, "nftables");
	} else {
		/* Numbers, so that the listing does not depend on files of names. */
		nft_ctx_output_set_flags(
			ctx, NFT_CTX_OUTPUT_STATELESS | NFT_CTX_OUTPUT_NUMERIC_PROTO |
				     NFT_CTX_OUTPUT_NUMERIC_SYMBOL | NFT_CTX_OUTPUT_NUMERIC_TIME);
		if (nft_run_cmd_from_buffer(ctx, script))
			rc = nft_error(nft_ctx_get_error_buffer(ctx), e);
		else if (ret)
			*ret = arena_strdup(a, nft_ctx_get_output_buffer(ctx));
	}
	if (ctx)
		nft_ctx_free(ctx);
	return rc;
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

int kernel_nft_set(struct kernel *k, const char *text, struct err *e)
{
	struct arena a = {0};
	const char *listing;
	struct out script;
	int rc = kernel_nft_list(k, &a, &listing, e);

	out_init(&script, -1);
	if (listing && text)
		write_clearing(&script, listing);
	else if (listing)
		out_puts(&script, "delete table " TABLE "\n");
	if (text)
		out_puts(&script, text);
	if (rc >= 0 && script.len)
		rc = nft_run(out_str(&script), NULL, NULL, e);
	out_free(&script);
	arena_free(&a);
	return rc;
}
