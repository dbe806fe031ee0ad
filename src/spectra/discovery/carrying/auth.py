"""Auth that other tools put together by hand: a header with a secret in it, and the fields of a token request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spectra.discovery.sensitive import is_secret_name

if TYPE_CHECKING:
    from spectra.discovery.carrying.carried import Carrying
    from spectra.discovery.carrying.setting import Setting

_BEARER = "bearer "


def header_auth(name: str, secret: str, before: str, *, place: str, carrying: Carrying) -> dict[str, Any]:
    """Return the auth that sends a secret in a header, after a plain text."""
    if name.lower() == "authorization" and before.lower() == _BEARER:
        return {"type": "bearer", "token": secret}
    if before:
        said = f"the text before the secret in header {name}"
        carrying.left(place, said, f"let the value of {secret.removeprefix('secret://')} start with it")
    return {"type": "api_key", "header": name, "value": secret}


def token_fields(data: Setting | None, carrying: Carrying) -> dict[str, Any]:
    """Return scopes, audience and further parameters of a token request; those that look secret as references."""
    found: dict[str, Any] = {}
    params: dict[str, str] = {}
    for name, value in data.entries() if data is not None else ():
        if is_secret_name(name):
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
