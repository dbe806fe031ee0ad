"""Lint: everything that a contract should hold beyond loading, each finding with its place."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from spectra.contract.faults import fault, shown_path
from spectra.contract.guarantees import evidence_of
from spectra.contract.load import read_contract
from spectra.contract.types import arrow_schema
from spectra.documents.wording import in_order, nearest_word
from spectra.errors import (
    ContractIncompleteError,
    GuaranteeUnrunnableError,
    InvalidNameError,
    SpectraError,
    UnknownTableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spectra.contract.faults import Path
    from spectra.contract.guarantees import Ask
    from spectra.contract.model import Contract
    from spectra.documents.document import Document

_ID = re.compile(r"G-[A-Z]{3}-\d{3}")
_UNFOUND = re.compile(r'column named "(\w+)"|column "(\w+)" not found|Table with name (\w+) does not exist')
_DIMENSIONS = ("accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness")


def lint(text: str, file_name: str, ask: Ask) -> tuple[SpectraError, ...]:
    """Return every finding about a contract, in the order of the file; `ask` runs SQL over Arrow tables."""
    read = read_contract(text, file_name)
    if read.contract is None:
        return in_order(read.problems, file_name)
    contract, document = read.contract, read.document
    found = chain(
        _rules(document),
        _queries(contract, document, ask, text),
        _tables(contract, document),
        _contacts(contract, document),
        _handoff(contract, document),
        _envelope(contract, document),
        _freshness(contract, document),
    )
    return in_order(found, file_name)


def _incomplete(document: Document, path: Path, said: str, **given: Any) -> SpectraError:
    return fault(document, path, said, kind=ContractIncompleteError, **given)


def _written_rules(document: Document) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every rule as written, under tables and under columns, with its path."""
    for number, table in enumerate(document.value(("schema",))):
        places: list[tuple[Path, dict[str, Any]]] = [(("schema", number), table)]
        places += [
            (("schema", number, "properties", position), column) for position, column in enumerate(table["properties"])
        ]
        for path, holder in places:
            yield from (((*path, "quality", each), rule) for each, rule in enumerate(holder.get("quality") or ()))


def _rules(document: Document) -> Iterator[SpectraError]:
    for path, rule in _written_rules(document):
        if not _ID.fullmatch(rule["id"]):
            said = f"found {rule['id']!r}; allowed: G-, three capitals, -, three digits, as G-SRC-001"
            yield fault(document, (*path, "id"), said, kind=InvalidNameError, found=rule["id"])
        for key in ("description", "dimension"):
            if not str(rule.get(key) or "").strip():
                yield _incomplete(document, path, f"the guarantee has no {key}")
        dimension = rule.get("dimension")
        if dimension and dimension not in _DIMENSIONS:
            said = f"found {dimension!r}"
            yield _incomplete(document, (*path, "dimension"), said, found=str(dimension), allowed=_DIMENSIONS)
        if not any(each.get("property") == "level" for each in rule.get("customProperties") or ()):
            yield _incomplete(document, path, "the guarantee names no level (must or should) in its customProperties")


def _queries(contract: Contract, document: Document, ask: Ask, text: str) -> Iterator[SpectraError]:
    """Run every guarantee on tables without rows."""
    empty = {table.full_name: arrow_schema(table).empty_table() for table in contract.tables}
    places = {rule["id"]: path for path, rule in _written_rules(document)}
    answers = ask([evidence_of(each, list(contract.tables), {}) for each in contract.guarantees], empty)
    for guarantee, answer in zip(contract.guarantees, answers, strict=True):
        path = (*places[guarantee.id], "query")
        if isinstance(answer, SpectraError):
            yield _unrunnable(contract, document, path, answer.message, text)
        elif len(answer) != 1 or len(answer[0]) != 1:
            found = f"{len(answer[0])} columns" if len(answer) == 1 else f"{'several' if answer else 'no'} rows"
            yield fault(document, path, f"one number expected, found {found}", kind=GuaranteeUnrunnableError)


