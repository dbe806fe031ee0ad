"""`spectra contract` over a real lakehouse: each rule fails for its own reason, and evidence gives its number again."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from typer.testing import CliRunner, Result

from spectra.cli.main import app
from spectra.contracting import Contracting, shipped
from spectra.errors import ProjectNotFoundError, SpectraError
from spectra.testing.served import ServedApi
from tests.integration.conftest import Project, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Row = dict[str, Any]
    Edit = Callable[[list[Row]], object]

pytestmark = pytest.mark.acceptance

TEXT = shipped()["source.contract.yaml"]


def spectra(*words: str) -> Result:
    return CliRunner().invoke(app, ["contract", *words])


@dataclass(frozen=True, slots=True)
class FixedClock:
    at: datetime

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project with one publication, and after it a run that failed its audit because the project asked for more."""
    with ServedApi(World()) as api:
        made = Project(tmp_path_factory.mktemp("published") / "project", api.url)
        made.write()
        made.pipeline().source("acme")
        (made.folder / "contracts").mkdir()
        (made.folder / "contracts" / "source.contract.yaml").write_text(tightened(), encoding="utf-8")
        with pytest.raises(SpectraError):
            made.pipeline().source("acme")
        (made.folder / "contracts" / "source.contract.yaml").unlink()
        yield made


def tightened() -> str:
    """Return the shipped contract with one must more, which no run keeps."""
    more = (
        "    quality:\n      - {id: G-OWN-001, type: sql, query: SELECT 1, mustBe: 0, description: Never kept.,\n"
        "         dimension: accuracy, customProperties: [{property: level, value: must}]}\n"
    )
    head, found, rest = TEXT.partition("    physicalName: source.endpoints\n")
    return head + found + rest.replace("    quality:\n", more, 1)


@pytest.fixture
def lakehouse(published: Project, tmp_path: Path) -> Path:
    """A copy of the lakehouse, to be damaged, in a folder that is no project."""
    shutil.copytree(published.folder / "lakehouse", tmp_path / "copy")
    return tmp_path / "copy"


def rewritten(lakehouse: Path, table: str, edit: Callable[[pa.Table], pa.Table]) -> None:
    """Write a table anew, so that the version which the run names holds other rows."""
    path = lakehouse / "Tables" / table.replace(".", "/")
    version = 0 if table.startswith("source.") else None
    found = edit(pa.table(DeltaTable(path, version=version).to_pyarrow_dataset().to_table()))
    shutil.rmtree(path)
    write_deltalake(path, found, partition_by=["source_system"])


def corrupted(lakehouse: Path, table: str, edit: Edit) -> None:
    def edited(found: pa.Table) -> pa.Table:
        rows = sorted(found.to_pylist(), key=lambda row: str(row.get("probe_status")))  # what answered comes first
        edit(rows)
        return pa.Table.from_pylist(rows, schema=found.schema)

    rewritten(lakehouse, table, edited)


def unkept(lakehouse: Path, **given: Any) -> dict[str, str]:
    """Return `table rule` and outcome of every case that is neither passed nor skipped."""
    tested = Contracting(**given).test(lakehouse=str(lakehouse))
    return {f"{case.table} {case.rule}": case.outcome for one in tested for case in one.cases if case.outcome not in OK}


OK = {"passed", "skipped"}
UNKNOWN_RUN = "acme-source-20260101T000000-000000"


def setting(number: int, **values: Any) -> Edit:
    return lambda rows: rows[number].update(values)


def of_success(**values: Any) -> Edit:
    return lambda rows: [row.update(values) for row in rows if row["status"] == "Success"]


def _foreign(name: str, value: str, **values: Any) -> Edit:
    """Add a row that is another's."""
    return lambda rows: rows.append(rows[0] | {name: value} | values)


