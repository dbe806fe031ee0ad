"""What an Airbyte manifest calls an authenticator, as auth of a definition; a secret comes over as a name only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from spectra.discovery.carrying.auth import header_auth, token_fields
from spectra.discovery.carrying.outline import origin_of
from spectra.discovery.sensitive import is_secret_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spectra.discovery.carrying.carried import Carrying
    from spectra.discovery.carrying.setting import Setting

_BY_HAND = "choose an auth type of SPECTRA and write it under `auth` by hand"
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_ALGORITHMS = {"EdDSA": "Ed25519"}
_INTO = {"request_parameter": "query", "header": "header"}


def airbyte_auth(auth: Setting | None, carrying: Carrying) -> dict[str, Any]:
    """Return the auth that an authenticator asks for; `none` where there is none or none that is known."""
    if auth is None:
        return {"type": "none"}
    kind = (auth.text("type") or "without a type") if auth.is_mapping else "of no known form"
    make = _KINDS.get(kind)
    found = make(auth, carrying) if make is not None else None
    if found is None:
        auth.close()
        carrying.left(auth.place, f"the authenticator {kind}", _BY_HAND)
    return found or {"type": "none"}


def seconds_of(duration: str) -> int | None:
    """Return the seconds of an ISO 8601 duration of days, hours, minutes and seconds."""
    found = _DURATION.fullmatch(duration)
    if found is None or len(duration) > len("P10000DT10000H10000M10000S"):
        return None
    return sum(int(text or 0) * each for text, each in zip(found.groups(), (86_400, 3_600, 60, 1), strict=True)) or None


def _none(auth: Setting, carrying: Carrying) -> dict[str, Any]:
    del carrying
    auth.close()
    return {"type": "none"}


def _api_key(auth: Setting, carrying: Carrying) -> dict[str, Any] | None:
    secret, before = carrying.secret(auth.get("api_token"), "api_key")
    into = auth.child("inject_into")
    name = (into.text("field_name") if into is not None else None) or auth.text("header")
    place = _INTO.get((into.text("inject_into") or "") if into is not None else "header")
    if place is None or name is None:
        return None
    if place == "header":
        return header_auth(name, secret, before, place=auth.place, carrying=carrying)
    return {"type": "api_key", place: name, "value": secret}


def _bearer(auth: Setting, carrying: Carrying) -> dict[str, Any]:
    return {"type": "bearer", "token": carrying.secret(auth.get("api_token"), "token")[0]}


def _basic(auth: Setting, carrying: Carrying) -> dict[str, Any]:
    password = auth.get("password")
    user = auth.get("username")
    if password is None or password.parts() == ("",):
        carrying.left(
            auth.place, "the empty password", f"set {carrying.prefixed('password')} to what the API takes for none"
        )
        named = carrying.secret(auth.get("username"), "user")[0]
    else:
        named = carrying.text_or_secret(user, "user")
    return {"type": "basic", "user": named, "password": carrying.secret(auth.get("password"), "password")[0]}


def _oauth(auth: Setting, carrying: Carrying) -> dict[str, Any] | None:
    grant = auth.text("grant_type") or "refresh_token"
    flag = auth.get("use_profile_assertion")
    if grant not in {"refresh_token", "client_credentials"} or (flag is not None and flag.scalar is True):
        return None
    found: dict[str, Any] = {"type": f"oauth2_{grant}"}
    token_url = carrying.plain(auth.get("token_refresh_endpoint"), "token_refresh_endpoint")
    found["token_url"] = token_url or f"${{env:{carrying.prefixed('token_url')}}}"
    found["client_id"] = carrying.text_or_secret(auth.get("client_id"), "client_id")
    if grant == "client_credentials" or auth.get("client_secret") is not None:
        found["client_secret"] = carrying.secret(auth.get("client_secret"), "client_secret")[0]
    if grant == "refresh_token":
        found["refresh_token"] = carrying.secret(auth.get("refresh_token"), "refresh_token")[0]
    named = [each.scalar for each in auth.listed("scopes")]
    more = token_fields(auth.child("refresh_request_body"), carrying)
    if grant == "refresh_token":
        more.pop("audience", None)
    return found | {"send": "body"} | ({"scopes": [s for s in named if isinstance(s, str)]} if named else {}) | more


def _jwt(auth: Setting, carrying: Carrying) -> dict[str, Any]:
    algorithm = auth.text("algorithm") or "RS256"
    found: dict[str, Any] = {"type": "jwt", "key": carrying.secret(auth.get("secret_key"), "secret_key")[0]}
    found["algorithm"] = _ALGORITHMS.get(algorithm, algorithm)
    headers, payload = auth.child("jwt_headers"), auth.child("jwt_payload")
    for holder, name, ours in (
        (headers, "kid", "key_id"),
        (payload, "iss", "issuer"),
        (payload, "sub", "subject"),
        (payload, "aud", "audience"),
    ):
        text = carrying.plain(holder.get(name) if holder is not None else None, name)
        found |= {ours: text} if text else {}
    found["lifetime_seconds"] = auth.number("token_duration") or 1200
    claims = auth.child("additional_jwt_payload")
    more = {name: carrying.plain(value, name) for name, value in (claims.entries() if claims is not None else ())}
    more = {name: text for name, text in more.items() if text is not None and not is_secret_name(name)}
    prefix = auth.text("header_prefix")
    if prefix not in {None, "Bearer"}:
        carrying.left(auth.place, "header_prefix", "a JWT is sent after the word Bearer")
    return found | ({"claims": more} if more else {})


def _session(auth: Setting, carrying: Carrying) -> dict[str, Any] | None:
    login = auth.child("login_requester")
    if login is not None and (login.text("http_method") or "POST").upper() != "POST":
        return None
    steps = [each.scalar for each in auth.listed("session_token_path")]
    if login is None or not steps or not all(isinstance(step, str) for step in steps):
        return None
    fields, encoding = login_fields(login, carrying)
    address = _login_address(login, carrying)
    if not fields or address is None:
        return None
    lasts = seconds_of(auth.text("expiration_duration") or "")
    found = {"type": "session", "login": address, "fields": fields, "encoding": encoding, "token": ".".join(steps)}
    return found | _sent(auth.child("request_authentication")) | ({"lasts_seconds": lasts} if lasts else {})


def _login_address(login: Setting, carrying: Carrying) -> str | None:
    """Return the whole address of a login; the caller's base address is not known here."""
    path = login.get("path")
    start = carrying.plain(login.get("url_base") or login.get("url"), "url_base")
    rest = carrying.plain(path, "path") if path is not None else ""
    if start is None or rest is None:
        return None
    return f"{start.rstrip('/')}/{rest.lstrip('/')}" if rest else start


