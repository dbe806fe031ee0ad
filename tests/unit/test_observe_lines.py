from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from spectra.observe.lines import Lines, level_of
from spectra.runs.events import (
    CommitStarting,
    Committed,
    RunEnded,
    RunEvent,
    RunStarted,
    StepAdvanced,
    StepEnded,
    StepStarted,
)

STARTED = RunStarted("acme-source-x-1", "acme", "source", "a" * 32)


@dataclass
class Stopped:
    """A clock that a test moves on."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 2, 15, 2, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class Written:
    clock: Stopped = field(default_factory=Stopped)
    lines: list[str] = field(default_factory=list)

    def sink(self, *more: Any) -> Lines:
        return Lines("acme", "source", self.clock, [*more, self.lines.append])

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


def test_a_line_reads_so() -> None:
    written = Written()
    sink = written.sink()
    sink(STARTED)
    sink(StepEnded("endpoints", "warning", "94 of 117 answered \N{MIDDLE DOT} 8 \x9b31m not found"))

    assert written.lines[1] == (
        '{"timestamp": "2026-11-23T02:15:02.000000+00:00", "level": "warning", "event": "step-ended", '
        '"source_system": "acme", "stage": "source", "execution_id": "acme-source-x-1", '
        '"correlation_id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "step": "endpoints", "outcome": "warning", '
        '"summary": "94 of 117 answered \\u00b7 8 \\u009b31m not found"}\n'
    )


def test_nothing_is_told_before_the_run_has_its_ids() -> None:
    written = Written()
    sink = written.sink()
    sink(CommitStarting("log.runs"))
    sink(STARTED)
    sink(Committed("source.config", 3))

    assert [line["event"] for line in written.events()] == ["run-started", "committed"]


@pytest.mark.parametrize(
    ("event", "level"),
    [
        (STARTED, "info"),
        (CommitStarting("log.runs"), "debug"),
        (Committed("log.runs", 1), "info"),
        (StepEnded("x", "ok", ""), "info"),
        (StepEnded("x", "failed", ""), "error"),
        (RunEnded("x", "acme", "source", "Success", "READY"), "info"),
        (RunEnded("x", "acme", "source", "Success", "DEGRADED"), "warning"),
        (RunEnded("x", "acme", "source", "Success", "BLOCKED"), "error"),
        (RunEnded("x", "acme", "source", "Failed", "BLOCKED", "dns-failed"), "error"),
    ],
)
def test_a_level_says_how_much_it_matters(event: RunEvent, level: str) -> None:
    assert level_of(event) == level


def test_progress_is_told_every_10_seconds_with_what_is_done() -> None:
    written = Written()
    sink = written.sink()
    sink(STARTED)
    sink(StepStarted("endpoints", 100))
    for _ in range(100):
        written.clock.seconds += 0.5
        sink(StepAdvanced("endpoints", "/a"))

    told = [line for line in written.events() if line["event"] == "step-advanced"]
    assert [(line["done"], line["total"]) for line in told] == [(20, 100), (40, 100), (60, 100), (80, 100), (100, 100)]


def test_a_writer_that_cannot_write_keeps_no_other_from_it() -> None:
    def full(_: str) -> None:
        raise OSError(28, "No space left on device")

    written = Written()
    sink = written.sink(full)
    sink(STARTED)
    sink.failed({"severity": "critical", "code": "disk-full"})

    assert [line["level"] for line in written.events()] == ["info", "critical"]
