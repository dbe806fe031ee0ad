"""Publishing: audit, commit, read back, log, and last the completion row, which is the publication (S14)."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spectra.errors import LakeError, LogUnwritableError, SpectraError, SupersededError
from spectra.runs.fence import Fence
from spectra.runs.finding import error_summary, finding_of
from spectra.runs.manifest import SOURCE_TABLES
from spectra.runs.readiness import verdict
from spectra.stages.source.audit import arrow_of, audit, build, degradations, guarantee_rows, readiness_checks, redacted
from spectra.stages.source.figures import closing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spectra.contract.guarantees import GuaranteeResult
    from spectra.stages.ports import Clock, Engine, Lake
    from spectra.stages.source.audit import Built
    from spectra.stages.source.rows import Row
    from spectra.stages.source.task import Measured, SourceTask

_AFTER_FAILURE = ("source.credentials", "source.portfolio")
_LOGS = ("log.probes", "log.findings", "log.guarantees")


@dataclass(slots=True)
class Publisher:
    """Writes one run."""

    task: SourceTask
    measured: Measured
    lake: Lake
    engine: Engine
    clock: Clock
    versions: dict[str, int] = field(default_factory=dict)
    writing_ms: float = 0.0
    results: Sequence[GuaranteeResult] = ()

    def publish(self) -> Row:
        """Publish a run that measured everything; returns its completion row, raises what kept it from that."""
        built = build(self.task, self.measured, self.clock.now())
        failed = audit(self.task, built, self.engine)
        self.results = built.results
        if failed is not None:
            raise self.record(failed)
        self.measured.findings.extend(degradations(built))
        self._refresh_findings(built)
        promised = dict.fromkeys(SOURCE_TABLES, -1)
        checks = readiness_checks(self.task, self.measured, built, promised, SOURCE_TABLES)
        built.rows["source.portfolio"][0]["readiness"] = verdict(checks)
        try:
            self._commit_tables(built)
        except SpectraError as error:
            raise self.record(error) from error
        checks = readiness_checks(self.task, self.measured, built, self.versions, tuple(self.versions))
        built.completion["readiness"] = verdict(checks)
        built.completion["readiness_checks"] = json.dumps([check.as_dict() for check in checks])
        return self._complete(built)

    def record(self, error: SpectraError) -> SpectraError:
        """Record a run that could not be published; returns the error to raise.

        Before the first commit what is known goes into credentials and portfolio; after it the tables are left as
        they are, and the completion row names what landed. A run that was superseded writes nothing more.
        """
        if isinstance(error, SupersededError):
            return error
        self.measured.findings.append(finding_of(error, "error", self.task.envelope.stage))
        failure = build(self.task, self.measured, self.clock.now(), error)
        failure.results = self.results
        if not self.versions:
            with suppress(LakeError):  # the completion row names what landed, and is what counts
                for table in _AFTER_FAILURE:
                    self._replace(failure, table)
        row = self._complete(failure)
        kept = (
            "the last publication stays readable, marked stale" if self.task.is_refresh else "nothing is published yet"
        )
        error.facts["recorded"] = f"log.{row['stage']} {row['execution_id']} {row['status']}; {kept}"
        return error

    def _refresh_findings(self, built: Built) -> None:
        now = self.clock.now()
        built.rows["log.findings"] = [finding.row(self.task.envelope, now) for finding in self.measured.findings]
        built.completion["error_summary"] = json.dumps(error_summary(self.measured.findings), sort_keys=True)

    def _commit_tables(self, built: Built) -> None:
        begun = self.clock.monotonic()
        for table in SOURCE_TABLES:
            self._replace(built, table)
        for table in SOURCE_TABLES:
            self.lake.read_back(
                table,
                built.table(self.task, table),
                version=self.versions[table],
                source_system=self.task.envelope.source_system,
            )
        self.writing_ms = (self.clock.monotonic() - begun) * 1000

    def _replace(self, built: Built, table: str) -> None:
        envelope = self.task.envelope
        fence = Fence.of(envelope.stage, envelope.source_system, envelope.run_seq)
        rows = built.table(self.task, table)
        self.versions[table] = self.lake.replace_partition(
            table, rows, source_system=envelope.source_system, fence=fence
        )

    def _complete(self, built: Built) -> Row:
        """Write the logs and then the completion row; no handoff happens without that row."""
        envelope = self.task.envelope
        built.rows["log.guarantees"] = guarantee_rows(self.task, built, self.clock.now())
        passed = sum(result.passed for result in built.results)
        counts = {"guarantees_passed": passed, "guarantees_failed": len(built.results) - passed}
        unwritten = self._write_logs(built)
        if unwritten is not None:
            built.completion |= _failure_columns(unwritten)
        try:
            row = closing(
                redacted(built.completion, self.task) | (counts if built.results else dict.fromkeys(counts)),
                seconds=self.clock.monotonic() - self.task.started,
                recorded_at=self.clock.now(),
                writing_ms=self.writing_ms,
                versions=self.versions,
            )
            fence = Fence.of(envelope.stage, envelope.source_system, envelope.run_seq)
            self.lake.append_fenced("log.source", arrow_of(self.task, "log.source", [row]), fence=fence)
        except SupersededError:
            raise
        except LakeError as error:
            raise LogUnwritableError(
                f"{error.message} ({error.code})", place=f"log.{envelope.stage}", cause=error.code
            ) from error
        if unwritten is not None:
            raise unwritten
        return row

    def _write_logs(self, built: Built) -> LogUnwritableError | None:
        """Write each log that can be written; returns what is wrong with the first that cannot."""
        unwritten = None
        for table in _LOGS:
            try:
                if built.rows[table]:
                    self.lake.append(table, arrow_of(self.task, table, built.rows[table]))
            except LakeError as error:
                message = f"{error.message} ({error.code})"
                unwritten = unwritten or LogUnwritableError(message, place=table, cause=error.code)
        return unwritten


def _failure_columns(error: SpectraError) -> Row:
    return {
        "status": "Failed",
        "readiness": "BLOCKED",
        "error_code": error.code,
        "error_category": error.category,
        "error_message": error.message,
    }
