"""Which list feeds which placeholder: by the place of a placeholder in its path first, then by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spectra.discovery.guessing.fields import bare_suffix, field_at, field_for, suffix_of
from spectra.discovery.guessing.listings import bare, path_parameter, pattern, required
from spectra.discovery.guessing.shapes import field_named, scalar_fields, usable
from spectra.discovery.words import name_parts, placeholders, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from spectra.discovery.description import Operation, Parameter
    from spectra.discovery.guessing.guess import Confidence
    from spectra.discovery.guessing.listings import Listing

_GENERAL = frozenset(
    {
        *("type", "status", "state", "format", "kind", "action", "version", "date", "year", "month", "day", "period"),
        *("language", "locale", "path", "file", "index", "count", "mode", "direction", "level", "category", "value"),
    }
)


@dataclass(frozen=True, slots=True)
class Feed:
    """What fills one parameter: a field of the records of a list."""

    listing: Listing
    field: str
    confidence: Confidence
    reason: str

    @property
    def reference(self) -> str:
        """The feed as a definition names it: `entity.field`."""
        return f"{self.listing.name}.{self.field}"

    @property
    def stands(self) -> bool:
        """Whether it is sure enough for a line."""
        return self.confidence != "low"


@dataclass(frozen=True, slots=True)
class Feeders:
    """The lists that may feed others, by path pattern and by name."""

    by_pattern: Mapping[str, Listing]
    by_name: Mapping[str, Listing]
    collections: frozenset[str]

    @classmethod
    def of(cls, listings: Iterable[Listing], collections: frozenset[str]) -> Feeders:
        """Order lists; the first of a pattern or name counts.

        `collections` are the patterns of all lists there are: what hangs under one of them is fed by no other.
        """
        by_pattern: dict[str, Listing] = {}
        by_name: dict[str, Listing] = {}
        every = tuple(listings)
        for listing in every:
            by_pattern.setdefault(pattern(listing.path), listing)
            by_name.setdefault(squeezed(listing.name), listing)
        for listing in every:
            above, _, last = listing.path.rpartition("/")
            if not name_parts(f"/{last}") and not placeholders(last):
                by_pattern.setdefault(pattern(above), listing)
            for spelling in sorted(listing.spellings):
                by_name.setdefault(spelling, listing)
        return cls(by_pattern, by_name, collections)

    def feeds(self, operation: Operation) -> dict[str, Feed]:
        """Return what feeds the placeholders of a path, and the query parameters that an operation needs."""
        segments = bare(operation).split("/")
        found: dict[str, Feed] = {}
        for index in reversed(range(len(segments))):
            for name in reversed(placeholders(segments[index])):
                feed = self._feed(segments, index, path_parameter(operation, name), found)
                if feed is not None:
                    found[name] = feed
        for parameter in required(operation):
            feed = self._by_name(parameter, segments) if usable(parameter.name) else None
            if feed is not None:
                found.setdefault(parameter.name, feed)
        return found

    def _feed(
        self, segments: Sequence[str], index: int, parameter: Parameter, later: Mapping[str, Feed]
    ) -> Feed | None:
        if parameter.choices:
            return None
        whole = segments[index] == f"{{{parameter.name}}}"
        above = segments[:index]
        if whole and pattern("/".join(above)) in self.collections:
            return self._by_place(above, parameter)
        structural = self._by_place(above, parameter) if whole else None
        return (
            structural or _beside(segments[index + 1 : index + 2], parameter, later) or self._by_name(parameter, above)
        )

    def _by_place(self, above: Sequence[str], parameter: Parameter) -> Feed | None:
        listing = self.by_pattern.get(pattern("/".join(above)))
        if listing is None:
            return None
        field = field_for(parameter, listing.spellings, listing.fields)
        if field is not None:
            return Feed(listing, field, "high", f"{listing.path} lists them, each with {field!r}")
        by_ending = field_at(parameter, listing.fields)
        if by_ending is not None:
            return Feed(
                listing, by_ending, "medium", f"{listing.path} lists what comes before it, each with {by_ending!r}"
            )
        return _by_key(listing, parameter, f"{listing.path} lists them")

    def _by_name(self, parameter: Parameter, above: Sequence[str]) -> Feed | None:
        for listing in self._called(parameter.name):
            field = field_for(parameter, listing.spellings, listing.fields)
            why = f"it is named after the records at {listing.path}"
            feed = (
                _by_key(listing, parameter, why)
                if field is None
                else Feed(listing, field, "medium", f"{why}, each with {field!r}")
            )
            if feed is None or _in_reach(listing, above):
                return feed
            return Feed(listing, feed.field, "low", f"{why}, which hang under something else")
        return None

    def _called(self, name: str) -> Iterator[Listing]:
        """Yield the list whose records a parameter is named after."""
        said = squeezed(name)
        if said in _GENERAL:
            return
        for cut in range(len(said), 0, -1):
            listing = self.by_name.get(said[:cut])
            if listing is not None and suffix_of(name, frozenset({said[:cut]})) is not None:
                yield listing
                return


def _in_reach(listing: Listing, above: Sequence[str]) -> bool:
    """Return whether records of a list may belong where they are asked for: not under parents of another kind."""
    scope = pattern("/".join(above)).rpartition("{}")
    return not scope[1] or "{}" not in pattern(listing.path) or pattern(listing.path).startswith(scope[0] + scope[1])


def _by_key(listing: Listing, parameter: Parameter, why: str) -> Feed | None:
    """Return the key of a list as feed, where a parameter is named like an id of it."""
    key = listing.key
    if key is None or not key.stands or len(key.value) != 1 or not _is_id(parameter, listing):
        return None
    shape = listing.fields.get(key.value[0])
    if shape is not None and parameter.kind == "integer" and shape.kind == "string":
        return None
    return Feed(listing, key.value[0], "medium", f"{why}, {key.value[0]!r} tells them apart")


def _is_id(parameter: Parameter, listing: Listing) -> bool:
    return suffix_of(parameter.name, listing.spellings) is not None or bare_suffix(parameter.name) is not None


def _beside(following: Sequence[str], parameter: Parameter, later: Mapping[str, Feed]) -> Feed | None:
    """Return a feed from the record that the next placeholder is fed from: `{owner}` of `{owner}/{repo}`."""
    for name in placeholders("/".join(following)):
        feed = later.get(name)
        if feed is None or not feed.stands:
            continue
        record = feed.listing.records.item
        called = field_named(record.fields, squeezed(parameter.name))
        if called is None:
            continue
        inner = record.fields[called]
        fields = {f"{called}.{each}": shape for each, shape in scalar_fields(inner).items() if "." not in each}
        field = called if called in feed.listing.fields else field_named(fields, "login", "slug", "key", "name", "id")
        if field is not None:
            return Feed(feed.listing, field, "medium", f"the records that feed {{{name}}} have a field {field!r}")
    return None
