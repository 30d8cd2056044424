/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peer.h"

#include "unit.h"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int here = -1, there = -1, index_there;

static void go(int ns)
{
	assert_int_equal(setns(ns, CLONE_NEWNET), 0);
}

static int this_namespace(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

void here_run(const char *command)
{
	assert_int_equal(system(command), 0);
}

void peer_run(const char *command)
{
	go(there);
	int rc = system(command);
	go(here);
	assert_int_equal(rc, 0);
}

int peer_socket(int family, int type, int protocol)
{
	go(there);
	int fd = socket(family, type | SOCK_CLOEXEC, protocol);
	go(here);
	assert_true(fd >= 0);
	return fd;
}

void peer_new(void)
{
	char command[256];
	pid_t stays;

	if (here >= 0)
		return;
	here = this_namespace();
	/* Somebody who stays here, so that the cable's end can be sent here by his number. */
	stays = fork();
	if (!stays) {
		pause();
		_exit(0);
	}
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	there = this_namespace();
	go(here);
	snprintf(command, sizeof(command),
		 "ip link set lo up && sysctl -qw net.ipv6.conf.default.accept_dad=0 "
		 "net.ipv6.conf.all.accept_dad=0 && "
		 "ip link add vb type veth peer name va netns %d && ip link set vb up",
		 (int)stays);
	peer_run(command);
	kill(stays, SIGKILL);
	waitpid(stays, NULL, 0);
	here_run("sysctl -qw net.ipv6.conf.va.accept_dad=0 && ip link set lo up && "
		 "ip link set va up && ip addr add 192.0.2.2/24 dev va && "
		 "ip addr add 2001:db8:1::2/64 dev va nodad");
	go(there);
	index_there = (int)if_nametoindex("vb");
	go(here);
}

int peer_here(void)
{
	return (int)if_nametoindex("va");
}

int peer_there(void)
{
	return index_there;
}

struct ip_addr addr(const char *text)
{
	struct ip_addr a;

	assert_true(ip_addr_parse(text, 0, &a));
	return a;
}

struct probe probe_to(const char *dst, uint16_t port, uint16_t seq)
{
	struct probe p = {.dst = addr(dst),
			  .ifindex = peer_here(),
			  .port = port,
			  .seq = seq,
			  .target = 7,
			  .timeout = 1000000};

	p.src = addr(p.dst.family == AF_INET ? "192.0.2.2" : "2001:db8:1::2");
	return p;
}

void tell(void *told, const struct probe_answer *a)
{
	struct told *t = told;

	assert_true(t->n < 64);
	t->v[t->n++] = *a;
}

void wait_readable(int fd)
{
	struct pollfd p = {fd, POLLIN, 0};

	assert_int_equal(poll(&p, 1, 10000), 1);
}
