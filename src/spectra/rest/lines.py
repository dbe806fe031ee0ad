"""Connections that are kept open and used again, each bound to one origin and dialled by its own way."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context
from urllib3.util.wait import wait_for_read

from spectra.rest.failures import CarriedError
from spectra.rest.proxying import PROXY_AUTHENTICATION_REQUIRED, refused
from spectra.rest.strict import StrictResponse

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Mapping

    from urllib3.response import HTTPResponse

    from spectra.access.guard import Origin
    from spectra.access.proxy import Proxy
    from spectra.rest.deadline import Watch
    from spectra.rest.proxying import Ways

logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # it logs addresses as they are, with what an API put in them


class PlainLine(HTTPConnection):
    """A connection over TCP; `dial` connects it."""

    response_class = StrictResponse
    auto_open = 0
    dial: Callable[[], socket.socket]

    def _new_conn(self) -> socket.socket:
        return self.dial()


class ForwardedLine(PlainLine):
    """A connection to a proxy, which is asked for whole URLs of one origin and told its own credentials."""

    def __init__(self, origin: Origin, proxy: Proxy) -> None:
        super().__init__(origin.host, origin.port)
        self._base = f"http://{_authority(origin)}"
        self._proxy = proxy

    def request(  # type: ignore[override]
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], *, preload_content: bool
    ) -> None:
        """Send a request for a path of the origin."""
        told = {**headers, **self._proxy.headers()}
        super().request(method, f"{self._base}{url}", body, told, preload_content=preload_content)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        """Return the answer; raises CarriedError where it is the proxy's own refusal."""
        answer = super().getresponse()
        if answer.status == PROXY_AUTHENTICATION_REQUIRED:
            raise CarriedError(refused(self._proxy, answer.headers.getlist("proxy-authenticate")))
        return answer


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

    def __init__(self, ways: Ways, size: int, seconds: float) -> None:
        self._ways = ways
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
        line = self._line(origin)
        line.timeout = self._seconds
        line.dial = lambda: self._ways.connect(origin, watch)
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

    def _line(self, origin: Origin) -> Line:
        proxy = self._ways.proxy(origin)
        if origin.scheme == "https":
            return self._tls_line(origin)
        return ForwardedLine(origin, proxy) if proxy else PlainLine(origin.host, origin.port)

    def _tls_line(self, origin: Origin) -> TlsLine:
        with self._lock:
            if self._tls is None:
                self._tls = create_urllib3_context()
                self._tls.load_default_certs()
        return TlsLine(origin.host, origin.port, ssl_context=self._tls, cert_reqs="CERT_REQUIRED")


def _authority(origin: Origin) -> str:
    """Return host and port as a Host header has them: without the port that goes without saying."""
    return str(origin).partition("://")[2].removesuffix(":80")
