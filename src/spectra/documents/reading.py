"""Reading YAML text into a Document, within limits and without recursion, all problems at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.reader import ReaderError

from spectra.documents.document import Document, Node, resolved
from spectra.errors import (
    DuplicateKeyError,
    InvalidValueError,
    UnquotedVersionError,
    YamlSyntaxError,
    YamlTooComplexError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spectra.errors import SpectraError

MOST_NODES = 100_000
MOST_CHARACTERS = 2_000_000
DEEPEST = 50
_KNOWN_TAGS = ("!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a document may be: characters, nodes with aliases expanded, levels."""

    characters: int = MOST_CHARACTERS
    nodes: int = MOST_NODES
    levels: int = DEEPEST


def read_document(text: str, file_name: str, bounds: Bounds = Bounds()) -> tuple[Document | None, list[SpectraError]]:
    """Read YAML text; returns the document (None where it cannot be read) and every problem of its writing."""
    building = _Building(file_name, bounds)
    if len(text) > bounds.characters:
        return None, [YamlTooComplexError(f"longer than {bounds.characters:,} characters", place=f"{file_name}:1:1")]
    try:
        building.take_all(YAML(typ="safe", pure=True).parse(text))
    except (YamlSyntaxError, YamlTooComplexError) as error:
        return None, [*building.problems, error]
    except YAMLError as error:
        return None, [*building.problems, _syntax_error(error, text, file_name)]
    except (ValueError, OverflowError, RecursionError) as error:  # what the scanner lets through: "\U99999999"
        why = f"not YAML: {type(error).__name__}"
        return None, [*building.problems, YamlSyntaxError(why, place=f"{file_name}:1:1")]
    return Document(file_name, building.root or Node(1, 1)), building.problems


def _syntax_error(error: YAMLError, text: str, file_name: str) -> YamlSyntaxError:
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return YamlSyntaxError(str(error.problem or error.context or "not YAML"), place=f"{file_name}:{line}:{column}")
    position = error.position if isinstance(error, ReaderError) else 0
    before = text[:position].split("\n")
    place = f"{file_name}:{len(before)}:{len(before[-1]) + 1}"
    character = f"U+{ord(text[position]):04X}" if position < len(text) else "a character"
    return YamlSyntaxError(f"{character} may not stand in YAML", place=place)


@dataclass(slots=True)
class _Building:
    """Builds the tree from parser events; a stack stands in for recursion."""

    file_name: str
    bounds: Bounds
    problems: list[SpectraError] = field(default_factory=list)
    root: Node | None = None
    open: list[Node] = field(default_factory=list)
    pending: list[tuple[str, int, int] | None] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    anchors: dict[str, Node | None] = field(default_factory=dict)
    nodes: int = 0

    def take_all(self, events: Iterable[object]) -> None:
        """Build from events; raises YamlSyntaxError and YamlTooComplexError."""
        for event in events:
            if isinstance(event, DocumentStartEvent) and self.root is not None:
                raise YamlSyntaxError("a second document starts here; one file holds one", place=self._place(event))
            if isinstance(event, CollectionEndEvent):
                self._close()
            elif isinstance(event, AliasEvent):
                self._alias(event)
            elif isinstance(event, NodeEvent):
                self._node(event)

    def _node(self, event: NodeEvent) -> None:
        self._check_tag(event)
        self._count(event, 1, 1)
        node = Node(event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, ScalarEvent):
            self._scalar(event, node)
        elif isinstance(event, CollectionStartEvent):
            self._open(event, node)

    def _scalar(self, event: ScalarEvent, node: Node) -> None:
        if _SURROGATE.search(event.value):
            raise YamlSyntaxError("half a surrogate pair is no character", place=self._place(event))
        node.scalar = resolved(event.value) if event.implicit[0] and event.tag is None else event.value
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        if self._wants_key():
            self.pending[-1] = event.value, node.line, node.column
        else:
            self._place_node(node)

    def _open(self, event: CollectionStartEvent, node: Node) -> None:
        node.children = {}
        node.keys = {} if isinstance(event, MappingStartEvent) else None
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.open.append(node)
        self.pending.append(None)
        self.names.append(event.anchor)

    def _wants_key(self) -> bool:
        return bool(self.open) and self.open[-1].keys is not None and self.pending[-1] is None

    def _alias(self, event: AliasEvent) -> None:
        node = self.anchors.get(event.anchor)
        if node is None:
            why = "stands inside what it names" if event.anchor in self.anchors else "names nothing above it"
            raise YamlSyntaxError(f"the alias *{event.anchor} {why}", place=self._place(event))
        self._count(event, node.size, node.height)
        self._place_node(node)

    def _close(self) -> None:
        node, anchor = self.open.pop(), self.names.pop()
        self.pending.pop()
        children = (node.children or {}).values()
        node.size += sum(child.size for child in children)
        node.height += max((child.height for child in children), default=0)
        if anchor is not None:
            self.anchors[anchor] = node
        self._place_node(node)

    def _place_node(self, node: Node) -> None:
        """Hang a finished node where it belongs."""
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        children = parent.children if parent.children is not None else {}
        if parent.keys is None:
            children[len(children)] = node
        elif self.pending[-1] is None:
            place = f"{self.file_name}:{node.line}:{node.column}"
            self.problems.append(InvalidValueError("a key is a word, not a list or mapping", place=place))
            self.pending[-1] = ("", 0, 0)
        else:
            self._enter(parent.keys, children, node)

    def _enter(self, keys: dict[str, tuple[int, int]], children: dict[str | int, Node], node: Node) -> None:
        name, line, column = self.pending[-1] or ("", 0, 0)
        self.pending[-1] = None
        if not line:
            return
        place = f"{self.file_name}:{line}:{column}"
        if name in keys:
            first = keys[name][0]
            message = f"{name!r} stands here a second time; the first is in line {first}"
            self.problems.append(DuplicateKeyError(message, place=place, found=name, first=str(first)))
            return
        keys[name] = line, column
        children[name] = node
        if name.lower().endswith("version") and isinstance(node.scalar, int | float):
            message = "an unquoted version is read as a number, and 1.10 becomes 1.1"
            place = f"{self.file_name}:{node.line}:{node.column}"
            self.problems.append(UnquotedVersionError(f"{name}: {message}", place=place, key=name))

    def _count(self, event: NodeEvent, size: int, height: int) -> None:
        self.nodes += size
        if self.nodes > self.bounds.nodes:
            said = f"more than {self.bounds.nodes:,} nodes with aliases expanded"
            raise YamlTooComplexError(said, place=self._place(event))
        if len(self.open) + height > self.bounds.levels:
            raise YamlTooComplexError(f"nested deeper than {self.bounds.levels} levels", place=self._place(event))

    def _check_tag(self, event: NodeEvent) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None and str(tag) not in _KNOWN_TAGS:
            self.problems.append(InvalidValueError("tags (!) have no meaning here", place=self._place(event)))

    def _place(self, event: object) -> str:
        mark = getattr(event, "start_mark", None)
        return f"{self.file_name}:{mark.line + 1}:{mark.column + 1}" if mark else f"{self.file_name}:1:1"
