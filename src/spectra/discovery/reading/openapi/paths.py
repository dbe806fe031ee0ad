"""The paths of an OpenAPI or Swagger document: every method of every path, in a form that a catalogue can hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from spectra.catalog.rows import METHODS
from spectra.documents.wording import shortened
from spectra.errors import (
    ApiDocumentValueError,
    ApiOperationRepeatedError,
    ApiPartsLeftOutError,
    ApiPathChangedError,
    ApiServerDiffersError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spectra.discovery.reading.notes import Notes
    from spectra.discovery.reading.openapi.references import References
    from spectra.discovery.reading.tree import Path

MOST_OPERATIONS = 50_000
_LONGEST_PATH = 2000
_UNFIT = re.compile(r"[\x00-\x20\x7f-\x9f\\#\ud800-\udfff]")
_NAMED = re.compile(r"\{[^{}/?&=#\\\x00-\x20\x7f-\x9f]+\}")
_SIBLINGS = ("parameters", "servers", "summary", "description", "$ref")


@dataclass(frozen=True, slots=True)
class Found:
    """An operation as it stands in the document: `at` is its path there, `shared` what holds for all of its path."""

    method: str
    path: str
    value: dict[str, Any]
    at: Path
    shared: dict[str, Any]
    shared_at: Path


def operations_in(root: dict[str, Any], notes: Notes, references: References) -> Iterator[Found]:
    """Yield every method of every path, each method and path once; what is odd about them is noted."""
    first: dict[tuple[str, str], str] = {}
    for found in _every(root, notes, references):
        key = found.method, found.path
        if key in first:
            said = f"{found.method} {shortened(found.path)} is described already, at {first[key]}"
            notes.add(ApiOperationRepeatedError, said, found.at, first=first[key])
        elif len(first) >= MOST_OPERATIONS:
            said = f"more than {MOST_OPERATIONS:,} operations; those from here on were not read"
            notes.add(ApiPartsLeftOutError, said, found.at)
            return
        else:
            first[key] = notes.tree.place(found.at)
            yield found


def _every(root: dict[str, Any], notes: Notes, references: References) -> Iterator[Found]:
    for written, value in notes.mapping(root.get("paths"), ("paths",)).items():
        at: Path = ("paths", written)
        if written.startswith("x-"):
            continue
        path = usable_path(written)
        if path is None:
            notes.add(ApiPartsLeftOutError, "a path of more than 2,000 characters was not read", at)
            continue
        if path != written:
            said = f"{shortened(written)!r} was read as {shortened(path)!r}"
            notes.add(ApiPathChangedError, said, at, found=shortened(written))
        for item, item_at in _items(value, at, notes, references):
            yield from _methods(path, item, item_at, notes, references)


def _items(value: Any, at: Path, notes: Notes, references: References) -> Iterator[tuple[dict[str, Any], Path]]:
    """Yield a path's own entry, and the one that it refers to."""
    item = notes.mapping(value, at)
    if value is None:
        notes.add(ApiDocumentValueError, "the path has no methods", at)
    if isinstance(item.get("servers"), list):
        notes.add(ApiServerDiffersError, "this path has servers of its own", (*at, "servers"))
    yield item, at
    if "$ref" in item:
        target, target_at = references.followed(item, at)
        if isinstance(target, dict):
            yield target, target_at


def _methods(path: str, item: dict[str, Any], at: Path, notes: Notes, references: References) -> Iterator[Found]:
    for name, value in item.items():
        here = (*at, name)
        if name in _SIBLINGS or name.startswith("x-"):
            continue
        if name.upper() not in METHODS:
            notes.add(ApiDocumentValueError, f"{shortened(name)!r} is no HTTP method", here, found=shortened(name))
            continue
        operation, operation_at = references.followed(value, here)
        operation = notes.mapping(operation, operation_at)
        if isinstance(operation.get("servers"), list):
            notes.add(ApiServerDiffersError, "this operation has servers of its own", (*here, "servers"))
        yield Found(name.upper(), path, operation, here, item, at)


def usable_path(written: str) -> str | None:
    """Return a path with a slash in front, percent-encoded where it could not stand in a URL; None if too long."""
    path = written if written.startswith("/") else f"/{written}"
    named = [(match.start(), match.end()) for match in _NAMED.finditer(path)]
    pieces, end = [], 0
    for start, after in [*named, (len(path), len(path))]:
        pieces += [_UNFIT.sub(_encoded, path[end:start]).replace("{", "%7B").replace("}", "%7D"), path[start:after]]
        end = after
    usable = "".join(pieces)
    return usable if len(usable) <= _LONGEST_PATH else None


def _encoded(match: re.Match[str]) -> str:
    return quote(match[0].encode("utf-8", "replace"), safe="")
