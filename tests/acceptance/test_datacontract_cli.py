"""datacontract-cli and `spectra contract test` say the same of one publication, rule by rule, whole and damaged."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from spectra import Pipeline
from spectra.contract.load import load_contract
from spectra.contract.types import arrow_schema
from spectra.contracting import Contracting, shipped
from spectra.demo.project import write_project
from spectra.demo.server import DemoServer
from spectra.demo.settings import DemoSettings
from tests.acceptance.servers import datacontract

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Rule = tuple[str, str]
    Edit = Callable[[list[dict[str, Any]]], object]

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

FILE = "source.contract.yaml"
TEXT = shipped()[FILE]
CONTRACT = load_contract(TEXT, FILE)
SHORT = {table.full_name: table.name for table in CONTRACT.tables}

# Each kind of check of theirs, and the rule of ours that it is; several of theirs may be one of ours.
OURS = {
    "field_is_present": "schema",
    "field_type": "schema",
    "field_required": "{field}:required",
    "field_enum": "{field}:enum",
    "field_regex": "{field}:pattern",
    "field_minimum": "{field}:range",
    "field_maximum": "{field}:range",
    "primary_key_unique": "key",
    "field_primary_key_unique": "key",
    "servicelevel_freshness": "freshness",
}
# Rules of ours that they have no check for, each with the reason.
OURS_ALONE = {
    ("source", "contract-major"): "they see tables, not the publication, whose row names its contract version"
}
OUTCOMES = {"passed": "passed", "failed": "failed", "error": "failed", "warning": "warned"}
GRAVEST = ("failed", "warned", "passed")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lakehouse of the demo after one run."""
    folder = tmp_path_factory.mktemp("demo") / "project"
    with DemoServer(DemoSettings(executions=500)) as server:
        write_project(folder, server.base_url, server.token)
        Pipeline(folder).source("zephyr")
    return folder / "lakehouse"


def theirs(lakehouse: Path, folder: Path) -> dict[Rule, str]:
    """Return their verdicts, by table and our name for the rule."""
    tables = {table.full_name: arrow_schema(table).empty_table() for table in CONTRACT.tables}
    found: dict[Rule, str] = {}
    for check in datacontract.tested(TEXT, tables | datacontract.publication(lakehouse, "zephyr"), folder):
        name = check["qualityId"] or OURS[check["type"]].format(field=check["field"])
        rule, outcome = (check["model"], name), OUTCOMES[check["result"]]
        found[rule] = min(outcome, found.get(rule, outcome), key=GRAVEST.index)
    return found


def ours(lakehouse: Path) -> dict[Rule, str]:
    """Return our verdicts; what no run has written yet has no rows that could break a rule."""
    cases = Contracting().test(lakehouse=str(lakehouse))[0].cases
    skipped = {case.table for case in cases if case.outcome == "skipped"}
    assert not skipped & set(datacontract.publication(lakehouse, "zephyr"))
    return {
        (SHORT[case.table], case.rule): "passed" if case.outcome == "skipped" else case.outcome
        for case in cases
        if (SHORT[case.table], case.rule) not in OURS_ALONE
    }


def test_lint_accepts_every_shipped_contract(tmp_path: Path) -> None:
    for name, text in shipped().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        done = datacontract.run("lint", str(tmp_path / name))
        assert (done.returncode, "Data contract is valid" in done.stdout) == (0, True), done.stdout
        assert "warning" not in done.stdout.lower()


def test_both_have_the_same_rules_and_the_same_verdicts(demo: Path, tmp_path: Path) -> None:
    mine, other = ours(demo), theirs(demo, tmp_path / "copy")
    assert {rule for rule in mine if rule not in other} == set()
    assert {rule for rule in other if rule not in mine} == set()
    assert mine == other
    assert {guarantee.id for guarantee in CONTRACT.guarantees} <= {rule for _, rule in other}


def setting(number: int, **values: Any) -> Edit:
    return lambda rows: rows[number].update(values)


