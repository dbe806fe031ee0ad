"""The figures of a run: what log.source says of it, computed from its answers, findings and rows."""

from __future__ import annotations

import json
import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from spectra.runs.finding import error_summary
from spectra.stages.source.rows import endpoint_counts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from spectra.errors import SpectraError
    from spectra.stages.source.rows import Row
    from spectra.stages.source.scope import Scope
    from spectra.stages.source.task import Measured, SourceTask


_KNOWN_LATER = (
    "ended_at",
    "recorded_at",
    "duration_seconds",
    "requests_per_second",
    "table_creation_duration_ms",
    "table_versions",
    "guarantees_passed",
    "guarantees_failed",
)


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the nearest-rank percentile; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def capabilities(measured: Measured) -> list[str]:
    """Return what was proven.

    In the form `auth:TYPE`, `level:ENTITY`, `filter:ENTITY.PARAM`, `incremental:ENTITY.PARAM`, `pagination:ENTITY`.
    """
    proven = []
    if measured.proof is not None and measured.proof.status == "Success":
        proven.append(f"auth:{measured.proof.finding.subject}")
    proven += [f"level:{name}" for name, level in measured.walk.levels.items() if level.reached]
    proven += [
        f"{'incremental' if proof.trial.incremental else 'filter'}:{proof.trial.subject}"
        for proof in measured.filters
        if proof.outcome == "proven"
    ]
    return proven + [f"pagination:{proof.entity}" for proof in measured.paging if proof.outcome == "proven"]


def completion_row(
    task: SourceTask, measured: Measured, endpoints: Sequence[Row] | None, error: SpectraError | None
) -> Row:
    """Return the row of log.source but for what is known only after the tables are committed."""
    return {
        **task.envelope.columns(),
        "source_name": task.scope.definition.name or task.envelope.source_system,
        "execution_mode": task.execution_mode,
        "status": "Failed" if error else "Success",
        "readiness": "BLOCKED",
        "readiness_checks": None,
        "error_code": error.code if error else None,
        "error_category": error.category if error else None,
        "error_message": error.message if error else None,
        "error_summary": json.dumps(error_summary(measured.findings), sort_keys=True),
        "capabilities": capabilities(measured),
        "endpoint_count": None if endpoints is None else len(endpoints),
        **endpoint_counts(endpoints),
        **_traffic(measured),
        "parameters": json.dumps(_parameters(task), sort_keys=True),
        "workspace": None,
        "lakehouse": task.lakehouse,
        **dict.fromkeys(_KNOWN_LATER),
    }


def _parameters(task: SourceTask) -> Row:
    """Return what the run was asked for, so that its completion row tells a reader what it had to reach."""
    scope, freshness = task.scope, task.contract.freshness
    definition = scope.definition
    return {
        "walk_parents": definition.walk.parents,
        "expect_endpoints": definition.expect.endpoints if definition.expect else None,
        "auth_proof": getattr(definition.auth, "proof", None),
        "levels": list(scope.declared_levels()),
        "entities": {name: _demands(scope, name) for name in definition.entities},
        "freshness_seconds": freshness.total_seconds() if freshness else None,
    }


def _demands(scope: Scope, entity: str) -> Row:
    """Return what has to hold for an entity to be read: its endpoint, the levels it stands on, its own filters."""
    declared = scope.definition.entities[entity]
    above = [reference.split(".", 1)[0] for reference in scope.references(entity)]
    levels, waiting = {entity}, [*above, *declared.parents]
    while waiting:
        name = waiting.pop()
        if name in scope.definition.entities and name not in levels:
            levels.add(name)
            waiting += [*scope.definition.entities[name].parents]
            waiting += [reference.split(".", 1)[0] for reference in scope.references(name)]
    params = [*declared.query, *([declared.incremental.param] if declared.incremental else [])]
    return {
        "full_path": scope.endpoint_of(entity).full_path(scope.base_path),
        "levels": sorted(levels & set(scope.declared_levels())),
        "filters": sorted({f"{entity}.{param}" for param in params}),
    }


def _traffic(measured: Measured) -> Row:
    answers = measured.answers
    latencies = [answer.latency_ms for answer in answers if answer.http_status is not None]
    return {
        "latency_p50_ms": percentile(latencies, 0.50),
        "latency_p95_ms": percentile(latencies, 0.95),
        "request_count": sum(answer.attempts for answer in answers),
        "retry_count": sum(answer.retries for answer in answers),
        "bytes_received": sum(answer.received for answer in answers),
    }


def closing(row: Row, *, recorded_at: datetime, seconds: float, writing_ms: float, versions: dict[str, int]) -> Row:
    """Return the completion row with its times and versions; throughput is requests by the run's duration.

    A run ends as long after its start as the monotonic clock says: a clock that is set while it runs changes nothing.
    """
    duration = timedelta(seconds=seconds)
    timing: dict[str, Any] = {
        "ended_at": row["started_at"] + duration,
        "recorded_at": recorded_at,
        "duration_seconds": duration.total_seconds(),
        "requests_per_second": row["request_count"] / duration.total_seconds() if duration else None,
        "table_creation_duration_ms": writing_ms,
        "table_versions": json.dumps(versions, sort_keys=True),
    }
    return {**row, **timing}
