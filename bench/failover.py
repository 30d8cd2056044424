#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""failover.py WHAT MANAGER RUNS [EVERY]: one line of bench/failover.sh.

The server has two ways out, and the manager (a class below) is to use the first as long as it is
good. WHAT is
  carrier   the first one's cable is cut; the clock starts when this listener is told by the kernel
  beyond    its provider goes on answering, but passes nothing on, in silence
  router    its provider's router stops, with carrier up
  planned   no failure: the manager is told to use the other
and with "-loss" behind it, packets are counted: 10,000 a second, from a socket that is bound to
nothing. Otherwise times: traffic is moved when the kernel, asked after each of its notifications,
names the second uplink for the destination. EVERY is the interval of the manager's probes in ms.

A failure is a write to a file of /proc or a signal, so that it happens at once. Its recovery is
waited for, as the manager and the kernel tell of it.
"""
import ctypes
import math
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

what, name, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
every = int(sys.argv[4]) if len(sys.argv) > 4 else None
work, peers = os.environ["MH_WORK"], os.environ["MH_PEERS"]
pids = {n: os.environ["NS_" + n] for n in ("server", "isp1", "isp2", "inet")}
libc = ctypes.CDLL(None, use_errno=True)
DST, PORT, RATE, COUNT = "203.0.113.1", 7100, 10000, 10000
libraries = ":".join(os.path.join(d, "usr/lib/x86_64-linux-gnu") + ":" +
                     os.path.join(d, "lib/x86_64-linux-gnu")
                     for d in (os.path.join(peers, p) for p in sorted(os.listdir(peers))))


def inside(ns, function):
    """Runs the function in a network namespace, in a thread of its own."""
    result = []

    def body():
        with open(f"/proc/{pids[ns]}/ns/net") as f:
            if libc.setns(f.fileno(), 0):
                raise OSError(ctypes.get_errno(), "setns")
        result.append(function())

    t = threading.Thread(target=body)
    t.start()
    t.join()
    return result[0]


def spawn(ns, *command, foreign=False):
    env = dict(os.environ, LD_LIBRARY_PATH=libraries) if foreign else None
    return subprocess.Popen(["nsenter", "-t", pids[ns], "-n", "--", *command], env=env,
                            stdout=open(f"{work}/{name}.out", "a"), stderr=subprocess.STDOUT)


def run(ns, *command):
    subprocess.run(["nsenter", "-t", pids[ns], "-n", "--", *command], check=True,
                   stdout=subprocess.DEVNULL)


def write(file, text):
    with open(f"{work}/{file}", "w") as f:
        f.write(text)
    return f"{work}/{file}"


# The kernel


class Kernel:
    """Listens to the server's links and IPv4 routes, and asks it for the way to DST."""

    def __init__(self):
        self.wan = {inside("server", lambda i=i: socket.if_nametoindex(f"wan{i}")): i
                    for i in (1, 2)}
        self.news = inside("server", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
        self.news.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.news.bind((0, 0x1 | 0x40 | 0x80))  # RTMGRP_LINK, RTMGRP_IPV4_ROUTE, _RULE
        self.asking = inside("server", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
        self.asking.bind((0, 0))

    def way(self):
        """1, 2, or None"""
        attribute = struct.pack("=HH4s", 8, 1, socket.inet_aton(DST))
        body = struct.pack("=BBBBBBBBI", socket.AF_INET, 32, 0, 0, 0, 0, 0, 0, 0) + attribute
        self.asking.send(struct.pack("=IHHII", 16 + len(body), 26, 1, 1, 0) + body)
        data = self.asking.recv(1 << 16)
        if struct.unpack_from("=H", data, 4)[0] != 24:
            return None
        at = 28
        while at + 4 <= len(data):
            size, kind = struct.unpack_from("=HH", data, at)
            if kind == 4:
                return self.wan.get(struct.unpack_from("=i", data, at + 4)[0])
            at += (size + 3) & ~3
        return None

    def forget(self):
        self.news.settimeout(0)
        try:
            while True:
                self.news.recv(1 << 16)
        except BlockingIOError:
            pass

    def wait(self, way, seconds=90, begin=None):
        """Until DST goes this way. How long it took, in ms, since `begin` (None: the carrier)."""
        end = time.monotonic() + seconds
        while True:
            if begin is not None and self.way() == way:
                return (time.monotonic() - begin) * 1000
            self.news.settimeout(max(0.001, end - time.monotonic()))
            try:
                data = self.news.recv(1 << 16)
            except TimeoutError:
                sys.exit(f"{what} {name}: nothing happened within {seconds} s")
            now = time.monotonic()
            while len(data) >= 16:
                size, kind = struct.unpack_from("=IH", data)
                if kind == 16:
                    index, flags = struct.unpack_from("=iI", data, 20)
                    if begin is None and self.wan.get(index) == 1 and not flags & 0x10000:
                        begin = now
                data = data[(size + 3) & ~3:]


# Who moves the traffic


class Multihomed:
    def config(self, first):
        check = f"check = ping 203.0.113.1 203.0.113.2 every {every}ms down 3 up 1\n" if every else ""
        text = "".join(
            f"[uplink isp{i}]\ninterface = wan{i}\ngateway = {g}\nfamily = ipv4\n{check}"
            for i, g in ((1, "192.0.2.1"), (2, "198.51.100.1")))
        return write("multihome.conf", text + f"[multihome]\ndefault = isp{first}, isp{3 - first}\n"
                     "flap-damping = no\n")

    def start(self):
        self.state = f"{work}/state"
        self.p = spawn("server", "multihomed", "-c", self.config(1), "--state", self.state)

    def stop(self):
        self.p.terminate()
        self.p.wait()
        run("server", "multihome", "-c", f"{work}/multihome.conf", "--state", self.state, "down")

    def use(self, first):
        self.config(first)
        self.p.send_signal(signal.SIGHUP)


class ByHand:
    """Two defaults in main, and a table by which a probe can leave while the first is not there."""

    def defaults(self, *isps):
        run("server", "ip", "rule", "add", "oif", "wan1", "table", "11", "priority", "11")
        run("server", "ip", "route", "add", "default", "via", "192.0.2.1", "table", "11")
        for i in isps:
            run("server", "ip", "route", "add", "default", "via",
                ("192.0.2.1", "198.51.100.1")[i - 1], "metric", str(i * 10))

    def stop(self):
        self.p.terminate()
        self.p.wait()
        run("server", "ip", "rule", "del", "priority", "11")
        run("server", "ip", "route", "flush", "table", "11")
        run("server", "ip", "route", "flush", "root", "0/0", "exact", "0/0")


class Script(ByHand):
    """As mwan3 does it: ping each second, by the interface, three in a row."""

    def start(self):
        self.defaults(1, 2)
        self.p = spawn("server", "bash", "-c", """
            lost=0
            trap 'exit 0' TERM
            while :; do
                if ping -q -c1 -W1 -I wan1 203.0.113.2 >/dev/null; then
                    [ $lost -lt 3 ] || ip route add default via 192.0.2.1 metric 10
                    lost=0
                else
                    lost=$((lost + 1))
                    [ $lost != 3 ] || ip route del default via 192.0.2.1 metric 10
                fi
                sleep 1
            done""")

    def use(self, first):
        if first == 2:
            run("server", "ip", "route", "del", "default", "via", "192.0.2.1", "metric", "10")
        else:
            run("server", "ip", "route", "add", "default", "via", "192.0.2.1", "metric", "10")


class Keepalived(ByHand):
    """A script of each second (its least), two in a row; the instance has the route."""

    def start(self):
        self.defaults(2)
        conf = write("keepalived.conf", """
            global_defs {
                script_user root
            }
            vrrp_script isp1 {
                script "/bin/ping -q -c1 -W1 -I wan1 203.0.113.2"
                interval 1
                timeout 1
                fall 2
                rise 1
            }
            vrrp_instance isp1 {
                interface lan
                state MASTER
                virtual_router_id 7
                priority 100
                advert_int 0.01
                version 3
                track_interface {
                    wan1
                }
                track_script {
                    isp1
                }
                virtual_ipaddress {
                    10.77.0.9/32 dev lan
                }
                virtual_routes {
                    default via 192.0.2.1 dev wan1 metric 10
                }
            }
            """)
        self.p = spawn("server", f"{peers}/keepalived/usr/sbin/keepalived", "-n", "-l", "-P", "-f",
                       conf, "-p", f"{work}/k.pid", "-r", f"{work}/kv.pid", foreign=True)


class Bird:
    """Two static routes, the first tied to a BFD session with its router (10 ms, 3 in a row)."""

    def start(self):
        bfd = f"protocol bfd {{ interface \"*\" {{ interval {every or 10} ms; multiplier 3; }}; %s }}\n"
        head = "log stderr all;\nrouter id 10.0.0.%d;\nprotocol device {}\n"
        router = write("router.conf", head % 1 + bfd % "neighbor 192.0.2.2 dev \"c1\";")
        server = write("server.conf", head % 2 + bfd % "" + """
            protocol kernel { ipv4 { export all; }; }
            protocol static { ipv4 { preference 200; }; route 0.0.0.0/0 via 192.0.2.1 bfd; }
            protocol static { ipv4 { preference 100; }; route 0.0.0.0/0 via 198.51.100.1; }
            """)
        bird = f"{peers}/bird2/usr/sbin/bird"
        self.router = spawn("isp1", bird, "-f", "-c", router, "-s", f"{work}/r.ctl", foreign=True)
        self.p = spawn("server", bird, "-f", "-c", server, "-s", f"{work}/s.ctl", foreign=True)

    def stop(self):
        for p in (self.p, self.router):
            p.terminate()
            p.wait()
        run("server", "ip", "route", "flush", "root", "0/0", "exact", "0/0")


manager = {"multihomed": Multihomed, "script": Script, "keepalived": Keepalived, "bird": Bird}[name]()

# What goes wrong

forwarding = inside("isp1", lambda: os.open("/proc/sys/net/ipv4/conf/c1/forwarding",
                                         os.O_WRONLY))


def fail(how):
    """The time at which it is so; None if that is the kernel's to say."""
    if how == "carrier":
        run("isp1", "ip", "link", "set", "c1", "down")
        return None
    if how == "planned":
        begin = time.monotonic()
        manager.use(2)
        return begin
    os.pwrite(forwarding, b"0", 0)
    if how == "router" and hasattr(manager, "router"):
        manager.router.send_signal(signal.SIGSTOP)
    return time.monotonic()


def heal(how):
    if how == "carrier":
        run("isp1", "ip", "link", "set", "c1", "up")
    elif how == "planned":
        manager.use(1)
    else:
        os.pwrite(forwarding, b"1", 0)
        if how == "router" and hasattr(manager, "router"):
            manager.router.send_signal(signal.SIGCONT)


def settled():
    """Probes of all targets have been answered a while: several of the slowest."""
    time.sleep(max(0.15, 3 * (every or 0) / 1000) if name in ("multihomed", "bird") else 2.5)


# Figures


def figures(values, unit):
    v = sorted(values)

    def at(q):  # the least that so many of them do not exceed
        return v[math.ceil(q * len(v)) - 1]
    label = name + (f" {every} ms x 3" if every else "")
    print(f"  {label:<22} p50 {at(.5):9.2f}  p99 {at(.99):9.2f}  max {v[-1]:9.2f} {unit}"
          f"  ({len(v)} runs)", flush=True)


def times(how):
    took = []
    for _ in range(runs):
        settled()
        kernel.forget()
        begin = fail(how)
        took.append(kernel.wait(2, begin=begin))
        heal(how)
        kernel.wait(1, begin=time.monotonic())
    figures(took, "ms")


def receiver():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, 33, 32 << 20)  # SO_RCVBUFFORCE
    s.bind((DST, PORT))
    s.settimeout(0.5)
    return s


def send_all(s, how):
    sent = begun = 0
    begin = time.monotonic()
    while sent < COUNT:
        due = min(COUNT, int((time.monotonic() - begin) * RATE))
        while sent < due:
            try:
                s.sendto(struct.pack("=Q", sent), (DST, PORT))
            except OSError:
                pass
            sent += 1
        if not begun and sent >= COUNT // 4:
            begun = threading.Thread(target=fail, args=[how])
            begun.start()
        time.sleep(0.00005)
    begun.join()


def packets(how):
    to = inside("inet", receiver)
    lost = []
    for _ in range(runs):
        settled()
        r, w = os.pipe()
        child = os.fork()
        if not child:
            got = set()
            try:
                while True:
                    got.add(to.recv(16))
            except TimeoutError:
                os.write(w, struct.pack("=Q", len(got)))
                os._exit(0)
        send_all(inside("server", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)), how)
        lost.append(COUNT - struct.unpack("=Q", os.read(r, 8))[0])
        os.waitpid(child, 0)
        os.close(r)
        os.close(w)
        heal(how)
        kernel.wait(1, begin=time.monotonic())
    figures(lost, "packets")


kernel = Kernel()
manager.start()
try:
    kernel.wait(1, begin=time.monotonic())
    if what.endswith("-loss"):
        packets(what.removesuffix("-loss"))
    else:
        times(what)
finally:
    manager.stop()
