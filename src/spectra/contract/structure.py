"""The structure of a contract's tables as guarantees: what each column and key promises, in ids of their own."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from spectra.contract.model import Guarantee
from spectra.quality.bar import Bar
from spectra.quality.checks import DuplicateValues, InvalidValues, NullValues, OutsideRange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spectra.contract.model import Column, Contract, TableSchema
    from spectra.quality.checks import Check

_NONE = Bar("mustBe", (0, 0))


def structural_guarantees(contract: Contract) -> tuple[Guarantee, ...]:
    """Return every structural promise as a must: `source.endpoints.http_status:range`, `source.endpoints:key`."""
    return tuple(chain.from_iterable(_of_table(table) for table in contract.tables))


def _of_table(table: TableSchema) -> Iterator[Guarantee]:
    for column in table.columns:
        for rule, promise, check in _of_column(column):
            yield _must(table, f"{table.full_name}.{column.name}:{rule}", f"{column.name} {promise}", check)
    if table.key:
        promise = f"No two rows share ({', '.join(table.key)})."
        yield _must(table, f"{table.full_name}:key", promise, DuplicateValues(table.key))


def _of_column(column: Column) -> Iterator[tuple[str, str, Check]]:
    if column.required:
        yield "required", "is never null.", NullValues(column.name)
    if column.allowed:
        said = f"is one of {', '.join(column.allowed)}."
        yield "enum", said, InvalidValues(column.name, column.allowed)
    if column.pattern is not None:
        yield "pattern", f"matches {column.pattern}.", InvalidValues(column.name, pattern=column.pattern)
    if (column.minimum, column.maximum) != (None, None):
        said = f"is {_interval(column)}."
        yield "range", said, OutsideRange(column.name, column.minimum, column.maximum)


def _interval(column: Column) -> str:
    bounds = [("at least", column.minimum), ("at most", column.maximum)]
    return " and ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)


def _must(table: TableSchema, name: str, promise: str, check: Check) -> Guarantee:
    return Guarantee(name, "must", table.full_name, promise, check, _NONE)
