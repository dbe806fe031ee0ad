"""Local references of an API document: followed within bounds; broken ones, circles and remote ones are findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from spectra.discovery.reading.tree import path_of
from spectra.documents.wording import shortened
from spectra.errors import ApiDocumentValueError, BrokenReferenceError, RemoteReferenceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spectra.discovery.reading.tree import Link, Path, Tree
    from spectra.errors import SpectraError

_REFERENCE = "$ref"
_MOST_HOPS = 20
_NAMED = frozenset(
    (
        *("properties", "patternProperties", "schemas", "definitions", "$defs", "parameters", "responses", "headers"),
        *("requestBodies", "paths", "pathItems", "securitySchemes", "securityDefinitions", "callbacks", "examples"),
    )
)
_DATA = frozenset(("example", "default", "enum", "const", "value"))


@dataclass(slots=True)
class References:
    """Follows `$ref` within one document; nothing is fetched."""

    tree: Tree
    _known: dict[str, tuple[Any, Path] | None] = field(default_factory=dict)

    def followed(self, value: Any, path: Path) -> tuple[Any, Path]:
        """Return what a value stands for and where that is; None where its reference leads nowhere."""
        for _ in range(_MOST_HOPS):
            if not isinstance(value, dict) or not isinstance(value.get(_REFERENCE), str):
                return value, path
            found = self.target(value[_REFERENCE])
            if found is None:
                return None, path
            value, path = found
        return None, path

    def target(self, reference: str) -> tuple[Any, Path] | None:
        """Return what a local reference names, and its path, or None."""
        if reference not in self._known:
            self._known[reference] = self._looked_up(reference)
        return self._known[reference]

    def faults(self) -> Iterator[SpectraError]:
        """Yield a finding for every reference that is not followed to an end."""
        for mapping, link in self.tree.mappings():
            if _REFERENCE not in mapping or _is_named(link) or _is_data(link):
                continue
            reference = mapping[_REFERENCE]
            why = self._fault(reference)
            if why is not None:
                kind, said = why
                place = self.tree.place(path_of(link, _REFERENCE))
                yield kind(said, place=place, found=shortened(str(reference)))

    def _fault(self, reference: Any) -> tuple[type[SpectraError], str] | None:
        if not isinstance(reference, str):
            return ApiDocumentValueError, "a reference is a text"
        if not reference.startswith("#"):
            said = f"{shortened(reference)!r} lies outside this file" if reference else "the reference is empty"
            return RemoteReferenceError if reference else BrokenReferenceError, said
        found = self.target(reference)
        if found is None:
            return BrokenReferenceError, f"nothing stands at {shortened(reference)!r}"
        value, _ = self.followed(*found)
        if value is None and isinstance(found[0], dict) and self._is_circle(reference):
            return BrokenReferenceError, f"{shortened(reference)!r} leads in a circle or on and on"
        return None

    def _is_circle(self, reference: str) -> bool:
        for _ in range(_MOST_HOPS):
            found = self.target(reference)
            value = found[0] if found else None
            if not isinstance(value, dict) or not isinstance(value.get(_REFERENCE), str):
                return False
            reference = value[_REFERENCE]
        return True

    def _looked_up(self, reference: str) -> tuple[Any, Path] | None:
        if not (reference == "#" or reference.startswith("#/")):
            return None
        value, path = self.tree.root, []
        for part in reference.split("/")[1:]:
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            step = _step(value, name)
            if step is None:
                return None
            value = value[step]
            path.append(step)
        return value, tuple(path)


def _step(value: Any, name: str) -> str | int | None:
    if isinstance(value, dict):
        return name if name in value else None
    if isinstance(value, list) and name.isdecimal() and len(name) < len(str(len(value))) + 1:
        return int(name) if int(name) < len(value) else None
    return None


def _is_named(link: Link | None) -> bool:
    """Return whether the keys of a mapping are names that people chose, so that one may be called `$ref`."""
    return link is not None and link[1] in _NAMED and not (link[0] is not None and link[0][1] in _NAMED)


def _is_data(link: Link | None) -> bool:
    """Return whether a mapping is an example or another value that is shown and not followed."""
    while link is not None:
        above, name = link
        of_named = above is not None and above[1] in _NAMED
        if isinstance(name, str) and (name in _DATA or name.startswith("x-")) and not of_named:
            return True
        link = above
    return False
