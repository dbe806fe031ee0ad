"""The one gate for addresses: decides, before any byte is sent, whether a URL or an IP address may be asked."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from spectra.errors import BlockedAddressError, ForeignHostError, InvalidUrlError

_PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\\ud800-\udfff]")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?")
_BRACKETED = re.compile(r"\[[0-9a-fA-F:.]+\](?::[0-9]*)?")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_DECODINGS = 3
_IPV4_BITS = (1 << 32) - 1

_BLOCKED = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"),
        *("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32"),
        *("::/128", "100::/64", "fe80::/10", "fec0::/10", "ff00::/8", "fd00:ec2::254/128", "fd20:ce::254/128"),
    )
)
_IPV4_AT_END = tuple(
    ipaddress.IPv6Network(text) for text in ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
)
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_LOWEST_COMPATIBLE = 1 << 24


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host (IDNA, lower-case, IPv6 without brackets) and port: what credentials are bound to."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Target:
    """A URL as it will be used: where to connect, and the path with query to ask for."""

    origin: Origin
    path: str


class UrlGuard:
    """Lets through the source's own origin and the hosts it allows, written as `host` or `host:port`.

    A host without port means the default port of the scheme. Of a source on https nothing is asked by http. The
    hosts let through may be on loopback or a private network, because the definition names them; link-local,
    metadata and reserved addresses are refused whatever name leads to them.
    """

    def __init__(self, base_url: str, allowed_hosts: tuple[str, ...] = ()) -> None:
        base = _parsed(base_url)
        self.base_url = base_url.rstrip("/")
        self.origin = _origin(base.scheme, base.netloc)
        self._base_path = base.path.rstrip("/")
        self._allowed = frozenset(host.lower() for host in allowed_hosts)
        _refuse_climbing(base.path, "/", base_url)

    def check(self, url: str) -> None:
        """Raise InvalidUrlError or ForeignHostError for a URL that must not be asked."""
        self.target(url)

    def target(self, url: str) -> Target:
        """Return where a URL leads, read once and used as read; raises as `check` does."""
        parts = _parsed(url)
        origin = _origin(parts.scheme, parts.netloc)
        if origin != self.origin and not self._allows(origin):
            raise ForeignHostError(f"{origin} is not {self.origin}", found=str(origin), expected=str(self.origin))
        _refuse_climbing(parts.path, self._base_path if origin == self.origin else "/", url)
        path = quote(parts.path or "/", safe=_PRINTABLE)
        query = quote(parts.query, safe=_PRINTABLE)
        return Target(origin, f"{path}?{query}" if query else path)

    def resolve(self, url: str, reference: str) -> str:
        """Return the absolute URL that a link or a Location header on the page at `url` means, checked."""
        _refuse_unsafe(reference)
        parts = _split(reference)
        if not parts.netloc and (parts.scheme or reference.startswith("//")):
            raise InvalidUrlError("a link with a scheme or `//` names a host", found=ascii(reference))
        if not parts.scheme and not parts.netloc and not parts.path.startswith("/"):
            folder = urlsplit(url).path.rpartition("/")[0]
            _refuse_climbing(f"{folder}/{parts.path}", self._base_path, reference)
        elif not parts.netloc or _names_origin(reference, self.origin):
            _refuse_climbing(parts.path, self._base_path, reference)
        absolute = urljoin(url, reference).partition("#")[0]
        self.check(absolute)
        return absolute

    def carries_credentials(self, url: str) -> bool:
        """Return whether credentials may go with a request to `url`: to the source's own origin only."""
        try:
            parts = _parsed(url)
            return _origin(parts.scheme, parts.netloc) == self.origin
        except InvalidUrlError:
            return False

    def check_address(self, ip: str) -> None:
        """Raise BlockedAddressError for an IP address that is never asked, in whatever form it is wrapped."""
        try:
            address = ipaddress.ip_address(ip.partition("%")[0])
        except ValueError:
            raise BlockedAddressError(f"{ip!r} is not an IP address", found=ip) from None
        inner = _unwrapped(address) if isinstance(address, ipaddress.IPv6Address) else address
        if any(one in network for network in _BLOCKED for one in (address, inner) if one.version == network.version):
            raise BlockedAddressError(f"{ip} is link-local, metadata or reserved", found=ip)

    def _allows(self, origin: Origin) -> bool:
        if self.origin.scheme == "https" and origin.scheme != "https":
            return False
        host = f"[{origin.host}]" if ":" in origin.host else origin.host
        named = {f"{host}:{origin.port}"} | ({host} if origin.port == _PORTS[origin.scheme] else set())
        return not named.isdisjoint(self._allowed)


