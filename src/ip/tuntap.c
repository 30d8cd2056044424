/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ip tuntap: interfaces whose other end is a program. They are made and unmade through /dev/net/tun
 * (drivers/net/tun.c), and what they are is read from sysfs.
 */
#include "base/cleanup.h"
#include "base/file.h"
#include "ip/change.h"
#include "ip/objects.h"
#include "ip/values.h"
#include "model/link.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* After net/if.h. */
#include <linux/if_tun.h>

struct tuntap_request {
	uint64_t has; /* nothing of `set` */
	char name[IFNAMSIZ];
	bool named;
	uint16_t flags;	     /* IFF_TUN or IFF_TAP, and others */
	int64_t user, group; /* -1: not said */
};

static int begin(struct parser *p, struct err *e)
{
	struct tuntap_request *q = p->obj;

	(void)e;
	q->flags = IFF_NO_PI;
	q->user = q->group = -1;
	return 0;
}

static int take_mode(struct parser *p, const struct keyword *k, struct err *e)
{
	struct tuntap_request *q = p->obj;
	const char *word = NULL;
	int rc = parse_next(p, &word, e);

	(void)k;
	if (rc < 0)
		return rc;
	uint16_t mode = words_match("tun", word) ? IFF_TUN : words_match("tap", word) ? IFF_TAP : 0;
	if (!mode)
		return parse_invalid(p, e, "\"%s\" is neither \"tun\" nor \"tap\"", word);
	if ((q->flags & (IFF_TUN | IFF_TAP)) & ~mode)
		return parse_invalid(p, e, "it is either \"tun\" or \"tap\"");
	q->flags |= mode;
	return 0;
}

static int take_user(struct parser *p, const struct keyword *k, struct err *e)
{
	struct tuntap_request *q = p->obj;
	const char *word = NULL;
	uint64_t id = 0;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	if (!value_read_number(word, UINT32_MAX, &id)) {
		const struct passwd *user = k->num ? NULL : getpwnam(word);
		const struct group *group = k->num ? getgrnam(word) : NULL;
		if (!user && !group)
			return parse_invalid(p, e, "there is no %s \"%s\"",
					     k->num ? "group" : "user", word);
		id = user ? user->pw_uid : group->gr_gid;
	}
	*(k->num ? &q->group : &q->user) = (int64_t)id;
	return 0;
}

static int take_flag(struct parser *p, const struct keyword *k, struct err *e)
{
	struct tuntap_request *q = p->obj;

	(void)e;
	if (k->num == IFF_NO_PI)
		q->flags = (uint16_t)(q->flags & ~IFF_NO_PI);
	else
		q->flags = (uint16_t)(q->flags | k->num);
	return 0;
}

/* "dev" may be said again, a name alone not. */
static int take_name(struct parser *p, const struct keyword *k, struct err *e)
{
	struct tuntap_request *q = p->obj;
	const char *word = NULL;
	int rc = parse_next(p, &word, e);

	if (rc < 0)
		return rc;
	if (k->num && q->named)
		return parse_invalid(p, e, "\"%s\" is not known here, the name is \"%s\"", word,
				     q->name);
	if (!*word || strlen(word) >= sizeof(q->name) || strpbrk(word, "/ \t\n"))
		return parse_invalid(p, e, "\"%s\" cannot be the name of an interface", word);
	snprintf(q->name, sizeof(q->name), "%s", word);
	q->named = true;
	return 0;
}

static const struct keyword modify_words[] = {
	{"mode", take_mode, 0, 0, "{ tun | tap }", 0},
	{"user", take_user, 0, 0, "USER", 0},
	{"group", take_user, 0, 0, "GROUP", 1},
	{"pi", take_flag, 0, 0, NULL, IFF_NO_PI},
	{"one_queue", take_flag, 0, 0, NULL, IFF_ONE_QUEUE},
	{"vnet_hdr", take_flag, 0, 0, NULL, IFF_VNET_HDR},
	{"multi_queue", take_flag, 0, 0, NULL, IFF_MULTI_QUEUE},
	{"dev", take_name, 0, 0, "NAME", 0},
	{"name", take_name, 0, KW_BARE, "NAME", 1},
	{0},
};

