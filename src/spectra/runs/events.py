"""What a run tells while it goes on: small frozen events for progress, logs and tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class RunEvent:
    """Something that happened in a run."""


@dataclass(frozen=True, slots=True)
class RunStarted(RunEvent):
    """A run holds its lock and has its start row."""

    execution_id: str
    source_system: str
    stage: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class StepStarted(RunEvent):
    """A step of a stage begins; `total` is how many things it will do, 0 where unknown."""

    step: str
    total: int = 0


@dataclass(frozen=True, slots=True)
class StepAdvanced(RunEvent):
    """One more thing of a step is done."""

    step: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class StepEnded(RunEvent):
    """A step is done; `outcome` is ok, warning or failed, `summary` one line for people."""

    step: str
    outcome: str
    summary: str


@dataclass(frozen=True, slots=True)
class CommitStarting(RunEvent):
    """A table is about to be committed."""

    table: str


@dataclass(frozen=True, slots=True)
class Committed(RunEvent):
    """A table was committed and is visible to readers at `version`."""

    table: str
    version: int


@dataclass(frozen=True, slots=True)
class RunEnded(RunEvent):
    """A run has its completion row."""

    execution_id: str
    source_system: str
    stage: str
    status: str
    readiness: str
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class Notified(RunEvent):
    """A channel was told of the run (`sent`), or could not be (`failed`, with the code and what happened)."""

    channel: str
    reason: str
    outcome: str
    code: str | None = None
    text: str = ""


FINISHING = frozenset({"guarantees", "recording"})
"""The steps from whose start on a run is only written down; stopping there would leave half of it."""

Emit = Callable[[RunEvent], None]


def silent(event: RunEvent) -> None:
    """Take an event and do nothing."""
    del event


def redacted(emit: Emit, redact: Callable[[str], str]) -> Emit:
    """Return an Emit that replaces every secret in the texts of an event first."""

    def emit_redacted(event: RunEvent) -> None:
        texts = {each.name: getattr(event, each.name) for each in fields(event)}
        changed = {name: redact(text) for name, text in texts.items() if isinstance(text, str)}
        emit(replace(event, **changed))

    return emit_redacted


def both(one: Emit, other: Emit) -> Emit:
    """Return an Emit that gives each event to two, in order."""

    def emit(event: RunEvent) -> None:
        one(event)
        other(event)

    return emit
