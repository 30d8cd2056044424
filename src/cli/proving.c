/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/proving.h"

#include "fib/walk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int proving_run(struct proving *x, const struct snapshot *s, const struct prove_goal *goal,
		struct err *e)
{
	int rc = fib_new(&x->own, s, e);

	x->snap = s;
	x->f = x->own;
	if (rc < 0)
		return rc;
	if (goal)
		x->goal = *goal;
	else
		prove_discover(x->f, &x->a, &x->goal);
	x->failure_n = prove_machine(x->f, &x->goal, &x->a, &x->failure, &x->looked, e);
	return x->failure_n < 0 ? (int)x->failure_n : 0;
}

void proving_free(struct proving *x)
{
	fib_free(x->own);
	arena_free(&x->a);
}

/* Text */

static void put_line(struct cli *c, const char *label, const char *text)
{
	cli_put(c, CLI_DIM, label);
	out_puts(&c->out, text);
	out_putc(&c->out, '\n');
}

/* The rules that the packet tried, as `explain` shows them; those that do not match left out. */
static void put_walk(struct proving *x, struct cli *c, const struct fib_packet *p)
{
	struct print print = {
		.o = &c->out, .names = x->names, .devices = x->snap->devices, .oneline = true};
	struct fib_result r;
	struct fib_step *step;
	size_t n = fib_walk(x->f, p, &x->a, &step, &r), passed = 0;

	for (size_t i = 0; i < n; i++) {
		if (step[i].outcome == FIB_NO_MATCH) {
			passed++;
			continue;
		}
		cli_put(c, CLI_DIM, "  rule:   ");
		rule_print(&print, step[i].rule);
		out_puts(&c->out, step[i].why[0] ? "  " : "");
		cli_put(c, CLI_DIM, step[i].why);
		out_putc(&c->out, '\n');
	}
	if (passed)
		put_line(c, "          ",
			 arena_printf(&x->a, "(%zu other rule%s do%s not match it)", passed,
				      passed == 1 ? "" : "s", passed == 1 ? "es" : ""));
	if (r.route) {
		cli_put(c, CLI_DIM, "  route:  ");
		route_print(&print, r.route);
		out_putc(&c->out, '\n');
	}
}

static void put_remedy(struct cli *c, const char *text)
{
	const char *label = "  remedy: ", *end;

	for (; (end = strchr(text, '\n')); text = end + 1) {
		cli_put(c, CLI_DIM, label);
		out_mem(&c->out, text, (size_t)(end - text) + 1);
		label = "          ";
	}
}

void proving_put(struct proving *x, struct cli *c, const struct prove_failure *y)
{
	struct print p = {.o = &c->out, .names = x->names, .devices = x->snap->devices};

	cli_put(c, CLI_BOLD, prove_subject(y, &x->a));
	out_puts(&c->out, ": ");
	cli_put(c, CLI_BAD, prove_text(y, &x->a));
	out_putc(&c->out, '\n');
	if (y->kind == PROVE_RULE || y->kind == PROVE_TABLE) {
		cli_put(c, CLI_DIM, "  it is:  ");
		rule_print(&p, y->rule);
		out_putc(&c->out, '\n');
	}
	if (y->packet.family) {
		put_line(c, "  packet: ", prove_packet(x->f, &y->packet, &x->a));
		put_line(c, "  way:    ", prove_way(x->f, &y->result, &x->a));
		put_walk(x, c, &y->packet);
	}
	put_remedy(c, prove_remedy(x->f, y, &x->a));
}

/* JSON */

static void json_packet(struct proving *x, struct json *j, const struct fib_packet *p)
{
	char buf[IP_ADDR_STRLEN];

	jw_object(j, "witness");
	if (!ip_addr_is_any(&p->src))
		jw_str(j, "src", ip_addr_str(&p->src, buf));
	jw_str(j, "dst", ip_addr_str(&p->dst, buf));
	jw_u64(j, "proto", p->proto);
	jw_u64(j, "sport", p->sport);
	jw_u64(j, "dport", p->dport);
	jw_u64(j, "mark", p->mark);
	jw_u64(j, "tos", p->tos);
	jw_u64(j, "uid", p->uid);
	if (p->iif)
		jw_str(j, "iif", devices_name(x->snap->devices, p->iif));
	if (p->oif)
		jw_str(j, "oif", devices_name(x->snap->devices, p->oif));
	jw_object_end(j);
}

