"""Grants: how a token is asked for by OAuth2, and what the answer to that means."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from pydantic import AfterValidator

from spectra.access.exchange import Request
from spectra.access.sealed import Sealed, SealedFields
from spectra.access.secret import Issued
from spectra.errors import TokenEndpointError, TokenRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.access.exchange import Page
    from spectra.access.sealed import Part

_REFUSALS = frozenset({400, 401, 403})
_SUCCESSES = frozenset({200, 201})
_NAMED_ERROR = re.compile(r"[a-z_]{1,60}")
_LONGEST_LIFE = 10 * 365 * 86_400.0


@dataclass(frozen=True, slots=True)
class Grant:
    """What an exchange yielded: the token, for how many seconds it holds (None: unknown), a new refresh token if any.

    `scopes` are those granted, in the words of the endpoint; empty where it does not say.
    """

    token: Issued
    lasts: float | None = None
    refresh: Issued | None = None
    scopes: tuple[str, ...] = ()


def _location(url: str) -> str:
    if url.startswith("/"):
        return url
    try:
        parts = urlsplit(url)
        loopback = parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        loopback = False
    if "@" in url or "#" in url:
        raise ValueError("the address of a token endpoint has no user name and no fragment")
    if not url.startswith("https://") and not (url.startswith("http://") and loopback):
        raise ValueError("a token endpoint is a path (/token), or an address that starts with https://")
    return url


Location = Annotated[str, AfterValidator(_location)]
Sending = Literal["basic", "body"]


def located(base_url: str, location: str) -> str:
    """Return the address of a token endpoint: a path is appended to base_url."""
    return base_url.rstrip("/") + location if location.startswith("/") else location


def token_request(
    url: str, fields: Mapping[str, Part], *, client: tuple[Part, Part] | None = None, repeatable: bool = True
) -> Request:
    """Return the form that asks for a token; `client` is who asks and the secret, sent by Basic."""
    headers: dict[str, str | Sealed] = {"Content-Type": "application/x-www-form-urlencoded"}
    if client is not None:
        headers["Authorization"] = Sealed((client[0], ":", client[1]), prefix="Basic ", base64=True)
    body = SealedFields.of(dict(fields))
    return Request(url, method="POST", headers=headers, body=body, safe=True, repeatable=repeatable)


def granted(page: Page) -> Grant:
    """Return what a token endpoint's answer grants; raises TokenRefusedError or TokenEndpointError."""
    said = answered(page)
    token = said.get("access_token")
    if not isinstance(token, str) or not fit(token):
        raise TokenEndpointError("the token endpoint's answer holds no access_token", place=place_of(page))
    refresh = said.get("refresh_token")
    scope = said.get("scope")
    return Grant(
        Issued(token),
        lasts=seconds(said.get("expires_in")),
        refresh=Issued(refresh) if isinstance(refresh, str) and refresh else None,
        scopes=tuple(scope.split()) if isinstance(scope, str) else (),
    )


def answered(page: Page, taken: frozenset[int] = _SUCCESSES) -> dict[str, Any]:
    """Return the JSON object, if any, that an endpoint which gives out tokens answered with; raises as `granted` does.

    `taken` are the statuses that mean yes.
    """
    if page.error is not None:
        said = f"the token endpoint gave no answer: {page.error.message} ({page.error.code})"
        raise TokenEndpointError(said, place=place_of(page), cause=page.error.code)
    body = _members(page.body)
    if page.status in _REFUSALS:
        named = body.get("error")
        why = f" ({named})" if isinstance(named, str) and _NAMED_ERROR.fullmatch(named) else ""
        raise TokenRefusedError(
            f"the token endpoint answered {page.status}{why}", place=place_of(page), http_status=str(page.status)
        )
    if page.status not in taken:
        raise TokenEndpointError(
            f"the token endpoint answered {page.status}", place=place_of(page), http_status=str(page.status)
        )
    return body


def fit(token: str) -> bool:
    """Return whether a token can stand in a header."""
    return bool(token) and token.isascii() and token.isprintable() and token == token.strip()


def seconds(value: object) -> float | None:
    """Return for how long a token holds; None where the answer does not say it in a way that can be meant."""
    try:
        found = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else 0.0
    except (ValueError, OverflowError):
        return None
    return found if 0 < found <= _LONGEST_LIFE else None


def place_of(page: Page) -> str:
    """Return which endpoint answered, as `POST /path`."""
    return f"{page.request.method} {urlsplit(page.request.url).path or '/'}"


def _members(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
