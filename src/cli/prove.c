/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `prove`: the properties of fib/prove.h on this machine as it is, for the configuration's uplinks,
 * or for those that its default routes show.
 */
#include "cli/cli.h"
#include "uplink/proof.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

struct proving {
	struct session s;
	struct snapshot snap; /* whole: settings and next-hop objects count here */
	struct fib *f;
	struct arena a;
	struct prove_uplink *uplink;
	size_t uplink_n;
	struct prove_failure *failure;
	long failure_n;
	uint64_t looked;
};

/* As `multihome explain` takes it. */
static const char *packet_words(struct proving *x, const struct fib_packet *p)
{
	struct devices *d = x->s.snap.devices;
	char src[IP_ADDR_STRLEN], dst[IP_ADDR_STRLEN];
	const char *s = "";

	if (!ip_addr_is_any(&p->src))
		s = arena_printf(&x->a, "from %s ", ip_addr_str(&p->src, src));
	s = arena_printf(&x->a, "%s%s", s, ip_addr_str(&p->dst, dst));
	if (p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP)
		s = arena_printf(&x->a, "%s proto %s sport %u dport %u", s,
				 p->proto == IPPROTO_TCP ? "tcp" : "udp", p->sport, p->dport);
	else if (p->proto)
		s = arena_printf(&x->a, "%s proto %u", s, p->proto);
	if (p->mark)
		s = arena_printf(&x->a, "%s mark %#x", s, p->mark);
	if (p->tos)
		s = arena_printf(&x->a, "%s tos %#x", s, p->tos);
	if (p->uid)
		s = arena_printf(&x->a, "%s uid %u", s, p->uid);
	if (p->iif)
		s = arena_printf(&x->a, "%s iif %s", s, devices_name(d, p->iif));
	if (p->oif)
		s = arena_printf(&x->a, "%s oif %s", s, devices_name(d, p->oif));
	return s;
}

static const char *way_words(struct proving *x, const struct fib_result *r)
{
	const char *s = fib_verdict_name(r->verdict);
	char via[IP_ADDR_STRLEN];

	if (r->verdict == FIB_FORWARD)
		s = arena_printf(&x->a, "%s dev %s", s, devices_name(x->s.snap.devices, r->dev));
	if (r->verdict == FIB_FORWARD && r->via.family)
		s = arena_printf(&x->a, "%s via %s", s, ip_addr_str(&r->via, via));
	if (r->nexthops > 1)
		s = arena_printf(&x->a, "%s, one of %u ways", s, r->nexthops);
	return r->why ? arena_printf(&x->a, "%s (%s)", s, r->why) : s;
}

static void put_line(struct cli *c, const char *label, const char *text)
{
	cli_put(c, CLI_DIM, label);
	out_puts(&c->out, text);
	out_putc(&c->out, '\n');
}

static void put_failure(struct proving *x, struct cli *c, const struct prove_failure *y)
{
	struct print p = session_print(&x->s, c);

	if (y->uplink) {
		cli_put(c, CLI_BOLD, y->uplink->name);
		out_puts(&c->out, ": ");
	}
	cli_put(c, CLI_BAD, prove_kind_text(y->kind));
	if (y->other)
		out_puts(&c->out, arena_printf(&x->a, ": %s", y->other->name));
	out_putc(&c->out, '\n');
	if (y->packet.family) {
		put_line(c, "  packet: ", packet_words(x, &y->packet));
		put_line(c, "  way:    ", way_words(x, &y->result));
	}
	if (y->rule) {
		cli_put(c, CLI_DIM, "  rule:   ");
		rule_print(&p, y->rule);
		out_putc(&c->out, '\n');
	}
	put_line(c, "  remedy: ", prove_remedy(x->f, y, &x->a));
}

