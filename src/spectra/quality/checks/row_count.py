"""rowCount: how many rows there are."""

from __future__ import annotations

from dataclasses import dataclass

from spectra.quality.quoting import identifier


@dataclass(frozen=True, slots=True)
class RowCount:
    """Counts rows."""

    def sql(self, table: str) -> str:
        """Return SQL that gives the number for a table."""
        return f"SELECT count(*) AS observed FROM {identifier(table)}"
