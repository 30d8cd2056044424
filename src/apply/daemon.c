/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply/daemon.h"

#include "apply/owned_json.h"
#include "apply/state.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void path_in(const char *dir, const char *name, char path[static PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", dir, name);
}

int daemon_lock(const char *dir, int *ret_fd, struct err *e)
{
	char path[PATH_MAX], text[16];

	path_in(dir, "daemon", path);
	int rc = file_mkdirs(dir, STATE_MODE, e);
	if (rc < 0)
		return rc;
	CLEANUP(free_fd) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_errno(e, -errno, "%s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return err_errno(e, -errno, "%s", path);
		return err_set(e, -EALREADY, "%s: another multihomed is at work here", dir);
	}
	int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) < 0 || write(fd, text, (size_t)n) != n)
		return err_errno(e, -errno, "%s", path);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

bool daemon_is_locked(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_nlink;
}

pid_t daemon_pid(const char *dir)
{
	char path[PATH_MAX], text[16] = "";

	path_in(dir, "daemon", path);
	CLEANUP(free_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	/* A lock that can be had means that nobody holds it; it goes with the descriptor. */
	if (fd < 0 || !flock(fd, LOCK_SH | LOCK_NB) || errno != EWOULDBLOCK ||
	    read(fd, text, sizeof(text) - 1) <= 0)
		return 0;
	long pid = strtol(text, NULL, 10);
	return pid > 1 && pid <= INT_MAX ? (pid_t)pid : 0;
}

void daemon_tell(const char *dir, int sig)
{
	pid_t pid = daemon_pid(dir);

	if (pid && pid != getpid())
		kill(pid, sig);
}

static void put_why(struct json *j, const char *key, const char *why)
{
	if (why)
		jw_str(j, key, why);
	else
		jw_null(j, key);
}

/* The file has this text already: writing it durably takes milliseconds that packets wait for. */
static bool says_so(const char *path, struct out *o)
{
	struct arena a = {0};
	char *text;
	size_t len;
	bool same = !file_read(&a, path, &text, &len, NULL) && len == o->len &&
		    !memcmp(text, out_str(o), len);

	arena_free(&a);
	return same;
}

static const char *const use_keys[] = {"use4", "use6"};

static void put_use(struct json *j, const char *key, const struct daemon_use *u)
{
	if (!u->known)
		return;
	jw_object(j, key);
	jw_bool(j, "usable", u->usable);
	jw_u64(j, "since", u->since);
	jw_u64(j, "failovers", u->failovers);
	jw_object_end(j);
}

int daemon_write_health(const char *dir, const struct way_health *health,
			const struct daemon_past *past, size_t n, struct err *e)
{
	CLEANUP(out_free) struct out o;
	char path[PATH_MAX], boot[STATE_BOOT];
	struct json j;
	int rc = state_boot(boot, e);

	if (rc < 0)
		return rc;
	out_init(&o, -1);
	jw_init(&j, &o, true);
	jw_object(&j, NULL);
	jw_str(&j, "boot", boot);
	jw_array(&j, "uplinks");
	for (size_t i = 0; i < n; i++) {
		jw_object(&j, NULL);
		jw_str(&j, "uplink", health[i].uplink);
		put_why(&j, "ipv4", health[i].why4);
		put_why(&j, "ipv6", health[i].why6);
		jw_u64(&j, "penalty", past[i].penalty);
		jw_u64(&j, "at", past[i].at);
		jw_bool(&j, "held", past[i].held);
		for (unsigned f = 0; f < 2; f++)
			put_use(&j, use_keys[f], &past[i].use[f]);
		jw_object_end(&j);
	}
	jw_array_end(&j);
	jw_object_end(&j);
	out_putc(&o, '\n');
	path_in(dir, "health", path);
	/* Packets wait for this, and after a boot it is not true any more. */
	return says_so(path, &o) ? 0 : file_swap(path, out_str(&o), o.len, 0600, e);
}

static int parse_use(const json_t *way, const char *key, struct daemon_use *u, struct err *e)
{
	const json_t *j = json_object_get(way, key);
	uint64_t failovers = 0;

	*u = (struct daemon_use){.known = j};
	if (!j)
		return 0;
	int rc = json_read_bool(j, "usable", &u->usable, e);
	if (!rc)
		rc = json_read_u64(j, "since", INT64_MAX, &u->since, e);
	if (!rc)
		rc = json_read_u64(j, "failovers", UINT32_MAX, &failovers, e);
	u->failovers = (uint32_t)failovers;
	return rc;
}

static int parse_way(const json_t *one, struct arena *a, struct way_health *h,
		     struct daemon_past *p, struct err *e)
{
	const char *text[3];
	int rc = json_read_str(one, "uplink", &text[0], e);

	if (!rc)
		rc = json_read_text(one, "ipv4", &text[1], e);
	if (!rc)
		rc = json_read_text(one, "ipv6", &text[2], e);
	if (!rc)
		rc = json_read_u64(one, "penalty", UINT32_MAX, &p->penalty, e);
	if (!rc)
		rc = json_read_u64(one, "at", INT64_MAX, &p->at, e);
	if (!rc)
		rc = json_read_bool(one, "held", &p->held, e);
	for (unsigned f = 0; !rc && f < 2; f++)
		rc = parse_use(one, use_keys[f], &p->use[f], e);
	if (rc < 0)
		return rc;
	h->uplink = arena_strdup(a, text[0]);
	h->why4 = text[1] ? arena_strdup(a, text[1]) : NULL;
	h->why6 = text[2] ? arena_strdup(a, text[2]) : NULL;
	return 0;
}

static int parse_health(const json_t *j, struct arena *a, struct way_health **ret,
			struct daemon_past **past, size_t *n, struct err *e)
{
	const json_t *one, *all;
	const char *was;
	char boot[STATE_BOOT];
	size_t i;
	int rc = state_boot(boot, e);

	if (!rc)
		rc = json_read_str(j, "boot", &was, e);
	if (!rc)
		rc = json_read_array(j, "uplinks", &all, e);
	if (rc < 0 || strcmp(was, boot) != 0)
		return rc;
	*ret = arena_alloc(a, (json_array_size(all) + 1) * sizeof(**ret));
	*past = arena_alloc(a, (json_array_size(all) + 1) * sizeof(**past));
	json_array_foreach(all, i, one)
	{
		rc = parse_way(one, a, &(*ret)[i], &(*past)[i], e);
		if (rc < 0)
			return rc;
		*n = i + 1;
	}
	return 0;
}

int daemon_read_health(const char *dir, struct arena *a, struct way_health **ret,
		       struct daemon_past **past, size_t *n, struct err *e)
{
	struct daemon_past *unwanted;
	char path[PATH_MAX], *text;
	size_t len;

	*ret = NULL;
	*n = 0;
	if (!daemon_pid(dir))
		return 0;
	path_in(dir, "health", path);
	int rc = file_read(a, path, &text, &len, e);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return rc;
	json_t *j = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	rc = parse_health(j, a, ret, past ? past : &unwanted, n, e);
	if (rc < 0)
		*n = 0;
	json_decref(j);
	return rc < 0 ? err_prefix(e, "%s", path) : 0;
}

/* What was said */

static const char *const hands[] = {
	[WAY_BY_ITSELF] = "up", [WAY_DOWN] = "down", [WAY_DRAIN] = "drain"};

static int parse_said(const json_t *all, struct arena *a, struct way_said **ret, size_t *n,
		      struct err *e)
{
	const json_t *one;
	size_t i, cap = 0;

	if (!json_is_array(all))
		return err_set(e, -EBADMSG, "no array");
	json_array_foreach(all, i, one)
	{
		struct way_said *s = ARENA_PUSH(a, *ret, *n, cap);
		const char *uplink, *hand;
		int rc = json_read_str(one, "uplink", &uplink, e);
		if (!rc)
			rc = json_read_str(one, "hand", &hand, e);
		if (rc < 0)
			return rc;
		s->uplink = arena_strdup(a, uplink);
		while (s->hand < ARRAY_SIZE(hands) && strcmp(hands[s->hand], hand) != 0)
			s->hand++;
		if (s->hand == ARRAY_SIZE(hands))
			return err_set(e, -EBADMSG, "no hand");
	}
	return 0;
}

int daemon_read_said(const char *dir, struct arena *a, struct way_said **ret, size_t *n,
		     struct err *e)
{
	char path[PATH_MAX], *text;
	size_t len;

	*ret = NULL;
	*n = 0;
	path_in(dir, "said", path);
	int rc = file_read(a, path, &text, &len, e);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	json_t *j = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	rc = parse_said(j, a, ret, n, e);
	json_decref(j);
	return rc < 0 ? err_prefix(e, "%s", path) : 0;
}

static int write_said(const char *dir, const struct way_said *said, size_t n, struct err *e)
{
	CLEANUP(out_free) struct out o;
	char path[PATH_MAX];
	struct json j;

	out_init(&o, -1);
	jw_init(&j, &o, true);
	jw_array(&j, NULL);
	for (size_t i = 0; i < n; i++) {
		if (said[i].hand == WAY_BY_ITSELF)
			continue;
		jw_object(&j, NULL);
		jw_str(&j, "uplink", said[i].uplink);
		jw_str(&j, "hand", hands[said[i].hand]);
		jw_object_end(&j);
	}
	jw_array_end(&j);
	out_putc(&o, '\n');
	path_in(dir, "said", path);
	return file_write(path, out_str(&o), o.len, 0600, e);
}

int daemon_say(const char *dir, const char *uplink, enum way_hand hand, struct err *e)
{
	struct arena a = {0};
	struct way_said *said;
	size_t n, i = 0;
	int rc = daemon_read_said(dir, &a, &said, &n, e);

	if (!rc) {
		size_t cap = n;
		while (i < n && strcmp(said[i].uplink, uplink) != 0)
			i++;
		if (i == n)
			ARENA_PUSH(&a, said, n, cap)->uplink = uplink;
		said[i].hand = hand;
		rc = write_said(dir, said, n, e);
	}
	arena_free(&a);
	return rc;
}
