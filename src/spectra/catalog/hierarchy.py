"""Which entities come before which, and which entity's field feeds which placeholder. Pure."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Protocol

from spectra.catalog.endpoint import Endpoint
from spectra.errors import EntityCycleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class EntityShape(Protocol):
    """What counts of an entity here: where it is read, after whom, filtered by what (`entity.field`)."""

    @property
    def endpoint(self) -> str:
        """The path it is read from."""
        ...

    @property
    def parents(self) -> Sequence[str]:
        """The entities that it comes after."""
        ...

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters, each with the `entity.field` that fills it."""
        ...


class IdSource(Protocol):
    """What an endpoint's own placeholders are fed with."""

    @property
    def ids(self) -> Mapping[str, str]:
        """Placeholder to `entity.field`."""
        ...


class SourceShape(Protocol):
    """What counts of a definition here."""

    @property
    def ids(self) -> Mapping[str, str]:
        """Placeholder to `entity.field`, for every endpoint."""
        ...

    @property
    def endpoints(self) -> Mapping[str, IdSource]:
        """Path to what only that endpoint is fed with."""
        ...

    @property
    def entities(self) -> Mapping[str, EntityShape]:
        """Name to entity."""
        ...


def feeds(endpoint: Endpoint, source: SourceShape) -> dict[str, str | None]:
    """Return each placeholder of an endpoint with the `entity.field` that feeds it, None where unmapped.

    Names are compared without regard to case; what is said for the endpoint wins over what is said for all.
    """
    known = {name.casefold(): reference for name, reference in source.ids.items()}
    for path, own in source.endpoints.items():
        if path.partition("?")[0] == endpoint.path:
            known |= {name.casefold(): reference for name, reference in own.ids.items()}
    return {name: known.get(name.casefold()) for name in endpoint.placeholders}


def parents_of(name: str, source: SourceShape) -> tuple[str, ...]:
    """Return the entities that one needs: its declared parents, its query's and its path's."""
    entity = source.entities[name]
    fed = feeds(Endpoint.of("GET", entity.endpoint), source).values()
    references = [reference for reference in (*entity.query.values(), *fed) if reference]
    return tuple(dict.fromkeys((*entity.parents, *(reference.partition(".")[0] for reference in references))))


def levels(source: SourceShape) -> tuple[tuple[str, ...], ...]:
    """Return the entities level by level, parents first, each level as declared; raises EntityCycleError.

    Parents that are no entities are passed over: that is another finding.
    """
    needs = {name: [p for p in parents_of(name, source) if p in source.entities] for name in source.entities}
    sorter = TopologicalSorter(needs)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " > ".join(error.args[1])
        raise EntityCycleError(f"a circle of entities: {circle}", circle=circle, entity=error.args[1][0]) from None
    declared = list(source.entities)
    result = []
    while sorter.is_active():
        ready = sorter.get_ready()
        result.append(tuple(sorted(ready, key=declared.index)))
        sorter.done(*ready)
    return tuple(result)
