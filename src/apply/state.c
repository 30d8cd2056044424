/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply/state.h"

#include "apply/owned_json.h"
#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define FILE_NAME "state.json"
#define VERSION	  1

/* In memory. */

static void before_forget(struct state_before *b)
{
	owned_free(&b->owned);
	*b = (struct state_before){0};
}

void state_forget(struct state *s)
{
	owned_free(&s->original);
	owned_free(&s->given);
	before_forget(&s->before);
	s->slot = NULL;
	s->slot_n = s->slot_cap = 0;
	s->nft = (struct nft_forms){0};
	s->netns = 0;
	s->applying = s->unconfirmed = false;
	s->confirm_by = 0;
	s->confirm_pid = 0;
}

void state_set_slots(struct state *s, const struct slot *slot, size_t n)
{
	struct slot *copy = n ? arena_dup(&s->arena, slot, n * sizeof(*slot)) : NULL;

	for (size_t i = 0; i < n; i++)
		copy[i].uplink = arena_strdup(&s->arena, slot[i].uplink);
	s->slot = copy;
	s->slot_n = s->slot_cap = n;
}

void state_settle(struct state *s, const struct owned *values)
{
	struct owned original = {0}, given = {0};

	for (size_t i = 0; i < s->original.sysctl_n; i++) {
		const struct sysctl *o = &s->original.sysctl[i];
		const char *value = owned_sysctl(values, o->name);
		if (value && strcmp(value, o->value) != 0) {
			owned_set_sysctl(&original, o->name, o->value);
			owned_set_sysctl(&given, o->name, value);
		}
	}
	for (size_t i = 0; i < s->original.group_n; i++) {
		const struct link_group *o = &s->original.group[i];
		const struct link_group *value = owned_group(values, o->name);
		if (value && value->group != o->group) {
			owned_set_group(&original, o->ifindex, o->name, o->group);
			owned_set_group(&given, value->ifindex, o->name, value->group);
		}
	}
	owned_free(&s->original);
	owned_free(&s->given);
	before_forget(&s->before);
	s->original = original;
	s->given = given;
	s->applying = s->unconfirmed = false;
	s->confirm_by = 0;
	s->confirm_pid = 0;
}

int state_owned_now(struct state *s, struct kernel *k, const struct snapshot *snap,
		    const struct owned *want, struct owned *ret, struct err *e)
{
	const struct owned *named[] = {&s->original, want};

	return owned_now(k, snap, named, ARRAY_SIZE(named), &s->nft, ret, e);
}

/* To text. */

static bool is_empty(const struct state *s)
{
	return !s->slot_n && !s->original.sysctl_n && !s->original.group_n && !s->nft.written &&
	       !s->applying && !s->unconfirmed;
}

static void print_slots(struct json *j, const struct slot *slot, size_t n)
{
	jw_array(j, "slots");
	for (size_t i = 0; i < n; i++) {
		jw_object(j, NULL);
		jw_str(j, "uplink", slot[i].uplink);
		jw_u64(j, "slot", slot[i].slot);
		jw_object_end(j);
	}
	jw_array_end(j);
}

static void print_or_null(struct json *j, const char *key, const char *s)
{
	if (s)
		jw_str(j, key, s);
	else
		jw_null(j, key);
}

static int print_before(const struct state *s, struct print *p, struct err *e)
{
	jw_object(&p->j, "before");
	int rc = owned_to_json(p, "owned", &s->before.owned, e);
	print_or_null(&p->j, "nft_listed", s->before.nft_listed);
	print_slots(&p->j, s->before.slot, s->before.slot_n);
	jw_object_end(&p->j);
	return rc;
}

static int print_all(const struct state *s, struct print *p, struct err *e)
{
	struct json *j = &p->j;
	int rc;

	jw_object(j, NULL);
	jw_u64(j, "version", VERSION);
	jw_str(j, "boot", s->boot);
	jw_u64(j, "netns", s->netns);
	jw_bool(j, "applying", s->applying);
	jw_bool(j, "unconfirmed", s->unconfirmed);
	jw_u64(j, "confirm_by", (uint64_t)s->confirm_by);
	jw_u64(j, "confirm_pid", (uint64_t)s->confirm_pid);
	print_slots(j, s->slot, s->slot_n);
	rc = owned_to_json(p, "original", &s->original, e);
	if (!rc)
		rc = owned_to_json(p, "given", &s->given, e);
	print_or_null(j, "nft_written", s->nft.written);
	print_or_null(j, "nft_listed", s->nft.listed);
	if (!rc && (s->applying || s->unconfirmed))
		rc = print_before(s, p, e);
	jw_object_end(j);
	out_putc(p->o, '\n');
	return rc;
}

int state_print(const struct state *s, struct out *o, struct err *e)
{
	struct names *names = names_new(NULL, NULL);
	struct devices *devices = devices_new_here(); /* for the text beside the messages */
	struct print p = {.o = o, .json = true, .names = names, .devices = devices};

	jw_init(&p.j, o, true);
	int rc = print_all(s, &p, e);
	devices_free(devices);
	names_free(names);
	return rc;
}

