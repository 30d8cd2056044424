#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""failover.py SERVER ISP INET WHAT RUNS CONF STATE: one measurement of bench/failover.sh.

SERVER, ISP and INET are processes that hold the namespaces. It listens to the server's rtnetlink
itself: a carrier is lost when the kernel says so, and traffic is rerouted when the kernel says that
the balanced default (table 1010) has no leg by wan1 any more.

WHAT is carrier or hole (times), planned, carrier-loss or hole-loss (packets, of a sender of 10,000
a second that is bound to nothing).
"""
import ctypes
import os
import socket
import struct
import subprocess
import sys
import threading
import time

server, isp, inet = sys.argv[1:4]
what, runs, conf, state = sys.argv[4], int(sys.argv[5]), sys.argv[6], sys.argv[7]
libc = ctypes.CDLL(None, use_errno=True)
TABLE = 1010
RATE = 10000


def inside(pid, function):
    """Runs the function in the network namespace of a process, in a thread of its own."""
    result = []

    def body():
        with open(f"/proc/{pid}/ns/net") as f:
            if libc.setns(f.fileno(), 0):
                raise OSError(ctypes.get_errno(), "setns")
        result.append(function())

    t = threading.Thread(target=body)
    t.start()
    t.join()
    return result[0]


def ns(pid, *command, **more):
    return subprocess.run(["nsenter", "-t", pid, "-n", "--", *command], check=True, **more)


def listener():
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    s.bind((0, 0x1 | 0x40))  # RTMGRP_LINK, RTMGRP_IPV4_ROUTE
    return s


def attributes(data):
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        if size < 4:
            return
        yield kind & 0x3FFF, data[4:size]
        data = data[(size + 3) & ~3 :]


def events(s):
    """(time, "carrier lost" | "carrier" | set of legs of the default)"""
    data = s.recv(1 << 16)
    now = time.monotonic()
    while len(data) >= 16:
        size, kind = struct.unpack_from("=IH", data)
        body, data = data[16:size], data[(size + 3) & ~3 :]
        if kind == 16:  # RTM_NEWLINK
            index, flags = struct.unpack_from("=xxxxiI", body)
            if index == wan1:
                yield now, "carrier" if flags & 0x10000 else "carrier lost"
        elif kind in (24, 25) and body[0] == 2 and body[1] == 0:  # IPv4 default
            a = dict(attributes(body[12:]))
            if a.get(15) != struct.pack("=I", TABLE):
                continue
            legs = set()
            if kind == 24:
                legs = {struct.unpack("=i", a[4])[0]} if 4 in a else set()
                hops = a.get(9, b"")
                while len(hops) >= 8:
                    n, _, _, index = struct.unpack_from("=HBBi", hops)
                    legs.add(index)
                    hops = hops[(n + 3) & ~3 :]
            yield now, legs


def wait_legs(s, good, seconds=60):
    """The first time that the default's legs are good."""
    end = time.monotonic() + seconds
    lost = None
    while True:
        s.settimeout(max(0.01, end - time.monotonic()))
        for t, e in events(s):
            if e == "carrier lost" and lost is None:
                lost = t
            elif isinstance(e, set) and good(e):
                return t, lost


class Daemon:
    def __init__(self):
        self.start()

    def start(self):
        log = open(state + ".log", "w+")
        self.p = subprocess.Popen(
            ["nsenter", "-t", server, "-n", "--", "multihomed", "-c", conf, "--state", state],
            stderr=log)
        while "at work" not in open(state + ".log").read():
            if self.p.poll() is not None:
                sys.exit(open(state + ".log").read())
            time.sleep(0.01)

    def stop(self):
        self.p.terminate()
        self.p.wait()

    def anew(self):
        """What it knows of flapping goes with it."""
        self.stop()
        self.start()


HOLE = """table inet hole { chain c { type filter hook prerouting priority raw
  iifname "c1" ip daddr 203.0.113.0/24 drop; iifname "u1" drop; } }"""


def fail(how):
    if how == "carrier":
        ns(isp, "ip", "link", "set", "c1", "down")
    else:
        ns(isp, "nft", HOLE)


def heal(how):
    if how == "carrier":
        ns(isp, "ip", "link", "set", "c1", "up")
    else:
        ns(isp, "nft", "delete", "table", "inet", "hole")


def figures(name, values, unit):
    v = sorted(values)
    at = lambda q: v[min(len(v) - 1, int(q * len(v)))]
    print(f"  {name:<12} p50 {at(.5):8.2f}  p99 {at(.99):8.2f}  max {v[-1]:8.2f} {unit}  ({len(v)} runs)")


def times(how):
    s = inside(server, listener)
    d = Daemon()
    took = []
    for i in range(runs):
        if i % 3 == 2:
            d.anew()
        time.sleep(0.15)  # probes have been answered
        while True:
            s.settimeout(0)
            try:
                s.recv(1 << 16)
            except BlockingIOError:
                break
        begin = time.monotonic()
        if how == "carrier":
            fail(how)
        else:
            # The clock starts when the rule is in force: nft has returned.
            fail(how)
            begin = time.monotonic()
        t, lost = wait_legs(s, lambda legs: legs and wan1 not in legs)
        took.append((t - (lost if how == "carrier" else begin)) * 1000)
        heal(how)
        wait_legs(s, lambda legs: wan1 in legs)
    figures("multihomed", took, "ms")
    d.stop()


def packets(how):
    got = set()
    stop = threading.Event()

    def receive():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, 33, 32 << 20)  # SO_RCVBUFFORCE
        s.bind(("203.0.113.1", 7100))
        s.settimeout(0.2)
        return s

    receiver = inside(inet, receive)

    def listen():
        while True:
            try:
                got.add(receiver.recv(16))
            except TimeoutError:
                if stop.is_set():
                    return

    s = inside(server, listener)
    sender = inside(server, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    d = Daemon()
    lost = []
    for i in range(runs):
        if i % 3 == 2:
            d.anew()
        time.sleep(0.3)
        got.clear()
        stop.clear()
        t = threading.Thread(target=listen)
        t.start()
        sent, begin, did = 0, time.monotonic(), False
        while sent < RATE:
            now = time.monotonic()
            while sent < (now - begin) * RATE and sent < RATE:
                try:
                    sender.sendto(struct.pack("=Q", sent), ("203.0.113.1", 7100))
                except OSError:
                    pass
                sent += 1
            if not did and sent >= RATE // 4:
                did = True
                if how == "planned":
                    text = open(conf).read()
                    text = text.replace("weight = 1", "weight = 250") if "= 1\n" in text else \
                        text.replace("weight = 250", "weight = 1")
                    text = text.split("[multihome]")[0] + \
                        f"[multihome]\ndefault = isp{i % 2 + 1}\n"
                    open(conf, "w").write(text)
                    d.p.send_signal(1)
                else:
                    threading.Thread(target=fail, args=[how]).start()
            time.sleep(0.0001)
        stop.set()
        t.join()
        lost.append(sent - len(got))
        if how != "planned":
            heal(how)
            wait_legs(s, lambda legs: wan1 in legs)
    figures("multihomed", lost, "packets")
    d.stop()


wan1 = inside(server, lambda: socket.if_nametoindex("wan1"))
if what in ("carrier", "hole"):
    times(what)
else:
    packets(what.replace("-loss", ""))
