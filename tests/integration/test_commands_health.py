"""`spectra health`, `spectra metrics` and `spectra explain ID` over runs of every kind, told from their rows."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from spectra import Pipeline
from spectra.cli.main import app
from spectra.errors import SpectraError
from spectra.lake.layout import Layout
from spectra.lake.locks import Holder, RunLock
from spectra.runner import Seams
from spectra.runs.envelope import Envelope
from spectra.testing.served import Answered, ServedApi
from tests.architecture.house import ROOT
from tests.architecture.test_commands import faults_of
from tests.integration.conftest import TOKEN, Project, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.acceptance

DAY = timedelta(days=1)
NOW = datetime.now(UTC)


@dataclass
class At:
    """A clock that stands at a time and goes on from there."""

    start: datetime
    begun: float = 0.0

    def __post_init__(self) -> None:
        self.begun = time.monotonic()

    def now(self) -> datetime:
        return self.start + timedelta(seconds=time.monotonic() - self.begun)

    def monotonic(self) -> float:
        return time.monotonic()


def run_at(project: Project, moment: datetime, *, token: str = TOKEN) -> str:
    """Run the source at a time and return its execution_id, whatever came of it."""
    project.write(token=token)
    try:
        Pipeline(project.folder, seams=Seams(clock=At(moment))).source(project.name)
    except SpectraError:
        pass
    finally:
        project.write()
    return str(project.newest()["execution_id"])


def start_only(project: Project, run_seq: int) -> str:
    """Leave what a run that was killed at once leaves: its start."""
    runner = project.pipeline()._runner()
    name = f"{project.name}-source-20260101T000000-{run_seq:06x}"
    envelope = Envelope(name, run_seq, "source", project.name, "c" * 32, "1.1.0", "0.1.0", datetime.now(UTC))
    runner.ledger().start(envelope, "host", 42)
    return name


@dataclass
class Watched:
    """A project with a healthy source, one whose newest run failed, and one that never ran."""

    healthy: Project
    failed: Project
    never: Project
    runs: dict[str, str]

    def pipeline(self, moment: datetime | None = None) -> Pipeline:
        """Open the project, at a time if asked."""
        return Pipeline(self.healthy.folder, seams=Seams(clock=At(moment)) if moment else None)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    os.environ.pop("ACME_TOKEN", None)
    with ServedApi(World()) as api:
        acme, beta, never = (Project(folder, api.url, name) for name in ("acme", "beta", "gamma"))
        beta.write()
        never.write()
        runs = {
            "old": run_at(acme, NOW - 8 * DAY),
            "refused": run_at(acme, NOW - 6 * DAY, token="wrong-7f3a9c51d2e84b60-token"),
            "good": run_at(acme, NOW),
            "first": run_at(beta, NOW - 3 * DAY),
            "broken": run_at(beta, NOW, token="wrong-7f3a9c51d2e84b60-token"),
        }
        yield Watched(acme, beta, never, runs)


def spectra(watched: Watched, *words: str, columns: int = 100) -> Result:
    environment = {"COLUMNS": str(columns)}
    return CliRunner().invoke(app, [*words, "--project", str(watched.healthy.folder)], env=environment)


@pytest.mark.parametrize(("words", "status"), [(["acme"], 0), (["beta"], 1), (["gamma"], 1), ([], 1)])
def test_health_ends_with_0_only_where_all_asked_for_are_healthy(
    watched: Watched, words: list[str], status: int
) -> None:
    shown, document = (
        spectra(watched, "health", *words),
        json.loads(spectra(watched, "health", *words, "--json").stdout),
    )

    assert shown.exit_code == status
    assert document["healthy"] is (status == 0)


def test_health_says_what_is_wrong_and_what_to_do(watched: Watched) -> None:
    shown = spectra(watched, "health").stdout

    assert "the newest run is Failed (auth-rejected)" in shown
    assert f"spectra explain {watched.runs['broken']}" in shown
    assert "never run" in shown
    assert "spectra source gamma" in shown
    assert "1 of 3 sources are healthy; not beta, gamma" in shown


def test_the_week_counts_runs_of_the_last_7_days_and_no_others(watched: Watched) -> None:
    row = json.loads(spectra(watched, "health", "acme", "--json").stdout)["sources"][0]
    good = next(each for each in watched.healthy.rows("log.source") if each["execution_id"] == watched.runs["good"])

    assert (row["runs_7d"], row["successes_7d"], row["success_rate_7d"]) == (2, 1, 0.5)
    assert row["mean_duration_seconds_7d"] == good["duration_seconds"]
    assert (row["endpoint_success_count"], row["endpoint_probed_count"]) == (4, 5)
    assert row["must_held"] == row["must_count"] > 0


@pytest.mark.parametrize(("later", "problems"), [(0.9 * DAY, 0), (1.1 * DAY, 1)])
def test_a_publication_older_than_promised_is_not_healthy(watched: Watched, later: timedelta, problems: int) -> None:
    (one,) = watched.pipeline(NOW + later).health("acme")

    assert len(one.problems) == problems
    assert all("stale: published 1 d 2 h ago, promised at most 1 d" in each for each in one.problems)


def test_a_wrong_name_is_answered_with_the_nearest(watched: Watched) -> None:
    shown = spectra(watched, "health", "acne", "--json")

    assert (shown.exit_code, json.loads(shown.stdout)["error"]["facts"]["nearest"]) == (2, "acme")


def test_without_a_project_every_source_of_the_lakehouse_is_told(watched: Watched, tmp_path: Path) -> None:
    where = ["--project", str(tmp_path), "--lakehouse", watched.healthy.pipeline().lakehouse]
    shown = CliRunner().invoke(app, ["health", "--json", *where])

    assert [each["source_system"] for each in json.loads(shown.stdout)["sources"]] == ["acme", "beta"]


def test_no_source_at_all_is_not_healthy(tmp_path: Path) -> None:
    (tmp_path / "spectra.yaml").write_text("lakehouse: ./lakehouse\n")

    shown = CliRunner().invoke(app, ["health", "--project", str(tmp_path)])

    assert (shown.exit_code, "holds no source" in shown.stdout) == (1, True)


def test_a_run_that_was_killed_is_found_by_whoever_asks_for_health(project: Project) -> None:
    run = start_only(project, 1)

    (one,) = project.pipeline().health("acme")

    assert project.newest()["status"] == "Abandoned"
    assert one.problems == ("the newest run is Abandoned (run-abandoned)", "never published")
    assert project.pipeline().story(run).status == "Abandoned"


def test_a_run_that_goes_on_does_not_spoil_the_health_of_its_source(project: Project) -> None:
    project.pipeline().source("acme")
    run = start_only(project, 2)
    lakehouse = Layout(str(project.folder / "lakehouse"))
    with RunLock(lakehouse, "source", "acme", Holder(run, 42, "host", "now")):
        (one,), story = project.pipeline().health("acme"), project.pipeline().story(run)

    assert (one.healthy, one.figures["unfinished_execution_id"]) == (True, run)
    assert (story.status, story.readiness, story.table_versions) == ("Unfinished", None, {})
    assert ("wait", "spectra ready --wait 10m acme") in story.next_steps


def test_a_run_that_died_where_nobody_can_record_it_is_not_healthy(project: Project) -> None:
    project.pipeline().source("acme")
    run = start_only(project, 2)
    lock = project.folder / "lakehouse/Files/_spectra/locks/source/acme.lock"
    found = lock if lock.exists() else next((project.folder / "lakehouse/Files").rglob("*acme*"))
    found.unlink()
    found.mkdir()

    (one,), story = project.pipeline().health("acme"), project.pipeline().story(run)

    assert one.problems == (f"{run} died and cannot be recorded",)
    assert story.note == "it died and cannot be recorded"


@pytest.mark.parametrize("run", ["old", "refused", "good", "broken"])
def test_a_story_has_the_ids_and_figures_of_its_rows(watched: Watched, run: str) -> None:
    document = json.loads(spectra(watched, "explain", watched.runs[run], "--json").stdout)
    (row,) = [each for each in watched.healthy.rows("log.source") if each["execution_id"] == watched.runs[run]]

    assert (document["status"], document["readiness"]) == (row["status"], row["readiness"])
    assert document["run"]["correlation_id"] == row["correlation_id"]
    assert document["table_versions"] == json.loads(row["table_versions"])
    assert document["is_newest"] is (run in {"good", "broken"})


def test_the_story_of_a_failure_names_error_place_remedy_and_next_steps(watched: Watched) -> None:
    shown = " ".join(spectra(watched, "explain", watched.runs["broken"]).stdout.split())

    for said in (
        "Failed BLOCKED",
        "auth-rejected: The API refused the credentials (401). where GET /projects",
        "auth-rejected critical · 1 found",
        "remedy Renew the credential",
        "OPERATIONAL-RUNBOOK.md#auth-rejected",
        "spectra explain auth-rejected",
        "spectra source beta",
    ):
        assert said in shown


def test_the_story_of_a_degraded_run_tells_checks_evidence_and_findings(project: Project, world: World) -> None:
    world.special["/api/missing"] = lambda _: Answered(b"", 500)
    run = project.pipeline().source("acme").execution_id

    story = project.pipeline().story(run)

    assert [check["name"] for check in story.failed_checks] == ["should-guarantees"]
    assert [broken["guarantee_id"] for broken in story.failed_guarantees] == ["G-SRC-009"]
    evidence = story.failed_guarantees[0]
    assert project.pipeline().sql(evidence["evidence"], execution_id=run).to_pylist()[0].popitem()[1] == 1
    assert [(group["code"], group["count"]) for group in story.findings] == [
        ("server-error", 1),
        ("guarantee-degraded", 1),
    ]
    assert [each["full_path"] for each in story.failing] == ["/api/missing"]
    assert [each["latency_ms"] for each in story.slowest] == sorted(
        (each["latency_ms"] for each in story.slowest), reverse=True
    )


def test_the_negative_control_is_no_failing_endpoint(watched: Watched) -> None:
    story = watched.pipeline().story(watched.runs["good"])

    assert [each["full_path"] for each in story.failing] == ["/api/missing"]


@pytest.mark.parametrize("run", ["old", "refused", "good", "broken"])
def test_every_next_step_is_a_command_that_exists(watched: Watched, run: str) -> None:
    steps = watched.pipeline().story(watched.runs[run]).next_steps

    assert steps
    assert {command: faults_of(command) for _, command in steps if faults_of(command)} == {}


def test_a_wrong_execution_id_is_answered_with_the_nearest(watched: Watched) -> None:
    shown = spectra(watched, "explain", watched.runs["good"] + "x", "--json")

    error = json.loads(shown.stdout)["error"]
    assert (shown.exit_code, error["code"], error["facts"]["nearest"]) == (2, "unknown-run", watched.runs["good"])


def test_a_code_needs_no_project_and_a_wrong_one_names_the_nearest(tmp_path: Path) -> None:
    wrong = CliRunner().invoke(app, ["explain", "auth-rejectet", "--project", str(tmp_path), "--json"])
    right = CliRunner().invoke(app, ["explain", "auth-rejected", "--project", str(tmp_path)])

    assert "Did you mean 'auth-rejected'?" in json.loads(wrong.stdout)["error"]["message"]
    assert right.exit_code == 0


@pytest.mark.parametrize("command", ["health", "metrics", "explain"])
def test_nothing_but_a_single_word_is_wider_than_a_narrow_terminal(watched: Watched, command: str) -> None:
    subject = [watched.runs["broken"]] if command == "explain" else []
    shown = spectra(watched, command, *subject, columns=40)

    assert shown.stdout
    assert [line for line in shown.stdout.splitlines() if len(line) > 40 and len(line.split()) > 1] == []


def test_metrics_are_the_figures_of_the_newest_run_and_of_its_requests(watched: Watched) -> None:
    rows = {row["source_system"]: row for row in json.loads(spectra(watched, "metrics", "--json").stdout)}
    logged = watched.healthy.newest()
    probes = watched.healthy.rows("log.probes", execution_id=watched.runs["good"])

    acme = rows["acme"]
    shared = set(acme) & set(logged) - {"started_at", "ended_at"}
    assert {name: acme[name] for name in shared} == {name: logged[name] for name in shared}
    assert {"request_count", "retry_count", "bytes_received", "latency_p95_ms", "guarantees_passed"} <= shared
    assert acme["record_count"] == sum(row["record_count"] or 0 for row in probes)
    assert acme["bytes_per_second"] == pytest.approx(logged["bytes_received"] / logged["duration_seconds"])
    assert acme["error_count"] == json.loads(logged["error_summary"])["total"]
    assert (rows["gamma"]["execution_id"], rows["gamma"]["runs_7d"]) == (None, 0)


def test_the_shipped_query_gives_the_same_rows_by_spectra_sql(watched: Watched) -> None:
    query = (ROOT / "contracts" / "metrics.sql").read_text(encoding="utf-8")
    by_sql = watched.pipeline(NOW).sql(query).to_pylist()
    by_name = watched.pipeline(NOW).metrics()

    moving = {"asked_at", "age_seconds"}
    assert [{n: row[n] for n in row if n not in moving} for row in by_sql] == [
        {n: row[n] for n in row if n not in moving} for row in by_name if row["status"]
    ]


def test_a_metrics_file_is_written_whole_and_replaces_the_last_one(watched: Watched, tmp_path: Path) -> None:
    target = tmp_path / "spectra.prom"
    target.write_text("old")

    with target.open() as scrape:
        done = spectra(watched, "metrics", "--prometheus", str(target))
        assert scrape.read() == "old"

    assert (done.exit_code, done.stdout) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["spectra.prom"]
    assert 'spectra_source_week_success_ratio{source_system="acme"} 0.5' in target.read_text()
    assert 'spectra_source_week_runs{source_system="gamma"} 0' in target.read_text()
    assert target.read_text() == spectra(watched, "metrics", "--prometheus", "-").stdout


def test_a_metrics_file_that_cannot_be_written_is_named(watched: Watched, tmp_path: Path) -> None:
    done = spectra(watched, "metrics", "--prometheus", str(tmp_path / "no" / "such.prom"))

    assert (done.exit_code, "file-unwritable" in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []
