"""The handoff: command line, SDK and plain SQL give one verdict in every situation that rows can show."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from typer.testing import CliRunner

from spectra.answers.readiness import shipped_query
from spectra.cli.main import app
from spectra.cli.options import seconds
from spectra.contract.load import load_contract
from spectra.errors import ReadinessBlockedError, TableUnreadableError
from spectra.pipeline import shipped
from spectra.runner import Seams
from spectra.testing.consumer import LOG, StubConsumer
from tests.integration.handoff_situations import SITUATIONS, Scene, Situation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.conftest import Project, World

OFTEN = {
    "success",
    "newer failure",
    "abandoned",
    "foreign stage succeeded",
    "must broken",
    "filter ignored",
}  # the rest takes minutes
NEEDED = ("log.runs", "log.source", "log.guarantees", "source.portfolio", "source.endpoints")


@pytest.fixture
def scene(project: Project, world: World) -> Iterator[Scene]:
    made = Scene(project, world)
    yield made
    for lock in made.held:
        lock.release()


def verdicts_of_plain_sql(project: Project, max_age: float) -> dict[tuple[str, str | None], tuple[str, frozenset[str]]]:
    """Run the documented file in a DuckDB of its own over the newest rows of each table."""
    pipeline = project.pipeline()
    with duckdb.connect() as lake:
        lake.execute("SET TimeZone = 'UTC'; CREATE SCHEMA log; CREATE SCHEMA source")
        declared = {table.name: table for table in pipeline.tables()}
        for name in NEEDED:
            rows = pipeline.table(name) if declared[name].version is not None else pipeline.sql(f"FROM {name}")
            lake.register("rows_of_it", rows)
            lake.execute(f"CREATE TABLE {name} AS FROM rows_of_it")
            lake.unregister("rows_of_it")
        lake.execute(
            "CREATE TABLE reader AS SELECT CAST(NULL AS VARCHAR) AS source_system, now() AS asked_at,"
            " CAST(? AS DOUBLE) AS max_age_seconds, 1 AS contract_major, CAST(NULL AS VARCHAR) AS missing,"
            " CAST(NULL AS VARCHAR) AS unrecorded",
            [max_age],
        )
        answers: dict[tuple[str, str | None], tuple[str, set[str]]] = {}
        for row in lake.sql(shipped_query("readiness")).to_arrow_table().to_pylist():
            found = answers.setdefault((row["source_system"], row["entity"]), (row["verdict"], set()))
            if not row["passed"]:
                found[1].add(row["check"])
    return {key: (verdict, frozenset(failing)) for key, (verdict, failing) in answers.items()}


def command(project: Project, *words: str) -> tuple[int, dict[str, Any]]:
    shown = CliRunner().invoke(app, ["ready", "acme", "--project", str(project.folder), "--json", *words])
    return shown.exit_code, json.loads(shown.stdout)


@pytest.mark.parametrize(
    "situation",
    [
        pytest.param(each, id=each.name, marks=() if each.name in OFTEN else pytest.mark.acceptance)
        for each in SITUATIONS
    ],
)
def test_every_way_to_ask_gives_the_verdict_of_the_situation(scene: Scene, situation: Situation) -> None:
    situation.prepare(scene)
    entity = ("--entity", situation.entity) if situation.entity else ()

    status, document = command(scene.project, *situation.words, *entity)

    failing = frozenset(check["name"] for check in document["checks"] if not check["passed"])
    assert (document["verdict"], failing) == (situation.verdict, situation.failing)
    assert status == (1 if situation.verdict == "BLOCKED" else 0)
    max_age = seconds(situation.words[1]) if situation.words else None
    answer = scene.project.pipeline().readiness("acme", entity=situation.entity, max_age=max_age)
    assert (answer.verdict, frozenset(each.name for each in answer.failed)) == (situation.verdict, situation.failing)
    if situation.rows:
        said = verdicts_of_plain_sql(scene.project, 86400.0 if max_age is None else max_age)
        judged = situation.entity if answer.table_versions else None
        never = (situation.verdict, situation.failing)  # plain SQL knows of no source that left no row
        assert said.get(("acme", judged), never)[0] == situation.verdict
        if situation.verdict != "BLOCKED" or "latest-run-success" not in situation.failing:
            assert said.get(("acme", judged), never) == (situation.verdict, situation.failing)


def test_the_matrix_is_wide() -> None:
    assert len({situation.name for situation in SITUATIONS}) >= 25
    reached = {name for situation in SITUATIONS for name in situation.failing}
    assert reached >= {
        *("latest-run-success", "newer-run-unfinished", "abandoned-unrecorded", "freshness", "tables-present", "auth"),
        *("endpoint-count", "contract-major", "must-guarantees", "should-guarantees", "levels-reached"),
        *("filters-proven", "entity-endpoint"),
    }


def test_each_check_of_the_contract_is_seen_to_fail_and_no_other_is_made_up(project: Project) -> None:
    promised = load_contract(shipped("source.contract.yaml"), "source.contract.yaml").custom["handoff"]
    project.pipeline().source("acme")

    named = [check["check"] for check in promised]

    assert named == [check.name for check in project.pipeline().readiness("acme").checks]
    assert set(named) <= {name for situation in SITUATIONS for name in situation.failing}


def test_the_verdict_of_the_stage_is_that_of_the_reader_right_after(scene: Scene) -> None:
    manifest = scene.project.pipeline().source("acme")

    answer = scene.project.pipeline().readiness("acme")

    stored = {check["name"]: check["passed"] for check in manifest.checks}
    assert answer.verdict == manifest.readiness
    assert stored == {check.name: check.passed for check in answer.checks if check.name in stored}


def test_a_reader_opens_exactly_the_published_versions(project: Project) -> None:
    first = project.pipeline().source("acme")
    answer = project.pipeline().readiness("acme")
    project.pipeline().source("acme")

    tables = answer.tables()

    assert {name: set(table.column("execution_id").to_pylist()) for name, table in tables.items()} == {
        name: {first.execution_id} for name in first.table_versions
    }


def test_an_entity_stands_on_its_own_level_and_all_above_it(project: Project) -> None:
    project.pipeline().source("acme")
    demands = json.loads(project.newest()["parameters"])["entities"]
    assert {name: each["levels"] for name, each in demands.items()} == {
        "project": ["project"],
        "task": ["project", "task"],
        "found_task": ["project"],
    }


def test_a_lost_table_is_an_error_for_whoever_opens_it(scene: Scene) -> None:
    next(each for each in SITUATIONS if each.name == "table lost").prepare(scene)

    with pytest.raises(TableUnreadableError):
        scene.project.pipeline().readiness("acme").tables()


def test_blocked_is_an_error_that_names_what_blocks(scene: Scene) -> None:
    next(each for each in SITUATIONS if each.name == "newer failure").prepare(scene)

    with pytest.raises(ReadinessBlockedError, match=r"latest-run-success: Failed \(auth-rejected\)"):
        scene.project.pipeline().readiness("acme").raise_if_blocked()


def test_a_consumer_reads_what_was_published_and_logs_it(project: Project) -> None:
    published = project.pipeline().source("acme", correlation_id="0af7651916cd43dd8448eb211c80319c")

    handed = StubConsumer(project.pipeline()).consume("acme")

    (logged,) = project.rows(LOG)
    assert handed.tables["source.endpoints"].num_rows == published.endpoint_count
    assert json.loads(logged["table_versions"]) == published.table_versions
    assert (logged["status"], logged["correlation_id"]) == ("Success", "0af7651916cd43dd8448eb211c80319c")
    assert json.loads(logged["rows_read"])["source.endpoints"] == published.endpoint_count


def test_a_consumer_that_is_blocked_logs_every_check_before_it_stops(scene: Scene) -> None:
    next(each for each in SITUATIONS if each.name == "newer failure").prepare(scene)

    with pytest.raises(ReadinessBlockedError):
        StubConsumer(scene.project.pipeline()).consume("acme")

    (logged,) = scene.project.rows(LOG)
    checks = {check["name"]: check["passed"] for check in json.loads(logged["readiness_checks"])}
    assert (logged["status"], logged["error_code"]) == ("Failed", "readiness-blocked")
    assert (checks["latest-run-success"], checks["freshness"]) == (False, True)


def test_a_failed_run_never_makes_the_tables_of_the_last_success_look_fresh(scene: Scene) -> None:
    scene.run(shifted=timedelta(days=-2))
    scene.world.token = "another-token-altogether"
    scene.run()

    answer = scene.project.pipeline().readiness("acme")

    assert [row["status"] for row in scene.project.rows("log.source")].count("Failed") == 1
    assert {each.name for each in answer.failed} == {"latest-run-success", "freshness"}


def test_waiting_ends_when_the_run_that_is_going_on_does(scene: Scene) -> None:
    next(each for each in SITUATIONS if each.name == "still running").prepare(scene)
    asked = []

    def let_it_end(_: float) -> None:
        asked.append(1)
        for lock in scene.held:
            lock.release()
        scene.run()

    answer = scene.project.pipeline(seams=Seams(sleep=let_it_end)).readiness("acme", wait_seconds=600)

    assert (answer.verdict, len(asked)) == ("READY", 1)
