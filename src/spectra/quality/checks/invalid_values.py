"""invalidValues: rows whose column holds something other than the values or the pattern declared."""

from __future__ import annotations

from dataclasses import dataclass

from spectra.quality.counting import Unit, rows_breaking
from spectra.quality.quoting import identifier, literal


@dataclass(frozen=True, slots=True)
class InvalidValues:
    """Counts values outside of `valid` or without a match of `pattern`; a null is not invalid.

    A pattern is searched for anywhere in the value: anchors bind it to the whole.
    """

    column: str
    valid: tuple[str | float, ...] = ()
    pattern: str | None = None
    unit: Unit = "rows"

    def sql(self, table: str) -> str:
        """Return SQL that gives the number for a table."""
        column = identifier(self.column)
        breaks = []
        if self.valid:
            breaks.append(f"{column} NOT IN ({', '.join(map(literal, self.valid))})")
        if self.pattern is not None:
            breaks.append(f"NOT regexp_matches(CAST({column} AS VARCHAR), {literal(self.pattern)})")
        return rows_breaking(" OR ".join(breaks), table, self.unit)
