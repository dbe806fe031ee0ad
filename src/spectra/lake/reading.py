"""Rows of a table at a version, filtered by equality, without pyarrow's own scanner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder
from deltalake.exceptions import TableNotFoundError

from spectra.lake.schema import kept_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

Literal = str | int | bool | None

_NO_TABLE = ("No files in log segment", "code: 2,")


def opened(path: str, version: int | None = None) -> DeltaTable | None:
    """Return a fresh handle on a table, at a version or its newest; None where there is no table."""
    try:
        return DeltaTable(path, version=version)
    except TableNotFoundError as error:
        if any(sign in str(error) for sign in _NO_TABLE):
            return None
        raise


def rows_of(handle: DeltaTable, *, columns: list[str] | None, where: Mapping[str, Literal] | None) -> pa.Table:
    """Return the rows of a handle's version as the table declares them, in no promised order.

    `DeltaTable.to_pyarrow_table` would end the process with status 134 at exit, and a pyarrow dataset costs two
    seconds of imports where pandas is installed; the query engine of deltalake does neither.
    """
    declared = kept_schema(handle)
    schema = declared if columns is None else pa.schema([declared.field(name) for name in columns])
    selected = ", ".join(_quoted(name) for name in schema.names)
    condition = " AND ".join(_equality(name, value) for name, value in (where or {}).items())
    sql = f"SELECT {selected} FROM t WHERE {condition or 'true'}"
    return pa.table(QueryBuilder().register("t", handle).execute(sql)).cast(schema)


def equals_text(column: str, value: str) -> str:
    """Return SQL that is true where a column holds exactly this text."""
    text = value.replace("'", "''")
    return f"{_quoted(column)} = '{text}'"


def _equality(column: str, value: Literal) -> str:
    if value is None:
        return f"{_quoted(column)} IS NULL"
    if isinstance(value, str):
        return equals_text(column, value)
    return f"{_quoted(column)} = {str(value).lower()}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
