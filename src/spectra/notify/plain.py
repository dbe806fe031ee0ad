"""Plain text from foreign text: nothing invisible, nothing that steers, cut where no mark is torn apart."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ELLIPSIS = "…"
_LINE_END = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_FULL_WIDTH_AT = "\uff20"
_MENTION = re.compile(r"@(?=[^\W\d]|[&!])|(?<=<)@")
_NEAR = 24


def visible(text: str) -> str:
    """Return text whose control, direction and zero-width characters are replaced by one that is seen."""
    lines = _LINE_END.sub("\n", text).replace("\t", " ")
    if lines.isascii() and lines.replace("\n", "").isprintable():
        return lines
    return "".join(
        each if each == "\n" or unicodedata.category(each) not in _UNSEEN else "\N{REPLACEMENT CHARACTER}"
        for each in lines
    )


def one_line(text: str, most: int | None = None) -> str:
    """Return visible text on one line, cut to `most` characters where that is asked for."""
    line = " ".join(visible(text).split())
    return line if most is None else fitted(line, most)


def unmentioned(text: str) -> str:
    """Return text in which no @name is one: the sign becomes its full-width twin, which no service reads."""
    return _MENTION.sub(_FULL_WIDTH_AT, text)


def units(text: str) -> int:
    """Return the length of a text in UTF-16 code units, which is never less than any service counts."""
    return len(text) + sum(each > "\uffff" for each in text)


def fitted(pieces: Iterable[str], most: int) -> str:
    """Join pieces up to `most` units; where they do not all fit, an ellipsis ends them after a whole piece.

    The cut is moved back to a blank where one is near.
    """
    kept: list[str] = []
    left = most
    for piece in pieces:
        left -= units(piece)
        if left < 0:
            return _cut(kept, most)
        kept.append(piece)
    return "".join(kept)


def _cut(kept: list[str], most: int) -> str:
    while kept and units("".join(kept)) > most - 1:
        kept.pop()
    blank = next(
        (place for place in range(len(kept) - 1, max(0, len(kept) - _NEAR), -1) if kept[place].isspace()), None
    )
    return "".join(kept[:blank]).rstrip() + ELLIPSIS if most > 0 else ""
