"""Guarantees: from the words of ODCS to checks, and run over the tables of one run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from spectra.contract.model import Guarantee, Level
from spectra.errors import SpectraError
from spectra.quality.checks import Check, DuplicateValues, InvalidValues, MissingValues, NullValues, RowCount, Sql
from spectra.quality.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

    from spectra.contract.model import Contract, TableSchema
    from spectra.contract.odcs import Quality

    Head = Sequence[tuple[Any, ...]]
    Ask = Callable[[Sequence[str], Mapping[str, pa.Table]], Sequence[Head | SpectraError]]


_SOURCE_COLUMN = "source_system"


@dataclass(frozen=True, slots=True)
class GuaranteeResult:
    """What became of a guarantee; `observed` is the number, or why there is none; `evidence` the SQL that was run."""

    id: str
    level: Level
    table: str
    promise: str
    observed: str
    passed: bool
    evidence: str


def run_guarantees(
    contract: Contract, tables: Mapping[str, pa.Table], ask: Ask, where: Mapping[str, str] | None = None
) -> tuple[GuaranteeResult, ...]:
    """Check every guarantee on tables given by full name; `where` limits their rows, column to value.

    A query that does not run, or gives anything but one number, is a guarantee that does not hold.
    """
    known = [table for table in contract.tables if table.full_name in tables]
    evidence = [evidence_of(guarantee, known, where or {}) for guarantee in contract.guarantees]
    answers = ask(evidence, tables)
    return tuple(map(_result, contract.guarantees, evidence, answers))


def _result(guarantee: Guarantee, sql: str, answer: Head | SpectraError) -> GuaranteeResult:
    shown, number = _observed(answer)
    passed = guarantee.bar.holds(number)
    return GuaranteeResult(guarantee.id, guarantee.level, guarantee.table, guarantee.promise, shown, passed, sql)


def observed_of(answer: Callable[[], pa.Table]) -> tuple[str, int | float | Decimal | None]:
    """Return what is written of an answer, and its number; where there is none, why not, and None."""
    try:
        columns = [column.to_pylist() for column in answer().slice(0, 2).columns]
    except SpectraError as error:
        return _observed(error)
    return _observed(list(zip(*columns, strict=True)))


def _observed(answer: Head | SpectraError) -> tuple[str, int | float | Decimal | None]:
    if isinstance(answer, SpectraError):
        return f"{answer.code}: {answer.message}", None
    try:
        number = _number(answer)
    except ValueError as error:
        return str(error), None
    return str(number), number


def _number(rows: Head) -> int | float | Decimal:
    if len(rows) != 1:
        raise ValueError(f"one number expected, found {'more than one row' if rows else 'no row'}")
    if len(rows[0]) != 1:
        raise ValueError(f"one number expected, found {len(rows[0])} columns")
    value = rows[0][0]
    if not isinstance(value, int | float | Decimal) or not isfinite(value):
        kind = "null" if value is None else str(value) if isinstance(value, float) else type(value).__name__
        raise ValueError(f"one number expected, found {kind}")
    return int(value) if value == int(value) else value


def evidence_of(guarantee: Guarantee, tables: list[TableSchema], where: Mapping[str, str]) -> str:
    """Return SQL that gives the guarantee's number, its short table names bound to full ones and their rows limited."""
    own = next((table.name for table in tables if table.full_name == guarantee.table), guarantee.table)
    sql = guarantee.check.sql(own)
    bound = [
        f"{identifier(table.name)} AS (SELECT * FROM {'.'.join(map(identifier, table.full_name.split('.')))}"
        f"{_limits(table, where)})"
        for table in tables
        if _reads(sql, table.name)
    ]
    if not bound:
        return sql
    body = f"SELECT * FROM (\n{sql}\n) AS asked" if re.match(r"\s*with\b", sql, re.IGNORECASE) else sql
    return f"WITH {', '.join(bound)}\n{body}"


def _limits(table: TableSchema, where: Mapping[str, str]) -> str:
    """Return the WHERE of a table; what a run replaces whole is limited to its source, so that leftovers are seen."""
    applying = {column: value for column, value in where.items() if table.is_log or column == _SOURCE_COLUMN}
    limits = " AND ".join(f"{identifier(column)} = {literal(value)}" for column, value in applying.items())
    return f" WHERE {limits}" if limits else ""


def _reads(sql: str, name: str) -> bool:
    return bool(re.search(rf'(?:\bfrom|\bjoin|,)\s+"?{name}\b"?(?!\s*\.)', sql, re.IGNORECASE))


def guarantee_of(quality: Quality, table: str, columns: tuple[str, ...], column: str | None) -> Guarantee:
    """Translate a rule of a table (`column` where it stands under one); raises ValueError where it makes no sense."""
    return Guarantee(
        id=quality.id,
        level=_level(quality),
        table=table,
        promise=quality.description or quality.name or quality.id,
        check=_check(quality, columns, column),
        bar=quality.bar,
        dimension=quality.dimension or "",
    )


def _level(quality: Quality) -> Level:
    """Read the level; a rule that names none is a must."""
    named = {each.property: each.value for each in quality.custom_properties}.get("level", "must")
    if named == "must":
        return "must"
    if named == "should":
        return "should"
    raise ValueError(f"the level is must or should, found {named!r}")


def _check(quality: Quality, columns: tuple[str, ...], column: str | None) -> Check:
    if quality.query is not None:
        return Sql(quality.query)
    _refuse_misplaced(quality, columns, column)
    given, unit = quality.arguments, quality.unit or "rows"
    if quality.metric == "rowCount":
        return RowCount()
    if quality.metric == "duplicateValues":
        return DuplicateValues(given.properties or (column or "",))
    own = column or ""
    if quality.metric == "nullValues":
        return NullValues(own, unit)
    if quality.metric == "missingValues":
        return MissingValues(own, tuple(text for text in given.missing_values if text is not None), unit)
    return InvalidValues(own, given.valid_values, given.pattern, unit)


_UNDER_TABLE, _UNDER_COLUMN = {"rowCount", "duplicateValues"}, {"nullValues", "missingValues", "invalidValues"}


def _refuse_misplaced(quality: Quality, columns: tuple[str, ...], column: str | None) -> None:
    metric, given = quality.metric, quality.arguments
    if column is None and metric in _UNDER_COLUMN:
        raise ValueError(f"{metric} stands under a property, not under a table")
    if column is not None and metric == "rowCount":
        raise ValueError("rowCount stands under a table, not under a property")
    if metric == "duplicateValues" and column is None and not given.properties:
        raise ValueError("duplicateValues under a table needs arguments.properties")
    if unknown := [name for name in given.properties if name not in columns]:
        raise ValueError(f"no column {', '.join(unknown)}")
    if metric == "invalidValues" and not given.valid_values and given.pattern is None:
        raise ValueError("invalidValues needs arguments.validValues or arguments.pattern")
    if quality.unit == "percent" and metric in _UNDER_TABLE:
        raise ValueError(f"{metric} has no percent")
