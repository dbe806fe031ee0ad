"""What dlt calls `auth`, as auth of a definition; a secret comes over as a name only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spectra.discovery.carrying.auth import header_auth, token_fields
from spectra.discovery.sensitive import is_secret_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spectra.discovery.carrying.carried import Carrying
    from spectra.discovery.carrying.setting import Setting

_BY_HAND = "choose an auth type of SPECTRA and write it under `auth` by hand"


def dlt_auth(auth: Setting | None, carrying: Carrying) -> dict[str, Any] | None:
    """Return the auth that a dlt `auth` asks for; None where it names none or none that is known."""
    if auth is None:
        return None
    kind = (auth.text("type") or "bearer") if auth.is_mapping else auth.scalar
    make = _KINDS.get(kind) if isinstance(kind, str) else None
    if make is None:
        auth.close()
        carrying.left(auth.place, f"auth of type {kind!r}" if auth.is_mapping else "auth", _BY_HAND)
        return None
    return make(auth, carrying)


def auth_of_headers(headers: Setting | None, carrying: Carrying) -> dict[str, Any] | None:
    """Return the auth that stands as a fixed header, if one does; the others are left to the sweep."""
    for name in (headers.node.children or {}) if headers is not None else ():
        value = headers.get(name) if headers and isinstance(name, str) and is_secret_name(name) else None
        if value is not None:
            return header_auth(str(name), *carrying.secret(value, str(name)), place=value.place, carrying=carrying)
    return None


def _bearer(auth: Setting, carrying: Carrying) -> dict[str, Any]:
    return {"type": "bearer", "token": carrying.secret(auth.get("token"), "token")[0]}


def _api_key(auth: Setting, carrying: Carrying) -> dict[str, Any]:
    name, location = auth.text("name") or "Authorization", auth.text("location") or "header"
    secret, before = carrying.secret(auth.get("api_key"), "api_key")
    if location == "header":
        return header_auth(name, secret, before, place=auth.place, carrying=carrying)
    return {"type": "api_key", "cookie" if location == "cookie" else "query": name, "value": secret}


def _basic(auth: Setting, carrying: Carrying) -> dict[str, Any]:
    password = carrying.secret(auth.get("password"), "password")[0]
    return {"type": "basic", "user": carrying.text_or_secret(auth.get("username"), "user"), "password": password}


def _client_credentials(auth: Setting, carrying: Carrying) -> dict[str, Any]:
    token_url = carrying.plain(auth.get("access_token_url"), "access_token_url")
    return {
        "type": "oauth2_client_credentials",
        "token_url": token_url or f"${{env:{carrying.prefixed('token_url')}}}",
        "client_id": carrying.text_or_secret(auth.get("client_id"), "client_id"),
        "client_secret": carrying.secret(auth.get("client_secret"), "client_secret")[0],
        "send": "body",
        **token_fields(auth.child("access_token_request_data"), carrying),
    }


_KINDS: Mapping[str, Callable[[Setting, Carrying], dict[str, Any]]] = {
    "bearer": _bearer,
    "api_key": _api_key,
    "http_basic": _basic,
    "oauth2_client_credentials": _client_credentials,
}
