/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip netns: named network namespaces. A name is a file in /run/netns that a namespace is mounted
 * on; the folder is a shared mount, so that other mount namespaces see names come and go.
 */
#include "base/cleanup.h"
#include "ip/change.h"
#include "ip/netns.h"
#include "ip/objects.h"
#include "ip/values.h"
#include "model/nsid.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct netns_request {
	uint64_t has; /* nothing of `set` */
	const char *name, *other;
	int nsid, target; /* -1: not said, or "auto" */
	bool nsid_given;
};

static void name_path(const char *name, char path[static PATH_MAX])
{
	snprintf(path, PATH_MAX, NETNS_FOLDER "/%s", name);
}

static bool is_name(const char *s)
{
	return *s && strlen(s) <= NAME_MAX && !strchr(s, '/') && strcmp(s, ".") != 0 &&
	       strcmp(s, "..") != 0;
}

static int take_name(struct parser *p, const struct keyword *k, struct err *e)
{
	struct netns_request *q = p->obj;
	bool full = q->other;
	int rc = parse_next(p, q->name ? &q->other : &q->name, e);

	(void)k;
	if (full)
		return parse_invalid(p, e, "\"%s\" is one too many", q->other);
	if (rc < 0 || q->other || is_name(q->name))
		return rc;
	return parse_invalid(p, e, "\"%s\" cannot be a namespace's name", q->name);
}

static int need_name(struct parser *p, struct err *e)
{
	const struct netns_request *q = p->obj;

	if (q->name || (p->ip->opt.all && p->command->flags))
		return 0;
	return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL, "a namespace's name is missing");
}

static int need_other(struct parser *p, struct err *e)
{
	const struct netns_request *q = p->obj;

	if (q->name && q->other)
		return 0;
	return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL, "a name and %s are needed",
		       p->command->type ? "a number" : "a process");
}

/* The names, in the folder's own order. */
static int each_name(int (*fn)(const char *name, void *arg, struct err *e), void *arg,
		     struct err *e)
{
	const struct dirent *d;
	DIR *dir = opendir(NETNS_FOLDER);
	int rc = 0;

	while (dir && rc >= 0 && (d = readdir(dir)))
		if (is_name(d->d_name))
			rc = fn(d->d_name, arg, e);
	if (dir)
		closedir(dir);
	return rc;
}

static int list_one(const char *name, void *arg, struct err *e)
{
	struct ip *ip = arg;
	int nsid = -1;

	(void)e;
	netns_id(ip, name, &nsid);
	if (ip->print.json) {
		jw_object(&ip->print.j, NULL);
		jw_str(&ip->print.j, "name", name);
		if (nsid >= 0)
			jw_u64(&ip->print.j, "id", (uint64_t)nsid);
		jw_object_end(&ip->print.j);
		return 0;
	}
	out_puts(&ip->out, name);
	if (nsid >= 0)
		out_printf(&ip->out, " (id: %d)", nsid);
	out_putc(&ip->out, '\n');
	return 0;
}

static int run_list(struct parser *p, struct err *e)
{
	ip_list_begin(p->ip);
	int rc = each_name(list_one, p->ip, e);
	ip_list_end(p->ip);
	return rc;
}

/* Makes the folder a shared mount, once; `lock` keeps others from doing it at the same time. */
static int prepare_folder(struct err *e)
{
	if (mkdir(NETNS_FOLDER, 0755) < 0 && errno != EEXIST)
		return err_errno(e, -errno, "folder " NETNS_FOLDER);
	CLEANUP(free_fd) int lock = open(NETNS_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock >= 0)
		flock(lock, LOCK_EX);
	if (mount("", NETNS_FOLDER, "none", MS_SHARED | MS_REC, NULL) == 0)
		return 0;
	if (errno != EINVAL)
		return err_errno(e, -errno, "shared mount " NETNS_FOLDER);
	if (mount(NETNS_FOLDER, NETNS_FOLDER, "none", MS_BIND | MS_REC, NULL) < 0 ||
	    mount("", NETNS_FOLDER, "none", MS_SHARED | MS_REC, NULL) < 0)
		return err_errno(e, -errno, "shared mount " NETNS_FOLDER);
	return 0;
}

/* Gives the namespace behind `ns` (a file in /proc) the name. */
static int give_name(const char *name, const char *ns, struct err *e)
{
	char path[PATH_MAX];

	name_path(name, path);
	CLEANUP(free_fd) int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(e, -errno, "cannot create namespace \"%s\"", name);
	if (mount(ns, path, "none", MS_BIND, NULL) == 0)
		return 0;
	int code = -errno;
	unlink(path);
	return err_errno(e, code, "cannot name %s \"%s\"", ns, name);
}

