"""`spectra tables` and `spectra sql` over real tables: read-only, at versions, without a way to files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from spectra.cli.main import app
from spectra.errors import AuthRejectedError

if TYPE_CHECKING:
    from tests.integration.conftest import Project, World

pytestmark = pytest.mark.acceptance


def spectra(project: Project, *words: str, **given: Any) -> Result:
    return CliRunner().invoke(app, [words[0], "--project", str(project.folder), *words[1:]], **given)


def test_tables_lists_those_of_the_contract_with_version_and_rows(project: Project) -> None:
    project.pipeline().source("acme")

    shown = spectra(project, "tables")
    listed = {row["table"]: row for row in json.loads(spectra(project, "tables", "--json").stdout)}

    assert shown.exit_code == 0
    assert (listed["source.endpoints"]["version"], listed["source.endpoints"]["rows"]) == (0, 7)
    assert (listed["log.notifications"]["version"], listed["log.notifications"]["rows"]) == (None, None)
    assert "none yet" in shown.stdout


def test_sql_reads_the_newest_version_or_the_one_asked_for(project: Project) -> None:
    first = project.pipeline().source("acme")
    second = project.pipeline().source("acme")
    asked = "SELECT DISTINCT execution_id FROM source.endpoints"

    def answer(*words: str) -> str:
        return str(json.loads(spectra(project, "sql", asked, "--json", *words).stdout)[0]["execution_id"])

    assert answer() == second.execution_id
    assert answer("--execution", first.execution_id) == first.execution_id
    assert answer("--at", "source.endpoints=0") == first.execution_id


def test_a_declared_table_that_was_never_written_has_no_rows(project: Project) -> None:
    shown = spectra(project, "sql", "SELECT count(*) AS n FROM log.notifications", "--json")

    assert json.loads(shown.stdout) == [{"n": 0}]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT * FROM read_csv('/etc/passwd')", "query-failed"),
        ("SELECT * FROM '/etc/passwd'", "query-failed"),
        ("COPY (SELECT 1) TO '/tmp/spectra-was-here'", "query-failed"),
        ("SELECT 1; SELECT 2", "query-failed"),
        ("DROP TABLE log.runs", "query-failed"),
        ("SELECT * FROM log.nothing", "unknown-table"),
    ],
)
def test_sql_only_reads_tables(project: Project, query: str, code: str) -> None:
    shown = spectra(project, "sql", query, "--json")

    assert (shown.exit_code, json.loads(shown.stdout)["error"]["code"]) == (2, code)


@pytest.mark.parametrize("query", ["SELECT * FROM source.endpoint", "SELECT * FROM endpoints"])
def test_a_table_that_is_none_is_told_with_the_nearest_one(project: Project, query: str) -> None:
    shown = spectra(project, "sql", query)

    assert shown.exit_code == 2
    assert "Did you mean 'source.endpoints'?" in shown.stderr


def test_what_json_or_python_cannot_hold_is_answered_all_the_same(project: Project) -> None:
    shown = spectra(project, "sql", "SELECT 'nan'::DOUBLE AS a, 'inf'::DOUBLE AS b", "--json")
    far = spectra(project, "sql", "SELECT '99999-01-01'::TIMESTAMP", "--json")
    steering = spectra(project, "sql", 'SELECT 1 AS "a\x1b[31m", 2 AS c, 3 AS c')

    assert json.loads(shown.stdout) == [{"a": None, "b": None}]
    assert json.loads(far.stdout)["error"]["code"] == "query-failed"
    assert (steering.exit_code, "\x1b" in steering.stdout) == (0, False)


def test_sql_without_a_query_is_a_mistake_of_usage(project: Project) -> None:
    shown = spectra(project, "sql")

    assert (shown.exit_code, "give one SELECT" in shown.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--execution", "acme-source-20260101T000000-000000"), "unknown-run"),
        (("--execution", "nonsense"), "unknown-run"),
        (("--at", "source.endpoint=0"), "unknown-table"),
        (("--at", "source.endpoints=99"), "unknown-table"),
    ],
)
def test_what_is_not_there_is_named(project: Project, words: tuple[str, ...], code: str) -> None:
    project.pipeline().source("acme")

    shown = spectra(project, "sql", "SELECT count(*) FROM source.endpoints", "--json", *words)

    assert json.loads(shown.stdout)["error"]["code"] == code


def test_sql_from_a_file_and_from_standard_input(project: Project) -> None:
    (project.folder / "one.sql").write_text("SELECT 41 + 1 AS n")

    file = spectra(project, "sql", "--file", str(project.folder / "one.sql"), "--json")
    piped = spectra(project, "sql", "--file", "-", "--json", input="SELECT 7 AS n")

    assert (json.loads(file.stdout), json.loads(piped.stdout)) == ([{"n": 42}], [{"n": 7}])


def test_rows_are_cut_at_the_limit_and_that_is_said(project: Project) -> None:
    shown = spectra(project, "sql", "SELECT unnest(range(250)) AS n")

    assert len(shown.stdout.splitlines()) == 101
    assert "100 of 250 rows" in shown.stderr


def test_a_run_that_wrote_no_such_table_gives_no_other_run_s_rows_for_it(project: Project, world: World) -> None:
    project.pipeline().source("acme")
    world.token = "another-token-altogether"
    with pytest.raises(AuthRejectedError):
        project.pipeline().source("acme")
    failed = project.newest()["execution_id"]

    shown = spectra(project, "sql", "SELECT count(*) FROM source.endpoints", "--execution", failed, "--json")
    kept = spectra(project, "sql", "SELECT status FROM source.portfolio", "--execution", failed, "--json")

    assert (shown.exit_code, json.loads(shown.stdout)["error"]["code"]) == (2, "unknown-table")
    assert json.loads(kept.stdout) == [{"status": "error"}]
