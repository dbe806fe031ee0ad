"""What a story picks from many rows: findings by code, and endpoints that were slow or failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SEVERITIES = ("critical", "error", "warning")
_USABLE = frozenset({"accessible", "empty"})
_SLOWEST = 5


def grouped_findings(findings: Iterable[Mapping[str, Any]], examples: int) -> list[dict[str, Any]]:
    """Return findings of severity critical, error and warning by code, the worst and then the most frequent first."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in findings:
        if row["severity"] in _SEVERITIES:
            groups.setdefault((row["severity"], row["code"] or row["kind"]), []).append(row)
    told = ("subject", "place", "expected", "observed")
    return [
        {
            "severity": severity,
            "code": code,
            "category": rows[0].get("category"),
            "count": len(rows),
            "examples": [{name: row[name] for name in told} for row in rows[:examples]],
        }
        for (severity, code), rows in sorted(
            groups.items(), key=lambda group: (_SEVERITIES.index(group[0][0]), -len(group[1]), group[0][1])
        )
    ]


def asked_endpoints(probes: Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the slowest endpoints and every one that failed, each as its last request saw it.

    The negative control of the credentials is left out: it is there to be refused.
    """
    asked = sorted((row for row in probes if row["purpose"] != "control"), key=lambda row: row["probed_at"])
    last = {(row["http_method"], row["full_path"]): row for row in asked}
    told = ("http_method", "full_path", "probe_status", "http_status", "latency_ms", "error_code")
    endpoints = [{name: row[name] for name in told} for row in last.values()]
    timed = [each for each in endpoints if each["latency_ms"] is not None and each["http_status"] is not None]
    slowest = sorted(timed, key=lambda each: -each["latency_ms"])[:_SLOWEST]
    failing = [each for each in endpoints if each["probe_status"] not in _USABLE]
    return slowest, sorted(failing, key=lambda each: (each["probe_status"], each["full_path"], each["http_method"]))
