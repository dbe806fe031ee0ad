"""Scope: a definition and its catalogue seen as one, answering what a stage asks of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from spectra.access.exchange import Request
from spectra.catalog.hierarchy import feeds, levels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.catalog.endpoint import Endpoint
    from spectra.catalog.rows import Catalogue
    from spectra.definition.model import SourceDefinition


@dataclass(frozen=True)
class Scope:
    """A source as declared; `definition` and `catalogue` have been loaded and agree with each other."""

    definition: SourceDefinition
    catalogue: Catalogue

    @property
    def base_path(self) -> str:
        """The path of base_url, without a slash at its end."""
        return urlsplit(self.definition.base_url).path.rstrip("/")

    @property
    def root(self) -> str | None:
        """The entity at which the hierarchy starts, if the definition declares one."""
        return self.definition.roots.entity if self.definition.roots else None

    @property
    def where(self) -> Mapping[str, Any]:
        """What a root record must hold to be walked."""
        return self.definition.roots.where if self.definition.roots else {}

    def order(self) -> tuple[str, ...]:
        """Return every entity, parents before children."""
        return tuple(name for level in levels(self.definition) for name in level)

    def declared_levels(self) -> tuple[str, ...]:
        """Return the levels that must be reached: as expected, or the root and every entity with a parent.

        Where none has one, each entity is a level of its own.
        """
        expect = self.definition.expect
        if expect is not None and expect.levels:
            return tuple(expect.levels)
        return tuple(name for name in self.order() if name == self.root or self.references(name)) or self.order()

    def endpoint(self, path: str) -> Endpoint | None:
        """Return the GET endpoint of a path, as catalogued."""
        wanted = path.split("?", 1)[0]
        return next((e for e in self.catalogue.endpoints if e.method == "GET" and e.path == wanted), None)

    def auth_probe(self) -> Endpoint | None:
        """Return the endpoint at which the credentials are tried: as declared, the root's, or the first without ids."""
        path = getattr(self.definition.auth, "probe", None)
        if path:
            return self.endpoint(path)
        if self.root and not self.references(self.root):
            return self.endpoint_of(self.root)
        return next((e for e in self.catalogue.endpoints if e.method == "GET" and not e.placeholders), None)

    def path_of(self, entity: str) -> str:
        """Return the path an entity is read from, without query text."""
        return self.definition.entities[entity].endpoint.split("?", 1)[0]

    def endpoint_of(self, entity: str) -> Endpoint:
        """Return the endpoint that an entity is read from; loading made sure there is one."""
        found = self.endpoint(self.path_of(entity))
        if found is None:  # pragma: no cover - a definition with such an entity does not load
            raise LookupError(entity)
        return found

    def entity_of(self, endpoint: Endpoint) -> str | None:
        """Return the first entity that is read from an endpoint."""
        if endpoint.method != "GET":
            return None
        return next((name for name in self.definition.entities if self.path_of(name) == endpoint.path), None)

    def feeds(self, endpoint: Endpoint) -> dict[str, str | None]:
        """Return each placeholder of an endpoint with the `entity.field` that fills it, None where unmapped."""
        return feeds(endpoint, self.definition)

    def references(self, entity: str) -> tuple[str, ...]:
        """Return the `entity.field`s that reading an entity needs: ids of its path, parents in its query."""
        fed = self.feeds(self.endpoint_of(entity)).values()
        queried = self.definition.entities[entity].query.values()
        return tuple(dict.fromkeys([reference for reference in (*fed, *queried) if reference]))

    def fields_of(self, entity: str) -> tuple[str, ...]:
        """Return the fields of an entity that anything refers to, and its key."""
        declared = self.definition
        every = [*declared.ids.values(), *(r for o in declared.endpoints.values() for r in o.ids.values())]
        every += [reference for other in declared.entities.values() for reference in other.query.values()]
        used = [r.split(".", 1)[1] for r in every if r.split(".", 1)[0] == entity]
        return tuple(dict.fromkeys([*declared.entities[entity].key, *used]))

    def request(self, entity: str, values: Mapping[str, str]) -> Request:
        """Return the request for the first page of an entity under its parents' ids."""
        declared = self.definition.entities[entity]
        request = self.plain_request(self.endpoint_of(entity), values)
        request = request.with_params(**{name: values[reference] for name, reference in declared.query.items()})
        return declared.pagination.first(request)

    def plain_request(self, endpoint: Endpoint, values: Mapping[str, str]) -> Request:
        """Return the request for an endpoint with its placeholders filled from `entity.field` values."""
        fed = self.feeds(endpoint)
        ids = {name: values[reference] for name, reference in fed.items() if reference}
        path, params = endpoint.fill(ids)
        url = self.definition.base_url.rstrip("/") + path
        own = endpoint.path if endpoint.path in self.definition.endpoint_auths else ""
        return Request(url, method=endpoint.method, params=params, auth=own)
