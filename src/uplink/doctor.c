/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uplink/doctor_own.h"

#include "base/cleanup.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct doctor_check {
	const char *id;
	enum doctor_severity severity;
	const char *title;
	void (*run)(struct doctor *d);
};

/* In the order in which they are told, among those of one severity. */
static const struct doctor_check checks[] = {
	{"config", DOCTOR_BAD, "the configuration cannot be had on this machine", doctor_config},
	{"proof", DOCTOR_BAD, "a packet takes a way that it should not", NULL},
	{"dscp", DOCTOR_BAD, "a rule by dscp on a kernel that does not know it", doctor_dscp},
	{"rp_filter", DOCTOR_BAD, "rp_filter drops what comes in by an uplink", doctor_rp_filter},
	{"arp", DOCTOR_BAD, "a card answers for another one's address", doctor_arp},
	{"address", DOCTOR_BAD, "two uplinks have one address", doctor_one_address},
	{"network", DOCTOR_WARNING, "an uplink's network is another interface's, too",
	 doctor_network},
	{"disturbed", DOCTOR_WARNING, "something on this machine disturbs the configuration",
	 doctor_config_warnings},
	{"default", DOCTOR_WARNING, "a default route is shadowed by another", doctor_shadowed},
	{"backstop", DOCTOR_WARNING, "an uplink's table does not hold its packets when it is down",
	 doctor_backstop},
	{"linkdown", DOCTOR_WARNING, "routes stay in use when the carrier is lost",
	 doctor_linkdown},
	{"accept_ra", DOCTOR_WARNING, "router advertisements' routes go when forwarding is on",
	 doctor_accept_ra},
	{"hash", DOCTOR_WARNING, "all flows to one host take one way", doctor_hash},
	{"networkd", DOCTOR_WARNING, "systemd-networkd deletes others' rules", doctor_networkd},
	{"nm", DOCTOR_WARNING, "NetworkManager takes an uplink for dead", doctor_nm},
	{"docker", DOCTOR_WARNING, "containers answer by another uplink than they were asked by",
	 doctor_docker},
	{"mark", DOCTOR_WARNING, "others use bits of the marks of uplinks", doctor_marks},
	{"udp", DOCTOR_NOTE, "a UDP server may answer from the wrong address", doctor_udp},
	{"icmp", DOCTOR_NOTE, "ICMP errors have the wrong source address", doctor_icmp},
	{"tcp_hash", DOCTOR_NOTE, "this kernel does not spread local TCP connections",
	 doctor_tcp_hash},
	{"rt_tables", DOCTOR_NOTE, "a rule's table has no name", doctor_table_names},
};

const char *doctor_severity_name(enum doctor_severity s)
{
	static const char *const names[] = {"bad", "warning", "note"};

	return names[s];
}

bool doctor_check_name(unsigned i, const char **id, const char **title)
{
	if (i >= ARRAY_SIZE(checks))
		return false;
	*id = checks[i].id;
	*title = checks[i].title;
	return true;
}

struct doctor_finding *doctor_find(struct doctor *d, const char *title)
{
	struct doctor_finding *x = ARENA_PUSH(d->a, d->finding, d->finding_n, d->finding_cap);

	*x = (struct doctor_finding){d->check->id, d->check->severity, title, "", ""};
	return x;
}

static const char *with_line(struct doctor *d, const char *text, const char *fmt, va_list ap)
{
	char line[1024];

	vsnprintf(line, sizeof(line), fmt, ap);
	return arena_printf(d->a, "%s%s\n", text, line);
}

void doctor_evidence(struct doctor *d, struct doctor_finding *x, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	x->evidence = with_line(d, x->evidence, fmt, ap);
	va_end(ap);
}

void doctor_remedy(struct doctor *d, struct doctor_finding *x, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	x->remedy = with_line(d, x->remedy, fmt, ap);
	va_end(ap);
}

const char *doctor_ip(uint8_t family)
{
	return family == AF_INET6 ? "ip -6" : "ip";
}

const char *doctor_family(uint8_t family)
{
	return family == AF_INET6 ? "IPv6" : "IPv4";
}

const char *doctor_dev(const struct doctor *d, int ifindex)
{
	return devices_name(d->snap->devices, ifindex);
}

/* What was printed, on one line. */
static const char *one_line(struct doctor *d, struct out *o)
{
	char *text = arena_strdup(d->a, out_str(o));

	for (char *c = text; *c; c++)
		if (*c == '\t' || *c == '\n')
			*c = ' ';
	for (size_t n = strlen(text); n && text[n - 1] == ' ';)
		text[--n] = '\0';
	out_free(o);
	return text;
}

const char *doctor_route(struct doctor *d, const struct route *r)
{
	struct out o;
	struct print p = {.o = &o, .names = d->facts->names, .devices = d->snap->devices};

	out_init(&o, -1);
	route_print(&p, r);
	return one_line(d, &o);
}

const char *doctor_rule(struct doctor *d, const struct rule *r)
{
	struct out o;
	struct print p = {.o = &o, .names = d->facts->names, .devices = d->snap->devices};

	out_init(&o, -1);
	p.family = r->h.family;
	rule_print(&p, r);
	return one_line(d, &o);
}

bool doctor_several(const struct doctor *d, uint8_t family)
{
	unsigned n = 0;

	for (size_t i = 0; i < d->goal.uplink_n; i++)
		for (size_t k = 0; k < d->goal.uplink[i].from_n; k++)
			if (d->goal.uplink[i].from[k].addr.family == family) {
				n++;
				break;
			}
	return n > 1;
}

long doctor_conf(const struct doctor *d, const char *family, const char *dev, const char *key)
{
	const char *v = d->facts->sysctl(d->facts->sysctl_arg,
					 arena_printf(d->a, "net/%s/conf/%s/%s", family, dev, key));

	return v ? strtol(v, NULL, 10) : -1;
}

long doctor_conf_max(const struct doctor *d, const char *family, const char *dev, const char *key)
{
	long all = doctor_conf(d, family, "all", key), own = doctor_conf(d, family, dev, key);

	return all > own ? all : own;
}

/* Worst first; the rest stays in its order. */
static void sort(struct doctor_finding *x, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct doctor_finding y = x[i];
		size_t k = i;
		for (; k && x[k - 1].severity > y.severity; k--)
			x[k] = x[k - 1];
		x[k] = y;
	}
}

static int run(struct doctor *d)
{
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(checks) && rc >= 0; i++) {
		d->check = &checks[i];
		if (checks[i].run)
			checks[i].run(d);
		else
			rc = doctor_proof(d);
	}
	return rc;
}

long doctor_examine(const struct doctor_facts *facts, const struct prove_goal *goal,
		    struct arena *a, struct doctor_finding **ret, struct err *e)
{
	struct doctor d = {.facts = facts, .snap = facts->snap, .a = a, .e = e};
	struct fib *f = NULL;
	int rc = fib_new(&f, facts->snap, e);

	if (rc < 0)
		return rc;
	d.f = f;
	if (goal)
		d.goal = *goal;
	else
		prove_discover(f, a, &d.goal);
	rc = run(&d);
	fib_free(f);
	sort(d.finding, d.finding_n);
	*ret = d.finding;
	return rc < 0 ? rc : (long)d.finding_n;
}
