"""A finding: one piece of evidence behind a summary."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from spectra.errors import error_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from spectra.errors import Severity, SpectraError
    from spectra.runs.envelope import Envelope

Kind = Literal["auth", "level", "filter", "root", "catalogue", "pagination", "drift", "error", "warning"]
Verdict = Literal["proven", "unproven", "failed", "skipped"]
COUNTED: frozenset[str] = frozenset({"error", "critical"})


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at (`subject`, `place`), what came out, and the evidence for it (plain JSON values)."""

    kind: Kind
    subject: str
    outcome: Verdict
    place: str | None = None
    code: str | None = None
    severity: Severity = "info"
    expected: str | None = None
    observed: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def row(self, envelope: Envelope, found_at: datetime) -> dict[str, Any]:
        """Return the finding as a row of log.findings."""
        return {
            "execution_id": envelope.execution_id,
            "source_system": envelope.source_system,
            "stage": envelope.stage,
            "kind": self.kind,
            "subject": self.subject,
            "place": self.place,
            "outcome": self.outcome,
            "code": self.code,
            "severity": self.severity,
            "expected": self.expected,
            "observed": self.observed,
            "evidence": json.dumps(self.evidence, sort_keys=True, ensure_ascii=False),
            "found_at": found_at,
            "correlation_id": envelope.correlation_id,
            "category": error_kind(self.code).category if self.code else None,
        }


def finding_of(error: SpectraError, kind: Kind, subject: str, *, outcome: Verdict = "failed") -> Finding:
    """Return the finding that an error stands for."""
    return Finding(
        kind=kind,
        subject=subject,
        outcome=outcome,
        place=error.place,
        code=error.code,
        severity=error.severity,
        expected=error.facts.get("expected"),
        observed=error.facts.get("observed") or error.message,
        evidence=dict(error.facts),
    )


def error_summary(findings: Iterable[Finding]) -> dict[str, Any]:
    """Count findings of severity error and critical: total, critical, by category and by code."""
    counted = [finding for finding in findings if finding.severity in COUNTED]
    by_code: dict[str, int] = {}
    by_category: dict[str, int] = {}
    for finding in counted:
        code = finding.code or "internal-error"
        category = error_kind(code).category
        by_code[code] = by_code.get(code, 0) + 1
        by_category[category] = by_category.get(category, 0) + 1
    return {
        "total": len(counted),
        "critical": sum(finding.severity == "critical" for finding in counted),
        "by_category": dict(sorted(by_category.items())),
        "by_code": dict(sorted(by_code.items())),
    }
