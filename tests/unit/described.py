"""Short ways to write down what a document says of an API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spectra.discovery.description import ApiDescription, Operation, Parameter, SecurityScheme, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.discovery.description import Kind

TEXT = Shape("string")
NUMBER = Shape("integer")
BASIC = SecurityScheme("basic", "basic")


def record(*names: str, required: tuple[str, ...] = (), **fields: Shape) -> Shape:
    """Describe an object: `names` are texts, but for `id`, a number."""
    plain: dict[str, Shape] = {name: NUMBER if name == "id" else TEXT for name in names}
    return Shape("object", plain | fields, required=required)


def list_of(item: Shape) -> Shape:
    return Shape("array", items=item)


def wrapped(records: str, item: Shape, **beside: Shape) -> Shape:
    return Shape("object", {records: list_of(item), **beside})


def asked(name: str, kind: Kind = "string", **more: Any) -> Parameter:
    return Parameter(name, "query", kind=kind, **more)


def get(path: str, answer: Shape | None = None, *query: Parameter | str, **more: Any) -> Operation:
    parameters = [asked(each) if isinstance(each, str) else each for each in query]
    return Operation("GET", path, f"api.json#{path}", parameters=tuple(parameters), answer=answer, **more)


def described(*operations: Operation, schemes: tuple[SecurityScheme, ...] = (BASIC,), **more: Any) -> ApiDescription:
    named = {"format": "openapi-3.0", "title": "Acme", "file_name": "acme.json", "servers": ("https://acme.example",)}
    security = tuple((each.name,) for each in schemes)
    settings: Mapping[str, Any] = named | {"default_security": security} | more
    return ApiDescription(operations=operations, schemes=schemes, **settings)


THING = record("id", "name")
