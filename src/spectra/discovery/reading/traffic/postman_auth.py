"""The auth blocks of Postman: which scheme they stand for, without any of their values but names and addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from spectra.discovery.description import SecurityScheme
from spectra.discovery.reading.traffic.seen_auth import api_key

if TYPE_CHECKING:
    from collections.abc import Callable

_FLOWS = {
    "client_credentials": "clientCredentials",
    "authorization_code": "authorizationCode",
    "authorization_code_with_pkce": "authorizationCode",
    "password_credentials": "password",
    "implicit": "implicit",
}
_PLAIN: dict[str, Literal["basic", "bearer"]] = {"basic": "basic", "bearer": "bearer"}


def auth_scheme(auth: Any, address: Callable[[str], str]) -> SecurityScheme | None:
    """Return the scheme of an auth block; None where there is none. `address` completes an address."""
    kind = auth.get("type") if isinstance(auth, dict) else None
    if not isinstance(kind, str) or kind == "noauth":
        return None
    given = dict(pairs_in(auth.get(kind)))
    if kind in _PLAIN:
        return SecurityScheme(kind, _PLAIN[kind])
    if kind == "apikey":
        return api_key(given.get("key") or "X-Api-Key", given.get("in", "header"))
    if kind == "oauth2":
        flow = _FLOWS.get(given.get("grant_type", "authorization_code"), "authorizationCode")
        url = given.get("accessTokenUrl", "")
        scopes = tuple(given.get("scope", "").split())
        return SecurityScheme(kind, "oauth2", flows={flow: address(url) if url else ""}, scopes=scopes)
    return SecurityScheme(kind, "other")


def pairs_in(value: Any) -> list[tuple[str, str]]:
    """Return names and texts of what Postman keeps as a mapping, or as a list of {key, value}."""
    if isinstance(value, dict):
        pairs = list(value.items())
    else:
        listed = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
        pairs = [(each.get("key"), each.get("value") or "") for each in listed]
    return [(name, each) for name, each in pairs if isinstance(name, str) and isinstance(each, str)]
