"""What a security scheme of a document becomes in a definition: the auth types that fit it, the likeliest first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spectra.discovery.description import SecurityScheme
    from spectra.discovery.guessing.guess import Confidence

Way = tuple[dict[str, Any], "Confidence", str]

_READS = re.compile(r"read|view|list", re.IGNORECASE)
_CHANGES = re.compile(r"write|admin|manage|create|delete|edit|full", re.IGNORECASE)
_BEARER = re.compile(r"bearer", re.IGNORECASE)
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}")
_MOST_SCOPES = 8
_LONGEST_URL = 500
_BY_HAND = "a token that a person got from the API"


def ways(scheme: SecurityScheme, prefix: str) -> tuple[Way, ...]:
    """Return the auth types by which a scheme may be met, each with how likely it is and why.

    Secrets and variables are named after `prefix`, such as `JIRA`. Empty where a definition has nothing that fits.
    """
    return tuple(_BY_TYPE.get(scheme.type, _other)(scheme, prefix))


def _basic(scheme: SecurityScheme, prefix: str) -> Iterator[Way]:
    value = {"type": "basic", "user": f"${{env:{prefix}_USER}}", "password": f"secret://{prefix}_PASSWORD"}
    yield value, "high", f"the scheme {scheme.name!r} is Basic"


def _bearer(scheme: SecurityScheme, prefix: str) -> Iterator[Way]:
    yield _token(prefix), "high", f"the scheme {scheme.name!r} is Bearer"


def _token(prefix: str) -> dict[str, Any]:
    return {"type": "bearer", "token": f"secret://{prefix}_TOKEN"}


def _api_key(scheme: SecurityScheme, prefix: str) -> Iterator[Way]:
    place = {"header": "header", "query": "query", "cookie": "cookie"}.get(scheme.place or "")
    if place is None or not scheme.parameter or "${" in scheme.parameter:
        return
    whole = scheme.parameter.casefold() == "authorization"
    if whole and _BEARER.search(f"{scheme.name} {scheme.description}"):
        yield _token(prefix), "high", f"the scheme {scheme.name!r} is a Bearer token in the header Authorization"
        return
    value = {"type": "api_key", place: scheme.parameter, "value": f"secret://{prefix}_API_KEY"}
    hint = f"; the secret is the whole header: {scheme.description}" if whole else ""
    yield value, "medium" if whole else "high", f"the scheme {scheme.name!r} is a key in the {place}{hint}"


def _oauth2(scheme: SecurityScheme, prefix: str) -> Iterator[Way]:
    flows = {name: url for name, url in scheme.flows.items() if _is_plain(url)}
    machine = flows.get("clientCredentials")
    if machine:
        client = {"client_id": f"${{env:{prefix}_CLIENT_ID}}", "client_secret": f"secret://{prefix}_CLIENT_SECRET"}
        scopes = _scopes(scheme)
        value = {"type": "oauth2_client_credentials", "token_url": machine, **client, **scopes}
        why = f"the scheme {scheme.name!r} has client credentials; the secret goes to token_url"
        yield value, "high", why if scopes else f"{why}; scopes, if it wants any, are yours to choose"
    named = ", ".join(sorted(scheme.flows)) or "no flow"
    yield _token(prefix), "medium", f"the scheme {scheme.name!r} is OAuth2 ({named}): {_BY_HAND}"
    person = flows.get("authorizationCode") or flows.get("password")
    if person:
        client = {"client_id": f"${{env:{prefix}_CLIENT_ID}}", "client_secret": f"secret://{prefix}_CLIENT_SECRET"}
        refresh = {"refresh_token": f"secret://{prefix}_REFRESH_TOKEN"}
        value = {"type": "oauth2_refresh_token", "token_url": person, **client, **refresh}
        yield value, "low", f"the scheme {scheme.name!r} lets a person agree once; then its refresh token renews tokens"


def _is_plain(url: str) -> bool:
    """Return whether an address of a document may stand in a definition: it must not pull in variables."""
    return 0 < len(url) <= _LONGEST_URL and url.isprintable() and "${" not in url


def _scopes(scheme: SecurityScheme) -> dict[str, Any]:
    """Return the scopes that only read, where they are few and plain; asking for more is a person's decision."""
    reading = [each for each in scheme.scopes if _READS.search(each) and not _CHANGES.search(each)]
    plain = all(_SCOPE.fullmatch(each) and "${" not in each for each in reading)
    return {"scopes": tuple(reading)} if plain and 0 < len(reading) <= _MOST_SCOPES else {}


def _openid(scheme: SecurityScheme, prefix: str) -> Iterator[Way]:
    yield _token(prefix), "medium", f"the scheme {scheme.name!r} is OpenID: {_BY_HAND}"


def _session(scheme: SecurityScheme, prefix: str) -> Iterator[Way]:
    fields = {"username": f"${{env:{prefix}_USER}}", "password": f"secret://{prefix}_PASSWORD"}
    value = {"type": "session", "login": "/login", "fields": fields, "token": "token"}
    yield (
        value,
        "low",
        f"{scheme.name!r} is a session: name the login, its fields, and where its answer holds the token",
    )


def _other(scheme: SecurityScheme, prefix: str) -> Iterator[Way]:
    yield _token(prefix), "low", f"the scheme {scheme.name!r} is of no type that is known here"


_BY_TYPE: dict[str, Callable[[SecurityScheme, str], Iterator[Way]]] = {
    "basic": _basic,
    "bearer": _bearer,
    "api_key": _api_key,
    "oauth2": _oauth2,
    "openid": _openid,
    "session": _session,
}
