"""The entities of a source: lists whose parents are known, placed one after the other so that no circle can arise."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spectra.discovery.guessing.feeds import Feeders
from spectra.discovery.guessing.listings import bare, collections_of, required
from spectra.discovery.words import placeholders

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from spectra.discovery.description import Operation
    from spectra.discovery.guessing.feeds import Feed
    from spectra.discovery.guessing.listings import Listing

MOST_ENTITIES = 60


@dataclass(frozen=True, slots=True)
class Placed:
    """A list with everything that it needs: what feeds its placeholders and the parameters it cannot do without."""

    listing: Listing
    feeds: Mapping[str, Feed]

    @property
    def name(self) -> str:
        """The name of the entity."""
        return self.listing.name

    @property
    def parents(self) -> tuple[str, ...]:
        """The entities that feed it, in the order of its path."""
        ordered = [self.feeds[name] for name in _needs(self.listing.operation)]
        return tuple(dict.fromkeys(feed.listing.name for feed in ordered))


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The entities to draft, parents before children; lists beyond the bound, and lists that nothing feeds."""

    entities: tuple[Placed, ...]
    beyond: tuple[Listing, ...]
    unfed: tuple[Listing, ...]
    collections: frozenset[str]

    def top_first(self) -> tuple[Placed, ...]:
        """Return the entities without parents, those that most others hang under first."""
        below = descendants(self.entities)
        return tuple(sorted((e for e in self.entities if not e.parents), key=lambda each: -len(below[each.name])))

    def feeders(self) -> Feeders:
        """Return what may feed other endpoints."""
        return Feeders.of((placed.listing for placed in self.entities), self.collections)


def hierarchy_of(lists: Sequence[Listing], operations: Sequence[Operation]) -> Hierarchy:
    """Place every list that can be fed, and keep the most useful ones."""
    collections = collections_of(operations)
    placed = _placed(lists, collections)
    chosen = _chosen(placed, operations, collections)
    names = {each.name for each in placed}
    return Hierarchy(
        tuple(each for each in placed if each.name in chosen),
        tuple(each.listing for each in placed if each.name not in chosen),
        tuple(each for each in lists if each.name not in names),
        collections,
    )


def _placed(lists: Sequence[Listing], collections: frozenset[str]) -> list[Placed]:
    """Place lists as long as one can be fed from those placed before; a place in the path goes before a name."""
    placed: list[Placed] = []
    waiting = list(lists)
    while waiting:
        feeders = Feeders.of((each.listing for each in placed), collections)
        tried = [_fed(listing, feeders) for listing in waiting]
        fed = [each for each in tried if each is not None]
        sure = [each for each in fed if all(feed.confidence == "high" for feed in each.feeds.values())]
        fewest = len(fed[0].feeds) if fed else 0
        new = sure or [each for each in fed if len(each.feeds) == fewest]
        if not new:
            break
        placed += new
        names = {each.name for each in new}
        waiting = [listing for listing in waiting if listing.name not in names]
    return placed


def _fed(listing: Listing, feeders: Feeders) -> Placed | None:
    feeds = feeders.feeds(listing.operation)
    needs = _needs(listing.operation)
    stands = all(name in feeds and feeds[name].stands for name in needs)
    return Placed(listing, {name: feeds[name] for name in needs}) if stands else None


def _needs(operation: Operation) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*placeholders(bare(operation)), *(each.name for each in required(operation)))))


def _chosen(placed: Sequence[Placed], operations: Iterable[Operation], collections: frozenset[str]) -> set[str]:
    """Return the names of at most `MOST_ENTITIES` entities: those that feed most first, each with its parents."""
    feeders = Feeders.of((each.listing for each in placed), collections)
    uses = Counter(feed.listing.name for each in operations for feed in feeders.feeds(each).values())
    by_name = {each.name: each for each in placed}
    chosen: set[str] = set()
    turn = _turns(placed)
    for each in sorted(placed, key=lambda one: (-uses[one.name], turn[one.name])):
        wanted = _with_ancestors(each, by_name) - chosen
        if len(chosen) + len(wanted) <= MOST_ENTITIES:
            chosen |= wanted
    return chosen


def _turns(placed: Sequence[Placed]) -> dict[str, int]:
    """Return the turn of each entity among those with parents or those without, so that both kinds get room."""
    counts: Counter[bool] = Counter()
    turns = {}
    for each in placed:
        turns[each.name] = counts[bool(each.parents)]
        counts[bool(each.parents)] += 1
    return turns


def _with_ancestors(placed: Placed, by_name: Mapping[str, Placed]) -> set[str]:
    found: set[str] = set()
    pending = [placed.name]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += by_name[name].parents
    return found


def descendants(entities: Sequence[Placed]) -> dict[str, set[str]]:
    """Return, for each entity, the entities that hang under it at any depth."""
    by_name = {each.name: each for each in entities}
    below: dict[str, set[str]] = {name: set() for name in by_name}
    for each in entities:
        for ancestor in _with_ancestors(each, by_name) - {each.name}:
            below[ancestor].add(each.name)
    return below
