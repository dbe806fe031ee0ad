"""Where the records of an answer stand, and the fields of one, by the shapes that a document describes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spectra.access.records import LIST_NAMES
from spectra.discovery.words import spellings, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spectra.discovery.description import Shape
    from spectra.discovery.guessing.guess import Confidence

SCALARS = frozenset({"string", "integer", "number", "any", "boolean"})
_INNER = frozenset({"metadata", "attributes", "fields", "properties", "meta", "sys"})
_OF_PAGES = re.compile(
    r"total|count|limit|offset|next|prev|page|size|more|self|first|last|start|max|cursor|token|expand|status|success"
    r"|^ok$|^kind$|version|message|warning|error|link|url|etag"
)
_FEW = 2
_LONGEST_NAME = 100
_LIST_NAMES = tuple(squeezed(name) for name in LIST_NAMES)


@dataclass(frozen=True, slots=True)
class Records:
    """The records of an answer: their dotted path (empty at the top), what one looks like, and why."""

    path: str
    item: Shape
    confidence: Confidence
    reason: str


def records_in(answer: Shape | None, names: Iterable[str]) -> Records | None:
    """Return where an answer holds its list of objects, None where it seems to be none.

    `names` are what the records may be called: the last words of the path.
    """
    if answer is None:
        return None
    if answer.kind == "array":
        item = _record(answer)
        return Records("", item, "high", "the answer is a list of objects") if item is not None else None
    if answer.kind != "object" or "id" in answer.fields:
        return None
    wanted = frozenset(spelling for name in names for spelling in spellings(name))
    return _wrapped(answer, wanted, "") or _deeper(answer, wanted)


def _wrapped(answer: Shape, wanted: frozenset[str], above: str) -> Records | None:
    lists = {name: item for name, each in answer.fields.items() if usable(name) and (item := _record(each)) is not None}
    named = [name for name in lists if spellings(name) & wanted]
    usual = sorted((n for n in lists if squeezed(n) in _LIST_NAMES), key=lambda n: _LIST_NAMES.index(squeezed(n)))
    for name in (named or usual)[:1]:
        why = "called as the path is" if named else "under a usual name"
        return Records(above + name, lists[name], "high", f"the answer holds a list of objects there, {why}")
    if len(lists) != 1 or _own_fields(answer) > _FEW:
        return None
    ((name, item),) = lists.items()
    return Records(above + name, item, "medium", "the answer's only list of objects")


def _own_fields(answer: Shape) -> int:
    """Return how many fields an answer has that say something of the thing itself, not of the page."""
    scalar = [name for name, each in answer.fields.items() if each.kind in SCALARS]
    return sum(not _OF_PAGES.search(squeezed(name)) for name in scalar)


def _deeper(answer: Shape, wanted: frozenset[str]) -> Records | None:
    objects = ((name, each) for name, each in answer.fields.items() if each.kind == "object" and usable(name))
    inside = ((name, each) for name, each in objects if "id" not in each.fields)
    found = [records for name, each in inside if (records := _wrapped(each, wanted, f"{name}.")) is not None]
    return found[0] if len(found) == 1 and found[0].confidence == "high" else None


def _record(shape: Shape) -> Shape | None:
    """Return what one looks like where a shape is a list of objects."""
    return shape.items if shape.kind == "array" and shape.items is not None and shape.items.kind == "object" else None


def scalar_fields(item: Shape) -> Mapping[str, Shape]:
    """Return the scalar fields of a record, dotted; those in the usual inner objects after its own."""
    found = {name: each for name, each in item.fields.items() if _referable(name) and each.kind in SCALARS}
    for name, each in item.fields.items():
        if each.kind == "object" and name in _INNER:
            found |= {
                f"{name}.{inner}": value
                for inner, value in each.fields.items()
                if _referable(inner) and value.kind in SCALARS
            }
    return found


def usable(name: str) -> bool:
    """Return whether a name can stand in a definition, and cannot be taken for a variable there."""
    return 0 < len(name) <= _LONGEST_NAME and name.isprintable() and "${" not in name


def _referable(name: str) -> bool:
    """Return whether a field can be referred to as `entity.field`."""
    return usable(name) and "." not in name and " " not in name


def field_named(fields: Iterable[str], *names: str) -> str | None:
    """Return the first field that is called by one of some squeezed names, the names in order of choice."""
    by_name: dict[str, str] = {}
    for field in fields:
        by_name.setdefault(squeezed(field.rpartition(".")[2]), field)
    return next((by_name[name] for name in names if name in by_name), None)
