"""Step and Diagnosis: what was tried, what was seen, and what that means for a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from spectra.errors import SpectraError

Outcome = Literal["ok", "warning", "failed", "skipped"]
Verdict = Literal["READY", "DEGRADED", "BLOCKED"]
MANDATORY = frozenset({"definition", "secrets", "dns", "tcp", "tls", "proxy", "auth", "root", "lakehouse"})
_NOT_PROMISED = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried; `seen` is one line, of a skipped step the reason why it was not tried.

    `subject` names the entity or parameter where there are several of a kind; `errors` are in the order found, the
    first of them gives code and remedy.
    """

    name: str
    outcome: Outcome
    seen: str
    subject: str | None = None
    milliseconds: float | None = None
    errors: tuple[SpectraError, ...] = ()

    @property
    def mandatory(self) -> bool:
        """Whether a run cannot succeed without it."""
        return self.name in MANDATORY

    @property
    def label(self) -> str:
        """How a person reads its name."""
        return f"{self.name} {self.subject}" if self.subject else self.name

    @property
    def error(self) -> SpectraError | None:
        """What is wrong, None where nothing is."""
        return self.errors[0] if self.errors and self.outcome != "ok" else None

    def taking(self, milliseconds: float) -> Step:
        """Return this step with the time it took."""
        return replace(self, milliseconds=milliseconds)

    def redacted(self, redact: Callable[[str], str]) -> Step:
        """Return this step with every text redacted."""
        errors = tuple(
            type(error)(redact(error.message), place=redact(error.place or "") or None, **error.facts)
            for error in self.errors
        )
        return replace(self, seen=redact(self.seen), errors=errors)

    def document(self, source: str) -> dict[str, Any]:
        """Return the step as plain values."""
        return {
            "name": self.name,
            "subject": self.subject,
            "mandatory": self.mandatory,
            "outcome": self.outcome,
            "seen": self.seen,
            "milliseconds": None if self.milliseconds is None else round(self.milliseconds, 1),
            "code": self.error.code if self.error else None,
            "remedy": remedy_of(self.error, source) if self.error else None,
            "findings": [_plain(error, source) for error in self.errors],
        }


def skipped(name: str, why: str) -> Step:
    """Return a step that was not tried."""
    return Step(name, "skipped", why)


def troubled(name: str, error: SpectraError, *, seen: str = "", subject: str | None = None) -> Step:
    """Return a step that an error speaks of: failed, or a warning where that is all the error is."""
    outcome: Outcome = "warning" if error.severity in {"warning", "info"} else "failed"
    return Step(name, outcome, seen or error.message, subject, errors=(error,))


def remedy_of(error: SpectraError, source: str) -> str:
    """Return an error's remedy with the source's own name in its commands."""
    return error.remedy.replace(" NAME`", f" {source}`")


def _plain(error: SpectraError, source: str) -> dict[str, Any]:
    return {
        "code": error.code,
        "severity": error.severity,
        "message": error.message,
        "place": error.place,
        "remedy": remedy_of(error, source),
    }


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Every step in order, and what a run would come to."""

    source: str
    steps: tuple[Step, ...]

    @property
    def verdict(self) -> Verdict:
        """BLOCKED where a mandatory step failed, DEGRADED where any other failed or warns, else READY."""
        if self._blocking is not None:
            return "BLOCKED"
        troubled_ones = [step for step in self.steps if step.outcome in {"failed", "warning"}]
        return "DEGRADED" if troubled_ones else "READY"

    @property
    def exit_status(self) -> int:
        """0 where a run may be tried; else the family of the first mandatory step that failed."""
        step = self._blocking
        if step is None:
            return 0
        return step.error.exit_status if step.error else _NOT_PROMISED

    @property
    def worst(self) -> Step | None:
        """The step to look at first; None where all is well."""
        rest = [step for outcome in ("failed", "warning") for step in self.steps if step.outcome == outcome]
        return self._blocking or next(iter(rest), None)

    @property
    def _blocking(self) -> Step | None:
        return next((step for step in self.steps if step.mandatory and step.outcome == "failed"), None)

    def document(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "source": self.source,
            "verdict": self.verdict,
            "exit_status": self.exit_status,
            "steps": [step.document(self.source) for step in self.steps],
        }
