"""A proxy on loopback, as a behaviour of FaultyServer: it forwards, tunnels, and asks who is there as told."""

from __future__ import annotations

import http.client
import select
import socket
from base64 import b64encode
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spectra.testing.faulty import answers, header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.testing.faulty import Behaviour, Exchange, Seen

_ENOUGH = 65536
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})
_BETWEEN_US = frozenset({"proxy-authorization", "connection", "host"})


def forwards(leads: Mapping[str, str], credentials: str | None = None) -> Behaviour:
    """Forward what is asked, and tunnel for CONNECT: `with FaultyServer(otherwise=forwards({...})) as proxy: ...`.

    `leads` maps `host:port` to where it really is, as the names of a proxy's own network; what is not among them is
    answered 502. With `credentials`, as `user:password`, everyone else is answered 407.
    """
    wanted = credentials and f"Basic {b64encode(credentials.encode()).decode()}"

    def behave(exchange: Exchange) -> bool:
        seen = exchange.seen
        if wanted and seen.headers.get("proxy-authorization") != wanted:
            return answers(b"who are you", status=407, Proxy_Authenticate='Basic realm="tests"')(exchange)
        asked = seen.target if seen.method == "CONNECT" else urlsplit(seen.target).netloc
        there = leads.get(asked if asked.rpartition(":")[2].isdigit() else f"{asked}:80")
        if there is None:
            return answers(b"no such host here", status=502)(exchange)
        if seen.method == "CONNECT":
            return _tunnel(exchange, there)
        return _forward(exchange, there)

    return behave


def _forward(exchange: Exchange, there: str) -> bool:
    """Ask there what was asked here, and pass on the answer."""
    seen = exchange.seen
    line = http.client.HTTPConnection(there, timeout=10)
    try:
        passed = {name: value for name, value in seen.headers.items() if name not in _BETWEEN_US}
        line.request(seen.method, _path(seen), headers={"Host": urlsplit(seen.target).netloc, **passed})
        answer = line.getresponse()
        body = answer.read()
    finally:
        line.close()
    told: dict[str, str | int] = {name: value for name, value in answer.getheaders() if name.lower() not in _FRAMING}
    exchange.send(header(answer.status, **told, Via="1.1 tests", Content_Length=len(body)) + body)
    return True


def _path(seen: Seen) -> str:
    parts = urlsplit(seen.target)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _tunnel(exchange: Exchange, there: str) -> bool:
    """Pass bytes on in both directions until one side ends."""
    host, _, port = there.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as beyond:
        exchange.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        sides = {beyond: exchange.connection, exchange.connection: beyond}
        with suppress(OSError):
            while not exchange.server.stopping.is_set():
                for side in select.select(list(sides), [], [], 0.1)[0]:
                    piece = side.recv(_ENOUGH)
                    if not piece:
                        return False
                    sides[side].sendall(piece)
    return False
