"""Connections that are kept open and used again, each bound to one origin and dialled through the guard."""

from __future__ import annotations

import http.client
import logging
import threading
from typing import TYPE_CHECKING

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context
from urllib3.util.wait import wait_for_read

if TYPE_CHECKING:
    import io
    import socket
    import ssl
    from collections.abc import Callable

    from spectra.access.guard import Origin
    from spectra.rest.deadline import Watch
    from spectra.rest.dialling import Dialler

_GREATEST_STATUS = 599  # http.client takes anything of three digits
logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # it logs addresses as they are, with what an API put in them


class _HeaderLines:
    """Reads the lines of a header and tells one that breaks off from an end; http.client takes both for the end."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._begun = False

    def readline(self, limit: int = -1) -> bytes:
        """Return a whole line, or one of `limit` bytes; raises where the stream ends before."""
        line = self._stream.readline(limit)
        if not line.endswith(b"\n") and len(line) != limit:
            if line or self._begun:
                raise ConnectionError("the connection ended inside a header")
            raise http.client.RemoteDisconnected("the connection ended before an answer began")
        self._begun = True
        return line

    def close(self) -> None:
        """Close what is read from."""
        self._stream.close()


class StrictResponse(http.client.HTTPResponse):
    """An answer whose status HTTP knows, whose header must be whole and whose chunks have no negative size."""

    def begin(self) -> None:
        """Read status and header."""
        stream = self.fp
        self.fp = _HeaderLines(stream)  # type: ignore[assignment]
        try:
            super().begin()
        finally:
            if self.fp is not None:
                self.fp = stream
        if self.status > _GREATEST_STATUS:
            raise http.client.HTTPException("the status is none of HTTP")

    def _safe_read(self, amt: int) -> bytes:
        if amt < 0:
            raise http.client.HTTPException("a chunk has a negative size")
        return super()._safe_read(amt)  # type: ignore[misc,no-any-return]


class PlainLine(HTTPConnection):
    """A connection over TCP; `dial` connects it."""

    response_class = StrictResponse
    auto_open = 0
    dial: Callable[[], socket.socket]

    def _new_conn(self) -> socket.socket:
        return self.dial()


class TlsLine(HTTPSConnection):
    """A connection over TLS, its certificate always verified against the host asked for; `dial` connects it."""

    response_class = StrictResponse
    auto_open = 0
    dial: Callable[[], socket.socket]

    def _new_conn(self) -> socket.socket:
        return self.dial()


Line = PlainLine | TlsLine


class Lines:
    """Keeps at most `size` idle connections per origin; the one used last is taken first."""

    def __init__(self, dialler: Dialler, size: int, seconds: float) -> None:
        self._dialler = dialler
        self._size = size
        self._seconds = seconds
        self._idle: dict[Origin, list[Line]] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._tls: ssl.SSLContext | None = None

    def idle(self, origin: Origin) -> Line | None:
        """Return a connection that is still open, or None."""
        while True:
            with self._lock:
                waiting = self._idle.get(origin)
                line = waiting.pop() if waiting else None
            if line is None:
                return None
            if line.sock is not None and not wait_for_read(line.sock, timeout=0.0):
                return line
            line.close()

    def open(self, origin: Origin, watch: Watch) -> Line:
        """Return a new connection; raises what kept it from being made."""
        line: Line = self._tls_line(origin) if origin.scheme == "https" else PlainLine(origin.host, origin.port)
        line.timeout = self._seconds
        line.dial = lambda: self._dialler.connect(origin, watch)
        try:
            line.connect()
        except BaseException:
            line.close()
            raise
        return line

    def keep(self, origin: Origin, line: Line) -> None:
        """Take back a connection whose answer was read to its end."""
        with self._lock:
            waiting = self._idle.setdefault(origin, [])
            kept = line.sock is not None and not self._closed and len(waiting) < self._size
            if kept:
                waiting.append(line)
        if not kept:
            line.close()

    def close(self) -> None:
        """Close every idle connection, and from now on every one that comes back."""
        with self._lock:
            self._closed = True
            lines = [line for waiting in self._idle.values() for line in waiting]
            self._idle.clear()
        for line in lines:
            line.close()

    def _tls_line(self, origin: Origin) -> TlsLine:
        with self._lock:
            if self._tls is None:
                self._tls = create_urllib3_context()
                self._tls.load_default_certs()
        return TlsLine(origin.host, origin.port, ssl_context=self._tls, cert_reqs="CERT_REQUIRED")
