/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan's steps as the commands that a person could run, and as JSON.
 *
 * `ip rule add` refuses a rule that is there already, so the rare step that adds a rule a second
 * time to move it behind others cannot be typed; it is written all the same.
 */
#include "model/rule.h"
#include "uplink/plan.h"

#include <string.h>

static const char *ip(uint8_t family)
{
	return family == AF_INET6 ? "ip -6" : "ip";
}

static void trim(struct out *o)
{
	while (o->len && o->buf[o->len - 1] == ' ')
		o->len--;
}

/* What route_print() writes for a route is what `ip route add` reads, but for its last details. */
static void route_words(struct print *p, const struct route *r)
{
	struct out text;
	struct print q = *p;
	struct route x = *r;

	/* Known from the rest, or not to be given. */
	x.has &= ~(HAS(ROUTE_FLAGS) | HAS(ROUTE_CACHEINFO) | HAS(ROUTE_PREF) | HAS(ROUTE_EXPIRES));
	if (x.h.rtm_family == AF_INET6) {
		x.has &= ~HAS(ROUTE_SCOPE);
		if (x.h.rtm_type != RTN_UNICAST)
			x.has &= ~HAS(ROUTE_OIF);
	}
	out_init(&text, -1);
	q.o = &text;
	q.json = q.details = false;
	q.oneline = true;
	route_print(&q, &x);
	for (const char *c = out_str(&text); *c; c++)
		if (c[0] != '\\' || c[1] != '\t')
			out_putc(p->o, *c);
		else
			c++;
	out_free(&text);
	if (r->h.rtm_flags & RTNH_F_ONLINK && !has(r, ROUTE_MULTIPATH))
		out_puts(p->o, "onlink ");
}

static void route_command(struct print *p, const struct step *s, const char *verb)
{
	out_printf(p->o, "%s route %s ", ip(s->route.h.rtm_family), verb);
	route_words(p, &s->route);
	trim(p->o);
	out_putc(p->o, '\n');
}

static void rule_words(struct print *p, const struct rule *r)
{
	struct print q = *p;
	struct rule x = *r;

	x.has &= ~(HAS(RULE_PRIORITY) | HAS(RULE_PROTOCOL));
	if (!x.h.src_len)
		x.has &= ~HAS(RULE_SRC);
	q.json = q.details = false;
	rule_print(&q, &x);
}

static void rule_command(struct print *p, const struct step *s, const char *verb)
{
	const struct rule *r = &s->rule;

	out_printf(p->o, "%s rule %s pref %u ", ip(r->h.family), verb, r->priority);
	rule_words(p, r);
	trim(p->o);
	out_printf(p->o, " protocol %u\n", r->protocol);
}

static void nft_command(struct print *p, const char *text)
{
	if (!text)
		out_puts(p->o, "nft delete table inet " MULTIHOME_NFT "\n");
	else
		out_printf(p->o, "nft -f - <<'EOF'\n%sEOF\n", text);
}

static void endpoint_command(struct print *p, const struct step *s)
{
	if (s->kind == STEP_ENDPOINT_DEL) {
		out_printf(p->o, "ip mptcp endpoint delete id %u\n", s->endpoint.id);
		return;
	}
	out_puts(p->o, "ip mptcp endpoint add ");
	out_addr(p->o, &s->endpoint.addr);
	out_printf(p->o, " id %u subflow dev %s\n", s->endpoint.id,
		   devices_name(p->devices, s->endpoint.ifindex));
}

void plan_step_command(struct print *p, const struct step *s)
{
	switch (s->kind) {
	case STEP_SYSCTL:
		out_printf(p->o, "sysctl -q -w %s=%s\n", s->sysctl.name, s->sysctl.new);
		break;
	case STEP_LINK_GROUP:
		out_printf(p->o, "ip link set dev %s group %u\n", s->group.name, s->group.new);
		break;
	case STEP_ROUTE_ADD:
		route_command(p, s, "add");
		break;
	case STEP_ROUTE_REPLACE:
		route_command(p, s, "replace");
		break;
	case STEP_ROUTE_DEL:
		route_command(p, s, "del");
		break;
	case STEP_RULE_ADD:
		rule_command(p, s, "add");
		break;
	case STEP_RULE_DEL:
		rule_command(p, s, "del");
		break;
	case STEP_ENDPOINT_ADD:
	case STEP_ENDPOINT_DEL:
		endpoint_command(p, s);
		break;
	case STEP_NFT:
		nft_command(p, s->nft.new);
		break;
	}
}

static const char *const kind_names[] = {
	[STEP_SYSCTL] = "sysctl",
	[STEP_LINK_GROUP] = "link-group",
	[STEP_ROUTE_ADD] = "route-add",
	[STEP_ROUTE_REPLACE] = "route-replace",
	[STEP_ROUTE_DEL] = "route-del",
	[STEP_RULE_ADD] = "rule-add",
	[STEP_RULE_DEL] = "rule-del",
	[STEP_NFT] = "nft",
	[STEP_ENDPOINT_ADD] = "endpoint-add",
	[STEP_ENDPOINT_DEL] = "endpoint-del",
};

static void string_or_null(struct json *j, const char *key, const char *s)
{
	if (s)
		jw_str(j, key, s);
	else
		jw_null(j, key);
}

/* What the step does, as the command's text; and the object in iproute2's own JSON. */
void plan_step_json(struct print *p, const struct step *s)
{
	struct print q = *p;
	struct out command;

	out_init(&command, -1);
	q.o = &command;
	q.json = false;
	plan_step_command(&q, s);
	p->json = true;
	jw_object(&p->j, NULL);
	jw_str(&p->j, "step", kind_names[s->kind]);
	jw_str(&p->j, "command", out_str(&command));
	out_free(&command);
	switch (s->kind) {
	case STEP_SYSCTL:
		jw_str(&p->j, "name", s->sysctl.name);
		jw_str(&p->j, "old", s->sysctl.old);
		jw_str(&p->j, "new", s->sysctl.new);
		break;
	case STEP_LINK_GROUP:
		jw_str(&p->j, "dev", s->group.name);
		jw_u64(&p->j, "old", s->group.old);
		jw_u64(&p->j, "new", s->group.new);
		break;
	case STEP_ENDPOINT_ADD:
	case STEP_ENDPOINT_DEL:
		jw_u64(&p->j, "id", s->endpoint.id);
		jw_addr(&p->j, "address", &s->endpoint.addr);
		break;
	case STEP_NFT:
		string_or_null(&p->j, "old", s->nft.old);
		string_or_null(&p->j, "new", s->nft.new);
		break;
	case STEP_RULE_ADD:
	case STEP_RULE_DEL:
		jw_str(&p->j, "family", s->rule.h.family == AF_INET6 ? "inet6" : "inet");
		jw_array(&p->j, "rule");
		rule_print(p, &s->rule);
		jw_array_end(&p->j);
		break;
	default:
		jw_str(&p->j, "family", s->route.h.rtm_family == AF_INET6 ? "inet6" : "inet");
		jw_array(&p->j, "route");
		route_print(p, &s->route);
		jw_array_end(&p->j);
	}
	jw_object_end(&p->j);
}
