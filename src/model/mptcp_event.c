/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of Multipath TCP: every field is "word=value", and a line begins with what happened. */
#include "model/mptcp.h"
#include "model/value.h"

#include <linux/mptcp.h>

static const char *const names[] = {
	[MPTCP_EVENT_CREATED] = "CREATED",
	[MPTCP_EVENT_ESTABLISHED] = "ESTABLISHED",
	[MPTCP_EVENT_CLOSED] = "CLOSED",
	[MPTCP_EVENT_ANNOUNCED] = "ANNOUNCED",
	[MPTCP_EVENT_REMOVED] = "REMOVED",
	[MPTCP_EVENT_SUB_ESTABLISHED] = "SF_ESTABLISHED",
	[MPTCP_EVENT_SUB_CLOSED] = "SF_CLOSED",
	[MPTCP_EVENT_SUB_PRIORITY] = "SF_PRIO",
	[15] = "LISTENER_CREATED", /* Linux 6.2 */
	[16] = "LISTENER_CLOSED",
};

static void number_print(struct print *p, const struct attr *a, const void *obj)
{
	if (p->json)
		jw_u64(&p->j, a->key, value_member(a, obj));
	else
		out_printf(p->o, " %s=%llu", a->word, (unsigned long long)value_member(a, obj));
}

static void hex_print(struct print *p, const struct attr *a, const void *obj)
{
	if (p->json)
		jw_printf(&p->j, a->key, "%llx", (unsigned long long)value_member(a, obj));
	else
		out_printf(p->o, " %s=%llx", a->word, (unsigned long long)value_member(a, obj));
}

static void token_print(struct print *p, const struct attr *a, const void *obj)
{
	const uint32_t token = ((const struct mptcp_event *)obj)->token;

	if (p->json)
		jw_printf(&p->j, a->key, "%08x", token);
	else
		out_printf(p->o, " %s=%08x", a->word, token);
}

static void addr_print(struct print *p, const struct attr *a, const void *obj)
{
	const struct ip_addr *ip = (const void *)((const char *)obj + a->off);

	if (p->json) {
		jw_addr(&p->j, a->key, ip);
		return;
	}
	out_printf(p->o, " %s=", a->word);
	out_addr(p->o, ip);
}

static void server_print(struct print *p, const struct attr *a, const void *obj)
{
	if (!value_member(a, obj))
		return;
	if (p->json)
		jw_bool(&p->j, a->key, true);
	else
		out_printf(p->o, " %s", a->word);
}

static const struct value value_is = {.print = number_print};
static const struct value value_is_hex = {.print = hex_print};
static const struct value value_token = {.print = token_print};
static const struct value value_is_addr = {.print = addr_print};
static const struct value value_server = {.print = server_print};

#define T struct mptcp_event
#define ROW(kind, N, m, name, v)                                                                   \
	{                                                                                          \
		ATTR_ROW_##kind(MPTCP_ATTR_##N, T, m), name, name, &v                              \
	}
static const struct attr rows[MPTCP_EVENT_FIELDS] = {
	[MPTCP_EVENT_TOKEN] = ROW(U32, TOKEN, token, "token", value_token),
	[MPTCP_EVENT_REMID] = ROW(U8, REM_ID, remid, "remid", value_is),
	[MPTCP_EVENT_LOCID] = ROW(U8, LOC_ID, locid, "locid", value_is),
	[MPTCP_EVENT_SADDR4] = ROW(ADDR, SADDR4, saddr, "saddr4", value_is_addr),
	[MPTCP_EVENT_SADDR6] = ROW(ADDR, SADDR6, saddr, "saddr6", value_is_addr),
	[MPTCP_EVENT_DADDR4] = ROW(ADDR, DADDR4, daddr, "daddr4", value_is_addr),
	[MPTCP_EVENT_DADDR6] = ROW(ADDR, DADDR6, daddr, "daddr6", value_is_addr),
	[MPTCP_EVENT_SPORT] = ROW(BE16, SPORT, sport, "sport", value_is),
	[MPTCP_EVENT_DPORT] = ROW(BE16, DPORT, dport, "dport", value_is),
	[MPTCP_EVENT_BACKUP] = ROW(U8, BACKUP, backup, "backup", value_is),
	[MPTCP_EVENT_ERROR] = ROW(U8, ERROR, error, "error", value_is),
	[MPTCP_EVENT_FLAGS] = ROW(U16, FLAGS, flags, "flags", value_is_hex),
	[MPTCP_EVENT_TIMEOUT] = ROW(U32, TIMEOUT, timeout, "timeout", value_is),
	[MPTCP_EVENT_IFINDEX] = ROW(U32, IF_IDX, ifindex, "ifindex", value_is),
	[MPTCP_EVENT_RESET_REASON] = ROW(U32, RESET_REASON, reset_reason, "reset_reason", value_is),
	[MPTCP_EVENT_RESET_FLAGS] = ROW(U32, RESET_FLAGS, reset_flags, "reset_flags", value_is_hex),
	[MPTCP_EVENT_SERVER] = ROW(U8, SERVER_SIDE, server, "server_side", value_server),
};
#undef T
ATTR_SET(mptcp_event_attrs, "mptcp event", struct mptcp_event, h, rows, MPTCP_ATTR_MAX);

int mptcp_event_print(struct print *p, const struct nlmsghdr *h, struct err *e)
{
	struct mptcp_event x;
	int rc = attr_decode_msg(&mptcp_event_attrs, h, &x, e);

	if (rc < 0)
		return rc;
	const char *name = x.h.cmd < sizeof(names) / sizeof(*names) ? names[x.h.cmd] : NULL;
	if (p->json)
		jw_str(&p->j, "event", name ? name : "unknown");
	else
		out_printf(p->o, "[%14s]", name ? name : "unknown");
	print_object(p, &mptcp_event_attrs, &x);
	print_text(p, "\n");
	return 0;
}
