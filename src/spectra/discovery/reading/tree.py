"""Tree: the plain values of an API document, JSON or YAML, and where each of them stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from spectra.documents.reading import Bounds, read_document
from spectra.errors import (
    ApiDocumentTooLargeError,
    ApiDocumentUnreadableError,
    DuplicateKeyError,
    UnquotedVersionError,
    YamlTooComplexError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spectra.documents.document import Document, Node
    from spectra.errors import SpectraError

Path = tuple[str | int, ...]
Link = tuple["Link | None", "str | int"]

MOST_CHARACTERS = 64_000_000
MOST_CONTAINERS = 1_500_000
YAML_BOUNDS = Bounds(characters=4_000_000, nodes=120_000, levels=100)  # what is read within 20 s
_MERGED = "<<"
_MOST_FLOW = 200_000
_LONGEST_STEP = 300


@dataclass(frozen=True, slots=True)
class Tree:
    """The values of one document; YAML knows lines, JSON is placed by pointers."""

    file_name: str
    root: Any
    document: Document | None = None

    def place(self, path: Path = ()) -> str:
        """Return where a value stands: `file:line:column`, or `file#/json/pointer`."""
        if self.document is not None:
            return self.document.key_place(path)
        return f"{self.file_name}#{''.join('/' + _escaped(str(name)) for name in path)}"

    def mappings(self) -> Iterator[tuple[dict[str, Any], Link | None]]:
        """Yield every mapping once, with the way to it; see `path_of`."""
        seen: set[int] = set()
        pending: list[tuple[Any, Link | None]] = [(self.root, None)]
        while pending:
            value, link = pending.pop()
            if not isinstance(value, dict | list) or id(value) in seen:
                continue
            seen.add(id(value))
            if isinstance(value, dict):
                yield value, link
            below = value.items() if isinstance(value, dict) else enumerate(value)
            inner = [(each, (link, name)) for name, each in below if isinstance(each, dict | list)]
            pending += reversed(inner)


def path_of(link: Link | None, *below: str | int) -> Path:
    """Return the path that a link leads along, and below it."""
    names = list(reversed(below))
    while link is not None:
        link, name = link
        names.append(name)
    return tuple(reversed(names))


def read_tree(text: str, file_name: str) -> tuple[Tree, list[SpectraError]]:
    """Read a document, JSON or YAML, and what is wrong with its writing.

    Raises ApiDocumentUnreadableError and ApiDocumentTooLargeError.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > MOST_CHARACTERS:
        raise ApiDocumentTooLargeError(f"longer than {MOST_CHARACTERS:,} characters", place=file_name)
    if text.count("[") + text.count("{") - text.count('{\\"') > MOST_CONTAINERS:  # not those in the text of a body
        raise ApiDocumentTooLargeError(f"more than {MOST_CONTAINERS:,} mappings and lists", place=file_name)
    return _json_tree(text, file_name) if text.lstrip()[:1] in ("{", "[") else _yaml_tree(text, file_name)


def _json_tree(text: str, file_name: str) -> tuple[Tree, list[SpectraError]]:
    repeated: dict[int, tuple[dict[str, Any], list[str]]] = {}

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            made, again = _first_of(pairs)
            repeated[id(made)] = made, again
        return made

    try:
        tree = Tree(file_name, json.loads(text, object_pairs_hook=mapping))
    except json.JSONDecodeError as error:
        return _flow_tree(text, file_name, error)
    except RecursionError:
        raise ApiDocumentTooLargeError("the document nests too deep", place=file_name) from None
    except ValueError:
        raise ApiDocumentUnreadableError("a number in it has thousands of digits", place=file_name) from None
    return tree, _repetitions(tree, repeated) if repeated else []


def _first_of(pairs: list[tuple[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    """Return the first value of each name, and the names that come again."""
    made: dict[str, Any] = {}
    again = []
    for name, value in pairs:
        if name in made:
            again.append(name)
        else:
            made[name] = value
    return made, again


def _flow_tree(text: str, file_name: str, error: json.JSONDecodeError) -> tuple[Tree, list[SpectraError]]:
    """Read what starts like JSON and is none as YAML, which may start so too; or say why it is not JSON."""
    try:
        if len(text) <= _MOST_FLOW:
            return _yaml_tree(text, file_name)
    except (ApiDocumentUnreadableError, ApiDocumentTooLargeError):
        pass
    place = f"{file_name}:{error.lineno}:{error.colno}"
    raise ApiDocumentUnreadableError(f"not JSON: {error.msg}", place=place) from None


def _repetitions(tree: Tree, repeated: dict[int, tuple[dict[str, Any], list[str]]]) -> list[SpectraError]:
    return [
        DuplicateKeyError(f"{name!r} stands here more than once; the first was read", place=tree.place(path_of(link)))
        for mapping, link in tree.mappings()
        if id(mapping) in repeated
        for name in repeated[id(mapping)][1]
    ]


def _yaml_tree(text: str, file_name: str) -> tuple[Tree, list[SpectraError]]:
    document, problems = read_document(text, file_name, YAML_BOUNDS)
    if document is None:
        problem = problems[-1]
        kind = ApiDocumentTooLargeError if isinstance(problem, YamlTooComplexError) else ApiDocumentUnreadableError
        raise kind(f"neither JSON nor YAML: {problem.message}", place=problem.place)
    told = [each for each in problems if not isinstance(each, UnquotedVersionError)]
    return Tree(file_name, _plain(document.root, {}), document), told


def _plain(node: Node, known: dict[int, Any]) -> Any:
    """Return plain values in which aliases share what they name, and merge keys are merged."""
    if node.children is None:
        return node.scalar
    if id(node) not in known:
        known[id(node)] = _container(node, known)
    return known[id(node)]


def _container(node: Node, known: dict[int, Any]) -> Any:
    values = {name: _plain(child, known) for name, child in (node.children or {}).items()}
    if node.keys is None:
        return list(values.values())
    if _MERGED not in values:
        return values
    merged = values.pop(_MERGED)
    parts = [each for each in (merged if isinstance(merged, list) else [merged]) if isinstance(each, dict)]
    return {name: value for part in reversed(parts) for name, value in part.items()} | values


def _escaped(name: str) -> str:
    """Return one step of a pointer, on one line: what cannot be printed is percent-encoded, what is long is cut."""
    plain = "".join(each if each.isprintable() else quote(each, errors="replace") for each in name[:_LONGEST_STEP])
    return plain.replace("~", "~0").replace("/", "~1") + ("..." if len(name) > _LONGEST_STEP else "")