static int run_add(struct parser *p, struct err *e)
{
	const struct netns_request *q = p->obj;
	CLEANUP(free_fd) int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	char path[PATH_MAX];

	p->ip->status = STATUS_SYNTAX;
	int rc = ip_act(p->ip, e);
	if (rc <= 0)
		return rc;
	rc = prepare_folder(e);
	if (rc < 0)
		return rc;
	name_path(q->name, path);
	if (access(path, F_OK) == 0)
		return err_errno(e, -EEXIST, "cannot create namespace \"%s\"", q->name);
	if (home < 0 || unshare(CLONE_NEWNET) < 0)
		return err_errno(e, -errno, "cannot create namespace \"%s\"", q->name);
	rc = give_name(q->name, "/proc/self/ns/net", e);
	if (setns(home, CLONE_NEWNET) < 0)
		return err_errno(e, -errno, "cannot return from namespace \"%s\"", q->name);
	return rc;
}

static int run_attach(struct parser *p, struct err *e)
{
	const struct netns_request *q = p->obj;
	char ns[64];
	uint64_t pid;

	p->ip->status = STATUS_SYNTAX;
	if (!value_read_number(q->other, INT32_MAX, &pid))
		return err_set(e, -EINVAL, "\"%s\" is not a process", q->other);
	snprintf(ns, sizeof(ns), "/proc/%u/ns/net", (unsigned)pid);
	int rc = ip_act(p->ip, e);
	if (rc <= 0)
		return rc;
	rc = prepare_folder(e);
	return rc < 0 ? rc : give_name(q->name, ns, e);
}

static int delete_one(const char *name, void *arg, struct err *e)
{
	char path[PATH_MAX];

	(void)arg;
	name_path(name, path);
	umount2(path, MNT_DETACH);
	return unlink(path) < 0 ? err_errno(e, -errno, "cannot delete namespace \"%s\"", name) : 0;
}

static int run_delete(struct parser *p, struct err *e)
{
	const struct netns_request *q = p->obj;

	p->ip->status = STATUS_SYNTAX;
	int rc = ip_act(p->ip, e);
	if (rc <= 0)
		return rc;
	return q->name ? delete_one(q->name, NULL, e) : each_name(delete_one, NULL, e);
}

static int run_set(struct parser *p, struct err *e)
{
	const struct netns_request *q = p->obj;
	uint64_t nsid = UINT32_MAX;

	if (strcmp(q->other, "auto") != 0 && !value_read_number(q->other, INT32_MAX, &nsid))
		return ip_fail(p->ip, STATUS_USAGE, e, -EINVAL,
			       "\"%s\" is neither a number nor \"auto\"", q->other);
	CLEANUP(free_fd) int fd = netns_fd(q->name, e);
	if (fd < 0) {
		p->ip->status = STATUS_SYNTAX;
		return fd;
	}
	struct nsid n = {
		.has = HAS(NSID_FD) | HAS(NSID_NSID), .fd = (uint32_t)fd, .nsid = (uint32_t)nsid};
	struct nl_msg m;
	int rc = nl_msg_object(&m, RTM_NEWNSID, 0, &nsid_attrs, &n, e);
	return rc < 0 ? rc : ip_talk(p->ip, &m.h, NULL, NULL, e);
}

/* What a network namespace is known by. */
struct ns_inode {
	dev_t dev;
	ino_t ino;
	char name[NAME_MAX + 1]; /* found */
};

static bool same_ns(const char *path, const struct ns_inode *n)
{
	struct stat s;

	return stat(path, &s) == 0 && s.st_dev == n->dev && s.st_ino == n->ino;
}

static int identify_one(const char *name, void *arg, struct err *e)
{
	struct ns_inode *n = arg;
	char path[PATH_MAX];

	(void)e;
	name_path(name, path);
	if (same_ns(path, n))
		snprintf(n->name, sizeof(n->name), "%s", name);
	return *n->name ? -ECANCELED : 0;
}

void netns_own_name(char *ret, size_t size)
{
	struct ns_inode n = {.name = ""};
	struct stat s;

	if (stat("/proc/self/ns/net", &s) == 0) {
		n.dev = s.st_dev;
		n.ino = s.st_ino;
		each_name(identify_one, &n, NULL);
	}
	snprintf(ret, size, "%s", n.name);
}

