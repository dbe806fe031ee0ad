"""sql: a query of one's own that gives one number."""

from __future__ import annotations

from dataclasses import dataclass

from spectra.quality.quoting import identifier


@dataclass(frozen=True, slots=True)
class Sql:
    """Asks a query; `{model}` in it stands for the table that the rule is written under."""

    query: str

    def sql(self, table: str) -> str:
        """Return the query for a table."""
        return self.query.strip().removesuffix(";").replace("{model}", identifier(table))
