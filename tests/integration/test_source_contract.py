"""The shipped Source contract: valid ODCS, and each guarantee fails for its own reason and for no other."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from importlib.resources import files
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from deltalake import DeltaTable, write_deltalake
from open_data_contract_standard.model import OpenDataContractStandard
from ruamel.yaml import YAML

from spectra.contract.guarantees import GuaranteeResult, evidence_of, run_guarantees
from spectra.contract.model import Guarantee
from spectra.contract.types import arrow_schema
from spectra.engines.local import LocalEngine
from spectra.quality.bar import Bar
from spectra.quality.checks import Sql
from spectra.runs.readiness import PROBE_READINESS
from tests.integration.source_corruptions import CORRUPTIONS
from tests.integration.source_rows import CONTRACT, RUN, TEXT, Rows, consistent, row, tables_of, without_auth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from spectra.contract.model import Column
    from tests.integration.source_corruptions import Corruption

ENGINE = LocalEngine(threads=1)
STANDARD = OpenDataContractStandard.from_string(TEXT)
MUSTS = {guarantee.id for guarantee in CONTRACT.guarantees if guarantee.level == "must"}
READINESS_SQL = (files("spectra") / "contracts" / "readiness.sql").read_text(encoding="utf-8")
HANDOFF = [
    *("latest-run-success", "newer-run-unfinished", "abandoned-unrecorded", "freshness", "tables-present", "auth"),
    *("endpoint-count", "contract-major", "must-guarantees", "should-guarantees", "levels-reached", "filters-proven"),
]
DIMENSIONS = {
    *("accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness"),
}
NOT_KNOWN_YET = {"requests_per_second", "duration_seconds", "table_creation_duration_ms", "error_category"} | {
    "guarantees_passed",
    "guarantees_failed",
}


def results(rows: Rows) -> dict[str, GuaranteeResult]:
    return {result.id: result for result in run_guarantees(CONTRACT, tables_of(rows), ENGINE.query_each, RUN)}


def failing(rows: Rows, named: Iterable[str] = ()) -> list[str]:
    """Return what fails; of the guarantees in whose SQL one of the texts stands, where only these can have changed."""
    texts, known = list(named), list(CONTRACT.tables)
    chosen = [
        guarantee
        for guarantee in CONTRACT.guarantees
        if not texts or any(text in evidence_of(guarantee, known, {}) for text in texts)
    ]
    asked = run_guarantees(replace(CONTRACT, guarantees=tuple(chosen)), tables_of(rows), ENGINE.query_each, RUN)
    return [result.id for result in asked if not result.passed]


def given(corruption: Corruption) -> Rows:
    rows = consistent()
    if corruption.given:
        corruption.given(rows)
    return rows


def changed_tables(corruption: Corruption) -> set[str]:
    rows = given(corruption)
    before = deepcopy(rows)
    corruption.change(rows)
    return {table for table in rows if rows[table] != before[table]}


def test_all_27_must_and_8_should_hold_where_everything_agrees() -> None:
    held = results(consistent())
    assert list(held) == [f"G-SRC-{number:03}" for number in range(1, 36)]
    assert [result for result in held.values() if not result.passed] == []
    assert {result.observed for result in held.values()} == {"0", "1"}
    assert len(MUSTS) == 27


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda each: f"{each.guarantee} {each.name}")
def test_exactly_the_guarantee_fails_whose_promise_is_broken(corruption: Corruption) -> None:
    rows = given(corruption)
    if corruption.given:
        assert failing(rows) == []
    corruption.change(rows)
    reads = ['FROM "{}"."{}"'.format(*table.split(".")) for table in changed_tables(corruption)]
    assert failing(rows, reads) == [corruption.guarantee]


def test_every_guarantee_has_a_corruption_that_it_alone_sees() -> None:
    assert {corruption.guarantee for corruption in CORRUPTIONS} == {each.id for each in CONTRACT.guarantees}


def test_every_guarantee_has_one_in_just_the_table_that_it_stands_under() -> None:
    own = {guarantee.id: {guarantee.table} for guarantee in CONTRACT.guarantees}
    assert {each.guarantee for each in CORRUPTIONS if changed_tables(each) == own[each.guarantee]} == own.keys()


def audited_columns() -> list[tuple[str, Column]]:
    """Every column of every table that the audit sees, but for those that tell which rows it sees."""
    tables = [CONTRACT.table(name) for name in consistent()]
    return [
        (table.full_name, column)
        for table in tables
        for column in table.columns
        if column.name != "source_system" and not (table.is_log and column.name == "execution_id")
    ]


def forbidden_values() -> Iterator[Any]:
    for table, column in audited_columns():
        for value in (
            *([None] if column.required else []),
            *(["undeclared"] if column.allowed else []),
            *([column.minimum - 1] if column.minimum is not None else []),
            *([column.maximum + 1] if column.maximum is not None else []),
        ):
            if column.name not in NOT_KNOWN_YET:
                whole = int(value) if column.type == "long" and value is not None else value
                yield pytest.param(table, column.name, whole, id=f"{table}.{column.name}-{whole}")


@pytest.mark.parametrize(("table", "column", "value"), [*forbidden_values()])
def test_a_value_that_its_column_forbids_fails_a_must(table: str, column: str, value: Any) -> None:
    rows = consistent()
    holder = next((each for each in rows[table] if each[column] is not None), rows[table][0])
    holder[column] = value
    assert set(failing(rows, [column])) & MUSTS


def test_a_status_that_nobody_declared_fails_as_such() -> None:
    rows = consistent()
    rows["source.endpoints"][0]["probe_status"] = "ok"
    rows["log.probes"][0]["probe_status"] = "ok"
    assert "G-SRC-006" in failing(rows)


def test_the_readiness_of_an_endpoint_is_judged_as_the_program_judges_it() -> None:
    guarantee = next(each for each in CONTRACT.guarantees if each.id == "G-SRC-025")
    pairs = list(product(PROBE_READINESS, ("READY", "DEGRADED", "BLOCKED")))
    rows = [row("source.endpoints", probe_status=status, readiness=readiness) for status, readiness in pairs]
    for single, (status, readiness) in zip(rows, pairs, strict=True):
        tables = {"endpoints": tables_of({"source.endpoints": [single]})["source.endpoints"]}
        broken = ENGINE.query(guarantee.check.sql("endpoints"), tables).column(0)[0].as_py()
        assert broken == (PROBE_READINESS[status] != readiness), (status, readiness)


def test_a_source_without_levels_credentials_and_probes_keeps_every_promise() -> None:
    rows = consistent() | {"log.probes": [], "log.findings": []}
    without_auth(rows)
    rows["source.endpoints"] = rows["source.endpoints"][3:]
    counts = {"endpoint_probed_count": 0, "endpoint_success_count": 0, "endpoint_success_rate": None}
    rows["source.portfolio"][0].update(
        **counts,
        hierarchical_access_validated=None,
        total_endpoints=3,
        hierarchical_endpoints=2,
        endpoint_categories='{"orphan": 1, "project": 2}',
    )
    traffic = dict.fromkeys(("request_count", "bytes_received"), 0) | dict.fromkeys(
        ("latency_p50_ms", "latency_p95_ms")
    )
    summary = '{"total": 0, "critical": 0, "by_category": {}, "by_code": {}}'
    rows["log.source"][0].update(**counts, **traffic, endpoint_count=3, error_summary=summary)
    assert failing(rows) == []


def test_a_table_that_is_not_there_breaks_the_promises_about_it_and_no_other() -> None:
    tables = tables_of(consistent())
    del tables["source.credentials"]
    broken = [result for result in run_guarantees(CONTRACT, tables, ENGINE.query_each, RUN) if not result.passed]
    assert [result.id for result in broken] == ["G-SRC-007", "G-SRC-013", "G-SRC-018", "G-SRC-019", "G-SRC-027"]
    assert all(result.observed.startswith("query-failed: Catalog Error: Table") for result in broken)


def test_rows_of_other_runs_and_sources_are_not_looked_at() -> None:
    rows = consistent()
    for table in rows:
        is_log = table.startswith("log.")  # what a run replaces whole is looked at whole
        other_run = [each | {"execution_id": "zephyr-source-older"} for each in rows[table] if is_log]
        other_source = [each | {"source_system": "jira"} for each in rows[table]]
        rows[table] += other_run + other_source
    rows["source.portfolio"][1]["endpoint_success_rate"] = 0.7
    assert failing(rows) == []
    assert len([r for r in run_guarantees(CONTRACT, tables_of(rows), ENGINE.query_each) if not r.passed]) >= 3


def test_the_evidence_is_sql_that_gives_the_number_again() -> None:
    rows = consistent()
    rows["source.endpoints"][3]["not_probed_reason"] = None
    tables = tables_of(rows)
    for result in run_guarantees(CONTRACT, tables, ENGINE.query_each, RUN):
        assert RUN["source_system"] in result.evidence
        assert str(int(ENGINE.query(result.evidence, tables).column(0)[0].as_py())) == result.observed


@pytest.mark.parametrize(
    ("query", "observed"),
    [
        ("SELECT NULL", "one number expected, found null"),
        ("SELECT 'many'", "one number expected, found str"),
        ("SELECT 0 WHERE false", "one number expected, found no row"),
        ("FROM range(7)", "one number expected, found more than one row"),
        ("SELECT 0, 0", "one number expected, found 2 columns"),
        ("SELECT 'NaN'::DOUBLE", "one number expected, found nan"),
        ("SELECT 'inf'::DOUBLE", "one number expected, found inf"),
        ("SELECT 1 FROM nowhere", "query-failed: Catalog Error: Table with name nowhere does not exist!"),
        ("SELECT error('broken')", "query-failed: Invalid Input Error: broken"),
        ("SELECT 0) AS a, (SELECT 0", "query-failed: Parser Error"),
        ("COPY portfolio TO '/tmp/x'", "query-failed: "),
        ("SELECT * FROM read_text('/etc/passwd')", "query-failed: Permission Error"),
        ("WITH p AS (SELECT * FROM portfolio) SELECT count(*) + 1 FROM p", "2"),
        ("SELECT sum(total_endpoints) + 0.5 FROM portfolio", "6.5"),
    ],
)
def test_a_query_that_gives_no_number_or_another_one_fails_alone(query: str, observed: str) -> None:
    own = Guarantee("OWN-1", "must", "source.portfolio", "none", Sql(query), Bar("mustBe", (0, 0)))
    contract = replace(CONTRACT, guarantees=(*CONTRACT.guarantees[:5], own, *CONTRACT.guarantees[5:], own))
    found = run_guarantees(contract, tables_of(consistent()), ENGINE.query_each, RUN)
    failed = [result for result in found if not result.passed]
    assert [result.id for result in failed] == ["OWN-1", "OWN-1"]
    assert failed[0].observed.startswith(observed)


def test_the_contract_is_what_the_standards_own_models_accept() -> None:
    read = STANDARD
    assert (read.apiVersion, read.id, read.version) == ("v3.2.0", "urn:spectra:source", "1.2.0")
    assert [table.physicalName for table in read.schema_ or []] == [table.full_name for table in CONTRACT.tables]


def test_the_contract_uses_no_key_that_the_standard_does_not_know() -> None:
    """The models of the standard drop what they do not know; what is dropped is missing when dumped."""
    given = YAML(typ="safe").load(TEXT)
    kept = OpenDataContractStandard(**given).model_dump(by_alias=True, exclude_none=True)

    def keys(value: Any, path: str = "") -> set[str]:
        if isinstance(value, dict):
            return {f"{path}/{k}" for k in value} | {each for k, v in value.items() for each in keys(v, f"{path}/{k}")}
        return {each for v in value for each in keys(v, path)} if isinstance(value, list) else set()

    assert keys(given) - keys(kept) == set()


def test_values_in_the_sql_are_the_values_that_the_columns_declare() -> None:
    declared: dict[str, set[tuple[str, ...]]] = {}
    for _, column in audited_columns():
        declared.setdefault(column.name, set()).add(column.allowed)
    lists = [
        (name, tuple(re.findall(r"'(\w+)'", values)))
        for guarantee in CONTRACT.guarantees
        for name, values in re.findall(r"coalesce\((\w+), ''\) NOT IN \(([^)]*)\)", guarantee.check.sql("own"))
    ]
    assert len(lists) == 12
    assert [(name, values) for name, values in lists if values not in declared[name]] == []


def test_the_handoff_names_the_checks_that_readiness_reports() -> None:
    named = [each["check"] for each in CONTRACT.custom["handoff"]]
    assert named == HANDOFF
    assert re.findall(r"SELECT source_system, \d+(?: AS place)?,\s+'([a-z-]+)'", READINESS_SQL) == named


def test_the_newest_entry_of_the_changelog_is_this_version() -> None:
    entries = CONTRACT.custom["changelog"]
    assert entries[0]["version"] == CONTRACT.version
    versions = [tuple(map(int, each["version"].split("."))) for each in entries]
    assert versions == sorted(versions, reverse=True)
    assert all(each["changes"] and re.fullmatch(r"\d{4}-\d\d-\d\d", each["date"]) for each in entries)


def test_freshness_is_a_promise_of_time_about_a_column_that_is_there() -> None:
    promise = next(each for each in CONTRACT.time_promises if each.kind == "freshness")
    name, column = (promise.element or "").split(".")
    assert column in next(table for table in CONTRACT.tables if table.name == name).column_names
    assert promise.duration.total_seconds() == 86_400


def test_the_contract_says_whom_to_ask() -> None:
    assert STANDARD.team
    assert {each.scope for each in STANDARD.support or []} == {"interactive", "issues", "announcements"}


@pytest.mark.parametrize("guarantee", CONTRACT.guarantees, ids=lambda each: each.id)
def test_every_guarantee_is_a_plain_sentence_with_dimension_and_severity(guarantee: Guarantee) -> None:
    written = {
        rule.id: rule
        for table in STANDARD.schema_ or []
        for rule in [*(table.quality or []), *(each for p in table.properties or [] for each in p.quality or [])]
    }[guarantee.id]
    assert re.fullmatch(r"[A-Za-z0-9_].*[^.]\.", guarantee.promise)
    assert len(guarantee.promise) <= 120
    assert written.severity == {"must": "error", "should": "warning"}[guarantee.level]
    assert written.dimension in DIMENSIONS


def test_every_table_names_its_source_first_and_is_partitioned_by_it() -> None:
    read = STANDARD
    for table in read.schema_ or []:
        first, *others = table.properties or []
        assert (first.name, first.partitioned, first.required) == ("source_system", True, True)
        assert not [column.name for column in others if column.partitioned]


def test_every_column_says_what_it_holds() -> None:
    assert [
        f"{table.full_name}.{column.name}"
        for table in CONTRACT.tables
        for column in table.columns
        if not column.description
    ] == []


def test_the_envelope_stands_in_the_log() -> None:
    assert set(CONTRACT.custom["envelope"]) <= set(CONTRACT.table("log.source").column_names)


@pytest.mark.parametrize("table", CONTRACT.tables, ids=lambda table: table.full_name)
def test_every_table_is_kept_by_delta_as_declared_and_readable_by_anyone(table: Any, tmp_path: Path) -> None:
    schema = arrow_schema(table)
    write_deltalake(tmp_path / "t", schema.empty_table(), partition_by=["source_system"])
    kept = DeltaTable(tmp_path / "t")
    assert (kept.protocol().min_reader_version, kept.protocol().min_writer_version) == (1, 2)
    assert [field.name for field in kept.schema().fields] == schema.names
    assert [str(field.type) for field in kept.schema().fields] == [_DELTA[column.type] for column in table.columns]


_DELTA = {name: f'PrimitiveType("{name}")' for name in ("string", "long", "double", "boolean", "date", "timestamp")} | {
    "array<string>": 'ArrayType(PrimitiveType("string"), contains_null=True)'
}
