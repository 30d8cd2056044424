# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine with two providers and a LAN, and packets on their wires.

    isp1 c1 ------ wan1 server wan2 ------ c2 isp2
                        lan0 ------ eth0 host
                        tun9 (down) eth9

Everything is made by Debian's ip. The next hops have fixed link-layer addresses, so that nobody needs
to answer: what the server sends is seen at the far ends as soon as it is sent, and shows whom it is
for. Where a next hop has no fixed one, it gets the device's own (the links are NOARP).

    net = Net()
    net.run("ip rule add from 192.0.2.66 lookup 101\\nsysctl net.ipv4.ip_forward=1")   # on the server
    net.send({"src": "192.0.2.66", "dst": "203.0.113.9", "proto": 6, ...})       # by a socket of it
    net.inject("host", {...})                                                    # arrives at lan0
    seen = net.seen(lambda s: s.src == "192.0.2.66")                             # Seen or None
"""
import collections
import ctypes
import ipaddress
import os
import select
import socket
import struct
import subprocess
import time

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
SO_MARK, ETH_P_ALL = 36, 3
TCP, UDP = 6, 17
TAP = {"n": 0, "failed": 0}

Seen = collections.namedtuple("Seen", "where mac src dst proto sport dport")

# Far ends: namespace, device there, the server's device.
CABLES = (("isp1", "c1", "wan1"), ("isp2", "c2", "wan2"), ("host", "eth0", "lan0"), ("host", "eth9", "tun9"))

TWO_NETS = {"wan1": ("192.0.2.66/26", "2001:db8:1::2/64"), "wan2": ("192.0.2.130/26", "2001:db8:2::2/64")}
ONE_NET = {"wan1": ("192.0.2.66/26",), "wan2": ("192.0.2.67/26",)}
GATEWAYS = {"192.0.2.65": "02:00:00:00:00:01", "192.0.2.129": "02:00:00:00:00:02",
            "192.0.2.126": "02:00:00:00:00:02", "2001:db8:1::1": "02:00:00:00:00:01",
            "2001:db8:2::1": "02:00:00:00:00:02"}
LAN = ("10.0.0.1/24", "2001:db8:aa::1/64")
HOST = "02:00:00:00:00:03"


def result(good, text, why=""):
    TAP["n"] += 1
    TAP["failed"] += not good
    print(f"{'ok' if good else 'not ok'} {TAP['n']} - {text}", flush=True)
    if not good:
        for line in str(why).splitlines():
            print("# " + line)
    return good


def done():
    print(f"1..{TAP['n']}")


def ip_class(addr):
    return ipaddress.ip_address(addr)


class Space:
    """A network namespace, held by a descriptor."""

    def __init__(self):
        if libc.unshare(CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "unshare")
        self.fd = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.path = f"/proc/{os.getpid()}/fd/{self.fd}"
        self.run("ip link set lo up")

    def enter(self):
        if libc.setns(self.fd, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")

    def run(self, text):
        """Lines: "ip ...", "sysctl NAME=VALUE", "nft ...", anything else by the shell. A line that
        begins with "-" may fail."""
        self.enter()
        for line in filter(None, (line.strip() for line in text.splitlines())):
            may_fail, line = line.startswith("-"), line.lstrip("-")
            if line.startswith("sysctl "):
                name, value = line[7:].split("=")
                path = "/proc/sys/" + name.replace(".", "/")
                if os.path.exists(path) or not may_fail:
                    with open(path, "w") as f:
                        f.write(value)
                continue
            got = subprocess.run(line, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if got.returncode and not may_fail:
                raise RuntimeError(f"{line}: {got.stdout}")

    def batch(self, lines):
        """Commands of ip, without the word; those that begin with "-6" come last."""
        self.enter()
        six = [line[3:] for line in lines if line.startswith("-6 ")]
        four = [line for line in lines if not line.startswith("-6 ")]
        for family, some in (([], four), (["-6"], six)):
            got = subprocess.run(["ip", *family, "-batch", "-"], input="\n".join(some), stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)
            if got.returncode:
                raise RuntimeError("\n".join(some) + "\n" + got.stdout)

    def output(self, *argv):
        self.enter()
        got = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return got.returncode, got.stdout, got.stderr

    def close(self):
        os.close(self.fd)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def transport(p, src, dst):
    proto, sport, dport = p["proto"], p.get("sport", 0), p.get("dport", 0)
    if proto == TCP:
        syn = 0x10 if p.get("ack") else 2
        body = struct.pack("!HHIIBBHHH", sport, dport, 1, 0, 5 << 4, syn, 65535, 0, 0)
        at = 16
    elif proto == UDP:
        body, at = struct.pack("!HHHH", sport, dport, 12, 0) + b"mhmh", 6
    else:
        return b"\0" * 16
    pseudo = src.packed + dst.packed + struct.pack("!IHBB", len(body), 0, 0, proto)
    return body[:at] + struct.pack("!H", checksum(pseudo + body)) + body[at + 2:]


def datagram(p):
    src, dst = ip_class(p["src"]), ip_class(p["dst"])
    body = transport(p, src, dst)
    if src.version == 6:
        return struct.pack("!IHBB", 6 << 28 | p.get("tos", 0) << 20, len(body), p["proto"], 64) + src.packed + dst.packed + body
    head = struct.pack("!BBHHHBBH", 0x45, p.get("tos", 0), 20 + len(body), 1, 0, 64, p["proto"], 0)
    head += src.packed + dst.packed
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def dissect(where, frame):
    mac = ":".join(f"{b:02x}" for b in frame[:6])
    kind, data = struct.unpack("!H", frame[12:14])[0], frame[14:]
    if kind == 0x0800:
        proto, src, dst, rest = data[9], data[12:16], data[16:20], data[(data[0] & 15) * 4:]
    elif kind == 0x86dd:
        proto, src, dst, rest = data[6], data[8:24], data[24:40], data[40:]
    else:
        return None
    sport, dport = struct.unpack("!HH", rest[:4]) if proto in (TCP, UDP) and len(rest) >= 4 else (0, 0)
    return Seen(where, mac, str(ip_class(src)), str(ip_class(dst)), proto, sport, dport)


class Net:
    def __init__(self, addresses=TWO_NETS):
        self.space = {name: Space() for name in ("server", "isp1", "isp2", "host")}
        self.server = self.space["server"]
        self.server.batch([f"link add {near} type veth peer name {dev} netns {self.space[far].path}"
                           for far, dev, near in CABLES])
        lines = []
        for far, dev, near in CABLES:
            self.space[far].batch([f"link set {dev} arp off up"])
            lines.append(f"link set {near} arp off " + ("down" if near == "tun9" else "up"))
        for near, own in list(addresses.items()) + [("lan0", LAN)]:
            lines += [f"address add {a} dev {near}" + (" nodad" if ":" in a else "") for a in own]
        for near in addresses:
            lines += [f"neigh add {gw} lladdr {mac} dev {near}" for gw, mac in GATEWAYS.items()]
        lines += [f"neigh add {a} lladdr {HOST} dev lan0" for a in ("10.0.0.2", "2001:db8:aa::2")]
        self.server.batch(lines)
        self.server.run("sysctl net.ipv4.ip_forward=1\nsysctl net.ipv6.conf.all.forwarding=1\n"
                        "sysctl net.ipv4.conf.all.rp_filter=0\n-sysctl net.ipv4.fib_multipath_hash_seed=7\n"
                        "sysctl net.ipv4.fib_multipath_hash_policy=1\nsysctl net.ipv6.fib_multipath_hash_policy=1")
        self.mac = {near: self.link_address(near) for _, _, near in CABLES}
        self.ear = {}
        for far, dev, near in CABLES:
            self.space[far].enter()
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            s.bind((dev, ETH_P_ALL))
            s.setblocking(False)
            self.ear[near] = s

    def link_address(self, dev):
        self.server.enter()
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        s.bind((dev, 0))
        mac = s.getsockname()[4]
        s.close()
        return mac

    def run(self, text):
        self.server.run(text)

    def close(self):
        for s in self.ear.values():
            s.close()
        for s in self.space.values():
            s.close()

    def send(self, p):
        """A packet of the server's own, by a socket. None, or the error."""
        self.server.enter()
        six = ":" in p["dst"]
        kind = {TCP: socket.SOCK_STREAM, UDP: socket.SOCK_DGRAM}.get(p["proto"], socket.SOCK_RAW)
        s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, kind,
                          p["proto"] if kind == socket.SOCK_RAW else 0)
        s.setblocking(False)
        if p.get("mark"):
            s.setsockopt(socket.SOL_SOCKET, SO_MARK, p["mark"])
        if p.get("oif"):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, p["oif"].encode())
        if p.get("tos"):
            s.setsockopt(*((socket.IPPROTO_IPV6, socket.IPV6_TCLASS) if six else (socket.IPPROTO_IP, socket.IP_TOS)),
                         p["tos"])
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket = s  # stays open until the next
        try:
            port = p.get("sport", 0) if kind != socket.SOCK_RAW else 0
            s.bind((p.get("src") or ("::" if six else "0.0.0.0"), port))
            if kind == socket.SOCK_STREAM:
                s.connect((p["dst"], p["dport"]))
            else:
                s.sendto(b"mhmh", (p["dst"], p.get("dport", 0)))
        except BlockingIOError:
            return None
        except OSError as e:
            return e
        return None

    def inject(self, near, p):
        """A packet that arrives at the server's device."""
        far, dev, _ = next(c for c in CABLES if c[2] == near)
        self.space[far].enter()
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        s.bind((dev, 0))
        kind = b"\x86\xdd" if ":" in p["dst"] else b"\x08\x00"
        s.send(self.mac[near] + b"\x02\0\0\0\0\x09" + kind + datagram(p))
        s.close()

    def forget(self):
        """What came by until now is of no interest."""
        while self.seen(lambda s: False, 0):
            pass

    def seen(self, fits, seconds=2.0):
        """The first packet at a far end that fits; None if none comes in time."""
        end = time.monotonic() + seconds
        while True:
            ready, _, _ = select.select(list(self.ear.values()), [], [], max(0, end - time.monotonic()))
            for near, ear in self.ear.items():
                while ear in ready:
                    try:
                        frame, addr = ear.recvfrom(2048)
                    except BlockingIOError:
                        break
                    except OSError:  # the far end is down
                        break
                    got = dissect(near, frame) if addr[2] != 4 else None  # 4: what it sends itself
                    if got and fits(got):
                        return got
            if time.monotonic() >= end:
                return None

    def counter(self, name):
        """One of /proc/net/netstat's TcpExt and IpExt."""
        self.server.enter()
        with open("/proc/thread-self/net/netstat") as f:
            lines = f.read().splitlines()
        for keys, values in zip(lines[::2], lines[1::2]):
            for k, v in zip(keys.split(), values.split()):
                if k == name:
                    return int(v)
        return None
