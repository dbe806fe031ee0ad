"""Document: YAML values, each with its line and column, and what a plain scalar means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LONGEST_NUMBER = 100
_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], object]], ...] = (
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"0o[0-7]+"), lambda text: int(text, 0)),
    (re.compile(r"0x[0-9a-fA-F]+"), lambda text: int(text, 0)),
    (re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"), float),
)
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(slots=True)
class Node:
    """A value and where it starts, both counted from 1; `size` and `height` are those of the expanded tree."""

    line: int
    column: int
    scalar: Any = None
    children: dict[str | int, Node] | None = None
    keys: dict[str, tuple[int, int]] | None = None
    size: int = 1
    height: int = 1

    def plain(self) -> Any:
        """Return the value without places: dict, list or scalar."""
        if self.children is None:
            return self.scalar
        if self.keys is None:
            return [child.plain() for child in self.children.values()]
        return {name: child.plain() for name, child in self.children.items()}


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML document: its values, and the place of each as `file:line:column`."""

    file_name: str
    root: Node

    def value(self, path: Sequence[str | int]) -> Any:
        """Return the plain value at a path, or the nearest one around it."""
        return self._trail(path)[-1].plain()

    def place(self, path: Sequence[str | int] = ()) -> str:
        """Return where the value at a path starts, or the nearest one around it."""
        trail = self._trail(path)
        return self._shown(trail[-1].line, trail[-1].column)

    def key_place(self, path: Sequence[str | int]) -> str:
        """Return where the key that leads to a path starts; for an element of a list, where that starts."""
        trail = self._trail(path)
        if len(trail) > len(path) > 0:
            keys, name = trail[-2].keys, path[-1]
            if keys is not None and isinstance(name, str):
                return self._shown(*keys[name])
        return self.place(path)

    def _trail(self, path: Sequence[str | int]) -> list[Node]:
        trail = [self.root]
        for name in path:
            child = (trail[-1].children or {}).get(name)
            if child is None:
                break
            trail.append(child)
        return trail

    def _shown(self, line: int, column: int) -> str:
        return f"{self.file_name}:{line}:{column}"


def resolved(text: str) -> object:
    """Return what a plain scalar means in YAML 1.2's core schema: `NO` and `12:30:45` stay texts."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= _LONGEST_NUMBER:
        for pattern, number in _NUMBERS:
            if pattern.fullmatch(text):
                return number(text)
    return text
