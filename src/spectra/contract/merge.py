"""A project's own copy of a contract over the shipped one: it may promise more, never less."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from spectra.contract.load import load_contract
from spectra.errors import ContractLoosenedError

if TYPE_CHECKING:
    from spectra.contract.model import Contract, Guarantee, TableSchema


def effective(shipped: Contract, project_text: str | None, place: str) -> Contract:
    """Return the contract in force: the project's copy where there is one that keeps every promise of the shipped one.

    Raises ContractInvalidError, and ContractLoosenedError where the copy has other columns or drops or weakens a
    `must`. A copy may add guarantees, tighten them, and do as it likes with what is a `should`.
    """
    if project_text is None:
        return shipped
    own = load_contract(project_text, place)
    problems = [*_other_identity(shipped, own), *_other_columns(shipped, own), *_weaker(shipped, own)]
    if problems:
        raise ContractLoosenedError("; ".join(problems), place=place, problems="\n".join(problems))
    return own


def _other_identity(shipped: Contract, own: Contract) -> list[str]:
    problems = []
    if own.id != shipped.id:
        problems.append(f"id is {own.id!r}, expected {shipped.id!r}")
    if own.major != shipped.major:
        problems.append(f"version is {own.version}, expected {shipped.major}.x.y")
    return problems


def _other_columns(shipped: Contract, own: Contract) -> list[str]:
    mine = {table.full_name: table for table in own.tables}
    return [problem for table in shipped.tables for problem in (_differing(table, mine.get(table.full_name)) or ())] + [
        f"table {name} is not one of the shipped contract" for name in mine if not _declares(shipped, name)
    ]


def _declares(contract: Contract, full_name: str) -> bool:
    return any(table.full_name == full_name for table in contract.tables)


def _differing(table: TableSchema, own: TableSchema | None) -> list[str]:
    if own is None or own.name != table.name:
        return [f"table {table.full_name} ({table.name}) is missing"]
    pairs = zip_longest(table.columns, own.columns)
    return [
        f"column {(want or have).name} of {table.full_name} differs"
        for want, have in pairs
        if want is None or have is None or replace(have, description=want.description) != want
    ][:1]


def _weaker(shipped: Contract, own: Contract) -> list[str]:
    mine = {guarantee.id: guarantee for guarantee in own.guarantees}
    musts = [guarantee for guarantee in shipped.guarantees if guarantee.level == "must"]
    return [f"{must.id} {why}" for must in musts if (why := _loosened(must, mine.get(must.id)))]


def _loosened(must: Guarantee, own: Guarantee | None) -> str | None:
    if own is None:
        return "is missing"
    if own.level != "must":
        return f"is a {own.level}, expected a must"
    if (own.table, own.check) != (must.table, must.check):
        return "checks something else"
    return None if own.bar.at_least_as_tight_as(must.bar) else "has a looser threshold"
