"""The way to an origin: straight, or through the proxy that the environment names for it."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from spectra.errors import (
    ConnectionRefusedBySourceError,
    ConnectTimeoutError,
    DnsError,
    ProxyConnectFailedError,
    ProxyConnectRefusedError,
    ProxyRefusedError,
    ProxyUnreachableError,
)
from spectra.rest.failures import FORESEEN
from spectra.rest.strict import StrictResponse

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

    from spectra.access.guard import Origin
    from spectra.access.proxy import Proxies, Proxy
    from spectra.errors import SpectraError
    from spectra.rest.deadline import Watch
    from spectra.rest.dialling import Dialler

PROXY_AUTHENTICATION_REQUIRED = 407
_WAY_IS_OPEN = range(200, 300)
_OWN_FAULT = range(500, 600)
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z-]{0,30})")


class Ways:
    """Connects to origins, each by its own way.

    A proxy resolves the names of what it is asked for, so only an address that stands in the URL itself is checked
    here. The proxy's own address is taken as the environment gives it.
    """

    def __init__(self, dialler: Dialler, proxies: Proxies) -> None:
        self._straight = dialler
        self._to_proxies = dialler.unguarded()
        self._proxies = proxies

    def proxy(self, origin: Origin) -> Proxy | None:
        """Return the proxy that leads to an origin, None where there is none; raises ProxyUnusableError."""
        return self._proxies.of(origin)

    def connect(self, origin: Origin, watch: Watch) -> socket.socket:
        """Return a socket that leads to the origin, or for http to its proxy; raises what kept it from being made."""
        proxy = self.proxy(origin)
        if proxy is None:
            return self._straight.connect(origin, watch)
        if _is_address(origin.host):
            self._straight.check(origin.host)
        try:
            made = self._to_proxies.connect(proxy.origin, watch)
        except (DnsError, ConnectTimeoutError, ConnectionRefusedBySourceError) as error:
            raise ProxyUnreachableError(f"{proxy}: {error.message}", cause=error.code) from None
        if origin.scheme == "https":
            _tunnel(made, origin, proxy)
        return made


def refused(proxy: Proxy, ways: Iterable[str]) -> ProxyRefusedError:
    """Return what a 407 of a proxy means; `ways` are its Proxy-Authenticate headers."""
    offers = [found[1] for way in ways if (found := _SCHEME.match(way))]
    said = "did not accept the user and password it names" if proxy.has_credentials else "asks for a user and password"
    offered = f"; it offers {', '.join(dict.fromkeys(offers))}" if offers else ""
    return ProxyRefusedError(f"{proxy} {said}{offered}")


def _tunnel(made: socket.socket, origin: Origin, proxy: Proxy) -> None:
    """Have the proxy connect a socket with the origin; close it and raise where it does not."""
    try:
        failure = _asked(made, origin, proxy)
    except TimeoutError:
        failure = ConnectTimeoutError(f"{proxy} did not answer CONNECT in time")
    except FORESEEN:
        failure = ProxyConnectFailedError(f"{proxy} broke off, or answered CONNECT with something that is no HTTP")
    if failure is not None:
        made.close()
        raise failure


def _asked(made: socket.socket, origin: Origin, proxy: Proxy) -> SpectraError | None:
    """Ask for the origin and return what was answered instead of a yes."""
    address = str(origin).partition("://")[2]
    lines = [f"{name}: {value}" for name, value in {"Host": address, **proxy.headers()}.items()]
    made.sendall("\r\n".join([f"CONNECT {address} HTTP/1.1", *lines, "", ""]).encode("ascii"))
    answer = StrictResponse(made, method="CONNECT")
    try:
        answer.begin()
    finally:
        answer.close()
    if answer.status in _WAY_IS_OPEN:
        return None
    if answer.status == PROXY_AUTHENTICATION_REQUIRED:
        return refused(proxy, answer.msg.get_all("proxy-authenticate", []))
    kind = ProxyConnectFailedError if answer.status in _OWN_FAULT else ProxyConnectRefusedError
    return kind(f"{proxy} answered {answer.status} to CONNECT {address}", http_status=str(answer.status))


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False
