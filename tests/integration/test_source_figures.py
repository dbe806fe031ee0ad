"""Every number of log.source is what an independent program finds in the other tables and in the server's counters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from shutil import copytree
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from deltalake import DeltaTable

from spectra import Pipeline
from spectra.contract.load import load_contract
from spectra.demo.project import write_project
from spectra.demo.server import DemoServer, DemoSettings
from spectra.errors import SpectraError
from spectra.pipeline import shipped
from tests.integration.recomputation import creation_bounds, logged, recomputed, unequal, unequal_endpoints

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from spectra.testing.served import ServedApi
    from tests.integration.conftest import Project, World

pytestmark = pytest.mark.acceptance

BASE_PATH = "/flex/services/rest/latest"
LOG = load_contract(shipped("source.contract.yaml"), "source.contract.yaml").table("log.source")
NUMBERS = {column.name for column in LOG.columns if column.type in {"long", "double"}}


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the demo through bursts of 429 and 503, and what its server said on its second port."""

    pipeline: Pipeline
    lakehouse: Path
    execution_id: str
    stats: Mapping[str, int]

    def unequal(self, **planted: Any) -> dict[str, Any]:
        """Return what is unequal with some figures of the log row replaced."""
        said = logged(self.lakehouse, self.execution_id) | planted
        return unequal(said, recomputed(self.lakehouse, self.stats, self.execution_id))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("figures")
    with DemoServer(DemoSettings(executions=500, rate_limit_every=31, error_every=37)) as server:
        write_project(folder, server.base_url, server.token)
        pipeline = Pipeline(folder)
        manifest = pipeline.source("zephyr")
        told = json.loads(urllib3.request("GET", server.stats_url).data)
    assert manifest.status == "Success"
    return Run(pipeline, folder / "lakehouse", manifest.execution_id, told["requests"])


def test_every_figure_is_what_the_other_tables_and_the_server_say(run: Run) -> None:
    assert run.unequal() == {}


def test_no_number_of_the_row_is_left_out(run: Run) -> None:
    found = recomputed(run.lakehouse, run.stats, run.execution_id)
    assert found.keys() - {"error_summary", "table_versions"} == NUMBERS - {"table_creation_duration_ms"}
    assert None not in found.values()
    assert found["retry_count"]
    assert found["error_summary"]["total"]


def test_for_each_endpoint_the_requests_in_the_log_are_those_that_the_server_counted(run: Run) -> None:
    assert unequal_endpoints(run.lakehouse, run.stats, run.execution_id, BASE_PATH) == {}


def test_the_commits_took_as_long_as_delta_says_they_can_have_taken(run: Run) -> None:
    least, most = creation_bounds(run.lakehouse, run.execution_id)
    clocks_apart = 5.0  # Delta notes whole milliseconds of a clock that may be set, the run measures one that never is
    assert least - clocks_apart <= logged(run.lakehouse, run.execution_id)["table_creation_duration_ms"]
    assert logged(run.lakehouse, run.execution_id)["table_creation_duration_ms"] <= most + clocks_apart


@pytest.mark.parametrize("name", sorted(NUMBERS - {"table_creation_duration_ms"}))
def test_a_planted_off_by_one_in_the_row_is_seen(run: Run, name: str) -> None:
    assert run.unequal(**{name: logged(run.lakehouse, run.execution_id)[name] + 1}).keys() == {name}


@pytest.mark.parametrize("name", ["table_versions", "error_summary"])
def test_a_planted_off_by_one_inside_json_is_seen(run: Run, name: str) -> None:
    said = logged(run.lakehouse, run.execution_id)[name]
    first = next(key for key, value in said.items() if isinstance(value, int))
    assert run.unequal(**{name: said | {first: said[first] + 1}}).keys() == {name}


@pytest.mark.parametrize(
    ("table", "changes", "where", "seen"),
    [
        ("log.probes", {"received_bytes": "received_bytes + 1"}, "purpose = 'auth'", {"bytes_received"}),
        ("log.probes", {"retries": "retries + 1"}, "purpose = 'control'", {"retry_count"}),
        (
            "log.guarantees",
            {"passed": "false"},
            "guarantee_id = 'G-SRC-001'",
            {"guarantees_passed", "guarantees_failed"},
        ),
        ("log.findings", {"severity": "'error'"}, "kind = 'catalogue'", {"error_summary"}),
    ],
)
def test_a_row_changed_behind_the_log_is_seen(
    run: Run, tmp_path: Path, table: str, changes: dict[str, str], where: str, seen: set[str]
) -> None:
    copy = copytree(run.lakehouse, tmp_path / "lakehouse")
    DeltaTable(copy / "Tables" / table.replace(".", "/")).update(changes, predicate=where)
    changed = Run(run.pipeline, copy, run.execution_id, run.stats)
    assert changed.unequal().keys() == seen


def test_a_request_that_the_server_counted_and_nobody_logged_is_seen(run: Run) -> None:
    name = next(iter(run.stats))
    stats = {**run.stats, name: run.stats[name] + 1}
    assert Run(run.pipeline, run.lakehouse, run.execution_id, stats).unequal().keys() == {
        "request_count",
        "requests_per_second",
    }
    assert unequal_endpoints(run.lakehouse, stats, run.execution_id, BASE_PATH).keys() == {name}


def test_the_evidence_in_the_log_gives_the_same_number_on_what_was_published(run: Run) -> None:
    rows = [r for r in run.pipeline.table("log.guarantees").to_pylist() if r["execution_id"] == run.execution_id]
    found = {row["guarantee_id"]: float(row["observed"]) for row in rows if row["observed"] != "0"}
    by_chance = {"G-SRC-033"}  # where a burst of 429 outlasts every try of one request
    assert found.keys() - by_chance == {"G-SRC-002", "G-SRC-009", "G-SRC-014"}
    for row in rows:
        if row["guarantee_id"] in found:
            again = run.pipeline.sql(row["evidence"], execution_id=run.execution_id)
            assert float(again.column(0)[0].as_py()) == pytest.approx(found[row["guarantee_id"]], rel=1e-12)


def test_figures_of_every_run_of_a_lakehouse_hold_failed_ones_too(
    project: Project, world: World, api: ServedApi
) -> None:
    """Two runs that succeed, with one between them whose token is refused."""
    token = world.token
    asked: list[int] = []
    for accepted in (token, "another", token):
        world.token = accepted
        before = len(api.asked)
        try:
            project.pipeline().source("acme")
        except SpectraError as error:
            assert error.code == "auth-rejected"  # noqa: PT017 - two of the three runs raise nothing
        asked.append(len(api.asked) - before)
    runs = sorted(project.rows("log.source"), key=lambda row: row["run_seq"])
    assert [row["status"] for row in runs] == ["Success", "Failed", "Success"]
    lakehouse = project.folder / "lakehouse"
    for row, requests in zip(runs, asked, strict=True):
        found = recomputed(lakehouse, {"all": requests}, row["execution_id"])
        assert unequal(logged(lakehouse, row["execution_id"]), found) == {}