def test_what_was_published_keeps_every_rule(lakehouse: Path) -> None:
    tested = Contracting().test(lakehouse=str(lakehouse))
    cases = tested[0].cases
    assert [one.source_system for one in tested] == ["acme"]
    assert {case.outcome for case in cases} == OK
    assert {case.table for case in cases if case.outcome == "skipped"} == {"log.notifications"}
    assert len({(case.table, case.rule) for case in cases}) == len(cases)


ENDPOINT = "source.endpoints"
BROKEN: list[tuple[str, str, Edit, str]] = [
    ("a null", ENDPOINT, setting(0, endpoint_path=None), "endpoints endpoint_path:required, endpoints G-SRC-027"),
    ("below the range", ENDPOINT, setting(0, latency_ms=-1.0), "endpoints latency_ms:range, endpoints G-SRC-022"),
    ("no number", ENDPOINT, setting(0, latency_ms=float("nan")), "endpoints latency_ms:range, endpoints G-SRC-022"),
    ("another text", ENDPOINT, setting(0, sample_schema_sha256="x"), "endpoints sample_schema_sha256:pattern"),
    ("undeclared", "source.portfolio", setting(0, status="fine"), "portfolio status:enum, endpoints G-SRC-006"),
    ("twice", "source.config", lambda rows: rows.append(dict(rows[0])), "config key, config G-SRC-012"),
    ("a must", "source.portfolio", setting(0, total_endpoints=9), "portfolio G-SRC-003"),
]


@pytest.mark.parametrize(("table", "edit", "failing"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_exactly_the_rules_fail_that_are_broken(lakehouse: Path, table: str, edit: Edit, failing: str) -> None:
    corrupted(lakehouse, table, edit)
    assert unkept(lakehouse) == {f"source.{rule}": "failed" for rule in failing.split(", ")}


def test_a_rule_of_the_log_is_looked_at_in_the_row_of_the_run(lakehouse: Path) -> None:
    corrupted(lakehouse, "log.source", of_success(execution_mode="robot"))
    assert unkept(lakehouse) == {f"log.source {rule}": "failed" for rule in ("execution_mode:enum", "G-SRC-020")}


def test_a_should_that_does_not_hold_is_a_warning_and_no_failure(lakehouse: Path, tmp_path: Path) -> None:
    corrupted(lakehouse, ENDPOINT, setting(0, latency_ms=9000.0))
    report = tmp_path / "report.xml"
    done = spectra("test", "--lakehouse", str(lakehouse), "--junit", str(report))
    case = ET.parse(report).getroot().find(".//testcase[@name='G-SRC-032']")  # noqa: S314 - our own file
    assert (done.exit_code, unkept(lakehouse)) == (0, {"source.endpoints G-SRC-032": "warned"})
    assert case is not None
    assert (case.find("failure"), "warning: " in (case.findtext("system-out") or "")) == (None, True)


def test_rows_of_other_sources_and_runs_are_not_looked_at(lakehouse: Path) -> None:
    corrupted(
        lakehouse, "source.endpoints", lambda rows: rows.append(rows[0] | {"source_system": "b", "latency_ms": -1.0})
    )
    corrupted(lakehouse, "log.probes", _foreign("execution_id", "older", attempts=-1))
    assert unkept(lakehouse) == {}


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        pytest.param(
            lambda found: found.drop_columns("pagination_seen"), "no column pagination_seen", id="a column less"
        ),
        pytest.param(
            lambda found: found.append_column("colour", pa.array(["blue"] * len(found))),
            "undeclared column colour",
            id="more",
        ),
        pytest.param(
            lambda found: found.set_column(
                found.schema.get_field_index("http_status"), "http_status", found["http_status"].cast(pa.int32())
            ),
            "http_status is int32, expected int64",
            id="another type",
        ),
    ],
)
def test_other_columns_than_those_declared_are_a_failure(
    lakehouse: Path, edit: Callable[[pa.Table], pa.Table], said: str
) -> None:
    rewritten(lakehouse, "source.endpoints", edit)
    cases = Contracting().test(lakehouse=str(lakehouse))[0].cases
    assert [case.observed for case in cases if case.rule == "schema" and case.outcome == "failed"] == [said]


