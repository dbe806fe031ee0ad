"""What a definition's parts say of each other: entities, endpoints, ids; checked even where other parts are wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from spectra.catalog.endpoint import Endpoint
from spectra.catalog.hierarchy import feeds, levels
from spectra.definition.model import REFERENCE
from spectra.documents.wording import worded
from spectra.errors import (
    EntityCycleError,
    InvalidProofError,
    MissingKeyError,
    UnknownEndpointError,
    UnknownEntityError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spectra.catalog.rows import Catalogue
    from spectra.documents.document import Document
    from spectra.errors import SpectraError

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Ids:
    ids: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Entity:
    endpoint: str
    parents: Sequence[str]
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Outline:
    """What can be made out of a definition, whatever its other faults."""

    ids: Mapping[str, str] = field(default_factory=dict)
    endpoints: Mapping[str, _Ids] = field(default_factory=dict)
    entities: Mapping[str, _Entity] = field(default_factory=dict)


def reference_faults(plain: Any, document: Document, catalogue: Catalogue | None) -> Iterator[SpectraError]:
    """Yield a finding for each name of an entity or endpoint that there is not, and for a circle of entities."""
    top = _mapping(plain)
    outline = _outline(top)
    for path, name in _entity_names(top):
        if name not in outline.entities:
            said = f"no entity {name!r}"
            yield worded(UnknownEntityError, said, place=document.place(path), found=name, allowed=outline.entities)
    yield from _circles(outline, document)
    yield from _unfed(outline, document)
    if catalogue is not None:
        yield from _endpoint_faults(top, document, catalogue)


def _outline(top: Mapping[str, Any]) -> _Outline:
    entities = {
        name: _Entity(_text(each.get("endpoint")), _texts(each.get("parents")), _references(each.get("query")))
        for name, each in _mappings(top.get("entities"))
    }
    endpoints = {path: _Ids(_references(each.get("ids"))) for path, each in _mappings(top.get("endpoints"))}
    return _Outline(_references(top.get("ids")), endpoints, entities)


def _entity_names(top: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield every place that names an entity, with that name."""
    holders: list[tuple[Path, object]] = [(("ids",), top.get("ids"))]
    holders += [(("endpoints", path, "ids"), each.get("ids")) for path, each in _mappings(top.get("endpoints"))]
    holders += [(("entities", name, "query"), each.get("query")) for name, each in _mappings(top.get("entities"))]
    for path, holder in holders:
        for name, reference in _references(holder).items():
            yield (*path, name), reference.partition(".")[0]
    lists: list[tuple[Path, object]] = [(("expect", "levels"), _mapping(top.get("expect")).get("levels"))]
    lists += [(("entities", name, "parents"), each.get("parents")) for name, each in _mappings(top.get("entities"))]
    for path, names in lists:
        for index, name in enumerate(names if isinstance(names, list) else ()):
            if isinstance(name, str):
                yield (*path, index), name
    root = _mapping(top.get("roots")).get("entity")
    if isinstance(root, str):
        yield ("roots", "entity"), root


def _circles(outline: _Outline, document: Document) -> Iterator[SpectraError]:
    try:
        levels(outline)
    except EntityCycleError as error:
        yield EntityCycleError(
            error.message, place=document.key_place(("entities", error.facts["entity"])), circle=error.facts["circle"]
        )


def _unfed(outline: _Outline, document: Document) -> Iterator[SpectraError]:
    for name, entity in outline.entities.items():
        fed = feeds(Endpoint.of("GET", entity.endpoint), outline)
        for placeholder in [each for each, reference in fed.items() if reference is None]:
            message = f"{placeholder!r} is missing in 'ids'; {entity.endpoint} of entity {name!r} needs it"
            yield MissingKeyError(message, place=document.place(("entities", name, "endpoint")), key=placeholder)


def _endpoint_faults(top: Mapping[str, Any], document: Document, catalogue: Catalogue) -> Iterator[SpectraError]:
    named_with_slash = (each for each in _endpoint_names(top) if each[2].startswith("/"))
    for path, method, named in named_with_slash:
        known = [each.path for each in catalogue.endpoints if method in ("", each.method)]
        bare = named.partition("?")[0]
        place = document.key_place(path) if path[0] == "endpoints" else document.place(path)
        if bare not in known and not (path[0] == "outcomes" and any(fnmatchcase(each, bare) for each in known)):
            said = f"the catalogue has no {f'{method} {bare}'.strip()}"
            yield worded(UnknownEndpointError, said, place=place, found=bare, near=known)
        elif path == ("auth", "probe") and Endpoint.of("GET", named).placeholders:
            yield InvalidProofError(f"{named} needs an id, so it cannot be the first thing asked", place=place)


def _endpoint_names(top: Mapping[str, Any]) -> Iterator[tuple[Path, str, str]]:
    """Yield every place that names an endpoint, with the method it must have (any where empty) and the path."""
    for name, each in _mappings(top.get("entities")):
        yield ("entities", name, "endpoint"), "GET", _text(each.get("endpoint"))
    for path, _ in _mappings(top.get("endpoints")):
        yield ("endpoints", path), "", path
    yield ("auth", "probe"), "GET", _text(_mapping(top.get("auth")).get("probe"))
    outcomes = top.get("outcomes")
    for index, rule in enumerate(outcomes if isinstance(outcomes, list) else ()):
        yield ("outcomes", index, "endpoint"), "", _text(_mapping(rule).get("endpoint"))
    for index, path in enumerate(_texts(_mapping(top.get("allow")).get("safe_posts"))):
        yield ("allow", "safe_posts", index), "POST", path


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, each in _mapping(value).items():
        yield name, _mapping(each)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _references(value: object) -> dict[str, str]:
    """Return the entries that have the form of a reference; the others are the model's to refuse."""
    entries = _mapping(value).items()
    return {name: each for name, each in entries if isinstance(each, str) and REFERENCE.fullmatch(each)}
