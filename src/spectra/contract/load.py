"""From the text of a contract to a Contract, or to everything that is wrong with it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from spectra.contract.faults import fault, shape_faults
from spectra.contract.guarantees import guarantee_of
from spectra.contract.model import Column, Contract, Guarantee, TableSchema, TimePromise
from spectra.contract.odcs import Document as Written
from spectra.documents.document import Document, Node
from spectra.documents.reading import read_document
from spectra.errors import (
    ContractInvalidError,
    DuplicateKeyError,
    UnquotedVersionError,
    YamlSyntaxError,
    YamlTooComplexError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spectra.contract.faults import Path
    from spectra.contract.odcs import Part, Property, Quality, Schema
    from spectra.errors import SpectraError


@dataclass(frozen=True, slots=True)
class ContractText:
    """A contract as written: what it means (None where a problem keeps it from use), its values with their places."""

    contract: Contract | None
    document: Document
    problems: tuple[SpectraError, ...]


def load_contract(text: str, place: str) -> Contract:
    """Load a contract written in ODCS; raises ContractInvalidError that names all that is wrong with it."""
    read = _read(text)
    if read.contract is None:
        problems = [_told(problem) for problem in read.problems]
        raise ContractInvalidError(
            f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'} in the contract: {'; '.join(problems)}",
            place=place,
            problems="\n".join(problems),
        )
    return read.contract


def read_contract(text: str, file_name: str) -> ContractText:
    """Read a contract with every problem that keeps it from use, each with its place in the file."""
    read = _read(text)
    document = replace(read.document, file_name=file_name)
    placed = (type(each)(each.message, place=f"{file_name}{each.place}", **each.facts) for each in read.problems)
    return ContractText(read.contract, document, tuple(placed))


def _told(problem: SpectraError) -> str:
    """Return a problem as one text: it begins with the path in the contract, or with the line that is no YAML."""
    if not isinstance(problem, YamlSyntaxError | YamlTooComplexError | DuplicateKeyError):
        return problem.message
    _, line, column = (problem.place or "").rsplit(":", 2)
    return f"line {line}, column {column}: {problem.message}"


@lru_cache(maxsize=16)
def _read(text: str) -> ContractText:
    """Read once per text: a project's contract most often is the shipped one, and reading YAML takes its time."""
    document, faults = read_document(text, "")
    if document is None:
        return ContractText(None, Document("", Node(1, 1)), tuple(faults))
    problems = [each for each in faults if not isinstance(each, UnquotedVersionError)]  # the model tells of it, too
    plain = document.root.plain()
    try:
        written = Written.model_validate(plain)
    except ValidationError as error:
        return ContractText(None, document, (*problems, *shape_faults(error, document)))
    guarantees, unmade = _guarantees(written.tables, document)
    problems += [*unmade, *_empty(written, document), *_repeated(written, document)]
    contract = None if problems else _contract(written, guarantees, plain)
    return ContractText(contract, document, tuple(problems))


def _guarantees(tables: Sequence[Schema], document: Document) -> tuple[list[Guarantee], list[SpectraError]]:
    found: list[Guarantee] = []
    problems: list[SpectraError] = []
    for path, rule, table, column in rules_of(tables):
        columns = tuple(each.name for each in table.properties)
        try:
            found.append(guarantee_of(rule, table.physical_name, columns, column))
        except ValueError as error:
            problems.append(fault(document, path, str(error)))
    return sorted(found, key=lambda guarantee: guarantee.id), problems


def rules_of(tables: Sequence[Schema]) -> Iterator[tuple[Path, Quality, Schema, str | None]]:
    """Yield every rule with its path in the document, its table, and its column where it stands under one."""
    for number, table in enumerate(tables):
        below: Path = ("schema", number)
        for position, rule in enumerate(table.quality):
            yield (*below, "quality", position), rule, table, None
        for place, each in enumerate(table.properties):
            for position, rule in enumerate(each.quality):
                yield (*below, "properties", place, "quality", position), rule, table, each.name


def _empty(written: Written, document: Document) -> list[SpectraError]:
    if not written.tables:
        return [fault(document, ("schema",), "no table")]
    return [
        fault(document, ("schema", number, "properties"), "no column")
        for number, table in enumerate(written.tables)
        if not table.properties
    ]


def _repeated(written: Written, document: Document) -> Iterator[SpectraError]:
    """Yield names that stand more than once, each at its last place."""
    for kind, named in _names(written).items():
        counted = Counter(name for name, _ in named)
        for name, count in counted.items():
            if count > 1:
                place = document.place(dict(named)[name])
                yield ContractInvalidError(f"{kind} {name!r} stands {count} times", place=place, found=name)


def _names(written: Written) -> dict[str, list[tuple[str, Path]]]:
    tables = list(enumerate(written.tables))
    columns: dict[str, list[tuple[str, Path]]] = {
        f"column of {table.physical_name}": [
            (each.name.lower(), ("schema", number, "properties", place, "name"))
            for place, each in enumerate(table.properties)
        ]
        for number, table in tables
    }
    return {
        "guarantee": [(rule.id, (*path, "id")) for path, rule, _, _ in rules_of(written.tables)],
        "table": [(table.name, ("schema", number, "name")) for number, table in tables],
        "physicalName": [(table.physical_name, ("schema", number, "physicalName")) for number, table in tables],
        **columns,
    }


def _contract(written: Written, guarantees: Sequence[Guarantee], plain: Any) -> Contract:
    texts = written.description.model_dump(include={"purpose", "usage", "limitations"}, exclude_none=True)
    return Contract(
        id=written.id,
        name=written.name or written.id,
        version=written.version,
        status=written.status,
        tables=tuple(map(_table, written.tables)),
        guarantees=tuple(guarantees),
        time_promises=tuple(
            TimePromise(each.property, each.value, each.unit, each.element, each.description or "")
            for each in written.sla_properties
        ),
        custom={each.property: each.value for each in written.custom_properties},
        texts={name: text.strip() for name, text in texts.items()},
        servers={each.server: _said(each) for each in written.servers},
        team=_said(written.team) if written.team else {},
        support=tuple(map(_said, written.support)),
        sha256=hashlib.sha256(json.dumps(plain | {"version": ""}, sort_keys=True).encode()).hexdigest(),
    )


def _said(part: Part) -> dict[str, Any]:
    """Return what an object of the document says, under the names it has there."""
    return part.model_dump(by_alias=True, exclude_unset=True, exclude_none=True)


def _table(written: Schema) -> TableSchema:
    columns = tuple(map(_column, written.properties))
    grain = written.data_granularity_description
    return TableSchema(written.name, written.physical_name, columns, written.description, grain)


def _column(written: Property) -> Column:
    options = written.logical_type_options
    return Column(
        name=written.name,
        type=written.physical_type,
        required=written.required,
        description=written.description,
        key=(written.primary_key_position or 1) if written.primary_key else None,
        allowed=tuple(str(each.value) for each in written.enum),
        pattern=options.pattern,
        minimum=options.minimum,
        maximum=options.maximum,
        partition=(written.partition_key_position or 1) if written.partitioned else None,
    )
