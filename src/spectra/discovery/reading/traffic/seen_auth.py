"""The security schemes behind recorded or saved requests: read off headers and queries, without their values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spectra.discovery.description import SecurityScheme
from spectra.discovery.sensitive import is_secret_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spectra.discovery.description import Place

_SEEN = "seen in requests"
_NO_PROOF = ("cookie", "set-cookie", "authorization", "sec-websocket-key", "idempotency-key")


@dataclass(slots=True)
class SeenSchemes:
    """The schemes met so far, those met most often first."""

    _known: dict[str, SecurityScheme] = field(default_factory=dict)
    _met: Counter[str] = field(default_factory=Counter)

    def met(self, scheme: SecurityScheme | None) -> tuple[str, ...]:
        """Count a scheme, and return what it asks for: its name, or nothing where there is none."""
        if scheme is None:
            return ()
        self._known.setdefault(scheme.name, scheme)
        self._met[scheme.name] += 1
        return (scheme.name,)

    def all(self) -> tuple[SecurityScheme, ...]:
        """Return every scheme."""
        return tuple(self._known[name] for name, _ in self._met.most_common())


def scheme_of(headers: Iterable[tuple[str, str]], query: Iterable[tuple[str, str]]) -> SecurityScheme | None:
    """Return how one request proved who asks, None where it did not; header names are in lower case."""
    given = dict(headers)
    authorization = given.get("authorization", "").strip().lower()
    if authorization:
        return _authorization(authorization)
    for name, value in given.items():
        if value and name not in _NO_PROOF and is_secret_name(name):
            return api_key(name, "header")
    for name, value in query:
        if value and is_secret_name(name):
            return api_key(name, "query")
    return SecurityScheme("session", "session", "cookie", description=_SEEN) if given.get("cookie") else None


def api_key(name: str, place: str) -> SecurityScheme:
    """Return the scheme of a key in a header or in the query."""
    where: Place = "query" if place == "query" else "header"
    return SecurityScheme(f"{where}_{name.lower()}", "api_key", where, name, description=_SEEN)


def _authorization(value: str) -> SecurityScheme:
    word = value.partition(" ")[0]
    if word == "basic":
        return SecurityScheme("basic", "basic", description=_SEEN)
    if word == "bearer":
        return SecurityScheme("bearer", "bearer", description=_SEEN)
    return api_key("Authorization", "header")
