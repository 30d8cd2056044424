/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lab/keeper.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int keepers_init(struct keepers *k, const char *dir, struct lab *lab, pid_t bound_to, struct err *e)
{
	*k = (struct keepers){.dir = dir, .lab = lab, .bound_to = bound_to, .bound_fd = -1};
	if (pipe2(k->commit, O_CLOEXEC) < 0)
		return err_errno(e, -errno, "pipe");
	if (bound_to) {
		k->bound_fd = (int)syscall(SYS_pidfd_open, bound_to, 0);
		if (k->bound_fd < 0)
			return err_errno(e, -errno, "process %d", bound_to);
	}
	return 0;
}

static bool same_netns(pid_t pid, const struct stat *ns)
{
	char path[40];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return !stat(path, &st) && st.st_dev == ns->st_dev && st.st_ino == ns->st_ino;
}

/* Kills the processes of a namespace; `spare` is one that stays. Returns how many it met. */
static unsigned kill_inside(const struct stat *ns, pid_t spare)
{
	DIR *d = opendir("/proc");
	unsigned n = 0;

	for (struct dirent *f; d && (f = readdir(d));) {
		pid_t pid = (pid_t)strtol(f->d_name, NULL, 10); /* 0: no process */
		if (pid <= 1 || pid == spare || pid == getpid() || !process_start_time(pid))
			continue;
		CLEANUP(free_fd) int fd = (int)syscall(SYS_pidfd_open, pid, 0);
		if (fd < 0 || !same_netns(pid, ns))
			continue;
		syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
		n++;
	}
	if (d)
		closedir(d);
	return n;
}

/* Again while there are any: one may have forked meanwhile. */
static void empty_namespace(const struct stat *ns, pid_t spare)
{
	for (int i = 0; i < 100 && kill_inside(ns, spare); i++)
		sched_yield();
}

bool keeper_end(const struct lab_host *h)
{
	CLEANUP(free_fd) int fd = lab_host_pidfd(h);
	char path[40];
	struct stat ns;

	if (fd < 0)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", h->pid);
	if (!stat(path, &ns) && process_start_time(h->pid) == h->start)
		empty_namespace(&ns, h->pid);
	if (syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) < 0)
		return errno == ESRCH;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return poll(&p, 1, 5000) == 1;
}

/*
 * Strikes this host off the lab, and with the last one the lab's files go. Another lab may have the
 * name by now; it does not have this process.
 */
static void forget_host(const struct keepers *k, pid_t self)
{
	CLEANUP(free_fd) int lock = -1;
	char dir[PATH_MAX];
	struct lab l;

	if (access(k->dir, F_OK) < 0 || lab_lock(k->dir, dir, &lock, NULL) < 0)
		return;
	if (!lab_read(dir, k->lab->name, &l, NULL)) {
		unsigned i = 0;
		while (i < l.host_n && l.host[i].pid != self)
			i++;
		if (i < l.host_n) {
			l.host[i] = l.host[--l.host_n];
			if (!l.host_n || lab_write(dir, &l, NULL) < 0)
				lab_remove(dir, l.name);
		}
	}
	rmdir(dir); /* which lab_lock() may have made */
}

/* Puts the descriptors that a keeper needs to 3, 4 and 5, and closes everything else. */
static void keep_descriptors(struct keepers *k, int signals)
{
	int wanted[] = {k->commit[0], signals, k->bound_fd};
	int null = open("/dev/null", O_RDWR);

	/* Out of the way first. */
	for (int i = 0; i < 3; i++)
		if (wanted[i] >= 0)
			wanted[i] = fcntl(wanted[i], F_DUPFD, 10);
	for (int i = 0; i < 3; i++) {
		dup2(null, i);
		if (wanted[i] >= 0)
			dup2(wanted[i], 3 + i);
		else
			close(3 + i);
	}
	syscall(SYS_close_range, 6u, ~0u, 0u);
}

/* A descriptor that becomes readable when the lab's folder is removed; -1 if there is none. */
static int watch_folder(const struct keepers *k)
{
	char path[PATH_MAX];
	int fd = inotify_init1(IN_CLOEXEC);

	snprintf(path, sizeof(path), "%s/%s", k->dir, k->lab->name);
	if (fd >= 0)
		inotify_add_watch(fd, path, IN_DELETE_SELF | IN_ONLYDIR);
	return fd;
}

static void wait_any(struct pollfd *p, nfds_t n)
{
	while (poll(p, n, -1) < 0 && errno == EINTR)
		;
}

__attribute__((noreturn)) static void keep(struct keepers *k, const char *host)
{
	struct pollfd p[] = {{3, POLLIN, 0}, {4, POLLIN, 0}, {k->bound_fd < 0 ? -1 : 5, POLLIN, 0}};
	char comm[16], c;
	struct stat ns;
	sigset_t all;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sigemptyset(&all);
	sigaddset(&all, SIGTERM);
	keep_descriptors(k, signalfd(-1, &all, 0));
	if (chdir("/") < 0 || stat("/proc/self/ns/net", &ns) < 0)
		_exit(1);
	snprintf(comm, sizeof(comm), "lab:%s", host);
	prctl(PR_SET_NAME, comm);

	wait_any(p, 3);
	/* One byte for each keeper; no byte: whoever was building has gone. */
	if (p[0].revents && read(3, &c, 1) == 1) {
		p[0].fd = watch_folder(k);
		wait_any(p, 3);
	}
	empty_namespace(&ns, getpid());
	forget_host(k, getpid());
	_exit(0);
}

int keeper_start(struct keepers *k, const char *host, struct err *e)
{
	struct lab *l = k->lab;

	if (l->host_n == LAB_HOSTS)
		return err_set(e, -E2BIG, "more than %d hosts", LAB_HOSTS);
	if (unshare(CLONE_NEWNET) < 0) {
		err_errno(e, -errno, "network namespace for %s", host);
		if (e && e->code == -EPERM)
			err_hint(e, "run as root, or in `unshare -Urnm`");
		return e ? e->code : -EPERM;
	}
	pid_t pid = fork();
	if (pid < 0)
		return err_errno(e, -errno, "keeper of %s", host);
	if (!pid)
		keep(k, host);
	struct lab_host *h = &l->host[l->host_n++];
	snprintf(h->name, sizeof(h->name), "%s", host);
	h->pid = pid;
	h->start = process_start_time(pid);
	return h->start ? 0 : err_set(e, -ECHILD, "keeper of %s ended at once", host);
}

int keepers_commit(struct keepers *k, struct err *e)
{
	char go[LAB_HOSTS] = {0};
	ssize_t n = k->lab->host_n;

	if (write(k->commit[1], go, (size_t)n) != n)
		return err_errno(e, -errno, "keepers of lab %s", k->lab->name);
	return 0;
}
