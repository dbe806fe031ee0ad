from __future__ import annotations

from dataclasses import replace

import pytest

from spectra.runs.readiness import Check, SourceFacts, source_checks, verdict

GOOD = SourceFacts(
    status="Success",
    auth_status="Success",
    proof_required=False,
    contract_version="1.2.0",
    reader_version="1.0.0",
    expected_endpoints=3,
    endpoint_count=3,
    logged_endpoint_count=3,
    tables_named={"a": 1},
    tables_present=("a",),
    tables_expected=("a",),
    must_failed=(),
    should_failed=(),
    levels_missed=(),
    filters_unproven=(),
)


def test_a_run_that_kept_every_promise_is_ready() -> None:
    assert verdict(source_checks(GOOD)) == "READY"


@pytest.mark.parametrize(
    ("change", "check", "readiness"),
    [
        ({"status": "Failed"}, "latest-run-success", "BLOCKED"),
        ({"status": "Abandoned"}, "latest-run-success", "BLOCKED"),
        ({"tables_present": ()}, "tables-present", "BLOCKED"),
        ({"auth_status": "Failed"}, "auth", "BLOCKED"),
        ({"auth_status": "Unknown"}, "auth", "DEGRADED"),
        ({"auth_status": "Unknown", "proof_required": True}, "auth", "BLOCKED"),
        ({"endpoint_count": 2, "logged_endpoint_count": 2}, "endpoint-count", "BLOCKED"),
        ({"logged_endpoint_count": 4}, "endpoint-count", "BLOCKED"),
        ({"endpoint_count": None, "logged_endpoint_count": None}, "endpoint-count", "BLOCKED"),
        ({"contract_version": "2.0.0"}, "contract-major", "BLOCKED"),
        ({"must_failed": ("G-1",)}, "must-guarantees", "BLOCKED"),
        ({"should_failed": ("G-2",)}, "should-guarantees", "DEGRADED"),
        ({"levels_missed": ("cycle",)}, "levels-reached", "DEGRADED"),
        ({"filters_unproven": ("a.b",)}, "filters-proven", "DEGRADED"),
    ],
)
def test_each_fact_out_of_line_fails_just_its_check(change: dict[str, object], check: str, readiness: str) -> None:
    checks = source_checks(replace(GOOD, **change))  # type: ignore[arg-type]
    assert [each.name for each in checks if not each.passed] == [check]
    assert verdict(checks) == readiness


def test_auth_that_is_not_required_passes() -> None:
    assert verdict(source_checks(replace(GOOD, auth_status="NotRequired"))) == "READY"


def test_one_blocking_check_outweighs_any_degrading_one() -> None:
    checks = [
        Check("a", passed=False, expected="", observed="", otherwise="DEGRADED"),
        Check("b", passed=False, expected="", observed=""),
    ]
    assert verdict(checks) == "BLOCKED"
    assert verdict(checks[:1]) == "DEGRADED"
