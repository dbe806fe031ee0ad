"""Documentation is held to the code: its queries run, its links lead somewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from ruamel.yaml import YAML

from tests.architecture.house import PACKAGE, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FAULTS = (ROOT / "docs" / "reference" / "faults.md").read_text(encoding="utf-8")
SQL = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)
QUERIES = [
    pytest.param(query, id=f"{page.name}-{number}")
    for page in PAGES
    for number, query in enumerate(
        re.findall(r"^```sql\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL), start=1
    )
]
TYPES = {
    "string": "VARCHAR",
    "long": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
    "array<string>": "VARCHAR[]",
}


@pytest.fixture(scope="module")
def empty_lake() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every table that a shipped contract promises, without rows."""
    with duckdb.connect() as lake:
        for contract in sorted((PACKAGE / "contracts").glob("*.yaml")):
            for table in YAML(typ="safe").load(contract)["schema"]:
                create(lake, table)
        yield lake


def create(lake: duckdb.DuckDBPyConnection, table: dict[str, Any]) -> None:
    schema, name = table["physicalName"].split(".")
    columns = ", ".join(f'"{column["name"]}" {TYPES[column["physicalType"]]}' for column in table["properties"])
    lake.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    lake.execute(f"CREATE TABLE {schema}.{name} ({columns})")


def test_the_runbook_asks_the_log_tables() -> None:
    assert len(QUERIES) >= 5


@pytest.mark.parametrize("query", QUERIES)
def test_a_documented_query_runs_on_the_tables_of_the_contracts(
    empty_lake: duckdb.DuckDBPyConnection, query: str
) -> None:
    assert empty_lake.sql(query).columns


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#{1,6} (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text("utf-8")):
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (anchor and anchor not in anchors_of(found)):
            broken.append(target)

    assert broken == []


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`((?:unit|integration|acceptance)/[^`]+)`", FAULTS))))
def test_a_test_that_the_page_of_faults_names_is_there(named: str) -> None:
    file, _, name = named.partition("::")

    assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8")
