"""Setting: one value of another tool's configuration, its place, and a memory of which values were looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spectra.documents.document import Node

_TELLING = ("type", "$ref")
_VARIABLE = re.compile(r"\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Word:
    """A value looked up elsewhere: `root` says where (`env`, `config`, `response`), `path` under which names."""

    root: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A value that only running the file would give; `shown` says what stands there, without its text."""

    shown: str


Part = str | Word | Code


@dataclass(slots=True)
class Marks:
    """Which nodes were opened (their members are accounted for one by one) and which are settled as a whole."""

    opened: set[int] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Setting:
    """A value seen through layers, the first one wins: a mapping over its defaults, or a reference with additions."""

    file_name: str
    layers: tuple[Node, ...]
    marks: Marks

    @property
    def node(self) -> Node:
        """The layer that wins."""
        return self.layers[0]

    @property
    def place(self) -> str:
        """Where the value stands: `file:line`."""
        return f"{self.file_name}:{self.node.line}"

    @property
    def is_mapping(self) -> bool:
        """Whether the value has named members."""
        return self.node.keys is not None

    @property
    def is_list(self) -> bool:
        """Whether the value has elements."""
        return self.node.children is not None and self.node.keys is None

    @property
    def scalar(self) -> Any:
        """The value without members; None for a mapping or a list."""
        self.open()
        return self.node.scalar

    def open(self) -> None:
        """Note that the value was looked at."""
        self.marks.opened.update(id(node) for node in self.layers)

    def close(self) -> None:
        """Note that the value is settled with all its members."""
        self.marks.closed.update(id(node) for node in self.layers)

    def get(self, name: str, *, merged: bool = False) -> Setting | None:
        """Return a member, or None where it is absent or null; `merged` lays it over the same of deeper layers."""
        self.open()
        found = [layer.children[name] for layer in self.layers if layer.keys and layer.children and name in layer.keys]
        self.marks.opened.update(map(id, found))
        if not found or (found[0].scalar is None and found[0].children is None):
            return None
        self._settle(found[1:], merged=merged)
        return self._child(tuple(found) if merged and found[0].keys is not None else found[:1])

    def _settle(self, hidden: Sequence[Node], *, merged: bool) -> None:
        """Account for defaults that something else overrides."""
        if not merged:
            self.marks.closed.update(map(id, hidden))

    def _child(self, layers: Sequence[Node]) -> Self:
        return type(self)(self.file_name, tuple(layers), self.marks)

    def entries(self, *, merged: bool = False) -> Iterator[tuple[str, Setting]]:
        """Yield the members of a mapping that are not null, in order."""
        names = dict.fromkeys(name for layer in self.layers for name in layer.keys or {})
        for name in names:
            child = self.get(name, merged=merged)
            if child is not None:
                yield name, child

    def elements(self) -> list[Setting]:
        """Return the elements of a list; nothing for anything else."""
        self.open()
        if not self.is_list:
            return []
        children = list((self.node.children or {}).values())
        self.marks.opened.update(map(id, children))
        return [self._child((child,)) for child in children]

    def listed(self, name: str) -> list[Setting]:
        """Return the elements of a member that is a list; nothing for any other."""
        found = self.get(name)
        return found.elements() if found is not None else []

    def parts(self) -> tuple[Part, ...]:
        """Return the text of a scalar in parts: plain text, words looked up elsewhere, code; nothing for others."""
        value = self.scalar
        if isinstance(value, tuple):
            return value
        if isinstance(value, bool) or value is None:
            return ("true" if value else "false",) if isinstance(value, bool) else ()
        return self._text_parts(value) if isinstance(value, str) else (str(value),)

    def _text_parts(self, text: str) -> tuple[Part, ...]:
        """Return a text in parts: `${NAME}` is looked up in the environment."""
        pieces = _VARIABLE.split(text)
        parts: list[Part] = [Word("env", (each,)) if index % 2 else each for index, each in enumerate(pieces)]
        return tuple(part for part in parts if part) if len(parts) > 1 else (text,)

    def text(self, name: str) -> str | None:
        """Return a member that is a plain text or number, as text."""
        child = self.get(name)
        parts = child.parts() if child is not None else ()
        return parts[0] if len(parts) == 1 and isinstance(parts[0], str) else None

    def number(self, name: str) -> int | None:
        """Return a member that is a whole number."""
        child = self.get(name)
        value = child.scalar if child is not None else None
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def child(self, name: str) -> Setting | None:
        """Return a member that is a mapping."""
        found = self.get(name)
        return found if found is not None and found.is_mapping else None


def untouched(root: Setting) -> Iterator[tuple[str, str, str]]:
    """Yield what nobody looked at: its name with all names around it, its own name, and its place."""
    pending: list[tuple[str, str, Node]] = [("", "", root.node)]
    while pending:
        path, name, node = pending.pop()
        if id(node) in root.marks.closed:
            continue
        if name in _TELLING or (node.scalar is None and node.children is None):
            continue
        if path and id(node) not in root.marks.opened:
            yield path, name, f"{root.file_name}:{node.line}"
            continue
        members = [(_joined(path, each), str(each), child) for each, child in (node.children or {}).items()]
        pending += reversed(members)


def _joined(path: str, name: str | int) -> str:
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else name
