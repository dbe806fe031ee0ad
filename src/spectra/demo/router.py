"""From a method and a path to the endpoint meant: literal segments win over placeholders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Match:
    """The endpoint meant, and what stood in the place of its placeholders, under lower-case names."""

    key: Key
    ids: dict[str, str]


@dataclass(slots=True)
class _Branch:
    """One segment further into the paths: what may follow, and what ends here, by method."""

    literal: dict[str, _Branch] = field(default_factory=dict)
    placeholder: _Branch | None = None
    ends: dict[str, Key] = field(default_factory=dict)

    def grow(self, segments: list[str]) -> _Branch:
        """Return the branch at the end of the segments, made where there is none."""
        if not segments:
            return self
        if segments[0].startswith("{"):
            self.placeholder = self.placeholder or _Branch()
            return self.placeholder.grow(segments[1:])
        return self.literal.setdefault(segments[0], _Branch()).grow(segments[1:])

    def find(self, method: str, segments: list[str]) -> Key | None:
        """Return the endpoint at the end of the segments, literal ones tried first."""
        if not segments:
            return self.ends.get(method)
        branch = self.literal.get(segments[0])
        found = branch.find(method, segments[1:]) if branch else None
        if found is None and self.placeholder and segments[0]:
            return self.placeholder.find(method, segments[1:])
        return found


class Router:
    """All endpoints, ready to be found."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._root = _Branch()
        for method, path in keys:
            ends = self._root.grow(path.split("/")).ends
            if method in ends:
                raise ValueError(f"{method} {path} and {ends[method][1]} are the same path")
            ends[method] = method, path

    def match(self, method: str, path: str) -> Match | None:
        """Return the endpoint that a path, as sent, means; a path that starts with `//` keeps both slashes."""
        segments = path.split("/")
        key = self._root.find(method, segments)
        if key is None:
            return None
        pairs = zip(key[1].split("/"), segments, strict=True)
        return Match(key, {name[1:-1].lower(): unquote(value) for name, value in pairs if name.startswith("{")})