def login_fields(login: Setting, carrying: Carrying) -> tuple[dict[str, str], str]:
    """Return the fields of a login and how they are encoded."""
    body = login.child("request_body")
    named = body.text("type") if body is not None else None
    given = body.child("value") if body is not None else login.child("request_body_json")
    encoding = "form" if named == "RequestBodyUrlEncodedForm" else "json"
    if given is None:
        given, encoding = login.child("request_body_data"), "form"
    fields = {}
    for name, value in given.entries() if given is not None else ():
        is_secret = is_secret_name(name)
        fields[name] = carrying.secret(value, name)[0] if is_secret else carrying.text_or_secret(value, name)
    return fields, encoding


def _sent(request: Setting | None) -> dict[str, str]:
    into = request.child("inject_into") if request is not None else None
    if into is None or into.text("inject_into") != "header":
        return {"header": "Authorization", "prefix": "Bearer "}
    return {"header": into.text("field_name") or "Authorization", "prefix": ""}


def _old_session(auth: Setting, carrying: Carrying) -> dict[str, Any] | None:
    address, key = carrying.plain(auth.get("login_url"), "login_url"), auth.text("session_token_response_key")
    if address is None or key is None:
        return None
    fields = {"username": carrying.text_or_secret(auth.get("username"), "username")}
    fields["password"] = carrying.secret(auth.get("password"), "password")[0]
    login_at = address if origin_of(address) != address or "://" in address else f"/{address.lstrip('/')}"
    header = auth.text("header") or "Authorization"
    return {"type": "session", "login": login_at, "fields": fields, "token": key, "header": header, "prefix": ""}


_KINDS: Mapping[str, Callable[[Setting, Carrying], dict[str, Any] | None]] = {
    "NoAuth": _none,
    "ApiKeyAuthenticator": _api_key,
    "BearerAuthenticator": _bearer,
    "BasicHttpAuthenticator": _basic,
    "OAuthAuthenticator": _oauth,
    "JwtAuthenticator": _jwt,
    "SessionTokenAuthenticator": _session,
    "LegacySessionTokenAuthenticator": _old_session,
}
