/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply/owned_json.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <string.h>

/* Writing. */

static void write_message(struct print *p, const struct nlmsghdr *h)
{
	const uint8_t *b = (const void *)h;

	jw_raw(&p->j, "netlink");
	out_putc(p->o, '"');
	for (uint32_t i = 0; i < h->nlmsg_len; i++)
		out_printf(p->o, "%02x", b[i]);
	out_putc(p->o, '"');
}

/* `text` is what the printer left in its buffer, lines of next hops included. */
static void write_object(struct print *p, const struct nl_msg *m, struct out *text)
{
	while (text->len && (text->buf[text->len - 1] == ' ' || text->buf[text->len - 1] == '\n'))
		text->len--;
	jw_object(&p->j, NULL);
	write_message(p, &m->h);
	jw_strn(&p->j, "text", text->len ? text->buf : "", text->len);
	jw_object_end(&p->j);
	text->len = 0;
}

/* The text is of what the message says: without what was but a state ("linkdown"). */
static int write_routes(struct print *p, struct print *text, const struct owned *o, struct err *e)
{
	struct nl_msg m;
	struct route r;
	int rc = 0;

	jw_array(&p->j, "routes");
	for (size_t i = 0; i < o->route_n && !rc; i++) {
		rc = route_message(&m, RTM_NEWROUTE, 0, &o->route[i], e);
		if (!rc)
			rc = route_decode(&m.h, &r, e);
		if (!rc) {
			route_print(text, &r);
			write_object(p, &m, text->o);
		}
	}
	jw_array_end(&p->j);
	return rc;
}

static int write_rules(struct print *p, struct print *text, const struct owned *o, struct err *e)
{
	struct nl_msg m;
	struct rule r;
	int rc = 0;

	jw_array(&p->j, "rules");
	for (size_t i = 0; i < o->rule_n && !rc; i++) {
		rc = rule_message(&m, RTM_NEWRULE, 0, &o->rule[i], e);
		if (!rc)
			rc = rule_decode(&m.h, &r, e);
		if (!rc) {
			rule_print(text, &r);
			write_object(p, &m, text->o);
		}
	}
	jw_array_end(&p->j);
	return rc;
}

static void write_settings(struct print *p, const struct owned *o)
{
	jw_array(&p->j, "sysctls");
	for (size_t i = 0; i < o->sysctl_n; i++) {
		jw_object(&p->j, NULL);
		jw_str(&p->j, "name", o->sysctl[i].name);
		jw_str(&p->j, "value", o->sysctl[i].value);
		jw_object_end(&p->j);
	}
	jw_array_end(&p->j);
	jw_array(&p->j, "groups");
	for (size_t i = 0; i < o->group_n; i++) {
		jw_object(&p->j, NULL);
		jw_u64(&p->j, "ifindex", (uint64_t)o->group[i].ifindex);
		jw_str(&p->j, "name", o->group[i].name);
		jw_u64(&p->j, "group", o->group[i].group);
		jw_object_end(&p->j);
	}
	jw_array_end(&p->j);
}

static void write_endpoints(struct print *p, const struct owned *o)
{
	jw_array(&p->j, "endpoints");
	for (size_t i = 0; i < o->endpoint_n; i++) {
		jw_object(&p->j, NULL);
		jw_u64(&p->j, "id", o->endpoint[i].id);
		jw_u64(&p->j, "ifindex", (uint64_t)o->endpoint[i].ifindex);
		jw_addr(&p->j, "address", &o->endpoint[i].addr);
		jw_object_end(&p->j);
	}
	jw_array_end(&p->j);
}

int owned_to_json(struct print *p, const char *key, const struct owned *o, struct err *e)
{
	struct out buffer;
	struct print text = {.o = &buffer, .names = p->names};

	text.devices = p->devices;
	out_init(&buffer, -1);
	jw_object(&p->j, key);
	int rc = write_routes(p, &text, o, e);
	if (!rc)
		rc = write_rules(p, &text, o, e);
	write_settings(p, o);
	write_endpoints(p, o);
	if (o->nft)
		jw_str(&p->j, "nft", o->nft);
	else
		jw_null(&p->j, "nft");
	jw_object_end(&p->j);
	out_free(&buffer);
	return rc;
}

/* Reading. */

static int wrong(const char *key, const char *what, struct err *e)
{
	return err_set(e, -EBADMSG, "damaged: \"%s\" is not %s", key, what);
}

int json_read_text(const struct json_t *j, const char *key, const char **ret, struct err *e)
{
	const json_t *v = json_object_get(j, key);

	*ret = json_string_value(v);
	return *ret || json_is_null(v) ? 0 : wrong(key, "a text or null", e);
}

int json_read_str(const struct json_t *j, const char *key, const char **ret, struct err *e)
{
	*ret = json_string_value(json_object_get(j, key));
	return *ret ? 0 : wrong(key, "a text", e);
}

int json_read_u64(const struct json_t *j, const char *key, uint64_t max, uint64_t *ret,
		  struct err *e)
{
	const json_t *v = json_object_get(j, key);

