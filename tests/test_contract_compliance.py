"""What a team downstream holds the Source stage to: the contract as it was shipped, against a lakehouse as it lies."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from deltalake import DeltaTable, write_deltalake
from ruamel.yaml import YAML
from typer.testing import CliRunner

from spectra import Pipeline
from spectra.cli.main import app
from spectra.errors import ReadinessBlockedError
from spectra.pipeline import shipped
from spectra.testing.consumer import LOG, StubConsumer
from spectra.testing.served import ServedApi
from tests.integration.conftest import TOKEN, Project, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTRACT: dict[str, Any] = YAML(typ="safe").load(shipped("source.contract.yaml"))
TABLES = {table["physicalName"]: table for table in CONTRACT["schema"]}
CUSTOM = {each["property"]: each["value"] for each in CONTRACT["customProperties"]}
GUARANTEES = {
    rule["id"]
    for table in CONTRACT["schema"]
    for rule in [*table.get("quality", []), *(r for p in table["properties"] for r in p.get("quality", []))]
}
WRITTEN = sorted(set(TABLES) - {"log.notifications"})  # written only where a channel is named
DELTA_TYPES = {
    **{name: name for name in ("string", "long", "double", "boolean", "date", "timestamp")},
    "array<string>": {"type": "array", "elementType": "string", "containsNull": True},
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project whose source was published twice, the second time under a trace id of its caller."""
    with ServedApi(World()) as api:
        project = Project(tmp_path_factory.mktemp("compliance") / "project", api.url)
        project.write()
        project.pipeline().source("acme")
        project.pipeline().source("acme", correlation_id="0af7651916cd43dd8448eb211c80319c")
        yield project


@pytest.fixture
def broken(published: Project, tmp_path: Path) -> Project:
    """A copy of it, to be damaged."""
    shutil.copytree(published.folder, tmp_path / "project")
    return Project(tmp_path / "project", published.url)


def lying(project: Project, table: str) -> str:
    schema, name = table.split(".")
    return str(project.folder / "lakehouse" / "Tables" / schema / name)


@pytest.mark.parametrize("table", WRITTEN)
def test_a_table_has_exactly_the_columns_and_types_of_the_contract(published: Project, table: str) -> None:
    fields = json.loads(DeltaTable(lying(published, table)).schema().to_json())["fields"]

    assert [(field["name"], field["type"]) for field in fields] == [
        (column["name"], DELTA_TYPES[column["physicalType"]]) for column in TABLES[table]["properties"]
    ]


@pytest.mark.parametrize("table", WRITTEN)
def test_a_table_can_be_read_by_the_oldest_readers_and_keeps_its_versions(published: Project, table: str) -> None:
    delta = DeltaTable(lying(published, table))

    assert (delta.protocol().min_reader_version, delta.protocol().min_writer_version) == (1, 2)
    assert delta.metadata().partition_columns == ["source_system"]
    assert delta.metadata().configuration["delta.enableExpiredLogCleanup"] == "false"


def test_every_completion_row_carries_the_whole_envelope(published: Project) -> None:
    first, second = sorted(published.rows("log.source"), key=lambda row: row["run_seq"])

    assert [first["run_seq"], second["run_seq"]] == [1, 2]
    assert second["correlation_id"] == "0af7651916cd43dd8448eb211c80319c"
    for row in (first, second):
        assert {name for name in CUSTOM["envelope"] if row[name] is None} == set()
        assert re.fullmatch(r"acme-source-\d{8}T\d{6}-[0-9a-f]{6}", row["execution_id"])
        assert re.fullmatch(r"[0-9a-f]{32}", row["correlation_id"])
        assert row["contract_version"] == CONTRACT["version"]
        assert row["started_at"] <= row["ended_at"]


@pytest.mark.parametrize("table", sorted({"log.runs", "log.findings", "log.probes", "log.guarantees", "log.source"}))
def test_every_log_row_of_a_run_carries_its_correlation_id(published: Project, table: str) -> None:
    of_run = {row["execution_id"]: row["correlation_id"] for row in published.rows("log.source")}

    assert {(row["execution_id"], row["correlation_id"]) for row in published.rows(table)} <= set(of_run.items())


