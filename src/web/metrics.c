/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One row a metric: its name, its meaning, and how its value is found for an uplink or a family. */
#include "base/cleanup.h"
#include "web/status.h"

struct metric {
	const char *name, *type, *help;
	/* False if there is no value. `f` is NULL for those of an uplink as a whole. */
	bool (*value)(const struct status_uplink *u, const struct status_family *f, double *ret);
};

#define VALUE(fn_name, condition, expression)                                                      \
	static bool fn_name(const struct status_uplink *u, const struct status_family *f,          \
			    double *ret)                                                           \
	{                                                                                          \
		(void)u, (void)f;                                                                  \
		*ret = (double)(expression);                                                       \
		return condition;                                                                  \
	}

VALUE(is_up, f->present, f->usable)
VALUE(seconds, f->present, (double)f->since / 1e3)
VALUE(share, f->balanced, f->share / 1e3)
VALUE(failovers, f->present, f->failovers)
VALUE(loss, f->checked, f->loss / 1e3)
VALUE(rtt, f->checked && f->rtt, f->rtt / 1e6)
VALUE(jitter, f->checked && f->rtt, f->jitter / 1e6)
VALUE(received, u->counted, u->rx_bytes)
VALUE(transmitted, u->counted, u->tx_bytes)
VALUE(hand, true, u->hand)

static const struct metric of_family[] = {
	{"multihome_uplink_up", "gauge", "Whether the uplink is in use, in this family.", is_up},
	{"multihome_uplink_state_seconds", "gauge", "How long it has been so.", seconds},
	{"multihome_uplink_share_ratio", "gauge", "Its part of the balanced default.", share},
	{"multihome_uplink_failovers_total", "counter", "How often it went out of use.", failovers},
	{"multihome_uplink_loss_ratio", "gauge", "Lost probes, of the last window.", loss},
	{"multihome_uplink_rtt_seconds", "gauge", "Mean round trip, of the last window.", rtt},
	{"multihome_uplink_jitter_seconds", "gauge", "Mean difference of round trips.", jitter},
};
static const struct metric of_uplink[] = {
	{"multihome_uplink_receive_bytes_total", "counter", "Bytes its interface received.",
	 received},
	{"multihome_uplink_transmit_bytes_total", "counter", "Bytes its interface sent.",
	 transmitted},
	{"multihome_uplink_by_hand", "gauge", "0: by itself, 1: put down by hand, 2: drained.",
	 hand},
};

static void head(struct out *o, const char *name, const char *type, const char *help)
{
	out_printf(o, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Names of interfaces may hold nearly anything. */
static void label(struct out *o, const char *key, const char *value)
{
	out_printf(o, "%s=\"", key);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			out_putc(o, '\\');
		out_putc(o, *value);
	}
	out_putc(o, '"');
}

static void line(struct out *o, const struct metric *m, const struct status_uplink *u,
		 const struct status_family *f)
{
	double v;

	if (!m->value(u, f, &v))
		return;
	out_printf(o, "%s{", m->name);
	label(o, "uplink", u->name);
	out_putc(o, ',');
	label(o, "interface", u->interface);
	if (f)
		out_printf(o, ",family=\"%s\"", f == &u->family[0] ? "ipv4" : "ipv6");
	out_printf(o, "} %.15g\n", v);
}

void status_metrics(struct out *o, const struct status *s)
{
	const struct status_daemon *d = &s->daemon;

	head(o, "multihome_info", "gauge", "The daemon's version.");
	out_printf(o, "multihome_info{version=\"%s\"} 1\n", d->version);
	head(o, "multihome_uptime_seconds", "gauge", "How long the daemon has been at work.");
	out_printf(o, "multihome_uptime_seconds %.15g\n", (double)d->uptime / 1e3);
	head(o, "multihome_in_force", "gauge", "Whether the machine is as configured.");
	out_printf(o, "multihome_in_force %d\n", !*d->failure);
	head(o, "multihome_proved", "gauge",
	     "Whether that is proved; absent while it is not known.");
	if (d->proof == STATUS_PROOF_HOLDS || d->proof == STATUS_PROOF_FAILS)
		out_printf(o, "multihome_proved %d\n", d->proof == STATUS_PROOF_HOLDS);
	for (size_t k = 0; k < ARRAY_SIZE(of_family); k++) {
		const struct metric *m = &of_family[k];
		head(o, m->name, m->type, m->help);
		for (uint32_t i = 0; i < 2 * d->uplink_n; i++)
			line(o, m, &s->uplink[i / 2], &s->uplink[i / 2].family[i % 2]);
	}
	for (size_t k = 0; k < ARRAY_SIZE(of_uplink); k++) {
		const struct metric *m = &of_uplink[k];
		head(o, m->name, m->type, m->help);
		for (uint32_t i = 0; i < d->uplink_n; i++)
			line(o, m, &s->uplink[i], NULL);
	}
}
