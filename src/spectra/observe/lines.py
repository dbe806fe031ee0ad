"""Lines: the events of a run as lines of JSON, each with the ids of its run."""

from __future__ import annotations

import json
import re
import threading
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from spectra.runs.events import (
    CommitStarting,
    Notified,
    RunEnded,
    RunEvent,
    RunStarted,
    StepAdvanced,
    StepEnded,
    StepStarted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from spectra.stages.ports import Clock

_EVERY_SECONDS = 10.0
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_LEVELS = {"warning": "warning", "failed": "error", "DEGRADED": "warning", "BLOCKED": "error"}


class Lines:
    """Takes the events of one run of a source and gives a line for each to every one of `writers`.

    A line is one JSON object in ASCII: timestamp (ISO 8601, UTC), level (debug, info, warning, error, critical),
    event, source_system, stage, execution_id, correlation_id, then the event's own fields. Nothing is written before
    the run has started, so that no line lacks its ids; a failure before that is written with null in their place.
    Progress within a step is told every 10 seconds. A writer that cannot write (OSError) loses the line: a run does not
    fail for what is told about it.
    """

    def __init__(
        self, source_system: str, stage: str, clock: Clock, writers: Sequence[Callable[[str], object]]
    ) -> None:
        self._run: dict[str, Any] = {
            "source_system": source_system,
            "stage": stage,
            "execution_id": None,
            "correlation_id": None,
        }
        self._clock = clock
        self._writers = writers
        self._lock = threading.Lock()
        self._total, self._done, self._told = 0, 0, 0.0

    def __call__(self, event: RunEvent) -> None:
        """Write the line of one event."""
        with self._lock:
            if isinstance(event, RunStarted):
                self._run |= {name: value for name, value in asdict(event).items() if name in self._run}
            if self._run["execution_id"] is not None and self._is_due(event):
                progress = {"done": self._done, "total": self._total} if isinstance(event, StepAdvanced) else {}
                self._write(event_name(event), level_of(event), asdict(event) | progress)

    def failed(self, failure: Mapping[str, Any]) -> None:
        """Write the line of what ended a command: an error as plain values, its severity as the level."""
        with self._lock:
            self._write("failed", str(failure["severity"]), failure)

    def _is_due(self, event: RunEvent) -> bool:
        now = self._clock.monotonic()
        if isinstance(event, StepStarted):
            self._total, self._done, self._told = event.total, 0, now
        if not isinstance(event, StepAdvanced):
            return True
        self._done += 1
        if now - self._told < _EVERY_SECONDS:
            return False
        self._told = now
        return True

    def _write(self, name: str, level: str, fields: Mapping[str, Any]) -> None:
        told_at = self._clock.now().isoformat(timespec="microseconds")
        line = (
            json.dumps({"timestamp": told_at, "level": level, "event": name, **self._run, **fields}, default=str) + "\n"
        )
        for write in self._writers:
            with suppress(OSError):
                write(line)


def event_name(event: RunEvent) -> str:
    """Return `step-ended` for StepEnded."""
    return _CAPITAL.sub("-", type(event).__name__).lower()


def level_of(event: RunEvent) -> str:
    """Return how much an event matters, by the outcome it names."""
    match event:
        case CommitStarting():
            return "debug"
        case StepEnded():
            return _LEVELS.get(event.outcome, "info")
        case Notified():
            return "warning" if event.outcome == "failed" else "info"
        case RunEnded():
            return "error" if event.status != "Success" else _LEVELS.get(event.readiness, "info")
        case _:
            return _LEVELS.get(getattr(event, "outcome", ""), "info")