def _unrunnable(contract: Contract, document: Document, path: Path, why: str, text: str) -> SpectraError:
    """Word a query that does not run; where it names what is not there, the place is that of the name."""
    unfound = _UNFOUND.search(why)
    if unfound is None:
        return fault(document, path, why, kind=GuaranteeUnrunnableError)
    kind, name = "table" if unfound[3] else "column", unfound[1] or unfound[2] or unfound[3]
    columns = [column for table in contract.tables for column in table.column_names]
    near = nearest_word(name, [table.name for table in contract.tables] if kind == "table" else columns)
    said = f"{shown_path(document.root.plain(), path)}: no {kind} {name!r}" + (
        f". Did you mean {near!r}?" if near else ""
    )
    facts = {"found": name} | ({"nearest": near} if near else {})
    return GuaranteeUnrunnableError(said, place=_named_place(text, document.place(path), name), **facts)


def _named_place(text: str, place: str, name: str) -> str:
    """Return where a name first stands from a place on, or that place."""
    file, line, column = place.rsplit(":", 2)
    for number, written in enumerate(text.split("\n")[int(line) - 1 :], start=int(line)):
        found = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE).search(
            written, int(column) - 1 if number == int(line) else 0
        )
        if found:
            return f"{file}:{number}:{found.start() + 1}"
    return place


def _tables(contract: Contract, document: Document) -> Iterator[SpectraError]:
    for number, table in enumerate(contract.tables):
        if not table.key and not table.grain.strip():
            yield _incomplete(document, ("schema", number), "neither a primaryKey nor dataGranularityDescription")


def _contacts(contract: Contract, document: Document) -> Iterator[SpectraError]:
    if not contract.team:
        yield _incomplete(document, (), "no team: who answers for this contract")
    if not contract.support:
        yield _incomplete(document, (), "no support: where to ask")


def _handoff(contract: Contract, document: Document) -> Iterator[SpectraError]:
    if not contract.custom.get("handoff"):
        yield _incomplete(document, (), "no customProperties 'handoff': what the next stage checks before it reads")


def _envelope(contract: Contract, document: Document) -> Iterator[SpectraError]:
    """Find columns of the envelope that completion rows lack; those stand in the log table named as the contract."""
    envelope = contract.custom.get("envelope")
    if not isinstance(envelope, list) or not envelope:
        yield _incomplete(document, (), "no customProperties 'envelope': the columns that identify a run")
        return
    number = next(
        place for place, each in enumerate(document.value(("customProperties",))) if each.get("property") == "envelope"
    )
    path: Path = ("customProperties", number, "value")
    log = next((table for table in contract.tables if table.full_name == f"log.{contract.name}"), None)
    if log is None:
        yield _incomplete(document, path, f"no table log.{contract.name} for the rows that carry the envelope")
        return
    for position, column in enumerate(envelope):
        if column not in log.column_names:
            said = f"{log.full_name} has no column {column!r}"
            yield _incomplete(document, (*path, position), said, found=str(column), allowed=log.column_names)


def _freshness(contract: Contract, document: Document) -> Iterator[SpectraError]:
    promises = [(number, each) for number, each in enumerate(contract.time_promises) if each.kind == "freshness"]
    if not promises:
        yield _incomplete(document, (), "no slaProperties 'freshness': how old a publication may be")
    columns = {f"{table.name}.{column}" for table in contract.tables for column in table.column_names}
    for number, promise in promises:
        if promise.element not in columns:
            said = f"found {promise.element!r}; allowed: a column, as table.column"
            nearest = nearest_word(promise.element or "", columns)
            place = document.place(("slaProperties", number, "element"))
            facts = {"found": promise.element or "nothing", "nearest": nearest}
            yield UnknownTableError(
                f"slaProperties[{number}].element: {said}", place=place, **{k: v for k, v in facts.items() if v}
            )
