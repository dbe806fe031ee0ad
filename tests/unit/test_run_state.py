"""When people are told: at the first run, on every change, at recovery, and again while it is not well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spectra.access.secret import SecretReference
from spectra.notify import Discord
from spectra.runs.state import State, Told, last_told, reason

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
CHANNEL = Discord(webhook=SecretReference("HOOK"))
ALWAYS = Discord(webhook=SecretReference("HOOK"), when="always")
READY = State("Success", "READY")
DEGRADED = State("Success", "DEGRADED", None, ("auth",))
OTHERWISE_DEGRADED = State("Success", "DEGRADED", None, ("filters-proven",))
REFUSED = State("Failed", "BLOCKED", "auth-rejected")
UNREACHED = State("Failed", "BLOCKED", "dns-failed")
ABANDONED = State("Abandoned", "BLOCKED", "run-abandoned")


@pytest.mark.parametrize(
    ("state", "before", "told", "expected"),
    [
        (READY, None, None, "first"),
        (REFUSED, None, None, "first"),
        (READY, READY, READY, "unchanged"),
        (DEGRADED, READY, READY, "changed"),
        (OTHERWISE_DEGRADED, DEGRADED, DEGRADED, "changed"),
        (REFUSED, DEGRADED, DEGRADED, "changed"),
        (UNREACHED, REFUSED, REFUSED, "changed"),
        (REFUSED, REFUSED, REFUSED, "unchanged"),
        (DEGRADED, DEGRADED, DEGRADED, "unchanged"),
        (READY, REFUSED, REFUSED, "recovered"),
        (DEGRADED, REFUSED, REFUSED, "recovered"),
        (READY, DEGRADED, DEGRADED, "recovered"),
        (READY, REFUSED, READY, "recovered"),
        (READY, ABANDONED, READY, "recovered"),
        (READY, READY, REFUSED, "recovered"),
        (REFUSED, ABANDONED, REFUSED, "unchanged"),
    ],
)
def test_a_channel_is_told_of_a_change_and_always_of_a_recovery(
    state: State, before: State | None, told: State | None, expected: str
) -> None:
    last = Told(told, NOW - timedelta(hours=1)) if told else None

    assert reason(CHANNEL, state, before, last, NOW) == expected


@pytest.mark.parametrize(
    ("state", "age", "expected"),
    [
        (DEGRADED, timedelta(days=1), "reminder"),
        (REFUSED, timedelta(days=3), "reminder"),
        (REFUSED, timedelta(hours=23, minutes=59), "unchanged"),
        (READY, timedelta(days=30), "unchanged"),
        (REFUSED, timedelta(days=-30), "unchanged"),
    ],
)
def test_a_state_that_is_not_well_is_told_again_after_a_while(state: State, age: timedelta, expected: str) -> None:
    assert reason(CHANNEL, state, state, Told(state, NOW - age), NOW) == expected


def test_a_channel_can_be_told_after_every_run() -> None:
    assert reason(ALWAYS, READY, READY, Told(READY, NOW), NOW) == "always"


def told_row(run: str, told: State, **given: Any) -> dict[str, Any]:
    plain = {
        "channel": "discord",
        "reference": "secret://HOOK",
        "outcome": "sent",
        "execution_id": run,
        "state": told.text,
        "sent_at": NOW,
    }
    return plain | given


SEQS = {"a": 1, "b": 2, "c": 3}


def test_what_was_told_last_goes_by_the_order_of_the_runs_and_not_by_a_clock() -> None:
    rows = [told_row("b", REFUSED, sent_at=NOW - timedelta(days=9)), told_row("a", READY)]

    assert last_told(rows, CHANNEL, SEQS) == Told(REFUSED, NOW - timedelta(days=9))


@pytest.mark.parametrize(
    "row",
    [
        told_row("c", READY, outcome="failed"),
        told_row("c", READY, outcome="skipped"),
        told_row("c", READY, channel="webhook"),
        told_row("c", READY, reference="secret://OTHER"),
        told_row("c", READY, execution_id=None, state=None),
        told_row("c", READY, state="{}"),
        told_row("a run of a lost log", READY),
    ],
    ids=["failed", "skipped", "another type", "another address", "a test", "unreadable", "unknown run"],
)
def test_what_did_not_reach_this_channel_was_not_told(row: dict[str, Any]) -> None:
    assert last_told([told_row("b", REFUSED), row], CHANNEL, SEQS) == Told(REFUSED, NOW)


def test_a_state_is_read_back_as_it_was_written() -> None:
    assert [State.parsed(each.text) for each in (READY, DEGRADED, REFUSED)] == [READY, DEGRADED, REFUSED]