def test_a_later_minor_version_may_have_more_columns_and_another_major_not(lakehouse: Path) -> None:
    more = pa.array(["blue"])
    rewritten(lakehouse, "source.portfolio", lambda found: found.append_column("colour", more))
    assert set(unkept(lakehouse)) == {"source.portfolio schema"}
    corrupted(lakehouse, "log.source", of_success(contract_version="1.99.0"))
    assert "source.portfolio schema" not in unkept(lakehouse)
    corrupted(lakehouse, "log.source", of_success(contract_version="2.0.0"))
    assert "log.source contract-major" in unkept(lakehouse)


def test_a_publication_that_is_too_old_fails_the_freshness(lakehouse: Path) -> None:
    clock = FixedClock(datetime.now(UTC) + timedelta(days=1, hours=2))
    assert unkept(lakehouse, clock=clock) == {"log.source freshness": "failed"}


def test_a_table_that_is_gone_fails_by_name(lakehouse: Path) -> None:
    shutil.rmtree(lakehouse / "Tables" / "source" / "config")
    failed = unkept(lakehouse)
    assert {"source.config schema", "source.config key", "source.config G-SRC-012"} <= failed.keys()


def test_the_report_has_a_case_for_each_rule_with_what_was_expected_and_seen(lakehouse: Path, tmp_path: Path) -> None:
    corrupted(lakehouse, "source.endpoints", setting(0, sample_schema_sha256="x", rate_limit_seen="<&\x00>"))
    report = tmp_path / "report.xml"
    done = spectra("test", "--lakehouse", str(lakehouse), "--junit", str(report), "--json")
    document = json.loads(done.stdout)
    suite = ET.parse(report).getroot()[0]  # noqa: S314 - our own file
    failures = {f"{case.get('classname')} {case.get('name')}": case.find("failure") for case in suite.iter("testcase")}
    failed = {name: found.get("message") for name, found in failures.items() if found is not None}
    assert (done.exit_code, document["passed"]) == (1, False)
    assert len(failures) == len(document["sources"][0]["cases"]) == int(suite.get("tests") or 0)
    assert (suite.get("name"), suite.get("failures")) == ("acme", "1")
    said = "sample_schema_sha256 matches ^[0-9a-f]{64}$. Expected mustBe 0, observed 1."
    assert failed == {"source.endpoints sample_schema_sha256:pattern": said}


