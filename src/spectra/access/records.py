"""Slicing an answer into its records, each the exact bytes that the API sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Raw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Shape = Literal["list", "wrapped", "dict", "object", "scalar", "text", "empty"]

LIST_NAMES = (
    *("results", "result", "data", "items", "records", "values", "value", "rows", "entries", "elements", "objects"),
    *("content", "hits", "documents", "Resources"),
)
_ID_LIKE = re.compile(r"[0-9]+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ALIKE = 0.5
_ENOUGH = 2
_NULL = b"null"
_DEEPEST = 3
_MOST_LISTS = 3


@dataclass(frozen=True, slots=True)
class Sliced:
    """The records of a body, the path they were found under (empty at the top), and the shape of the answer.

    `records` is None where the answer holds none by its nature: a scalar, a text, or an object without the
    declared path. An object that is no wrapper is a record itself.
    """

    records: tuple[bytes, ...] | None
    path: str | None
    shape: Shape


def slice_records(body: bytes, path: str | None = None) -> Sliced:
    """Slice a body into records, under a dotted path where one is declared.

    Undeclared, these rules hold, the first that fits: a list is records; so is, in an object without `id`, the list
    of the first name in `LIST_NAMES`; an object whose values are objects that look alike, or whose names are ids, is
    a dict of records; an object without members holds none; any other object is one record.
    """
    text = body.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n")
    if not text:
        return Sliced(None, None, "empty")
    try:
        return _declared(text, path) if path else _found(text)
    except (ValueError, RecursionError):
        return Sliced(None, None, "text")


def ids(records: Iterable[bytes], field: str) -> tuple[str, ...]:
    """Return one field (dotted) of each record as text, in order, each value once; numbers keep their digits."""
    decoder, depth = _field_decoder(field)
    found: dict[str, None] = {}
    for record in records:
        try:
            value: object = decoder.decode(record)
            for _ in range(depth):
                value = getattr(value, "inner", None)
            text = _scalar_text(value) if isinstance(value, Raw) else None
        except (ValueError, RecursionError):
            continue
        if text:
            found[text] = None
    return tuple(found)


def lists_within(record: bytes, deepest: int = _DEEPEST) -> tuple[str, ...]:
    """Return the dotted paths of the lists of objects inside an object, the shallowest first; the first few."""
    found, level = list[str](), [("", record)]
    for _ in range(deepest):
        below = []
        for path, text in level:
            for name, value in (_members(text) if text.startswith(b"{") else {}).items():
                if value.startswith(b"{"):
                    below.append((f"{path}{name}.", value))
                elif value.startswith(b"[") and value[1:].lstrip().startswith(b"{"):
                    found.append(path + name)
        level = below
    return tuple(found[:_MOST_LISTS])


def _found(text: bytes) -> Sliced:
    if text.startswith(b"["):
        return Sliced(_elements(text), "", "list")
    if not text.startswith(b"{"):
        msgspec.json.decode(text)
        return Sliced(None, None, "scalar")
    members = _members(text)
    name = next((name for name in LIST_NAMES if members.get(name, b"").startswith(b"[")), None)
    if name is not None and "id" not in members:
        return Sliced(_elements(members[name]), name, "wrapped")
    return _in_object(text, members, "")


def _declared(text: bytes, path: str) -> Sliced:
    found = _at(text, path)
    if found is None:
        return Sliced(None, None, _found(text).shape)
    if found == _NULL:
        return Sliced((), path, "wrapped")
    if found.startswith(b"["):
        return Sliced(_elements(found), path, "wrapped")
    if not found.startswith(b"{"):
        return Sliced(None, None, "scalar")
    return _in_object(found, _members(found), path)


def _in_object(text: bytes, members: Mapping[str, bytes], path: str) -> Sliced:
    if not members or _is_dict_of_records(members):
        return Sliced(tuple(members.values()), path, "dict")
    return Sliced((text,), path, "object")


def _at(text: bytes, path: str) -> bytes | None:
    """Follow a dotted path; a name that holds dots itself is found too."""
    if not text.startswith(b"{"):
        return None
    members = _members(text)
    if path in members:
        return members[path]
    head, _, rest = path.partition(".")
    return _at(members[head], rest) if rest and head in members else None


def _elements(text: bytes) -> tuple[bytes, ...]:
    return tuple(map(bytes, msgspec.json.decode(text, type=list[Raw])))


def _members(text: bytes) -> dict[str, bytes]:
    return {name: bytes(value) for name, value in msgspec.json.decode(text, type=dict[str, Raw]).items()}


def _is_dict_of_records(members: Mapping[str, bytes]) -> bool:
    if not all(value.startswith(b"{") for value in members.values()):
        return False
    if all(_ID_LIKE.fullmatch(name) for name in members):
        return True
    names = [set(msgspec.json.decode(value, type=dict[str, Raw])) for value in members.values()]
    every = set[str].union(*names)
    return len(names) >= _ENOUGH and len(set.intersection(*names)) > _ALIKE * len(every)


@lru_cache(maxsize=256)
def _field_decoder(field: str) -> tuple[msgspec.json.Decoder[object], int]:
    """Return a decoder that reads one field and skips all others, and how deep that field lies."""
    names = field.split(".")
    kind: object = Raw
    for name in reversed(names):
        kind = msgspec.defstruct("Field", [("inner", kind, None)], rename={"inner": name})
    return msgspec.json.Decoder(kind), len(names)


def _scalar_text(value: Raw) -> str | None:
    text = bytes(value)
    if text.startswith(b'"'):
        return msgspec.json.decode(text, type=str)
    return text.decode() if text[:1] in b"-0123456789" else None
