"""Shapes out of JSON Schema as OpenAPI writes it: references followed, allOf joined, all of it to a bounded depth."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from spectra.discovery.description import Shape
from spectra.discovery.reading.notes import text_in
from spectra.errors import ApiPartsLeftOutError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spectra.discovery.description import Kind
    from spectra.discovery.reading.notes import Notes
    from spectra.discovery.reading.openapi.references import References

ANY = Shape("any")
DEEPEST = 6
_MOST_COMPOSED = 8
_MOST_FIELDS = 400
_MOST_SHAPES = 50_000
_MOST_MEMBERS = 30
_LONGEST_DESCRIPTION = 200
_KINDS: tuple[Kind, ...] = ("object", "array", "string", "integer", "number", "boolean")


@dataclass(slots=True)
class Schemas:
    """Turns schemas into shapes, each once per depth; what lies deeper than 6 levels is `any`, as is all in the end.

    A few thousand schemas that hold each other eight at a time would keep a machine busy for hours.
    """

    notes: Notes
    references: References
    _known: dict[tuple[int, int, int], Shape] = field(default_factory=dict)

    def shape(self, schema: Any, depth: int = DEEPEST, composed: int = _MOST_COMPOSED) -> Shape:
        """Return the shape that a schema describes; `any` where it describes none."""
        schema, _ = self.references.followed(schema, ())
        if not isinstance(schema, dict) or composed <= 0:
            return ANY
        key = id(schema), depth, composed
        if key not in self._known:
            self._known[key] = ANY
            if len(self._known) < _MOST_SHAPES:
                self._known[key] = self._made(schema, depth, composed)
            elif len(self._known) == _MOST_SHAPES:
                said = f"its schemas unfold to more than {_MOST_SHAPES:,} shapes; those from here on were not read"
                self.notes.add(ApiPartsLeftOutError, said, ())
        return self._known[key]

    def _made(self, schema: dict[str, Any], depth: int, composed: int) -> Shape:
        members = [self.shape(each, depth, composed - 1) for each in _members(schema, "allOf")]
        members += [
            one_of(self.shape(each, depth, composed - 1) for each in _members(schema, name))
            for name in ("oneOf", "anyOf")
            if name in schema
        ]
        own = self._own(schema, depth)
        shape = all_of([own, *members]) if members else own
        description = text_in(schema.get("description"))[:_LONGEST_DESCRIPTION]
        return replace(shape, description=description) if description else shape

    def _own(self, schema: dict[str, Any], depth: int) -> Shape:
        kind = kind_of(schema)
        if kind in ("object", "array") and depth <= 0:
            return ANY
        if kind == "object":
            given = schema.get("properties")
            named = islice(given.items(), _MOST_FIELDS) if isinstance(given, dict) else ()
            fields = {text_in(name): self.shape(each, depth - 1) for name, each in named}
            required = schema.get("required")
            names = required if isinstance(required, list) else []
            return Shape("object", fields, required=tuple(each for each in fields if each in names))
        if kind == "array":
            return Shape("array", items=self.shape(schema.get("items"), depth - 1))
        return Shape(kind, format=text_in(schema.get("format")) or None)


def kind_of(schema: dict[str, Any]) -> Kind:
    """Return the kind that a schema names, or that its other words imply."""
    named = schema.get("type")
    names = [each for each in _KINDS if each == named or (isinstance(named, list) and each in named)]
    if len(names) == 1:
        return names[0]
    if names or named is not None:
        return "any"
    if isinstance(schema.get("properties"), dict) or isinstance(schema.get("additionalProperties"), dict):
        return "object"
    return "array" if isinstance(schema.get("items"), dict) else "any"


def all_of(shapes: Iterable[Shape]) -> Shape:
    """Return the shape of a value that is all of these at once."""
    joined = ANY
    for each in shapes:
        joined = Shape(
            kind=joined.kind if joined.kind != "any" else each.kind,
            fields=dict(islice({**joined.fields, **each.fields}.items(), _MOST_FIELDS)),
            items=joined.items or each.items,
            format=joined.format or each.format,
            required=tuple(dict.fromkeys((*joined.required, *each.required))),
            description=joined.description or each.description,
        )
    return joined


def one_of(shapes: Iterable[Shape]) -> Shape:
    """Return the shape that alternatives have in common: all their fields where they are of one kind, else `any`."""
    known = [each for each in shapes if each.kind != "any"]
    if not known or len({each.kind for each in known}) > 1:
        return ANY
    required = set(known[0].required).intersection(*(each.required for each in known))
    joined = all_of(known)
    return replace(joined, required=tuple(name for name in joined.required if name in required), description="")


def _members(schema: dict[str, Any], name: str) -> list[Any]:
    given = schema.get(name)
    return given[:_MOST_MEMBERS] if isinstance(given, list) else []
