"""Trails: the ids that a walk found, each with the parents it was found under."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Trail:
    """Ids that belong together: `values` maps `entity.field` to text, `root` names the root they hang under."""

    values: Mapping[str, str] = field(default_factory=dict)
    root: str | None = None

    def holds(self, references: Iterable[str]) -> bool:
        """Return whether every reference has a value here."""
        return all(reference in self.values for reference in references)


@dataclass(slots=True)
class Trails:
    """All trails by entity, in the order found, entities in the order walked."""

    by_entity: dict[str, list[Trail]] = field(default_factory=dict)

    def add(self, entity: str, trail: Trail) -> None:
        """Keep a trail that ends at a record of `entity`."""
        self.by_entity.setdefault(entity, []).append(trail)

    def of(self, entity: str) -> list[Trail]:
        """Return the trails that end at `entity`."""
        return self.by_entity.get(entity, [])

    def contexts(self, references: Sequence[str]) -> list[Trail]:
        """Return each distinct combination of values for the references, shallowest entity first.

        Where no trail holds all of them, unrelated parents are combined: all of the one that holds most, the rest
        from the first trail that has them. Empty where a reference has no value anywhere.
        """
        if not references:
            return [Trail()]
        whole = next((found for found in self.by_entity.values() if any(t.holds(references) for t in found)), None)
        if whole is not None:
            return _distinct([trail for trail in whole if trail.holds(references)], references)
        return self._combined(references)

    def choose(self, references: Sequence[str]) -> Trail | None:
        """Return one combination of values, from the deepest entity that has them: its parents did answer."""
        if not references:
            return Trail()
        for found in reversed(list(self.by_entity.values())):
            for trail in found:
                if trail.holds(references):
                    return trail
        return next(iter(self._combined(references)), None)

    def missing(self, references: Iterable[str]) -> list[str]:
        """Return the references that have no value anywhere."""
        return [reference for reference in references if self._first(reference) is None]

    def _first(self, reference: str) -> str | None:
        every = (trail for found in self.by_entity.values() for trail in found)
        return next((trail.values[reference] for trail in every if reference in trail.values), None)

    def _combined(self, references: Sequence[str]) -> list[Trail]:
        if self.missing(references):
            return []
        held = max(
            self.by_entity.values(),
            key=lambda found: max((sum(r in t.values for r in references) for t in found), default=0),
        )
        rest = {reference: self._first(reference) or "" for reference in references}
        merged = [Trail({**rest, **trail.values}, trail.root) for trail in held]
        return _distinct(merged, references)


def _distinct(trails: Iterable[Trail], references: Sequence[str]) -> list[Trail]:
    kept: dict[tuple[str, ...], Trail] = {}
    for trail in trails:
        kept.setdefault(tuple(trail.values[reference] for reference in references), trail)
    return list(kept.values())


def bounded(trails: Sequence[Trail], per_root: int) -> list[Trail]:
    """Return at most `per_root` trails of each root, in order."""
    counts: dict[str | None, int] = {}
    kept = []
    for trail in trails:
        counts[trail.root] = counts.get(trail.root, 0) + 1
        if counts[trail.root] <= per_root:
            kept.append(trail)
    return kept
