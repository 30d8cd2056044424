#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Where datagrams arrive, and from where.

where.py listen PORT READY COUNT   says of each datagram "ID FROM DEVICE", answers it; ends after COUNT,
                                   or when "end" comes
where.py send SECONDS              sends the datagrams that standard input describes, one a line: "ID DST
                                   DPORT SRC SPORT MARK DEV", "-" for what is not given; says of each
                                   "ID answered" or "ID silent"
"""
import ipaddress
import select
import socket
import struct
import sys
import time

SO_MARK = 36
IP_PKTINFO = 8


def listen(port, ready, count):
    v4 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    v4.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    v4.bind(("", port))
    v6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    v6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    v6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    v6.bind(("::", port))
    open(ready, "w").close()
    while count:
        for s in select.select([v4, v6], [], [])[0]:
            data, anc, _, peer = s.recvmsg(2048, 256)
            if data == b"end":
                return
            info = anc[0][2]
            index = struct.unpack("i", info[:4])[0] if s is v4 else struct.unpack("i", info[16:20])[0]
            # From the address that was asked, or the answer leaves with another.
            s.sendmsg([data], [(anc[0][0], anc[0][1], struct.pack("i", 0) + info[4:8] + b"\0" * 4
                                if s is v4 else info[:16] + struct.pack("i", 0))], 0, peer)
            print(data.decode(), peer[0], socket.if_indextoname(index), flush=True)
            count -= 1


def send(seconds):
    waiting = {}
    for line in sys.stdin:
        name, dst, dport, src, sport, mark, dev = line.split()
        v6 = ipaddress.ip_address(dst).version == 6
        s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if mark != "-":
            s.setsockopt(socket.SOL_SOCKET, SO_MARK, int(mark, 0))
        if dev != "-":
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, dev.encode())
        s.bind(("" if src == "-" else src, int(sport) if sport != "-" else 0))
        s.sendto(name.encode(), (dst, int(dport)))
        waiting[s] = name
    end = time.monotonic() + seconds
    while waiting and time.monotonic() < end:
        for s in select.select(list(waiting), [], [], end - time.monotonic())[0]:
            try:
                s.recv(2048)
            except OSError:
                continue
            print(waiting.pop(s), "answered")
    for name in waiting.values():
        print(name, "silent")


if sys.argv[1] == "listen":
    listen(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
else:
    send(float(sys.argv[2]))
