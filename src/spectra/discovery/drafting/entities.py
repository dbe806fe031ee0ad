"""The guesses that make up the entities of a draft, each with what speaks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectra.discovery.drafting.levels import longest_line
from spectra.discovery.guessing.guess import Guess
from spectra.discovery.guessing.hierarchy import descendants
from spectra.discovery.guessing.incremental import incremental_of
from spectra.discovery.guessing.pagination import pagination_of
from spectra.discovery.guessing.sound import sound
from spectra.discovery.words import placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spectra.discovery.guessing.guess import Confidence
    from spectra.discovery.guessing.hierarchy import Hierarchy, Placed

_MOST_OF_ALL = 0.5
_LONG = 2


def entity_guesses(placed: Placed) -> Iterator[Guess]:
    """Yield what is guessed of one entity, in the order of its lines."""
    subject, listing = f"entities.{placed.name}", placed.listing
    alone = "".join(f"; it is asked with {name}={value} alone" for name, value in listing.operation.asked_with.items())
    why = f"its answer is a list of objects{alone}"
    yield Guess(f"{subject}.endpoint", listing.path, listing.records.confidence, why)
    if listing.key is not None:
        yield listing.key
    if placed.parents:
        yield Guess(f"{subject}.parents", placed.parents, _least(placed), _why_fed(placed))
    query = {name: feed.reference for name, feed in placed.feeds.items() if name not in placeholders(listing.path)}
    if query:
        yield Guess(f"{subject}.query", query, "medium", f"{', '.join(query)}: nothing is answered without")
    if listing.records.path:
        yield Guess(f"{subject}.records", listing.records.path, listing.records.confidence, listing.records.reason)
    for guess in (*pagination_of(listing), incremental_of(listing)):
        if guess is not None:
            yield guess if sound(guess) else Guess(guess.subject, guess.value, "low", guess.reason)


def _least(placed: Placed) -> Confidence:
    return "high" if all(feed.confidence == "high" for feed in placed.feeds.values()) else "medium"


def _why_fed(placed: Placed) -> str:
    return "; ".join(f"{{{name}}}: {feed.reason}" for name, feed in placed.feeds.items())


def root_guess(hierarchy: Hierarchy) -> Guess | None:
    """Return the entity at which the hierarchy starts: the one that most others hang under; None where none does."""
    root = next((each.name for each in hierarchy.top_first()), "")
    count = len(descendants(hierarchy.entities).get(root, ()))
    if not count:
        return None
    children = sum(1 for each in hierarchy.entities if each.parents)
    reason = f"{count} of the {children} entities with a parent hang under it"
    return Guess("roots", {"entity": root}, "medium" if count > _MOST_OF_ALL * children else "low", reason)


def levels_guess(entities: Sequence[Placed], root: Guess | None, endpoints: int) -> Guess:
    """Return what the source could be expected to offer: a promise, and so for a person to make."""
    line = (
        longest_line({each.name: each.parents for each in entities}, root.value["entity"]) if root is not None else ()
    )
    levels = {"levels": line} if len(line) >= _LONG else {}
    reason = "what a run must find again: take it in once a run has shown that it holds"
    return Guess("expect", {"endpoints": endpoints, **levels}, "low", reason)
