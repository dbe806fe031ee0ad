"""Words of names in documents: how they split, their singular, and the names of entities made of them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from spectra.definition.model import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_VERSION = re.compile(r"v?[0-9]+(?:[._][0-9]+)*(?:(?:alpha|beta|rc)[0-9]*)?", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_EMPTY = frozenset({"api", "apis", "rest", "rs", "services", "public", "latest", "json", "odata", "details", "detail"})
_VERBS = frozenset({"get", "list", "find", "search", "fetch", "query", "all", "browse", "lookup", "paginated", "read"})
_QUALIFIERS = frozenset(
    {
        *("my", "mine", "own", "bulk", "recent", "latest", "updated", "deleted", "created", "failed"),
        *("trashed", "pending", "favourite", "favorite", "starred", "accessible", "active", "inactive"),
        *("archived", "assigned", "available", "public", "private", "popular", "trending", "upcoming"),
        *("current", "default", "picker", "assignable", "mapping"),
    }
)
_IRREGULAR = {
    "people": "person",
    "children": "child",
    "indices": "index",
    "aliases": "alias",
    "analyses": "analysis",
    "movies": "movie",
    "cookies": "cookie",
    "caches": "cache",
    "quizzes": "quiz",
    "axes": "axis",
    "criteria": "criterion",
    "series": "series",
    "news": "news",
    "species": "species",
    "lens": "lens",
}
_SYNONYMS = {"org": "organization", "repo": "repository", "env": "environment", "app": "application", "msg": "message"}
_KEPT = 10_000
_LONGEST_WORDS, _LONGEST_NAME, _SHORTEST_PLURAL = 6, 50, 3


@lru_cache(maxsize=_KEPT)
def words(name: str) -> tuple[str, ...]:
    """Split a name of any style into its lower-case words: `projectIdOrKey`, `project_id`, `page[size]`."""
    return tuple(word.lower() for word in _WORD.findall(name[:200]))


@lru_cache(maxsize=_KEPT)
def squeezed(name: str) -> str:
    """Return a name without case and separators, so that `startAt`, `start_at` and `$startAt` are one."""
    return _SEPARATORS.sub("", name.lower())


def singular(word: str) -> str:
    """Return the singular of an English word, by rule; a word that is none comes back."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= _SHORTEST_PLURAL or word.endswith(("ss", "us", "sis", "xis")) or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "tuses", "nuses")):
        return word[:-2]
    return word[:-1]


@lru_cache(maxsize=_KEPT)
def spellings(name: str) -> frozenset[str]:
    """Return how one thing may be called: squeezed, in the singular, and by its usual short or long form."""
    *front, last = words(name) or (squeezed(name),)
    plain = "".join((*front, singular(last)))
    found = {squeezed(name), plain}
    for short, long in _SYNONYMS.items():
        found |= {long} if plain == short else {short} if plain == long else set()
    return frozenset(found - {""})


@lru_cache(maxsize=_KEPT)
def placeholders(path: str) -> tuple[str, ...]:
    """Return the names in braces of a path or of one segment of it, as often as they come."""
    return tuple(found[1:-1] for found in _PLACEHOLDER.findall(path))


@lru_cache(maxsize=_KEPT)
def name_parts(path: str) -> tuple[tuple[str, ...], ...]:
    """Return what the segments of a path say of its records, the last first; verbs, versions and ids say nothing.

    What only qualifies goes with the word before it: `/filter/my` says `my filter`.
    """
    parts: list[tuple[str, ...]] = []
    qualifying: tuple[str, ...] = ()
    for segment in _naming(path):
        said = _said(segment)
        if not said or said[0] in _EMPTY:
            continue
        if not parts and len(said) == 1 and said[0] in _QUALIFIERS:
            qualifying += said
            continue
        parts.append((*qualifying, *said))
        qualifying = ()
    return tuple(parts) if parts or not qualifying else (qualifying,)


def _naming(path: str) -> Iterable[str]:
    """Yield the segments of a path that may name something, the last first.

    Before a placeholder at the end stands what it is an id of, in a list such as `/release/project/{projectid}`.
    """
    segments = path.rstrip("/").split("/")
    named = [each for each in segments if each and not placeholders(each) and not _VERSION.fullmatch(each)]
    last = placeholders(segments[-1])
    if last and len(named) > 1 and squeezed(last[0]).startswith(singular(squeezed(named[-1]))):
        named.pop()
    return reversed(named)


def _said(segment: str) -> tuple[str, ...]:
    said = list(words(segment))
    if len(said) > 1 and said[0] in _VERBS and said[1] == "by":
        return ()
    while said and said[0] in _VERBS:
        said = said[1:]
    while said and said[-1] in _VERBS:
        said = said[:-1]
    return (*said[:-1], singular(said[-1])) if said else ()


def entity_names(path: str, wrapper: str = "") -> Iterable[str]:
    """Yield names for the records of a path, the shortest first, without end.

    `wrapper` is what the answer calls them; it counts where the path says nothing.
    """
    parts = name_parts(path) or (_said(wrapper) or ("record",),)
    last = words(path.rpartition("/")[2])
    by = last[last.index("by") :] if "by" in last else ()
    chosen: Sequence[str] = ()
    for part in parts:
        chosen = (*part, *chosen)
        yield entity_name(chosen)
        if part is parts[0] and by:
            yield entity_name((*chosen, *by))
    base, number = entity_name(parts[0]), 2
    while True:
        yield f"{base}_{number}"
        number += 1


def entity_name(parts: Sequence[str]) -> str:
    """Join words to a name that a definition takes."""
    kept = [word for index, word in enumerate(parts) if index == 0 or parts[index - 1] != word]
    name = "_".join(kept[-_LONGEST_WORDS:])[-_LONGEST_NAME:].strip("_")
    if not name or not name[0].isalpha():
        name = f"r_{name}" if name else "record"
    return f"{name}_record" if name in STAGES else name
