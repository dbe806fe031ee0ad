"""What changed between two contracts: whom it breaks and which step it needs, by small edits of the shipped one."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from spectra.contract.changes import RULES, step_taken
from spectra.contract.diff import differences
from spectra.contract.load import load_contract

if TYPE_CHECKING:
    from collections.abc import Callable

    from spectra.contract.changes import Difference

    Edit = Callable[[dict[str, Any]], object]

SHIPPED = YAML(typ="safe").load((files("spectra") / "contracts" / "source.contract.yaml").read_text(encoding="utf-8"))
COLUMNS = {
    "endpoints": ("source_system", "full_path", "http_method", "category", "http_status", "readiness", "error_code"),
    "source": ("source_system", "execution_id", "ended_at", "recorded_at", "stage"),
}
GUARANTEES = ("G-SRC-001", "G-SRC-009", "G-SRC-014")


def small(written: dict[str, Any]) -> dict[str, Any]:
    """Return a table of the shipped contract with a few of its columns and guarantees: reading YAML takes its time."""
    properties = [each for each in written["properties"] if each["name"] in COLUMNS[written["name"]]]
    quality = [each for each in written["quality"] if each["id"] in GUARANTEES]
    return written | {"properties": properties, "quality": quality}


BASE = SHIPPED | {"version": "1.4.2", "schema": [small(each) for each in SHIPPED["schema"] if each["name"] in COLUMNS]}


def table(contract: dict[str, Any], name: str = "endpoints") -> dict[str, Any]:
    return next(each for each in contract["schema"] if each["name"] == name)


def column(contract: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in table(contract)["properties"] if each["name"] == name)


def rules(contract: dict[str, Any]) -> list[dict[str, Any]]:
    return [rule for each in contract["schema"] for rule in each.get("quality", [])]


def rule(contract: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in rules(contract) if each["id"] == name)


def custom(contract: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in contract["customProperties"] if each["property"] == name)


def dropped(name: str) -> Edit:
    return lambda contract: [
        each.update(quality=[one for one in each.get("quality", []) if one["id"] != name])
        for each in contract["schema"]
    ]


def level(name: str, value: str) -> Edit:
    return lambda contract: rule(contract, name).update(customProperties=[{"property": "level", "value": value}])


def added(name: str, value: str) -> Edit:
    made = {"id": name, "metric": "rowCount", "mustBeGreaterThan": 0, "description": "There are rows."}
    made["customProperties"] = [{"property": "level", "value": value}]
    return lambda contract: table(contract)["quality"].append(made)


def new_column(*, at: int | None = None, **facts: Any) -> Edit:
    made = {"name": "colour", "logicalType": "string", "physicalType": "string"} | facts

    def edit(contract: dict[str, Any]) -> None:
        properties = table(contract)["properties"]
        properties.insert(len(properties) if at is None else at, made)

    return edit


def text_of(edit: Edit | None = None, version: str = "1.4.2") -> str:
    made = deepcopy(BASE)
    if edit is not None:
        edit(made)
    return json.dumps(made | {"version": version})  # JSON is YAML


def compared(edit: Edit, version: str = "1.4.2") -> Difference:
    return differences(load_contract(text_of(), "before"), load_contract(text_of(edit, version), "after"))


def options(name: str, **given: Any) -> Edit:
    return lambda contract: column(contract, name).update(logicalTypeOptions=given)


def values(name: str, *given: str) -> Edit:
    return lambda contract: column(contract, name).update(enum=[{"value": each} for each in given])


ENOUGH = {"patch": ("patch", "minor", "major"), "minor": ("minor", "major"), "major": ("major",)}
C, P, NOBODY, BOTH = "consumer", "producer", "", "consumer producer"
PAIRS: list[tuple[str, Edit, list[str], str, str]] = [
    ("another contract", lambda c: c.update(id="urn:other"), ["other-contract"], BOTH, "major"),
    ("the contract is retired", lambda c: c.update(status="retired"), ["contract-retired"], C, "major"),
    ("the contract is deprecated", lambda c: c.update(status="deprecated"), ["status-changed"], NOBODY, "minor"),
    (
        "a table is removed",
        lambda c: c["schema"].pop(0),
        ["table-removed", "must-dropped", "should-dropped"],
        C,
        "major",
    ),
    (
        "a table is renamed",
        lambda c: table(c, "source").update(physicalName="log.stage", quality=[]),
        ["table-renamed", "must-dropped"],
        BOTH,
        "major",
    ),
    (
        "a table is added",
        lambda c: c["schema"].append(table(c, "source") | {"name": "more", "physicalName": "log.more", "quality": []}),
        ["table-added"],
        P,
        "minor",
    ),
    (
        "a column is removed",
        lambda c: table(c)["properties"].remove(column(c, "category")),
        ["column-removed"],
        C,
        "major",
    ),
    ("a column is renamed", lambda c: column(c, "category").update(name="level"), ["column-renamed"], BOTH, "major"),
    ("an optional column is added at the end", new_column(), ["optional-column-added"], NOBODY, "minor"),
    ("a required column is added at the end", new_column(required=True), ["required-column-added"], P, "minor"),
    (
        "a column is added in the middle",
        new_column(at=2),
        ["optional-column-added", "columns-reordered"],
        P,
        "minor",
    ),
    (
        "two columns change places",
        lambda c: table(c)["properties"].insert(0, table(c)["properties"].pop(5)),
        ["columns-reordered"],
        P,
        "minor",
    ),
    (
        "a type changes",
        lambda c: column(c, "category").update(physicalType="long", logicalType="integer"),
        ["type-changed"],
        BOTH,
        "major",
    ),
    ("required becomes optional", lambda c: column(c, "readiness").pop("required"), ["column-optional"], C, "major"),
    (
        "optional becomes required",
        lambda c: column(c, "category").update(required=True),
        ["column-required"],
        P,
        "minor",
    ),
    (
        "an allowed value is added",
        values("readiness", "READY", "DEGRADED", "BLOCKED", "UNSURE"),
        ["values-widened"],
        C,
        "major",
    ),
    ("an allowed value is removed", values("readiness", "READY", "BLOCKED"), ["values-narrowed"], P, "minor"),
    (
        "an allowed value is replaced",
        values("readiness", "READY", "DEGRADED", "STOPPED"),
        ["values-widened", "values-narrowed"],
        BOTH,
        "major",
    ),
    (
        "allowed values are no longer listed",
        lambda c: column(c, "readiness").pop("enum"),
        ["values-widened"],
        C,
        "major",
    ),
    ("allowed values are listed anew", values("error_code", "a", "b"), ["values-narrowed"], P, "minor"),
    ("a range is widened", options("http_status", minimum=100, maximum=699), ["values-widened"], C, "major"),
    ("a range is narrowed", options("http_status", minimum=200, maximum=599), ["values-narrowed"], P, "minor"),
    (
        "a range is moved",
        options("http_status", minimum=200, maximum=699),
        ["values-widened", "values-narrowed"],
        BOTH,
        "major",
    ),
    ("a lower bound is dropped", options("http_status", maximum=599), ["values-widened"], C, "major"),
    ("a pattern is new", options("error_code", pattern="^[a-z-]+$"), ["values-narrowed"], P, "minor"),
    (
        "a pattern is dropped",
        lambda c: column(c, "full_path").pop("logicalTypeOptions"),
        ["values-widened"],
        C,
        "major",
    ),
    ("a pattern changes", options("full_path", pattern="^[a-z]+$"), ["pattern-changed"], BOTH, "major"),
    (
        "the key changes",
        lambda c: [column(c, "http_method").pop("primaryKey"), column(c, "http_method").pop("primaryKeyPosition")],
        ["key-changed"],
        BOTH,
        "major",
    ),
    (
        "the partitioning changes",
        lambda c: column(c, "http_method").update(partitioned=True, partitionKeyPosition=2),
        ["partitioning-changed"],
        P,
        "minor",
    ),
    ("a must is dropped", dropped("G-SRC-001"), ["must-dropped"], C, "major"),
    ("a must becomes a should", level("G-SRC-001", "should"), ["must-softened"], C, "major"),
    (
        "a must is loosened",
        lambda c: [rule(c, "G-SRC-001").pop("mustBe"), rule(c, "G-SRC-001").update(mustBeLessThan=3)],
        ["must-changed"],
        BOTH,
        "major",
    ),
    (
        "a must asks another query",
        lambda c: rule(c, "G-SRC-001").update(query="SELECT 0"),
        ["must-changed"],
        BOTH,
        "major",
    ),
    ("a must is new", added("G-SRC-901", "must"), ["must-added"], P, "minor"),
    ("a should is new", added("G-SRC-901", "should"), ["should-added"], NOBODY, "minor"),
    ("a should is dropped", dropped("G-SRC-009"), ["should-dropped"], NOBODY, "minor"),
    ("a should becomes a must", level("G-SRC-009", "must"), ["should-hardened"], P, "minor"),
    (
        "a should is loosened",
        lambda c: [rule(c, "G-SRC-009").pop("mustBe"), rule(c, "G-SRC-009").update(mustBeLessThan=9)],
        ["should-changed"],
        NOBODY,
        "minor",
    ),
    (
        "freshness is tighter",
        lambda c: c["slaProperties"][0].update(value=6, unit="h"),
        ["time-promise-tightened"],
        P,
        "minor",
    ),
    (
        "freshness is looser",
        lambda c: c["slaProperties"][0].update(value=25, unit="h"),
        ["time-promise-loosened"],
        C,
        "major",
    ),
    ("freshness is dropped", lambda c: c.pop("slaProperties"), ["time-promise-dropped"], C, "major"),
    (
        "freshness is about another column",
        lambda c: c["slaProperties"][0].update(element="source.recorded_at"),
        ["time-promise-dropped", "time-promise-added"],
        BOTH,
        "major",
    ),
    (
        "retention is promised",
        lambda c: c["slaProperties"].append({"property": "retention", "value": 90, "unit": "d"}),
        ["time-promise-added"],
        P,
        "minor",
    ),
    ("the envelope loses a column", lambda c: custom(c, "envelope")["value"].pop(), ["envelope-reduced"], C, "major"),
    (
        "the envelope gains a column",
        lambda c: custom(c, "envelope")["value"].append("stage"),
        ["envelope-extended"],
        P,
        "minor",
    ),
    ("the handoff loses a check", lambda c: custom(c, "handoff")["value"].pop(), ["handoff-reduced"], C, "major"),
    (
        "the handoff gains a check",
        lambda c: custom(c, "handoff")["value"].append({"check": "weather", "expects": "It is fine."}),
        ["handoff-extended"],
        P,
        "minor",
    ),
    ("the format changes", lambda c: c["servers"][0].update(format="parquet"), ["server-removed"], C, "major"),
    ("the path changes", lambda c: c["servers"][0].update(path="./elsewhere"), ["server-changed"], NOBODY, "minor"),
    (
        "a custom property is new",
        lambda c: c["customProperties"].append({"property": "colour", "value": "blue"}),
        ["custom-changed"],
        NOBODY,
        "minor",
    ),
    ("the team changes", lambda c: c["team"].update(name="others"), ["contact-changed"], NOBODY, "patch"),
    (
        "a column is described anew",
        lambda c: column(c, "category").update(description="x"),
        ["text-changed"],
        NOBODY,
        "patch",
    ),
    (
        "a promise is worded anew",
        lambda c: rule(c, "G-SRC-001").update(description="x"),
        ["text-changed"],
        NOBODY,
        "patch",
    ),
    ("the usage is worded anew", lambda c: c["description"].update(usage="x"), ["text-changed"], NOBODY, "patch"),
    ("a tag is added", lambda c: c.update(tags=["new"]), ["other-changed"], NOBODY, "patch"),
    (
        "a query is laid out anew",
        lambda c: rule(c, "G-SRC-009").update(query=rule(c, "G-SRC-009")["query"].replace(" ", "\n  ")),
        ["other-changed"],
        NOBODY,
        "patch",
    ),
]


@pytest.mark.parametrize(
    ("edit", "kinds", "broken", "step"), [pair[1:] for pair in PAIRS], ids=[pair[0] for pair in PAIRS]
)
def test_a_change_breaks_whom_it_breaks_and_needs_its_step(
    edit: Edit, kinds: list[str], broken: str, step: str
) -> None:
    found = compared(edit)
    assert sorted({change.what for change in found.changes}) == sorted(kinds)
    assert [bool(found.breaking("consumer")), bool(found.breaking("producer"))] == [C in broken, P in broken]
    assert (found.needed, found.taken, found.enough) == (step, "none", False)
    for taken, version in {"patch": "1.4.3", "minor": "1.5.0", "major": "2.0.0"}.items():
        stepped = replace(found, after=version)
        assert stepped.taken == taken
        assert stepped.enough == (taken in ENOUGH[step] and "other-contract" not in kinds)


def test_the_step_taken_is_read_from_the_versions() -> None:
    found = compared(new_column(), "1.5.0")
    assert (found.needed, found.taken, found.enough) == ("minor", "minor", True)


def test_a_contract_does_not_differ_from_itself() -> None:
    found = compared(lambda _: None)
    assert (found.changes, found.needed, found.enough) == ((), "none", True)


def test_a_version_that_goes_back_is_never_enough() -> None:
    found = compared(lambda _: None, "1.4.1")
    assert (found.goes_back, found.taken, found.enough) == (True, "none", False)


def test_a_threshold_that_compares_is_told_as_tighter_or_looser() -> None:
    def at_most(limit: int) -> Edit:
        return lambda c: [rule(c, "G-SRC-001").pop("mustBe"), rule(c, "G-SRC-001").update(mustBeLessThan=limit)]

    low, high = (load_contract(text_of(at_most(limit)), "x") for limit in (3, 9))
    assert [change.what for change in differences(low, high).changes] == ["must-loosened"]
    assert [change.what for change in differences(high, low).changes] == ["must-tightened"]


def test_every_kind_of_change_is_one_that_a_pair_shows() -> None:
    shown = {kind for pair in PAIRS for kind in pair[2]} | {"must-loosened", "must-tightened", "server-added"}
    assert set(RULES) - shown == set()


def test_a_server_more_is_no_break() -> None:
    found = compared(lambda c: c["servers"].append({"server": "copy", "type": "local", "format": "delta"}))
    assert [(change.what, change.rule.step) for change in found.changes] == [("server-added", "minor")]


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        ("1.2.3", "1.2.3", "none"),
        ("1.2.3", "1.2.10", "patch"),
        ("1.2.3", "1.10.0", "minor"),
        ("1.9.9", "2.0.0", "major"),
        ("2.0.0", "1.9.9", "none"),
    ],
)
def test_versions_are_compared_as_numbers(before: str, after: str, step: str) -> None:
    assert step_taken(before, after) == step