static void put_text(struct proving *x, struct cli *c)
{
	char line[128];

	for (long i = 0; i < x->failure_n; i++)
		put_failure(x, c, &x->failure[i]);
	snprintf(line, sizeof(line),
		 "%s: %zu uplinks, %llu packets of all classes, %ld failure%s.\n",
		 x->failure_n ? "Not proved" : "Proved", x->uplink_n, (unsigned long long)x->looked,
		 x->failure_n, x->failure_n == 1 ? "" : "s");
	cli_put(c, x->failure_n ? CLI_BAD : CLI_GOOD, line);
}

static void json_failure(struct proving *x, struct json *j, const struct prove_failure *y)
{
	char buf[IP_ADDR_STRLEN];

	jw_object(j, NULL);
	jw_str(j, "kind", prove_kind_name(y->kind));
	jw_str(j, "text", prove_kind_text(y->kind));
	if (y->uplink)
		jw_str(j, "uplink", y->uplink->name);
	if (y->other)
		jw_str(j, "other", y->other->name);
	jw_u64(j, "family", y->family == AF_INET ? 4 : 6);
	if (y->rule) {
		jw_u64(j, "priority", y->rule->priority);
		jw_u64(j, "table", y->rule->table);
	}
	if (y->packet.family) {
		jw_str(j, "packet", packet_words(x, &y->packet));
		jw_str(j, "verdict", fib_verdict_name(y->result.verdict));
		if (y->result.dev)
			jw_str(j, "dev", devices_name(x->s.snap.devices, y->result.dev));
		if (y->result.via.family)
			jw_str(j, "via", ip_addr_str(&y->result.via, buf));
	}
	jw_str(j, "remedy", prove_remedy(x->f, y, &x->a));
	jw_object_end(j);
}

static void put_json(struct proving *x, struct cli *c)
{
	jw_object(&c->j, NULL);
	jw_bool(&c->j, "proved", !x->failure_n);
	jw_u64(&c->j, "packets", x->looked);
	jw_array(&c->j, "uplinks");
	for (size_t i = 0; i < x->uplink_n; i++)
		jw_str(&c->j, NULL, x->uplink[i].name);
	jw_array_end(&c->j);
	jw_array(&c->j, "failures");
	for (long i = 0; i < x->failure_n; i++)
		json_failure(x, &c->j, &x->failure[i]);
	jw_array_end(&c->j);
	jw_object_end(&c->j);
	out_putc(&c->out, '\n');
}

static int prove(struct proving *x, bool configured, struct err *e)
{
	int rc = snapshot_take(kernel_nl(x->s.kernel), SNAPSHOT_ALL, &x->snap, e);

	if (rc >= 0)
		rc = fib_new(&x->f, &x->snap, e);
	if (rc < 0)
		return rc;
	x->uplink_n = configured ? proof_uplinks(&x->s.desired, &x->a, &x->uplink)
				 : prove_discover(x->f, &x->a, &x->uplink);
	if (!x->uplink_n) {
		err_set(e, -ENODEV, "there is no way out to prove anything of");
		return err_hint(e, "write a configuration, or make a default route");
	}
	x->failure_n =
		prove_machine(x->f, x->uplink, x->uplink_n, &x->a, &x->failure, &x->looked, e);
	return x->failure_n < 0 ? (int)x->failure_n : 0;
}

int cli_prove(struct cli *c, struct err *e)
{
	struct proving x = {0};
	bool configured = !access(c->config, F_OK);
	int rc = cli_no_arguments(c, e);

	if (rc < 0)
		return rc;
	rc = session_open(&x.s, c, configured ? SESSION_STATE | SESSION_DESIRED : SESSION_KERNEL,
			  e);
	if (rc >= 0)
		rc = prove(&x, configured, e);
	if (rc >= 0) {
		if (c->json)
			put_json(&x, c);
		else
			put_text(&x, c);
		rc = x.failure_n ? EXIT_UNPROVED : EXIT_DONE;
	}
	fib_free(x.f);
	snapshot_free(&x.snap);
	arena_free(&x.a);
	session_close(&x.s);
	return rc;
}
