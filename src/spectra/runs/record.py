"""Rows of log.runs and log.<stage>: how a run starts, and what stands for one that never ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spectra.errors import RunAbandonedError, TableUnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from spectra.runs.envelope import Envelope


def start_row(envelope: Envelope, host: str, pid: int) -> dict[str, Any]:
    """Return the row of log.runs that a run writes before anything else."""
    return {
        "execution_id": envelope.execution_id,
        "run_seq": envelope.run_seq,
        "stage": envelope.stage,
        "source_system": envelope.source_system,
        "correlation_id": envelope.correlation_id,
        "contract_version": envelope.contract_version,
        "spectra_version": envelope.spectra_version,
        "started_at": envelope.started_at,
        "host": host,
        "pid": pid,
    }


def unfinished(starts: Iterable[Mapping[str, Any]], completed: Iterable[str]) -> list[Mapping[str, Any]]:
    """Return the start rows whose execution_id has no completion row, in ascending run_seq."""
    done = set(completed)
    return sorted((row for row in starts if row["execution_id"] not in done), key=lambda row: row["run_seq"])


def abandoned_row(start: Mapping[str, Any], columns: Iterable[str], recorded_at: datetime) -> dict[str, Any]:
    """Return the completion row that stands for a run which never wrote one; what is unknown is null."""
    known = {
        "execution_id": start["execution_id"],
        "run_seq": start["run_seq"],
        "correlation_id": start["correlation_id"],
        "batch_id": start["execution_id"],
        "contract_version": start["contract_version"],
        "spectra_version": start["spectra_version"],
        "started_at": start["started_at"],
        "recorded_at": recorded_at,
        "stage": start["stage"],
        "source_system": start["source_system"],
        "status": "Abandoned",
        "readiness": "BLOCKED",
        "error_code": RunAbandonedError.code,
        "error_category": RunAbandonedError.category,
        "error_message": f"Started on {start['host']} as process {start['pid']} and never ended.",
    }
    return {name: known.get(name) for name in columns}


def versions_named(row: Mapping[str, Any]) -> dict[str, int]:
    """Return the version of each table that a completion row names; raises TableUnreadableError for a damaged row."""
    found = _parsed(row, "table_versions")
    if not isinstance(found, dict) or not all(isinstance(version, int) for version in found.values()):
        raise damage(row, "table_versions")
    return found


def checks_stored(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the readiness checks that a completion row holds; raises TableUnreadableError for a damaged row."""
    found = _parsed(row, "readiness_checks") or []
    if not isinstance(found, list) or not all(isinstance(check, dict) and "passed" in check for check in found):
        raise damage(row, "readiness_checks")
    return found


def error_summary_stored(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the error summary that a completion row holds; raises TableUnreadableError for a damaged row."""
    found = _parsed(row, "error_summary")
    if not isinstance(found, dict):
        raise damage(row, "error_summary")
    return found


def _parsed(row: Mapping[str, Any], column: str) -> Any:
    try:
        return json.loads(row.get(column) or "{}")
    except ValueError:
        raise damage(row, column) from None


def damage(row: Mapping[str, Any], column: str) -> TableUnreadableError:
    """Return the error about a completion row with a column that no run writes so."""
    table = f"log.{row.get('stage')}"
    message = f"{table} is damaged: {column} of {row.get('execution_id')} is not what a run writes"
    return TableUnreadableError(message, table=table, column=column)


def newest(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the row of the greatest run_seq, or None; newest never means a clock."""
    return max(rows, key=lambda row: row["run_seq"], default=None)
