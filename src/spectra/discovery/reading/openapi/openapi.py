"""Reading OpenAPI 3.0 and 3.1: servers with variables, parameters with schemas, answers by media type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from spectra.discovery.description import Parameter
from spectra.discovery.reading.notes import Notes, text_in
from spectra.discovery.reading.openapi.operations import Answer, described
from spectra.discovery.reading.openapi.references import References
from spectra.discovery.reading.openapi.schemas import Schemas
from spectra.discovery.reading.openapi.security import schemes_in
from spectra.errors import ApiServerMissingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from spectra.discovery.description import ApiDescription, Format, Place, Shape
    from spectra.discovery.reading.tree import Path, Tree

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_MOST = 50


def read_openapi(tree: Tree, notes: Notes, version: Format) -> ApiDescription:
    """Return what an OpenAPI 3 document says."""
    root, references = tree.root, References(tree)
    notes.take(references.faults())
    components = notes.mapping(root.get("components"), ("components",))
    at = ("components", "securitySchemes")
    schemes = tuple(schemes_in(components.get("securitySchemes"), at, notes, references))
    servers = tuple(dict.fromkeys(_servers(root, notes))) or no_servers(notes, ("servers",))
    return described(version, servers, schemes, OpenApiDialect(notes, references, Schemas(notes, references)))


def _servers(root: dict[str, Any], notes: Notes) -> Iterator[str]:
    for index, each in enumerate(notes.sequence(root.get("servers"), ("servers",))[:_MOST]):
        server = notes.mapping(each, ("servers", index))
        given = notes.mapping(server.get("variables"), ("servers", index, "variables"))
        url = _with_defaults(text_in(server.get("url")), given)
        if url:
            yield url.rstrip("/") or "/"


def no_servers(notes: Notes, at: Path) -> tuple[str, ...]:
    """Note that a document names no server, and return none."""
    notes.add(ApiServerMissingError, "the document names no server", at)
    return ()


def _with_defaults(url: str, variables: Mapping[str, Any]) -> str:
    def default(match: re.Match[str]) -> str:
        variable = variables.get(match[1])
        return (text_in(variable.get("default")) if isinstance(variable, dict) else "") or match[0]

    return _VARIABLE.sub(default, url)


def parameter_of(
    value: Mapping[str, Any], schema: Mapping[str, Any], shape: Shape, place: Place | None = None
) -> Parameter:
    """Return a parameter whose words stand in one mapping, and what its values look like in another."""
    choices = schema.get("enum")
    maximum = schema.get("maximum")
    return Parameter(
        name=text_in(value.get("name")),
        place=place or cast("Place", value["in"]),
        required=value.get("required") is True,
        kind=shape.kind,
        format=shape.format,
        description=text_in(value.get("description")),
        default=_scalar(schema.get("default")),
        maximum=maximum if isinstance(maximum, int | float) and not isinstance(maximum, bool) else None,
        choices=tuple(_scalar(each) for each in choices[:_MOST]) if isinstance(choices, list) else (),
    )


def single(schema: Any, references: References) -> Mapping[str, Any]:
    """Return the schema of one value: where a list may be sent, that of its items with the first of its default."""
    given: dict[str, Any] = schema if isinstance(schema, dict) else {}
    items, _ = references.followed(given.get("items"), ())
    default = given.get("default")
    first = {"default": default[0]} if isinstance(default, list) and default else {}
    return {**items, **first} if isinstance(items, dict) else given


def fields_of(shape: Shape) -> Iterator[Parameter]:
    """Yield the fields of a body as parameters."""
    for name, each in shape.fields.items():
        yield Parameter(name, "body", name in shape.required, each.kind, each.format, each.description)


def _scalar(value: Any) -> Any:
    return text_in(value) if isinstance(value, str) else value if isinstance(value, bool | int | float) else None


@dataclass(frozen=True, slots=True)
class OpenApiDialect:
    """How OpenAPI 3 spells parameters, bodies and answers."""

    notes: Notes
    references: References
    schemas: Schemas

    def parameter(self, value: dict[str, Any]) -> Iterable[Parameter]:
        """Return what one parameter object describes; its schema stands beside it or under a media type."""
        if not text_in(value.get("name")) or value.get("in") not in ("query", "path", "header", "cookie"):
            return ()
        given = value.get("schema")
        if given is None:
            given = self._json(value.get("content"))
        schema, _ = self.references.followed(given, ())
        return (parameter_of(value, single(schema, self.references), self.schemas.shape(schema)),)

    def answer(self, response: dict[str, Any], operation: dict[str, Any], at: Path) -> Answer:
        """Return what one response brings."""
        del operation
        content = self.notes.mapping(response.get("content"), (*at, "content"))
        headers = self.notes.mapping(response.get("headers"), (*at, "headers"))
        schema = self._json(content)
        shape = self.schemas.shape(schema) if schema is not None else None
        names = tuple(text_in(name).lower() for name in headers)
        return Answer(shape, names, tuple(text_in(name) for name in content))

    def body(self, operation: dict[str, Any], at: Path) -> Iterable[Parameter]:
        """Return the fields of the JSON that an operation takes."""
        del at
        body, _ = self.references.followed(operation.get("requestBody"), ())
        if not isinstance(body, dict):
            return ()
        return fields_of(self.schemas.shape(self._json(body.get("content"))))

    def _json(self, content: Any) -> Any:
        """Return the schema of the most JSON-like media type, None where there is none."""
        if not isinstance(content, dict):
            return None
        kinds = sorted(content, key=lambda name: (not name.startswith("application/json"), "json" not in name))
        for name in kinds:
            media = content[name]
            if ("json" in name or "*" in name) and isinstance(media, dict):
                return media.get("schema")
        return None
