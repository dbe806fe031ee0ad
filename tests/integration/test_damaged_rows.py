"""Rows of the log that no run of this release wrote: each command still answers, or says which row is damaged."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from typer.testing import CliRunner, Result

from spectra.cli.main import app
from spectra.lake.layout import Layout
from spectra.testing.served import ServedApi
from tests.integration.conftest import Project, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.acceptance  # a minute of runs and commands


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with ServedApi(World()) as api:
        made = Project(tmp_path_factory.mktemp("damaged") / "project", api.url)
        made.write()
        made.pipeline().source("acme")
        yield made


@pytest.fixture
def lakehouse(published: Project, tmp_path: Path) -> str:
    shutil.copytree(published.folder / "lakehouse", tmp_path / "copy")
    return str(tmp_path / "copy")


def rewritten(lakehouse: str, table: str, change: Callable[[pa.Table], pa.Table]) -> None:
    path = Layout(lakehouse).table(table)
    found = change(pa.table(DeltaTable(path).to_pyarrow_dataset().to_table()))
    shutil.rmtree(path)
    write_deltalake(path, found, partition_by=["source_system"])


def _without(names: list[str], found: pa.Table) -> pa.Table:
    return found.drop_columns(names)


def damaged(lakehouse: str, **values: Any) -> None:
    def change(found: pa.Table) -> pa.Table:
        return pa.Table.from_pylist([row | values for row in found.to_pylist()], schema=found.schema)

    rewritten(lakehouse, "log.source", change)


def answers(published: Project, lakehouse: str) -> dict[str, Result]:
    run = published.newest()["execution_id"]
    where = ["--project", str(published.folder), "--lakehouse", lakehouse]
    commands = {
        "ready": ["ready", "acme"],
        "health": ["health", "acme"],
        "metrics": ["metrics", "acme", "--prometheus", "-"],
        "explain": ["explain", run],
        "catalog": ["catalog", "acme"],
        "test": ["contract", "test"],
        "check": ["contract", "check", "acme"],
        "sql": ["sql", "SELECT 1 FROM source.portfolio", "--execution", run],
    }
    return {name: CliRunner().invoke(app, [*words, *where]) for name, words in commands.items()}


DAMAGED: list[tuple[dict[str, Any], set[str]]] = [
    ({"table_versions": "{no"}, {"ready", "explain", "catalog", "test", "check", "sql"}),
    ({"table_versions": '{"source.endpoints": "first"}'}, {"ready", "explain", "catalog", "test", "check", "sql"}),
    ({"table_versions": "[1]"}, {"ready", "explain", "catalog", "test", "check", "sql"}),
    ({"table_versions": None}, {"catalog"}),
    ({"readiness_checks": "[1]"}, {"explain", "catalog"}),
    ({"error_summary": "{no"}, {"catalog"}),
    ({"run_seq": None}, {"ready", "health", "metrics", "explain", "catalog", "test", "check"}),
    ({"contract_version": "banana"}, set()),
    ({"contract_version": None}, {"catalog"}),
    ({"duration_seconds": float("nan")}, set()),
]


@pytest.mark.parametrize(("values", "refusing"), DAMAGED, ids=[str(case[0]) for case in DAMAGED])
def test_a_damaged_row_is_an_error_of_the_lakehouse_and_never_a_bug(
    published: Project, lakehouse: str, values: dict[str, Any], refusing: set[str]
) -> None:
    damaged(lakehouse, **values)
    found = answers(published, lakehouse)
    refused = {name for name, done in found.items() if "table-unreadable" in done.stderr}
    assert [name for name, done in found.items() if "internal-error" in done.output] == []
    assert (refused, {found[name].exit_code for name in refused}) == (refusing, {5} if refusing else set())


def test_the_tables_of_the_first_release_are_told_and_the_next_run_goes_on(published: Project, lakehouse: str) -> None:
    added = {
        "log.probes": ["correlation_id", "retries", "received_bytes"],
        "log.findings": ["correlation_id", "category"],
        "log.guarantees": ["correlation_id"],
    }
    for table, names in added.items():
        rewritten(lakehouse, table, partial(_without, names))
    damaged(lakehouse, parameters='{"walk_parents": 20}', contract_version="1.0.0")

    statuses = {name: done.exit_code for name, done in answers(published, lakehouse).items()}
    assert {name for name, status in statuses.items() if status} <= {"test", "check"}  # those columns are not there
    where = ["--project", str(published.folder), "--lakehouse", lakehouse]
    assert CliRunner().invoke(app, ["source", "acme", *where]).exit_code == 0
    assert {done.exit_code for done in answers(published, lakehouse).values()} == {0}
