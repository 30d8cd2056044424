/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "ip/vrf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

#define INSN(code_, dst, src, off_, imm_)                                                          \
	{                                                                                          \
		.code = (code_), .dst_reg = (dst), .src_reg = (src), .off = (off_), .imm = (imm_)  \
	}

/* r1 is the new socket: r1->bound_dev_if = ifindex; return 1 (allowed) */
static int load(int ifindex, struct err *e)
{
	const struct bpf_insn program[] = {
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, ifindex),
		INSN(BPF_STX | BPF_MEM | BPF_W, BPF_REG_1, BPF_REG_3,
		     offsetof(struct bpf_sock, bound_dev_if), 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_SOCK;
	attr.insns = (uintptr_t)program;
	attr.insn_cnt = sizeof(program) / sizeof(*program);
	attr.license = (uintptr_t) "GPL";
	int fd = bpf(BPF_PROG_LOAD, &attr);
	return fd < 0 ? err_errno(e, -errno, "the kernel takes no program for control groups") : fd;
}

int vrf_bind_group(const char *folder, int ifindex, struct err *e)
{
	union bpf_attr attr;
	CLEANUP(free_fd) int group = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (group < 0)
		return err_errno(e, -errno, "control group %s", folder);
	CLEANUP(free_fd) int program = load(ifindex, e);
	if (program < 0)
		return program;
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)group;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_INET_SOCK_CREATE;
	if (bpf(BPF_PROG_ATTACH, &attr) < 0)
		return err_errno(e, -errno, "cannot bind the sockets of %s", folder);
	return 0;
}
