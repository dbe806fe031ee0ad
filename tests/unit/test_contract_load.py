"""Contracts from text: what loads, and what is said of what does not."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from spectra.contract.load import load_contract
from spectra.errors import ContractInvalidError
from spectra.quality.checks import DuplicateValues, InvalidValues, MissingValues, NullValues, RowCount, Sql

SHIPPED = sorted(Path(str(files("spectra") / "contracts")).glob("*.yaml"))
HEAD = """
apiVersion: v3.2.0
kind: DataContract
id: urn:spectra:test
version: '1.2.3'
status: active
schema:
  - name: people
    physicalName: clean.people
    properties:
"""
NAME = "      - {name: name, logicalType: string, physicalType: string"


def contract_with(table_rules: str = "", column_rules: str = "", tail: str = "") -> str:
    """Return a contract of one table; rules are flow lists."""
    column = f"{NAME}, quality: {column_rules}}}\n" if column_rules else f"{NAME}}}\n"
    return HEAD + column + (f"    quality: {table_rules}\n" if table_rules else "") + tail


def problems_of(text: str) -> list[str]:
    with pytest.raises(ContractInvalidError) as caught:
        load_contract(text, "contracts/test.yaml")
    assert caught.value.place == "contracts/test.yaml"
    assert all(problem in caught.value.message for problem in caught.value.facts["problems"].split("\n"))
    return caught.value.facts["problems"].split("\n")


def test_there_is_a_shipped_contract() -> None:
    assert [path.name for path in SHIPPED] == ["source.contract.yaml"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_contract_loads(path: Path) -> None:
    contract = load_contract(path.read_text(encoding="utf-8"), path.name)
    assert contract.tables
    assert contract.guarantees


def test_a_contract_says_who_it_is_what_it_declares_and_what_it_promises() -> None:
    tail = "slaProperties: [{property: freshness, value: 36, unit: h, element: people.at}]\n"
    contract = load_contract(contract_with("[{id: G-1, metric: rowCount, mustBe: 1}]", tail=tail), "x")
    assert (contract.id, contract.version, contract.major) == ("urn:spectra:test", "1.2.3", 1)
    assert contract.table("clean.people").column_names == ("name",)
    assert contract.freshness == timedelta(hours=36)
    assert [guarantee.id for guarantee in contract.guarantees] == ["G-1"]


def test_a_contract_without_promises_of_time_promises_no_freshness() -> None:
    assert load_contract(contract_with(), "x").freshness is None


def test_an_unknown_table_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load_contract(contract_with(), "x").table("clean.nobody")


@pytest.mark.parametrize(
    ("table_rule", "column_rule", "check"),
    [
        ("{metric: rowCount}", "", RowCount()),
        ("{metric: duplicateValues, arguments: {properties: [name]}}", "", DuplicateValues(("name",))),
        ("", "{metric: duplicateValues}", DuplicateValues(("name",))),
        ("", "{metric: nullValues, unit: percent}", NullValues("name", "percent")),
        ("", "{metric: missingValues, arguments: {missingValues: [null, 'N/A']}}", MissingValues("name", ("N/A",))),
        ("", "{metric: invalidValues, arguments: {validValues: [a, b]}}", InvalidValues("name", ("a", "b"))),
        ("", "{metric: invalidValues, arguments: {pattern: '^a'}}", InvalidValues("name", (), "^a")),
        ("{type: sql, query: 'SELECT 1'}", "", Sql("SELECT 1")),
    ],
)
def test_each_kind_of_rule_becomes_its_check(table_rule: str, column_rule: str, check: object) -> None:
    completed = [rule.replace("{", "{id: G-1, mustBe: 0, ", 1) for rule in (table_rule, column_rule)]
    text = contract_with(*(f"[{rule}]" if rule else "" for rule in completed))
    assert load_contract(text, "x").guarantees[0].check == check


def test_a_rule_that_names_no_level_is_a_must() -> None:
    plain = load_contract(contract_with("[{id: G-1, metric: rowCount, mustBe: 1}]"), "x")
    level = "customProperties: [{property: level, value: should}]"
    soft = load_contract(contract_with(f"[{{id: G-1, metric: rowCount, mustBe: 1, {level}}}]"), "x")
    assert [plain.guarantees[0].level, soft.guarantees[0].level] == ["must", "should"]


@pytest.mark.parametrize(
    ("table_rule", "column_rule", "said"),
    [
        ("{metric: rowCount}", "", "exactly one operator is needed, found none"),
        ("{metric: rowCount, mustBe: 1, mustNotBe: 2}", "", "exactly one operator is needed, found mustBe, mustNotBe"),
        ("{metric: rowSum, mustBe: 1}", "", "'rowCount'"),
        ("{metric: rowCount, mustEqual: 1}", "", "unknown key 'mustEqual'"),
        ("{metric: rowCount, mustBe: many}", "", "a number is needed here"),
        ("{metric: rowCount, mustBe: true}", "", "a number is needed here"),
        ("{metric: rowCount, mustBeBetween: [1]}", "", "Field required"),
        ("{type: custom, mustBe: 1}", "", "'library' or 'sql'"),
        ("{type: sql, metric: rowCount, mustBe: 1}", "", "an sql rule a query and no metric"),
        ("{metric: rowCount, query: SELECT 1, mustBe: 1}", "", "an sql rule a query and no metric"),
        ("{metric: nullValues, mustBe: 0}", "", "nullValues stands under a property"),
        ("", "{metric: rowCount, mustBe: 0}", "rowCount stands under a table"),
        ("{metric: duplicateValues, mustBe: 0}", "", "needs arguments.properties"),
        ("{metric: duplicateValues, mustBe: 0, arguments: {properties: [age]}}", "", "no column age"),
        ("", "{metric: invalidValues, mustBe: 0}", "needs arguments.validValues or arguments.pattern"),
        ("{metric: rowCount, unit: percent, mustBe: 0}", "", "rowCount has no percent"),
        (
            "{metric: rowCount, mustBe: 0, customProperties: [{property: level, value: may}]}",
            "",
            "the level is must or should, found 'may'",
        ),
    ],
)
def test_a_rule_that_cannot_be_checked_is_refused_by_its_id(table_rule: str, column_rule: str, said: str) -> None:
    completed = [rule.replace("{", "{id: G-7, ", 1) for rule in (table_rule, column_rule)]
    found = problems_of(contract_with(*(f"[{rule}]" if rule else "" for rule in completed)))
    assert len(found) == 1
    assert said in found[0]
    assert "G-7" in found[0]


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = (
        contract_with("[{id: G-1, metric: rowCount}]").replace("'1.2.3'", "1.10").replace("active", "active\nowner: me")
    )
    found = problems_of(text)
    assert len(found) == 3
    assert any(problem.startswith("version: write it in quotes") for problem in found)
    assert any(problem.startswith("owner: ") for problem in found)
    assert any(problem.startswith("schema[people].quality[G-1]: exactly one operator") for problem in found)


def test_two_guarantees_of_one_id_are_refused() -> None:
    rules = "[{id: G-1, metric: rowCount, mustBe: 1}, {id: G-1, metric: rowCount, mustBe: 2}]"
    assert problems_of(contract_with(rules)) == ["guarantee 'G-1' stands 2 times"]


def test_columns_that_differ_only_in_case_are_refused() -> None:
    again = "      - {name: Name, logicalType: string, physicalType: string}\n"
    assert problems_of(contract_with() + again) == ["column of clean.people 'name' stands 2 times"]


def test_a_type_that_the_lakehouse_does_not_keep_is_refused() -> None:
    found = problems_of(contract_with().replace("physicalType: string", "physicalType: int"))
    assert found[0].startswith("schema[people].properties[name].physicalType: ")


def test_a_contract_that_declares_nothing_is_refused() -> None:
    assert problems_of(HEAD.split("schema:", maxsplit=1)[0] + "schema: []") == ["schema: no table"]
    assert problems_of(HEAD.rstrip() + " []") == ["schema[people].properties: no column"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "line 1, column 5: "),
        ("id: a\nid: b", "line 2, column 1: 'id' stands here a second time"),
        ("a: !!python/object:os.system x", "tags (!) have no meaning here"),
        ("", "the document: "),
        ("- a", "the document: "),
        ("- " * 3000, "nested deeper than 50 levels"),
        ("a: &a [*a]", "line 1, column 8: the alias *a stands inside what it names"),
        ("x" * 2_000_001, "longer than 2,000,000 characters"),
    ],
)
def test_text_that_is_no_contract_is_refused_with_its_reason(text: str, said: str) -> None:
    assert said in problems_of(text)[0]


def test_an_alias_bomb_is_refused_before_it_unfolds() -> None:
    bomb = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert problems_of("\n".join(bomb))[0].endswith("more than 100,000 nodes with aliases expanded")
