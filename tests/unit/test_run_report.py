"""What the channel reads of a run: goldens of a success, a degraded run, a failure and a recovery."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from spectra.access.secret import SecretReference
from spectra.notify import Apprise
from spectra.notify.discord import embed
from spectra.runs.course import span
from spectra.runs.report import Story
from tests.integration.discord_receiver import as_shown, faults_of

if TYPE_CHECKING:
    from spectra.runs.state import Reason

NOW = datetime(2026, 11, 23, 2, 15, 2, tzinfo=UTC)
CORRELATION = "4bf92f3577b34da6a3ce929d0e0e4736"
CHECKS = [
    {"name": "auth", "passed": True, "expected": "Success", "observed": "Success", "otherwise": "BLOCKED"},
    {
        "name": "filters-proven",
        "passed": False,
        "expected": "all declared filters",
        "observed": "execution.cycleid",
        "otherwise": "DEGRADED",
    },
]
GUARANTEES = [{"level": "must", "passed": True}] * 24 + [{"level": "should", "passed": n > 0} for n in range(7)]


def row(seq: int, days_ago: float = 0.0, **given: Any) -> dict[str, Any]:
    ended = NOW - timedelta(days=days_ago)
    plain = {
        "source_system": "zephyr",
        "stage": "source",
        "execution_id": f"zephyr-source-{ended:%Y%m%dT%H%M%S}-{seq:06x}",
        "run_seq": seq,
        "correlation_id": CORRELATION,
        "started_at": ended - timedelta(seconds=9.3),
        "ended_at": ended,
        "status": "Success",
        "readiness": "READY",
        "readiness_checks": json.dumps(CHECKS[:1]),
        "error_code": None,
        "error_message": None,
        "error_summary": json.dumps({"by_category": {"api": 8, "data": 1}}),
        "duration_seconds": 9.3,
        "endpoint_probed_count": 117,
        "endpoint_success_count": 95,
        "endpoint_success_rate": 95 / 117,
        "table_versions": json.dumps({"source.config": 3, "source.endpoints": 3}),
    }
    return plain | given


REFUSED: dict[str, Any] = {
    "status": "Failed",
    "readiness": "BLOCKED",
    "readiness_checks": None,
    "error_code": "auth-rejected",
    "error_message": "The API refused the credentials (401).",
    "error_summary": json.dumps({"by_category": {"auth": 1}}),
    "duration_seconds": 0.4,
    **dict.fromkeys(("endpoint_probed_count", "endpoint_success_count", "endpoint_success_rate")),
    "table_versions": json.dumps({"source.portfolio": 4}),
}
REFUSAL = {
    "kind": "error",
    "code": "auth-rejected",
    "severity": "critical",
    "subject": "source",
    "place": "GET /project/details",
    "outcome": "failed",
    "expected": None,
    "observed": "The API refused the credentials (401).",
    "evidence": json.dumps({"credential": "secret://T (env:T) ***4f2, never accepted before", "not_tried": "119 GETs"}),
}
BEFORE = [row(seq, 13 - seq, duration_seconds=9.0 + seq / 20) for seq in range(1, 13)]
CONTACTS = {"Owner": "qa-data · #data-zephyr"}


def told(story: Story, why: Reason) -> str:
    """Return an embed as it is read: title, text, and a line per field."""
    made = embed(story.message(why, NOW))
    assert faults_of({"embeds": [made], "allowed_mentions": {"parse": []}}) == []
    lines = [made["title"], *as_shown(made.get("description", ""))[0].splitlines()]
    lines += [f"{field['name']}: {as_shown(field['value'])[0]}" for field in made["fields"]]
    return "\n".join([*lines, made["footer"]["text"], f"{made['color']:06x} {made['timestamp']} {made.get('url', '')}"])


def test_a_success_reads_so() -> None:
    assert told(Story(row(13), BEFORE, GUARANTEES, contacts=CONTACTS), "first") == (
        "zephyr · Source · Success (READY)\n"
        "Duration: 9.3 s (usual 9.2 to 9.6)\n"
        "Endpoints: 95 of 117 (81.2 %)\n"
        "Guarantees: 24/24 · 6/7\n"
        "Errors: api 8 · data 1\n"
        "Tables: source.config@3 · source.endpoints@3\n"
        "Run: zephyr-source-20261123T021502-00000d\n"
        "Owner: qa-data · #data-zephyr\n"
        f"correlation id {CORRELATION}\n"
        "2e8b57 2026-11-23T02:15:02+00:00 "
    )


def test_a_degraded_run_reads_so() -> None:
    degraded = row(3, readiness="DEGRADED", readiness_checks=json.dumps(CHECKS))
    assert told(Story(degraded, BEFORE[:2], GUARANTEES, contacts=CONTACTS), "changed") == (
        "zephyr · Source · Success (DEGRADED)\n"
        "Not as promised: filters-proven: expected all declared filters, observed execution.cycleid\n"
        "Duration: 9.3 s (no usual yet: 2 successful runs before)\n"
        "Endpoints: 95 of 117 (81.2 %)\n"
        "Guarantees: 24/24 · 6/7\n"
        "Errors: api 8 · data 1\n"
        "Tables: source.config@3 · source.endpoints@3\n"
        "Run: zephyr-source-20261123T021502-000003\n"
        "Owner: qa-data · #data-zephyr\n"
        f"correlation id {CORRELATION}\n"
        "e0a100 2026-11-23T02:15:02+00:00 "
    )


def test_a_failure_reads_so() -> None:
    story = Story(row(13, **REFUSED), BEFORE, (), [REFUSAL], CONTACTS, "https://wiki.example/spectra")
    assert told(story, "changed") == (
        "zephyr · Source · Failed (BLOCKED)\n"
        "auth-rejected: The API refused the credentials (401).\n"
        "Where: GET /project/details\n"
        "Credential: secret://T (env:T) ***4f2, never accepted before\n"
        "Not tried: 119 GETs\n"
        "Retryable: no\n"
        "Remedy: Renew the credential, set its variable again, and run `spectra doctor zephyr`.\n"
        "Runbook: https://wiki.example/spectra#auth-rejected\n"
        "Duration: 0.4 s (usual 9.2 to 9.6)\n"
        "Endpoints: not measured\n"
        "Guarantees: not checked\n"
        "Errors: auth 1\n"
        "Tables: source.portfolio@4\n"
        "Run: zephyr-source-20261123T021502-00000d\n"
        "Owner: qa-data · #data-zephyr\n"
        f"correlation id {CORRELATION}\n"
        "c0392b 2026-11-23T02:15:02+00:00 https://wiki.example/spectra#auth-rejected"
    )


def test_a_recovery_says_from_what_and_for_how_long_it_was_down() -> None:
    down = [row(13, 3.25, **REFUSED), row(14, 2, **REFUSED), row(15, 1, **REFUSED | {"error_code": "dns-failed"})]
    text = told(Story(row(16), [*BEFORE, *down], GUARANTEES), "recovered").splitlines()

    assert text[:3] == [
        "zephyr · Source · Success (READY)",
        "Recovered from Failed (dns-failed) after 3 d 6 h: 3 runs since 2026-11-19 20:15 UTC.",
        "Duration: 9.3 s (usual 9.2 to 9.6)",
    ]


def test_a_recovery_that_could_not_be_told_at_once_ends_where_it_was_well_again() -> None:
    runs = [row(1, 4, **REFUSED), row(2, 2), row(3, 1)]
    text = told(Story(row(4), runs), "recovered").splitlines()

    assert text[1] == "Recovered from Failed (auth-rejected) after 2 d: 1 run since 2026-11-19 02:15 UTC."


def test_a_reminder_says_since_when() -> None:
    runs = [row(1, 9), row(2, 2, **REFUSED), row(3, 1, **REFUSED)]
    text = told(Story(row(4, **REFUSED), runs), "reminder").splitlines()

    assert text[2] == "Still Failed (auth-rejected) since 2026-11-21 02:15 UTC: 2 d, 3 runs."


def test_a_run_that_was_killed_is_told_with_the_next_one() -> None:
    lost = row(12, 1, status="Abandoned", readiness="BLOCKED", error_code="run-abandoned", ended_at=None)
    lost |= {"error_message": "Started on host as process 7 and never ended.", "duration_seconds": None}
    text = told(Story(row(13, **REFUSED), [*BEFORE[:1], lost]), "changed").splitlines()

    assert text[2] == f"The run before, {lost['execution_id']}, was Abandoned: {lost['error_message']}"


def test_no_more_than_the_last_ten_successful_runs_are_usual() -> None:
    runs = [row(1, duration_seconds=99.0), *(row(seq, duration_seconds=seq) for seq in range(2, 12))]
    failed = [row(12, **REFUSED), row(13, duration_seconds=None)]

    assert "Duration: 9.3 s (usual 2.0 to 11.0)" in told(Story(row(14), [*runs, *failed]), "always")


HOSTILE = "@everyone <@&1> [x](https://evil.example) \x1b[2J \u202e `" + "A" * 10_000


@pytest.mark.parametrize(
    "place", ["source_system", "error_message", "readiness_checks", "place", "evidence", "contacts", "subject"]
)
def test_hostile_text_changes_nothing_but_text_wherever_it_comes_in(place: str) -> None:
    checks = json.dumps([{**CHECKS[1], "observed": HOSTILE if place == "readiness_checks" else ""}])
    failed = row(13, **REFUSED | {"readiness_checks": checks})
    finding = REFUSAL | {"place": HOSTILE} if place == "place" else REFUSAL
    also = REFUSAL | {"kind": "level", "code": "level-failed", "subject": HOSTILE if place == "subject" else "x"}
    if place == "evidence":
        finding = REFUSAL | {"evidence": json.dumps({"credential": HOSTILE, "observed": HOSTILE})}
    if place in failed and place != "readiness_checks":
        failed[place] = HOSTILE
    contacts = {"Owner": HOSTILE} if place == "contacts" else CONTACTS
    story = Story(failed, BEFORE, GUARANTEES, [also] if place == "subject" else [finding, also], contacts)

    plain = told(Story(row(13, **REFUSED), BEFORE, GUARANTEES, [REFUSAL, also], CONTACTS), "changed")
    shown = told(story, "changed")
    assert "evil.example" in shown
    assert "Retryable: no" in shown
    assert shown.splitlines()[-2:] == plain.splitlines()[-2:]
    title, text = Apprise(url=SecretReference("A")).texts(story.message("changed", NOW))
    assert [sign for sign in ("@everyone", "<@&1>", "\x1b", "\u202e") if sign in title + text] == []


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59.6), "1 min"),
        (timedelta(minutes=4, seconds=10), "4 min 10 s"),
        (timedelta(hours=25), "1 d 1 h"),
        (timedelta(days=3, minutes=5), "3 d"),
    ],
)
def test_a_time_is_said_in_its_two_greatest_units(time: timedelta, said: str) -> None:
    assert span(time) == said
