"""The ids of a definition: what feeds a placeholder wherever it stands, and what only at one endpoint."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spectra.discovery.guessing.fields import bare_suffix
from spectra.discovery.guessing.guess import Guess
from spectra.discovery.guessing.listings import bare
from spectra.discovery.words import placeholders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spectra.discovery.description import Operation
    from spectra.discovery.guessing.feeds import Feed, Feeders
    from spectra.discovery.guessing.guess import Confidence
    from spectra.discovery.guessing.hierarchy import Placed

_SHARE = 0.5
_RANK: dict[Confidence, int] = {"high": 2, "medium": 1, "low": 0}

Needs = dict[str, "Feed | None"]


@dataclass(frozen=True, slots=True)
class Ids:
    """What feeds placeholders: everywhere by name, and by path where that differs; `fed` of `total` have a feed."""

    everywhere: tuple[Guess, ...]
    by_path: tuple[Guess, ...]
    fed: int
    total: int


def ids_of(operations: Sequence[Operation], entities: Sequence[Placed], feeders: Feeders) -> Ids:
    """Return the ids that feed as many placeholders of GET operations as can be told."""
    needs = _needs(operations, entities, feeders)
    everywhere = _everywhere(needs)
    known = {name: feed.reference for name, feed in everywhere.items()}
    by_path = []
    for path, feeds in needs.items():
        own = {
            name: feed
            for name, feed in feeds.items()
            if feed is not None and feed.stands and known.get(name.casefold()) != feed.reference
        }
        if own:
            by_path.append(_guess(path, own))
    total = sum(len(feeds) for feeds in needs.values())
    fed = sum(_is_fed(name, feed, known) for feeds in needs.values() for name, feed in feeds.items())
    return Ids(_global_guesses(everywhere, needs), tuple(by_path), fed, total)


def _is_fed(name: str, feed: Feed | None, known: Mapping[str, str]) -> bool:
    return name.casefold() in known or (feed is not None and feed.stands)


def _needs(operations: Sequence[Operation], entities: Sequence[Placed], feeders: Feeders) -> dict[str, Needs]:
    """Return each path with its placeholders and their feeds; those of entities are as they were placed."""
    placed = {each.listing.path: each.feeds for each in entities}
    needs: dict[str, Needs] = {}
    for operation in operations:
        path = bare(operation)
        feeds = placed.get(path) or feeders.feeds(operation)
        names = placeholders(path)
        if names:
            needs[path] = {name: feeds.get(name) for name in names}
    return needs


def _everywhere(needs: Mapping[str, Needs]) -> dict[str, Feed]:
    """Return the feed that most places of a name agree on, for names that say whose id they are."""
    by_name: dict[str, list[Feed]] = defaultdict(list)
    for feeds in needs.values():
        for name, feed in feeds.items():
            if feed is not None and feed.stands and bare_suffix(name) is None:
                by_name[name.casefold()].append(feed)
    found = {}
    for name, feeds_of_name in by_name.items():
        ((reference, count),) = Counter(feed.reference for feed in feeds_of_name).most_common(1)
        if count > _SHARE * len(feeds_of_name):
            agreeing = [feed for feed in feeds_of_name if feed.reference == reference]
            found[name] = max(agreeing, key=lambda feed: _RANK[feed.confidence])
    return found


def _global_guesses(everywhere: Mapping[str, Feed], needs: Mapping[str, Needs]) -> tuple[Guess, ...]:
    spelled = {name.casefold(): name for feeds in reversed([*needs.values()]) for name in feeds}
    return tuple(
        Guess(f"ids.{spelled[name]}", feed.reference, feed.confidence, feed.reason) for name, feed in everywhere.items()
    )


def _guess(path: str, own: Mapping[str, Feed]) -> Guess:
    confidence = min((feed.confidence for feed in own.values()), key=lambda each: _RANK[each])
    reason = "; ".join(feed.reason for feed in own.values())
    return Guess(f"endpoints.{path}.ids", {name: feed.reference for name, feed in own.items()}, confidence, reason)
