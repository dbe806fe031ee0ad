"""FaultyServer: a raw-socket HTTP server on loopback that misbehaves as told, and counts what it was asked."""

from __future__ import annotations

import itertools
import socket
import struct
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

_MEBIBYTE = 1 << 20
_CLOSE_AT_ONCE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it arrived: header names lower-case, `at` on the monotonic clock, `reused` on a kept connection."""

    method: str
    target: str
    headers: Mapping[str, str]
    at: float
    reused: bool

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


@dataclass(slots=True)
class Exchange:
    """One request being answered: what was seen, how many came to this path before, and the means to answer."""

    seen: Seen
    before: int
    server: FaultyServer
    connection: socket.socket

    def send(self, data: bytes) -> None:
        """Send bytes; raises OSError where the caller is gone."""
        self.connection.sendall(data)
        self.server.bytes_sent += len(data)

    def wait(self, seconds: float) -> bool:
        """Wait, and return whether the server still runs."""
        return not self.server.stopping.wait(seconds)

    def reset(self) -> None:
        """Break the connection off with RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _CLOSE_AT_ONCE)


Behaviour = Callable[[Exchange], bool]
"""Answers one request; returns whether the connection is kept."""


@dataclass(slots=True)
class FaultyServer:
    """Serves until left: `with FaultyServer({"/a": answers(b"[]")}) as server: ... server.url, server.count("/a")`.

    `behaviours` maps paths to what happens there; `otherwise` is for all other paths. With `tls` it speaks https;
    `port` 0 takes a free one.
    """

    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)
    otherwise: Behaviour | None = None
    tls: ssl.SSLContext | None = None
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    bytes_sent: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)
    _listener: socket.socket = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def host(self) -> str:
        """Where it listens: `127.0.0.1:PORT`."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def url(self) -> str:
        """Where it listens, with scheme."""
        return f"{'https' if self.tls else 'http'}://{self.host}"

    def count(self, path: str | None = None) -> int:
        """Return how often a path was asked, or how often anything was."""
        with self._lock:
            return Counter(seen.path for seen in self.seen)[path] if path else len(self.seen)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            connection.settimeout(30)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            reused = False
            while not self.stopping.is_set() and self._answer_one(connection, reused=reused):
                reused = True
        connection.close()

    def _answer_one(self, connection: socket.socket, *, reused: bool) -> bool:
        head = self._head(connection)
        if head is None:
            return False
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        seen = Seen(method, target, headers, time.monotonic(), reused)
        with self._lock:
            before = sum(1 for earlier in self.seen if earlier.path == seen.path)
            self.seen.append(seen)
        behave = self.behaviours.get(seen.path) or self.otherwise or answers(b"", status=404)
        return behave(Exchange(seen, before, self, connection))

    def _head(self, connection: socket.socket) -> bytes | None:
        connection.settimeout(0.2)
        data, missing = b"", 1
        while missing > 0:
            try:
                piece = connection.recv(65536)
            except TimeoutError:
                if self.stopping.is_set():
                    return None
                continue
            if not piece:
                return None
            data += piece
            head, end, body = data.partition(b"\r\n\r\n")
            missing = _announced(head) - len(body) if end else 1
        connection.settimeout(30)
        return head


def _announced(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


def header(status: int = 200, **headers: str | int) -> bytes:
    """Return a status line and header; underscores in names stand for hyphens."""
    lines = [f"HTTP/1.1 {status} Told", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def answers(body: bytes = b"[]", *, status: int = 200, seconds: float = 0.0, **headers: str) -> Behaviour:
    """Answer properly, after some seconds, and keep the connection; JSON unless Content_Type says otherwise."""

    def behave(exchange: Exchange) -> bool:
        if seconds and not exchange.wait(seconds):
            return False
        shown: dict[str, str | int] = {"Content_Type": "application/json", "Content_Length": len(body), **headers}
        exchange.send(header(status, **shown) + (b"" if exchange.seen.method == "HEAD" else body))
        return True

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Behave differently at each request to the path; the last behaviour stays."""
    return lambda exchange: behaviours[min(exchange.before, len(behaviours) - 1)](exchange)


def raw(*pieces: bytes, seconds: float = 0.0) -> Behaviour:
    """Send pieces as they are, with seconds between them, and close."""

    def behave(exchange: Exchange) -> bool:
        for piece in pieces:
            exchange.send(piece)
            if seconds and not exchange.wait(seconds):
                break
        return False

    return behave


def resets(sent: bytes = b"") -> Behaviour:
    """Send something, then break off with RST."""

    def behave(exchange: Exchange) -> bool:
        exchange.send(sent)
        exchange.wait(0.05)
        exchange.reset()
        return False

    return behave


def drips(whole: bytes, data: bytes, seconds: float = 0.05) -> Behaviour:
    """Send `whole` at once, then `data` over and over, a byte at a time, until the caller is gone."""

    def behave(exchange: Exchange) -> bool:
        exchange.send(whole)
        for byte in itertools.cycle(data):
            if not exchange.wait(seconds):
                break
            exchange.send(bytes([byte]))
        return False

    return behave


def redirects(to: str, status: int = 302) -> Behaviour:
    """Redirect."""
    return answers(b"", status=status, Location=to)


def hangs_up_when_reused(otherwise: Behaviour) -> Behaviour:
    """Take the second request of a kept connection and close without an answer."""
    return lambda exchange: False if exchange.seen.reused else otherwise(exchange)


def gzip_bomb(megabytes: int) -> Behaviour:
    """Send that many MiB of blanks, compressed and chunked, for as long as someone reads."""

    def behave(exchange: Exchange) -> bool:
        exchange.send(header(Content_Type="application/json", Content_Encoding="gzip", Transfer_Encoding="chunked"))
        squeezer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        for _ in range(megabytes):
            piece = squeezer.compress(b" " * _MEBIBYTE)
            if piece:
                exchange.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        piece = squeezer.flush()
        exchange.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(piece), piece))
        return True

    return behave
