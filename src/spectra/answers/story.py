"""The story of one run, told from its rows: how it ended, why, what it found, and what to do next."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from spectra.answers.picking import asked_endpoints, grouped_findings
from spectra.documents.wording import worded
from spectra.errors import UnknownCodeError, UnknownRunError, error_kind
from spectra.runs.record import checks_stored, newest, versions_named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from spectra.answers.queries import Queries
    from spectra.lake.ledger import Ledger

Row = dict[str, Any]
_STAGE = "source"
_RUN = (
    *("execution_id", "source_system", "stage", "run_seq", "correlation_id", "contract_version", "spectra_version"),
    *("started_at", "ended_at", "recorded_at", "duration_seconds", "execution_mode", "host", "pid"),
    *("request_count", "retry_count", "endpoint_count", "endpoint_probed_count", "endpoint_success_count"),
    *("guarantees_passed", "guarantees_failed"),
)
_THEN = {
    "Success": ("read", "spectra ready"),
    "Failed": ("again", "spectra source"),
    "Abandoned": ("again", "spectra source"),
    "Unfinished": ("wait", "spectra ready --wait 10m"),
}


@dataclass(frozen=True, slots=True)
class Story:
    """One run: `status` is Success, Failed, Abandoned or Unfinished, `note` says what its rows alone do not.

    `run` holds its ids, times and figures, null where nothing was recorded; `findings` are grouped by code, the worst
    first, each group with its count and some examples; `slowest` and `failing` are endpoints as they were asked last;
    `newest` is the execution_id of the source's newest run of that stage.
    """

    status: str
    readiness: str | None
    newest: str
    note: str | None
    run: Mapping[str, Any]
    error: Mapping[str, Any] | None
    failed_checks: Sequence[Mapping[str, Any]]
    failed_guarantees: Sequence[Mapping[str, Any]]
    findings: Sequence[Mapping[str, Any]]
    slowest: Sequence[Mapping[str, Any]]
    failing: Sequence[Mapping[str, Any]]
    table_versions: Mapping[str, int]

    @property
    def is_newest(self) -> bool:
        """Whether no run of its source and stage was started after it."""
        return bool(self.newest == self.run["execution_id"])

    @property
    def next_steps(self) -> tuple[tuple[str, str], ...]:
        """What to do about it: what for, and the command."""
        source, steps = self.run["source_system"], []
        code = self.error["code"] if self.error else next((each["code"] for each in self.findings), None)
        if code:
            steps.append(("why", f"spectra explain {code}"))
        if not self.is_newest:
            return (*steps, ("newest", f"spectra explain {self.newest}"))
        if self.status == "Success" and self.failing:
            often = Counter(each["probe_status"] for each in self.failing).most_common(1)[0][0]
            steps.append(("look", f"spectra catalog {source} --status {often}"))
        return (*steps, (_THEN[self.status][0], f"{_THEN[self.status][1]} {source}"))

    def document(self) -> dict[str, Any]:
        """Return the story as plain values."""
        steps = [{"why": why, "command": command} for why, command in self.next_steps]
        return {**asdict(self), "is_newest": self.is_newest, "next_steps": steps}


@dataclass(frozen=True, slots=True)
class Stories:
    """The runs of one lakehouse; `settle` records a run that died, or returns its id where it cannot."""

    queries: Queries
    ledger: Ledger
    settle: Callable[[str], str | None]

    def story(self, execution_id: str, *, examples: int = 3) -> Story:
        """Tell a run, with so many examples of each kind of finding; raises UnknownRunError."""
        start = next(iter(self._rows("log.runs", execution_id)), None)
        unrecorded = self.settle(start["source_system"]) if start and start["stage"] == _STAGE else None
        end: Row = {}
        with suppress(UnknownRunError):
            end = self.ledger.completion(execution_id)
        if not start and not end:
            said = f"no run {execution_id!r} is recorded"
            raise worded(UnknownRunError, said, place="log.runs", found=execution_id, near=self._known())
        run = {name: {**(start or {}), **end}.get(name) for name in _RUN}
        findings = self._rows("log.findings", execution_id)
        slowest, failing = asked_endpoints(self._rows("log.probes", execution_id))
        return Story(
            status=end.get("status") or "Unfinished",
            readiness=end.get("readiness"),
            newest=self._newest(run),
            note=None if end else _unfinished(unrecorded == execution_id),
            run=run,
            error=_error(end, findings),
            failed_checks=_failed(checks_stored(end)),
            failed_guarantees=_broken(self._rows("log.guarantees", execution_id)),
            findings=grouped_findings((row for row in findings if not _is_its_end(row, end)), examples),
            slowest=slowest,
            failing=failing,
            table_versions=versions_named(end),
        )

    def _rows(self, table: str, execution_id: str) -> list[Row]:
        found = self.queries.lake.read(table, where={"execution_id": execution_id})
        return [] if found is None else found.to_pylist()

    def _newest(self, run: Row) -> str:
        start = newest(self.ledger.starts(run["stage"], run["source_system"]))
        return str((start or run)["execution_id"])

    def _known(self) -> list[str]:
        found = self.queries.lake.read("log.runs", columns=["execution_id"])
        return [] if found is None else found["execution_id"].to_pylist()


def _unfinished(died: bool) -> str:  # noqa: FBT001 - one fact
    return "it died and cannot be recorded" if died else "it goes on, or nobody could look yet whether it died"


def _failed(checks: Sequence[Row]) -> list[Row]:
    return sorted((check for check in checks if not check["passed"]), key=lambda check: str(check.get("otherwise")))


def _broken(guarantees: Sequence[Row]) -> list[Row]:
    told = ("guarantee_id", "level", "table", "promise", "observed", "evidence")
    broken = [{name: row[name] for name in told} for row in guarantees if not row["passed"]]
    return sorted(broken, key=lambda row: (row["level"] != "must", row["guarantee_id"]))


def _is_its_end(finding: Row, end: Row) -> bool:
    """Return whether a finding only repeats what ended the run."""
    told = finding["kind"], finding["subject"], finding["code"]
    return told == ("error", end.get("stage"), end.get("error_code"))


def _error(end: Row, findings: Sequence[Row]) -> Row | None:
    """Return what ended a run, as its row says it and as its code is known today."""
    code = end.get("error_code")
    if code is None:
        return None
    places = [row["place"] for row in findings if row["code"] == code and row["place"]]
    error: Row = {
        "code": code,
        "category": end.get("error_category"),
        "message": end.get("error_message"),
        "place": places[-1] if places else None,
    }
    with suppress(UnknownCodeError):
        kind = error_kind(code)
        error |= {"retryable": kind.retryable, "remedy": kind.remedy, "exit_status": kind.exit_status}
    return error
