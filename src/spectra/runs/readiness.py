"""Readiness: READY, DEGRADED or BLOCKED, with every check behind it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Readiness = Literal["READY", "DEGRADED", "BLOCKED"]
PROBE_READINESS: Mapping[str, Readiness] = {
    "accessible": "READY",
    "empty": "READY",
    "rate_limited": "DEGRADED",
    "not_probed": "DEGRADED",
    "auth_required": "BLOCKED",
    "forbidden": "BLOCKED",
    "not_found": "BLOCKED",
    "deprecated": "BLOCKED",
    "failed": "BLOCKED",
    "unreachable": "BLOCKED",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One named readiness check; `otherwise` is what readiness becomes where it does not pass."""

    name: str
    passed: bool
    expected: str
    observed: str
    otherwise: Readiness = "BLOCKED"

    def as_dict(self) -> dict[str, Any]:
        """Return the check as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the checks of a Source run look at, measured or read from its rows."""

    status: str
    auth_status: str
    proof_required: bool
    contract_version: str
    reader_version: str
    expected_endpoints: int | None
    endpoint_count: int | None
    logged_endpoint_count: int | None
    tables_named: Mapping[str, int]
    tables_present: tuple[str, ...]
    tables_expected: tuple[str, ...]
    must_failed: tuple[str, ...]
    should_failed: tuple[str, ...]
    levels_missed: tuple[str, ...]
    filters_unproven: tuple[str, ...]


def verdict(checks: Iterable[Check]) -> Readiness:
    """Return the worst that the checks ask for."""
    asked = {check.otherwise for check in checks if not check.passed}
    return "BLOCKED" if "BLOCKED" in asked else "DEGRADED" if asked else "READY"


def source_checks(facts: SourceFacts) -> tuple[Check, ...]:
    """Return every check of the Source handoff that needs no promise of time, passed or not."""
    return (
        Check("latest-run-success", facts.status == "Success", "Success", facts.status),
        _tables(facts),
        _auth(facts),
        _endpoint_count(facts),
        _major(facts),
        _listed("must-guarantees", facts.must_failed, "all hold", "BLOCKED"),
        _listed("should-guarantees", facts.should_failed, "all hold", "DEGRADED"),
        _listed("levels-reached", facts.levels_missed, "all declared levels", "DEGRADED"),
        _listed("filters-proven", facts.filters_unproven, "all declared filters", "DEGRADED"),
    )


def _tables(facts: SourceFacts) -> Check:
    missing = [name for name in facts.tables_expected if name not in facts.tables_present]
    observed = f"{len(facts.tables_expected) - len(missing)} of {len(facts.tables_expected)} at the versions published"
    return Check(
        "tables-present",
        not missing,
        f"{len(facts.tables_expected)} of {len(facts.tables_expected)}",
        observed + (f"; missing {', '.join(missing)}" if missing else ""),
    )


def _auth(facts: SourceFacts) -> Check:
    passed = facts.auth_status in {"Success", "NotRequired"}
    unknown = facts.auth_status == "Unknown" and not facts.proof_required
    return Check(
        "auth", passed, "Success or NotRequired", facts.auth_status, otherwise="DEGRADED" if unknown else "BLOCKED"
    )


def _endpoint_count(facts: SourceFacts) -> Check:
    least = facts.expected_endpoints or 0
    count, logged = facts.endpoint_count, facts.logged_endpoint_count
    passed = count is not None and count == logged and count >= least
    return Check(
        "endpoint-count",
        passed,
        f"at least {least}, equal to the log's",
        f"{count if count is not None else 'none'} in the table, {logged if logged is not None else 'none'} in the log",
    )


def _major(facts: SourceFacts) -> Check:
    major = facts.reader_version.split(".", maxsplit=1)[0]
    return Check(
        "contract-major",
        facts.contract_version.split(".", maxsplit=1)[0] == major,
        f"{major}.x.y",
        facts.contract_version,
    )


def _listed(name: str, failed: tuple[str, ...], expected: str, otherwise: Readiness) -> Check:
    return Check(name, not failed, expected, ", ".join(failed) if failed else expected, otherwise=otherwise)
