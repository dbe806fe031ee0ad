"""A project's copy of a contract: more promises are welcome, fewer are refused."""

from __future__ import annotations

import pytest

from spectra.contract.load import load_contract
from spectra.contract.merge import effective
from spectra.errors import ContractInvalidError, ContractLoosenedError

TEXT = """
apiVersion: v3.2.0
kind: DataContract
id: urn:spectra:test
version: '1.2.3'
status: active
schema:
  - name: people
    physicalName: clean.people
    properties:
      - {name: name, logicalType: string, physicalType: string, required: true, description: What they are called.}
      - {name: age, logicalType: integer, physicalType: long}
    quality:
      - {id: G-1, metric: rowCount, mustBeLessThan: 10}
      - {id: G-2, metric: rowCount, mustBeGreaterThan: 3, customProperties: [{property: level, value: should}]}
      - {id: G-3, type: sql, query: SELECT count(*) FROM people WHERE age < 0, mustBe: 0}
"""
SHIPPED = load_contract(TEXT, "shipped")


def test_without_a_copy_the_shipped_contract_is_in_force() -> None:
    assert effective(SHIPPED, None, "own.yaml") is SHIPPED


def test_an_unchanged_copy_is_the_shipped_contract() -> None:
    assert effective(SHIPPED, TEXT, "own.yaml") == SHIPPED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mustBeLessThan: 10", "mustBeLessThan: 9"),
        ("version: '1.2.3'", "version: '1.4.0'"),
        ("What they are called.", "A name."),
        ("mustBeGreaterThan: 3", "mustBeGreaterThan: 1"),
        ("value: should", "value: must"),
        ("    quality:\n", "    quality:\n      - {id: OWN-1, metric: rowCount, mustBe: 4}\n"),
        ("status: active", "status: active\nteam: {name: ours, members: [{username: me, role: owner}]}"),
        ("status: active", "status: active\nsupport: [{channel: '#ours', tool: slack, url: 'https://chat.test/ours'}]"),
        ("status: active", "status: active\ncustomProperties: [{property: changelog, value: [{version: 1.2.3}]}]"),
        ("status: active", "status: active\nslaProperties: [{property: freshness, value: 2, unit: h}]"),
        ("{id: G-1,", "{id: G-1, description: Few people., dimension: coverage, severity: error,"),
    ],
)
def test_a_copy_that_keeps_every_must_is_in_force(old: str, new: str) -> None:
    own = effective(SHIPPED, TEXT.replace(old, new), "own.yaml")
    assert own == load_contract(TEXT.replace(old, new), "own.yaml")
    assert own != SHIPPED


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("mustBeLessThan: 10", "mustBeLessThan: 11", "G-1 has a looser threshold"),
        ("mustBeLessThan: 10", "mustNotBe: 10", "G-1 has a looser threshold"),
        ("      - {id: G-1, metric: rowCount, mustBeLessThan: 10}\n", "", "G-1 is missing"),
        ("{id: G-1,", "{id: G-1, customProperties: [{property: level, value: should}],", "G-1 is a should"),
        ("WHERE age < 0", "WHERE age < -5", "G-3 checks something else"),
        ("physicalType: long", "physicalType: double", "column age of clean.people differs"),
        ("required: true, ", "", "column name of clean.people differs"),
        ("      - {name: age, logicalType: integer, physicalType: long}\n", "", "column age of clean.people differs"),
        (
            "    quality:\n",
            "      - {name: b, logicalType: string, physicalType: string}\n    quality:\n",
            "column b of",
        ),
        ("physicalName: clean.people", "physicalName: clean.persons", "table clean.people (people) is missing"),
        ("'1.2.3'", "'2.0.0'", "version is 2.0.0, expected 1.x.y"),
        ("urn:spectra:test", "urn:spectra:other", "id is 'urn:spectra:other'"),
    ],
)
def test_a_copy_that_promises_less_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(ContractLoosenedError) as caught:
        effective(SHIPPED, TEXT.replace(old, new), "own.yaml")
    assert said in caught.value.message
    assert caught.value.place == "own.yaml"


def test_everything_loosened_is_named_at_once() -> None:
    own = TEXT.replace("mustBeLessThan: 10", "mustBeLessThan: 11").replace("age < 0", "age < -1")
    with pytest.raises(ContractLoosenedError) as caught:
        effective(SHIPPED, own, "own.yaml")
    assert caught.value.facts["problems"].split("\n") == ["G-1 has a looser threshold", "G-3 checks something else"]


def test_a_copy_that_is_no_contract_is_refused_as_such() -> None:
    with pytest.raises(ContractInvalidError):
        effective(SHIPPED, "id: 1", "own.yaml")
