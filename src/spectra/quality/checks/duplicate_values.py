"""duplicateValues: keys that more than one row has."""

from __future__ import annotations

from dataclasses import dataclass

from spectra.quality.quoting import identifier


@dataclass(frozen=True, slots=True)
class DuplicateValues:
    """Counts the distinct combinations of the columns that stand in more than one row; nulls equal each other."""

    columns: tuple[str, ...]

    def sql(self, table: str) -> str:
        """Return SQL that gives the number for a table."""
        columns = ", ".join(map(identifier, self.columns))
        repeated = f"SELECT 1 FROM {identifier(table)} GROUP BY {columns} HAVING count(*) > 1"
        return f"SELECT count(*) AS observed FROM ({repeated}) AS repeated"
