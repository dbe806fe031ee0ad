"""The message that tells of a run, made of nothing but recorded rows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spectra.errors import known_codes
from spectra.notify import Fact, Message
from spectra.notify.plain import one_line
from spectra.runs.course import change_text, usual
from spectra.runs.state import State, failed_checks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from spectra.errors import Severity
    from spectra.runs.state import Reason

Row = dict[str, Any]
RUNBOOK = "docs/source/OPERATIONAL-RUNBOOK.md"
_DOT = " · "
_LONGEST_TEXT, _LONGEST_FACT = 1000, 300
_TELLING = ("credential", "not_tried", "expected", "observed", "found", "allowed", "cause")
_MOST_TELLING, _FEWEST_FOR_USUAL = 3, 3
_LEVELS = ("must", "should")
_SEVERITIES: Mapping[str, Severity] = {"READY": "info", "DEGRADED": "warning"}


@dataclass(frozen=True, slots=True)
class Story:
    """A run as recorded: its completion row, those before it, its guarantees and findings, and whom to ask.

    `runbook` is the address that the project gives for the published runbook; `contacts` are names to texts.
    """

    row: Mapping[str, Any]
    earlier: Sequence[Mapping[str, Any]] = ()
    guarantees: Sequence[Mapping[str, Any]] = ()
    findings: Sequence[Mapping[str, Any]] = ()
    contacts: Mapping[str, str] = field(default_factory=dict)
    runbook: str | None = None

    @property
    def state(self) -> State:
        """The state that the run left."""
        return State.of(self.row)

    def message(self, why: Reason, now: datetime) -> Message:
        """Return what is told of the run."""
        row, state = self.row, self.state
        code = row["error_code"]
        failure = f"{code}: {one_line(row['error_message'] or '', _LONGEST_TEXT)}" if code else ""
        return Message(
            id=row["execution_id"],
            title=f"{row['source_system']}{_DOT}{row['stage'].capitalize()}{_DOT}{row['status']} ({row['readiness']})",
            severity=_severity(state),
            written_at=now,
            text="\n".join(line for line in (failure, *change_text(row, self.earlier, why)) if line),
            facts=(*self._trouble(), *self._measured(), *_contacts(self.contacts)),
            footer=f"correlation id {row['correlation_id']}",
            link=f"{self.runbook}#{code}" if code and self.runbook else None,
            figures=figures(self) | {"reason": why},
        )

    def _trouble(self) -> Iterable[Fact]:
        """Yield what is wrong and what to do: of a failure its facts, of a degraded run the checks that failed."""
        code = self.row["error_code"]
        if code:
            yield from _telling(code, self.row["error_message"] or "", self.findings)
            kind = known_codes().get(code)
            yield Fact("Retryable", "yes" if kind and kind.retryable else "no", short=True)
            remedy = kind.remedy if kind else "Look the code up in the runbook."
            yield Fact("Remedy", remedy.replace(" NAME`", f" {self.row['source_system']}`"))
            yield Fact("Runbook", f"{self.runbook or RUNBOOK}#{code}")
        said = [f"{c['name']}: expected {c['expected']}, observed {c['observed']}" for c in failed_checks(self.row)]
        if said:
            yield Fact("Not as promised", "\n".join(one_line(line, _LONGEST_FACT) for line in said))

    def _measured(self) -> Iterable[Fact]:
        row, counts = self.row, figures(self)
        yield Fact("Duration", _duration(row, self.earlier), short=True)
        yield Fact("Endpoints", _endpoints(row), short=True)
        kept = [f"{counts['guarantees'][level]['passed']}/{counts['guarantees'][level]['all']}" for level in _LEVELS]
        yield Fact("Guarantees", _DOT.join(kept) if self.guarantees else "not checked", short=True)
        errors = [f"{category} {count}" for category, count in counts["errors"].items()]
        yield Fact("Errors", _DOT.join(errors) or "none", short=True)
        tables = [f"{table}@{version}" for table, version in counts["table_versions"].items()]
        yield Fact("Tables", _DOT.join(tables) or "none written")
        yield Fact("Run", row["execution_id"])


def figures(story: Story) -> Row:
    """Return what the message says, for programs."""
    row = story.row
    passed = {level: [each["passed"] for each in story.guarantees if each["level"] == level] for level in _LEVELS}
    durations = usual(story.earlier)
    plain = ("execution_id", "correlation_id", "source_system", "stage", "status", "readiness", "error_code")
    counts = ("duration_seconds", "endpoint_probed_count", "endpoint_success_count", "endpoint_success_rate")
    return {name: row[name] for name in (*plain, *counts)} | {
        "usual_seconds": [min(durations), max(durations)] if durations else None,
        "usual_runs": len(durations),
        "guarantees": {level: {"passed": sum(held), "all": len(held)} for level, held in passed.items()},
        "errors": json.loads(row["error_summary"] or "{}").get("by_category", {}),
        "table_versions": json.loads(row["table_versions"] or "{}"),
        "failed_checks": list(story.state.failed_checks),
    }


def _severity(state: State) -> Severity:
    kind = known_codes().get(state.error_code or "")
    if kind is not None:
        return kind.severity
    return _SEVERITIES.get(state.readiness, "error")


def _telling(code: str, message: str, findings: Sequence[Mapping[str, Any]]) -> Iterable[Fact]:
    """Yield the three facts that tell most of a failure: where, and what its finding knows beyond the message."""
    ended = [each for each in findings if each["kind"] == "error" and each["code"] == code]
    others = [each for each in findings if each["code"] and each["severity"] in {"critical", "error"}]
    found: dict[str, str] = {}
    for finding in ended[-1:]:
        found["Where"] = finding["place"] or ""
        known = json.loads(finding["evidence"] or "{}") | {name: finding[name] for name in ("expected", "observed")}
        for name in (*_TELLING, *sorted(known)):
            found.setdefault(name.replace("_", " ").capitalize(), str(known.get(name) or ""))
    for finding in others:
        said = f"{finding['subject']}: {finding['observed'] or finding['outcome']}"
        found.setdefault(f"Also {finding['code']}", said if finding not in ended else "")
    told = [(name, text) for name, text in found.items() if text and text not in message]
    for name, text in told[:_MOST_TELLING]:
        yield Fact(name, one_line(text, _LONGEST_FACT))


def _duration(row: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> str:
    seconds, before = row["duration_seconds"], usual(earlier)
    took = "not measured" if seconds is None else f"{seconds:,.1f} s"
    if len(before) < _FEWEST_FOR_USUAL:
        return f"{took} (no usual yet: {len(before)} successful {'run' if len(before) == 1 else 'runs'} before)"
    return f"{took} (usual {min(before):,.1f} to {max(before):,.1f})"


def _endpoints(row: Mapping[str, Any]) -> str:
    probed, rate = row["endpoint_probed_count"], row["endpoint_success_rate"]
    if probed is None:
        return "not measured"
    share = "" if rate is None else f" ({rate * 100:.1f} %)"
    return f"{row['endpoint_success_count']:,} of {probed:,}{share}"


def _contacts(contacts: Mapping[str, str]) -> Iterable[Fact]:
    return [Fact(name, one_line(text, _LONGEST_FACT), short=True) for name, text in contacts.items() if text.strip()]
