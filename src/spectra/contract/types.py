"""Declared columns in Arrow: their types, a table's schema, and rows as a table of exactly those columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pyarrow as pa

from spectra.contract import columns
from spectra.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spectra.contract.columns import Builder
    from spectra.contract.model import Column, ColumnType, TableSchema

_TYPES: dict[ColumnType, tuple[pa.DataType, Builder]] = {
    "string": (pa.string(), columns.strings),
    "long": (pa.int64(), columns.longs),
    "double": (pa.float64(), columns.doubles),
    "boolean": (pa.bool_(), columns.booleans),
    "date": (pa.date32(), columns.dates),
    "timestamp": (pa.timestamp("us", "UTC"), columns.timestamps),
    "array<string>": (pa.list_(pa.string()), columns.string_lists),
}


def arrow_schema(table: TableSchema) -> pa.Schema:
    """Return a table's columns as Arrow fields; all may be null, since what is required is promised, not stored."""
    return pa.schema([pa.field(column.name, _TYPES[column.type][0]) for column in table.columns])


def rows_to_table(table: TableSchema, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return rows as an Arrow table with the declared columns in their order.

    Raises InternalError where a row lacks a column or has another one, where a required value is null, and where a
    value is not of its column's type: whoever builds rows and the contract then disagree.
    """
    names = set(table.column_names)
    for row in rows:
        if row.keys() != names:
            _refuse(table, _key_difference(row, names))
    return pa.Table.from_arrays([_built(table, column, rows) for column in table.columns], schema=arrow_schema(table))


def _built(table: TableSchema, column: Column, rows: Sequence[Mapping[str, Any]]) -> pa.Array:
    values = [row[column.name] for row in rows]
    if column.required and None in values:
        _refuse(table, f"column {column.name} is required and null in row {values.index(None) + 1}")
    try:
        return _TYPES[column.type][1](values)
    except (TypeError, OverflowError) as error:
        _refuse(table, f"column {column.name} is {column.type}: {error}")


def _key_difference(row: Mapping[str, Any], names: set[str]) -> str:
    missing, unknown = sorted(names - row.keys()), sorted(row.keys() - names)
    parts = [("missing", missing), ("unknown", unknown)]
    return "; ".join(f"{word} {', '.join(which)}" for word, which in parts if which)


def _refuse(table: TableSchema, why: str) -> NoReturn:
    raise InternalError(f"rows of {table.full_name} do not fit the contract: {why}")
