"""What differs between the columns of a table in two versions of a contract."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from spectra.contract.changes import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spectra.contract.model import Column


def column_changes(table: str, before: Sequence[Column], after: Sequence[Column]) -> Iterator[Change]:
    """Yield what changed between the columns of a table, given by its full name."""
    old, new = {each.name: each for each in before}, {each.name: each for each in after}
    gone, come = [name for name in old if name not in new], [name for name in new if name not in old]
    renamed = _renamed(before, after, gone, come)
    for name in gone:
        kind = "column-renamed" if name in renamed else "column-removed"
        yield Change(kind, f"{table}.{name}", name if name in renamed else "", renamed.get(name, ""))
    for name in come:
        if name not in renamed.values():
            kind = "required-column-added" if new[name].required else "optional-column-added"
            yield Change(kind, f"{table}.{name}", "", new[name].type)
    if _reordered(list(old), list(new), renamed):
        yield Change("columns-reordered", table)
    for name, column in old.items():
        if name in new:
            yield from _column(f"{table}.{name}", column, new[name])


def _renamed(
    before: Sequence[Column], after: Sequence[Column], gone: Sequence[str], come: Sequence[str]
) -> dict[str, str]:
    """Return old to new name of columns that are equal but for that, at the same position."""
    return {
        was.name: now.name
        for was, now in zip(before, after, strict=False)
        if was.name in gone and now.name in come and replace(was, name="", description="") == _nameless(now)
    }


def _nameless(column: Column) -> Column:
    return replace(column, name="", description="")


def _reordered(old: list[str], new: list[str], renamed: dict[str, str]) -> bool:
    """Return whether the columns that stayed do not come first and in their order."""
    stayed = [name for old_name in old if (name := renamed.get(old_name, old_name)) in new]
    return new[: len(stayed)] != stayed


def _column(place: str, old: Column, new: Column) -> Iterator[Change]:
    if old.type != new.type:
        yield Change("type-changed", place, old.type, new.type)
    if old.required != new.required:
        yield Change("column-required" if new.required else "column-optional", place)
    yield from chain(_allowed(place, old, new), _range(place, old, new), _pattern(place, old, new))
    if old.description != new.description:
        yield Change("text-changed", f"{place} description", old.description, new.description)


def _allowed(place: str, old: Column, new: Column) -> Iterator[Change]:
    was, now = set(old.allowed), set(new.allowed)
    if was == now:
        return
    more, fewer = sorted(now - was), sorted(was - now)
    if not now or (was and more):
        yield Change("values-widened", place, "", ", ".join(more) or "any value")
    if not was or (now and fewer):
        yield Change("values-narrowed", place, ", ".join(fewer) or "any value", "" if was else ", ".join(new.allowed))


def _range(place: str, old: Column, new: Column) -> Iterator[Change]:
    low = _rise(old.minimum, new.minimum)
    high = _rise(_mirrored(old.maximum), _mirrored(new.maximum))
    for kind, sign in (("values-widened", -1), ("values-narrowed", 1)):
        if sign in {low, high}:
            yield Change(kind, place, _interval(old), _interval(new))


def _rise(old: float | None, new: float | None) -> int:
    """Return 1 where a lower bound rises or is new, -1 where it falls or is gone, 0 where it stays."""
    if old == new:
        return 0
    if old is None or new is None:
        return 1 if old is None else -1
    return 1 if new > old else -1


def _mirrored(bound: float | None) -> float | None:
    return None if bound is None else -bound


def _interval(column: Column) -> str:
    low = "any" if column.minimum is None else f"{column.minimum:g}"
    high = "any" if column.maximum is None else f"{column.maximum:g}"
    return f"{low} to {high}"


def _pattern(place: str, old: Column, new: Column) -> Iterator[Change]:
    if old.pattern == new.pattern:
        return
    kind = "values-narrowed" if old.pattern is None else "values-widened" if new.pattern is None else "pattern-changed"
    yield Change(kind, place, old.pattern or "any text", new.pattern or "any text")
