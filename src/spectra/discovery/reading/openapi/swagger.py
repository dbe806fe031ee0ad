"""Reading Swagger 2.0: one host with schemes, parameters without schemas, answers in what `produces` says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spectra.discovery.reading.notes import Notes, text_in
from spectra.discovery.reading.openapi.openapi import fields_of, no_servers, parameter_of, single
from spectra.discovery.reading.openapi.operations import Answer, described
from spectra.discovery.reading.openapi.references import References
from spectra.discovery.reading.openapi.schemas import Schemas
from spectra.discovery.reading.openapi.security import schemes_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spectra.discovery.description import ApiDescription, Parameter
    from spectra.discovery.reading.tree import Path, Tree

_SCHEMES = ("https", "http")
_MOST = 50


def read_swagger(tree: Tree, notes: Notes) -> ApiDescription:
    """Return what a Swagger 2.0 document says."""
    root, references = tree.root, References(tree)
    notes.take(references.faults())
    schemes = tuple(schemes_in(root.get("securityDefinitions"), ("securityDefinitions",), notes, references))
    dialect = SwaggerDialect(notes, references, Schemas(notes, references), _media_types(root, (), notes))
    return described("swagger-2.0", _servers(root, notes), schemes, dialect)


def _servers(root: dict[str, Any], notes: Notes) -> tuple[str, ...]:
    """Return the base URLs, https first; the base path alone where no host is named."""
    host, base = text_in(root.get("host")).strip("/"), text_in(root.get("basePath")).strip("/")
    path = f"/{base}" if base else ""
    if not host:
        return (path,) if path else no_servers(notes, ("host",))
    given = notes.sequence(root.get("schemes"), ("schemes",))
    schemes = [each for each in _SCHEMES if each in given] or ["https"]
    return tuple(f"{scheme}://{host}{path}" for scheme in schemes)


def _media_types(holder: dict[str, Any], at: Path, notes: Notes) -> tuple[str, ...]:
    given = notes.sequence(holder.get("produces"), (*at, "produces"))[:_MOST]
    return tuple(each for each in map(text_in, given) if each)


@dataclass(frozen=True, slots=True)
class SwaggerDialect:
    """How Swagger 2 spells parameters, bodies and answers."""

    notes: Notes
    references: References
    schemas: Schemas
    produces: tuple[str, ...]

    def parameter(self, value: dict[str, Any]) -> Iterable[Parameter]:
        """Return what one parameter object describes; a body is taken apart into its fields."""
        place, name = value.get("in"), text_in(value.get("name"))
        if place == "body":
            shape = self.schemas.shape(value.get("schema"))
            return tuple(fields_of(shape)) or (parameter_of({"name": "body", **value}, {}, shape, "body"),)
        if not name or place not in ("query", "path", "header", "formData"):
            return ()
        shape = self.schemas.shape(value)
        return (parameter_of(value, single(value, self.references), shape, "body" if place == "formData" else None),)

    def answer(self, response: dict[str, Any], operation: dict[str, Any], at: Path) -> Answer:
        """Return what one response brings."""
        produces = _media_types(operation, (), self.notes) if "produces" in operation else self.produces
        headers = self.notes.mapping(response.get("headers"), (*at, "headers"))
        is_json = not produces or any("json" in each or "*" in each for each in produces)
        schema = response.get("schema")
        shape = self.schemas.shape(schema) if is_json and schema is not None else None
        return Answer(shape, tuple(text_in(name).lower() for name in headers), produces)

    def body(self, operation: dict[str, Any], at: Path) -> Iterable[Parameter]:
        """Return nothing: a body is one of the parameters here."""
        del operation, at
        return ()
