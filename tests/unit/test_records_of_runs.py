from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from spectra.errors import AuthRejectedError, DnsError, ParameterIgnoredError, ServerError
from spectra.runs.envelope import Envelope, execution_id, is_correlation_id
from spectra.runs.finding import Finding, error_summary, finding_of
from spectra.runs.record import abandoned_row, newest, start_row, unfinished

NOW = datetime(2026, 11, 23, 2, 15, 2, tzinfo=UTC)
ENVELOPE = Envelope("a-source-x-1", 4, "source", "a", "0" * 31 + "1", "1.0.0", "0.1.0", NOW)


def test_an_execution_id_names_source_stage_time_and_chance() -> None:
    assert execution_id("zephyr", "source", NOW, "9f3a1c") == "zephyr-source-20261123T021502-9f3a1c"


@pytest.mark.parametrize(
    ("text", "good"),
    [("0af7651916cd43dd8448eb211c80319c", True), ("0" * 32, False), ("A" * 32, False), ("ab", False)],
)
def test_a_correlation_id_is_a_trace_id(text: str, *, good: bool) -> None:
    assert is_correlation_id(text) is good


def test_a_run_is_its_own_batch() -> None:
    assert ENVELOPE.columns()["batch_id"] == ENVELOPE.execution_id


def test_starts_without_completion_are_unfinished_oldest_first() -> None:
    starts = [{"execution_id": name, "run_seq": seq} for name, seq in (("c", 3), ("a", 1), ("b", 2))]
    assert [row["execution_id"] for row in unfinished(starts, ["b"])] == ["a", "c"]


def test_an_abandoned_row_keeps_the_envelope_and_leaves_the_rest_null() -> None:
    start = start_row(ENVELOPE, "host", 42)
    row = abandoned_row(
        start, ["execution_id", "status", "readiness", "error_message", "ended_at", "request_count"], NOW
    )
    assert row["execution_id"] == "a-source-x-1"
    assert (row["status"], row["readiness"]) == ("Abandoned", "BLOCKED")
    assert "42" in row["error_message"]
    assert row["ended_at"] is None
    assert row["request_count"] is None


def test_newest_means_greatest_run_seq_and_never_a_clock() -> None:
    rows = [{"run_seq": 2, "ended_at": 1}, {"run_seq": 9, "ended_at": 0}, {"run_seq": 3, "ended_at": 5}]
    assert newest(rows) == rows[1]
    assert newest([]) is None


def test_the_error_summary_counts_errors_and_leaves_warnings_out() -> None:
    findings = [
        finding_of(ServerError(), "error", "GET /a"),
        finding_of(ServerError(), "error", "GET /b"),
        finding_of(DnsError(), "error", "GET /c"),
        finding_of(AuthRejectedError(), "auth", "bearer"),
        finding_of(ParameterIgnoredError(), "filter", "x.y"),
        Finding("level", "project", "proven"),
    ]
    assert error_summary(findings) == {
        "total": 4,
        "critical": 1,
        "by_category": {"api": 2, "auth": 1, "network": 1},
        "by_code": {"auth-rejected": 1, "dns-failed": 1, "server-error": 2},
    }


def test_a_finding_keeps_the_place_and_facts_of_its_error() -> None:
    finding = finding_of(ServerError("boom", place="GET /a", expected="200", observed="500"), "error", "GET /a")
    row = finding.row(ENVELOPE, NOW)
    assert (row["place"], row["expected"], row["observed"]) == ("GET /a", "200", "500")
    assert json.loads(row["evidence"]) == {"expected": "200", "observed": "500"}
