"""How a finding is worded: what was found, what is allowed, and the nearest word."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spectra.errors import SpectraError

_MOST_LISTED = 20
_LONGEST = 80


def worded(
    kind: type[SpectraError],
    said: str,
    *,
    place: str,
    found: str | None = None,
    allowed: Iterable[str] = (),
    near: Iterable[str] = (),
) -> SpectraError:
    """Return a finding whose message says what is allowed and which word is nearest, and whose facts repeat it.

    `near` are words to be near to that are too many to be listed.
    """
    words = list(allowed)
    nearest = nearest_word(found, [*words, *near]) if found else None
    facts = {"found": shortened(found) if found else None, "allowed": listed(words), "nearest": nearest}
    said += f"; allowed: {facts['allowed']}" if words else ""
    said += f". Did you mean {nearest!r}?" if nearest else ""
    return kind(said, place=place, **{name: fact for name, fact in facts.items() if fact})


def nearest_word(found: str, words: Iterable[str]) -> str | None:
    """Return the word that is most like the one found, without regard to case, or None where none is."""
    by_folded = {word.casefold(): word for word in words}
    near = get_close_matches(found.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else None


def listed(words: list[str]) -> str:
    """Return words separated by commas, at most 20 of them."""
    more = len(words) - _MOST_LISTED
    return ", ".join(words[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def shortened(text: str) -> str:
    """Return a text cut to one printable line of at most 80 characters."""
    line = "".join(each if each.isprintable() else "?" for each in text)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."


def in_order(problems: Iterable[SpectraError], file_name: str) -> tuple[SpectraError, ...]:
    """Return findings by line and column, those of other files last."""

    def position(problem: SpectraError) -> tuple[bool, list[int]]:
        file, *numbers = (problem.place or "").rsplit(":", 2)
        return file != file_name, [int(number) for number in numbers if number.isdigit()]

    return tuple(sorted(problems, key=position))
