#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""web.py ADDRESS PORT get PATH | head PATH | code METHOD PATH [HOST] | hostile
web.py metrics FILE       the file holds metrics in Prometheus' text format

A client without manners, for multihomed's HTTP.
"""

import random
import re
import select
import socket
import sys
import time


def connect():
    s = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5)
    return s


def ask(text):
    with connect() as s:
        s.sendall(text)
        answer = b""
        while True:
            got = s.recv(65536)
            if not got:
                return answer
            answer += got


def request(method, path, host="localhost"):
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()


def get(path):
    head, _, body = ask(request("GET", path)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    return body.decode()


def quietly(text, wait=0.0):
    try:
        with connect() as s:
            s.sendall(text)
            s.shutdown(socket.SHUT_WR)
            s.settimeout(wait or 0.2)
            while s.recv(65536):
                pass
    except OSError:
        pass


def hostile():
    random.seed(2)
    for _ in range(200):
        quietly(random.randbytes(random.randrange(1, 400)), 0.01)
    good = request("GET", "/status.json")
    for _ in range(200):  # a good one, broken in some place
        text = bytearray(good)
        for _ in range(random.randrange(1, 4)):
            text[random.randrange(len(text))] = random.randrange(256)
        quietly(bytes(text), 0.01)
    quietly(b"GET /" + b"a" * 1000000 + b" HTTP/1.1\r\n\r\n")
    quietly(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100000 + b"\r\n")
    quietly(b"GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n")
    quietly(b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n")
    quietly(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n" + b"z" * 3000000)
    quietly(good * 500)  # one behind the other
    for _ in range(5):
        flood(good)


def flood(good):
    """Whoever comes after a crowd is served as soon as it is gone."""
    # Slow ones, who say nothing or half of it, and then many; a place is free again in time.
    slow = [connect() for _ in range(30)]
    for i, s in enumerate(slow):
        s.sendall(good[: i % len(good)])
    many = []
    for _ in range(300):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex((sys.argv[1], int(sys.argv[2])))
        many.append(s)
    time.sleep(0.2)
    for s in slow + many:
        s.close()
    # Asks a great deal and reads nothing.
    s = connect()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.setblocking(False)
    try:
        for _ in range(2000):
            s.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    except OSError:
        pass
    for _ in range(50):
        get("/metrics")


def metrics(path):
    kind = {}
    for line in open(path):
        m = re.fullmatch(r"# (HELP|TYPE) ([a-z_]+) (.+)\n", line)
        if m:
            if m[1] == "TYPE":
                assert m[2] not in kind and m[3] in ("gauge", "counter"), line
                kind[m[2]] = m[3]
            continue
        m = re.fullmatch(r'([a-z_]+)(\{([a-z]+="[^"\\\n]*",?)+\})? (-?[0-9.e+-]+)\n', line)
        assert m, line
        assert m[1] in kind, line
        assert (kind[m[1]] == "counter") == m[1].endswith("_total"), line
        float(m[4])
    assert len(kind) > 8


if sys.argv[1] == "metrics":
    metrics(sys.argv[2])
elif sys.argv[3] == "get":
    print(get(sys.argv[4]), end="")
elif sys.argv[3] == "head":
    print(ask(request("HEAD", sys.argv[4])).decode())
elif sys.argv[3] == "code":
    print(ask(request(*sys.argv[4:])).split()[1].decode())
else:
    hostile()