/* From text. */

static int read_slots(struct arena *a, const json_t *j, struct slot **ret, size_t *n, size_t *cap,
		      struct err *e)
{
	const json_t *list;
	int rc = json_read_array(j, "slots", &list, e);

	for (size_t i = 0; !rc && i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		const char *uplink;
		uint64_t slot;
		rc = json_read_str(item, "uplink", &uplink, e);
		if (!rc)
			rc = json_read_u64(item, "slot", UINT32_MAX, &slot, e);
		if (!rc)
			*ARENA_PUSH(a, *ret, *n, *cap) =
				(struct slot){arena_strdup(a, uplink), (uint32_t)slot};
	}
	return rc;
}

static int read_or_null(struct arena *a, const json_t *j, const char *key, const char **ret,
			struct err *e)
{
	const char *s;
	int rc = json_read_text(j, key, &s, e);

	*ret = s ? arena_strdup(a, s) : NULL;
	return rc;
}

static int read_before(struct state *s, const json_t *j, struct err *e)
{
	struct state_before *b = &s->before;
	int rc = owned_from_json(json_object_get(j, "owned"), &b->owned, e);

	if (!rc)
		rc = read_or_null(&s->arena, j, "nft_listed", &b->nft_listed, e);
	if (!rc)
		rc = read_slots(&s->arena, j, &b->slot, &b->slot_n, &b->slot_cap, e);
	return rc;
}

static int read_all(struct state *s, const json_t *j, const char **boot, struct err *e)
{
	uint64_t version, netns, by, pid;
	int rc = json_read_u64(j, "version", UINT32_MAX, &version, e);

	if (!rc && version != VERSION)
		rc = err_set(e, -EBADMSG, "is of version %u, which this multihome does not know",
			     (unsigned)version);
	if (rc || (rc = json_read_str(j, "boot", boot, e)) ||
	    (rc = json_read_u64(j, "netns", INT64_MAX, &netns, e)) ||
	    (rc = json_read_bool(j, "applying", &s->applying, e)) ||
	    (rc = json_read_bool(j, "unconfirmed", &s->unconfirmed, e)) ||
	    (rc = json_read_u64(j, "confirm_by", INT64_MAX, &by, e)) ||
	    (rc = json_read_u64(j, "confirm_pid", INT_MAX, &pid, e)) ||
	    (rc = read_slots(&s->arena, j, &s->slot, &s->slot_n, &s->slot_cap, e)) ||
	    (rc = owned_from_json(json_object_get(j, "original"), &s->original, e)) ||
	    (rc = owned_from_json(json_object_get(j, "given"), &s->given, e)) ||
	    (rc = read_or_null(&s->arena, j, "nft_written", &s->nft.written, e)) ||
	    (rc = read_or_null(&s->arena, j, "nft_listed", &s->nft.listed, e)))
		return rc;
	s->netns = netns;
	s->confirm_by = (int64_t)by;
	s->confirm_pid = (int)pid;
	return s->applying || s->unconfirmed ? read_before(s, json_object_get(j, "before"), e) : 0;
}

int state_parse(struct state *s, const char *text, size_t len, struct err *e)
{
	json_error_t je;
	json_t *j = json_loadb(text, len, JSON_REJECT_DUPLICATES, &je);
	const char *boot = "";
	int rc;

	state_forget(s);
	if (j) {
		rc = read_all(s, j, &boot, e);
	} else {
		rc = err_set(e, -EBADMSG, "damaged: %s", je.text);
		err_where(e, "%s/" FILE_NAME ":%d:%d", s->dir, je.line, je.column);
	}
	if (rc < 0) {
		err_where(e, "%s/" FILE_NAME, s->dir);
		state_forget(s);
	} else if (s->boot[0] && boot[0] && strcmp(s->boot, boot) != 0) {
		struct slot *slot = s->slot;
		size_t n = s->slot_n;
		state_forget(s);
		s->slot = slot;
		s->slot_n = s->slot_cap = n;
	}
	json_decref(j);
	return rc;
}

/* On disk. */

static char *file_path(struct state *s)
{
	return arena_printf(&s->arena, "%s/" FILE_NAME, s->dir);
}

static int elsewhere(int rc, struct err *e)
{
	if (rc == -EACCES || rc == -EPERM)
		err_hint(e, "run it as root, or name another folder with --state DIR");
	else if (rc == -EROFS || rc == -ENOSPC || rc == -EDQUOT || rc == -ENOTDIR)
		err_hint(e, "name another folder with --state DIR");
	return rc;
}

