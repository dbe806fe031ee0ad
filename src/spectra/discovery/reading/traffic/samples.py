"""Shapes out of JSON that was seen, instead of described: each sample adds to what the ones before it showed."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from spectra.discovery.description import Shape
from spectra.discovery.reading.notes import text_in
from spectra.discovery.reading.openapi.schemas import ANY, DEEPEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from spectra.discovery.description import Kind

MIXED = Shape("any", description="of several kinds")
_MOST_FIELDS = 400
_MOST_ITEMS = 50
_LONGEST_BODY = 5_000_000
_FORMATS = {
    "uuid": re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
}


def shape_of_text(text: Any, hides: Callable[[str], bool]) -> Shape | None:
    """Return the shape of a JSON text, None where it is none; names that `hides` objects to are left out."""
    if not isinstance(text, str) or len(text) > _LONGEST_BODY:
        return None
    try:
        return shape_of(json.loads(text), hides)
    except (ValueError, RecursionError):
        return None


def shape_of(value: Any, hides: Callable[[str], bool], depth: int = DEEPEST) -> Shape:
    """Return the shape of a value; null tells nothing, so it is `any`."""
    if isinstance(value, dict | list) and depth <= 0:
        return ANY
    if isinstance(value, dict):
        named = [(text_in(name), each) for name, each in islice(value.items(), _MOST_FIELDS) if not hides(name)]
        fields = {name: shape_of(each, hides, depth - 1) for name, each in named if name}
        return Shape("object", fields, required=tuple(name for name, each in named if name and each is not None))
    if isinstance(value, list):
        items = ANY
        for each in value[:_MOST_ITEMS]:
            items = joined(items, shape_of(each, hides, depth - 1))
        return Shape("array", items=items)
    return _scalar(value)


def joined(one: Shape, other: Shape) -> Shape:
    """Return a shape that both samples have: the fields of both, `any` where they are of different kinds."""
    if MIXED in (one, other):
        return MIXED
    if "any" in (one.kind, other.kind):
        return other if one.kind == "any" else one
    if one.kind != other.kind:
        return Shape("number") if {one.kind, other.kind} == {"integer", "number"} else MIXED
    names = dict.fromkeys((*one.fields, *other.fields))
    fields = {name: joined(one.fields.get(name, ANY), other.fields.get(name, ANY)) for name in names}
    return Shape(
        one.kind,
        fields,
        joined(one.items, other.items) if one.items and other.items else one.items or other.items,
        one.format if one.format == other.format else None,
        tuple(name for name in one.required if name in other.required),
    )


def _scalar(value: Any) -> Shape:
    kinds: dict[type, Kind] = {bool: "boolean", int: "integer", float: "number"}
    if not isinstance(value, str):
        return Shape(kinds.get(type(value), "any"))
    return Shape("string", format=next((name for name, form in _FORMATS.items() if form.fullmatch(value)), None))