	*ret = (uint64_t)json_integer_value(v);
	return json_is_integer(v) && json_integer_value(v) >= 0 && *ret <= max
		       ? 0
		       : wrong(key, "a number in its range", e);
}

int json_read_bool(const struct json_t *j, const char *key, bool *ret, struct err *e)
{
	const json_t *v = json_object_get(j, key);

	*ret = json_is_true(v);
	return json_is_boolean(v) ? 0 : wrong(key, "true or false", e);
}

int json_read_array(const struct json_t *j, const char *key, const struct json_t **ret,
		    struct err *e)
{
	*ret = json_object_get(j, key);
	return json_is_array(*ret) ? 0 : wrong(key, "an array", e);
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The message in `hex`, whole and of the type wanted; false if it is none. */
static bool read_message(const char *hex, unsigned type, struct nl_msg *m)
{
	size_t n = strlen(hex) / 2;

	if (strlen(hex) % 2 || n < sizeof(m->h) || n > sizeof(m->buf))
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		m->buf[i] = (uint8_t)(high << 4 | low);
	}
	return m->h.nlmsg_len == n && m->h.nlmsg_type == type;
}

static bool is_inet(uint8_t family)
{
	return family == AF_INET || family == AF_INET6;
}

static int read_object(const json_t *item, unsigned type, struct owned *ret, struct err *e)
{
	const char *hex;
	struct nl_msg m;
	struct route route;
	struct rule rule;
	int rc = json_read_str(item, "netlink", &hex, e);

	if (rc < 0)
		return rc;
	if (!read_message(hex, type, &m))
		return wrong("netlink", "a message in hexadecimal", e);
	if (type == RTM_NEWROUTE) {
		rc = route_decode(&m.h, &route, e);
		if (rc < 0 || !is_inet(route.h.rtm_family))
			return wrong("netlink", "a route", e);
		owned_add_route(ret, &route);
	} else {
		rc = rule_decode(&m.h, &rule, e);
		if (rc < 0 || !is_inet(rule.h.family))
			return wrong("netlink", "a rule", e);
		owned_add_rule(ret, &rule);
	}
	return 0;
}

static int read_sysctl(const json_t *item, struct owned *ret, struct err *e)
{
	const char *name, *value;
	int rc = json_read_str(item, "name", &name, e);

	if (!rc)
		rc = json_read_str(item, "value", &value, e);
	if (!rc)
		owned_set_sysctl(ret, name, value);
	return rc;
}

static int read_group(const json_t *item, struct owned *ret, struct err *e)
{
	uint64_t ifindex, group;
	const char *name;
	int rc = json_read_u64(item, "ifindex", INT_MAX, &ifindex, e);

	if (!rc)
		rc = json_read_u64(item, "group", UINT32_MAX, &group, e);
	if (!rc)
		rc = json_read_str(item, "name", &name, e);
	if (rc)
		return rc;
	if (!ifindex || strlen(name) >= IFNAMSIZ)
		return wrong("groups", "a list of links", e);
	owned_set_group(ret, (int)ifindex, name, (uint32_t)group);
	return 0;
}

static int read_endpoint(const json_t *item, struct owned *ret, struct err *e)
{
	uint64_t id, ifindex;
	struct ip_addr addr;
	const char *text;
	int rc = json_read_u64(item, "id", UINT8_MAX, &id, e);

	if (!rc)
		rc = json_read_u64(item, "ifindex", INT_MAX, &ifindex, e);
	if (!rc)
		rc = json_read_str(item, "address", &text, e);
	if (rc)
		return rc;
	if (id < MULTIHOME_ENDPOINT || !ip_addr_parse(text, 0, &addr))
		return wrong("endpoints", "a list of endpoints", e);
	owned_add_endpoint(ret, (uint8_t)id, (int)ifindex, &addr);
	return 0;
}

int owned_from_json(const struct json_t *j, struct owned *ret, struct err *e)
{
	static const struct {
		const char *key;
		unsigned type; /* of netlink messages */
		int (*read)(const json_t *item, struct owned *ret, struct err *e);
	} lists[] = {{"routes", RTM_NEWROUTE, NULL},
		     {"rules", RTM_NEWRULE, NULL},
		     {"sysctls", 0, read_sysctl},
		     {"groups", 0, read_group},
		     {"endpoints", 0, read_endpoint}};
	const char *nft;
	int rc = json_read_text(j, "nft", &nft, e);

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists) && !rc; i++) {
		const json_t *list;
		rc = json_read_array(j, lists[i].key, &list, e);
		for (size_t n = 0; !rc && n < json_array_size(list); n++) {
			const json_t *item = json_array_get(list, n);
			rc = lists[i].read ? lists[i].read(item, ret, e)
					   : read_object(item, lists[i].type, ret, e);
		}
	}
	if (!rc && nft)
		ret->nft = arena_strdup(&ret->arena, nft);
	return rc;
}
