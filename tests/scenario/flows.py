#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Flows for the scenario tests, without anything of multihome's.

flows.py serve PORT READY     TCP accepts (and says one byte), UDP echoes; touches READY first
flows.py tcp|udp N [bind ADDR] PORT DEST...
                              N flows, one after the other destination, each from a fresh port;
                              prints how many were answered
flows.py hold PORT SRC READY DEST...
                              a UDP flow that the kernel gives the source SRC, of its own choice;
                              touches READY, and at SIGUSR1 asks again; succeeds if both are answered
"""
import selectors
import signal
import socket
import sys


def family(addr):
    return socket.AF_INET6 if ":" in addr else socket.AF_INET


def serve(port, ready):
    # An unbound UDP server would answer from an address of the route's choice: one socket each.
    sel = selectors.DefaultSelector()
    tcp = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind(("::", port))
    tcp.listen(4096)
    sel.register(tcp, selectors.EVENT_READ, "tcp")
    for addr in sys.argv[4:]:
        udp = socket.socket(family(addr), socket.SOCK_DGRAM)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        udp.bind((addr, port))
        sel.register(udp, selectors.EVENT_READ, "udp")
    open(ready, "w").close()
    while True:
        for key, _ in sel.select():
            if key.data == "tcp":
                conn, _ = tcp.accept()
                conn.send(b"!")
                conn.close()
            else:
                data, peer = key.fileobj.recvfrom(100)
                key.fileobj.sendto(data, peer)


def one(kind, bind, dest, port):
    with socket.socket(family(dest), kind) as s:
        s.settimeout(2)
        if bind:
            s.bind((bind, 0))
        try:
            s.connect((dest, port))
            if kind == socket.SOCK_DGRAM:
                s.send(b"?")
            return bool(s.recv(10))
        except OSError:
            return False


def hold(port, source, ready, dests):
    for n in range(1000):
        s = socket.socket(family(dests[0]), socket.SOCK_DGRAM)
        s.settimeout(2)
        s.connect((dests[n % len(dests)], port))
        if s.getsockname()[0] == source:
            break
    else:
        sys.exit("the kernel does not choose " + source)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    s.send(b"?")
    s.recv(10)
    open(ready, "w").close()
    signal.sigwait([signal.SIGUSR1])
    s.send(b"?")
    s.recv(10)


def main():
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]), sys.argv[3])
    if sys.argv[1] == "hold":
        hold(int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5:])
        return
    kind = socket.SOCK_STREAM if sys.argv[1] == "tcp" else socket.SOCK_DGRAM
    count, rest = int(sys.argv[2]), sys.argv[3:]
    bind = None
    if rest[0] == "bind":
        bind, rest = rest[1], rest[2:]
    port, dests = int(rest[0]), rest[1:]
    print(sum(one(kind, bind, dests[i % len(dests)], port) for i in range(count)))


main()