def read_origin(url: str) -> Origin:
    """Return the origin of an absolute URL without user name; raises InvalidUrlError."""
    parts = _parsed(url)
    return _origin(parts.scheme, parts.netloc)


def _names_origin(url: str, origin: Origin) -> bool:
    parts = _parsed(f"{origin.scheme}:{url}" if url.startswith("//") else url)
    return _origin(parts.scheme, parts.netloc) == origin


def _refuse_unsafe(text: str) -> None:
    if _UNSAFE.search(text):
        raise InvalidUrlError("a URL holds a backslash, blank, control or broken character", found=ascii(text))


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        raise InvalidUrlError("a URL cannot be read", found=ascii(text)) from None


def _parsed(url: str) -> SplitResult:
    _refuse_unsafe(url)
    parts = _split(url)
    if parts.scheme not in _PORTS or not parts.netloc:
        raise InvalidUrlError("a URL starts with http:// or https:// and a host", found=ascii(url))
    if "@" in parts.netloc:
        raise InvalidUrlError("a URL holds a user name before its host")
    return parts


@lru_cache(maxsize=256)
def _origin(scheme: str, netloc: str) -> Origin:
    parts = SplitResult(scheme, netloc, "", "", "")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise InvalidUrlError("a URL's port is not a number from 1 to 65535", found=ascii(netloc))
    return Origin(scheme, _host(parts), port or _PORTS[scheme])


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        if "[" in parts.netloc:
            return str(ipaddress.IPv6Address(host)) if _BRACKETED.fullmatch(parts.netloc) else _refused_host(host)
        name = host if host.isascii() else _idna(host)
        if _NUMERIC_LABEL.fullmatch(name.rstrip(".").rpartition(".")[2]):
            return str(ipaddress.IPv4Address(name))
    except ValueError:
        return _refused_host(host)
    return name if _HOST.fullmatch(name) and ".." not in name else _refused_host(host)


def _idna(host: str) -> str:
    """Return the ASCII form of a host; ValueError where it does not lead back to the same text, as look-alikes do."""
    name = host.encode("idna").decode("ascii")
    if name.encode("ascii").decode("idna") != host:
        raise ValueError(host)
    return name


def _refused_host(host: str) -> str:
    raise InvalidUrlError("a URL's host is no plain name and no plain IP address", found=ascii(host))


def _refuse_climbing(path: str, base_path: str, url: str) -> None:
    """Refuse a path whose `..` segments, encoded or not, lead out of the base path."""
    decoded = path
    for _ in range(_DECODINGS):
        decoded = unquote(decoded, errors="replace")
    if ".." not in decoded:
        return
    kept: list[str] = []
    wanted = [part for part in base_path.split("/") if part]
    entered = False
    for part in (segment.partition(";")[0] for segment in re.split(r"[/\\]+", decoded)):
        if part == ".." and not kept:
            raise InvalidUrlError("a URL's `..` segments lead out of the path of base_url", found=ascii(url))
        if part == "..":
            kept.pop()
        elif part not in {"", "."}:
            kept.append(part)
        inside = kept[: len(wanted)] == wanted
        if entered and not inside:
            raise InvalidUrlError("a URL's `..` segments lead out of the path of base_url", found=ascii(url))
        entered = entered or inside


def _unwrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address inside a mapped, translated, 6to4, Teredo, NAT64 or compatible address."""
    if any(address in network for network in _IPV4_AT_END):
        return ipaddress.IPv4Address(int(address) & _IPV4_BITS)
    if address in _COMPATIBLE and int(address) >= _LOWEST_COMPATIBLE:
        return ipaddress.IPv4Address(int(address))
    if address.teredo is not None:
        return address.teredo[1]
    return address.sixtofour or address
