"""The demo, end to end: what the log says was sent is what the server says it was asked."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from spectra import Pipeline, SourceManifest
from spectra.demo.project import write_project
from spectra.demo.server import DemoServer, DemoSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BASE_PATH = "/flex/services/rest/latest"


class Demo:
    """One run of the demo and what its server counted meanwhile."""

    def __init__(self, folder: Path, settings: DemoSettings) -> None:
        with DemoServer(settings) as server:
            write_project(folder, server.base_url, server.token)
            self.pipeline = Pipeline(folder)
            self.manifest: SourceManifest = self.pipeline.source("zephyr")
            self.counted = server.stats()

    def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        rows = self.pipeline.table(table).to_pylist()
        return [row for row in rows if all(row[name] == value for name, value in where.items())]


def differences(probes: list[dict[str, Any]], counted: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Return each endpoint whose logged attempts differ from what the server counted: (logged, counted)."""
    logged: Counter[str] = Counter()
    for row in probes:
        logged[f"{row['http_method']} {row['full_path'].removeprefix(BASE_PATH)}"] += row["attempts"]
    every = logged.keys() | counted.keys()
    return {name: (logged[name], counted.get(name, 0)) for name in every if logged[name] != counted.get(name, 0)}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return Demo(tmp_path_factory.mktemp("demo"), DemoSettings())


def test_for_each_endpoint_the_log_equals_the_servers_counter(demo: Demo) -> None:
    assert differences(demo.rows("log.probes"), demo.counted) == {}
    assert sum(demo.counted.values()) == demo.manifest.request_count


def test_a_planted_off_by_one_is_seen(demo: Demo) -> None:
    probes = demo.rows("log.probes")
    probes[7] = probes[7] | {"attempts": probes[7]["attempts"] + 1}
    assert len(differences(probes, demo.counted)) == 1
    name = next(iter(demo.counted))
    assert differences(demo.rows("log.probes"), {**demo.counted, name: demo.counted[name] - 1})


def test_only_reading_requests_arrived(demo: Demo) -> None:
    assert {name.split(" ")[0] for name in demo.counted} == {"GET"}
    assert "unmatched" not in demo.counted


def test_all_222_endpoints_are_there_and_all_six_bad_rows_are_named(demo: Demo) -> None:
    assert len(demo.rows("source.endpoints")) == 222
    bad = demo.rows("log.findings", kind="catalogue")
    assert Counter(row["code"] for row in bad) == {"catalogue-duplicate": 4, "catalogue-corrupt": 2}
    assert len({row["place"] for row in bad}) == 6


def test_findings_name_the_closed_projects(demo: Demo) -> None:
    closed = demo.rows("log.findings", kind="root")
    assert closed
    assert all(row["code"] == "root-differs" and "403" in row["observed"] for row in closed)
    releases = next(row for row in demo.rows("log.findings", kind="level") if row["subject"] == "release")
    assert "44 records under 37 of 37 parents" in releases["observed"]


def test_findings_name_the_ignored_parameter_and_the_proven_ones(demo: Demo) -> None:
    filters = {row["subject"]: row["outcome"] for row in demo.rows("log.findings", kind="filter")}
    assert filters["cycle_execution.cycleid"] == "failed"
    assert filters["execution.releaseid"] == "proven"


def test_findings_name_the_deprecated_path_and_each_failing_endpoint(demo: Demo) -> None:
    endpoints = demo.rows("source.endpoints")
    broken = {f"GET {row['endpoint_path']}" for row in endpoints if row["probe_status"] in {"failed", "deprecated"}}
    named = {row["subject"] for row in demo.rows("log.findings", kind="error")}
    named |= {row["subject"] for row in demo.rows("log.findings", kind="warning")}
    assert broken
    assert broken <= named
    assert demo.rows("log.findings", code="endpoint-deprecated")


def test_all_five_levels_are_reached(demo: Demo) -> None:
    assert demo.rows("source.portfolio")[0]["hierarchical_access_validated"] is True


def test_the_run_is_published_and_degraded_for_reasons_it_names(demo: Demo) -> None:
    assert (demo.manifest.status, demo.manifest.readiness) == ("Success", "DEGRADED")
    failed = {check["name"] for check in demo.manifest.checks if not check["passed"]}
    assert failed == {"should-guarantees", "filters-proven"}
