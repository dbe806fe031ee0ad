"""Whether a table holds what was written: a hash of rows that does not depend on their order."""

from __future__ import annotations

import hashlib
import json

import pyarrow as pa

from spectra.errors import ReadBackError


def content_hash(rows: pa.Table) -> str:
    """Return the SHA-256 of the column names and of all rows in whatever order; rows that are equal count each."""
    columns = [_plain(column).to_pylist() for column in rows.columns]
    lines = sorted(json.dumps(row, default=str) for row in zip(*columns, strict=True))
    return hashlib.sha256("\n".join([json.dumps(rows.column_names), *lines]).encode()).hexdigest()


def refuse_difference(table: str, version: int, *, written: pa.Table, found: pa.Table | None) -> None:
    """Raise ReadBackError unless count and content of the rows found in a table are those written."""
    expected, observed = _measured(written), _measured(found)
    if expected != observed:
        message = f"{table} at version {version} holds {observed}; written were {expected}"
        raise ReadBackError(message, table=table, version=str(version), expected=expected, found=observed)


def _measured(rows: pa.Table | None) -> str:
    return "no table" if rows is None else f"{rows.num_rows} rows {content_hash(rows)}"


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return times as whole microseconds, which need no time zone database to become Python values."""
    return column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