/* `text` NULL: no file. */
static int write_file(struct state *s, const char *text, struct err *e)
{
	int rc = 0;

	s->unsure = true;
	if (text)
		rc = file_write(file_path(s), text, strlen(text), 0600, e);
	else if ((unlinkat(s->lock_fd, FILE_NAME, 0) < 0 && errno != ENOENT) ||
		 fsync(s->lock_fd) < 0)
		rc = err_errno(e, -errno, "%s", file_path(s));
	if (rc < 0)
		return elsewhere(rc, e);
	s->text = text ? arena_strdup(&s->arena, text) : NULL;
	s->unsure = false;
	return 0;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

int state_save(struct state *s, struct err *e)
{
	struct out o;
	int rc = 0;

	out_init(&o, -1);
	if (!is_empty(s))
		rc = state_print(s, &o, e);
	const char *text = o.len ? out_str(&o) : NULL;
	if (!rc && (s->unsure || !same_text(s->text, text)))
		rc = write_file(s, text, e);
	out_free(&o);
	return rc;
}

void state_revert(struct state *s, const char *text)
{
	state_forget(s);
	if (text)
		state_parse(s, text, strlen(text), NULL);
	if (s->unsure || !same_text(s->text, text))
		write_file(s, text, NULL);
}

static int read_file(struct state *s, struct err *e)
{
	char *text;
	size_t len;
	int rc = file_read(&s->arena, file_path(s), &text, &len, e);

	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return elsewhere(rc, e);
	rc = state_parse(s, text, len, e);
	if (rc < 0)
		err_hint(e, "remove it; `multihome down` then takes away all that is multihome's, "
			    "but cannot know how sysctls were before");
	s->text = text;
	return rc;
}

/* What others can write, they could fill with commands for us. */
static int check_owner(const char *dir, const struct stat *st, struct err *e)
{
	if ((st->st_uid == 0 || st->st_uid == geteuid()) && !(st->st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	err_set(e, -EPERM, "%s: others may write in this folder", dir);
	return err_hint(e, "name a folder of root's with mode 0700 with --state DIR");
}

/*
 * Another run is done in a moment, as a rule; so is what is left of one that was killed (the
 * process that talks to nftables keeps the lock until it is done).
 */
static int lock_soon(int fd, bool wait)
{
	for (int i = 0; i < (wait ? 100 : 1); i++) {
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (wait)
			nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	return -EWOULDBLOCK;
}

/*
 * The lock is one on the folder itself. A folder that somebody removed while we waited is not the
 * one that the next run will see, so look again.
 */
static int lock_folder(const char *dir, bool wait, int *ret, struct err *e)
{
	struct stat mine, named;

	for (int i = 0; i < 3; i++) {
		int rc = file_mkdirs(dir, STATE_MODE, e);
		if (rc < 0)
			return elsewhere(rc, e);
		CLEANUP(free_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &mine) < 0)
			return elsewhere(err_errno(e, -errno, "%s", dir), e);
		rc = check_owner(dir, &mine, e);
		if (rc < 0)
			return rc;
		rc = lock_soon(fd, wait);
		if (rc == -EWOULDBLOCK) {
			err_set(e, rc, "%s: another multihome is at work here", dir);
			return err_hint(e, "try again when it is done");
		}
		if (rc < 0)
			return err_errno(e, rc, "%s", dir);
		if (!stat(dir, &named) && named.st_ino == mine.st_ino &&
		    named.st_dev == mine.st_dev) {
			*ret = fd;
			fd = -1;
			return 0;
		}
	}
	return err_errno(e, -ENOENT, "%s", dir);
}

/* Asked for at each failover, and the same as long as anybody lives: read once. */
int state_boot(char ret[static STATE_BOOT], struct err *e)
{
	static char known[STATE_BOOT];
	struct arena a = {NULL};
	char *text;
	size_t len;
	int rc = 0;

	if (!*known)
		rc = file_read(&a, "/proc/sys/kernel/random/boot_id", &text, &len, e);
	if (!*known && !rc)
		snprintf(known, STATE_BOOT, "%.*s", (int)strcspn(text, "\n"), text);
	arena_free(&a);
	memcpy(ret, known, STATE_BOOT);
	return rc == -ENOENT ? 0 : rc;
}

int state_open(struct state *s, const char *dir, struct err *e)
{
	s->lock_fd = -1;
	s->dir = arena_strdup(&s->arena, dir);
	int rc = lock_folder(dir, !s->no_wait, &s->lock_fd, e);
	if (!rc)
		rc = state_boot(s->boot, e);
	if (!rc)
		rc = read_file(s, e);
	if (rc < 0)
		state_close(s);
	return rc;
}

void state_unlock(struct state *s)
{
	flock(s->lock_fd, LOCK_UN);
}

void state_close(struct state *s)
{
	state_forget(s);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	arena_free(&s->arena);
	*s = (struct state){.lock_fd = -1};
}

char *state_default_dir(struct arena *a, struct kernel *k)
{
	return arena_printf(a, "/run/multihome/%llu", (unsigned long long)kernel_netns_cookie(k));
}
