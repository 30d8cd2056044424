/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From files to struct config, in three passes. Each line is read by the schema (config_value.c has
 * the value types); when all names are known, the uses are resolved (config_use.c), and what only
 * the whole shows is checked (config_check.c). The first error ends it.
 */
#include "base/file.h"
#include "base/suggest.h"
#include "uplink/ini.h"
#include "uplink/schema.h"

#include <errno.h>
#include <search.h>
#include <string.h>

#define HOOK_ALL     ((1u << HOOK_WHENS) - 1)
#define HOOK_TIMEOUT 10000

static struct object *new_object(struct reading *r, enum section_kind kind, const char *name,
				 struct place place)
{
	struct object *o = arena_alloc(&r->c->arena, sizeof(*o));

	o->kind = kind;
	o->name = name;
	o->place = place;
	o->given = arena_alloc(&r->c->arena, schema[kind].key_n * sizeof(*o->given));
	*ARENA_PUSH(&r->c->arena, r->object, r->object_n, r->object_cap) = o;
	return o;
}

static void begin(struct reading *r, struct config *c, const char *file)
{
	*c = (struct config){.rule_base = 1010,
			     .table_base = 1010,
			     .mark_mask = 0x00ff0000,
			     .flap_damping = 60000,
			     .control_group = UINT32_MAX};
	*r = (struct reading){.c = c, .file = arena_strdup(&c->arena, file)};
	r->multihome = new_object(r, SECTION_MULTIHOME, "", (struct place){.file = r->file});
}

/* Uplinks and groups share their names, as a use may name either. */
static int names_of(enum section_kind kind)
{
	return kind == SECTION_GROUP ? SECTION_UPLINK : (int)kind;
}

static int cmp_objects(const void *a, const void *b)
{
	const struct object *x = a, *y = b;
	int space = names_of(x->kind) - names_of(y->kind);

	return space ? space : strcmp(x->name, y->name);
}

static void keep(void *p)
{
	(void)p;
}

const struct object *config_find_way(struct reading *r, const char *name)
{
	struct object key = {.kind = SECTION_UPLINK, .name = name};
	struct object *const *o = tfind(&key, &r->names, cmp_objects);

	return o ? *o : NULL;
}

