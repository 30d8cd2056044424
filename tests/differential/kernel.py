# SPDX-License-Identifier: GPL-2.0-or-later
"""The state of a network namespace as lines of text, read by netlink: every link, address, route,
rule, neighbour, next hop and address label with every attribute that the kernel tells, known or not
to any program. Left out is what changes by itself: counters, times, random hardware addresses.

A line is "KIND HEADER NUMBER=VALUE ...", in hexadecimal; nested attributes in parentheses, where
something in them had to be left out. Rules and IPv4 routes stay in the kernel's order, which means
something; all else is sorted.
"""
import socket
import struct

NLM_F_REQUEST, NLM_F_DUMP = 1, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
NESTED = 0x8000
RTEXT_FILTER_SKIP_STATS = 8
FOREVER = 0xffffffff
NTF_PROXY = 8
NUD_SOUGHT = 0x01 | 0x08 | 0x10 | 0x20  # incomplete, delay, probe, failed: one becomes the other
NUD_NOARP = 0x40
NEXTHOP_HEADER = struct.pack("=BBBBI", 0, 0, 0, 0, 0)


def attributes(raw):
    while len(raw) >= 4:
        length, kind = struct.unpack_from("=HH", raw)
        if length < 4:
            return
        yield kind & ~NESTED, raw[4:length]
        raw = raw[(length + 3) & ~3:]


def shown(raw, filters):
    """Attributes as text. filters: number → a function of the value, its text or None to leave it
    out; what stands under None is for all others."""
    other = filters.get(None, bytes.hex)
    texts = []
    for kind, value in attributes(raw):
        text = filters.get(kind, other)(value)
        if text is not None:
            texts.append(f"{kind}={text}")
    return " ".join(texts)


def left_out(_):
    return None


def nested(filters):
    return lambda raw: f"({shown(raw, filters)})"


def mac(raw):
    """An address of the local kind may be a random one."""
    return "MAC" if len(raw) == 6 and raw[0] & 2 else raw.hex()


def lifetimes(raw):
    preferred, valid = struct.unpack_from("=II", raw)
    return " ".join("forever" if t == FOREVER else "limited" if t else "0" for t in (preferred, valid))


def route_cache(raw):
    _, _, expires, error = struct.unpack_from("=IIiI", raw)
    return f"{'expires' if expires else ''}{error}"


# IFLA_*. Timers and identifiers (made of hardware addresses) of bridges and their ports.
BRIDGE = dict.fromkeys((10, 11, 16, 17, 18, 19), left_out)
PORT = dict.fromkeys((13, 14, 18, 19, 20, 21, 22, 23), left_out)
INFO = {2: nested({}), 3: left_out, 5: nested(PORT)}
BRIDGE_INFO = {**INFO, 2: nested(BRIDGE)}
INET6 = dict.fromkeys((3, 5, 6), left_out)


def link_info(raw):
    of_bridge = dict(attributes(raw)).get(1, b"").rstrip(b"\0") == b"bridge"
    return f"({shown(raw, BRIDGE_INFO if of_bridge else INFO)})"


# The bounds of a tunnel's mtu (50, 51) tell whether it was made by ioctl(), and nothing else.
LINK = {1: mac, 7: left_out, 18: link_info, 23: left_out, 26: nested({10: nested(INET6)}),
        35: left_out, 47: left_out, 48: left_out, 50: left_out, 51: left_out, 54: left_out}
ADDRESS = {6: lifetimes}
ROUTE = {12: route_cache}
NEIGHBOUR = {2: mac, 3: left_out, 4: left_out}
NEXTHOP = {12: nested({4: left_out})}


def plain_header(raw):
    return raw.hex()


def neighbour_header(raw):
    family, index, state, flags, kind = struct.unpack("=BxxxiHBB", raw)
    return f"{family} {index} {'sought' if state & NUD_SOUGHT else state} {flags} {kind}"


def neighbour_counts(raw):
    """A proxy entry of no device outlives its namespace in the kernel. What needs no resolution
    comes with traffic, such as the host's own multicast reports."""
    _, index, state, flags, _ = struct.unpack("=BxxxiHBB", raw)
    return index if flags & NTF_PROXY else state != NUD_NOARP


# name, RTM_GET..., header and attributes of the request, length of a header, its text, attributes,
# whether the order counts
KINDS = (
    ("link", 18, bytes(16) + struct.pack("=HHI", 8, 29, RTEXT_FILTER_SKIP_STATS), 16, plain_header,
     LINK, False),
    ("address", 22, bytes(8), 8, plain_header, ADDRESS, False),
    ("route", 26, bytes([socket.AF_INET]) + bytes(11), 12, plain_header, ROUTE, True),
    ("route6", 26, bytes([socket.AF_INET6]) + bytes(11), 12, plain_header, ROUTE, False),
    ("rule", 34, bytes([socket.AF_INET]) + bytes(11), 12, plain_header, {}, True),
    ("rule6", 34, bytes([socket.AF_INET6]) + bytes(11), 12, plain_header, {}, True),
    ("neigh", 30, bytes(12), 12, neighbour_header, NEIGHBOUR, False),
    ("proxy", 30, bytes(10) + bytes([NTF_PROXY, 0]), 12, neighbour_header, NEIGHBOUR, False),
    ("nexthop", 106, bytes(8), 8, plain_header, NEXTHOP, False),
    ("label", 74, bytes([socket.AF_INET6]) + bytes(11), 12, plain_header, {}, False),
)


class Reader:
    """A netlink socket of the namespace in which it is made."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        self.socket.bind((0, 0))
        self.sequence = 0

    def dump(self, kind, request):
        """The messages without their netlink headers. Nothing where the kernel lacks the kind."""
        self.sequence += 1
        self.socket.send(struct.pack("=IHHII", 16 + len(request), kind, NLM_F_REQUEST | NLM_F_DUMP,
                                     self.sequence, 0) + request)
        while True:
            data = self.socket.recv(1 << 17)
            at = 0
            while at + 16 <= len(data):
                length, got, _, sequence, _ = struct.unpack_from("=IHHII", data, at)
                if sequence == self.sequence:
                    if got in (NLMSG_DONE, NLMSG_ERROR):
                        return
                    yield data[at + 16:at + length]
                at += (length + 3) & ~3

    def state(self):
        lines = []
        for name, kind, request, size, header, filters, keep_order in KINDS:
            some = []
            for raw in self.dump(kind, request):
                if header is neighbour_header and not neighbour_counts(raw[:size]):
                    continue
                some.append(f"{name} {header(raw[:size])} {shown(raw[size:], filters)}")
            lines += some if keep_order else sorted(some)
        return lines
