from __future__ import annotations

from typing import Any

from spectra.answers.picking import asked_endpoints, grouped_findings


def probe(path: str, purpose: str, at: int, status: str = "accessible", latency: float | None = 1.0) -> dict[str, Any]:
    return {
        "purpose": purpose,
        "http_method": "GET",
        "full_path": path,
        "probe_status": status,
        "http_status": 200,
        "latency_ms": latency,
        "error_code": None,
        "probed_at": at,
    }


def test_an_endpoint_is_told_as_its_last_request_saw_it() -> None:
    rows = [probe("/a", "probe", 2, "failed", 9.0), probe("/a", "level", 1)]
    slowest, failing = asked_endpoints(rows)
    assert [(each["latency_ms"], each["probe_status"]) for each in slowest] == [(9.0, "failed")]
    assert failing == slowest


def test_the_negative_control_is_left_out_even_where_it_came_last() -> None:
    _, failing = asked_endpoints([probe("/a", "auth", 1), probe("/a", "control", 2, "auth_required")])
    assert failing == []


def test_findings_of_an_older_release_have_no_category() -> None:
    row = {"severity": "error", "code": "x", "kind": "error", "subject": "s", "place": None}
    (group,) = grouped_findings([row | {"expected": None, "observed": "o"}], 3)
    assert (group["category"], group["count"]) == (None, 1)
