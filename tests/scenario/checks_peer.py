#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Those whom checks ask, good and bad, without anything of multihome's.

checks_peer.py READY CERT serves, and touches READY when all is open:
    TCP, any address      7001 accepts; 7002 accepts and never closes; nobody is at 7003
    HTTP, port 80         the path says how it answers, see PAGES below; the same over TLS at 443
    DNS, port 53          203.0.113.N, 2001:db8:ff::N: N says how it answers, see DNS below
"""
import socket
import ssl
import struct
import sys
import threading
import time

GOOD = bytes([203, 0, 113, 9])
GOOD6 = socket.inet_pton(socket.AF_INET6, "2001:db8:ff::9")


def listen(port, backlog=1024):
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("::", port))
    s.listen(backlog)
    return s


def accept_all(s, keep):
    kept = []
    while True:
        conn, _ = s.accept()
        if keep:
            kept = kept[-200:] + [conn]
        else:
            conn.close()


def header(query, rcode=0, answers=0, ident=None):
    ident = query[:2] if ident is None else ident
    return ident + bytes([0x81, 0x80 | rcode, 0, 1, 0, answers, 0, 0, 0, 0])


def question(query):
    return query[12:]


def record(query, good4=GOOD):
    kind = struct.unpack(">H", query[-4:-2])[0]
    data = good4 if kind == 1 else GOOD6
    return b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data


def good(q):
    return header(q, answers=1) + question(q) + record(q)


def moving(q):
    """The address is as the file READY.address says."""
    with open(sys.argv[1] + ".address") as f:
        return header(q, answers=1) + question(q) + record(q, socket.inet_aton(f.read().strip()))


def wrong_id(q):
    return header(q, answers=1, ident=bytes([q[0] ^ 1, q[1]])) + question(q) + record(q)


def other_question(q):
    return header(q, answers=1) + b"\x05other" + question(q)[6:] + record(q)


DNS = {
    3: lambda q: [good(q)],
    4: lambda q: [wrong_id(q)],
    5: lambda q: [good(q)[:-3]],
    6: lambda q: [header(q, 2) + question(q)],
    7: lambda q: [header(q, 3) + question(q)],
    8: lambda q: [header(q) + question(q)],
    9: lambda q: [b"\xff" * 40, q, other_question(q), b""],
    10: lambda q: [good(q) + bytes(6000)],
    11: "late",
    12: lambda q: [wrong_id(q), b"?", good(q), good(q)],
    13: "slow",
    14: lambda q: [moving(q)],
}


def serve_dns(s, how):
    while True:
        q, peer = s.recvfrom(600)
        if how in ("late", "slow"):
            delay = 2 if how == "late" else 0.08
            threading.Timer(delay, lambda q=q, p=peer: s.sendto(good(q), p)).start()
            continue
        for answer in how(q):
            s.sendto(answer, peer)


def page(status, body, *more):
    head = "".join(line + "\r\n" for line in (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *more))
    return [head.encode() + b"\r\n" + body]


def forever(first, then, wait=0):
    yield first
    while True:
        yield then
        time.sleep(wait)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = b"1000\r\n" + bytes(4096) + b"\r\n"
PAGES = {
    "/good": lambda: page("200 OK", b"all is well: Microsoft NCSI, says the server"),
    "/slow": lambda: [time.sleep(0.4) or b""] + page("200 OK", b"at last"),
    "/204": lambda: page("204 No Content", b""),
    "/continued": lambda: [b"HTTP/1.1 100 Continue\r\n\r\n"] + page("200 OK", b"well"),
    "/late-text": lambda: [CHUNKED] + [CHUNK] * 10 + [b"e\r\nMicrosoft NCSI\r\n"] + [CHUNK] * 1000,
    "/redirect": lambda: page("302 Found", b"", "Location: http://203.0.113.2/good"),
    "/portal": lambda: page("200 OK", b"please pay here"),
    "/500": lambda: page("500 Oh", b"Microsoft NCSI"),
    "/endless": lambda: forever(CHUNKED, CHUNK),
    "/endless-head": lambda: forever(b"HTTP/1.1 200 OK\r\n", b"X-Y: " + b"z" * 900 + b"\r\n"),
    "/slow-head": lambda: forever(b"HTTP/1.1 200 OK\r\n", b"X", 0.1),
    "/hang": lambda: forever(b"", b"", 1),
    "/no-http": lambda: [b"hello\r\n"],
    "/rubbish": lambda: [bytes(range(256)) * 40],
    "/cut": lambda: [b"HTTP/1.1 200 OK\r\nContent-Le"],
    "/close": lambda: [],
}


def serve_page(conn, context):
    try:
        conn.settimeout(5)
        if context:
            conn = context.wrap_socket(conn, server_side=True)
        path = conn.recv(4096).split(b" ")[1].decode()
        for part in PAGES[path]():
            conn.sendall(part)
    except (OSError, LookupError):
        pass
    finally:
        conn.close()


def serve_pages(s, context):
    while True:
        conn, _ = s.accept()
        start(serve_page, conn, context)


def start(fn, *args):
    threading.Thread(target=fn, args=args, daemon=True).start()


def main():
    start(accept_all, listen(7001), False)
    start(accept_all, listen(7002), True)
    start(serve_pages, listen(80), None)
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2])
        start(serve_pages, listen(443), context)
    for n, how in DNS.items():
        for family, addr in ((socket.AF_INET, f"203.0.113.{n}"), (socket.AF_INET6, f"2001:db8:ff::{n}")):
            s = socket.socket(family, socket.SOCK_DGRAM)
            s.bind((addr, 53))
            start(serve_dns, s, how)
    open(sys.argv[1], "w").close()
    while True:
        time.sleep(1000)


main()
