"""The shipped Source contract: valid ODCS, and each guarantee fails for its own reason and for no other."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from deltalake import DeltaTable, write_deltalake
from open_data_contract_standard.model import OpenDataContractStandard
from ruamel.yaml import YAML

from spectra.contract.guarantees import GuaranteeResult, run_guarantees
from spectra.contract.load import load_contract
from spectra.contract.model import Guarantee
from spectra.contract.types import arrow_schema, rows_to_table
from spectra.engines.local import LocalEngine
from spectra.quality.bar import Bar
from spectra.quality.checks import Sql

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

    Rows = dict[str, list[dict[str, Any]]]

TEXT = (files("spectra") / "contracts" / "source.contract.yaml").read_text(encoding="utf-8")
CONTRACT = load_contract(TEXT, "source.contract.yaml")
IDS = [f"G-SRC-{number:03}" for number in range(1, 11)]
NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
RUN = {"source_system": "zephyr", "execution_id": "zephyr-source-20261123T021500-abc123"}
ENGINE = LocalEngine()

# method, path, probe_status, http_status, readiness
ENDPOINTS = [
    ("GET", "/project", "accessible", 200, "READY"),
    ("GET", "/release/{id}", "empty", 200, "READY"),
    ("GET", "/secret", "forbidden", 403, "BLOCKED"),
    ("GET", "/orphan/{id}", "not_probed", None, "DEGRADED"),
    ("POST", "/project", "not_probed", None, "DEGRADED"),
    ("DELETE", "/project/{id}", "not_probed", None, "DEGRADED"),
]


def row(table: str, **values: Any) -> dict[str, Any]:
    """Return a row of a table with every column, null where nothing is said."""
    return dict.fromkeys(CONTRACT.table(table).column_names) | values


def consistent() -> Rows:
    """Return the rows of a run in which everything agrees and everything is well."""
    endpoints = [
        row(
            "source.endpoints",
            **RUN,
            endpoint_path=path,
            full_path=path,
            http_method=method,
            hierarchical="{id}" in path,
            probe_status=status,
            http_status=http_status,
            not_probed_reason="no id was found" if status == "not_probed" and method == "GET" else None,
            readiness=readiness,
            probed_at=None if status == "not_probed" else NOW,
        )
        for method, path, status, http_status, readiness in ENDPOINTS
    ]
    probes = [
        row(
            "log.probes",
            **RUN,
            purpose="probe",
            url="https://example.test" + each["full_path"],
            attempts=1,
            redacted=False,
            **{name: each[name] for name in ("http_method", "full_path", "probe_status", "http_status", "probed_at")},
        )
        for each in endpoints
        if each["probed_at"]
    ]
    auth = probes[0] | {"purpose": "auth"}
    return {
        "source.endpoints": endpoints,
        "log.probes": [auth, *probes],
        "log.findings": [],
        "source.credentials": [
            row(
                "source.credentials",
                **RUN,
                credential_name="token",
                credential_type="bearer",
                reference="env:ZEPHYR_API_TOKEN",
                credential_value="***4f2",
            )
        ],
        "source.portfolio": [
            row(
                "source.portfolio",
                **RUN,
                contract_version="1.0.0",
                discovery_date=date(2026, 11, 20),
                total_endpoints=6,
                hierarchical_endpoints=3,
                auth_method="bearer",
                auth_status="Success",
                hierarchical_access_validated=True,
                endpoint_probed_count=3,
                endpoint_success_count=2,
                endpoint_success_rate=2 / 3,
                status="active",
                is_enabled=True,
                readiness="BLOCKED",
                last_updated=NOW,
            )
        ],
    }


def tables_of(rows: Rows) -> dict[str, pa.Table]:
    return {name: rows_to_table(CONTRACT.table(name), each) for name, each in rows.items()}


def results(rows: Rows) -> dict[str, GuaranteeResult]:
    return {result.id: result for result in run_guarantees(CONTRACT, tables_of(rows), ENGINE.query, RUN)}


def failing(rows: Rows) -> list[str]:
    return [result.id for result in results(rows).values() if not result.passed]


def set_in(table: str, index: int, **values: Any) -> Callable[[Rows], None]:
    return lambda rows: rows[table][index].update(values)


def copied(table: str, index: int) -> Callable[[Rows], None]:
    return lambda rows: rows[table].append(dict(rows[table][index]))


def removed(table: str, index: int) -> Callable[[Rows], None]:
    return lambda rows: rows[table].__delitem__(index)


def unanswered(rows: Rows) -> None:
    """Let a probed endpoint fail, truthfully told in endpoints and log."""
    rows["source.endpoints"][2].update(probe_status="failed", http_status=500)
    rows["log.probes"][3].update(probe_status="failed", http_status=500)


def level_without_verdict(rows: Rows) -> None:
    rows["source.portfolio"][0].update(hierarchical_access_validated=None)
    found = row("log.findings", **RUN, stage="source", kind="level", outcome="failed", severity="error", found_at=NOW)
    rows["log.findings"].append(found)


def test_all_ten_hold_where_everything_agrees() -> None:
    held = results(consistent())
    assert list(held) == IDS
    assert [result for result in held.values() if not result.passed] == []
    assert {result.observed for result in held.values()} == {"0", "1"}


@pytest.mark.parametrize(
    ("guarantee", "corrupt"),
    [
        pytest.param("G-SRC-001", set_in("source.endpoints", 5, http_method="POST", full_path="/project"), id="twice"),
        pytest.param("G-SRC-002", copied("source.portfolio", 0), id="two portfolio rows"),
        pytest.param("G-SRC-002", removed("source.portfolio", 0), id="no portfolio row"),
        pytest.param("G-SRC-003", set_in("source.portfolio", 0, endpoint_success_rate=0.70), id="the constant 0.70"),
        pytest.param("G-SRC-003", set_in("source.portfolio", 0, endpoint_success_rate=None), id="no rate"),
        pytest.param("G-SRC-003", set_in("source.portfolio", 0, total_endpoints=7), id="one endpoint too many"),
        pytest.param("G-SRC-003", set_in("source.portfolio", 0, total_endpoints=None), id="no total"),
        pytest.param("G-SRC-003", set_in("source.portfolio", 0, endpoint_probed_count=4), id="one probe too many"),
        pytest.param("G-SRC-003", set_in("source.portfolio", 0, endpoint_success_count=3), id="one success too many"),
        pytest.param("G-SRC-003", set_in("source.portfolio", 0, hierarchical_endpoints=2), id="one parent too few"),
        pytest.param("G-SRC-004", set_in("source.endpoints", 3, not_probed_reason=None), id="not probed, no reason"),
        pytest.param("G-SRC-004", set_in("source.endpoints", 3, not_probed_reason=" "), id="a blank reason"),
        pytest.param("G-SRC-004", set_in("source.endpoints", 0, probed_at=None), id="probed at no time"),
        pytest.param("G-SRC-005", removed("log.probes", 2), id="a probe not logged"),
        pytest.param("G-SRC-005", copied("log.probes", 2), id="a probe logged twice"),
        pytest.param("G-SRC-005", set_in("log.probes", 2, probe_status="failed"), id="another status in the log"),
        pytest.param("G-SRC-005", set_in("log.probes", 2, http_status=500), id="another http status in the log"),
        pytest.param("G-SRC-005", set_in("log.probes", 0, purpose="probe"), id="a proof counted as probe"),
        pytest.param("G-SRC-006", set_in("source.endpoints", 0, readiness="GREEN"), id="undeclared readiness"),
        pytest.param("G-SRC-006", set_in("source.portfolio", 0, status="fine"), id="undeclared status"),
        pytest.param("G-SRC-006", set_in("source.portfolio", 0, readiness="ready"), id="readiness in small letters"),
        pytest.param("G-SRC-007", set_in("source.credentials", 0, credential_value="abc"), id="3 letters, unmasked"),
        pytest.param("G-SRC-007", set_in("source.credentials", 0, credential_value="***4f21"), id="a letter too many"),
        pytest.param("G-SRC-007", set_in("source.credentials", 0, credential_value="hunter2***"), id="mask behind"),
        pytest.param("G-SRC-007", set_in("source.credentials", 0, credential_value="***\n12"), id="a line break"),
        pytest.param("G-SRC-008", set_in("source.portfolio", 0, auth_status="Unknown"), id="auth unproven"),
        pytest.param("G-SRC-009", unanswered, id="an endpoint failed"),
        pytest.param(
            "G-SRC-010", set_in("source.portfolio", 0, hierarchical_access_validated=False), id="level missed"
        ),
        pytest.param("G-SRC-010", level_without_verdict, id="levels walked, no verdict"),
    ],
)
def test_exactly_the_guarantee_fails_whose_promise_is_broken(guarantee: str, corrupt: Callable[[Rows], None]) -> None:
    rows = consistent()
    corrupt(rows)
    assert failing(rows) == [guarantee]


def test_a_status_that_nobody_declared_fails_as_such() -> None:
    rows = consistent()
    rows["source.endpoints"][0]["probe_status"] = "ok"
    rows["log.probes"][1]["probe_status"] = "ok"
    assert "G-SRC-006" in failing(rows)


def test_a_source_without_levels_credentials_and_probes_keeps_every_promise() -> None:
    rows = consistent() | {"source.credentials": [], "log.probes": []}
    rows["source.endpoints"] = rows["source.endpoints"][3:]
    rows["source.portfolio"][0].update(
        auth_status="NotRequired",
        hierarchical_access_validated=None,
        total_endpoints=3,
        hierarchical_endpoints=2,
        endpoint_probed_count=0,
        endpoint_success_count=0,
        endpoint_success_rate=None,
    )
    assert failing(rows) == []


def test_a_table_that_is_not_there_breaks_the_promises_about_it() -> None:
    tables = tables_of(consistent())
    del tables["log.probes"]
    broken = [result for result in run_guarantees(CONTRACT, tables, ENGINE.query, RUN) if not result.passed]
    assert [result.id for result in broken] == ["G-SRC-005"]
    assert broken[0].observed.startswith("query-failed: Catalog Error")


def test_rows_of_other_runs_and_sources_are_not_looked_at() -> None:
    rows = consistent()
    for table in rows:
        is_log = table.startswith("log.")  # what a run replaces whole is looked at whole
        other_run = [each | {"execution_id": "zephyr-source-older"} for each in rows[table] if is_log]
        other_source = [each | {"source_system": "jira"} for each in rows[table]]
        rows[table] += other_run + other_source
    rows["source.portfolio"][1]["endpoint_success_rate"] = 0.7
    assert failing(rows) == []
    assert len([r for r in run_guarantees(CONTRACT, tables_of(rows), ENGINE.query) if not r.passed]) >= 3


def test_the_evidence_is_sql_that_gives_the_number_again() -> None:
    rows = consistent()
    rows["source.endpoints"][3]["not_probed_reason"] = None
    tables = tables_of(rows)
    for result in run_guarantees(CONTRACT, tables, ENGINE.query, RUN):
        assert RUN["source_system"] in result.evidence
        assert str(ENGINE.query(result.evidence, tables).column(0)[0].as_py()) == result.observed


@pytest.mark.parametrize(
    ("query", "observed"),
    [
        ("SELECT NULL", "one number expected, found null"),
        ("SELECT 'many'", "one number expected, found str"),
        ("SELECT 0 WHERE false", "one number expected, found 0 rows of 1 columns"),
        ("SELECT 0, 0", "one number expected, found 1 rows of 2 columns"),
        ("SELECT 'NaN'::DOUBLE", "one number expected, found nan"),
        ("SELECT 'inf'::DOUBLE", "one number expected, found inf"),
        ("SELECT 1 FROM nowhere", "query-failed: Catalog Error: Table with name nowhere does not exist!"),
        ("COPY portfolio TO '/tmp/x'", "query-failed: "),
        ("SELECT * FROM read_text('/etc/passwd')", "query-failed: Permission Error"),
        ("WITH p AS (SELECT * FROM portfolio) SELECT count(*) + 1 FROM p", "2"),
        ("SELECT sum(total_endpoints) + 0.5 FROM portfolio", "6.5"),
    ],
)
def test_a_query_that_gives_no_number_or_another_one_is_not_passed(query: str, observed: str) -> None:
    own = Guarantee("OWN-1", "must", "source.portfolio", "none", Sql(query), Bar("mustBe", (0, 0)))
    contract = replace(CONTRACT, guarantees=(own, *CONTRACT.guarantees))
    found = run_guarantees(contract, tables_of(consistent()), ENGINE.query, RUN)
    failed = [result for result in found if not result.passed]
    assert [result.id for result in failed] == ["OWN-1"]
    assert failed[0].observed.startswith(observed)


def test_the_contract_is_what_the_standards_own_models_accept() -> None:
    read = OpenDataContractStandard.from_string(TEXT)
    assert (read.apiVersion, read.id, read.version) == ("v3.2.0", "urn:spectra:source", "1.1.0")
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
    query = next(guarantee.check.sql("endpoints") for guarantee in CONTRACT.guarantees if guarantee.id == "G-SRC-006")
    lists = re.findall(r"(?:coalesce\()(\w+), ''\) NOT IN \(([^)]*)\)", query)
    declared = {
        ("source.endpoints", name): column.allowed
        for table in CONTRACT.tables
        for column in table.columns
        if (name := column.name) and table.full_name == "source.endpoints"
    } | {("source.portfolio", column.name): column.allowed for column in CONTRACT.table("source.portfolio").columns}
    asked = [(name, tuple(re.findall(r"'(\w+)'", values))) for name, values in lists]
    assert asked == [
        ("probe_status", declared["source.endpoints", "probe_status"]),
        ("readiness", declared["source.endpoints", "readiness"]),
        ("auth_status", declared["source.portfolio", "auth_status"]),
        ("status", declared["source.portfolio", "status"]),
        ("readiness", declared["source.portfolio", "readiness"]),
    ]


def test_every_table_names_its_source_first_and_is_partitioned_by_it() -> None:
    read = OpenDataContractStandard.from_string(TEXT)
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
