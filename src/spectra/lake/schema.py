"""The columns of a table: what Delta keeps of them, and whether rows fit before anything is written."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

import pyarrow as pa

from spectra.errors import SchemaMismatchError

if TYPE_CHECKING:
    from deltalake import DeltaTable

PARTITION_COLUMN = "source_system"

_KEPT = {
    *(pa.string(), pa.binary(), pa.bool_(), pa.date32(), pa.timestamp("us", "UTC")),
    *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64()),
}


def kept_schema(handle: DeltaTable) -> pa.Schema:
    """Return a table's columns as Arrow types, the way `read` gives them: plain strings, UTC microseconds."""
    return pa.schema(handle.schema().to_arrow())


def partitioning(schema: pa.Schema) -> list[str]:
    """Return the partition columns of a table with these columns: the source, wherever there is one."""
    return [PARTITION_COLUMN] if PARTITION_COLUMN in schema.names else []


def refuse_other_columns(table: str, *, expected: pa.Schema, found: pa.Schema) -> None:
    """Raise SchemaMismatchError unless names, types and order of the columns are equal.

    The Delta writer would cast instead: 1.5 into an int column becomes 1 without a word.
    """
    for want, have in zip_longest(expected, found):
        if want is None or have is None or want.name != have.name or want.type != have.type:
            _refuse(table, (have or want).name, _described(want), _described(have))


def columns_to_add(*, expected: pa.Schema, found: pa.Schema) -> pa.Schema | None:
    """Return the columns that a table lacks at its end, None where it lacks none or differs in another way.

    `expected` is what is to be written, `found` what the table has: an older release made it.
    """
    if len(found) >= len(expected) or any(
        (want.name, want.type) != (have.name, have.type) for want, have in zip(expected, found, strict=False)
    ):
        return None
    return pa.schema([expected.field(position) for position in range(len(found), len(expected))])


def refuse_unkept_columns(table: str, schema: pa.Schema) -> None:
    """Raise SchemaMismatchError for a type that Delta keeps as another, or that would raise the table's protocol."""
    for column in schema:
        if not _is_kept(column.type):
            _refuse(table, column.name, "a type that Delta keeps as it is", _described(column))


def _is_kept(kind: pa.DataType) -> bool:
    if pa.types.is_list(kind):
        return _is_kept(kind.value_type)
    if pa.types.is_struct(kind):
        return all(_is_kept(field.type) for field in kind)
    return kind in _KEPT or pa.types.is_decimal128(kind)


def _described(column: pa.Field | None) -> str:
    return "no column" if column is None else f"{column.name}: {column.type}"


def _refuse(table: str, column: str, expected: str, found: str) -> None:
    message = f"column {column!r} of {table}: expected {expected}, found {found}"
    raise SchemaMismatchError(message, table=table, column=column, expected=expected, found=found)
