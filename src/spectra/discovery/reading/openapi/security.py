"""How an OpenAPI or Swagger document says that one proves who asks: its schemes, and which operation asks for which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spectra.discovery.description import SecurityScheme
from spectra.discovery.reading.notes import text_in
from spectra.documents.wording import listed, shortened
from spectra.errors import ApiDocumentValueError, UnknownSecuritySchemeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spectra.discovery.description import Place
    from spectra.discovery.reading.notes import Notes
    from spectra.discovery.reading.openapi.references import References
    from spectra.discovery.reading.tree import Path

_PLACES: dict[str, Place] = {"query": "query", "header": "header", "cookie": "cookie"}
_FLOWS_OF_SWAGGER = {"application": "clientCredentials", "accessCode": "authorizationCode"}
_FLOWS = ("clientCredentials", "authorizationCode", "password", "implicit", "deviceAuthorization")
_MOST = 100

Security = tuple[tuple[str, ...], ...]


def schemes_in(value: Any, at: Path, notes: Notes, references: References) -> Iterator[SecurityScheme]:
    """Yield the schemes that a document describes; what is no scheme is noted."""
    for name, each in list(notes.mapping(value, at).items())[:_MOST]:
        described, described_at = references.followed(each, (*at, name))
        if isinstance(described, dict):
            yield _scheme(text_in(name), described, described_at, notes)
        elif each is None or described is not None:
            notes.add(ApiDocumentValueError, "a security scheme is a mapping with `type`", described_at)


def requirements(holder: dict[str, Any], at: Path, notes: Notes, known: frozenset[str]) -> Security | None:
    """Return the alternatives that a document or an operation asks for, None where it leaves that open."""
    if holder.get("security") is None:
        return None
    at = (*at, "security")
    alternatives = []
    for index, each in enumerate(notes.sequence(holder["security"], at)[:_MOST]):
        names = [text_in(name) for name in notes.mapping(each, (*at, index))]
        for name in names:
            if name not in known:
                said = f"no scheme {shortened(name)!r}; described: {listed(sorted(known)) or 'none'}"
                notes.add(UnknownSecuritySchemeError, said, (*at, index, name), found=shortened(name))
        alternatives.append(tuple(names))
    return tuple(alternatives)


def _scheme(name: str, value: dict[str, Any], at: Path, notes: Notes) -> SecurityScheme:
    kind, description = value.get("type"), text_in(value.get("description"))
    place = _PLACES.get(text_in(value.get("in")))
    if kind == "apiKey" and place is not None:
        return SecurityScheme(name, "api_key", place, text_in(value.get("name")), description=description)
    if kind in ("basic", "http"):
        scheme = "basic" if kind == "basic" else text_in(value.get("scheme")).lower()
        return SecurityScheme(
            name, "basic" if scheme == "basic" else "bearer" if scheme == "bearer" else "other", description=description
        )
    if kind == "oauth2":
        flows, scopes = _flows(value, at, notes)
        return SecurityScheme(name, "oauth2", flows=flows, scopes=scopes, description=description)
    if kind == "openIdConnect":
        return SecurityScheme(name, "openid", description=description)
    if kind != "mutualTLS":
        found = shortened(text_in(kind)) or "nothing"
        notes.add(ApiDocumentValueError, f"type {found!r} is no security scheme that is known", (*at, "type"))
    return SecurityScheme(name, "other", description=description)


def _flows(value: dict[str, Any], at: Path, notes: Notes) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the token URL of each flow, and the names of all scopes."""
    if "flow" in value:
        flow = text_in(value["flow"])
        given = {_FLOWS_OF_SWAGGER.get(flow, flow): value}
    else:
        given = notes.mapping(value.get("flows"), (*at, "flows"))
    named = {name: each for name, each in given.items() if name in _FLOWS and isinstance(each, dict)}
    flows = {name: text_in(each.get("tokenUrl")) for name, each in named.items()}
    scopes = [each["scopes"] for each in named.values() if isinstance(each.get("scopes"), dict)]
    return flows, tuple(dict.fromkeys(text_in(scope) for one in scopes for scope in one))