/* The name of a namespace, or (`name` NULL) a process: a line, or an object. */
static void show_found(struct ip *ip, const char *name, const char *pid)
{
	struct json *j = &ip->print.j;

	if (!ip->print.json) {
		out_printf(&ip->out, "%s\n", name ? name : pid);
		return;
	}
	jw_object(j, NULL);
	if (name)
		jw_str(j, "name", name);
	else
		jw_u64(j, "pid", strtoull(pid, NULL, 10));
	jw_object_end(j);
}

static int run_identify(struct parser *p, struct err *e)
{
	const struct netns_request *q = p->obj;
	const char *pid = q->name ? q->name : "self";
	struct ns_inode n = {.name = ""};
	char path[PATH_MAX];
	uint64_t number;
	struct stat s;

	p->ip->status = STATUS_SYNTAX;
	if (q->name && !value_read_number(pid, INT32_MAX, &number))
		return err_set(e, -EINVAL, "\"%s\" is not a process", pid);
	snprintf(path, sizeof(path), "/proc/%s/ns/net", pid);
	if (stat(path, &s) < 0)
		return err_errno(e, -errno, "process %s", pid);
	n.dev = s.st_dev;
	n.ino = s.st_ino;
	each_name(identify_one, &n, NULL);
	ip_list_begin(p->ip);
	if (*n.name || !p->ip->print.json)
		show_found(p->ip, n.name, NULL);
	ip_list_end(p->ip);
	return 0;
}

static int run_pids(struct parser *p, struct err *e)
{
	const struct netns_request *q = p->obj;
	struct ns_inode n = {.name = ""};
	char path[PATH_MAX];
	const struct dirent *d;
	struct stat s;

	p->ip->status = STATUS_SYNTAX;
	CLEANUP(free_fd) int fd = netns_fd(q->name, e);
	if (fd < 0)
		return fd;
	DIR *dir = opendir("/proc");
	if (!dir || fstat(fd, &s) < 0)
		return err_errno(e, -errno, "/proc");
	n.dev = s.st_dev;
	n.ino = s.st_ino;
	ip_list_begin(p->ip);
	while ((d = readdir(dir))) {
		if (*d->d_name < '0' || *d->d_name > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/ns/net", d->d_name);
		if (same_ns(path, &n))
			show_found(p->ip, NULL, d->d_name);
	}
	ip_list_end(p->ip);
	closedir(dir);
	return 0;
}

/* [NAME] COMMAND...: the words are the command's own. */
static int begin_exec(struct parser *p, struct err *e)
{
	struct netns_request *q = p->obj;
	int rc;

	if (!p->ip->opt.all) {
		if (p->at == p->n)
			return need_name(p, e);
		rc = take_name(p, NULL, e);
		if (rc < 0)
			return rc;
	}
	if (p->at == p->n)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL, "a command to run is missing");
	q->nsid = p->at;
	p->at = p->n;
	return 0;
}

/* Becomes the command, inside the namespace; returns only if that fails. */
static int become(struct parser *p, const char *name, struct err *e)
{
	const struct netns_request *q = p->obj;
	char *const *word = p->word + q->nsid;
	size_t n = (size_t)(p->n - q->nsid);
	char **argv = arena_alloc(&p->ip->arena, (n + 1) * sizeof(*argv));

	memcpy(argv, word, n * sizeof(*argv));
	p->ip->status = STATUS_USAGE;
	int rc = netns_enter_whole(name, e);
	if (rc < 0)
		return rc;
	p->ip->status = STATUS_SYNTAX;
	execvp(argv[0], argv);
	return err_errno(e, -errno, "cannot run \"%s\"", argv[0]);
}

static int run_child(struct parser *p, const char *name, int *ret_status, struct err *e)
{
	pid_t pid = fork();

	if (pid < 0)
		return err_errno(e, -errno, "fork");
	if (!pid) {
		struct err failed = ERR_INIT;
		char line[sizeof(failed)];
		become(p, name, &failed);
		fprintf(stderr, "Error: %s\n", err_line(&failed, line, sizeof(line)));
		_exit(p->ip->status);
	}
	while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
		;
	return 0;
}

static int exec_one(const char *name, void *arg, struct err *e)
{
	struct parser *p = arg;
	int status = 0;

	out_printf(&p->ip->out, "\nnetns: %s\n", name);
	out_flush(&p->ip->out);
	return run_child(p, name, &status, e);
}

static int run_exec(struct parser *p, struct err *e)
{
	const struct netns_request *q = p->obj;
	int status = 0, rc = ip_act(p->ip, e);

	if (rc <= 0)
		return rc;
	out_flush(&p->ip->out);
	if (p->ip->opt.all)
		return each_name(exec_one, p, e);
	if (!p->ip->opt.batch)
		return become(p, q->name, e);
	rc = run_child(p, q->name, &status, e);
	if (!rc && status)
		return ip_fail(p->ip, STATUS_SYNTAX, e, -ECHILD, "\"%s\" failed", p->word[q->nsid]);
	return rc;
}

