"""How many rows break a condition: as a number of rows or as a percentage of all."""

from __future__ import annotations

from typing import Literal

from spectra.quality.quoting import identifier

Unit = Literal["rows", "percent"]


def rows_breaking(condition: str, table: str, unit: Unit) -> str:
    """Return SQL that counts the rows of a table where the condition is true; of no rows, 0 percent break it."""
    count = f"count(*) FILTER (WHERE {condition})"
    if unit == "percent":
        count = f"coalesce(100.0 * {count} / nullif(count(*), 0), 0)"
    return f"SELECT {count} AS observed FROM {identifier(table)}"
