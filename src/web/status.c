/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "web/status.h"

#include "base/cleanup.h"

#include <string.h>

#define ENDS(text) (memchr((text), 0, sizeof(text)) != NULL)

static const char *const families[] = {"ipv4", "ipv6"};

bool status_daemon_is_sound(const struct status_daemon *d)
{
	for (unsigned i = 0; i < STATUS_WARNINGS; i++)
		if (!ENDS(d->warning[i]))
			return false;
	return d->uplink_n <= STATUS_UPLINKS && d->warning_n <= STATUS_WARNINGS &&
	       ENDS(d->version) && ENDS(d->config) && ENDS(d->failure);
}

static bool family_is_sound(const struct status_family *f)
{
	for (unsigned i = 0; i < STATUS_ADDRESSES; i++)
		if (!ENDS(f->address[i]))
			return false;
	return ENDS(f->gateway) && ENDS(f->why) && f->loss <= 1000 && f->share <= 1000;
}

bool status_uplink_is_sound(const struct status_uplink *u)
{
	return ENDS(u->name) && ENDS(u->interface) && u->hand <= STATUS_HAND_DRAIN &&
	       family_is_sound(&u->family[0]) && family_is_sound(&u->family[1]);
}

const char *status_hand_text(uint32_t hand)
{
	return hand == STATUS_HAND_DOWN ? "down" : hand == STATUS_HAND_DRAIN ? "drain" : "";
}

const char *status_state(const struct status_uplink *u, unsigned family)
{
	const struct status_family *f = &u->family[family];

	if (f->usable)
		return "up";
	if (!f->present)
		return "absent";
	return u->hand == STATUS_HAND_DRAIN ? "drained" : "down";
}

static double ratio(uint32_t per_mille)
{
	return per_mille / 1000.0;
}

static void family_json(struct json *j, const struct status_uplink *u, unsigned i)
{
	const struct status_family *f = &u->family[i];

	jw_object(j, families[i]);
	jw_bool(j, "present", f->present);
	jw_bool(j, "usable", f->usable);
	jw_str(j, "state", status_state(u, i));
	jw_double(j, "seconds", (double)f->since / 1000.0);
	if (*f->why)
		jw_str(j, "why", f->why);
	jw_u64(j, "failovers", f->failovers);
	jw_array(j, "addresses");
	for (unsigned k = 0; k < f->address_n && k < STATUS_ADDRESSES; k++)
		jw_str(j, NULL, f->address[k]);
	jw_array_end(j);
	if (*f->gateway)
		jw_str(j, "gateway", f->gateway);
	if (f->balanced)
		jw_double(j, "share", ratio(f->share));
	if (f->checked)
		jw_double(j, "loss", ratio(f->loss));
	if (f->checked && f->rtt) {
		jw_double(j, "rtt_ms", f->rtt / 1000.0);
		jw_double(j, "jitter_ms", f->jitter / 1000.0);
	}
	jw_object_end(j);
}

static void uplink_json(struct json *j, const struct status_uplink *u)
{
	jw_object(j, NULL);
	jw_str(j, "name", u->name);
	jw_str(j, "interface", u->interface);
	jw_u64(j, "table", u->table);
	jw_printf(j, "mark", "%#x", u->mark);
	jw_u64(j, "weight", u->weight);
	if (u->hand)
		jw_str(j, "hand", status_hand_text(u->hand));
	if (u->counted) {
		jw_u64(j, "rx_bytes", u->rx_bytes);
		jw_u64(j, "tx_bytes", u->tx_bytes);
		jw_u64(j, "rx_rate", u->rx_rate);
		jw_u64(j, "tx_rate", u->tx_rate);
	}
	family_json(j, u, 0);
	family_json(j, u, 1);
	jw_object_end(j);
}

static void daemon_json(struct json *j, const struct status_daemon *d)
{
	jw_object(j, "daemon");
	jw_u64(j, "pid", d->pid);
	jw_str(j, "version", d->version);
	jw_double(j, "seconds", (double)d->uptime / 1000.0);
	jw_str(j, "config", d->config);
	if (*d->failure)
		jw_str(j, "failure", d->failure);
	jw_object_end(j);
}

void status_json(struct json *j, const struct status *s)
{
	jw_object(j, NULL);
	daemon_json(j, &s->daemon);
	jw_array(j, "uplinks");
	for (uint32_t i = 0; i < s->daemon.uplink_n; i++)
		uplink_json(j, &s->uplink[i]);
	jw_array_end(j);
	jw_array(j, "warnings");
	for (uint32_t i = 0; i < s->daemon.warning_n; i++)
		jw_str(j, NULL, s->daemon.warning[i]);
	jw_array_end(j);
	jw_u64(j, "confirm_seconds", s->daemon.confirm_seconds);
	jw_object_end(j);
}
