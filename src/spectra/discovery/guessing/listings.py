"""The lists of an API: which GET endpoints answer with records, and a name for the kind of record each holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from spectra.access.records import LIST_NAMES
from spectra.catalog.rows import CatalogueRow, catalogue_of
from spectra.discovery.description import Parameter
from spectra.discovery.guessing.fields import last_suffix
from spectra.discovery.guessing.keys import key_of
from spectra.discovery.guessing.shapes import records_in, scalar_fields
from spectra.discovery.words import entity_names, name_parts, placeholders, spellings, squeezed, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spectra.discovery.description import ApiDescription, Operation, Shape
    from spectra.discovery.guessing.guess import Guess
    from spectra.discovery.guessing.shapes import Records

_SENT_BY_AUTH = frozenset({"token", "accesstoken", "authtoken", "apikey", "apitoken", "key", "appid"})
_EARLY = re.compile(r"/v[0-9]+(?:alpha|beta)[0-9]*/")
_LONGEST_PATH, _MOST = 400, 2000


@dataclass(frozen=True, slots=True)
class Listing:
    """A GET endpoint that answers with records; `fields` are the scalar ones of a record, dotted.

    `spellings` are how its kind of record may be called, squeezed.
    """

    name: str
    operation: Operation
    records: Records
    fields: Mapping[str, Shape]
    spellings: frozenset[str]
    key: Guess | None

    @property
    def path(self) -> str:
        """The path as catalogued, without query text."""
        return bare(self.operation)


def reads(description: ApiDescription) -> tuple[Operation, ...]:
    """Return the GET operations that a catalogue takes and a definition can name, each path once, in their order."""
    found: dict[str, Operation] = {}
    for operation in description.operations:
        path = bare(operation)
        if operation.method.upper() == "GET" and path not in found and _nameable(operation.path):
            found[path] = operation
    return tuple(found.values())


def bare(operation: Operation) -> str:
    """Return the path of an operation without its query text."""
    return operation.path.partition("?")[0]


def _nameable(path: str) -> bool:
    """Return whether a definition can name a path: one that a catalogue takes, short enough for a key of YAML."""
    if "${" in path or len(path) > _LONGEST_PATH or not path.isprintable():
        return False
    return not catalogue_of([CatalogueRow("", {"method": "GET", "path": path})]).rejected


def listings(operations: Sequence[Operation]) -> tuple[Listing, ...]:
    """Return the lists among GET operations; short paths come first and get the short names."""
    singles = _single_reads(operations)
    found = [(operation, records) for operation in operations if (records := _records(operation)) is not None]
    found = sorted(found, key=lambda each: _rank(each[0]))[:_MOST]
    taken: set[str] = set()
    made = []
    for operation, records in found:
        wrapper = records.path.rpartition(".")[2]
        name = next(name for name in entity_names(bare(operation), wrapper) if name not in taken)
        taken.add(name)
        called = spellings(name) | spellings("_".join(next(iter(name_parts(bare(operation))), ())))
        called |= frozenset() if wrapper in LIST_NAMES else spellings(wrapper)
        fields = scalar_fields(records.item)
        asked_by = singles.get(pattern(bare(operation)))
        key = key_of(f"entities.{name}.key", called, records.item, fields, asked_by)
        made.append(Listing(name, operation, records, fields, called, key))
    return tuple(made)


def collections_of(operations: Sequence[Operation]) -> frozenset[str]:
    """Return the patterns of all paths that answer with records, deprecated ones too."""
    return frozenset(pattern(bare(each)) for each in operations if _answered(each) is not None)


def _records(operation: Operation) -> Records | None:
    names = [name.casefold() for name in placeholders(bare(operation))]
    return None if operation.deprecated or len(names) != len(set(names)) else _answered(operation)


def _answered(operation: Operation) -> Records | None:
    path = bare(operation)
    records = records_in(operation.answer, ["_".join(part) for part in name_parts(path)[:2]])
    single = placeholders(path.rpartition("/")[2]) and (records is None or records.path)
    return None if single else records


def _rank(operation: Operation) -> tuple[int, int, int]:
    path = bare(operation)
    searching = bool({"search", "find", "query"} & set(words(path.rpartition("/")[2])))
    early = _EARLY.search(path) is not None
    return len(placeholders(path)) + len(required(operation)), searching or early, path.count("/")


def required(operation: Operation) -> tuple[Parameter, ...]:
    """Return the query parameters that an operation answers nothing without; not what catalogue or auth sends."""
    given = operation.asked_with
    needed = (each for each in operation.in_("query") if each.required and each.default is None)
    needed = (each for each in needed if each.name not in given)
    return tuple(each for each in needed if squeezed(each.name) not in _SENT_BY_AUTH)


@lru_cache(maxsize=10_000)
def pattern(path: str) -> str:
    """Return a path with its placeholders made anonymous, so that two spellings of one are the same."""
    return "/".join("{}" if placeholders(segment) else segment for segment in path.rstrip("/").split("/"))


def _single_reads(operations: Sequence[Operation]) -> dict[str, Parameter]:
    """Return, for each path that goes on by one placeholder, the parameter of that placeholder; an id before others."""
    found: dict[str, Parameter] = {}
    for operation in operations:
        above, _, last = bare(operation).rpartition("/")
        if last.startswith("{") and last.endswith("}") and len(placeholders(last)) == 1:
            parameter = path_parameter(operation, placeholders(last)[0])
            if pattern(above) not in found or (_is_id(parameter) and not _is_id(found[pattern(above)])):
                found[pattern(above)] = parameter
    return found


def _is_id(parameter: Parameter) -> bool:
    return last_suffix(parameter.name) == "id"


def path_parameter(operation: Operation, name: str) -> Parameter:
    """Return what is described of a placeholder; one that is not described is of any kind."""
    known = {each.name: each for each in operation.in_("path")}
    return known.get(name) or Parameter(name, "path", required=True)
