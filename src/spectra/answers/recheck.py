"""Recheck: the evidence of a past run, asked again over the versions that the run published."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from spectra.answers.compliance import named_in
from spectra.contract.guarantees import observed_of
from spectra.errors import NotRunYetError, UnknownRunError, UnknownTableError
from spectra.runs.record import versions_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from spectra.answers.queries import Queries
    from spectra.lake.ledger import Ledger

_STAGE, _LOGS = "source", "log."


@dataclass(frozen=True, slots=True)
class Rechecked:
    """A guarantee of a past run: what was recorded, what its evidence says now, None where it cannot be asked."""

    id: str
    level: str
    table: str
    promise: str
    recorded: str
    passed: bool
    again: str | None
    note: str
    evidence: str

    @property
    def agrees(self) -> bool | None:
        """Whether both are equal; None where it cannot be asked again."""
        return None if self.again is None else self.again == self.recorded

    @property
    def is_kept(self) -> bool:
        """Whether it agrees, as far as it can be asked, and is no must that did not hold."""
        return self.agrees is not False and (self.passed or self.level != "must")


@dataclass(frozen=True, slots=True)
class RecheckedRun:
    """All guarantees of one run, by id."""

    execution_id: str
    source_system: str
    status: str
    guarantees: tuple[Rechecked, ...]

    @property
    def is_kept(self) -> bool:
        """Whether there is evidence, all of it agrees and every must held."""
        return bool(self.guarantees) and all(each.is_kept for each in self.guarantees)


@dataclass(frozen=True, slots=True)
class Recheck:
    """Asks the evidence of log.guarantees again; writes nothing."""

    queries: Queries
    ledger: Ledger

    def run(self, source: str, execution_id: str | None = None) -> RecheckedRun:
        """Recheck a run of a source, by default its newest Success; raises NotRunYetError and UnknownRunError."""
        row = self._row(source, execution_id)
        limits = {"source_system": source, "execution_id": row["execution_id"]}
        found = self.queries.lake.read("log.guarantees", where=limits)
        recorded = sorted(found.to_pylist() if found is not None else [], key=lambda each: each["guarantee_id"])
        # A run that failed may have left rows in source.* that tell of the failure: nothing there was published.
        versions = versions_named(row) if row["status"] == "Success" else {}
        tables: dict[str, pa.Table] = {}
        results = tuple(self._again(each, versions, tables) for each in recorded)
        return RecheckedRun(row["execution_id"], source, row["status"], results)

    def _row(self, source: str, execution_id: str | None) -> Mapping[str, Any]:
        if execution_id is None:
            row = self.ledger.newest_success(_STAGE, source)
            if row is None:
                raise NotRunYetError(f"{source} has never been published.", place=f"source {source}")
            return row
        row = self.ledger.completion(execution_id)
        if row["source_system"] != source:
            message = f"{execution_id!r} is a run of {row['source_system']}, not of {source}"
            raise UnknownRunError(message, found=execution_id)
        return row

    def _again(self, row: Mapping[str, Any], versions: Mapping[str, int], tables: dict[str, pa.Table]) -> Rechecked:
        names = sorted(named_in(row["evidence"]))
        missing = [name for name in names if not name.startswith(_LOGS) and name not in versions]
        again, note = None, f"{', '.join(missing)} not published by this run"
        if not missing:
            again, _ = observed_of(partial(self._answer, row["evidence"], names, versions, tables))
            note = "" if again == row["observed"] else "differs from what was recorded"
        return Rechecked(
            id=row["guarantee_id"],
            level=row["level"],
            table=row["table"],
            promise=row["promise"],
            recorded=row["observed"] or "",
            passed=bool(row["passed"]),
            again=again,
            note=note,
            evidence=row["evidence"],
        )

    def _answer(
        self, evidence: str, names: list[str], versions: Mapping[str, int], tables: dict[str, pa.Table]
    ) -> pa.Table:
        for name in names:
            if name not in tables:
                tables[name] = self._read(name, versions.get(name))
        return self.queries.engine.query(evidence, {name: tables[name] for name in names})

    def _read(self, name: str, version: int | None) -> pa.Table:
        try:
            return self.queries.read(name, version=version)
        except KeyError:
            raise UnknownTableError(f"neither the lakehouse nor the contract has {name}", found=name) from None