/* Names become parts of messages, command lines, file names and nftables' comments. */
static bool name_is_good(const char *name)
{
	static const char good[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t n = strlen(name);

	return n >= 1 && n <= 32 && strspn(name, good) == n && *name != '-' && *name != '.';
}

static int check_name(struct reading *r, const struct section *s, const struct ini_line *l,
		      struct err *e)
{
	const char *name = l->second.text;

	if (!*name) {
		place_err(&l->first.place, e, "[%s] has no name", s->name);
		return err_hint(e, "write [%s NAME]", s->name);
	}
	if (!name_is_good(name)) {
		place_err(&l->second.place, e, "\"%s\" cannot be a name",
			  word_clip(&r->c->arena, name));
		return err_hint(e, "a name has up to 32 letters, digits, \"_\", \".\" or \"-\", "
				   "and begins with a letter, digit or \"_\"");
	}
	return 0;
}

static int no_section(struct reading *r, const struct word *w, struct err *e)
{
	struct suggest s = suggest_init(w->text);

	for (size_t i = 0; i < SECTIONS; i++)
		if (schema[i].help)
			suggest_try(&s, schema[i].name);
	place_err(&w->place, e, "there is no section [%s]", word_clip(&r->c->arena, w->text));
	if (s.best)
		return err_hint(e, "did you mean [%s]?", s.best);
	return err_hint(e, "sections are [multihome], [uplink NAME], [group NAME], [policy NAME], "
			   "[hook NAME]");
}

/* Its data, zeroed but for the defaults. */
static void add_data(struct reading *r, struct object *o)
{
	struct config *c = r->c;
	struct uplink_config *u;
	struct policy_config *p;
	struct hook_config *h;
	struct way_group *g;

	switch (o->kind) {
	case SECTION_UPLINK:
		o->index = c->uplink_n;
		u = ARENA_PUSH(&c->arena, c->uplink, c->uplink_n, c->uplink_cap);
		u->name = o->name;
		u->place = o->place;
		u->weight = 1;
		u->ipv4 = u->ipv6 = true;
		break;
	case SECTION_POLICY:
		o->index = c->policy_n;
		p = ARENA_PUSH(&c->arena, c->policy, c->policy_n, c->policy_cap);
		p->name = o->name;
		p->place = o->place;
		break;
	case SECTION_HOOK:
		o->index = c->hook_n;
		h = ARENA_PUSH(&c->arena, c->hook, c->hook_n, c->hook_cap);
		*h = (struct hook_config){o->name, o->place, HOOK_ALL, NULL, HOOK_TIMEOUT};
		break;
	case SECTION_GROUP:
		o->index = r->group_n;
		g = ARENA_PUSH(&c->arena, r->group, r->group_n, r->group_cap);
		g->object = o;
		break;
	default:
		break;
	}
}

static void *data_of(struct reading *r, const struct object *o)
{
	switch (o->kind) {
	case SECTION_UPLINK:
		return &r->c->uplink[o->index];
	case SECTION_POLICY:
		return &r->c->policy[o->index];
	case SECTION_HOOK:
		return &r->c->hook[o->index];
	case SECTION_GROUP:
		return &r->group[o->index];
	default:
		return r->c;
	}
}

static int read_section(struct reading *r, const struct ini_line *l, struct object **ret,
			struct err *e)
{
	char where[PLACE_STRLEN];
	unsigned kind = 0;

	while (kind < SECTIONS && strcmp(schema[kind].name, l->first.text) != 0)
		kind++;
	if (kind == SECTIONS)
		return no_section(r, &l->first, e);
	const struct section *s = &schema[kind];
	if (!s->named) {
		*ret = r->multihome;
		if (!*l->second.text)
			return 0;
		place_err(&l->second.place, e, "[%s] has no name, here it has \"%s\"", s->name,
			  word_clip(&r->c->arena, l->second.text));
		return err_hint(e, "write [%s]", s->name);
	}
	int rc = check_name(r, s, l, e);
	if (rc < 0)
		return rc;
	struct object *o = new_object(r, kind, l->second.text, l->first.place);
	o->place.column = l->second.place.column;
	struct object *const *old = tsearch(o, &r->names, cmp_objects);
	if (!old)
		return err_errno(e, -ENOMEM, "%s", r->file);
	if (*old != o) {
		place_err(&o->place, e, "there is a [%s %s] already, at %s",
			  schema[(*old)->kind].name, o->name, place_str(&(*old)->place, where));
		return err_hint(e, "give one of them another name");
	}
	add_data(r, o);
	*ret = o;
	return 0;
}

static int no_key(struct reading *r, const struct section *s, const struct word *w, struct err *e)
{
	struct suggest near = suggest_init(w->text);
	const char *elsewhere = NULL;

	for (size_t i = 0; i < s->key_n; i++)
		suggest_try(&near, s->key[i].name);
	place_err(&w->place, e, "[%s] has no key \"%s\"", s->name,
		  word_clip(&r->c->arena, w->text));
	for (size_t i = 0; i < SECTIONS; i++)
		for (size_t k = 0; k < schema[i].key_n; k++)
			if (!strcmp(schema[i].key[k].name, w->text))
				elsewhere = schema[i].name;
	if (elsewhere)
		return err_hint(e, "it is a key of [%s]", elsewhere);
	if (near.best)
		return err_hint(e, "did you mean \"%s\"?", near.best);
	const char *all = "";
	for (size_t i = 0; i < s->key_n; i++)
		all = arena_printf(&r->c->arena, "%s%s %s", all, *all ? "," : "", s->key[i].name);
	return err_hint(e, "its keys are%s", all);
}

static int repeated(const struct key *k, const struct word *key, const struct word *old,
		    struct err *e)
{
	char where[PLACE_STRLEN];

	place_err(&key->place, e, "\"%s\" is given already, at %s", k->name,
		  place_str(&old->place, where));
	return err_hint(e, "take one of them out");
}

/* The key's own reader says what is wrong with the value; here it is put in its place. */
static int read_value(struct reading *r, const struct key *k, const struct object *o,
		      const struct word *v, struct err *e)
{
	int rc;

	/* Readers may rely on a first word. */
	if (v->text[strspn(v->text, " \t,")])
		rc = k->read(r, k, o, *v, data_of(r, o), e);
	else
		rc = place_err(&v->place, e, "has no value");
	if (rc < 0 && e) {
		err_prefix(e, "%s", k->name);
		if (!e->hint[0] && v->text[strlen(v->text) - (*v->text != 0)] == '\\')
			err_hint(e, "a line cannot be continued%s",
				 k->repeats ? ": repeat the key" : "");
		if (!e->hint[0] && strpbrk(v->text, "\"'"))
			err_hint(e, "values are written without quotes");
		if (!e->hint[0])
			err_hint(e, "%s = %s", k->name, k->value);
	}
	return rc;
}

static int read_key(struct reading *r, struct object *o, const struct ini_line *l, struct err *e)
{
	const struct section *s = &schema[o->kind];
	size_t i = 0;

	while (i < s->key_n && strcmp(s->key[i].name, l->first.text) != 0)
		i++;
	if (i == s->key_n)
		return no_key(r, s, &l->first, e);
	const struct key *k = &s->key[i];
	if (o->given[i].text && !k->repeats)
		return repeated(k, &l->first, &o->given[i], e);
	int rc = read_value(r, k, o, &l->second, e);
	if (rc < 0)
		return rc;
	o->given[i] = l->second;
	if (o->kind == SECTION_POLICY)
		r->c->policy[o->index].has |= k->has;
	return 0;
}

static int read_text(struct reading *r, const char *file, const char *text, size_t len,
		     struct err *e)
{
	struct object *o = NULL;
	struct ini_line line;
	struct ini ini;
	int rc = ini_open(&ini, &r->c->arena, file, text, len, e);

	if (rc < 0)
		return rc;
	while ((rc = ini_next(&ini, &line, e)) > 0) {
		if (line.section) {
			rc = read_section(r, &line, &o, e);
		} else if (o) {
			rc = read_key(r, o, &line, e);
		} else {
			place_err(&line.first.place, e, "\"%s\" stands before the first section",
				  word_clip(&r->c->arena, line.first.text));
			rc = err_hint(e, "begin with [multihome] or [uplink NAME]");
		}
		if (rc < 0)
			return rc;
	}
	return rc;
}

/* What follows when all is read, or could not be. */
static int end(struct reading *r, int rc, struct err *e)
{
	if (rc >= 0)
		rc = config_check(r, e);
	if (rc >= 0)
		rc = config_resolve_uses(r, e);
	tdestroy(r->names, keep);
	return rc < 0 ? rc : 0;
}

int config_parse(const char *name, const char *text, size_t len, struct config *ret, struct err *e)
{
	struct reading r;

	begin(&r, ret, name);
	ret->text = arena_strndup(&ret->arena, text, len);
	return end(&r, read_text(&r, r.file, text, len, e), e);
}

static int cannot_read(const char *path, int code, struct err *e)
{
	err_errno(e, code, "cannot read the configuration");
	err_where(e, "%s", path);
	if (code == -ENOENT)
		return err_hint(e, "write it: a section [uplink NAME] with a line \"interface = "
				   "DEVICE\" for each way out is enough");
	if (code == -EACCES)
		return err_hint(e, "run this as root, or name another file with -c");
	if (code == -EISDIR)
		return err_hint(e, "name the file; more files go into the folder FILE.d");
	return code;
}

static bool ends_a_line(const char *text)
{
	return !*text || text[strlen(text) - 1] == '\n';
}

static int read_file(struct reading *r, const char *path, struct err *e)
{
	char *text, *file = arena_strdup(&r->c->arena, path);
	size_t len;
	struct config *c = r->c;
	int rc = file_read(&c->arena, path, &text, &len, NULL);

	if (rc < 0)
		return cannot_read(path, rc, e);
	if (c->text)
		c->text = arena_printf(&c->arena, "%s%s# %s\n%s", c->text,
				       ends_a_line(c->text) ? "" : "\n", path, text);
	else
		c->text = text;
	return read_text(r, file, text, len, e);
}

int config_read(const char *path, struct config *ret, struct err *e)
{
	char *dir, **name;
	struct reading r;
	size_t n = 0;

	begin(&r, ret, path);
	int rc = read_file(&r, path, e);
	if (rc >= 0) {
		dir = arena_printf(&ret->arena, "%s.d", path);
		rc = file_list(&ret->arena, dir, ".conf", &name, &n, NULL);
		rc = rc == -ENOENT || rc == -ENOTDIR ? 0 : rc < 0 ? cannot_read(dir, rc, e) : rc;
	}
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = read_file(&r, arena_printf(&ret->arena, "%s/%s", dir, name[i]), e);
	return end(&r, rc, e);
}

void config_free(struct config *c)
{
	arena_free(&c->arena);
	*c = (struct config){0};
}

uint32_t config_slots(const struct config *c)
{
	uint32_t room = c->mark_mask ? c->mark_mask >> __builtin_ctz(c->mark_mask) : 0;

	return room < UPLINKS_MAX ? room : UPLINKS_MAX;
}

uint32_t config_mark(const struct config *c, uint32_t slot)
{
	return c->mark_mask ? slot << __builtin_ctz(c->mark_mask) : 0;
}
