"""What differs between two versions of a contract, table by table and promise by promise."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from spectra.contract.changes import Change, Difference
from spectra.contract.diff_columns import column_changes
from spectra.contract.diff_promises import custom_changes, guarantee_changes, time_changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spectra.contract.model import Contract, TableSchema


def differences(before: Contract, after: Contract) -> Difference:
    """Compare two versions of a contract; a pure function of both."""
    changes = list(
        chain(
            _identity(before, after),
            _tables(before, after),
            guarantee_changes(before, after),
            time_changes(before, after),
            custom_changes(before.custom, after.custom),
            _servers(before.servers, after.servers),
            _contacts(before, after),
            _texts(before, after),
        )
    )
    if not changes and before.sha256 != after.sha256:
        changes.append(Change("other-changed", "the document"))
    return Difference(before.version, after.version, tuple(changes))


def _identity(before: Contract, after: Contract) -> Iterator[Change]:
    if before.id != after.id:
        yield Change("other-contract", "id", before.id, after.id)
    if before.status != after.status:
        kind = "contract-retired" if after.status == "retired" else "status-changed"
        yield Change(kind, "status", before.status, after.status)


def _tables(before: Contract, after: Contract) -> Iterator[Change]:
    old = {table.full_name: table for table in before.tables}
    new = {table.full_name: table for table in after.tables}
    gone, come = [old[name] for name in old if name not in new], [new[name] for name in new if name not in old]
    renamed = {was.full_name: now for was in gone for now in come if was.columns == now.columns}
    arrived = {table.full_name for table in renamed.values()}
    for table in gone:
        now = renamed.get(table.full_name)
        yield Change("table-renamed" if now else "table-removed", table.full_name, "", now.full_name if now else "")
    for table in come:
        if table.full_name not in arrived:
            yield Change("table-added", table.full_name)
    for name, table in old.items():
        if name in new:
            yield from _table(table, new[name])


def _table(old: TableSchema, new: TableSchema) -> Iterator[Change]:
    place = old.full_name
    if old.name != new.name:
        yield Change("table-renamed", place, old.name, new.name)
    yield from column_changes(place, old.columns, new.columns)
    if old.key != new.key:
        yield Change("key-changed", place, ", ".join(old.key), ", ".join(new.key))
    if old.partitioning != new.partitioning:
        yield Change("partitioning-changed", place, ", ".join(old.partitioning), ", ".join(new.partitioning))
    for what, was, now in (("description", old.description, new.description), ("grain", old.grain, new.grain)):
        if was != now:
            yield Change("text-changed", f"{place} {what}", was, now)


def _servers(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if old is None:
            yield Change("server-added", f"servers.{name}", "", _shown(new))
        elif new is None or any(old.get(fact) != new.get(fact) for fact in ("type", "format")):
            yield Change("server-removed", f"servers.{name}", _shown(old), _shown(new))
        else:
            yield Change("server-changed", f"servers.{name}", _shown(old), _shown(new))


def _contacts(before: Contract, after: Contract) -> Iterator[Change]:
    if before.team != after.team:
        yield Change("contact-changed", "team", _shown(before.team), _shown(after.team))
    if before.support != after.support:
        yield Change("contact-changed", "support", *("; ".join(map(_shown, each.support)) for each in (before, after)))


def _texts(before: Contract, after: Contract) -> Iterator[Change]:
    if before.name != after.name:
        yield Change("text-changed", "name", before.name, after.name)
    for name in dict.fromkeys([*before.texts, *after.texts]):
        was, now = before.texts.get(name, ""), after.texts.get(name, "")
        if was != now:
            yield Change("text-changed", f"description.{name}", was, now)


def _shown(said: Mapping[str, Any] | None) -> str:
    return ", ".join(f"{name}: {value}" for name, value in (said or {}).items())
