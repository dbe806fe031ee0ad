"""nullValues: rows whose column is null."""

from __future__ import annotations

from dataclasses import dataclass

from spectra.quality.counting import Unit, rows_breaking
from spectra.quality.quoting import identifier


@dataclass(frozen=True, slots=True)
class NullValues:
    """Counts nulls in a column."""

    column: str
    unit: Unit = "rows"

    def sql(self, table: str) -> str:
        """Return SQL that gives the number for a table."""
        return rows_breaking(f"{identifier(self.column)} IS NULL", table, self.unit)
