"""Proxies: which one the environment names for an origin, and which hosts do without, decided on values alone."""

from __future__ import annotations

import ipaddress
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from spectra.access.guard import read_origin
from spectra.errors import InvalidUrlError, ProxyUnusableError

if TYPE_CHECKING:
    from spectra.access.guard import Origin

Find = Callable[[str], str | None]
"""Looks a variable up: its value, or None."""

_VARIABLES = {
    "http": ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"),
    "https": ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
}
_EXCEPTIONS = ("no_proxy", "NO_PROXY")
_SET_BY_A_CALLER = "HTTP_PROXY"  # a web server gives a `Proxy:` header of its caller to a CGI program by this name
_OTHER_SCHEMES = frozenset({"https", "socks", "socks4", "socks4a", "socks5", "socks5h"})
_USER_INFO = re.compile(r"[^/?#]*@")


@dataclass(frozen=True, slots=True)
class ProxySecret:
    """What a redactor has to know of a proxy; shown in no repr."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy: where it listens, which variable names it, and the user and password it asks for."""

    origin: Origin
    variable: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.origin} ({self.variable})"

    @property
    def has_credentials(self) -> bool:
        """Whether the variable holds a user or a password."""
        return bool(self.user or self.password)

    def headers(self) -> dict[str, str]:
        """Return what the proxy alone is told: nothing, or the credentials as Basic asks."""
        if not self.has_credentials:
            return {}
        coded = b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"Proxy-Authorization": f"Basic {coded}"}


@dataclass(frozen=True, slots=True)
class NoProxy:
    """What a variable names in the place of a proxy, and why it is none; nothing of its value is kept."""

    variable: str
    why: str

    def error(self) -> ProxyUnusableError:
        """Return the error to be raised once a proxy is needed here."""
        message = f"{self.variable} names no proxy that can be used: {self.why}"
        return ProxyUnusableError(message, place=self.variable)


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies in force, by the scheme of what is asked, and the hosts that are asked without; none by default."""

    by_scheme: Mapping[str, Proxy | NoProxy] = field(default_factory=dict)
    exceptions: tuple[str, ...] = ()

    def of(self, origin: Origin) -> Proxy | None:
        """Return the proxy that leads to an origin, None where there is none; raises ProxyUnusableError."""
        proxy = self.by_scheme.get(origin.scheme)
        if proxy is None or any(_covers(each, origin) for each in self.exceptions):
            return None
        if isinstance(proxy, NoProxy):
            raise proxy.error()
        return proxy

    def known(self) -> tuple[ProxySecret, ...]:
        """Return the passwords, alone and with their user, so that none of them leaves by another way.

        A user without a password is taken for one: some proxies are given a token that way.
        """
        usable = (proxy for proxy in self.by_scheme.values() if isinstance(proxy, Proxy) and proxy.has_credentials)
        texts = {text for proxy in usable for text in (proxy.password or proxy.user, f"{proxy.user}:{proxy.password}")}
        return tuple(ProxySecret(text) for text in sorted(texts))


DIRECT = Proxies()
"""No proxy for anything."""


def proxies_in(*sources: Find) -> Proxies:
    """Return the proxies that variables name; of several sources the first with an answer counts, as curl reads them.

    Lower case goes before upper case, an empty variable is none, and HTTP_PROXY in upper case is not read where
    REQUEST_METHOD is set. The exceptions of all sources are added up.
    """
    by_a_caller = any(find("REQUEST_METHOD") for find in sources)
    skipped = {_SET_BY_A_CALLER} if by_a_caller else set()
    by_scheme = {}
    for scheme, names in _VARIABLES.items():
        found = _first(sources, [name for name in names if name not in skipped])
        if found:
            by_scheme[scheme] = _read(*found)
    listed = [_first([find], _EXCEPTIONS) for find in sources]
    exceptions = [word.lower() for each in listed if each for word in re.split(r"[,\s]+", each[1]) if word]
    return Proxies(by_scheme, tuple(dict.fromkeys(exceptions)))


def _first(sources: tuple[Find, ...] | list[Find], names: list[str] | tuple[str, ...]) -> tuple[str, str] | None:
    """Return the first variable that is set, as name and value."""
    looked_up = ((name, (find(name) or "").strip()) for find in sources for name in names)
    return next(((name, value) for name, value in looked_up if value), None)


def _read(variable: str, text: str) -> Proxy | NoProxy:
    """Read a proxy's address; what is wrong with it is said without repeating any of it."""
    scheme, found, rest = text.partition("://")
    if not found:
        scheme, rest = "http", text
    if scheme.lower() != "http":
        named = scheme.lower() if scheme.lower() in _OTHER_SCHEMES else "unknown"
        return NoProxy(variable, f"its scheme is {named}; http is spoken to a proxy, whatever is asked through it")
    credentials = _USER_INFO.match(rest)
    address = rest[credentials.end() :] if credentials else rest
    if "@" in address:
        return NoProxy(variable, "its user or password holds a character that must be percent-encoded")
    try:
        origin = read_origin(f"http://{address.rstrip('/')}")
    except InvalidUrlError:
        return NoProxy(variable, "it is not http://HOST:PORT")
    user, _, password = (credentials[0][:-1] if credentials else "").partition(":")
    return Proxy(origin, variable, unquote(user), unquote(password))


def _covers(exception: str, origin: Origin) -> bool:
    """Return whether an entry of NO_PROXY speaks of an origin: a host, its suffix, an address, a network, or `*`."""
    if exception == "*":
        return True
    name, port = _parted(exception)
    if port and port != str(origin.port):
        return False
    address, network = _address(origin.host), _network(name)
    if address is not None or network is not None:
        return address is not None and network is not None and address in network
    domain = name.removeprefix("*").strip(".")
    host = origin.host.rstrip(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _parted(exception: str) -> tuple[str, str]:
    """Return host and port of `host:port`, `[::1]:port`, or of an entry without port."""
    host, colon, port = exception.rpartition(":")
    if colon and (host.endswith("]") or ":" not in host):
        return host.strip("[]"), port
    return exception.strip("[]"), ""


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
