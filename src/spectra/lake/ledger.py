"""The ledger: which runs there were, as log.runs and the completion rows of a stage tell."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spectra.contract.types import rows_to_table
from spectra.errors import LakeError, SupersededError, TableUnreadableError, UnknownRunError
from spectra.runs.fence import Fence
from spectra.runs.record import abandoned_row, newest, start_row, unfinished, versions_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from spectra.contract.model import Contract
    from spectra.runs.envelope import Envelope
    from spectra.stages.ports import Clock, Lake

Row = dict[str, Any]
_STAGE, _DASHES = re.compile(r"[a-z]{1,40}"), 3


@dataclass(frozen=True, slots=True)
class Ledger:
    """The runs of one lakehouse; newest always means greatest run_seq."""

    lake: Lake
    load_contract: Callable[[], Contract]
    clock: Clock

    @property
    def contract(self) -> Contract:
        """The contract in force, loaded where rows are to be written; reading does without."""
        return self.load_contract()

    def starts(self, stage: str, source_system: str) -> list[Row]:
        """Return the rows of log.runs of one stage and source."""
        return self._rows("log.runs", stage, source_system)

    def completions(self, stage: str, source_system: str) -> list[Row]:
        """Return the completion rows of one stage and source, whatever their status."""
        return self._rows(f"log.{stage}", stage, source_system)

    def newest_success(self, stage: str, source_system: str) -> Row | None:
        """Return the completion row of the newest run that was published."""
        rows = self.completions(stage, source_system)
        found = newest(row for row in rows if row["status"] == "Success")
        return dict(found) if found else None

    def completion(self, execution_id: str) -> Row:
        """Return the completion row of a run; raises UnknownRunError where none is recorded."""
        stage = execution_id.split("-")[1] if execution_id.count("-") >= _DASHES else ""
        named = _STAGE.fullmatch(stage)
        found = self.lake.read(f"log.{stage}", where={"execution_id": execution_id}) if named else None
        if found is None or not found.num_rows or "table_versions" not in found.column_names:
            raise UnknownRunError(f"no run {execution_id!r} is recorded", found=execution_id)
        return dict(found.slice(0, 1).to_pylist()[0])

    def versions_of(self, execution_id: str) -> dict[str, int]:
        """Return the version of each table that a run wrote; raises UnknownRunError."""
        return versions_named(self.completion(execution_id))

    def next_seq(self, stage: str, source_system: str) -> int:
        """Return one more than the greatest run_seq of any start or completion; to be asked under the lock.

        Where the logs were lost, what the fences left in the other tables still counts.
        """
        rows = (*self.starts(stage, source_system), *self.completions(stage, source_system))
        fenced = self._fenced(stage, Fence.of(stage, source_system, 0).app_id)
        return max((*(row["run_seq"] for row in rows), *fenced), default=0) + 1

    def _fenced(self, stage: str, app_id: str) -> Iterator[int]:
        """Yield what the fence left in each table that a run replaces; the run itself meets those that are damaged."""
        for table in self.contract.tables:
            if table.full_name.startswith(f"{stage}."):
                with suppress(LakeError):
                    yield self.lake.transaction_version(table.full_name, app_id) or 0

    def start(self, envelope: Envelope, host: str, pid: int) -> None:
        """Record that a run starts."""
        self.lake.append("log.runs", rows_to_table(self.contract.table("log.runs"), [start_row(envelope, host, pid)]))

    def record_abandoned(self, stage: str, source_system: str) -> list[str]:
        """Record every start without completion as Abandoned, oldest first; to be called under the lock.

        Returns their execution_ids. One that was recorded in the meantime is passed over.
        """
        table = self.contract.table(f"log.{stage}")
        done = (row["execution_id"] for row in self.completions(stage, source_system))
        recorded = []
        for start in unfinished(self.starts(stage, source_system), done):
            row = abandoned_row(start, table.column_names, self.clock.now())
            fence = Fence.of(stage, source_system, start["run_seq"])
            with suppress(SupersededError):
                self.lake.append_fenced(table.full_name, rows_to_table(table, [row]), fence=fence)
                recorded.append(start["execution_id"])
        return recorded

    def first_row(self, table: str, source_system: str) -> Mapping[str, Any]:
        """Return one row of a source's partition; empty where there is none."""
        found = self.lake.read(table, where={"source_system": source_system})
        return found.slice(0, 1).to_pylist()[0] if found is not None and found.num_rows else {}

    def _rows(self, table: str, stage: str, source_system: str) -> list[Row]:
        found = self.lake.read(table, where={"source_system": source_system, "stage": stage})
        rows = [] if found is None else found.to_pylist()
        if any(row["execution_id"] is None or row["run_seq"] is None for row in rows):
            message = f"{table} is damaged: a row of {source_system} has no execution_id or no run_seq"
            raise TableUnreadableError(message, table=table)
        return rows