static int finish_modify(struct parser *p, struct err *e)
{
	const struct tuntap_request *q = p->obj;

	if (q->flags & (IFF_TUN | IFF_TAP))
		return 0;
	return ip_fail(p->ip, STATUS_SYNTAX, e, -EINVAL, "\"mode tun\" or \"mode tap\" is missing");
}

static int run_modify(struct parser *p, struct err *e)
{
	const struct tuntap_request *q = p->obj;
	CLEANUP(free_fd) int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	struct ifreq r = {.ifr_flags = (short)q->flags};
	const char *name = q->named ? q->name : "tun or tap";
	int rc = ip_act(p->ip, e);

	if (rc <= 0)
		return rc;
	p->ip->status = STATUS_SYNTAX;
	if (fd < 0)
		return err_errno(e, -errno, "/dev/net/tun");
	memcpy(r.ifr_name, q->name, sizeof(q->name));
	if (ioctl(fd, TUNSETIFF, &r) < 0)
		return err_errno(e, -errno, "interface \"%s\"", name);
	if (!p->command->type)
		return ioctl(fd, TUNSETPERSIST, 0) < 0
			       ? err_errno(e, -errno, "interface \"%s\"", name)
			       : 0;
	if ((q->user >= 0 && ioctl(fd, TUNSETOWNER, (unsigned long)q->user) < 0) ||
	    (q->group >= 0 && ioctl(fd, TUNSETGROUP, (unsigned long)q->group) < 0) ||
	    ioctl(fd, TUNSETPERSIST, 1) < 0)
		return err_errno(e, -errno, "interface \"%s\"", name);
	return 0;
}

/* /sys/class/net/NAME/FILE */
static bool read_sysfs(const char *name, const char *file, long *ret)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, file);
	CLEANUP(free_file) FILE *f = fopen(path, "re");
	if (!f || !fgets(text, sizeof(text), f))
		return false;
	return sscanf(text, "%li", ret) == 1;
}

static void print_flags(struct print *p, long flags)
{
	static const struct {
		uint32_t bit;
		bool without;
		const char *name;
	} names[] = {
		{IFF_TUN, false, "tun"},
		{IFF_TAP, false, "tap"},
		{IFF_NO_PI, true, "pi"},
		{IFF_ONE_QUEUE, false, "one_queue"},
		{IFF_MULTI_QUEUE, false, "multi_queue"},
		{IFF_VNET_HDR, false, "vnet_hdr"},
		{IFF_PERSIST, false, "persist"},
		{IFF_NOFILTER, true, "filter"},
	};
	long known = 0;

	if (p->json)
		jw_array(&p->j, "flags");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		known |= names[i].bit;
		if (!(flags & names[i].bit) != names[i].without)
			continue;
		if (p->json)
			jw_str(&p->j, NULL, names[i].name);
		else
			out_printf(p->o, " %s", names[i].name);
	}
	if ((flags & ~known) && p->json)
		jw_printf(&p->j, NULL, "%lx", flags & ~known);
	else if (flags & ~known)
		out_printf(p->o, " UNKNOWN_FLAGS:%lx", flags & ~known);
	if (p->json)
		jw_array_end(&p->j);
}

/* A file of a process, its first line or the one that begins with `prefix`, without the prefix. */
static bool read_proc(const char *path, const char *prefix, char *buf, size_t size)
{
	CLEANUP(free_file) FILE *f = fopen(path, "re");

	while (f && fgets(buf, (int)size, f)) {
		size_t n = strlen(prefix);
		if (strncmp(buf, prefix, n) != 0)
			continue;
		memmove(buf, buf + n, strlen(buf + n) + 1);
		buf[strcspn(buf, "\n")] = 0;
		return true;
	}
	return false;
}

