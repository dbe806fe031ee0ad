"""outsideRange: rows whose column holds a number below or above what is declared."""

from __future__ import annotations

from dataclasses import dataclass

from spectra.quality.counting import Unit, rows_breaking
from spectra.quality.quoting import identifier, literal


@dataclass(frozen=True, slots=True)
class OutsideRange:
    """Counts values below `minimum` or above `maximum`, both allowed themselves; a null is not outside, NaN is."""

    column: str
    minimum: float | None = None
    maximum: float | None = None
    unit: Unit = "rows"

    def sql(self, table: str) -> str:
        """Return SQL that gives the number for a table."""
        column = identifier(self.column)
        breaks = [f"isnan(CAST({column} AS DOUBLE))"]
        if self.minimum is not None:
            breaks.append(f"{column} < {literal(self.minimum)}")
        if self.maximum is not None:
            breaks.append(f"{column} > {literal(self.maximum)}")
        return rows_breaking(" OR ".join(breaks), table, self.unit)
