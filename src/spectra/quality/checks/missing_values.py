"""missingValues: rows whose column is null or holds a text that stands for nothing."""

from __future__ import annotations

from dataclasses import dataclass

from spectra.quality.counting import Unit, rows_breaking
from spectra.quality.quoting import identifier, literal


@dataclass(frozen=True, slots=True)
class MissingValues:
    """Counts nulls and `placeholders`, such as the empty text or N/A, in a column."""

    column: str
    placeholders: tuple[str, ...] = ()
    unit: Unit = "rows"

    def sql(self, table: str) -> str:
        """Return SQL that gives the number for a table."""
        column = identifier(self.column)
        condition = f"{column} IS NULL"
        if self.placeholders:
            condition += f" OR CAST({column} AS VARCHAR) IN ({', '.join(map(literal, self.placeholders))})"
        return rows_breaking(condition, table, self.unit)
