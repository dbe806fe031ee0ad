"""How far one gets towards an origin, step by step: its name, its addresses, its certificate; no request is sent."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spectra.access.proxy import DIRECT
from spectra.errors import ConnectionLostError, DnsError, SpectraError
from spectra.rest.certificate import Certificate, certificate_of
from spectra.rest.deadline import Watch, Watchdog
from spectra.rest.dialling import Dialler, Resolution, connected_to
from spectra.rest.failures import FORESEEN, connect_failure
from spectra.rest.lines import Lines
from spectra.rest.proxying import Ways

if TYPE_CHECKING:
    from collections.abc import Callable

    from spectra.access.guard import Origin, UrlGuard
    from spectra.access.proxy import Proxies, Proxy
    from spectra.rest.dialling import Address, Resolve


@dataclass(frozen=True, slots=True)
class Tried:
    """One address, how long trying it took, and why it is not asked or did not answer."""

    address: str
    milliseconds: float = 0.0
    error: SpectraError | None = None


@dataclass(frozen=True, slots=True)
class Handshake:
    """What TLS came to: its version, the certificate as shown, and why it was not accepted."""

    version: str | None = None
    certificate: Certificate | None = None
    error: SpectraError | None = None


class Reaching:
    """Goes the way of a request towards the guard's origin, by the rules of the Dialler, and stops before sending.

    `resolve` is a seam for tests.
    """

    def __init__(
        self,
        guard: UrlGuard,
        connect_seconds: float,
        *,
        proxies: Proxies = DIRECT,
        resolve: Resolve = socket.getaddrinfo,
    ) -> None:
        self._guard = guard
        self._seconds = connect_seconds
        self._resolve = resolve
        self._proxies = proxies
        self._addresses: list[Address] = []

    @property
    def origin(self) -> Origin:
        """Where the way leads."""
        return self._guard.origin

    def proxy(self) -> Proxy | None:
        """Return the proxy that leads to the origin, None where there is none; raises ProxyUnusableError."""
        return self._proxies.of(self.origin)

    def look_up(self) -> tuple[Tried, ...]:
        """Resolve the name and return each address, with the guard's refusal where there is one; raises DnsError."""
        host = self.origin.host
        resolution = Resolution(self.origin, self._resolve)
        if not resolution.done.wait(self._seconds):
            raise DnsError(f"{host} was not resolved within {self._seconds:g} s")
        if not resolution.addresses:
            raise DnsError(f"{host}: {resolution.reason or 'no address'}")
        self._addresses = list(resolution.addresses)
        return tuple(Tried(address[0], error=self._refusal(address[0])) for _, address in self._addresses)

    def _refusal(self, ip: str) -> SpectraError | None:
        try:
            self._guard.check_address(ip)
        except SpectraError as error:
            return error
        return None

    def connect(self) -> tuple[Tried, ...]:
        """Try each address that was found, all of them within the seconds of one connection."""
        ends_at = time.monotonic() + self._seconds
        tried = []
        for place, address in enumerate(self._addresses):
            share = max(0.001, (ends_at - time.monotonic()) / (len(self._addresses) - place))
            began = time.monotonic()
            made = connected_to(address, share, Watch(began + share, threading.Event()))
            took = (time.monotonic() - began) * 1000
            failed = made if isinstance(made, SpectraError) else None
            if isinstance(made, socket.socket):
                made.close()
            tried.append(Tried(address[1][0], took, failed))
        return tuple(tried)

    def connect_to(self, proxy: Proxy) -> Tried:
        """Try a proxy, whose address is taken as the environment gives it."""
        began = time.monotonic()

        def connected(watch: Watch) -> Handshake:
            self._dialler().unguarded().connect(proxy.origin, watch).close()
            return Handshake()

        error = _within(self._seconds, connected).error
        return Tried(str(proxy), (time.monotonic() - began) * 1000, error)

    def _dialler(self) -> Dialler:
        return Dialler(self._guard.check_address, self._seconds, self._resolve)

    def shake_hands(self, total_seconds: float) -> Handshake:
        """Agree on TLS as a request would, the certificate verified, and let go."""
        lines = Lines(Ways(self._dialler(), self._proxies), 1, total_seconds)

        def verified(watch: Watch) -> Handshake:
            line = lines.open(self.origin, watch)
            try:
                secured = line.sock
                if not isinstance(secured, ssl.SSLSocket):
                    raise ConnectionLostError("the connection is not one of TLS")
                return Handshake(secured.version(), certificate_of(secured.getpeercert(binary_form=True) or b""))
            finally:
                line.close()

        done = _within(total_seconds, verified)
        if done.error is None:
            return done
        return Handshake(certificate=_within(total_seconds, self._shown).certificate, error=done.error)

    def _shown(self, watch: Watch) -> Handshake:
        """Look at the certificate of whoever answers, trusted or not: nothing is sent over this connection."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        plain = Ways(self._dialler(), self._proxies).connect(self.origin, watch)
        with context.wrap_socket(plain, server_hostname=self.origin.host) as secured:
            return Handshake(secured.version(), certificate_of(secured.getpeercert(binary_form=True) or b""))


def _within(seconds: float, work: Callable[[Watch], Handshake]) -> Handshake:
    """Do what a watch may end, and return what kept it from being done as its error."""
    watchdog = Watchdog()
    try:
        with watchdog.watch(seconds, threading.Event()) as watch:
            return work(watch)
    except (SpectraError, *FORESEEN) as error:
        return Handshake(error=connect_failure(error))
    finally:
        watchdog.close()
