"""Figures: what metrics.sql says of each source, for whoever watches them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from spectra.answers.readiness import shipped_query
from spectra.runs.record import newest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spectra.answers.queries import Queries
    from spectra.answers.reader import Reader

Figures = dict[str, Any]
_COUNTED = ("runs_7d", "successes_7d")
_PER_RUN = ("log.probes", "log.guarantees")


@dataclass(frozen=True, slots=True)
class Overview:
    """Answers for one lakehouse."""

    queries: Queries

    def sources(self) -> tuple[str, ...]:
        """Return every source that was ever started, sorted."""
        found = self.queries.lake.read("log.runs", columns=["source_system"], where={"stage": "source"})
        return () if found is None else tuple(sorted(set(found["source_system"].to_pylist())))

    def figures(self, sources: Iterable[str], reader: Reader) -> list[Figures]:
        """Return the row of metrics.sql of each source, in the order asked for; all but counts null before any run."""
        wanted = tuple(sources)
        given = {"reader": reader.table(), **{table: self._newest_rows(table, wanted) for table in _PER_RUN}}
        found = self.queries.query(shipped_query("metrics"), given=given)
        rows = {row["source_system"]: row for row in found.to_pylist()}
        never = dict.fromkeys(found.column_names) | dict.fromkeys(_COUNTED, 0) | {"asked_at": reader.asked_at}
        return [rows.get(name) or never | {"source_system": name} for name in wanted]

    def _newest_rows(self, table: str, sources: tuple[str, ...]) -> pa.Table:
        """Return the rows of the newest run of each source, which is all that the query looks at: logs only grow."""
        kept = [self.queries.empty(table)]
        for name in sources:
            runs = self.queries.lake.read(
                "log.source",
                columns=["execution_id", "run_seq"],
                where={"source_system": name, "stage": "source"},
            )
            run = newest(runs.to_pylist()) if runs is not None else None
            found = run and self.queries.lake.read(
                table, where={"source_system": name, "execution_id": run["execution_id"]}
            )
            kept += [found] if found else []
        return pa.concat_tables(kept, promote_options="permissive")
