"""An independent program: every number of log.source, from the other tables and from what a server counted.

It reads tables with deltalake and their logs as the files they are, and shares no line with what it checks.
"""

from __future__ import annotations

import json
from collections import Counter
from math import ceil
from typing import TYPE_CHECKING, Any

from deltalake import DeltaTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    Row = dict[str, Any]

SOURCE_TABLES = ("source.config", "source.credentials", "source.endpoints", "source.portfolio")
COUNTED = {"error", "critical"}
ANSWERED = {"accessible", "empty"}


def recomputed(lakehouse: Path, stats: Mapping[str, int], execution_id: str) -> Row:
    """Return each figure of a run under its name in log.source; `stats` is what the server was asked meanwhile."""
    start = _own(lakehouse, "log.runs", execution_id)[0]
    probes = _own(lakehouse, "log.probes", execution_id)
    versions = _written(lakehouse, start)
    seconds = _seconds(lakehouse, execution_id)
    requests = sum(stats.values())
    return {
        "run_seq": _position(lakehouse, start),
        "duration_seconds": seconds,
        "request_count": requests,
        "requests_per_second": requests / seconds if seconds else None,
        "retry_count": sum(row["retries"] for row in probes),
        "bytes_received": sum(row["received_bytes"] for row in probes),
        **_latencies([row["latency_ms"] for row in probes if row["http_status"] is not None]),
        **_endpoints(lakehouse, start, versions.get("source.endpoints")),
        **_guarantees(_own(lakehouse, "log.guarantees", execution_id)),
        "error_summary": _errors(_own(lakehouse, "log.findings", execution_id)),
        "table_versions": versions,
    }


def logged(lakehouse: Path, execution_id: str) -> Row:
    """Return the completion row of a run, its JSON parsed."""
    row = _own(lakehouse, "log.source", execution_id)[0]
    return row | {name: json.loads(row[name]) for name in ("error_summary", "table_versions")}


def unequal(said: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return each figure that was found otherwise than it is said to be: (said, found)."""
    return {name: (said[name], found[name]) for name in found if said[name] != found[name]}


def unequal_endpoints(
    lakehouse: Path, stats: Mapping[str, int], execution_id: str, base_path: str
) -> dict[str, tuple[int, int]]:
    """Return each endpoint whose requests in log.probes are not as many as the server counted: (logged, counted)."""
    sent: Counter[str] = Counter()
    for row in _own(lakehouse, "log.probes", execution_id):
        sent[f"{row['http_method']} {row['full_path'].removeprefix(base_path)}"] += row["attempts"]
    return {name: (sent[name], stats.get(name, 0)) for name in sent.keys() | stats if sent[name] != stats.get(name, 0)}


def creation_bounds(lakehouse: Path, execution_id: str) -> tuple[float, float]:
    """Return between which milliseconds the commits of the four tables took, by the times that Delta noted.

    They cannot have taken less than from the first to the last of them, nor more than from the run's start to its
    completion row, written after them.
    """
    start = _own(lakehouse, "log.runs", execution_id)[0]
    commits = [moment for table in SOURCE_TABLES for _, moment in _commits(lakehouse, table, start)]
    [(_, published)] = _commits(lakehouse, "log.source", start)
    begun = start["started_at"].timestamp() * 1000
    return max(commits) - min(commits), published - begun


def _own(lakehouse: Path, table: str, execution_id: str) -> list[Row]:
    return [row for row in _rows(lakehouse, table) if row["execution_id"] == execution_id]


def _rows(lakehouse: Path, table: str, version: int | None = None) -> list[Row]:
    folder = lakehouse / "Tables" / table.replace(".", "/")
    if not (folder / "_delta_log").is_dir():
        return []
    rows: list[Row] = DeltaTable(folder, version=version).to_pyarrow_table().to_pylist()
    return rows


def _actions(lakehouse: Path, table: str) -> Iterator[tuple[int, list[Row]]]:
    """Yield each version of a table with what its log file says."""
    for file in sorted((lakehouse / "Tables" / table.replace(".", "/") / "_delta_log").glob("*.json")):
        yield int(file.stem), [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _commits(lakehouse: Path, table: str, start: Row) -> list[tuple[int, float]]:
    """Return version and time (ms) of what a run committed to a table under its fence: one commit, or none."""
    fence = {"appId": f"{start['stage']}/{start['source_system']}", "version": start["run_seq"]}
    found = []
    for version, actions in _actions(lakehouse, table):
        said = {name: body for action in actions for name, body in action.items()}
        if fence.items() <= said.get("txn", {}).items():
            found.append((version, said["commitInfo"]["timestamp"]))
    return found


def _written(lakehouse: Path, start: Row) -> dict[str, int]:
    commits = {table: _commits(lakehouse, table, start) for table in SOURCE_TABLES}
    return {table: version for table, found in commits.items() for version, _ in found}


def _position(lakehouse: Path, start: Row) -> int:
    mine = [each for each in _rows(lakehouse, "log.runs") if each["source_system"] == start["source_system"]]
    return sum(each["started_at"] <= start["started_at"] for each in mine)


def _seconds(lakehouse: Path, execution_id: str) -> float:
    row = _own(lakehouse, "log.source", execution_id)[0]
    return float((row["ended_at"] - row["started_at"]).total_seconds())


def _latencies(values: Sequence[float]) -> Row:
    return {"latency_p50_ms": _nearest_rank(values, 50), "latency_p95_ms": _nearest_rank(values, 95)}


def _nearest_rank(values: Sequence[float], percent: int) -> float | None:
    """Return the smallest value that at least so many percent of the values do not exceed."""
    return sorted(values)[ceil(len(values) * percent / 100) - 1] if values else None


def _endpoints(lakehouse: Path, start: Row, version: int | None) -> Row:
    names = ("endpoint_count", "endpoint_probed_count", "endpoint_success_count", "endpoint_success_rate")
    if version is None:
        return dict.fromkeys(names)
    rows = [r for r in _rows(lakehouse, "source.endpoints", version) if r["source_system"] == start["source_system"]]
    statuses = Counter(row["probe_status"] for row in rows)
    probed, answered = statuses.total() - statuses["not_probed"], sum(statuses[name] for name in ANSWERED)
    return dict(zip(names, (len(rows), probed, answered, answered / probed if probed else None), strict=True))


def _guarantees(rows: Sequence[Row]) -> Row:
    passed = Counter(row["passed"] for row in rows)
    counts = (passed[True], passed[False]) if rows else (None, None)
    return dict(zip(("guarantees_passed", "guarantees_failed"), counts, strict=True))


def _errors(findings: Sequence[Row]) -> Row:
    counted = [row for row in findings if row["severity"] in COUNTED]
    return {
        "total": len(counted),
        "critical": sum(row["severity"] == "critical" for row in counted),
        "by_code": dict(Counter(row["code"] for row in counted)),
        "by_category": dict(Counter(row["category"] for row in counted)),
    }