def test_a_contract_of_ones_own_is_tested_as_well(lakehouse: Path, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(tightened(), encoding="utf-8")
    done = spectra("test", "--lakehouse", str(lakehouse), "--contract", str(tmp_path / "own.yaml"), "--source", "acme")
    assert (done.exit_code, "G-OWN-001" in done.stdout) == (1, True)


def test_the_contract_of_the_project_is_the_one_in_force(published: Project, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    shutil.copytree(published.folder, folder)
    (folder / "contracts").mkdir(exist_ok=True)
    (folder / "contracts" / "source.contract.yaml").write_text(tightened(), encoding="utf-8")
    done = spectra("test", "--project", str(folder))
    assert (done.exit_code, "G-OWN-001" in done.stdout) == (1, True)


def test_one_source_of_several_that_fails_is_enough(lakehouse: Path) -> None:
    corrupted(lakehouse, "log.source", _foreign("source_system", "beta", status="Success"))
    tested = Contracting().test(lakehouse=str(lakehouse))
    assert [(one.source_system, bool(one.count("failed"))) for one in tested] == [("acme", False), ("beta", True)]
    assert spectra("test", "--lakehouse", str(lakehouse)).exit_code == 1


def test_columns_that_came_after_the_publication_are_no_difference_of_it(lakehouse: Path) -> None:
    path = lakehouse / "Tables" / "source" / "portfolio"
    found = pa.table(DeltaTable(path).to_pyarrow_dataset().to_table())
    more = found.append_column("colour", pa.array(["blue"] * len(found)))
    write_deltalake(path, more, mode="append", schema_mode="merge")
    assert unkept(lakehouse) == {}


@pytest.mark.parametrize(
    ("words", "code", "status"),
    [
        (("test", "--lakehouse", "{empty}"), "not-run-yet", 1),
        (("test", "--lakehouse", "{lake}", "--source", "nobody"), "definition-not-found", 2),
        (("test", "--lakehouse", "{lake}", "--contract", "none.yaml"), "file-unreadable", 2),
        (("test", "--lakehouse", "{lake}", "--contract", "sauce"), "definition-not-found", 2),
        (("test", "--lakehouse", "{lake}", "--project", "{empty}"), "project-not-found", 2),
        (("test",), "project-not-found", 2),
        (("test", "--lakehouse", "{lake}", "--junit", "{empty}"), "file-unwritable", 2),
        (
            ("check", "acme", "--lakehouse", "{lake}", "--execution", "acme-source-20260101T000000-000000"),
            "unknown-run",
            2,
        ),
        (("check", "nobody", "--lakehouse", "{lake}"), "definition-not-found", 2),
    ],
)
def test_what_is_not_there_is_named(
    lakehouse: Path, tmp_path: Path, words: tuple[str, ...], code: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    done = spectra(*(word.format(lake=lakehouse, empty=tmp_path / "empty") for word in words), "--json")
    assert (json.loads(done.stdout)["error"]["code"], done.exit_code) == (code, status)


def test_the_evidence_of_a_publication_gives_its_numbers_again(published: Project) -> None:
    done = spectra("check", "acme", "--project", str(published.folder), "--json")
    document = json.loads(done.stdout)
    assert (done.exit_code, document["kept"], document["status"]) == (0, True, "Success")
    assert {each["agrees"] for each in document["guarantees"]} == {True}
    assert len(document["guarantees"]) == TEXT.count("id: G-")


def test_rows_changed_after_the_run_no_longer_agree_with_its_evidence(lakehouse: Path) -> None:
    corrupted(lakehouse, "source.portfolio", setting(0, total_endpoints=9))
    done = spectra("check", "acme", "--lakehouse", str(lakehouse), "--json")
    differing = [each for each in json.loads(done.stdout)["guarantees"] if each["agrees"] is False]
    assert done.exit_code == 1
    assert [(each["id"], each["recorded"], each["again"]) for each in differing] == [("G-SRC-003", "0", "1")]


def test_of_a_run_that_published_nothing_only_its_logs_are_asked_again(published: Project) -> None:
    failed = next(row for row in published.rows("log.source") if row["error_code"] == "guarantee-failed")
    words = ("check", "acme", "--project", str(published.folder), "--execution", failed["execution_id"])
    shown, document = spectra(*words), json.loads(spectra(*words, "--json").stdout)
    notes = {each["id"]: each["note"] for each in document["guarantees"]}
    assert (shown.exit_code, document["kept"]) == (1, False)
    assert notes["G-SRC-003"] == "source.endpoints, source.portfolio not published by this run"
    assert "not published by this run" in shown.stdout
    assert "G-OWN-001  must   did not hold: recorded 1 · again 1" in shown.stdout


def test_a_run_without_evidence_says_so(published: Project) -> None:
    published.write(token="wrong-7f3a9c51d2e84b60-token")
    with pytest.raises(SpectraError):
        published.pipeline().source("acme")
    published.write()
    newest = published.newest()["execution_id"]
    done = spectra("check", "acme", "--project", str(published.folder), "--execution", newest)
    assert (done.exit_code, "no evidence is recorded" in done.stdout) == (1, True)


def test_a_run_of_another_source_is_refused(published: Project) -> None:
    run = published.pipeline().latest("acme").execution_id
    words = ("--project", str(published.folder), "--execution", run, "--json")
    assert json.loads(spectra("check", "other", *words).stdout)["error"]["code"] == "unknown-run"


def test_a_project_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    assert Contracting.find(tmp_path).project is None
    with pytest.raises(ProjectNotFoundError):
        Contracting.find(tmp_path, required=True)
