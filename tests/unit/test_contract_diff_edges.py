"""What changed between two contracts where two rules lie close to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spectra.contract.diff import differences
from spectra.contract.load import load_contract
from tests.unit.test_contract_diff import compared, new_column, table, text_of

if TYPE_CHECKING:
    from tests.unit.test_contract_diff import Edit


def kinds(edit: Edit) -> list[str]:
    return sorted(change.what for change in compared(edit).changes)


def test_more_retention_is_tighter_and_less_is_looser() -> None:
    def kept(days: int) -> Edit:
        return lambda c: c["slaProperties"].append({"property": "retention", "value": days, "unit": "d"})

    short, long = (load_contract(text_of(kept(days)), "x") for days in (30, 90))
    assert [change.what for change in differences(short, long).changes] == ["time-promise-tightened"]
    assert [change.what for change in differences(long, short).changes] == ["time-promise-loosened"]


def test_version_10_is_not_before_version_9() -> None:
    found = differences(load_contract(text_of(None, "1.9.0"), "x"), load_contract(text_of(None, "1.10.0"), "x"))
    assert (found.goes_back, found.taken, found.enough) == (False, "minor", True)


def test_a_query_that_moves_to_another_table_is_another_promise() -> None:
    def moved(contract: dict[str, Any]) -> None:
        rules = table(contract)["quality"]
        rule = next(each for each in rules if each["id"] == "G-SRC-001")
        rules.remove(rule)
        table(contract, "source")["quality"].append(rule)

    assert kinds(moved) == ["must-changed"]


def test_a_column_of_the_same_kind_at_another_place_is_no_new_name() -> None:
    def replaced(contract: dict[str, Any]) -> None:
        columns = table(contract)["properties"]
        columns.remove(next(each for each in columns if each["name"] == "category"))
        new_column()(contract)

    assert kinds(replaced) == ["column-removed", "optional-column-added"]
