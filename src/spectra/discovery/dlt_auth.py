"""What dlt calls `auth`, as auth of a definition; a secret comes over as a name only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spectra.discovery.carried import SECRET_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spectra.discovery.carried import Carrying
    from spectra.discovery.setting import Setting

NONE: Mapping[str, Any] = {"type": "none"}
_BY_HAND = "choose an auth type of SPECTRA and write it under `auth` by hand"
_BEARER = "bearer "


def dlt_auth(auth: Setting | None, carrying: Carrying) -> dict[str, Any] | None:
    """Return the auth that a dlt `auth` asks for; None where it names none or none that is known."""
    if auth is None:
        return None
    if not auth.is_mapping:
        kind = auth.scalar
        auth.close()
        if not isinstance(kind, str) or kind not in _KINDS:
            carrying.left(auth.place, "auth", _BY_HAND)
            return None
        return _KINDS[kind](auth, carrying)
    kind = auth.text("type") or "bearer"
    if kind not in _KINDS:
        auth.close()
        carrying.left(auth.place, f"auth of type {kind!r}", _BY_HAND)
        return None
    return _KINDS[kind](auth, carrying)


def auth_of_headers(headers: Setting | None, carrying: Carrying) -> dict[str, Any] | None:
    """Return the auth that stands as a fixed header, if one does; the others are left to the sweep."""
    if headers is None:
        return None
    for name in headers.node.children or {}:
        if isinstance(name, str) and SECRET_NAME.search(name):
            value = headers.get(name)
            if value is not None:
                return header_auth(name, *carrying.secret(value, name), place=value.place, carrying=carrying)
    return None


def header_auth(name: str, secret: str, before: str, *, place: str, carrying: Carrying) -> dict[str, Any]:
    """Return the auth that sends a secret in a header, after a plain text."""
    if name.lower() == "authorization" and before.lower() == _BEARER:
        return {"type": "bearer", "token": secret}
    if before:
        said = f"the text before the secret in header {name}"
        carrying.left(place, said, f"let the value of {secret.removeprefix('secret://')} start with it")
    return {"type": "api_key", "header": name, "value": secret}


def _value(auth: Setting, name: str, purpose: str, carrying: Carrying) -> str:
    value = auth.get(name) if auth.is_mapping else None
    return carrying.secret(value, purpose)[0] if value is not None else f"secret://{carrying.prefixed(purpose)}"


def _bearer(auth: Setting, carrying: Carrying) -> dict[str, Any]:
    return {"type": "bearer", "token": _value(auth, "token", "token", carrying)}


def _api_key(auth: Setting, carrying: Carrying) -> dict[str, Any]:
    name = (auth.text("name") if auth.is_mapping else None) or "Authorization"
    location = (auth.text("location") if auth.is_mapping else None) or "header"
    value = auth.get("api_key") if auth.is_mapping else None
    secret, before = carrying.secret(value, "api_key") if value else (f"secret://{carrying.prefixed('api_key')}", "")
    if location == "header":
        return header_auth(name, secret, before, place=auth.place, carrying=carrying)
    place = {"param": "query", "query": "query", "cookie": "cookie"}.get(location, "query")
    return {"type": "api_key", place: name, "value": secret}


def _basic(auth: Setting, carrying: Carrying) -> dict[str, Any]:
    user = auth.get("username") if auth.is_mapping else None
    password = _value(auth, "password", "password", carrying)
    named = carrying.text_or_secret(user, "user") if user else f"secret://{carrying.prefixed('user')}"
    return {"type": "basic", "user": named, "password": password}


def _client_credentials(auth: Setting, carrying: Carrying) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "oauth2_client_credentials"}
    url = auth.get("access_token_url") if auth.is_mapping else None
    token_url = carrying.plain(url, "access_token_url") if url else None
    client = auth.get("client_id") if auth.is_mapping else None
    found["token_url"] = token_url or f"${{env:{carrying.prefixed('token_url')}}}"
    missing = f"secret://{carrying.prefixed('client_id')}"
    found["client_id"] = carrying.text_or_secret(client, "client_id") if client else missing
    found["client_secret"] = _value(auth, "client_secret", "client_secret", carrying)
    found["send"] = "body"
    return found | (token_fields(auth.child("access_token_request_data"), carrying) if auth.is_mapping else {})


def token_fields(data: Setting | None, carrying: Carrying) -> dict[str, Any]:
    """Return scopes, audience and further parameters of a token request; those that look secret as references."""
    found: dict[str, Any] = {}
    params: dict[str, str] = {}
    for name, value in data.entries() if data is not None else ():
        if SECRET_NAME.search(name):
            params[name] = carrying.secret(value, name)[0]
            continue
        text = carrying.plain(value, name)
        if text is None or name == "grant_type":
            continue
        if name == "scope":
            found["scopes"] = text.split()
        elif name == "audience":
            found["audience"] = text
        else:
            params[name] = text
    return found | ({"params": params} if params else {})


_KINDS: Mapping[str, Callable[[Setting, Carrying], dict[str, Any]]] = {
    "bearer": _bearer,
    "api_key": _api_key,
    "http_basic": _basic,
    "oauth2_client_credentials": _client_credentials,
}