def test_the_state_handed_off_names_versions_that_hold_exactly_that_run(published: Project) -> None:
    row = published.newest()
    versions = json.loads(row["table_versions"])

    assert sorted(versions) == ["source.config", "source.credentials", "source.endpoints", "source.portfolio"]
    for table, version in versions.items():
        rows = published.pipeline().table(table, version=version).to_pylist()
        assert {each["execution_id"] for each in rows} == {row["execution_id"]}
    endpoints = published.pipeline().table("source.endpoints", version=versions["source.endpoints"])
    (portfolio,) = published.rows("source.portfolio")
    assert endpoints.num_rows == row["endpoint_count"] == portfolio["total_endpoints"]


def test_every_guarantee_of_the_contract_left_evidence_that_gives_its_number_again(published: Project) -> None:
    run = published.newest()["execution_id"]
    rows = published.rows("log.guarantees", execution_id=run)

    assert {row["guarantee_id"] for row in rows} == GUARANTEES
    assert [row["guarantee_id"] for row in rows if row["level"] == "must" and not row["passed"]] == []
    pipeline = published.pipeline()
    for row in rows:
        again = pipeline.sql(row["evidence"], execution_id=run)
        assert float(again.column(0)[0].as_py()) == float(row["observed"]), row["guarantee_id"]


def test_no_credential_is_shown(published: Project) -> None:
    (credential,) = published.rows("source.credentials")

    assert re.fullmatch(r"\*\*\*.{0,3}", credential["credential_value"])
    for table in WRITTEN:
        assert TOKEN not in str(published.pipeline().table(table).to_pylist())


def test_a_consumer_takes_the_handoff_and_logs_it(broken: Project) -> None:
    handed = StubConsumer(broken.pipeline()).consume("acme")

    (logged,) = broken.rows(LOG)
    newest = broken.newest()
    assert logged["read_execution_id"] == newest["execution_id"]
    assert logged["table_versions"] == newest["table_versions"]
    assert handed.tables["source.portfolio"].num_rows == 1


def test_a_consumer_stops_at_a_newer_failure_and_logs_that_too(broken: Project) -> None:
    (broken.folder / ".env").write_text("ACME_TOKEN=no-longer-the-right-one\n")
    with pytest.raises(Exception, match="refused"):
        broken.pipeline().source("acme")

    with pytest.raises(ReadinessBlockedError):
        StubConsumer(broken.pipeline()).consume("acme")

    assert [row["status"] for row in broken.rows(LOG)] == ["Failed"]


def compliance(folder: Path, project: Project) -> tuple[int, list[str]]:
    """Run what a consumer runs in its CI, in a folder that is no project; returns the exit status and what failed."""
    report = folder / "junit.xml"
    words = ["contract", "test", "--lakehouse", str(project.folder / "lakehouse"), "--junit", str(report)]
    status = CliRunner().invoke(app, words).exit_code
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314 - the product wrote it
    return status, [str(case.get("name")) for case in cases if case.find("failure") is not None]


def test_a_lakehouse_that_was_published_passes(
    broken: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert compliance(tmp_path, broken) == (0, [])


def test_a_lakehouse_that_was_tampered_with_does_not(
    broken: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table = DeltaTable(lying(broken, "source.endpoints"))
    rows = Pipeline(broken.folder).table("source.endpoints")
    values = [999 if place == 0 else value for place, value in enumerate(rows.column("http_status").to_pylist())]
    column = rows.schema.get_field_index("http_status")
    write_deltalake(table, rows.set_column(column, rows.field(column), [values]), mode="overwrite")
    log = Pipeline(broken.folder).table("log.source")
    versions = [
        text.replace(f'"source.endpoints": {table.version() - 1}', f'"source.endpoints": {table.version()}')
        for text in log.column("table_versions").to_pylist()
    ]
    column = log.schema.get_field_index("table_versions")
    write_deltalake(
        lying(broken, "log.source"), log.set_column(column, log.field(column), [versions]), mode="overwrite"
    )

    status, failed = compliance(tmp_path, broken)

    assert status == 1
    assert any("http_status" in name for name in failed)
