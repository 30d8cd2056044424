#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""relay.py PID1 PID2 NAME MILLISECONDS READY

A slow line: interfaces NAME in the namespaces of two processes, up, and every packet between them
that much later. For kernels without netem.
"""
import fcntl
import heapq
import os
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001


def tun(pid, name):
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(there, 0x40000000):
        raise OSError(ctypes.get_errno(), "setns")
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN_NO_PI))
    os.system(f"ip link set {name} up")
    libc.setns(own, 0x40000000)
    return fd


def main():
    ends = [tun(sys.argv[1], sys.argv[3]), tun(sys.argv[2], sys.argv[3])]
    delay = float(sys.argv[4]) / 1000
    open(sys.argv[5], "w").close()
    queue, count = [], 0
    while True:
        wait = max(0, queue[0][0] - time.monotonic()) if queue else None
        ready, _, _ = select.select(ends, [], [], wait)
        now = time.monotonic()
        for fd in ready:
            count += 1
            heapq.heappush(queue, (now + delay, count, ends[1 - ends.index(fd)], os.read(fd, 65536)))
        while queue and queue[0][0] <= now:
            _, _, to, packet = heapq.heappop(queue)
            os.write(to, packet)


main()
