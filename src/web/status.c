/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "web/status.h"

#include "base/cleanup.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ENDS(text) (memchr((text), 0, sizeof(text)) != NULL)

static const char *const families[] = {"ipv4", "ipv6"};

bool status_daemon_is_sound(const struct status_daemon *d)
{
	return d->uplink_n <= STATUS_UPLINKS && d->warning_n <= STATUS_WARNINGS &&
	       d->proof < STATUS_PROOFS && ENDS(d->version) && ENDS(d->config) &&
	       ENDS(d->failure) && ENDS(d->proof_text);
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

bool status_warning_is_sound(const struct status_warning *w)
{
	return ENDS(w->text);
}

bool status_event_is_sound(const struct status_event *e)
{
	return ENDS(e->kind) && ENDS(e->uplink) && ENDS(e->text) &&
	       (!e->family || e->family == AF_INET || e->family == AF_INET6);
}

void status_free(struct status *s)
{
	free(s->uplink);
	free(s->warning);
	*s = (struct status){0};
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

void status_time_json(struct json *j, const char *key, int64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	jw_printf(j, key, "%s.%03dZ", text, (int)(us / 1000 % 1000));
}

void status_event_json(struct json *j, const struct status_event *e)
{
	jw_object(j, NULL);
	jw_u64(j, "number", e->number);
	status_time_json(j, "time", e->time);
	jw_str(j, "event", e->kind);
	jw_u64(j, "level", e->level);
	if (*e->uplink)
		jw_str(j, "uplink", e->uplink);
	if (e->family)
		jw_str(j, "family", e->family == AF_INET ? "ipv4" : "ipv6");
	jw_str(j, "text", e->text);
	jw_object_end(j);
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

static void proof_json(struct json *j, const struct status_daemon *d)
{
	static const char *const states[STATUS_PROOFS] = {
		[STATUS_PROOF_NONE] = "none",
		[STATUS_PROOF_HOLDS] = "holds",
		[STATUS_PROOF_FAILS] = "fails",
		[STATUS_PROOF_UNKNOWN] = "unknown",
	};

	jw_object(j, "proof");
	jw_str(j, "state", states[d->proof]);
	if (*d->proof_text)
		jw_str(j, "text", d->proof_text);
	jw_u64(j, "number", d->proofs);
	jw_object_end(j);
}

void status_json(struct json *j, const struct status *s)
{
	jw_object(j, NULL);
	status_time_json(j, "time", s->daemon.time);
	daemon_json(j, &s->daemon);
	proof_json(j, &s->daemon);
	jw_array(j, "uplinks");
	for (uint32_t i = 0; i < s->daemon.uplink_n; i++)
		uplink_json(j, &s->uplink[i]);
	jw_array_end(j);
	jw_array(j, "warnings");
	for (uint32_t i = 0; i < s->daemon.warning_n; i++)
		jw_str(j, NULL, s->warning[i].text);
	jw_array_end(j);
	jw_u64(j, "confirm_seconds", s->daemon.confirm_seconds);
	jw_object_end(j);
}