static void json_walk(struct proving *x, struct json *j, const struct fib_packet *p)
{
	struct fib_result r;
	struct fib_step *step;
	size_t n = fib_walk(x->f, p, &x->a, &step, &r);

	jw_array(j, "rules");
	for (size_t i = 0; i < n; i++) {
		jw_object(j, NULL);
		jw_u64(j, "priority", step[i].rule->priority);
		if (step[i].rule->table)
			jw_u64(j, "table", step[i].rule->table);
		jw_str(j, "outcome", fib_outcome_name(step[i].outcome));
		if (step[i].why[0])
			jw_str(j, "why", step[i].why);
		jw_object_end(j);
	}
	jw_array_end(j);
}

static void json_result(struct proving *x, struct json *j, const struct prove_failure *y)
{
	char buf[IP_ADDR_STRLEN];

	jw_str(j, "packet", prove_packet(x->f, &y->packet, &x->a));
	json_packet(x, j, &y->packet);
	jw_str(j, "verdict", fib_verdict_name(y->result.verdict));
	if (y->result.dev)
		jw_str(j, "dev", devices_name(x->snap->devices, y->result.dev));
	if (y->result.via.family)
		jw_str(j, "via", ip_addr_str(&y->result.via, buf));
	json_walk(x, j, &y->packet);
}

static void json_remedy(struct json *j, const char *text, struct arena *a)
{
	const char *end;

	jw_array(j, "remedy");
	for (; (end = strchr(text, '\n')); text = end + 1)
		jw_str(j, NULL, arena_strndup(a, text, (size_t)(end - text)));
	jw_array_end(j);
}

void proving_json(struct proving *x, struct cli *c, const struct prove_failure *y)
{
	struct json *j = &c->j;

	jw_object(j, NULL);
	jw_str(j, "kind", prove_kind_name(y->kind));
	jw_str(j, "text", prove_kind_text(y->kind));
	if (y->uplink)
		jw_str(j, "uplink", y->uplink->name);
	if (y->other)
		jw_str(j, "other", y->other->name);
	if (y->policy)
		jw_str(j, "policy", y->policy->name);
	jw_u64(j, "family", y->family == AF_INET ? 4 : 6);
	if (y->rule) {
		jw_u64(j, "priority", y->rule->priority);
		jw_u64(j, "table", y->rule->table);
	}
	if (y->packet.family)
		json_result(x, j, y);
	json_remedy(j, prove_remedy(x->f, y, &x->a), &x->a);
	jw_object_end(j);
}

/* Plans */

int proving_plan(struct session *s, const struct plan *p, struct plan_proving *x, struct err *e)
{
	*x = (struct plan_proving){.proof.proved = true, .x.names = s->names};
	if (!p->n)
		return 1;
	int rc = snapshot_take(kernel_nl(s->kernel), SNAPSHOT_ALL, &x->snap, e);
	if (!rc)
		rc = proof_plan(&s->config, &s->desired, &x->snap, p, &x->proof, e);
	if (rc == -E2BIG) {
		fprintf(stderr, "multihome: note: %s\n", e->msg);
		x->unknown = true;
		return 1;
	}
	if (rc < 0)
		return rc;
	x->x.snap = x->proof.at;
	x->x.f = x->proof.f;
	x->x.failure = x->proof.failure;
	x->x.failure_n = (long)x->proof.failure_n;
	return x->proof.proved;
}

void proving_plan_free(struct plan_proving *x)
{
	arena_free(&x->x.a); /* the rest of it is the proof's */
	proof_plan_free(&x->proof);
	snapshot_free(&x->snap);
}

static void put_where(struct plan_proving *x, struct cli *c, const struct plan *plan)
{
	struct print p = {.o = &c->out, .names = x->x.names, .devices = x->x.snap->devices};
	size_t step = x->proof.step;

	if (step == plan->n) {
		cli_put(c, CLI_BAD, "Not proved. In the end:\n");
		return;
	}
	cli_put(c, CLI_BAD, "Not proved. ");
	out_printf(&c->out, "After step %zu of %zu, ", step, plan->n);
	plan_step_command(&p, &plan->step[step - 1]);
}

void proving_plan_put(struct plan_proving *x, struct cli *c, const struct plan *p)
{
	if (c->json) {
		jw_bool(&c->j, "proved", false);
		jw_u64(&c->j, "unproved_step", x->proof.step);
		jw_array(&c->j, "failures");
	} else {
		put_where(x, c, p);
	}
	for (long i = 0; i < x->x.failure_n; i++)
		if (c->json)
			proving_json(&x->x, c, &x->x.failure[i]);
		else
			proving_put(&x->x, c, &x->x.failure[i]);
	if (c->json)
		jw_array_end(&c->j);
}
