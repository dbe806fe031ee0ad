"""Placeholders for the ids in recorded paths: `/projects/12` and `/projects/31` are both `/projects/{projectId}`."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from spectra.discovery.words import singular

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from spectra.discovery.description import Shape

Segments = tuple[str, ...]

_ID = re.compile(
    r"""\d+                                                         # 42
      | [0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}        # a UUID
      | (?=.*\d)[0-9a-fA-F]{12,}                                    # a hash, an ObjectId
      | [A-Z][A-Z0-9_]*-\d+                                         # ABC-123
      | \d{4}-\d\d-\d\d.*                                           # a day
      | [^/]*(?:@|%40)[^/]*                                         # an address
    """,
    re.VERBOSE,
)
_VERSIONED = re.compile(r"api|rest|version|v", re.IGNORECASE)
_ID_LIKE = re.compile(r"[A-Z0-9]")
_WORD = re.compile(r"[A-Za-z]+")
_SEVERAL = 3


def is_placeholder(segment: str) -> bool:
    """Return whether a segment is one whole placeholder."""
    return segment.startswith("{") and segment.endswith("}")


def without_ids(paths: Mapping[Segments, Shape | None], hides: Callable[[str], bool]) -> dict[Segments, Segments]:
    """Return each path with placeholders for its ids: known by their form, or as all that tells like answers apart."""
    made = {path: _by_form(path, hides) for path in paths}
    for position in range(1, max((len(path) for path in paths), default=0)):
        slugs = _slugs(position, made, paths)
        made = {path: _replaced(now, position, slugs) for path, now in made.items()}
    return {path: _named(now) for path, now in made.items()}


def _by_form(path: Segments, hides: Callable[[str], bool]) -> Segments:
    return tuple(
        "{}" if _is_id(path[:index], segment) or (not is_placeholder(segment) and hides(segment)) else segment
        for index, segment in enumerate(path)
    )


def _is_id(before: Segments, segment: str) -> bool:
    if not _ID.fullmatch(segment):
        return False
    return not (segment.isdigit() and len(segment) == 1 and before and _VERSIONED.fullmatch(before[-1]))


def _slugs(
    position: int, made: Mapping[Segments, Segments], paths: Mapping[Segments, Shape | None]
) -> set[tuple[Segments, str]]:
    """Return (what stands before, segment) for segments that differ where all else, and the answer, is alike."""
    alike: dict[tuple[Segments, Segments, tuple[str, ...]], set[str]] = defaultdict(set)
    for path, now in made.items():
        if len(now) > position and not is_placeholder(now[position]) and not is_placeholder(now[position - 1]):
            marks = _marks(paths[path])
            if marks:
                alike[now[:position], now[position + 1 :], marks].add(now[position])
    found = set()
    listed = set(made.values())
    for (before, _, _), values in alike.items():
        several = len(values) > 1 and all(_ID_LIKE.search(value) for value in values)
        if several or (len(values) >= _SEVERAL and before in listed):
            found |= {(before, value) for value in values}
    return found


def _marks(shape: Shape | None) -> tuple[str, ...]:
    """Return what makes answers alike: the names in them, two levels deep."""
    if shape is None:
        return ()
    if shape.kind == "array":
        return ("[]", *_marks(shape.items))
    deeper = [f"{name}.{below}" for name, each in shape.fields.items() for below in _names(each)]
    return tuple(sorted((*shape.fields, *deeper)))


def _names(shape: Shape) -> Iterable[str]:
    return (shape.items.fields if shape.items else shape.fields).keys()


def _replaced(now: Segments, position: int, slugs: set[tuple[Segments, str]]) -> Segments:
    if len(now) <= position or (now[:position], now[position]) not in slugs:
        return now
    return (*now[:position], "{}", *now[position + 1 :])


def _named(path: Segments) -> Segments:
    """Return a path whose bare placeholders are named after what stands before them, no two alike."""
    made: list[str] = []
    for segment in path:
        if segment == "{}":
            name = f"{_singular(made[-1])}Id" if made and _singular(made[-1]) else "id"
            taken = [each for each in made if each.startswith(f"{{{name}")]
            segment = f"{{{name}{len(taken) + 1 if taken else ''}}}"  # noqa: PLW2901 - the bare one is done with
        made.append(segment)
    return tuple(made)


def _singular(segment: str) -> str:
    """Return `testCase` for `test-cases`; nothing for a placeholder."""
    words = [] if is_placeholder(segment) else _WORD.findall(segment)
    if not words:
        return ""
    joined = "".join(word[:1].upper() + word[1:] for word in (*words[:-1], singular(words[-1])))
    return joined[:1].lower() + joined[1:]