static int run_monitor(struct parser *p, struct err *e)
{
	_Alignas(struct inotify_event) char buf[4096];
	CLEANUP(free_fd) int fd = inotify_init1(IN_CLOEXEC);

	p->ip->status = STATUS_SYNTAX;
	int rc = prepare_folder(e);
	if (rc < 0)
		return rc;
	if (fd < 0 || inotify_add_watch(fd, NETNS_FOLDER, IN_CREATE | IN_DELETE) < 0)
		return err_errno(e, -errno, "cannot watch " NETNS_FOLDER);
	for (;;) {
		ssize_t len = read(fd, buf, sizeof(buf));
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return err_errno(e, -errno, "cannot watch " NETNS_FOLDER);
		for (ssize_t at = 0; at < len;) {
			const struct inotify_event *ev = (const void *)(buf + at);
			if (ev->mask & IN_CREATE)
				out_printf(&p->ip->out, "add %s\n", ev->name);
			if (ev->mask & IN_DELETE)
				out_printf(&p->ip->out, "delete %s\n", ev->name);
			at += (ssize_t)(sizeof(*ev) + ev->len);
		}
		if (out_flush(&p->ip->out) < 0)
			return p->ip->out.error;
	}
}

static int begin_list_id(struct parser *p, struct err *e)
{
	struct netns_request *q = p->obj;

	(void)e;
	q->nsid = q->target = -1;
	return 0;
}

static int take_nsid(struct parser *p, const struct keyword *k, struct err *e)
{
	struct netns_request *q = p->obj;
	uint64_t v = 0;
	int rc = parse_number(p, INT32_MAX, &v, e);

	*(k->num ? &q->target : &q->nsid) = (int)v;
	return rc;
}

static int run_list_id(struct parser *p, struct err *e)
{
	const struct netns_request *q = p->obj;

	return netns_list_ids(p->ip, q->nsid, q->target, e);
}

static const struct keyword name_words[] = {
	{"=name", take_name, 0, KW_BARE | KW_ONCE, "NAME", 0},
	{0},
};
static const struct keyword attach_words[] = {
	{"=name", take_name, 0, KW_BARE, "NAME PID", 0},
	{0},
};
static const struct keyword set_words[] = {
	{"=name", take_name, 0, KW_BARE, "NAME { NSID | auto }", 0},
	{0},
};
static const struct keyword pid_words[] = {
	{"=pid", take_name, 0, KW_BARE | KW_ONCE, "PID", 0},
	{0},
};
static const struct keyword exec_words[] = {
	{"=name", take_name, 0, KW_BARE, "NAME COMMAND...", 0},
	{0},
};
static const struct keyword list_id_words[] = {
	{"=target-nsid", take_nsid, 0, 0, "NSID", 1},
	{"=nsid", take_nsid, 0, 0, "NSID", 0},
	{0},
};

/* `all`: -all stands for a name. `number`: the second word is one. */
#define NETNS(words, what, keywords, begin, finish, run, number, all)                              \
	{                                                                                          \
		words, what, NULL, sizeof(struct netns_request), keywords, begin, finish, run,     \
			number, all, NULL                                                          \
	}
const struct command netns_commands[] = {
	NETNS("list show lst", "shows names", NULL, NULL, NULL, run_list, 0, 0),
	NETNS("list-id", "shows numbers", list_id_words, begin_list_id, NULL, run_list_id, 0, 0),
	NETNS("help", "shows this", NULL, command_help, NULL, NULL, 0, 0),
	NETNS("add", "makes a namespace", name_words, NULL, need_name, run_add, 0, 0),
	NETNS("set", "gives a namespace a number", set_words, NULL, need_other, run_set, 1, 0),
	NETNS("delete", "takes a name away", name_words, NULL, need_name, run_delete, 0, 1),
	NETNS("identify", "shows the name of a process's namespace", pid_words, NULL, NULL,
	      run_identify, 0, 0),
	NETNS("pids", "shows the processes in a namespace", name_words, NULL, need_name, run_pids,
	      0, 0),
	NETNS("exec", "runs a command in a namespace", exec_words, begin_exec, NULL, run_exec, 0,
	      1),
	NETNS("monitor", "shows names as they come and go", NULL, NULL, NULL, run_monitor, 0, 0),
	NETNS("attach", "names a process's namespace", attach_words, NULL, need_other, run_attach,
	      0, 0),
	{0},
};
