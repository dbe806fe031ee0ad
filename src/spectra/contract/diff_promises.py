"""What differs between the promises of two versions of a contract: guarantees, times, envelope and handoff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spectra.contract.changes import Change
from spectra.quality.checks import Sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from spectra.contract.model import Contract, Guarantee, TimePromise

_MORE_IS_BETTER = {"retention"}


def guarantee_changes(before: Contract, after: Contract) -> Iterator[Change]:
    """Yield what changed between the guarantees, by their ids."""
    old, new = {each.id: each for each in before.guarantees}, {each.id: each for each in after.guarantees}
    for name in dict.fromkeys([*old, *new]):
        if name not in new:
            yield Change(f"{old[name].level}-dropped", name, old[name].promise)
        elif name not in old:
            yield Change(f"{new[name].level}-added", name, "", new[name].promise)
        else:
            yield from _guarantee(old[name], new[name])


def _guarantee(old: Guarantee, new: Guarantee) -> Iterator[Change]:
    if old.level != new.level:
        yield Change("must-softened" if old.level == "must" else "should-hardened", old.id, old.level, new.level)
    elif not _asks_the_same(old, new):
        yield Change(f"{old.level}-changed", old.id, old.check.sql(old.table), new.check.sql(new.table))
    elif old.bar != new.bar:
        yield Change(_moved(old, new), old.id, _threshold(old), _threshold(new))
    if old.promise != new.promise:
        yield Change("text-changed", f"{old.id} promise", old.promise, new.promise)
    if old.dimension != new.dimension:
        yield Change("text-changed", f"{old.id} dimension", old.dimension, new.dimension)


def _moved(old: Guarantee, new: Guarantee) -> str:
    if old.level == "should":
        return "should-changed"
    if new.bar.at_least_as_tight_as(old.bar):
        return "must-tightened"
    return "must-loosened" if old.bar.at_least_as_tight_as(new.bar) else "must-changed"


def _threshold(guarantee: Guarantee) -> str:
    low, high = guarantee.bar.bounds
    return f"{guarantee.bar.operator} {low:g}" + (f" and {high:g}" if "Between" in guarantee.bar.operator else "")


def _asks_the_same(old: Guarantee, new: Guarantee) -> bool:
    if isinstance(old.check, Sql) and isinstance(new.check, Sql):
        return old.table == new.table and _laid_out(old.check.query) == _laid_out(new.check.query)
    return (old.table, old.check) == (new.table, new.check)


def _laid_out(query: str) -> str:
    """Return SQL with every blank outside of quotes as one space, so that line breaks are no difference."""
    parts = query.strip().split("'")
    return "'".join(part if number % 2 else " ".join(f" {part} ".split()) for number, part in enumerate(parts))


def time_changes(before: Contract, after: Contract) -> Iterator[Change]:
    """Yield what changed between the promises of time, by their kind and column."""
    old, new = _by_subject(before.time_promises), _by_subject(after.time_promises)
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get(name), new.get(name)
        place = " of ".join(part for part in name if part)
        if was is None or now is None:
            kind = "time-promise-added" if was is None else "time-promise-dropped"
            yield Change(kind, place, _time(was), _time(now))
        elif was.duration != now.duration:
            shorter, more_is_better = now.duration < was.duration, now.kind in _MORE_IS_BETTER
            kind = "time-promise-tightened" if shorter != more_is_better else "time-promise-loosened"
            yield Change(kind, place, _time(was), _time(now))
        elif was != now:
            yield Change("text-changed", place, f"{_time(was)} {was.description}", f"{_time(now)} {now.description}")


def _by_subject(promises: Iterable[TimePromise]) -> dict[tuple[str, str], TimePromise]:
    return {(each.kind, each.element or ""): each for each in promises}


def _time(promise: TimePromise | None) -> str:
    return f"{promise.value:g} {promise.unit}" if promise else ""


def custom_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Yield what changed between the custom properties: envelope, handoff, and others."""
    yield from _members("envelope", _named(before.get("envelope")), _named(after.get("envelope")))
    yield from _members("handoff", _named(before.get("handoff")), _named(after.get("handoff")))
    for name in dict.fromkeys([*before, *after]):
        if name not in {"envelope", "handoff"} and before.get(name) != after.get(name):
            yield Change("text-changed" if name == "changelog" else "custom-changed", f"customProperties.{name}")


def _members(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys([*old, *new]):
        if name not in new:
            yield Change(f"{what}-reduced", f"{what}.{name}")
        elif name not in old:
            yield Change(f"{what}-extended", f"{what}.{name}")
        elif old[name] != new[name]:
            yield Change("text-changed", f"{what}.{name}", str(old[name]), str(new[name]))


def _named(value: Any) -> dict[str, Any]:
    """Return the elements of a list by name, which of a mapping is its first value; those of a mapping by key."""
    if isinstance(value, dict):
        lists = [_named(each) for each in value.values() if isinstance(each, list)]
        plain = {name: each for name, each in value.items() if not isinstance(each, list)}
        return {name: each for part in (plain, *lists) for name, each in part.items()}
    elements = value if isinstance(value, list) else []
    return {str(next(iter(each.values()), "") if isinstance(each, dict) else each): each for each in elements}