/* True if one of the process's files is the other end of the interface. */
static bool is_attached(const char *pid, const char *name)
{
	char path[300], text[256];
	const struct dirent *d;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%.20s/fdinfo", pid);
	DIR *dir = opendir(path);
	while (dir && !found && (d = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%.20s/fdinfo/%.20s", pid, d->d_name);
		found = read_proc(path, "iff:\t", text, sizeof(text)) && !strcmp(text, name);
	}
	if (dir)
		closedir(dir);
	return found;
}

static void print_processes(struct print *p, const char *name)
{
	char path[64], comm[64];
	const struct dirent *d;
	DIR *dir = opendir("/proc");

	if (p->json)
		jw_array(&p->j, "processes");
	else
		print_line(p);
	print_text(p, "\tAttached to processes:");
	while (dir && (d = readdir(dir))) {
		if (*d->d_name < '0' || *d->d_name > '9' || !is_attached(d->d_name, name))
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/comm", d->d_name);
		if (!read_proc(path, "", comm, sizeof(comm)))
			snprintf(comm, sizeof(comm), "<NULL>");
		if (p->json) {
			jw_object(&p->j, NULL);
			jw_str(&p->j, "name", comm);
			jw_raw(&p->j, "pid");
			out_puts(p->o, d->d_name);
			jw_object_end(&p->j);
		} else {
			out_printf(p->o, "%s(%s)", comm, d->d_name);
		}
	}
	if (dir)
		closedir(dir);
	if (p->json)
		jw_array_end(&p->j);
}

static void print_owner(struct print *p, const char *name, const char *file, const char *key)
{
	long id = -1;

	if (!read_sysfs(name, file, &id) || id == -1)
		return;
	if (p->json)
		jw_s64(&p->j, key, id);
	else
		out_printf(p->o, " %s %ld", key, id);
}

static int print_one(const struct nlmsghdr *h, void *arg, struct err *e)
{
	struct print *p = arg;
	struct link l;
	long flags;
	int rc = link_decode(h, &l, e);

	if (rc < 0 || strcmp(link_kind(&l), "tun") != 0 || !has(&l, LINK_NAME) ||
	    !read_sysfs(l.name, "tun_flags", &flags))
		return rc;
	if (p->json) {
		jw_object(&p->j, NULL);
		jw_str(&p->j, "ifname", l.name);
	} else {
		out_printf(p->o, "%s:", l.name);
	}
	print_flags(p, flags);
	print_owner(p, l.name, "owner", "user");
	print_owner(p, l.name, "group", "group");
	if (p->details)
		print_processes(p, l.name);
	if (p->json)
		jw_object_end(&p->j);
	else
		out_putc(p->o, '\n');
	return 0;
}

static int run_show(struct parser *p, struct err *e)
{
	struct link l = {.has = 0};
	struct nl_msg m;
	int rc = link_message(&m, RTM_GETLINK, 0, &l, e);

	if (rc < 0)
		return rc;
	ip_list_begin(p->ip);
	rc = ip_dump(p->ip, &m.h, print_one, &p->ip->print, e);
	ip_list_end(p->ip);
	return rc;
}

#define TUNTAP(words, what, keywords, finish, run, type)                                           \
	{                                                                                          \
		words, what, NULL, sizeof(struct tuntap_request), keywords, begin, finish, run,    \
			type, 0, NULL                                                              \
	}
const struct command tuntap_commands[] = {
	TUNTAP("show list lst", "shows tun and tap interfaces", NULL, NULL, run_show, 0),
	TUNTAP("add", "adds an interface that stays", modify_words, finish_modify, run_modify, 1),
	TUNTAP("delete", "deletes an interface", modify_words, finish_modify, run_modify, 0),
	{0},
};