def without_status(share: float) -> Edit:
    """Take the status away from a share of the rows."""
    return lambda rows: [row.update(http_status=None) for row in rows[: int(len(rows) * share) + 1]]


ENDPOINTS, PORTFOLIO, CONFIG = "source.endpoints", "source.portfolio", "source.config"
BROKEN: list[tuple[str, str, Edit, Rule]] = [
    ("a null", ENDPOINTS, setting(0, endpoint_path=None), ("endpoints", "endpoint_path:required")),
    ("an undeclared value", PORTFOLIO, setting(0, status="fine"), ("portfolio", "status:enum")),
    ("a key twice", CONFIG, lambda rows: rows.append(dict(rows[0])), ("config", "key")),
    ("another text", ENDPOINTS, setting(0, sample_schema_sha256="x"), ("endpoints", "sample_schema_sha256:pattern")),
    ("too small", ENDPOINTS, setting(0, latency_ms=-1.0), ("endpoints", "latency_ms:range")),
    ("too great", PORTFOLIO, setting(0, endpoint_success_rate=1.5), ("portfolio", "endpoint_success_rate:range")),
    ("a must", PORTFOLIO, setting(0, total_endpoints=9), ("portfolio", "G-SRC-003")),
    ("a should", PORTFOLIO, setting(0, hierarchical_access_validated=False), ("portfolio", "G-SRC-010")),
    ("a mask", "source.credentials", setting(0, credential_value="hunter2"), ("credentials", "G-SRC-007")),
    ("some percent", "log.probes", without_status(0.2), ("probes", "G-SRC-031")),
]


@pytest.mark.parametrize(("table", "edit", "rule"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_both_fail_the_same_rules_where_values_were_damaged(
    demo: Path, tmp_path: Path, table: str, edit: Edit, rule: Rule
) -> None:
    lakehouse = tmp_path / "lakehouse"
    shutil.copytree(demo, lakehouse)
    damage(lakehouse, table, edit)
    mine, other = ours(lakehouse), theirs(lakehouse, tmp_path / "copy")
    assert mine[rule] in {"failed", "warned"}
    assert {name: verdict for name, verdict in other.items() if verdict != "passed"} == {
        name: verdict for name, verdict in mine.items() if verdict != "passed"
    }


def test_both_read_a_threshold_in_percent_as_percent(demo: Path, tmp_path: Path) -> None:
    lakehouse = tmp_path / "lakehouse"
    shutil.copytree(demo, lakehouse)
    damage(lakehouse, "log.probes", without_status(0.03))
    rule = ("probes", "G-SRC-031")
    lost = sum(row["http_status"] is None for row in datacontract.rows_of(lakehouse, "log.probes"))
    assert lost > 10
    assert ours(lakehouse)[rule] == theirs(lakehouse, tmp_path / "copy")[rule] == "passed"


def test_a_column_that_is_gone_fails_the_schema_of_both(demo: Path, tmp_path: Path) -> None:
    lakehouse = tmp_path / "lakehouse"
    shutil.copytree(demo, lakehouse)
    rewrite(lakehouse, ENDPOINTS, lambda found: found.drop_columns("resource"))
    assert (
        ours(lakehouse)["endpoints", "schema"]
        == theirs(lakehouse, tmp_path / "copy")["endpoints", "schema"]
        == "failed"
    )


def damage(lakehouse: Path, table: str, edit: Edit) -> None:
    def damaged(found: pa.Table) -> pa.Table:
        rows = sorted(found.to_pylist(), key=lambda row: str(row.get("probe_status")))  # what answered comes first
        edit(rows)
        return pa.Table.from_pylist(rows, schema=found.schema)

    rewrite(lakehouse, table, damaged)


def rewrite(lakehouse: Path, table: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """Write a table anew, so that version 0, which the run names, holds other rows."""
    path = lakehouse / "Tables" / table.replace(".", "/")
    found = change(DeltaTable(path).to_pyarrow_dataset().to_table())
    shutil.rmtree(path)
    write_deltalake(path, found, partition_by=["source_system"])
