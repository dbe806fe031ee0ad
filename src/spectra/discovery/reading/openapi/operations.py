"""Operations out of an OpenAPI or Swagger document; what the two spell differently is their Dialect's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from spectra.catalog.endpoint import placeholders_in
from spectra.discovery.description import ApiDescription, Operation, Parameter
from spectra.discovery.reading.notes import text_in
from spectra.discovery.reading.openapi.paths import Found, operations_in
from spectra.discovery.reading.openapi.security import requirements
from spectra.errors import ApiDocumentValueError, ApiPartsLeftOutError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spectra.discovery.description import Format, SecurityScheme, Shape
    from spectra.discovery.reading.notes import Notes
    from spectra.discovery.reading.openapi.references import References
    from spectra.discovery.reading.tree import Path

_MOST_PARAMETERS = 500
_MOST_CATEGORY = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """What a success brings: the shape of its JSON, the names of its headers, its media types."""

    shape: Shape | None = None
    headers: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()


class Dialect(Protocol):
    """What OpenAPI 3 and Swagger 2 spell differently."""

    @property
    def notes(self) -> Notes:
        """The findings so far."""
        ...

    @property
    def references(self) -> References:
        """The references of the document."""
        ...

    def parameter(self, value: dict[str, Any]) -> Iterable[Parameter]:
        """Return what one parameter object describes; nothing where it describes none."""
        ...

    def answer(self, response: dict[str, Any], operation: dict[str, Any], at: Path) -> Answer:
        """Return what one response of an operation brings."""
        ...

    def body(self, operation: dict[str, Any], at: Path) -> Iterable[Parameter]:
        """Return the fields of the body that an operation takes, where they stand apart from its parameters."""
        ...


def described(
    version: Format, servers: tuple[str, ...], schemes: tuple[SecurityScheme, ...], dialect: Dialect
) -> ApiDescription:
    """Return what a document says, once its servers and schemes are known."""
    notes, names = dialect.notes, frozenset(scheme.name for scheme in schemes)
    root = notes.tree.root
    return ApiDescription(
        format=version,
        title=text_in(notes.mapping(root.get("info"), ("info",)).get("title")),
        file_name=notes.tree.file_name,
        servers=servers,
        operations=tuple(Operations(notes, dialect.references, dialect, names).all(root)),
        schemes=schemes,
        default_security=requirements(root, (), notes, names) or (),
        findings=notes.found(),
    )


@dataclass(slots=True)
class Operations:
    """Reads every operation of a document."""

    notes: Notes
    references: References
    dialect: Dialect
    schemes: frozenset[str]
    _lists: dict[int, dict[tuple[str, str], Parameter]] = field(default_factory=dict)

    def all(self, root: dict[str, Any]) -> Iterator[Operation]:
        """Yield every method of every path."""
        for found in operations_in(root, self.notes, self.references):
            yield self._operation(found)

    def _operation(self, found: Found) -> Operation:
        value = found.value
        answer = self._answer(value, found.at)
        summary, description = text_in(value.get("summary")), text_in(value.get("description"))
        return Operation(
            method=found.method,
            path=found.path,
            place=self.notes.tree.place(found.at),
            name=text_in(value.get("operationId")) or summary,
            category=self._category(value, found.at),
            description="\n\n".join(dict.fromkeys(each for each in (summary, description) if each)),
            parameters=self._parameters(found),
            answer=answer.shape,
            answer_headers=answer.headers,
            media_types=answer.media_types,
            security=requirements(value, found.at, self.notes, self.schemes),
            deprecated=value.get("deprecated") is True,
        )

    def _category(self, value: dict[str, Any], at: Path) -> str:
        tags = self.notes.sequence(value.get("tags"), (*at, "tags"))
        return text_in(tags[0])[:_MOST_CATEGORY] if tags else ""

    def _parameters(self, found: Found) -> tuple[Parameter, ...]:
        """Return the parameters of path and operation, the operation's own first in rank, and the path's names."""
        merged = dict(self._listed(found.shared.get("parameters"), (*found.shared_at, "parameters")))
        merged |= self._listed(found.value.get("parameters"), (*found.at, "parameters"))
        declared = {name for name, place in merged if place == "path"}
        for name in placeholders_in(found.path):
            if name not in declared:
                merged[name, "path"] = Parameter(name, "path", required=True)
        return (*merged.values(), *self.dialect.body(found.value, found.at))

    def _listed(self, value: Any, at: Path) -> dict[tuple[str, str], Parameter]:
        if id(value) not in self._lists or value is None:
            self._lists[id(value)] = self._read(self.notes.sequence(value, at), at)
        return self._lists[id(value)]

    def _read(self, values: list[Any], at: Path) -> dict[tuple[str, str], Parameter]:
        made: dict[tuple[str, str], Parameter] = {}
        if len(values) > _MOST_PARAMETERS:
            said = f"more than {_MOST_PARAMETERS} parameters; those from here on were not read"
            self.notes.add(ApiPartsLeftOutError, said, (*at, _MOST_PARAMETERS))
        for index, each in enumerate(values[:_MOST_PARAMETERS]):
            value, value_at = self.references.followed(each, (*at, index))
            if value is None and each is not None:
                continue
            parameters = list(self.dialect.parameter(value)) if isinstance(value, dict) else []
            if not parameters:
                said = "a parameter is a mapping with `name` and a known `in`"
                self.notes.add(ApiDocumentValueError, said, value_at)
            made |= {(one.name, one.place): one for one in parameters}
        return made

    def _answer(self, value: dict[str, Any], at: Path) -> Answer:
        responses, at = self.references.followed(value.get("responses"), (*at, "responses"))
        responses = self.notes.mapping(responses, at)
        status = success_in(responses)
        if status is None:
            return Answer()
        response, response_at = self.references.followed(responses[status], (*at, status))
        return self.dialect.answer(self.notes.mapping(response, response_at), value, response_at)


def success_in(responses: dict[str, Any]) -> str | None:
    """Return the response that tells most of a success: 200, else another 2xx, else the default."""
    good = sorted(status for status in responses if status[:1] == "2")
    ranked = [*(each for each in ("200", "2XX", "2xx") if each in responses), *good, "default"]
    return next((status for status in ranked if status in responses), None)
