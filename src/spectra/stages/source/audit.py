"""The audit: every guarantee is run on the tables as built, before anything is committed (S14)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spectra.contract.guarantees import run_guarantees
from spectra.contract.types import rows_to_table
from spectra.errors import GuaranteeDegradedError, GuaranteeFailedError
from spectra.runs.finding import Finding
from spectra.runs.manifest import SOURCE_TABLES
from spectra.runs.readiness import SourceFacts, source_checks
from spectra.stages.source.figures import completion_row
from spectra.stages.source.rows import config_rows, credential_rows, endpoint_rows, portfolio_row, probe_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    import pyarrow as pa

    from spectra.contract.guarantees import GuaranteeResult
    from spectra.errors import SpectraError
    from spectra.runs.readiness import Check
    from spectra.stages.ports import Engine
    from spectra.stages.source.rows import Row
    from spectra.stages.source.task import Measured, SourceTask

LOGS = ("log.probes", "log.findings")


@dataclass(slots=True)
class Built:
    """The rows of a run as they will stand in its tables; `completion` lacks what only the end knows."""

    rows: dict[str, list[Row]]
    completion: Row
    results: Sequence[GuaranteeResult] = field(default_factory=tuple)

    def failed(self, level: str) -> tuple[str, ...]:
        """Return the ids of the guarantees of a level that do not hold."""
        return tuple(result.id for result in self.results if not result.passed and result.level == level)

    def table(self, task: SourceTask, name: str) -> pa.Table:
        """Return one table in Arrow, with the contract's columns."""
        return arrow_of(task, name, [self.completion] if name == "log.source" else self.rows[name])


def arrow_of(task: SourceTask, name: str, rows: Sequence[Row]) -> pa.Table:
    """Return rows in Arrow with the contract's columns; a secret that came in by any way is replaced first."""
    return rows_to_table(task.contract.table(name), [redacted(row, task) for row in rows])


def redacted(row: Row, task: SourceTask) -> Row:
    """Return a row without any secret that the run knows; what an API says may repeat one anywhere."""
    return {column: _cleaned(value, task.redact) for column, value in row.items()}


def _cleaned(value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return redact(value)
    return [_cleaned(each, redact) for each in value] if isinstance(value, list) else value


def build(task: SourceTask, measured: Measured, now: datetime, error: SpectraError | None = None) -> Built:
    """Build every row from what was measured; what was not stays null."""
    endpoints = None if measured.probed is None else endpoint_rows(task, measured.probed, measured.paging)
    rows: dict[str, list[Row]] = {
        "source.endpoints": endpoints or [],
        "source.config": config_rows(task, now),
        "source.credentials": credential_rows(task, measured),
        "source.portfolio": [portfolio_row(task, measured, endpoints, now, active=error is None)],
        "log.probes": probe_rows(task, measured.answers),
        "log.findings": [finding.row(task.envelope, now) for finding in measured.findings],
    }
    return Built(rows, completion_row(task, measured, endpoints, error) | {"recorded_at": now})


def audit(task: SourceTask, built: Built, engine: Engine) -> SpectraError | None:
    """Run every guarantee on the tables in memory; returns the error to stop with where a `must` fails."""
    tables = {name: built.table(task, name) for name in (*SOURCE_TABLES, *LOGS, "log.source")}
    ours = {"source_system": task.envelope.source_system, "execution_id": task.envelope.execution_id}
    built.results = run_guarantees(task.contract, tables, engine.query_each, ours)
    failed = built.failed("must")
    if not failed:
        return None
    return GuaranteeFailedError(
        f"{len(failed)} of the contract's must guarantees do not hold: {', '.join(failed)}.",
        place="source.contract.yaml",
        expected="all must guarantees hold",
        observed=", ".join(failed),
    )


def degradations(built: Built) -> list[Finding]:
    """Return a finding for each `should` guarantee that does not hold."""
    return [
        Finding(
            "warning",
            result.id,
            "failed",
            place=result.table,
            code=GuaranteeDegradedError.code,
            severity=GuaranteeDegradedError.severity,
            expected=result.promise,
            observed=str(result.observed),
            evidence={"sql": result.evidence},
        )
        for result in built.results
        if not result.passed and result.level == "should"
    ]


def guarantee_rows(task: SourceTask, built: Built, now: datetime) -> list[Row]:
    """Return a row of log.guarantees per guarantee that was run."""
    return [
        {
            "execution_id": task.envelope.execution_id,
            "source_system": task.envelope.source_system,
            "stage": task.envelope.stage,
            "guarantee_id": result.id,
            "level": result.level,
            "table": result.table,
            "promise": result.promise,
            "observed": None if result.observed is None else str(result.observed),
            "passed": result.passed,
            "evidence": result.evidence,
            "checked_at": now,
            "correlation_id": task.envelope.correlation_id,
        }
        for result in built.results
    ]


def readiness_checks(
    task: SourceTask, measured: Measured, built: Built, versions: Mapping[str, int], present: Sequence[str]
) -> tuple[Check, ...]:
    """Return the handoff checks of this run; `present` are the tables found at their versions."""
    portfolio = built.rows["source.portfolio"][0]
    expect = task.scope.definition.expect
    return source_checks(
        SourceFacts(
            status=built.completion["status"],
            auth_status=portfolio["auth_status"],
            proof_required=getattr(task.scope.definition.auth, "proof", None) == "required",
            contract_version=task.envelope.contract_version,
            reader_version=task.contract.version,
            expected_endpoints=expect.endpoints if expect else None,
            endpoint_count=portfolio["total_endpoints"],
            logged_endpoint_count=built.completion["endpoint_count"],
            tables_named=versions,
            tables_present=tuple(present),
            tables_expected=SOURCE_TABLES,
            must_failed=built.failed("must"),
            should_failed=built.failed("should"),
            levels_missed=measured.walk.missed(task.scope.declared_levels()),
            filters_unproven=tuple(p.trial.subject for p in measured.filters if p.outcome != "proven"),
        )
    )
